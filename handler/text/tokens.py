"""Script → tokens: the shown text for captions, the spoken words for engines, and offsets in the script."""

from __future__ import annotations

from dataclasses import replace

from handler.errors import BadRequest
from handler.text.characters import stronger_mark
from handler.text.languages import language_of
from handler.text.languages.base import Language
from handler.text.segments import Segment, split
from handler.text.verbalize import Verbalization, verbalize
from handler.types import Token

_CLOSING = ".,;:!?)]}”’»。，！？"


def _verbalizations(segments: list[Segment], language: Language) -> list[Verbalization]:
    """One for each segment. A replacement of several words is verbalized word by word."""
    texts = [segment.source.split() or [""] for segment in segments]
    each = iter(verbalize([text for several in texts for text in several], language))
    whole = []
    for several in texts:
        parts = [next(each) for _ in several]
        whole.append(Verbalization(tuple(word for part in parts for word in part.words), parts[-1].mark))
    return whole


def _goes_before(index: int, segments: list[Segment], verbalizations: list[Verbalization]) -> bool:
    """Whether a silent segment begins a line that has words, such as a bullet: it belongs to the next token."""
    if index and "\n" not in segments[index].gap:
        return False
    for following in range(index + 1, len(segments)):
        if "\n" in segments[following].gap or verbalizations[following].words:
            return "\n" not in segments[following].gap
    return False


def _joined(one: Segment, other: Segment) -> Segment:
    blank = " " if other.gap else ""
    return replace(one, end=other.end, shown=f"{one.shown}{blank}{other.shown}")


def tokenize(script: str, language: str) -> tuple[Token, ...]:
    """The tokens of a script in a language (BCP 47, such as ``en`` or ``pt-BR``), in order; each has spoken words.

    Raises BadRequest on ``text`` if the script has no words or malformed markup.
    """
    segments, pause_at_end = split(script)
    verbalizations = _verbalizations(segments, language_of(language))
    tokens: list[Token] = []
    waiting: Segment | None = None
    leading = 0.0
    for index, (segment, verbalization) in enumerate(zip(segments, verbalizations, strict=True)):
        if tokens:
            tokens[-1] = _with_gap(tokens[-1], segment)
        else:
            leading += segment.pause
        if not verbalization.words and tokens and waiting is None and not _goes_before(index, segments, verbalizations):
            tokens[-1] = _with_silent(tokens[-1], segment, verbalization)
        elif not verbalization.words:
            waiting = _joined(waiting, segment) if waiting else segment
        else:
            whole = _joined(waiting, segment) if waiting else segment
            token = Token(whole.shown, verbalization.words, whole.start, whole.end, verbalization.mark)
            tokens.append(token if tokens else replace(token, pause_before=round(leading, 3)))
            waiting = None
    if not tokens:
        raise BadRequest.of("text", "there is nothing to speak in the script: give it at least one word or number")
    tokens[-1] = replace(tokens[-1], pause_after=round(tokens[-1].pause_after + pause_at_end, 3))
    return tuple(tokens)


def _with_gap(token: Token, following: Segment) -> Token:
    """The token with the pause and the end of paragraph between it and the next segment."""
    pause = round(token.pause_after + following.pause, 3)
    return replace(token, pause_after=pause, paragraph=token.paragraph or following.gap == "\n\n")


def _with_silent(token: Token, segment: Segment, verbalization: Verbalization) -> Token:
    """The token with the shown text and the prosody mark of a silent segment after it."""
    # "ok [pause:1s]." is shown as "ok.", without the blank.
    closing = segment.pause and segment.shown[0] in _CLOSING
    blank = " " if segment.gap and not closing else ""
    shown, mark = f"{token.shown}{blank}{segment.shown}", stronger_mark(token.mark, verbalization.mark)
    return replace(token, shown=shown, end_char=segment.end, mark=mark)
