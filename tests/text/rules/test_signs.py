"""Signs that no other rule speaks are spoken by their names."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("a >= 7", "en", "a is at least seven"),
        ("b <= 4 and c != d", "en", "b is at most four and c does not equal d"),
        ("x!=8", "de", "x ungleich acht"),
        ("Rome -> Paris --> Oslo => home", "en", "Rome to Paris to Oslo to home"),
    ],
)
def test_signs_of_several_characters_are_one_sign(script: str, language: str, said: str) -> None:
    """An operator or arrow written with several characters has the name of the sign it stands for."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("6·7", "de", "sechs mal sieben"),
        ("6 ⋅ 7 = 42", "en", "six times seven equals forty two"),
    ],
)
def test_point_between_figures_is_times(script: str, language: str, said: str) -> None:
    """A raised point between figures multiplies."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("A♭ and D♯m", "en", "A flat and D sharp m"),
        ("Si♭ majeur", "fr", "Si bémol majeur"),
        ("Sol♯", "es", "Sol sostenido"),
        ("Си♮", "ru", "Си бекар"),
    ],
)
def test_notes_of_music_have_their_signs(script: str, language: str, said: str) -> None:
    """Sharps, flats and naturals are spoken in the language."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("7 L/100 km", "en", "seven liters per one hundred kilometers"),
        ("2nd/3rd", "en", "second slash third"),
    ],
)
def test_slash_is_per_only_behind_units(script: str, language: str, said: str) -> None:
    """A slash behind letters that are no unit is a slash."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("C# und D#", "de", "C Kreuz und D Kreuz"),
        ("F#", "fr", "F dièse"),
    ],
)
def test_sharp_behind_a_letter(script: str, language: str, said: str) -> None:
    """The sharp behind a letter is spoken."""
    assert spoken(script, language) == said
