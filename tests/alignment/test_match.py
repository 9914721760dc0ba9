"""Words of long recordings: heard in windows, found again wherever text and audio part, in little memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from handler.alignment import match
from handler.cancellation import Cancellation
from handler.errors import AlignmentError, Cancelled
from handler.media.recording import Recording
from handler.protocols import PrefixAligner
from handler.types import Samples, Word, WordTime
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry


def aligned(
    said: Sequence[int], text: Sequence[int], ear: Reader
) -> tuple[tuple[Word, ...], list[str], dict[int, float]]:
    samples, truth = spoken(said)
    found = match.align(Recording.from_samples(samples, RATE), written(text), "en", (None, ["ear"]), registry(ear=ear))
    assert {warning.code for warning in found.warnings} <= {"text_and_audio_differ", "confidence_low"}
    differences = [warning.message for warning in found.warnings if warning.code == "text_and_audio_differ"]
    return found.timing.words, differences, truth


def wrong(words: Sequence[Word], truth: dict[int, float]) -> int:
    """How many words that are said are not where they are said."""
    return sum(abs(word.start - truth[int(word.shown)]) > 0.01 for word in words if int(word.shown) in truth)


def test_every_word_of_a_long_recording_is_found() -> None:
    """Five minutes in windows: no word is lost or doubled where they meet, and none is heard without what follows."""
    ear = Reader()
    words, warnings, truth = aligned(range(1, 900), range(1, 900), ear)
    assert [int(word.shown) for word in words] == list(range(1, 900))
    assert wrong(words, truth) == 0
    assert not warnings
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(words))


def test_windows_are_short_and_on_the_grid() -> None:
    """No more than half a minute and 200 words at a time are heard, windows begin and end at multiples of 20 ms."""
    samples, _ = spoken(range(1, 700))
    reads: list[tuple[int, int]] = []

    def read(start: int, end: int) -> Samples:
        reads.append((start, end))
        return samples[start:end]

    ear = Reader()
    reported: list[float] = []
    recording = Recording(len(samples), RATE, read)
    found = match.align(
        recording, written(range(1, 700)), "en", (None, ["ear"]), registry(ear=ear), progress=reported.append
    )
    assert isinstance(ear, PrefixAligner)
    assert wrong(found.timing.words, spoken(range(1, 700))[1]) == 0
    assert max(ear.heard) <= 30 * RATE
    assert ear.offered <= 200
    assert all(start % 320 == 0 and (end % 320 == 0 or end == len(samples)) for start, end in reads)
    assert reported == sorted(reported)
    assert reported[-1] > 0.7 * recording.duration


TEXT = list(range(1, 400))
NEW = list(range(1000, 1060))


@pytest.mark.parametrize(
    ("said", "text", "unsaid", "first"),
    [
        ([*TEXT[:150], *NEW, *TEXT[150:]], TEXT, True, None),
        (TEXT, [*TEXT[:150], *NEW, *TEXT[150:]], False, 150),
        ([*TEXT[:150], *NEW, *TEXT[220:]], TEXT, True, 150),
        ([*NEW, *TEXT], TEXT, True, None),
        ([*TEXT, *NEW], TEXT, True, None),
        (TEXT, [*TEXT, *NEW], False, 399),
        (TEXT, [*NEW, *TEXT], False, 0),
        ([*TEXT[:100], *range(2000, 2600), *TEXT[100:]], TEXT, True, None),
    ],
    ids=["audio has more", "text has more", "replaced", "intro", "outro", "text goes on", "text begins early", "3 min"],
)  # fmt: skip
def test_text_and_audio_come_together_again(said: list[int], text: list[int], unsaid: bool, first: int | None) -> None:
    """Whatever one has and the other has not, the words around it are where they are said, and a warning says so."""
    words, warnings, truth = aligned(said, text, Reader())
    assert [int(word.shown) for word in words] == text
    assert wrong(words, truth) <= 7
    assert any("not in the text" in message for message in warnings) == unsaid
    named = [message.split("the first is '")[1].split("'")[0] for message in warnings if "the first is" in message]
    assert bool(named) == (first is not None)
    # Passages begin with phrases: of the one of seven in which text and audio part, the first words are not believed.
    assert all(abs(text.index(int(number)) - (first or 0)) <= 7 for number in named)


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.tuples(st.sampled_from(("said", "text")), st.integers(1, 380), st.integers(1, 60)), max_size=3))
def test_words_stay_in_order_whatever_is_left_out(cuts: list[tuple[str, int, int]]) -> None:
    """With passages left out anywhere, all words of the text come out in order, most that are said where they are."""
    both = {"said": TEXT, "text": TEXT}
    for which, at, count in cuts:
        both[which] = [number for number in both[which] if not at <= number < at + count]
    words, _, truth = aligned(both["said"], both["text"], Reader())
    assert [int(word.shown) for word in words] == both["text"]
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(words))
    assert wrong(words, truth) <= 14 * len(cuts)


def test_bad_recording_is_not_taken_for_another_text() -> None:
    """Where right words are hardly surer than wrong ones, they are taken as they come, not looked for elsewhere."""
    words, _, truth = aligned(TEXT, TEXT, Reader(right=0.3, wrong=0.15))
    assert wrong(words, truth) == 0


def test_text_of_another_recording_is_an_error() -> None:
    """A text that the recording has nothing of is an error, before long; words that fit by chance do not mend it."""
    ear = Reader()
    with pytest.raises(AlignmentError, match=r"^none of the text's words were found in the audio; check that text and"):
        aligned(range(2000, 2900), TEXT, ear)
    assert len(ear.heard) < 2500

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
    assert wrong(words, truth) <= 2
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
    assert ear.heard == []


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


def test_inconsistent_aligner_makes_no_endless_job() -> None:
    """One that hears words in a probe and none in the window that begins there is passed by, and the job ends."""

    class Fickle(Reader):
        def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return super().prefix(samples, rate, words, language) if len(samples) <= 13 * rate else []

    ear = Fickle()
    words, warnings, _ = aligned(TEXT, TEXT, ear)
    assert len(words) == len(TEXT)
    assert warnings
    assert len(ear.heard) < 2500


def test_search_for_the_end_of_the_text_is_cheap() -> None:
    """Where the text ends is found within some hearings of the text's own length; a right text is heard once."""
    ear = Reader()
    aligned(TEXT[:70], TEXT[:70], ear)
    assert len(ear.heard) == 1
    ear = Reader()
    words, warnings, truth = aligned(TEXT[:70], TEXT[:20], ear)
    assert wrong(words, truth) == 0
    assert words[-1].end < truth[20] + 0.5
    assert ["not in the text" in message for message in warnings] == [True]
    assert sum(ear.heard) < 12 * len(spoken(TEXT[:20])[0]) + 3 * len(spoken(TEXT[:70])[0])


