"""The words in the JSON of speech recognisers, caption tools and this worker.

Their shapes differ in names and agree in structure: an object has its words under one of few names, or a list of
parts under another. `_read` walks them by the two tables below, so a new tool mostly needs no code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from handler.errors import BadRequest
from handler.text.characters import is_unspaced

MAX_DEPTH = 16  # of the parts within parts that are read; the deepest known tool has 8

# From the most to the least complete: a whole text comes before its parts, and a list of sentences before its words.
_KEYS = (
    "text", "full_transcript", "transcript", "transcripts", "display", "Display", "DisplayText", "body",
    "punctuated_word", "word", "utf8", "value", "content", "sentence", "caption", "label", "segments",
    "transcription", "utterances", "chunks", "paragraphs", "sentences", "captions", "subtitles", "monologues",
    "channels", "channel", "alternatives", "results", "result", "response", "combinedRecognizedPhrases",
    "combinedPhrases", "recognizedPhrases", "phrases", "nBest", "NBest", "elements", "events", "segs", "words",
    "cues", "word_segments", "items", "characters", "chars", "alignment", "fragments", "lines", "entries", "data",
    "output", "prediction",
)  # fmt: skip
_SEPARATE = frozenset({"events", "utterances", "paragraphs", "monologues", "captions", "subtitles", "cues"})
_CHARACTERS = frozenset({"characters", "chars"})
_FIRST_ONLY = frozenset({"alternatives", "channels", "nBest", "NBest", "transcripts"})
_NOT_SAID = frozenset({"audio_event", "sound", "music", "speaker-change", "silence", "noise"})
_ATTACHED = frozenset({"punctuation", "punct"})
_OPENING = "([{“‘«¿¡\"'"


class _TooDeep(Exception):
    """A part has more parts within parts than `MAX_DEPTH`."""


def parse(text: str) -> Any:
    """The value of a JSON text, or the values of its lines; None if it is not JSON. Raises RecursionError."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            return None
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        return None


def read_json(text: str, field: str) -> str:
    """The words of a JSON text. Raises BadRequest on ``field`` for broken, too deep and unknown JSON."""
    try:
        value = parse(text)
        words = "" if value is None else _read(value, 0)
    except (RecursionError, _TooDeep):
        raise BadRequest.of(field, f"is JSON with more than {MAX_DEPTH} levels; link to a transcript") from None
    if value is None:
        raise BadRequest.of(field, "is broken JSON; export the transcript again")
    if words is None:
        message = "is JSON without a known name for words, such as text, segments or words; link to plain text or SRT"
        raise BadRequest.of(field, message)
    return words


def _read(value: Any, depth: int, key: str = "") -> str | None:
    """The words of a value, which its object has under ``key``; None if it has no place for them."""
    if depth > MAX_DEPTH:
        raise _TooDeep
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _read_list(value, depth, key)
    if isinstance(value, Mapping):
        return _read_object(value, depth)
    return None


def _read_object(value: Mapping[str, Any], depth: int) -> str | None:
    if _is_sound(value):
        return ""
    # Where sounds are among the words, the whole text has them too.
    words = value.get("words")
    keys = ("words", *_KEYS) if isinstance(words, list) and any(map(_is_sound, words)) else _KEYS
    found = None
    for key in keys:
        part = _read(value.get(key), depth + 1, key)
        if part and part.strip():
            return part
        found = part if found is None else found
    # A table such as {"0": {…}, "1": {…}}.
    parts = list(value.values())
    return _read_list(parts, depth, "") if found is None and all(isinstance(one, Mapping) for one in parts) else found


def _is_sound(value: Any) -> bool:
    return isinstance(value, Mapping) and str(value.get("type", "")).lower() in _NOT_SAID


def _read_list(values: Sequence[Any], depth: int, key: str) -> str | None:
    parts = [(value, part) for value in _without_copy(values) if (part := _read(value, depth + 1)) is not None]
    if not parts:
        return None
    if key in _FIRST_ONLY:
        return next((part for _, part in parts if part.strip()), "")
    if key in _SEPARATE:
        return "\n".join(part for _, part in parts)
    return "".join(part for _, part in parts) if key in _CHARACTERS else _joined(parts)


def _without_copy(values: Sequence[Any]) -> Sequence[Any]:
    """The results without the one in which Google repeats all words to say who speaks them."""
    alternatives = [value.get("alternatives") if isinstance(value, Mapping) else None for value in values]
    with_text = [
        isinstance(one, list) and bool(one) and isinstance(one[0], Mapping) and "transcript" in one[0]
        for one in alternatives
    ]
    return [value for value, text in zip(values, with_text, strict=True) if text] if any(with_text) else values


def _joined(parts: Sequence[tuple[Any, str]]) -> str:
    """Parts with blanks between them where they belong.

    There is none before punctuation, within scripts without blanks, and between the tokens of a tool that writes the
    blanks itself, which most of its tokens then begin with.
    """
    texts = [text for _, text in parts]
    blanks = sum(before[-1:].isspace() or text[:1].isspace() for before, text in pairwise(texts))
    own_blanks = blanks >= (0.3 if texts[0][:1].isspace() else 0.6) * len(texts)
    pieces: list[str] = []
    last = ""
    for (value, text), before in zip(parts, ["", *texts], strict=False):
        kind = str(value.get("type", "")).lower() if isinstance(value, Mapping) else ""
        unspaced = bool(last and text) and is_unspaced(last) and is_unspaced(text[0])
        attached = kind in _ATTACHED and text[:1] not in _OPENING
        token = own_blanks and len(text.split()) < 2 and len(before.split()) < 2
        gap = "\n" if " " in text.strip() or " " in before.strip() else " "
        pieces += [text] if attached or unspaced or token else [gap, text]
        last = text[-1:] or last
    return "".join(pieces)
