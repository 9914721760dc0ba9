"""Spoken numbers that are matched with a text of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from handler.alignment import match
from handler.media.recording import Recording
from handler.types import Word
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry


def aligned(
    said: Sequence[int], text: Sequence[int], ear: Reader
) -> tuple[tuple[Word, ...], list[str], dict[int, float]]:
    samples, truth = spoken(said)
    found = match.align(Recording.from_samples(samples, RATE), written(text), "en", (None, ["ear"]), registry(ear=ear))
    assert {warning.code for warning in found.warnings} <= {"text_and_audio_differ", "confidence_low"}
    differences = [warning.message for warning in found.warnings if warning.code == "text_and_audio_differ"]
    return found.timing.words, differences, truth


def misplaced(words: Sequence[Word], truth: dict[int, float]) -> int:
    """How many words that are said are not where they are said."""
    return sum(abs(word.start - truth[int(word.shown)]) > 0.01 for word in words if int(word.shown) in truth)


TEXT = list(range(1, 400))


NEW = list(range(1000, 1060))
