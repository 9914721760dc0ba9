"""A long recording is aligned window by window."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from handler.alignment import match
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.protocols import PrefixAligner
from handler.types import Samples, WordTime
from tests.support.aligned_numbers import NEW, TEXT, aligned, misplaced
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry


def test_every_word_of_a_long_recording_is_found() -> None:
    """Five minutes in windows: no word is lost or doubled where they meet, and none is heard without what follows."""
    ear = Reader()
    words, warnings, truth = aligned(range(1, 900), range(1, 900), ear)
    assert [int(word.shown) for word in words] == list(range(1, 900))
    assert misplaced(words, truth) == 0
    assert not warnings
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(words))


def test_windows_are_short_and_on_the_grid() -> None:
    """No more than half a minute and 200 words at a time are heard, windows begin and end at multiples of 20 ms."""
    samples, _ = spoken(range(1, 700))
    reads: list[tuple[int, int]] = []

    def read(start: int, end: int) -> Samples:
        reads.append((start, end))
        return samples[start:end]

    class Hears(Reader):
        heard = 0

        def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            self.heard = len(reads)
            return super().prefix(samples, rate, words, language)

    ear = Hears()
    reported: list[float] = []
    recording = Recording(len(samples), RATE, read)
    found = match.align(
        recording, written(range(1, 700)), "en", (None, ["ear"]), registry(ear=ear), progress=reported.append
    )
    assert isinstance(ear, PrefixAligner)
    assert misplaced(found.timing.words, spoken(range(1, 700))[1]) == 0
    assert max(ear.lengths) <= 30 * RATE
    assert ear.offered <= 200
    assert all(start % 320 == 0 and (end % 320 == 0 or end == len(samples)) for start, end in reads[: ear.heard])
    assert max(end - start for start, end in reads) <= 40 * RATE
    assert reported == sorted(reported)
    assert reported[-1] > 0.7 * recording.duration


def test_inconsistent_aligner_makes_no_endless_job() -> None:
    """One that hears words in a probe and none in the window that begins there is passed by, and the job ends."""

    class Fickle(Reader):
        def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return super().prefix(samples, rate, words, language) if len(samples) <= 13 * rate else []

    ear = Fickle()
    words, warnings, _ = aligned(TEXT, TEXT, ear)
    assert len(words) == len(TEXT)
    assert warnings
    assert len(ear.lengths) < 2500


@pytest.mark.parametrize(
    "said",
    [[*TEXT[:10], *NEW[:10], *TEXT[10:20]], [*NEW[:10], *TEXT[:20]], [*NEW[:10], *TEXT[:20], *NEW[20:40]]],
    ids=["inside", "before", "before and after"],
)
def test_sound_that_a_short_text_lacks_is_reported(said: list[int]) -> None:
    """In a recording of one window every word is where it is said, and the sound between them or before is reported."""
    words, warnings, truth = aligned(said, TEXT[:20], Reader())
    assert misplaced(words, truth) == 0
    assert len(warnings) == 1
    start = float(warnings[0].removeprefix("the audio from ").split()[0])
    assert start == pytest.approx(truth[NEW[0]], abs=0.15)


def test_sound_after_the_text_is_reported_from_4_s_on() -> None:
    """Six seconds of words after the last one are reported; two of them are not, and silence is not."""
    for more, reported in ((NEW[:20], True), (NEW[:6], False)):
        _, warnings, _ = aligned([*TEXT[:40], *more], TEXT[:40], Reader())
        assert ["not in the text" in message for message in warnings] == [True] * reported
    samples = np.concatenate([spoken(TEXT[:40])[0], np.zeros(10 * RATE, np.float32)])
    found = match.align(
        Recording.from_samples(samples, RATE), written(TEXT[:40]), "en", (None, ["ear"]), registry(ear=Reader())
    )
    assert not found.warnings


@pytest.mark.parametrize(("count", "found"), [(130, True), (200, False)])
def test_whole_recording_is_tried_where_windows_lose_words(count: int, found: bool) -> None:
    """Of a recording of up to a minute, words that no window has are found if the whole has them."""

    class NeedsAll(Reader):
        def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return []

        def find(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            if len(samples) < length:
                raise AlignmentError("audio: it is a part")
            return super().find(samples, rate, words, language)

    length = len(spoken(TEXT[:count])[0])
    assert (length / RATE <= 60) is found
    if found:
        words, warnings, truth = aligned(TEXT[:count], TEXT[:count], NeedsAll())
        assert misplaced(words, truth) == 0
        assert not warnings
    else:
        with pytest.raises(AlignmentError, match="none of the text's words"):
            aligned(TEXT[:count], TEXT[:count], NeedsAll())
