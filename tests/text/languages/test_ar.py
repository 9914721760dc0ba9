"""Arabic reads figures, amounts and times as people do."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("15 و 74", "خمسة عشر و أربعة وسبعون"),
        ("٣٠٦", "ثلاث مئة وستة"),
        ("2000 و 4100", "ألفان و أربعة آلاف ومئة"),
        ("3,000,000", "ثلاثة ملايين"),
        ("6.3 و ٢٫٠٥", "ستة وثلاثة من عشرة و اثنان وخمسة من مئة"),
        ("1/2 و 2/3 و 5/12", "نصف و ثلثان و خمسة على اثنا عشر"),
    ],
)
def test_numbers(script: str, said: str) -> None:
    """The word for "and" is written with the word after it; fractions are parts of ten, of a hundred."""
    assert spoken(script, "ar") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("$1 و $2", "دولار واحد و دولاران"),
        ("$5.30", "خمسة دولارات وثلاثون سنت"),
        ("8د.ك", "ثمانية دنانير كويتية"),
        ("70 %", "سبعون في المئة"),
        ("4 كم", "أربعة كيلومترات"),
    ],
)
def test_amounts(script: str, said: str) -> None:
    """One and two of something are in the noun, and three to ten have its plural."""
    assert spoken(script, "ar") == said


def test_minutes_agree_with_their_noun() -> None:
    """Numbers before a feminine noun have the other gender."""
    assert spoken("9:05", "ar") == "تسعة وخمس دقائق"
