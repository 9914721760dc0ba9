"""Text and audio that have parted are brought together again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from handler.alignment.prober import Prober
from handler.alignment.resync import Cursor, Level, Resync
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.types import Samples, WordTime
from tests.support.aligned_numbers import NEW, TEXT, aligned, misplaced
from tests.support.spoken_numbers import RATE, Reader, Spotter, spoken, written


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
@pytest.mark.parametrize("ear", [Reader, Spotter])
def test_text_and_audio_come_together_again(
    said: list[int], text: list[int], unsaid: bool, first: int | None, ear: type[Reader]
) -> None:
    """Whatever one has and the other has not, the words around it are where they are said, and a warning says so."""
    words, warnings, truth = aligned(said, text, ear())
    assert [int(word.shown) for word in words] == text
    assert misplaced(words, truth) <= 7
    assert any("not in the text" in message for message in warnings) == unsaid
    named = [message.split("the first is '")[1].split("'")[0] for message in warnings if "the first is" in message]
    assert bool(named) == (first is not None)
    # Passages begin with phrases: of the one of seven in which text and audio part, the first words are not believed.
    assert all(abs(text.index(int(number)) - (first or 0)) <= 7 for number in named)


@settings(max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.tuples(st.sampled_from(("said", "text")), st.integers(1, 380), st.integers(1, 60)), max_size=3))
def test_words_stay_in_order_whatever_is_left_out(cuts: list[tuple[str, int, int]]) -> None:
    """With passages left out anywhere, all words of the text come out in order, most that are said where they are."""
    both = {"said": TEXT, "text": TEXT}
    for which, at, count in cuts:
        both[which] = [number for number in both[which] if not at <= number < at + count]
    words, _, truth = aligned(both["said"], both["text"], Reader())
    assert [int(word.shown) for word in words] == both["text"]
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(words))
    assert misplaced(words, truth) <= 14 * len(cuts)


@pytest.mark.parametrize("ear", [Reader, Spotter])
def test_bad_recording_is_not_taken_for_another_text(ear: type[Reader]) -> None:
    """Where right words are hardly surer than wrong ones, they are taken as they come, not looked for elsewhere."""
    words, _, truth = aligned(TEXT, TEXT, ear(right=0.3, wrong=0.15))
    assert misplaced(words, truth) == 0


class Deaf(Spotter):
    """Hears no passage, nor a word among other sound: only an alignment of all words places them."""

    def spot(
        self, samples: Samples, rate: int, words: Sequence[str], starts: Sequence[int], language: str
    ) -> list[WordTime | None]:
        return []

    def find(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return [None] * len(words)

    def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return []

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return super().find(samples, rate, words, language)


@pytest.mark.parametrize("right", [0.3, 0.5])
def test_voice_that_no_search_hears_is_aligned_with_all_words(right: float) -> None:
    """A voice far from the model's, of which neither the search nor its points find a word, is not given up."""
    words, _, truth = aligned(TEXT[:60], TEXT[:60], Deaf(right, wrong=0.1))
    assert misplaced(words, truth) == 0


def test_searches_that_nothing_was_heard_in_shorten_no_later_one() -> None:
    """A passage from the midst of a text is found after twelve minutes of other sound as after one."""
    words, _, truth = aligned([*range(1000, 3200), *TEXT[100:200]], TEXT[:200], Spotter())
    assert misplaced(words, truth) <= 7


def test_unrelated_text_is_looked_for_once() -> None:
    """One and a half times the sound, in pieces, is asked about all phrases; all else takes no more than the sound."""
    ear, said = Spotter(), range(2000, 2900)
    with pytest.raises(AlignmentError, match="none of the text's words"):
        aligned(said, TEXT, ear)
    sound = len(spoken(said)[0])
    assert max(ear.spots) <= 12 * RATE
    assert sound < sum(ear.spots) < 1.6 * sound
    assert sum(ear.lengths) < sound


@pytest.mark.parametrize("first", [1, 148])
def test_passage_that_is_spoken_elsewhere_is_heard(first: int) -> None:
    """Twelve words of a text, five minutes on in a recording of something else, are found if they begin it; wherever
    in the text they are, they are heard.
    """
    ear, said = Spotter(), [*range(2000, 2900), *range(first, first + 12), *range(2900, 3300)]
    samples = spoken(said)[0]
    prober = Prober(ear, Recording.from_samples(samples, RATE), written(TEXT), "en")
    resync = Resync(prober, Level(), [None] * len(TEXT))
    heard = {second: resync._heard(Cursor(second * RATE, 0)) for second in (0, 60, 240)}
    assert heard == {0: False, 60: False, 240: True}
    if first == 1:
        assert aligned(said, TEXT[:12], ear)[0] == aligned(said, TEXT[:12], Reader())[0]
