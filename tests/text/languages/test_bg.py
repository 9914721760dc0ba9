"""Bulgarian numbers have gender and "и" before their last word; years and marks are ordinals; nothing has cases."""

import pytest

from handler.text import tokenize


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("21", "двадесет и едно"), ("1200", "хиляда и двеста"), ("125 000", "сто двадесет и пет хиляди"),
        ("2 минути", "две минути"),
        ("1 лв.", "един лев"), ("25,50 лв.", "двадесет и пет лева и петдесет стотинки"),
        ("3 май 2020 г.", "трети май две хиляди и двадесета година"),
        ("XX век", "двадесети век"), ("2,5", "две цяло и пет"), ("5-та", "пета"),
        ("10–20 км", "от десет до двадесет километра"),
        ("3/4", "три четвърти"), ("17:20", "седемнадесет часа двадесет минути"), ("т.е. да", "тоест да"),
    ],
)  # fmt: skip
def test_bulgarian_is_read_as_people_do(script: str, spoken: str) -> None:
    """Numbers, amounts, dates and signs."""
    assert " ".join(word for token in tokenize(script, "bg") for word in token.spoken) == spoken
