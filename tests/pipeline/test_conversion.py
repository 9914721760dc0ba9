"""A converted recording keeps its time line: its length, its pauses, and no step where pieces are joined."""

from __future__ import annotations

import numpy as np
import pytest

from handler.pipeline import conversion
from handler.types import Samples

RATE, TO_RATE = 16_000, 24_000


def speech(phrases: int, phrase_s: float = 3.0, pause_s: float = 0.4) -> Samples:
    """Phrases of noise that swells like syllables, with pauses of faint noise between them."""
    random = np.random.default_rng(1)
    swell = 0.55 - 0.45 * np.cos(2 * np.pi * 4 * np.arange(round(phrase_s * RATE)) / RATE)
    parts: list[Samples] = []
    for _ in range(phrases):
        parts.append((0.2 * swell * random.standard_normal(len(swell))).astype(np.float32))
        parts.append((1e-5 * random.standard_normal(round(pause_s * RATE))).astype(np.float32))
    return np.concatenate(parts)


def doubled(source: Samples, rate: int = RATE) -> Samples:
    """What a converter does to the time line: another rate, and up to 40 ms more at the end."""
    positions = np.arange(round(len(source) * TO_RATE / rate)) * rate / TO_RATE
    there = np.interp(positions, np.arange(len(source)), source)
    return np.concatenate([there, np.full(900, 0.3)]).astype(np.float32)


def test_pieces_are_the_whole_recording_cut_at_pauses() -> None:
    """The pieces follow each other from the first sample to the last, each within its limit and cut in a pause."""
    samples = speech(9)
    spans = conversion.pieces(samples, RATE, 8.0)
    assert [span.start for span in spans] == [0, *(span.end for span in spans[:-1])]
    assert spans[-1].end == len(samples)
    assert all(span.end - span.start <= 8 * RATE for span in spans)
    assert len(spans) == 5
    for span in spans[1:]:
        assert np.abs(samples[span.start - 800 : span.start + 800]).max() < 1e-3


def test_stretch_without_a_pause_is_cut_where_it_is_quietest() -> None:
    """Sound without a pause is cut between two syllables rather than within one."""
    samples = speech(1, phrase_s=30.0)
    spans = conversion.pieces(samples, RATE, 10.0)
    assert all(span.end - span.start <= 10 * RATE for span in spans)
    for span in spans[1:]:
        assert np.abs(samples[span.start - 40 : span.start + 40]).max() < 0.1


def test_short_recording_is_one_piece() -> None:
    """What fits is not cut, though it has pauses."""
    samples = speech(2)
    assert len(conversion.pieces(samples, RATE)) == 1


def test_conversion_keeps_the_time_line() -> None:
    """The result has the recording's length to the sample, sound where it was, and no step at a join."""
    samples = speech(9)
    made = list(conversion.convert(samples, RATE, TO_RATE, doubled, 8.0))
    whole = np.concatenate(made)
    assert len(made) == 5
    assert len(whole) == round(len(samples) * TO_RATE / RATE)
    expected = doubled(samples)[: len(whole)]
    joins = np.cumsum([len(piece) for piece in made])[:-1]
    assert np.abs(np.diff(whole))[joins - 1].max() < 0.01
    windows = len(whole) // 2400
    level = np.abs(whole[: windows * 2400]).reshape(windows, -1).mean(axis=1)
    wanted = np.abs(expected[: windows * 2400]).reshape(windows, -1).mean(axis=1)
    assert np.corrcoef(level, wanted)[0, 1] > 0.99


def test_silence_is_not_converted() -> None:
    """A piece without any sound stays silent and never reaches the converter, which would make noise of it."""

    def refuse(_: Samples, __: int) -> Samples:
        raise AssertionError("silence was converted")

    made = list(conversion.convert(np.zeros(50 * RATE, np.float32), RATE, TO_RATE, refuse))
    assert sum(map(len, made)) == 50 * TO_RATE
    assert not np.concatenate(made).any()


def test_converter_that_gives_too_little_leaves_quiet() -> None:
    """A result that is too short is filled with silence, so that what follows stays in time."""
    samples = speech(1)
    (made,) = conversion.convert(samples, RATE, TO_RATE, lambda source, _: doubled(source)[: len(source) // 2])
    assert len(made) == pytest.approx(len(samples) * 1.5, abs=1)


def test_silence_stays_silent() -> None:
    """Noise that a converter makes of digital silence is removed, without a step, and what is said is kept."""
    parts = [speech(1, 1.0, 0.0), np.zeros(RATE, np.float32), speech(1, 1.0, 0.0)]
    source = np.concatenate([np.zeros(RATE // 2, np.float32), *parts])

    def noisy(samples: Samples, rate: int) -> Samples:
        return doubled(samples, rate) + np.float32(0.05)

    (made,) = conversion.convert(source, RATE, TO_RATE, noisy)
    assert len(made) == len(source) * TO_RATE // RATE
    for start, end in ((0.1, 0.4), (1.6, 2.4)):
        assert not made[round(start * TO_RATE) : round(end * TO_RATE)].any()
    assert np.abs(made[round(0.55 * TO_RATE) : round(1.45 * TO_RATE)]).mean() > 0.05
    for edge in (0.44, 1.56, 2.44):
        assert np.abs(np.diff(made[round((edge - 0.02) * TO_RATE) : round((edge + 0.02) * TO_RATE)])).max() < 0.01
