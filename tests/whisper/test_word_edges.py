"""From Whisper's turns to the starts and ends of words: pauses, lengths, and what is longer than any word."""

from __future__ import annotations

import numpy as np
import pytest

from handler.whisper.word_edges import EARLY_S, MAX_LETTER_S, MAX_WORD_S, find_pauses, word_edges

RATE = 16_000


def test_pauses_are_found_in_the_noise_of_a_room() -> None:
    """Stretches of 0.12 s and more without more than noise, to the block of 10 ms; a shorter one is within a word."""
    draw = np.random.default_rng(1)
    samples = 0.002 * draw.standard_normal(3 * RATE)
    for start, end in ((0.5, 1.0), (1.08, 1.6), (1.9, 2.5)):
        samples[round(start * RATE) : round(end * RATE)] += 0.2 * draw.standard_normal(round((end - start) * RATE))
    found = find_pauses(samples.astype(np.float32), RATE)
    assert np.array(found) == pytest.approx(np.array([(0.0, 0.5), (1.6, 1.9), (2.5, 3.0)]), abs=0.011)


def test_a_pause_belongs_to_no_word() -> None:
    """It is before the word to which Whisper turned last when it ended, however early that was."""
    edges = word_edges(np.array([0.0, 0.9, 2.0]), ["one", "two"], [(0.0, 0.3), (1.2, 1.6), (2.2, 3.0)], 3.0)
    assert edges == [(0.3, 1.2), (1.6, 2.2)]


def test_words_without_a_pause_meet_between_turn_and_length() -> None:
    """Whisper leaves a long word early: its end is later than the turn, yet before what its letters alone would say."""
    turn, letters = 0.6, 1.5 * 13 / 17
    (_, end), (start, _) = word_edges(np.array([0.0, turn, 1.5]), ["extravagance"[:12], "cat"], [], 1.5)
    assert end == start
    assert turn + EARLY_S < end < letters


def test_edges_are_in_order_whatever_the_turns() -> None:
    """Turns at one moment still give starts and ends that never go back, inside the sound."""
    edges = np.ravel(word_edges(np.array([0.0, 0.5, 0.5, 0.5, 0.5]), list("abcd"), [(0.2, 0.4)], 0.6))
    assert (np.diff(edges) >= 0).all()
    assert edges[0] >= 0.0
    assert edges[-1] <= 0.6


def test_nobody_takes_so_long_for_a_word() -> None:
    """Sound before a word, and after the last one, is not theirs beyond the longest time of a word."""
    longest = MAX_WORD_S + MAX_LETTER_S * 4
    first, last = word_edges(np.array([0.0, 5.0, 10.0]), ["one", "two"], [], 10.0)
    assert first[1] - first[0] == pytest.approx(longest)
    assert last[1] - last[0] == pytest.approx(longest)
    assert first[1] == pytest.approx(last[0])
