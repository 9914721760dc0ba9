"""Transcripts in OpenAI's form, from the words and cues of our JSON captions."""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

MIN_CONFIDENCE = 0.01  # of a word, for its logarithm: one whose time is a guess has 0
TIME_DIGITS = 3


def plain(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The ``json`` of a reply of `align`."""
    return {"text": reply["text"], "usage": {"type": "duration", "seconds": math.ceil(reply["duration"])}}


def events(reply: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a client that streams: the text at once, and the end."""
    yield {"type": "transcript.text.delta", "delta": reply["text"]}
    yield {"type": "transcript.text.done", **plain(reply)}


def verbose(reply: Mapping[str, Any], captions: Mapping[str, Any], granularities: Collection[str]) -> dict[str, Any]:
    """The ``verbose_json`` of a reply and its JSON captions, with ``word`` and ``segment`` as they were asked for."""
    words = [(word["word"], word["start"], word["end"]) for word in captions["words"]]
    answer = plain(reply) | {"task": "transcribe", "language": reply["language"], "duration": reply["duration"]}
    if "segment" in granularities or not granularities:
        answer["segments"] = [_segment(number, cue, captions) for number, cue in enumerate(captions["cues"])]
    if "word" in granularities:
        answer["words"] = [{"word": word, "start": start, "end": end} for word, start, end in words]
    return answer


def _segment(number: int, cue: Mapping[str, Any], captions: Mapping[str, Any]) -> dict[str, Any]:
    """A cue as a segment of Whisper's, whose text starts with a space; its ``avg_logprob`` is that of the alignment."""
    words = captions["words"][cue["first_word"] : cue["last_word"] + 1]
    logs = [math.log(max(word["confidence"], MIN_CONFIDENCE)) for word in words]
    text = " ".join(cue["text"].split())
    body = text.encode()
    return {
        "id": number,
        "seek": 0,
        "start": round(cue["start"], TIME_DIGITS),
        "end": round(cue["end"], TIME_DIGITS),
        "text": f" {text}",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(sum(logs) / len(logs), 4) if logs else 0.0,
        "compression_ratio": round(len(body) / len(zlib.compress(body)), 4),
        "no_speech_prob": 0.0,
    }
