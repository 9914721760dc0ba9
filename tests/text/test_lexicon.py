"""The lexicon: which words of a text an entry is found in, and how they are said."""

from __future__ import annotations

import random
import unicodedata
from typing import Any

import pytest

from handler.errors import BadRequest
from handler.text import Lexicon, lexicon, tokenize
from handler.text.lexicon_entries import MAX_WRITTEN_CHARS, read_entries

ENTRIES: dict[str, Any] = {
    "Nguyen": "win", "SQL": "sequel", "York": "yolk", "New York": "noo yolk", "C++": "see plus plus", "24/7": "all day",
    "CO2": "carbon", "Xbox 360": "ex box", "360": "three six oh", "O'Brien": "oh bryan", ".NET": "dot net", "&": "und",
    "°C": "celsius", "don": "dawn", "s": "ess", "us": "uss", "Dr.": "doctor", "straße": "street", "Đặng": "dang",
    "IEEE": {"spoken": "eye triple e", "case": "any"}, "exact": {"spoken": "precise", "case": "exact"},
    "东京": "dong jing", "ひかり": "light", "สวัสดี": "hello", "서울": "soul", "Лев": "lyev",
}  # fmt: skip


def lexicon_of(*given: dict[str, Any]) -> Lexicon:
    """The lexicon of entries as a client writes them."""
    return Lexicon(*map(read_entries, given))


