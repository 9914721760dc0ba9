"""Powers, and the minus of a formula."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("language", "script", "said"),
    [
        ("zh", "10^-3", "十 的 负 三 次 方"), ("zh", "a³", "a 的 立 方"), ("ja", "2^8", "二 の 八 乗"),
        ("ko", "2^8", "이의 팔제곱"),
        ("vi", "2^8", "hai mũ tám"), ("id", "10^-3", "sepuluh pangkat minus tiga"),
        ("vi", "9-4=5", "chín trừ bốn bằng năm"), ("vi", "5=9-4", "năm bằng chín trừ bốn"),
        ("vi", "9−4", "chín trừ bốn"),
    ],
)  # fmt: skip
def test_exponents_and_minus_have_words(language: str, script: str, said: str) -> None:
    """An exponent keeps its sign, and a hyphen is minus where the formula has an equals sign."""
    assert " ".join(word for token in tokenize(script, language) for word in token.spoken) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("5 x 6 cm", "de", "fünf mal sechs Zentimeter"),
        ("2x4", "ru", "два умножить на четыре"),
        ("0x4", "de", "null x vier"),
    ],
)
def test_x_between_figures_is_times(script: str, language: str, said: str) -> None:
    """An x between figures is that of a size."""
    assert spoken(script, language) == said
