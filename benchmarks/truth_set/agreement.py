"""The numbers by which two aligners' times become one, fitted to words of which is known where they are said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.truth_set.calibration import RIGHT_MS
from benchmarks.truth_set.figures import FAR_MS
from benchmarks.truth_set.regression import TooLittle, logistic, require_both
from handler.alignment.combination import logit
from handler.alignment.evidence import Times
from handler.types import WordTime

if TYPE_CHECKING:
    from benchmarks.truth_set.regression import FloatArray

RIDGE = 1e-4
"""Keeps numbers finite where a distance parts the words, or confidences do; of hundreds of words it changes nothing."""


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
    in half of such cases, another one tells from both confidences which of them is nearer. Raises TooLittle where there
    are not such words of each kind.
    """
    starts = np.array([[word.one.start - word.true.start, word.other.start - word.true.start] for word in words])
    ends = np.array([[word.one.end - word.true.end, word.other.end - word.true.end] for word in words])
    starts_s, ends_s = _mean_errors(starts), _mean_errors(ends)
    distances = np.abs(starts[:, 0] - starts[:, 1]) / sum(starts_s)
    agreed = (np.abs(starts) <= RIGHT_MS / 1000).all(axis=1)
    require_both(agreed, "are placed rightly by both aligners")
    rows = np.column_stack([np.ones(len(words)), distances])
    constant, slope = logistic(rows, agreed.astype(float), ridge=RIDGE)
    if slope >= 0:
        raise TooLittle("where the aligners are farther apart, they are not wrong more often")
    apart = -constant / slope
    far = distances > apart
    sure = np.array([[logit(word.one.confidence), -logit(word.other.confidence)] for word in words])
    nearer = np.abs(starts[:, 0]) < np.abs(starts[:, 1])
    require_both(nearer[far], "that the aligners place apart are nearer by the first")
    finer = math.log(starts_s[1] / starts_s[0])
    one, other = logistic(sure[far], nearer[far].astype(float), ridge=RIDGE, offset=finer)
    return Numbers(starts_s, ends_s, float(apart), float(-slope), (float(one), float(other)))


def _mean_errors(errors: FloatArray) -> tuple[float, float]:
    """Of both aligners (N x 2), without words that are far off. Raises TooLittle where that is all of one of them."""
    near = [each[each <= FAR_MS / 1000] for each in np.abs(errors).reshape(-1, 2).T]
    if not all(len(each) for each in near):
        raise TooLittle(f"one aligner places none of {len(errors)} words within {FAR_MS:.0f} ms")
    one, other = (float(each.mean()) for each in near)
    return one, other
