"""Letters with figures."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("CVE-2023-38545", "en", "C V E two zero two three three eight five four five"),
        ("RE-2025-0042", "de", "R E zwei null zwei fünf null null vier zwei"),
    ],
)
def test_serial_number_is_no_range(script: str, language: str, said: str) -> None:
    """Figures behind the hyphens of a serial number are read one by one."""
    assert spoken(script, language) == said
