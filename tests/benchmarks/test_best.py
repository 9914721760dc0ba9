"""The benchmark of `best` counts words rightly, and finds the numbers that their times were made with."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.best import Judged
from benchmarks.truth_set.agreement import Pair, fitted, pairs
from benchmarks.truth_set.speech import Clip
from handler.alignment.combination import logit
from handler.alignment.match import Match
from handler.types import Token, WordTime


def test_a_confidence_is_judged_by_where_the_word_is() -> None:
    """A word within 80 ms is right, one without a time is not, and one whose place nothing tells counts for neither."""
    tokens = tuple(Token(word, (word,), 0, 0) for word in "some call me nature".split())
    true = (WordTime(0.5, 0.9), WordTime(1.0, 1.4), None, WordTime(2.0, 2.4))
    clip = Clip("1", "me", tokens, np.zeros(30, np.float32), 10, true)
    found = (WordTime(0.57, 0.9, 0.9), WordTime(1.09, 1.4, 0.4), WordTime(1.5, 1.9, 0.1), None)
    judged = Judged()
    judged.add(clip, Match(found, (), ()))
    assert (judged.right, judged.wrong, judged.auc) == ([0.9], [0.4, 0.0], 1.0)
    assert judged.figures()["far_percent"] == 0.0
    assert list(pairs(found, true, true)) == [Pair(found[0], true[0], true[0]), Pair(found[1], true[1], true[1])]


def test_fit_finds_how_far_confidences_tell_the_right_time() -> None:
    """Two equally fine aligners that are right as often as their confidences say give the weights of those back."""
    rng = np.random.default_rng(1)
    words: list[Pair] = []
    for sure in rng.uniform(0.02, 0.98, (20_000, 2)):
        errors = rng.uniform(-0.04, 0.04, 2)
        if rng.random() < 0.5:
            first_right = 1 / (1 + np.exp(0.2 * logit(sure[1]) - 0.5 * logit(sure[0])))
            errors[int(rng.random() < first_right)] += rng.choice([-1, 1]) * rng.uniform(0.09, 0.5)
        one, other = (WordTime(float(1 + error), 2.0, float(each)) for error, each in zip(errors, sure, strict=True))
        words.append(Pair(one, other, WordTime(1.0, 2.0)))
    found = fitted(words)
    assert found.telling == pytest.approx((0.5, 0.2), abs=0.06)
    assert 0.05 < found.apart * sum(found.starts_s) < 0.1
    assert found.ends_s == (0.0, 0.0)
