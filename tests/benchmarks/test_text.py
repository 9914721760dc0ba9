"""The benchmark of scripts compares forms as it says, and knows a value that no word says."""

from __future__ import annotations

import pytest

from benchmarks import text


def test_forms_are_compared_without_what_differs_by_taste() -> None:
    """Case, punctuation, blanks, hyphens and little words do not count; other words do."""
    assert text.comparable("The Twenty-one, and A half.", "en") == text.comparable("twenty one half", "en")
    assert text.comparable("nineteen oh five", "en") == text.comparable("nineteen o five", "en")
    assert text.comparable("cinq", "fr") != text.comparable("six", "fr")


@pytest.mark.parametrize("script", ["5%", "-5 °C", "$1.00", "10 km/h", "№ 5 & 6", "2+2=4", "007"])
def test_spoken_values_are_not_lost(script: str) -> None:
    """Figures, signs, units and currencies that are spoken count as kept."""
    assert text.lost_values(script, "en") == []


def test_silent_values_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign whose absence changes nothing is lost, and so are figures that others could stand for."""
    monkeypatch.setattr(text, "spoken", lambda script, _language: script.replace("€", "").replace("7", "8"))
    assert text.lost_values("7 €", "de") == ["7", "€"]
    assert text.lost_values("9 $", "de") == []