def found(text: str, entries: dict[str, Any] = ENTRIES) -> list[str]:
    """What an entry was found at, in order."""
    return [text[one.start : one.end] for one in lexicon_of(entries).find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nguyen, (Nguyen) “Nguyen” *Nguyen* _Nguyen_ Nguyen!", ["Nguyen"] * 6),
        ("Nguyen's Nguyen’s Nguyens' Nguyen-led ex-Nguyen l'Nguyen", ["Nguyen"] * 5),
        ("SQL/XML, #SQL @SQL SQL: SQL. SQL+x", ["SQL"] * 6),
        ("New York, New\nYork and New \u00a0 York", ["New York", "New\nYork", "New \u00a0 York"]),
        ("New\n\nYork", ["York"]),
        ("I know C++. C++17", ["C++", "C++"]),
        ("open 24/7, CO2 CO₂ ＣＯ２", ["24/7", "CO2", "CO₂", "ＣＯ２"]),
        ("Xbox 360, a 360 turn", ["Xbox 360", "360"]),
        ("O’Brien O'Brien Oʼbrien", ["O’Brien", "O'Brien"]),
        (".NET R&D at 20°C", [".NET", "&", "°C"]),
        (unicodedata.normalize("NFD", "Đặng"), [unicodedata.normalize("NFD", "Đặng")]),
        ("Ngu\u00adyen \u200eNguyen\u200e", ["Ngu\u00adyen", "Nguyen\u200e"]),
        ("STRASSE Straße", ["STRASSE", "Straße"]),
        ("我在东京塔。ひかりは สวัสดีครับ", ["东京", "ひかり", "สวัสดี"]),
        ("서울은 서울에서 서울", ["서울", "서울", "서울"]),
        ("Лев читает.", ["Лев"]),
        ("Dr. Who", ["Dr."]),
    ],
)
def test_whole_words_are_found(text: str, expected: list[str]) -> None:
    """An entry is found as a whole word: between signs, before 's, in compounds, in any script and spelling."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Nguyens Nguyena nguyen MySQL SQLite SQL_x x_SQL", "https://SQL.example.com/SQL me@SQL.org www.SQL.org SQL.com",
        "don't it's", "C++++ &&", "124/7 24/75 24/7/365 1,360 360.5 .360 360:10 -360 +360 $360 360€ 1-360",
        "ASP.NET", "서울특별시", "CO22",
        "Exact EXACT", "NewYork New",
    ],
)  # fmt: skip
def test_parts_of_words_are_not_found(text: str) -> None:
    """An entry is not found inside words, names, numbers, identifiers, addresses and contractions."""
    assert found(text) == []


def test_capitals() -> None:
    """Small letters are found in any case, capitals as written; an object says otherwise."""
    assert found("us Us US Sql SQL ieee Ieee IEEE exact") == ["us", "Us", "US", "SQL", "ieee", "Ieee", "IEEE", "exact"]
    two = lexicon_of({"polish": "shine", "Polish": "poh lish"})
    assert [one.spoken for one in two.find("polish Polish POLISH")] == ["shine", "poh lish", "shine"]


def test_an_earlier_lexicon_goes_first() -> None:
    """For the same words the earlier lexicon wins, else the longest entry of all."""
    both = lexicon_of({"sql": "mine"}, {"SQL": "theirs", "SQL Server": "ours", "Nguyen": "win"})
    assert [one.spoken for one in both.find("SQL, SQL Server, Nguyen")] == ["mine", "ours", "win"]


def test_entries_that_were_found_are_known() -> None:
    """The entries found so far can be read as a lexicon that finds the same."""
    one = lexicon_of(ENTRIES | {"York": "/jɔːk/"})
    one.find("Nguyen of York at ieee")
    assert one.found() == {
        "Nguyen": {"spoken": "win", "case": "exact"},
        "York": {"spoken": "/jɔːk/", "case": "exact"},
        "IEEE": {"spoken": "eye triple e", "case": "any"},
    }
    assert lexicon_of(one.found()).find("York ieee") == one.find("York ieee")


def test_taken_spans_are_left_alone() -> None:
    """No entry is found in a taken span, across its edge, or around a span without a length."""
    one = lexicon_of(ENTRIES)
    assert one.find("SQL New York", [(0, 3), (8, 12)]) == []
    assert [each.start for each in one.find("New York", [(4, 4)])] == [4]


def test_a_script_is_said_as_the_lexicon_says() -> None:
    """Tokens show the script and speak the entry, whose numbers are read and whose words are not looked up again."""
    one = lexicon_of({"Nguyen": "SQL 9", "SQL": "sequel", "Ann": "Nguyen"})
    script = "[Nguyen](noo) Nguyen's SQL [pause:1s] Ann."
    tokens = tokenize(script, "en", one)
    assert [token.shown for token in tokens] == ["Nguyen", "Nguyen's", "SQL", "Ann."]
    assert [" ".join(token.spoken).lower() for token in tokens] == ["noo", "s q l nine's", "sequel", "nguyen"]
    assert [script[token.start_char : token.end_char] for token in tokens][1:] == ["Nguyen's", "SQL", "Ann."]
    assert (tokens[2].pause_after, tokens[3].mark) == (1.0, ".")


def test_entries_go_before_the_rules_of_the_language() -> None:
    """Figures and signs of an entry are not read by the language."""
    one = lexicon_of({"24/7": "all day", "$5": "a fiver", "Xbox 360": "ex box", "100%": "totally"})
    spoken = [token.spoken for token in tokenize("24/7 for $5: Xbox 360, 100%.", "en", one)]
    assert spoken == [("all", "day"), ("for",), ("a", "fiver"), ("ex", "box"), ("totally",)]


def test_words_with_phonemes() -> None:
    """IPA goes to each word, words that it joins are linked, "'s" is added to it, and the rest is read."""
    one = lexicon_of({"New York": "/nuː jɔːk/", "St. John": "/ˈsɪndʒən/", "Keats": "/kiːts/", "Lee": "/liː/"})
    script = "New York, St. John, Keats's [Worcester](/ˈwʊstə/)-led Lee’s"
    tokens = tokenize(script, "en", one)
    assert [token.phonemes for token in tokens] == [
        ("nuː", "jɔːk"), ("ˈsɪndʒən", "‿"), ("kiːtsɪz",), ("ˈwʊstə", ""), ("liːz",),
    ]  # fmt: skip
    assert [len(token.spoken) for token in tokens] == [2, 2, 1, 2, 1]
    assert [token.mark for token in tokens] == [",", ",", "", "", ""]


def test_plain_letters_between_slashes_are_ipa_in_a_lexicon() -> None:
    """A lexicon holds no links: what stands between slashes is IPA, even if it has ordinary letters alone."""
    (token,) = tokenize("Nguyen", "en", lexicon_of({"Nguyen": "/win/"}))
    assert (token.spoken, token.phonemes) == (("Nguyen",), ("win",))


def test_a_search_takes_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of twice the length takes twice the steps, and 2,000 entries take no more than a few."""
    steps = 0
    original = lexicon._chosen

    def counted(*arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        return original(*arguments)

    monkeypatch.setattr(lexicon, "_chosen", counted)
    chance = random.Random(1)
    words = [f"name{number}" for number in range(1000)]
    many = lexicon_of(dict.fromkeys(words, "x") | {f"{word} {word}": "y" for word in words})
    few = lexicon_of({"name1": "x", "name2": "y"})

    def search(one: Lexicon, length: int) -> int:
        nonlocal steps
        steps = 0
        one.find(" ".join(chance.choices(words, k=length)))
        return steps

    assert search(many, 2000) < 3 * search(many, 1000) < 15_000
    assert search(few, 2000) < search(many, 2000)


@pytest.mark.parametrize("pump", ["a ", "a-", "中", ".", "www.", "http://", "a@", "a.", "a_", "서울", "a'", "1,"])
def test_long_runs_are_searched(pump: str) -> None:
    """Runs that are alike are searched to their end, and entries that nearly match do not hide those that do."""
    nearly = (pump * MAX_WRITTEN_CHARS)[: MAX_WRITTEN_CHARS - 2].strip() + " b"
    assert found(pump * 2000 + " Nguyen", {nearly: "x", "Nguyen": "win"}) == ["Nguyen"]


def test_a_lexicon_makes_no_book_of_a_script() -> None:
    """What the entries say is bounded by the length of the text: reading a million words would take minutes."""
    long = lexicon_of({"a": "very long " * 19})
    with pytest.raises(BadRequest, match=r"its entries say \d+ characters in a text of 20000, at most 42000"):
        tokenize("a " * 10_000, "en", long)
    assert len(tokenize("a " * 10, "en", long)) == 10
