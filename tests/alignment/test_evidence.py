"""How far the words in a stretch of sound can be believed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from handler.alignment.evidence import Passage, energy_minima, silences
from handler.types import WordTime
from tests.support.spoken_numbers import RATE, WORD, spoken


def test_sound_without_words_lowers_coverage() -> None:
    """Few sure words in much sound fit worse than many: an aligner may take what does not fit for noise."""
    samples, truth = spoken(range(1, 8))
    times = [WordTime(start, start + WORD, 0.9) for start in truth.values()]
    all_ = Passage(samples, RATE, times, exhausted=False)
    few = Passage(samples, RATE, times[:2], exhausted=False)
    assert all_.coverage > 0.7
    assert few.coverage < 0.4
    assert [at for at, _, _ in few.gaps()] == [2]
    assert all_.unlikely_index(0.8) is None
    assert list(Passage(samples, RATE, times[:2], exhausted=True).gaps()) == []


def test_energy_minima_are_pauses_in_noise() -> None:
    """Speech in loud noise has no pause that is quiet, but moments that are quieter than what is around them."""
    rng = np.random.default_rng(1)
    level = np.full(6 * RATE, 0.2, np.float32)
    for start in (2.0, 4.0):
        level[round(start * RATE) : round((start + 0.15) * RATE)] = 0.1
    sound = (level * rng.standard_normal(len(level))).astype(np.float32)
    assert silences(sound, RATE) == []
    found = energy_minima(sound, RATE)
    assert all(min(abs(at - start) for at in found) < 0.15 for start in (2.0, 4.0))
    assert all(other - one >= 0.5 for one, other in pairwise(found))
    assert energy_minima(sound[:100], RATE) == []
