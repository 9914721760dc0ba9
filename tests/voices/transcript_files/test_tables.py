"""Tables give the column of their words, whatever separates their columns."""

from __future__ import annotations

import pytest

from handler.captions import FORMATS, STYLES
from handler.errors import BadRequest
from handler.voices.transcript_files import read
from handler.voices.transcript_files.tables import read_table
from tests.support.caption_words import captions, timed


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('start,end,text\n0,1,"Hello, there"\n1,2,friend', ""),
        ("\ufeffstart;text\n0;Hello, there\n1;friend", ""),
        ("start\tend\ttext\n0\t1500\tHello, there\n1500\t2000\tfriend", ""),
        ("0.0\t1.5\tHello, there\n1.5\t2.0\tfriend\n", ""),
        ("0,0\t1,5\tHello, there\n\\\t100\t200\n1,5\t2,0\tfriend\n", "labels.txt"),
        ("sep=;\nText;x\nHello, there;1\nfriend;2", ""),
        ('Transcript,notes\n"Hello, there",a\nfriend,b', "a.csv"),
        ("Speaker|Text\nAnn|Hello, there\nBob|friend", ""),
        ("0.0;Hello, there\n1.5;friend", "a.csv"),
        ("Hello, there\nfriend", "a.csv"),
    ],
)
def test_the_column_of_the_words_is_read(body: str, name: str) -> None:
    """A named column, the only column with words, or the only column is read, whatever the file's name."""
    assert read(body.encode(), name) == "Hello, there friend"


def test_quotation_marks_within_cells_stay() -> None:
    """A quotation mark that nothing closes does not swallow the rows after it."""
    assert read(b'start\tend\ttext\n0\t1\tHello "there\n1\t2\tfriend') == 'Hello "there friend'


def test_sentences_with_commas_are_no_table() -> None:
    """Text whose first line looks like a header is text, as long as nothing calls it a table."""
    text = "Text, she said, is long.\nAnd more, he said, is short."
    assert read(text.encode(), "a.txt") == text.replace("\n", " ")


@pytest.mark.parametrize("body", ["a,b\nc,d\n", "1,2\n3,4\n"])
def test_a_table_without_a_known_column_is_refused(body: str) -> None:
    """A table whose column of words cannot be known is a bad request that names the columns."""
    with pytest.raises(BadRequest, match="column word, text"):
        read(body.encode(), "a.csv")


OWN = ["@anna", "'@anna", "=1+1", "''=x", "'tis", "'-5", "-5", "+49", "-", "\\d", "＝a", "it's", "don't"]


def test_own_captions_give_words_that_look_like_formulas() -> None:
    """What the worker puts before a word for the sake of spreadsheets is no part of it, and what stood there stays."""
    made = FORMATS["csv"].write(captions(tuple(timed(" ".join(OWN))), STYLES["word"])).decode()
    assert "\n'@anna," in made.replace("\r", "")
    assert read_table(made, "transcript_url").split() == OWN
    assert read(made.encode(), "captions.csv").split() == OWN
