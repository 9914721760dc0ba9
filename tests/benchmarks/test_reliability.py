"""The benchmark of confidences counts words rightly, and the guide's picture is that of its tables."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import reliability
from benchmarks.truth import textgrid
from benchmarks.truth_set.calibration import Calibration
from benchmarks.truth_set.fit import Fit
from benchmarks.truth_set.recorded import read_clip
from benchmarks.truth_set.regression import TooLittle
from benchmarks.truth_set.speech import Clip
from benchmarks.truth_set.texts import KINDS, WRONG, Line, lines
from docs.timing_picture import DOCUMENT, PICTURE, svg, tables
from handler.aligners import sphinx_confidence
from handler.aligners.sphinx_confidence import Evidence
from handler.types import Token, WordTime

WORDS = tuple("the old captain carried a small blue radio".split())
OTHERS = "nobody forgot every letter from the island".split()
TIMES = tuple(WordTime(float(at), at + 0.5) for at in range(len(WORDS)))
CLIP = Clip("1", "me", tuple(Token(word, (word,), 0, 0) for word in WORDS), np.zeros(10, np.float32), 10, TIMES)


def test_texts_know_which_words_are_said() -> None:
    """Every number of a word is that of the same word in the recording, and wrong texts have none."""
    made = lines(WORDS, OTHERS, random.Random(1))
    assert [line.kind for line in made] == list(KINDS)
    for line in made:
        assert all(said is None or WORDS[said] == word for word, said in zip(line.words, line.said, strict=True))
        assert (line.kind in WRONG) == (set(line.said) == {None}) == line.wrong
    assert made[0] == Line("right", WORDS, tuple(range(len(WORDS))))
    assert [len(line.words) for line in made] == [8, 8, 7, 9, 8, 8]
    assert made == lines(WORDS, OTHERS, random.Random(1))


def test_words_are_right_within_80_ms() -> None:
    """A word 70 ms off is right, one 90 ms off is wrong; one that is not said is wrong where another one is said."""
    counted = Calibration()
    found = [WordTime(0.07, 1.0, 0.95), WordTime(1.09, 1.5, 0.95), WordTime(2.0, 2.5, 0.25), None]
    counted.add(CLIP, Line("right", WORDS[:4], (0, 1, None, 3)), found)
    assert counted.right == [True, False, False]
    assert counted.right_texts == pytest.approx([0.5375])
    assert [tuple(each) for each in counted.bins()] == [(1, 0.25, 0.0), (2, pytest.approx(0.95), 0.5)]
    counted.add(CLIP, Line("other sentences", WORDS[:1], (None,)), [None])
    figures = counted.figures()
    assert figures["ece"] == pytest.approx((0.25 + 2 * 0.45) / 3)
    assert figures["auc_words"] == pytest.approx(0.75)
    assert figures["auc_texts"] == 1.0


def test_fit_finds_the_coefficients() -> None:
    """Words that are right as often as their confidence says give its own coefficients back.

    The constant is that of as many right words as wrong ones: less by the logarithm of the odds of being right.
    """
    rng = np.random.default_rng(1)
    words = [Evidence(*values) for values in rng.standard_normal((40_000, len(Evidence._fields)))]
    fit = Fit()
    with fit.listening() as judge:
        sure = sphinx_confidence.calibrated(words)
        right = rng.random(len(sure)) < sure
        judge("one", right.tolist())
    constant, coefficients = fit.coefficients()
    odds = right.mean() / (1 - right.mean())
    assert constant == pytest.approx(sphinx_confidence._CONSTANT - np.log(odds), abs=0.15)
    assert coefficients == pytest.approx(sphinx_confidence._COEFFICIENTS, abs=0.15)


@pytest.mark.parametrize(("right", "reason"), [([], "0 of 0"), ([True] * 3, "3 of 3"), ([False] * 3, "0 of 3")])
def test_fit_needs_right_words_and_wrong_ones(right: list[bool], reason: str) -> None:
    """Without both there are no coefficients, but a sentence that says so."""
    fit = Fit([Evidence(*[0.0] * len(Evidence._fields))] * len(right), right, ["one"] * len(right))
    with pytest.raises(TooLittle, match=f"too little to fit: {reason} words are right"):
        fit.coefficients()


def test_recordings_are_cut_between_words(tmp_path: Path) -> None:
    """A piece begins where its words do, or a little before; their times are those of the recording, moved."""
    said = tuple(WordTime(0.5 + at + (at >= 6), 1.4 + at + (at >= 6)) for at in range(8))
    whole = Clip("", "", CLIP.tokens, np.linspace(0, 0.5, 100, dtype=np.float32), 10, said)
    soundfile.write(tmp_path / "talk.wav", np.column_stack([whole.samples] * 2), 10, subtype="FLOAT")
    (tmp_path / "talk.TextGrid").write_text(textgrid(whole), "utf-8")
    clip = read_clip(tmp_path / "talk.wav", tmp_path / "talk.TextGrid", "words")
    assert (clip.words, clip.times, clip.samples.tolist()) == (WORDS, said, whole.samples.tolist())
    first, last = reliability.recorded(clip)
    assert (first.name, first.words, last.name, last.words) == ("talk 0", WORDS[:6], "talk 1", WORDS[6:])
    assert last.samples.tolist() == whole.samples[74:95].tolist()
    assert [time and time.start for time in last.times] == pytest.approx([0.1, 1.1])


def test_recordings_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What would be passed over with a recording is refused."""
    monkeypatch.setattr("sys.argv", ["reliability.py", "--recording", "a.wav", "a.TextGrid", "--conditions", "room"])
    with pytest.raises(SystemExit):
        reliability.main()
    assert "with --recording, give no conditions, sentences, whole" in capsys.readouterr().err


def test_picture_is_that_of_the_tables() -> None:
    """docs/reliability.svg is drawn from docs/timing.md; `python docs/timing_picture.py` mends a difference."""
    each = tables(DOCUMENT.read_text("utf-8"))
    assert {"sphinx", "whisper"} <= each.keys()
    assert svg(each) == PICTURE.read_text("utf-8")
    assert f"]({PICTURE.name})" in DOCUMENT.read_text("utf-8")
