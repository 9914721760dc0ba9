"""Thai: what each kind of figures is called."""

from __future__ import annotations

import pytest

from handler.text import tokenize


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("17:20 น.", "สิบเจ็ด นาฬิกา ยี่สิบ นาที"), ("08.05 น.", "แปด นาฬิกา ห้า นาที"),
        ("฿12.50", "สิบสอง บาท ห้าสิบ สตางค์"),
        ("10-20%", "สิบ ถึง ยี่สิบ เปอร์เซ็นต์"), ("5 กก.", "ห้า กิโลกรัม"), ("1/2", "เศษ หนึ่ง ส่วน สอง"),
        ("๑๒", "สิบสอง"), ("-5", "ลบ ห้า"),
    ],
)  # fmt: skip
def test_figures(script: str, said: str) -> None:
    """Times, money, ranges, units and fractions have their words."""
    assert " ".join(word for token in tokenize(script, "th") for word in token.spoken) == said
