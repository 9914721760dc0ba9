"""Recordings are cut into windows of speech at their pauses, and times come back to where they were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from handler.media.recording import Recording
from handler.types import Samples, WordTime
from handler.whisper.windows import BLOCK_S, MAX_WINDOW_S, PADDING_S, Window, windows

RATE = 16_000


def recording(seconds: float, spoken: Sequence[tuple[float, float]], rate: int = RATE) -> Recording:
    """Zeros, with ones where somebody speaks."""
    samples = np.zeros(round(seconds * rate), np.float32)
    for start, end in spoken:
        samples[round(start * rate) : round(end * rate)] = 1.0
    return Recording(len(samples), rate, lambda start, end: samples[start:end])


def find_ones(samples: Samples) -> list[tuple[int, int]]:
    """The stretches of ones: what a voice detector would find."""
    edges = np.flatnonzero(np.diff((samples > 0.5).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [(int(start), int(end)) for start, end in edges]


def cut(seconds: float, spoken: Sequence[tuple[float, float]], rate: int = RATE) -> list[Window]:
    return list(windows(recording(seconds, spoken, rate), find_ones))


def ones(window: Window) -> float:
    """Seconds of speech."""
    return float((window.samples > 0.5).sum() / RATE)


def test_no_speech_no_windows() -> None:
    """Whether it is short, or longer than a block."""
    assert cut(1.0, []) == []
    assert cut(2.5 * BLOCK_S, []) == []


def test_long_pauses_are_left_out_and_times_come_back() -> None:
    """Two phrases with a minute between them share a window; short pauses stay."""
    (window,) = cut(80.0, [(1.0, 3.0), (3.5, 5.0), (70.0, 72.0)])
    assert window.length_s == pytest.approx(4.0 + 2.0 + 4 * PADDING_S)
    assert ones(window) == pytest.approx(5.5, abs=0.01)
    for second, there in ((PADDING_S, 1.0), (PADDING_S + 2.5, 3.5), (4.0 + 3 * PADDING_S, 70.0)):
        assert window.in_recording(WordTime(second, second + 0.2, 0.5)).start == pytest.approx(there, abs=0.01)
    assert window.end == 72.0


def test_a_word_across_a_cut_stays_in_one_piece() -> None:
    """In the one that has its middle."""
    (window,) = cut(40.0, [(1.0, 3.0), (30.0, 32.0)])
    first = 2.0 + 2 * PADDING_S
    time = window.in_recording(WordTime(first - 0.1, first + 0.8, 0.5))
    assert [time.start, time.end] == pytest.approx([29.9, 30.5])


def test_a_word_does_not_reach_far_into_a_pause() -> None:
    """Whisper begins the first word of a window at its start, and ends the last one at its end."""
    (window,) = cut(10.0, [(1.0, 3.0)])
    time = window.in_recording(WordTime(0.0, 2.6, 0.5))
    assert [time.start, time.end] == pytest.approx([0.9, 3.1])


def test_windows_are_cut_at_the_longest_pause() -> None:
    """Of the second half of a window."""
    spoken = [(0.0, 10.0), (10.2, 16.0), (16.9, 22.0), (22.3, 27.0), (27.4, 40.0)]
    first, second = cut(41.0, spoken)
    assert first.end == 16.0
    assert second.pieces[0].start == pytest.approx(16.45, abs=0.01)
    assert second.end == 40.0


@pytest.mark.parametrize("rate", [RATE, 8000])
def test_no_speech_is_lost_or_heard_twice(rate: int) -> None:
    """Nor where two blocks meet; no window is too long."""
    random = np.random.default_rng(1)
    spoken, at = [], 0.3
    while at < 4 * BLOCK_S:
        length = float(random.uniform(0.3, 9.0))
        spoken.append((at, at + length))
        at += length + float(random.uniform(0.2, 3.0))
    found = cut(at, spoken, rate)
    assert sum(map(ones, found)) == pytest.approx(sum(end - start for start, end in spoken), abs=0.02 * len(spoken))
    assert max(window.length_s for window in found) <= MAX_WINDOW_S
    starts = [piece.start for window in found for piece in window.pieces]
    assert starts == sorted(starts)


def test_speech_at_the_end_of_a_block_is_read_whole() -> None:
    """A phrase that a block cuts is found as one piece."""
    (window,) = cut(2 * BLOCK_S, [(BLOCK_S - 20.0, BLOCK_S - 18.0), (BLOCK_S - 2.0, BLOCK_S + 3.0)])
    assert [round(piece.end, 2) for piece in window.pieces] == [BLOCK_S - 18.0, BLOCK_S + 3.0]
