"""Transcript → tokens: as `tokenize` makes them of a script, but annotations are no words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from handler.errors import BadRequest
from handler.text.annotations import Annotation, blank_annotations, find_annotations
from handler.text.lexicon import Lexicon
from handler.text.markup.ssml import is_ssml
from handler.text.tokens import tokenize
from handler.types import Token

SHOW = "show"
DROP = "drop"


def tokenize_transcript(
    text: str, language: str, annotations: str = DROP, lexicon: Lexicon | None = None
) -> tuple[Token, ...]:
    """The tokens of what a recording says. Its sound descriptions, speaker labels and times are never spoken words.

    With ``annotations`` "drop" no token shows them; with "show" each is part of the shown text of the token after it,
    or before it if it ends its line or the text. Offsets are those of ``text`` as it is. Raises BadRequest on ``text``
    if there are no other words, or for malformed markup.
    """
    if is_ssml(text):
        return tokenize(text, language, lexicon)  # what is in tags is no annotation
    said = blank_annotations(text)
    if not any(map(str.isalnum, said)) and any(map(str.isalnum, text)):
        message = "has sound descriptions, speaker labels or times and no other words; send what the recording says"
        raise BadRequest.of("text", message)
    tokens = tokenize(said, language, lexicon)
    return _with_annotations(tokens, text, find_annotations(text)) if annotations == SHOW else tokens


def _with_annotations(tokens: Sequence[Token], text: str, found: Sequence[Annotation]) -> tuple[Token, ...]:
    before: defaultdict[int, list[Annotation]] = defaultdict(list)
    after: defaultdict[int, list[Annotation]] = defaultdict(list)
    following = 0
    for one in found:
        while following < len(tokens) and tokens[following].start_char < one.start:
            following += 1
        if following and (following == len(tokens) or _ends_line(one, text, tokens[following - 1].end_char)):
            after[following - 1].append(one)
        else:
            before[following].append(one)
    return tuple(_shown(token, before[at], after[at], text) for at, token in enumerate(tokens))


def _ends_line(one: Annotation, text: str, word_end: int) -> bool:
    """Whether a sound ends the line of the word before it, which ends at ``word_end``."""
    rest = text[one.end : one.end + 20].partition("\n")[0]
    return one.kind == "sound" and not any(map(str.isalnum, rest)) and "\n" not in text[word_end : one.start]


def _shown(token: Token, before: Sequence[Annotation], after: Sequence[Annotation], text: str) -> Token:
    """The token with the annotations around it."""
    quoted = [" ".join(text[one.start : one.end].split()) for one in (*before, *after)]
    shown = " ".join([*quoted[: len(before)], token.shown, *quoted[len(before) :]])
    start = min([token.start_char, *(one.start for one in before)])
    end = max([token.end_char, *(one.end for one in after)])
    return replace(token, shown=shown, start_char=start, end_char=end)
