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


@pytest.mark.parametrize(("script", "said"), CASES, ids=[script for script, _ in CASES])
def test_each_case_is_verbalized_as_in_the_table(script: str, said: str) -> None:
    """The spoken words of each case, and the same words again from the spoken form."""
    assert spoken(script) == said
    assert spoken(said) == said


def test_the_table_has_no_duplicates() -> None:
    """At least 300 cases, no script twice."""
    assert len(CASES) >= 300
    assert len({script for script, _ in CASES}) == len(CASES)
