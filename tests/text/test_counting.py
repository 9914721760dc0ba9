"""Number words from a table."""

from __future__ import annotations

import pytest

from handler.text.counting import Counting

PLAIN = Counting(
    ones="o0 o1 o2 o3 o4 o5 o6 o7 o8 o9 o10 o11 o12 o13 o14 o15 o16 o17 o18 o19",
    tens="t2 t3 t4 t5 t6 t7 t8 t9",
    hundred="H",
    thousand="T",
    scales=(("M", "Ms"), ("B", "Bs")),
    one_of_scale="a",
    ordinals="p0 p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 p13 p14 p15 p16 p17 p18 p19",
    ordinal_tens="q2 q3 q4 q5 q6 q7 q8 q9",
    ordinal_ending="th",
)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "o0"), (19, "o19"), (20, "t2"), (21, "t2o1"), (100, "H"), (101, "Ho1"), (345, "o3Ht4o5"), (1000, "T"),
        (2001, "o2T o1"), (1100, "T H"), (1_000_000, "a M"), (2_000_003, "o2 Ms o3"), (1_000_000_000, "a B"),
    ],
)  # fmt: skip
def test_cardinal(number: int, words: str) -> None:
    """Tens, hundreds and thousands follow each other; one hundred and one thousand have no one before them."""
    assert PLAIN.cardinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(3, "p3"), (20, "q2"), (21, "t2p1"), (100, "Hth"), (103, "Hp3"), (345, "o3Ht4p5"), (2000, "o2Tth")],
)
def test_ordinal(number: int, words: str) -> None:
    """Only the last part of a number is an ordinal."""
    assert PLAIN.ordinal(number) == words
