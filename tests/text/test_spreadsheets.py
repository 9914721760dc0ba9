"""A text comes back from the cell of a CSV file, where no spreadsheet runs it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.text.spreadsheets import from_cell, to_cell

SIGNS = st.text("'=+-@＝\t\ra1.%", max_size=6)


@pytest.mark.parametrize("text", ["=1+1", "@anna", "-x", "'=a", "''+b", "＝SUM(A1)", "\tx"])
def test_what_could_be_run_gets_an_apostrophe(text: str) -> None:
    """Also where the text has apostrophes already."""
    assert to_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-5", "+49", "-", "--", "'tis", "'", "", "a=b", "-12.5%", "'-5"])
def test_what_cannot_be_run_stays(text: str) -> None:
    """Numbers, lone signs and words keep their spelling, as cells and as what is read from cells."""
    assert to_cell(text) == text == from_cell(text)


@given(SIGNS)
def test_every_text_comes_back(text: str) -> None:
    """Reading undoes writing, whatever apostrophes and signs a text begins with."""
    assert from_cell(to_cell(text)) == text
