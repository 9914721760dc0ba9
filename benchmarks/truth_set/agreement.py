"""The numbers by which two aligners' times become one, fitted to words of which is known where they are said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.truth_set.calibration import RIGHT_MS
from benchmarks.truth_set.figures import FAR_MS
from benchmarks.truth_set.regression import logistic
from handler.alignment.combination import logit
from handler.alignment.evidence import Times
from handler.types import WordTime

if TYPE_CHECKING:
    from benchmarks.truth_set.regression import FloatArray


class Pair(NamedTuple):
    """Where two aligners place a word, and where it is said."""

    one: WordTime
    other: WordTime
    true: WordTime


class Numbers(NamedTuple):
    """Those of `handler.alignment.combination`, of the first and the second aligner."""

    starts_s: tuple[float, float]
    ends_s: tuple[float, float]
    apart: float
    steepness: float
    telling: tuple[float, float]


def pairs(one: Times, other: Times, true: Times) -> Iterator[Pair]:
    """The words that both aligners have a time for."""
    for first, second, own in zip(one, other, true, strict=True):
        if first and second and own:
            yield Pair(first, second, own)


def fitted(words: Sequence[Pair]) -> Numbers:
    """The numbers that fit the words.

    Both aligners agree if both are right, by a logistic regression on their distance. Where they are farther apart than
    in half of such cases, another one tells from both confidences which of them is nearer.
    """
    starts = np.array([[word.one.start - word.true.start, word.other.start - word.true.start] for word in words])
    ends = np.array([[word.one.end - word.true.end, word.other.end - word.true.end] for word in words])
    starts_s = _mean_errors(starts)
    distances = np.abs(starts[:, 0] - starts[:, 1]) / sum(starts_s)
    agreed = (np.abs(starts) <= RIGHT_MS / 1000).all(axis=1)
    constant, slope = logistic(np.column_stack([np.ones(len(words)), distances]), agreed.astype(float))
    apart = -constant / slope
    far = distances > apart
    sure = np.array([[logit(word.one.confidence), -logit(word.other.confidence)] for word in words])
    nearer = np.abs(starts[:, 0]) < np.abs(starts[:, 1])
    one, other = logistic(sure[far], nearer[far].astype(float), offset=math.log(starts_s[1] / starts_s[0]))
    return Numbers(starts_s, _mean_errors(ends), float(apart), float(-slope), (float(one), float(other)))


def _mean_errors(errors: FloatArray) -> tuple[float, float]:
    """Of both aligners (N x 2), without words that are far off."""
    one, other = (float(each[each <= FAR_MS / 1000].mean()) for each in np.abs(errors).T)
    return one, other
