"""The benchmark of `best` counts words rightly, and finds the numbers that their times were made with."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import best
from benchmarks.best import Comparison, Judged, Placing
from benchmarks.truth_set.agreement import Pair, fitted, pairs
from benchmarks.truth_set.regression import TooLittle
from benchmarks.truth_set.speech import Clip
from handler.alignment.combination import logit
from handler.alignment.match import Match
from handler.settings import BEST
from handler.types import Token, WordTime

TRUE = WordTime(1.0, 2.0)


def pair(one: float, other: float, sure: tuple[float, float] = (0.5, 0.5)) -> Pair:
    """A word that both aligners place so many seconds late."""
    return Pair(WordTime(1 + one, 2.0, sure[0]), WordTime(1 + other, 2.0, sure[1]), TRUE)


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
    unknown, lost = best.placings(Match(found, (), ()), clip)[2:]
    assert unknown is None
    assert lost == pytest.approx(Placing(-100.0, 0.0))
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


NEAR, APART = [pair(0.01, -0.02)] * 5, [pair(0.01, 0.15)] * 5


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "one aligner places none of 0 words within 200 ms"),
        (NEAR, "5 of 5 words are placed rightly by both aligners"),
        (APART, "0 of 5 words are placed rightly by both aligners"),
        (NEAR + APART, "5 of 5 words that the aligners place apart are nearer by the first"),
        ([pair(-0.07, 0.07), pair(0.1, 0.11)] * 5, "where the aligners are farther apart, they are not wrong more"),
    ],
)
def test_fit_says_what_it_lacks(words: list[Pair], reason: str) -> None:
    """Words of which one kind is missing have no numbers, but a sentence that says which."""
    with pytest.raises(TooLittle, match=reason):
        fitted(words)


def test_fit_of_words_that_a_distance_parts_is_finite() -> None:
    """Few words, which a threshold parts without a mistake, have a distance of half agreement between both kinds."""
    found = fitted(NEAR + APART + [pair(0.15, 0.01, (0.3, 0.6))] * 4)
    assert 0.03 < found.apart * sum(found.starts_s) < 0.14
    assert np.isfinite([found.steepness, *found.telling]).all()


def test_far_words_are_told_with_what_each_aligner_found() -> None:
    """Of a word that `best` places more than 200 ms off, the errors and confidences of all three are shown."""
    tokens = tuple(Token(word, (word,), 0, 0) for word in "call me".split())
    clip = Clip("1", "me", tokens, np.zeros(30, np.float32), 10, (WordTime(0.5, 0.9), WordTime(1.0, 1.4)))
    fine = Match((WordTime(0.5, 0.9, 0.9), WordTime(1.05, 1.4, 0.4)), (), ())
    late = Match((WordTime(0.5, 0.9, 0.9), WordTime(1.5, 1.9, 0.6)), (), ())
    (word,) = best.far(clip, "clean", {"sphinx": fine, "whisper": late, BEST: late})
    assert word.figures() == {
        "word": "me", "condition": "clean", "sphinx": [50.0, 0.4], "whisper": [500.0, 0.6], BEST: [500.0, 0.6],
    }  # fmt: skip
    assert Comparison({BEST: Judged()}, far=[word]).figures()["far"] == [word.figures()]


def test_conditions_of_engines_are_refused_for_recordings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person cannot be asked to speak faster, say another text or "um": the error names what would need that."""
    asked = "clean,fillers,retakes,small,room"
    monkeypatch.setattr("sys.argv", ["best.py", "--recording", "a.wav", "a.TextGrid", "--conditions", asked])
    with pytest.raises(SystemExit):
        best.main()
    assert "an engine has to speak for fillers, retakes, small: with --recording, take" in capsys.readouterr().err
