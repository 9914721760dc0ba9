"""Text and audio that have parted are brought together again."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.aligned_numbers import NEW, TEXT, aligned, misplaced
from tests.support.spoken_numbers import Reader


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


def test_bad_recording_is_not_taken_for_another_text() -> None:
    """Where right words are hardly surer than wrong ones, they are taken as they come, not looked for elsewhere."""
    words, _, truth = aligned(TEXT, TEXT, Reader(right=0.3, wrong=0.15))
    assert misplaced(words, truth) == 0
