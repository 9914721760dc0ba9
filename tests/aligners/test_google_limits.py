"""The limits of Google's requests: language tags, pieces of audio, phrases of the script."""

from __future__ import annotations

import numpy as np
import pytest

from handler.aligners import google_limits
from handler.types import Samples

RATE = 24_000
WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]


def tone(seconds: float) -> Samples:
    """Sound without a pause."""
    return (0.3 * np.sin(np.arange(round(seconds * RATE)) * 2 * np.pi * 440 / RATE)).astype(np.float32)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "en-US"), ("EN", "en-US"), ("en-gb", "en-GB"), ("pt_br", "pt-BR"), ("de", "de-DE"),
        ("zh", "cmn-Hans-CN"),
        ("zh-TW", "cmn-Hant-TW"), ("sr-latn-rs", "sr-Latn-RS"), ("xx", "xx"), ("es-419", "es-419"),
    ],
)  # fmt: skip
def test_languages_go_by_googles_names(language: str, code: str) -> None:
    """A bare language gets its usual region, a tag its usual case, and one that is not known goes as it is."""
    assert google_limits.language_code(language) == code


def test_sound_without_a_pause_is_cut_all_the_same() -> None:
    """Without a quiet part, a piece is cut at the quietest block of its second half."""
    samples = tone(70)
    samples[40 * RATE : 40 * RATE + RATE // 10] *= 0.5
    first, second = google_limits.pieces(samples, RATE)
    assert 40 <= first.end / RATE <= 40.1
    assert (first.start, second.start, second.end) == (0, first.end, len(samples))


def test_the_longest_pause_within_reach_is_taken() -> None:
    """Pieces are cut in the middle of the longer pause, and silent ones are left out."""
    samples = tone(70)
    samples[35 * RATE : 36 * RATE] = 0
    samples[50 * RATE : 50 * RATE + RATE // 4] = 0
    first, second = google_limits.pieces(samples, RATE)
    assert first.end / RATE == pytest.approx(35.5, abs=0.02)
    assert (first.start, second.start, second.end) == (0, first.end, len(samples))
    assert google_limits.pieces(np.zeros(130 * RATE, np.float32), RATE) == []


def test_hints_stay_within_googles_limits() -> None:
    """A long script's phrases near the piece are sent: 500 at most, 10,000 characters, 100 each, none twice."""
    words = [f"{word}{number}" for number in range(650) for word in WORDS]
    phrases = google_limits.phrases([*words, "x" * 101])
    assert max(map(len, phrases)) <= 100
    near = google_limits.nearest([*phrases, *phrases], 0.25)
    assert len(set(near)) == len(near) <= 500
    assert 9_800 < sum(map(len, near)) <= 10_000
    middle = [phrases.index(phrase) / len(phrases) for phrase in near]
    assert min(middle) == pytest.approx(0.5, abs=0.15)
    assert max(middle) == pytest.approx(0.5, abs=0.15)
    assert len(google_limits.nearest([f"{number}" for number in range(2000)], 0.5)) == 500
    assert google_limits.nearest(google_limits.phrases(["yes"] * 50), 0.5) == ["yes yes yes yes yes"]
    assert "no" in google_limits.nearest([*["yes " * 20] * 600, "no"], 0)
