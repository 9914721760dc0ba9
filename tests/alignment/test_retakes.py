"""Passages that a recording says more often than the text has them: the last take gets the times."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.recordings import Studio
from benchmarks.truth_set.departures import departing
from benchmarks.truth_set.speech import Clip, settled
from handler.aligners.sphinx import SphinxAligner
from handler.alignment import match
from handler.alignment.prober import Prober
from handler.alignment.retakes import Retakes
from handler.alignment.spans import merged, without
from handler.media.recording import Recording
from handler.types import WordTime
from tests.support.departures import aligner as aligner
from tests.support.departures import far, speaker
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry

FALSE_START = "My younger sister {carried the heavy, |}carried the heavy wooden boxes before the storm arrived."
FIRST_WORDS = "{Every engineer on the |}Every engineer on the team photographed the ship's engine."
SENTENCE = "The road was closed. {We can do this. |}We can do this. Nobody in our village forgot it."
SEVERAL = (
    "The road was closed. {We can do this. We can. We can do this. |}We can do this. Nobody in our village forgot it."
)
LAST = (
    "The old captain watched the garden. {The twins next door admired the view. |}The twins next door admired the view."
)
APOLOGY = (
    "{The driver of the last train counted, sorry, let me say that again. |}The driver of the last train counted the "
    "windows."
)
FUNCTION_WORDS = (
    "The bridge was repaired. {Since the 1990s, |}Since the 1990s, the old captain watched the wooden boxes."
)
IN_THE_MIDST = "The driver of the last train borrowed a {small blue radio, |}small blue radio after a long discussion."
BEFORE_IT = (
    "Nobody in our village admired some cheap umbrellas because the road was closed! {A group, |}A group of students "
    "bought their favourite chairs."
)
SAME_ENDS = (
    "The head of the school borrowed their favourite chairs because the road was closed. {The doctor from the island "
    "carried the names of all guests because the road was closed. |}The doctor from the island carried the names of "
    "all guests because the road was closed."
)
FIRST_WORD = (
    "{The woman at the market replaced the first 12 chapters without telling anybody. |}The woman at the market "
    "replaced the first 12 chapters without telling anybody. The old captain replaced the entire garden."
)
BROKEN = "The road was closed. We can do this.{ We can.|} Nobody in our village forgot it."
OTHERS = "The road was closed. {Please remember that dinner is at seven. |}Nobody in our village forgot it."
TAKES = [
    FALSE_START, FIRST_WORDS, SENTENCE, SEVERAL, LAST, APOLOGY, FUNCTION_WORDS, IN_THE_MIDST, BEFORE_IT, SAME_ENDS,
    FIRST_WORD,
]  # fmt: skip


def said(line: str) -> Clip:
    return settled(departing(speaker(), "clip", line, 1))


@pytest.mark.parametrize("line", TAKES)
def test_last_take_has_the_times(aligner: SphinxAligner, line: str) -> None:
    """After false starts, whole sentences over again and several takes all words are where they are said last."""
    clip = said(line)
    found = match.match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, "en", aligner)
    assert far(clip, found.times, 0.12) == []
    assert found.unspoken == ()


@pytest.mark.parametrize("line", [BROKEN, OTHERS])
def test_take_that_breaks_off_and_other_speech_pull_no_words_away(aligner: SphinxAligner, line: str) -> None:
    """The last take is the last that is said to its end, and what others say is none."""
    clip = said(line)
    found = match.match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, "en", aligner)
    assert far(clip, found.times, 0.12) == []
    assert found.earlier_takes == ()


def test_music_pulls_no_words_away(aligner: SphinxAligner) -> None:
    """Words stay where they are before music, and before the music that a recording ends with."""
    clip = said("The road was closed. We can do this. Nobody in our village forgot it.")
    tune = Studio(clip.samples, clip.rate, ()).sound("music", 3.0)
    time = clip.times[8]
    assert time
    assert clip.words[8] == "Nobody"
    at = round((time.start - 0.1) * clip.rate)
    samples = np.concatenate([clip.samples[:at], tune, clip.samples[at:], tune])
    moved = [*clip.times[:8], *(one and one.moved(len(tune) / clip.rate) for one in clip.times[8:])]
    found = match.match(Recording.from_samples(samples, clip.rate), clip.tokens, "en", aligner)
    truth = Clip(clip.name, clip.speaker, clip.tokens, samples, clip.rate, tuple(moved))
    assert far(truth, found.times, 0.12) == []


def test_client_reads_which_passage_is_an_earlier_take(aligner: SphinxAligner) -> None:
    """A take that was said again has a warning of its own, which says whose times the words have."""
    clip = said(APOLOGY)
    recording = Recording.from_samples(clip.samples, clip.rate)
    found = match.align(recording, clip.tokens, "en", (None, ["ear"]), registry(ear=aligner))
    (warning,) = found.warnings
    assert warning.code == "text_and_audio_differ"
    assert "is an earlier take of what follows it; the words have the times of the last take" in warning.message


@pytest.mark.parametrize("again", [range(50, 100), range(10, 200)])
def test_retake_longer_than_a_window(again: range) -> None:
    """Takes of many sentences, longer than a window of half a minute too, are as any other."""
    numbers = [*range(again.stop), *again, *range(again.stop, 260)]
    samples, starts = spoken(numbers)  # a number that is said twice has its last start
    found = match.match(Recording.from_samples(samples, RATE), written(range(260)), "en", Reader())
    assert sum(time is None or abs(time.start - starts[at]) > 0.01 for at, time in enumerate(found.times)) == 0


def test_progress_goes_on_in_the_search_for_retakes() -> None:
    """The job of a recording with a retake tells more and more of it, and never that all is done before it is."""
    numbers = [*range(50), *range(20, 50), *range(50, 100)]
    samples, _ = spoken(numbers)
    recording = Recording.from_samples(samples, RATE)
    told: list[float] = []
    match.match(recording, written(range(100)), "en", Reader(), progress=told.append)
    assert told == sorted(told)
    assert 0.8 * recording.duration < told[-1] < recording.duration


def test_spans_are_joined_and_cut() -> None:
    """Spans that touch are one, and what others have of them is cut out."""
    assert merged([(2, 3), (0, 1), (1, 2), (5, 6)]) == [(0, 3), (5, 6)]
    assert without([(0, 3), (5, 6)], [(1, 2), (5, 7)]) == [(0, 1), (2, 3)]


def test_no_word_is_lost_where_few_words_follow_a_take() -> None:
    """Of the words after a take as many stay as there were, where one has to move and those behind it are far away."""
    times: list[WordTime | None] = [WordTime(float(at), at + 0.9, 0.9) for at in range(5)]
    rest = times[3:]
    prober = Prober(Reader(), Recording.from_samples(np.zeros(10 * RATE, np.float32), RATE), written([1] * 5), "en")
    found = [WordTime(1.9, 2.0, 0.9), WordTime(2.0, 2.1, 0.9), WordTime(2.1, 2.9, 0.9)]
    assert Retakes(prober, times, [])._move(0, 2, found)
    assert times == [*found, *rest]
