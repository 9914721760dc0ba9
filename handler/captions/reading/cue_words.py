"""The words of a caption as it shows them, and what is said for each."""

from __future__ import annotations

import re
from itertools import pairwise

from handler.errors import BadRequest
from handler.text import Lexicon, tokenize
from handler.text.annotations import blank_annotations
from handler.types import Token

_RUN = re.compile(r"\S+")


def lines_of_tokens(shown: str, language: str, lexicon: Lexicon | None = None) -> tuple[tuple[Token, ...], ...]:
    """The tokens of a cue's text, line by line; together they show all of it, whatever looks like markup in it.

    ``spoken`` is empty for what nobody says, such as sound descriptions. Offsets are those of the text.
    """
    said = _said(shown, language, lexicon)
    starts = _starts(shown, said)
    lines: list[list[Token]] = []
    for start, end in pairwise((*starts, len(shown))):
        piece = shown[start:end].rstrip()
        spoken = tuple(word for token in said if start <= token.start_char < end for word in token.spoken)
        token = Token(" ".join(piece.split()), spoken, start, start + len(piece))
        if not lines or "\n" in shown[lines[-1][-1].end_char : start]:
            lines.append([])
        lines[-1].append(token)
    return tuple(map(tuple, lines))


def _said(shown: str, language: str, lexicon: Lexicon | None) -> tuple[Token, ...]:
    try:
        return tokenize(blank_annotations(shown), language, lexicon, ssml=False)
    except BadRequest:  # a sign alone, or brackets that are no markup
        return ()


def _starts(shown: str, said: tuple[Token, ...]) -> list[int]:
    """Where a new word begins: after a blank, and within a run of letters of a script without blanks."""
    runs = [(run.start(), run.end()) for run in _RUN.finditer(shown)]
    inside = {at for token in said for at in range(token.start_char + 1, token.end_char)}
    first = {token.start_char for token in said}
    starts: list[int] = []
    silent = False  # whether the last word is signs alone
    for before, (start, end) in zip([(0, 0), *runs], runs, strict=False):
        breaks = not starts or "\n" in shown[before[1] : start]
        if breaks or not (start in inside or silent):
            signs = not any(map(str.isalnum, shown[start:end]))
            if breaks or not signs:
                starts.append(start)
            silent = signs and breaks
        else:
            silent = silent and not any(map(str.isalnum, shown[start:end]))
        begun = [at for at in range(start + 1, end) if at in first]
        starts += begun if start in first or start in inside else begun[1:]
    return starts
