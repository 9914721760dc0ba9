"""Spoken numbers that are matched with a text of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from handler.alignment import match
from handler.media.recording import Recording
from handler.types import Word
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry

TEXT = list(range(1, 400))
NEW = list(range(1000, 1060))  # numbers that TEXT does not have


def aligned(
    numbers: Sequence[int], text: Sequence[int], ear: Reader
) -> tuple[tuple[Word, ...], list[str], dict[int, float]]:
    """The words of a text in the sound of some numbers, the differences reported, and the true start per number."""
    samples, truth = spoken(numbers)
    found = match.align(Recording.from_samples(samples, RATE), written(text), "en", (None, ["ear"]), registry(ear=ear))
    assert {warning.code for warning in found.warnings} <= {"text_and_audio_differ", "confidence_low"}
    differences = [warning.message for warning in found.warnings if warning.code == "text_and_audio_differ"]
    return found.timing.words, differences, truth


def misplaced(words: Sequence[Word], truth: dict[int, float]) -> int:
    """How many spoken words have a wrong time."""
    return sum(abs(word.start - truth[int(word.shown)]) > 0.01 for word in words if int(word.shown) in truth)
