"""English verbalization, case by case: each row of cases.tsv is a script and its spoken words."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.text import tokenize

TABLE = Path(__file__).with_name("cases.tsv")
CASES = [
    line.split("\t")
    for line in TABLE.read_text("utf-8").splitlines()
    if line and not (line.startswith("# ") and "\t" not in line)
]


def spoken(script: str) -> str:
    return " ".join(word for token in tokenize(script, "en") for word in token.spoken)


@pytest.mark.parametrize(("script", "spoken_words"), CASES, ids=[script for script, _ in CASES])
def test_cases_are_verbalized_as_in_the_table(script: str, spoken_words: str) -> None:
    """Each case has the spoken words of the table, and their spoken form is the same."""
    assert spoken(script) == spoken_words
    assert spoken(spoken_words) == spoken_words


def test_table_has_no_duplicates() -> None:
    """The table has at least 300 cases and no script twice."""
    assert len(CASES) >= 300
    assert len({script for script, _ in CASES}) == len(CASES)
