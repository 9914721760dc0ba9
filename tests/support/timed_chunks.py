"""Two chunks of speech whose words are timed by aligners that tests control."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from handler.alignment.word_times import Timing, WordTimer
from handler.backends import Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError
from handler.types import Chunk, ChunkAudio, Samples, Span, Speech, Token, WordTime

RATE = 1000


class Fixed:
    """Says that every word lasts 0.1 s; or fails, from a given call on."""

    def __init__(self, name: str, languages: str = "en", fails_at: int | None = None) -> None:
        self.name, self.languages, self.fails_at, self.calls = name, languages, fails_at, 0

    def speaks(self, language: str) -> bool:
        return language.startswith(self.languages)

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        self.calls += 1
        if self.fails_at is not None and self.calls >= self.fails_at:
            raise AlignmentError("the audio is too noisy")
        return [WordTime(index / 10, index / 10 + 0.1, 0.5) for index in range(len(words))]


def token(shown: str, *spoken: str, at: int = 0) -> Token:
    return Token(shown, spoken or (shown,), at, at + len(shown))


CHUNKS = (
    Chunk(0, (token("$5", "five", "dollars"), token("now", at=3))),
    Chunk(1, (token("or", at=7), token("never", at=10))),
)


KNOWN = (WordTime(0.0, 0.2), WordTime(0.2, 0.5), WordTime(0.6, 0.9)), (WordTime(0.1, 0.2), WordTime(0.3, 0.8))
"""The engine's own times of each chunk."""


def speech() -> Speech:
    return Speech(np.zeros(3000, np.float32), RATE, (Span(500, 1500), Span(2000, 3000)))


def timed(
    methods: Sequence[str],
    aligners: Registry[Fixed],
    whole: Speech | None = None,
    *,
    known: Sequence[tuple[WordTime, ...] | None] = (None, None),
    wanted: str | None = None,
    strict: bool = False,
    cancellation: Cancellation = NEVER,
) -> tuple[Timing, list[str]]:
    whole = whole or speech()
    timer = WordTimer(RATE, (wanted, methods), aligners, strict=strict, cancellation=cancellation)
    for chunk, span, words in zip(CHUNKS, whole.spans, known, strict=True):
        timer.add_chunk(chunk, ChunkAudio(whole.samples[span.start : span.end], words))
    assert {warning.code for warning in timer.skipped} <= {"timing_method_passed_over"}
    return timer.timing(whole), [warning.message for warning in timer.skipped]
