import pytest

from handler.captions.layout import cues
from handler.captions.styles import STYLES
from handler.captions.units import belong_together
from tests.support.caption_words import timed


@pytest.mark.parametrize(
    "pair",
    [
        "5 %", "12 kg", "12 kg.", "10 000", "000 €", "№ 5", "§ 3", "₹ 500", "US$ 5", "50 km/h", "3 Uhr", "8 a.m.",
        "20 °C", "3 m²", "Fig. 3", "No. 5", "S. 12", "5 ×", "× 3", "3 x", "2,5 Mio.", "5 млн", "ст. 5", "12 ק״ג",
        "5 كم", "-5 °C", "3–5 kg", "n° 4", "5 o'clock", "≈ 30",
    ],
)  # fmt: skip
def test_number_and_its_unit_belong_together(pair: str) -> None:
    """A number belongs to its unit, to the sign before it, and to the rest of its digits."""
    assert belong_together(*pair.split())


@pytest.mark.parametrize("pair", ["5 apples", "in 2024", "the kg", "2024 – he", "12 1984", "no 5", "art. The", "5 I"])
def test_other_words_do_not(pair: str) -> None:
    """Words that only stand beside a number do not belong to it."""
    first, _, second = pair.partition(" ")
    assert not belong_together(first, second.split()[0] if pair.startswith("2024") else second)


@pytest.mark.parametrize("name", ["classic", "karaoke", "highlight", "pop", "box"])
@pytest.mark.parametrize(
    ("script", "parts"),
    [
        ("They sold about 10 000 € worth of it at 50 km/h in just 3 weeks", ("10 000 €", "50 km/h")),
        (
            "See Fig. 3 and § 12 where 5 % of all 12 kg boxes are lost at 20 °C",
            ("Fig. 3", "§ 12", "5 %", "12 kg", "20 °C"),
        ),
    ],
)
def test_no_cue_and_no_line_parts_them(name: str, script: str, parts: tuple[str, ...]) -> None:
    """In every preset of several words, a number and its unit are on one line of one cue."""
    lines = [
        " ".join(word.shown for word in line) for cue in cues(timed(script), STYLES[name], 30.0) for line in cue.lines
    ]
    for part in parts:
        assert any(part in line for line in lines), lines
