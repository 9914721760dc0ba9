"""Whisper's form of a transcript, from captions that were made by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from openai.types.audio import TranscriptionVerbose

from handler.openai import transcriptions

REPLY = {"text": "Hello there. Bye.", "language": "en", "duration": 2.04}


def word(text: str, start: float, confidence: float) -> dict[str, Any]:
    return {"word": text, "start": start, "end": start + 0.4, "confidence": confidence}


CAPTIONS = {
    "words": [word("Hello", 0.1, 0.5), word("there.", 0.5, 0.5), word("Bye.", 1.5, 0.0)],
    "cues": [
        {"start": 0.1, "end": 0.9, "text": "Hello\nthere.", "first_word": 0, "last_word": 1},
        {"start": 1.5, "end": 1.9, "text": "Bye.", "first_word": 2, "last_word": 2},
    ],
}


def test_cues_are_segments() -> None:
    """Each has its words' mean log probability, that of a guess is finite; the lines of a cue are joined."""
    answer = transcriptions.verbose(REPLY, CAPTIONS, {"segment", "word"})
    first, second = answer["segments"]
    assert (first["id"], first["text"], first["start"], first["end"]) == (0, " Hello there.", 0.1, 0.9)
    assert first["avg_logprob"] == pytest.approx(math.log(0.5), abs=1e-4)
    assert second["avg_logprob"] == pytest.approx(math.log(0.01), abs=1e-4)
    assert [each["word"] for each in answer["words"]] == ["Hello", "there.", "Bye."]
    assert TranscriptionVerbose.model_validate(answer).to_dict() == answer


def test_repeated_text_is_more_compressible() -> None:
    """The ratio is over 2.4, Whisper's sign of a loop, for words that come again and again."""
    cue = {"start": 0.0, "end": 1.0, "text": "and so on " * 30, "first_word": 0, "last_word": 0}
    looped, *_ = transcriptions.verbose(REPLY, CAPTIONS | {"cues": [cue]}, ())["segments"]
    assert looped["compression_ratio"] > 2.4


def test_seconds_are_counted_whole() -> None:
    """Usage is in whole seconds, rounded up."""
    assert transcriptions.plain(REPLY) == {"text": REPLY["text"], "usage": {"type": "duration", "seconds": 3}}
