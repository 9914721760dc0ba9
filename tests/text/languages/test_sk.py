"""Slovak numbers have gender, genitive and the plural of their noun; days and figures with a full stop are ordinals."""

import pytest

from handler.text import tokenize


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("Bol v lese a i doma", "Bol v lese a i doma"), ("2 €", "dve eurá"), ("2 hodiny", "dve hodiny"),
        ("do 5 km", "do piatich kilometrov"),
        ("2,5", "dve celé päť"), ("3. mája 2020", "tretieho mája dve tisíc dvadsať"),
        ("5. poschodie", "piate poschodie"),
        ("1 250 000", "milión dvesto päťdesiat tisíc"), ("10–20 km", "desať až dvadsať kilometrov"),
        ("Karol IV", "Karol štvrtý"),
        ("3/4", "tri štvrtiny"), ("5 %", "päť percent"), ("napr. to", "napríklad to"),
    ],
)  # fmt: skip
def test_slovak_is_read_as_people_do(script: str, spoken: str) -> None:
    """Numbers, amounts, dates and signs."""
    assert " ".join(word for token in tokenize(script, "sk") for word in token.spoken) == spoken
