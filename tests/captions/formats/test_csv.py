import csv
import io
from dataclasses import replace

from handler.captions.formats import FORMATS
from handler.captions.styles import STYLES
from handler.types import Word
from tests.support.caption_words import captions


def test_columns_decimals_and_quoting() -> None:
    """Columns, decimals and quoting of CSV are as documented."""
    words = (Word('a,"b"', 0.0004, 59.9996, 0.98765, True, 0, 5), Word("c", 60.0, 3600.0, 1.0, False, 6, 7))
    assert FORMATS["csv"].write(captions(words, STYLES["word"])).decode().splitlines() == [
        "word,start_time,end_time,confidence,interpolated,start_char,end_char",
        '"a,""b""",0.000,60.000,0.988,true,0,5',
        "c,60.000,3600.000,1.000,false,6,7",
    ]


def test_words_are_exact_for_programs() -> None:
    """With ``csv_safe`` false every word and name is as it is; without it a spreadsheet runs none of them."""
    words = (
        Word("=1+1", 0.0, 1.0, 1.0, False, 0, 4, speaker="@Anna"),
        Word("'=1", 1.0, 2.0, 1.0, False, 5, 8, speaker="B"),
    )
    made = captions(words, STYLES["word"])
    for csv_safe, cells in ((True, ["'=1+1", "'@Anna", "''=1", "B"]), (False, ["=1+1", "@Anna", "'=1", "B"])):
        _, *rows = csv.reader(io.StringIO(FORMATS["csv"].write(replace(made, csv_safe=csv_safe)).decode()))
        assert [cell for row in rows for cell in (row[0], row[-1])] == cells


def test_speaker_is_the_last_column_where_there_are_several() -> None:
    """A file of one voice has the columns that it has always had."""
    words = (Word("a", 0.0, 1.0, 1.0, False, 0, 1, speaker="=Anna"), Word("b", 1.0, 2.0, 1.0, False, 2, 3, speaker="B"))
    assert FORMATS["csv"].write(captions(words, STYLES["word"])).decode().splitlines() == [
        "word,start_time,end_time,confidence,interpolated,start_char,end_char,speaker",
        "a,0.000,1.000,1.000,false,0,1,'=Anna",
        "b,1.000,2.000,1.000,false,2,3,B",
    ]
