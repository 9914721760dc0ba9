"""Recordings of people whose words stand in a tier of a TextGrid."""

from __future__ import annotations

from pathlib import Path

import soundfile

from benchmarks.alignment import decoded, read_textgrid
from benchmarks.truth_set.speech import Clip
from handler.types import Token, WordTime


def read_clip(wav: Path, textgrid: Path, tier: str) -> Clip:
    """A recording, mixed to one channel, and its words as they stand; raises ValueError if the tier is not there."""
    samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
    words = read_textgrid(decoded(textgrid.read_bytes()), tier)
    tokens = tuple(Token(word.text, (word.text,), 0, 0) for word in words)
    times = tuple(WordTime(word.start, word.end) for word in words)
    return Clip(wav.stem, wav.stem, tokens, samples.mean(axis=1), rate, times)