@pytest.mark.parametrize(
    "said",
    [[*TEXT[:10], *NEW[:10], *TEXT[10:20]], [*NEW[:10], *TEXT[:20]], [*NEW[:10], *TEXT[:20], *NEW[20:40]]],
    ids=["inside", "before", "before and after"],
)
def test_sound_that_a_short_text_lacks_is_reported(said: list[int]) -> None:
    """In a recording of one window every word is where it is said, and the sound between them or before is reported."""
    words, warnings, truth = aligned(said, TEXT[:20], Reader())
    assert wrong(words, truth) == 0
    assert len(warnings) == 1
    start = float(warnings[0].removeprefix("the audio from ").split()[0])
    assert start == pytest.approx(truth[NEW[0]], abs=0.15)


def test_doubtful_word_is_cut_to_a_second() -> None:
    """A word that an aligner stretches over seconds without believing in it is cut to a second; a sure one is not."""

    class Stretches(Reader):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return [*(WordTime(at, at + 0.5, 0.9) for at in range(7)), WordTime(7, 10, self.wrong)]

        prefix = align

    for sure, seconds in ((0.1, 1.0), (0.9, 3.0)):
        recording = Recording.from_samples(spoken(TEXT[:33])[0], RATE)
        aligners = registry(ear=Stretches(wrong=sure))
        found = match.align(recording, written(TEXT[:8]), "en", (None, ["ear"]), aligners)
        assert found.timing.words[-1].end - found.timing.words[-1].start == pytest.approx(seconds)


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


@pytest.mark.parametrize("first", [True, False])
def test_unlikely_words_at_either_end_are_reported(first: bool) -> None:
    """Two or more all but impossible words there are reported as not found; a single one is in many a right text."""

    class Sure(Reader):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            sure = [*[0.05] * self.impossible, *[0.9] * (len(words) - self.impossible)][:: 1 if first else -1]
            return [WordTime(at * 0.3, at * 0.3 + 0.25, one) for at, one in enumerate(sure)]

        impossible = 0

    recording, ear = Recording.from_samples(spoken(TEXT[:30])[0], RATE), Sure()
    for ear.impossible in (1, 2, 3):
        found = match.align(recording, written(TEXT[:30]), "en", (None, ["ear"]), registry(ear=ear))
        expected = [f"{ear.impossible} of the text's 30 words were not found"] if ear.impossible > 1 else []
        assert [warning.message.partition(" in the audio")[0] for warning in found.warnings] == expected
