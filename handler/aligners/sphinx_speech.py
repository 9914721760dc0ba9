"""Tell a speaker from other voices between the words, by what this very recording sounds like in both.

Other voices are more like the model's vowels than like its silence. But the speaker is louder than they are, in some
bands more than in others: a linear discriminant (R. A. Fisher, Annals of Eugenics 7, 1936), which the first pass's
words and pauses train, says how likely each frame is to have the speaker in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.aligners.sphinx_decoding import Segment

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_SMOOTH_FRAMES = 5  # single frames of other voices are as loud as the speaker
_FILTERS_OF_A_BAND = 3  # fewer bands need less sound to be known
_LEAST_FRAMES = 40  # of either kind: of less sound, eight bands would be learnt by heart
# Other voices, by the middle band: they change by more than the first, and even where they are low, they are no farther
# below the words than the second. Babble at 10 dB changes by 9 to 12, and steady noise in a person's recording by 4; it
# is 9 to 14 below the words, at 20 dB 14 to 19, and a clean recording with an "uh" in its pauses 19 or more.
_CHANGE_DB, _NEAR_DB = 6.0, 17.0
_CHANGE_PERCENTILES = (20, 80)
_DB = np.log(10) / 10  # in nats of power
# Of the variance of all bands, what is added to that of each: the first pass gives some of the pauses to words.
_SHRINKAGE = 0.2
# Of babble at 10 dB, half of it leaves a quarter more words after pauses wrong; with 3 other words are farther off.
_WEIGHT = 2.0
_MOST = 3.0  # nats, before they are weighed: a click is no surer sign of speech than a vowel


def speech_evidence(energies: Array, words: Sequence[Segment]) -> Array:
    """How much likelier each frame is with the speaker in it than between the words, in weighed nats: float32 [frame].

    ``energies`` are those of the model's filters, [frame, filter]; ``words`` is about where words are. All is 0 where
    there is no other sound between them, or too little of it, or of speech, to learn from.
    """
    nothing = np.zeros(len(energies), np.float32)
    quiet = np.ones(len(energies), bool)
    for word in words:
        quiet[word.start : word.end] = False
    if min(quiet.sum(), (~quiet).sum()) < _LEAST_FRAMES:
        return nothing
    levels = _levels(energies)
    between, said = levels[quiet], levels[~quiet]
    if not _other_sound(between, said):
        return nothing
    middle = (between.mean(0) + said.mean(0)) / 2
    centred = np.concatenate([between - between.mean(0), said - said.mean(0)])
    covariance = centred.T @ centred / len(centred)
    covariance += _SHRINKAGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    direction = np.linalg.solve(covariance, said.mean(0) - between.mean(0))
    return np.asarray(_WEIGHT * np.clip((levels - middle) @ direction, -_MOST, _MOST), np.float32)


def _other_sound(between: Array, said: Array) -> bool:
    """Whether what is heard between the words changes as voices do, and is nearly as loud as they are."""
    low, high = np.percentile(between, _CHANGE_PERCENTILES, axis=0)
    near = np.median(said.mean(0) - low) < _NEAR_DB * _DB
    return bool(near and np.median(high - low) > _CHANGE_DB * _DB)


def _levels(energies: Array) -> Array:
    """The logarithms of the energies, smoothed over time, means of a few filters: [frame, band]."""
    kernel, beside = np.full(_SMOOTH_FRAMES, 1 / _SMOOTH_FRAMES), _SMOOTH_FRAMES // 2
    bands = energies.shape[1] // _FILTERS_OF_A_BAND
    used = energies[:, : bands * _FILTERS_OF_A_BAND]
    padded = np.pad(used, ((beside, beside), (0, 0)), "edge")
    smooth = np.stack([np.convolve(each, kernel, "valid") for each in padded.T], axis=1)
    return np.asarray(np.log(smooth + 1.0).reshape(len(smooth), bands, -1).mean(2))
