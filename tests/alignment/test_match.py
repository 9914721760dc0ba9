"""Words of long recordings: heard in windows, found again wherever text and audio part, in little memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from handler.alignment import match
from handler.cancellation import Cancellation
from handler.errors import AlignmentError, Cancelled
from handler.media.recording import Recording
from handler.text import tokenize
from handler.types import Samples, WordTime
from tests.support.aligned_numbers import TEXT, aligned, misplaced
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry


def test_text_of_another_recording_is_an_error() -> None:
    """A text that the recording has nothing of is an error, before long; words that fit by chance do not mend it."""
    ear = Reader()
    with pytest.raises(AlignmentError, match=r"^none of the text's words were found in the audio; check that text and"):
        aligned(range(2000, 2900), TEXT, ear)
    assert len(ear.lengths) < 2500

    class Guesses:
        name = "guesses"

        def speaks(self, language: str) -> bool:
            return True

        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return [WordTime(at * 0.3, at * 0.3 + 0.2, 0.1 if at % 9 else 0.6) for at in range(len(words))]

    recording = Recording.from_samples(spoken(TEXT[:20])[0], RATE)
    with pytest.raises(AlignmentError, match="none of the text's words"):
        match.align(recording, written(TEXT[:20]), "en", (None, ["guesses"]), registry(guesses=Guesses()))


def test_next_aligner_tries_when_one_finds_nothing() -> None:
    """Words that one does not find another may; if none does, the error says so rather than why others failed."""
    samples, _ = spoken(TEXT)
    recording, tokens = Recording.from_samples(samples, RATE), written(TEXT)
    aligners = registry(deaf=Reader(right=0.1), ear=Reader())
    found = match.align(recording, tokens, "en", (None, ["deaf", "ear"]), aligners)
    assert found.timing.method == "ear"
    assert [warning.code for warning in found.warnings] == ["timing_method_passed_over"]
    with pytest.raises(AlignmentError, match=r"^none of the text's words"):
        match.align(recording, tokens, "en", (None, ["deaf", "nobody"]), aligners)
    with pytest.raises(AlignmentError, match=r"^none of the text's words"):
        match.align(recording, tokens, "en", ("deaf", ["ear"]), aligners, strict=True)


def test_low_confidence_is_a_warning() -> None:
    """A mean confidence under a half is a warning with the figure; from there on it is none."""
    for right, codes in ((0.45, ["confidence_low"]), (0.55, [])):
        recording = Recording.from_samples(spoken(TEXT)[0], RATE)
        found = match.align(recording, written(TEXT), "en", (None, ["ear"]), registry(ear=Reader(right, 0.1)))
        assert [warning.code for warning in found.warnings] == codes
        assert all("(0.45 of 1): check text and language" in warning.message for warning in found.warnings)


def test_small_part_of_the_text_is_enough() -> None:
    """Of a manuscript of which only a passage was read, that passage is found, and there is no error."""
    text = list(range(1, 200))
    words, warnings, truth = aligned(text[:20], text, Reader())
    assert misplaced(words, truth) <= 2
    assert "words were not found" in warnings[0]


def test_engine_is_no_method_and_cancellation_goes_through() -> None:
    """An engine's times are no method for a recording; what a job's check raises goes through."""
    samples, _ = spoken(TEXT)
    recording, tokens = Recording.from_samples(samples, RATE), written(TEXT)
    with pytest.raises(AlignmentError, match="engine: a recording has no engine's"):
        match.align(recording, tokens, "en", ("engine", []), registry())

    def stop(seconds: float) -> None:
        raise Cancelled("the job was cancelled")

    with pytest.raises(Cancelled):
        match.align(
            recording,
            tokens,
            "en",
            (None, ["ear", "ear2"]),
            registry(ear=Reader(), ear2=Reader()),
            progress=stop,
        )


def test_job_can_be_cancelled_while_a_model_is_fetched() -> None:
    """An aligner that has to fetch its model asks meanwhile whether to go on; nothing is aligned before it is there."""

    class Fetching(Reader):
        fetching = False

        def warm(self, language: str) -> bool:
            return False

        def ready(self, language: str, cancellation: Cancellation) -> None:
            self.fetching = language == "en"
            cancellation.check()

    def stop(seconds: float) -> None:
        assert ear.fetching
        raise Cancelled("the job was cancelled")

    ear, samples = Fetching(), spoken(TEXT)[0]
    recording, aligners = Recording.from_samples(samples, RATE), registry(ear=ear)
    with pytest.raises(Cancelled):
        match.align(recording, written(TEXT), "en", (None, ["ear"]), aligners, progress=stop)
    assert ear.lengths == []


def test_aligner_without_prefixes_takes_half_an_hour() -> None:
    """More would have to be held in memory as a whole: it is refused, by name."""

    class Whole:
        name = "google"

        def speaks(self, language: str) -> bool:
            return True

        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return [WordTime(0.0, 0.1)] * len(words)

    def read(start: int, end: int) -> Samples:
        return np.zeros(end - start, np.float32)

    aligners = registry(google=Whole())
    half = Recording(100 * 1800, 100, read)
    assert match.align(half, written([1, 2]), "en", (None, ["google"]), aligners).timing.method == "google"
    with pytest.raises(AlignmentError, match="google takes recordings of at most 30 minutes"):
        match.align(Recording(100 * 1801, 100, read), written([1, 2]), "en", (None, ["google"]), aligners)
    with pytest.raises(AlignmentError, match="google takes texts of at most 12000 words"):
        match.align(half, tokenize("a " * 12_001, "en"), "en", (None, ["google"]), aligners)


def test_doubtful_word_is_cut_to_a_second() -> None:
    """A word that an aligner stretches over seconds without believing in it is cut to a second; a sure one is not."""

    class Stretches(Reader):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            if len(words) < 8:  # asked about a part of the sound
                return [None] * len(words)
            return [*(WordTime(at, at + 0.5, 0.9) for at in range(7)), WordTime(7, 10, self.wrong)]

        prefix = find = align

    for sure, seconds in ((0.1, 1.0), (0.9, 3.0)):
        recording = Recording.from_samples(spoken(TEXT[:33])[0], RATE)
        aligners = registry(ear=Stretches(wrong=sure))
        found = match.align(recording, written(TEXT[:8]), "en", (None, ["ear"]), aligners)
        assert found.timing.words[-1].end - found.timing.words[-1].start == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("first", [True, False])
def test_unlikely_words_at_either_end_are_reported(first: bool) -> None:
    """Two or more all but impossible words there are reported as not found; a single one is in many a right text."""

    class Sure(Reader):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            if len(words) < 30:  # asked about a part of the sound
                return [None] * len(words)
            sure = [*[0.05] * self.impossible, *[0.9] * (len(words) - self.impossible)][:: 1 if first else -1]
            return [WordTime(at * 0.3, at * 0.3 + 0.25, one) for at, one in enumerate(sure)]

        find = align
        impossible = 0

    recording, ear = Recording.from_samples(spoken(TEXT[:30])[0], RATE), Sure()
    for ear.impossible in (1, 2, 3):
        found = match.align(recording, written(TEXT[:30]), "en", (None, ["ear"]), registry(ear=ear))
        expected = [f"{ear.impossible} of the text's 30 words were not found"] if ear.impossible > 1 else []
        assert [warning.message.partition(" in the audio")[0] for warning in found.warnings] == expected
