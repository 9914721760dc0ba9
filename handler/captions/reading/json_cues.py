"""Captions in the `json` format of this worker: words with their own times, and cues of them, as somebody edited them.

A cue is a run of the file's words (``first_word``, ``last_word``), or has ``words`` of its own; its ``text`` says how
they are spelled and where its lines break.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handler.captions.layout import joined
from handler.errors import BadRequest, Issue, sentence
from handler.types import TimedText, Word

MAX_ISSUES = 5  # in one message
MAX_SHOWN = 4_000_000
"""Characters and words of all cues: each may show all words of the file, and there is room for thousands of cues."""


class _Part(BaseModel):
    """Unknown fields are those of other programs: they are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    speaker: str = Field("", max_length=200)


class _Word(_Part):
    word: str = Field(min_length=1)
    confidence: float = Field(1.0, ge=0, le=1)
    interpolated: bool = False
    start_char: int | None = Field(None, ge=0)
    end_char: int | None = Field(None, ge=0)


class _Cue(_Part):
    text: str | None = None
    first_word: int | None = Field(None, ge=0)
    last_word: int | None = Field(None, ge=0)
    words: tuple[_Word, ...] | None = None


class JsonCaptions(BaseModel):
    """The file: its words, its cues, and what it says of them all."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    words: tuple[_Word, ...] = ()
    cues: tuple[_Cue, ...] = ()
    language: str = Field("", max_length=35)
    method: str = Field("", max_length=100)
    duration: float = Field(0.0, ge=0)

    def timed(self, field: str) -> tuple[TimedText, ...]:
        """The cues in the order of the file, numbered. Raises BadRequest for one of words that are not there."""
        words = _with_offsets(self.words)
        found: list[TimedText] = []
        shown = 0
        for number, cue in enumerate(self.cues, start=1):
            found.append(_timed(cue, words, number, field))
            shown += len(found[-1].text) + len(found[-1].words)
            if shown > MAX_SHOWN:
                raise BadRequest.of(field, f"up to cue {number} words are shown over and over; give each to one cue")
        return tuple(found)


def is_json(document: str) -> bool:
    """Whether captions are this format: an object with words or cues."""
    start = document.lstrip()
    return (
        start.startswith("{") and isinstance(found := _loaded(start), dict) and bool({"words", "cues"} & found.keys())
    )


def parse(document: str, field: str) -> JsonCaptions:
    """The file. Raises BadRequest that names the words and cues which are not as the format has them."""
    try:
        found = JsonCaptions.model_validate_json(document.encode("utf-8", "replace"))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        issues = [Issue(field, f"{_named(problem['loc'])} {sentence(problem)}") for problem in problems]
        raise BadRequest.of_issues(issues[:MAX_ISSUES], more=len(issues[MAX_ISSUES:])) from None
    if found.words and not found.cues:
        raise BadRequest.of(field, "has words and no cues; send the cues with them, as the json file has them")
    return found


def _loaded(document: str) -> Any:
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        return None


def _named(path: Sequence[Any]) -> str:
    """``("cues", 2, "start")`` as ``cues[2].start``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _with_offsets(words: Iterable[_Word], start: int = 0) -> tuple[Word, ...]:
    """The words; those without their places in a script are a blank apart."""
    found = []
    for word in words:
        first = start if word.start_char is None else word.start_char
        start = first + len(word.word) if word.end_char is None else word.end_char
        times = (word.start, word.end, word.confidence, word.interpolated)
        found.append(Word(word.word, *times, first, start, speaker=word.speaker))
        start += 1
    return tuple(found)


def _timed(cue: _Cue, words: Sequence[Word], number: int, field: str) -> TimedText:
    if cue.words is not None:
        own = _with_offsets(cue.words)
    elif cue.first_word is None and cue.last_word is None:
        own = ()
    else:
        own = tuple(_run(cue, words, number, field))
    speaker = cue.speaker or (own[0].speaker if own else "")
    text = joined(own) if cue.text is None else cue.text
    return TimedText(cue.start, cue.end, _lines(text), speaker, number, own)


def _run(cue: _Cue, words: Sequence[Word], number: int, field: str) -> Sequence[Word]:
    first = cue.last_word if cue.first_word is None else cue.first_word
    last = cue.first_word if cue.last_word is None else cue.last_word
    assert first is not None
    assert last is not None
    if not first <= last < len(words):
        has = f"cue {number} has the words {first} to {last} of {len(words)}"
        raise BadRequest.of(field, f"{has}; count first_word and last_word from 0, or give the cue words of its own")
    return words[first : last + 1]


def _lines(text: str) -> str:
    """A text with single blanks, and without empty lines."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))
