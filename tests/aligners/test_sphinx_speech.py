"""The speaker is told from other voices between the words, by what a recording sounds like in both."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from handler.aligners.sphinx_decoding import Segment
from handler.aligners.sphinx_speech import speech_evidence

WORDS = [Segment(at, at + 60, 0.0) for at in range(60, 960, 120)]
"""With as much between them."""


def sounds(below_db: float, change_db: float) -> npt.NDArray[np.float64]:
    """Energies [frame, filter]: louder in the words, elsewhere of a level that wanders slowly; both of them uneven."""
    rng = np.random.default_rng(1)
    loudness = np.repeat(rng.normal(0, change_db, (120, 25)), 8, axis=0) - below_db
    for word in WORDS:
        loudness[word.start : word.end] = rng.normal(0, 4, (word.end - word.start, 25))
    return np.asarray(1e8 * 10 ** (loudness / 10))


@pytest.fixture
def said() -> npt.NDArray[np.bool_]:
    """Whether each frame is in a word."""
    mask = np.zeros(960, np.bool_)
    for word in WORDS:
        mask[word.start : word.end] = True
    return mask


def test_speaker_is_told_from_other_voices(said: npt.NDArray[np.bool_]) -> None:
    """What is as loud as the words speaks for the speaker, what is as loud as the pauses against them.

    It does so, too, where the first pass has given a third of each pause to the word after it.
    """
    energies = sounds(8.0, 9.0)
    early = [word._replace(start=word.start - 20) for word in WORDS]
    for near in (WORDS, early):
        evidence = speech_evidence(energies, near)
        assert evidence.dtype == np.float32
        assert (evidence[said] > 0).mean() > 0.9
        assert (evidence[~said] < 0).mean() > 0.8


@pytest.mark.parametrize(("below_db", "change_db"), [(8.0, 1.0), (30.0, 9.0)])
def test_steady_noise_and_quiet_say_nothing(below_db: float, change_db: float) -> None:
    """Noise that stays the same and pauses far below the speech are left to the model's own silence."""
    assert not speech_evidence(sounds(below_db, change_db), WORDS).any()


def test_hesitations_in_a_quiet_recording_say_nothing() -> None:
    """A pause that is half an "uh" has nobody else in it: what is heard there is no sign against the speaker."""
    energies = sounds(30.0, 1.0)
    for word in WORDS:
        energies[word.start - 40 : word.start - 10] *= 10**2.4
    assert not speech_evidence(energies, WORDS).any()


def test_too_little_sound_says_nothing() -> None:
    """Without pauses, or without words, there is nothing to learn from."""
    energies = sounds(8.0, 9.0)
    assert not speech_evidence(energies, [Segment(0, 930, 0.0)]).any()
    assert not speech_evidence(energies, [Segment(0, 30, 0.0)]).any()
