"""The benchmark of aligners reads its reference right and counts right."""

from __future__ import annotations

import pytest

from benchmarks.alignment import MAX_WORDS, PAUSE_S, auc, pieces_of, read_textgrid
from benchmarks.recordings import Interval

SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
1.5
<exists>
3
"TextTier"
"clicks"
0
1.5
1
0.2
"tick"
"IntervalTier"
"phones"
0
1.5
1
0
1.5
"AH"
"IntervalTier"
"words"
0
1.5
3
0
0.25
""
0.25
1
"say"
1
1.5
"""no"""
'''

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 1.5
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 1.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.25
            text = "sil"
        intervals [2]:
            xmin = 0.25
            xmax = 1
            text = "say"
        intervals [3]:
            xmin = 1
            xmax = 1.5
            text = """no"""
'''


@pytest.mark.parametrize("text", [SHORT, LONG], ids=["short", "long"])
def test_a_textgrid_is_read_in_both_formats(text: str) -> None:
    """The words tier is found among others, silences are left out, doubled quotes are one."""
    assert read_textgrid(text) == [Interval("say", 0.25, 1.0), Interval('"no"', 1.0, 1.5)]


def test_a_textgrid_without_the_tier_is_an_error() -> None:
    """A missing tier, and a file of another kind, are told by name."""
    with pytest.raises(ValueError, match="no interval tier 'syllables'"):
        read_textgrid(SHORT, "syllables")
    with pytest.raises(ValueError, match="no TextGrid"):
        read_textgrid("1 2 3")


def test_pieces_are_cut_at_pauses_and_contain_every_word() -> None:
    """A pause ends a piece that is long enough, and no piece grows beyond the longest."""
    after = [2 * PAUSE_S if at >= 8 else 0.0 for at in range(8 + MAX_WORDS + 5)]
    words = [Interval(str(at), at + later, at + later + 1.0) for at, later in enumerate(after)]
    pieces = pieces_of(words)
    assert [word for piece in pieces for word in piece] == words
    assert [len(piece) for piece in pieces] == [8, MAX_WORDS, 5]


def test_auc_is_the_share_of_pairs_in_order() -> None:
    """All right above all wrong is 1, ties are a half, the reverse is 0."""
    assert auc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert auc([0.5], [0.5]) == 0.5
    assert auc([0.1, 0.6], [0.2, 0.9]) == 0.25
