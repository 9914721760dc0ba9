"""The end of a text in a recording that goes on."""

from __future__ import annotations

from tests.support.aligned_numbers import TEXT, aligned, misplaced
from tests.support.spoken_numbers import Reader, spoken


def test_search_for_the_end_of_the_text_is_cheap() -> None:
    """Where the text ends is found within some hearings of the text's own length; a right text is heard once."""
    ear = Reader()
    aligned(TEXT[:70], TEXT[:70], ear)
    assert len(ear.lengths) == 1
    ear = Reader()
    words, warnings, truth = aligned(TEXT[:70], TEXT[:20], ear)
    assert misplaced(words, truth) == 0
    assert words[-1].end < truth[20] + 0.5
    assert ["not in the text" in message for message in warnings] == [True]
    assert sum(ear.lengths) < 12 * len(spoken(TEXT[:20])[0]) + 3 * len(spoken(TEXT[:70])[0])
