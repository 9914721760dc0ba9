"""Clock times and durations."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("UTC-7", "en", "U T C minus seven"),
        ("at GMT+9:30", "en", "at G M T plus nine thirty"),
        ("UTC−3", "de", "U T C minus drei"),
    ],
)
def test_zone_has_its_sign(script: str, language: str, said: str) -> None:
    """The sign of a time zone is spoken."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("2:14.7", "en", "two minutes fourteen point seven seconds"),
        ("1:02:09.25", "en", "one hour two minutes nine point two five seconds"),
        ("0:08.5", "de", "acht Komma fünf Sekunden"),
    ],
)
def test_parts_of_a_second_make_a_duration(script: str, language: str, said: str) -> None:
    """A time of a stopwatch is minutes and seconds."""
    assert spoken(script, language) == said
