"""Words of cues are found in the sound of their time, and only where it says them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from handler.errors import AlignerFailed, AlignmentError, Cancelled
from handler.media.recording import Recording
from handler.pipeline.cue_timing import WordFinder
from handler.types import Samples, TimedText, WordTime
from tests.pipeline.test_client_captions import FakeJob
from tests.support.stub_backends import registry

RATE = 16_000
SOUND = Recording.from_samples(np.zeros(RATE * 100, np.float32), RATE)
CUE = TimedText(10.0, 12.0, "Fresh bread", number=7)


class Prefix:
    """An aligner that finds words as a function says."""

    name = "prefix"

    def __init__(self, find: Callable[[float, Sequence[str]], list[WordTime | None]]) -> None:
        self.asked: list[float] = []
        self._find = find

    def speaks(self, language: str) -> bool:
        return language == "en"

    def align(self, *_: Any) -> list[WordTime | None]:
        raise AssertionError("words of a cue are found among others")

    prefix = align

    def find(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        assert language == "en"
        self.asked.append(len(samples) / sample_rate)
        return self._find(len(samples) / sample_rate, words)


class Away:
    """An aligner that sends all of the sound to another machine, and gives no prefixes."""

    name = "away"

    def speaks(self, language: str) -> bool:
        return True

    def align(self, *_: Any) -> list[WordTime | None]:
        raise AssertionError("is paid for every cue")


def found(seconds: float, words: Sequence[str]) -> list[WordTime | None]:
    return [WordTime(0.5 + at * 0.4, 0.8 + at * 0.4, 0.9) for at in range(len(words))]


def raising(error: Exception) -> Callable[..., Any]:
    def find(*_: Any) -> Any:
        raise error

    return find


def finder(sound: Recording | None = SOUND, **aligners: Any) -> tuple[WordFinder, FakeJob]:
    job = FakeJob()
    settings = type("Settings", (), {"aligner_names": tuple(aligners)})
    services = type("Services", (), {"settings": settings, "aligners": registry(**aligners)})
    return WordFinder(sound, "en", job, services), job  # type: ignore[arg-type]


def test_words_are_found_around_their_cue() -> None:
    """The sound of the cue and a little around it is searched; times are those of the whole."""
    aligner = Prefix(found)
    words, job = finder(prefix=aligner)
    assert [round(time.start, 3) for time in words.find(CUE, ["Fresh", "bread"]) if time] == [10.2, 10.6]
    assert aligner.asked == pytest.approx([2.6])
    words.report()
    assert job.warnings == []
    assert words.method == "prefix"


def test_aligners_that_send_sound_away_are_not_asked() -> None:
    """Each cue would cost a request; the next one is taken."""
    words, _ = finder(away=Away(), prefix=Prefix(found))
    assert words.method == "prefix"


@pytest.mark.parametrize(
    "find",
    [
        lambda _, words: [WordTime(0.5, 0.8, 0.3)] * len(words),
        lambda _, words: [None] * len(words),
        raising(AlignmentError("noise")),
    ],
)
def test_words_that_the_sound_does_not_say_are_guessed(find: Callable[..., Any]) -> None:
    """A cue of low confidence has no times, and the warning names the first such cue."""
    words, job = finder(prefix=Prefix(find))
    assert words.find(CUE, ["Fresh", "bread"]) == [None, None]
    words.report()
    [warning] = job.warnings
    assert warning.code == "words_guessed"
    assert "of 1 of 1 cues were not found in the sound, cue 7; they share" in warning.message


def test_a_single_doubtful_word_is_guessed() -> None:
    """The others keep their times."""
    times = [WordTime(0.5, 0.8, 0.9), WordTime(0.8, 0.8, 0.0), WordTime(1.0, 1.2, 0.9)]
    words, _ = finder(prefix=Prefix(lambda *_: list(times)))
    assert [time is not None for time in words.find(CUE, ["a", "b", "c"])] == [True, False, True]


@pytest.mark.parametrize("error", [AlignerFailed("broken"), RuntimeError("broken")])
def test_an_aligner_that_breaks_gives_way_to_the_next(error: Exception) -> None:
    """And is not asked again; with none left, words are guessed."""
    broken, whole = Prefix(raising(error)), Prefix(found)
    words, _ = finder(broken=broken, whole=whole)
    for _ in range(2):
        assert None not in words.find(CUE, ["Fresh", "bread"])
    assert (len(broken.asked), len(whole.asked), words.method) == (1, 2, "whole")
    alone, job = finder(broken=Prefix(raising(error)))
    assert alone.find(CUE, ["Fresh"]) == [None]
    alone.report()
    assert [warning.code for warning in job.warnings] == ["words_guessed"]


def test_a_cancelled_job_ends() -> None:
    """No other aligner is asked then."""
    words, _ = finder(prefix=Prefix(raising(Cancelled("stopped"))))
    with pytest.raises(Cancelled):
        words.find(CUE, ["Fresh"])


@pytest.mark.parametrize(
    ("cue", "words"),
    [
        (TimedText(0, 90, "x"), ["x"]),
        (TimedText(120, 130, "x"), ["x"]),
        (CUE, ["x"] * 500),
        (CUE, ["abcdefghij"] * 20),
    ],
)
def test_what_no_aligner_can_do_is_guessed(cue: TimedText, words: list[str]) -> None:
    """A very long cue, one after the end of the sound, and one with more words than anyone says."""
    aligner = Prefix(found)
    assert finder(prefix=aligner)[0].find(cue, words) == [None] * len(words)
    assert aligner.asked == []


def test_a_translation_is_not_looked_for_all_the_time() -> None:
    """After twenty cues in vain only every fifth is looked for, until the sound says one again."""
    says = [False]
    aligner = Prefix(lambda _, words: found(_, words) if says[0] else [None] * len(words))
    words, job = finder(prefix=aligner)
    for _ in range(40):
        words.find(CUE, ["Fresh"])
    assert len(aligner.asked) == 20 + 4
    says[0] = True
    assert [words.find(CUE, ["Fresh"]) != [None] for _ in range(3)] == [True] * 3
    words.report()
    assert "the words of 40 of 43 cues" in job.warnings[0].message


def test_without_sound_nothing_is_asked() -> None:
    """Then all words share the time of their cue, and nobody is warned."""
    words, job = finder(sound=None, prefix=Prefix(found))
    assert words.find(CUE, ["Fresh"]) == [None]
    words.report()
    assert (words.method, job.warnings) == ("", [])
