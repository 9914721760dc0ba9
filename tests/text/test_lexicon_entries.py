"""Entries of a lexicon are read as clients write them, and a wrong one is named."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from handler.errors import BadRequest
from handler.requests import MAX_LEXICON_ENTRIES
from handler.text.lexicon_entries import MAX_SPOKEN_CHARS, MAX_WRITTEN_CHARS, read_entries


def test_entries_are_read() -> None:
    """An entry is text, IPA between slashes, or an object that also says in which case it is looked for."""
    entries = read_entries({"Nguyen ": " win  ", "sql": "/ˈsi:kwəl/", "AT&T": {"spoken": "a t", "case": "any"}})
    assert [(one.written, one.spoken, one.phonemes, one.any_case) for one in entries] == [
        ("Nguyen", "win", "", False), ("sql", "", "ˈsiːkwəl", True), ("AT&T", "a t", "", True),
    ]  # fmt: skip
    assert [one.as_given()["spoken"] for one in entries] == ["win", "/ˈsiːkwəl/", "a t"]


def test_one_spelling_is_one_entry() -> None:
    """Of entries that Unicode or case make equal the last one counts."""
    word = "Zoë"
    (entry,) = read_entries({word: "zo", unicodedata.normalize("NFD", word): "zoh"})
    assert entry.spoken == "zoh"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"": "x"}, "has no word"), ({" \u200b": "x"}, "has no word"), ({"a": ""}, "nothing to say"),
        ({"a": "..."}, "nothing to say"), ({"a": 5}, "must be text"), ({"a": ["b"]}, "must be text"),
        ({"a": {"say": "b"}}, "an object such as"), ({"a": {"spoken": "b", "case": "upper"}}, "an object such as"),
        ({"a": {}}, "must be text"), ({"a": "/WIN/"}, "must have IPA"), ({"a": f"/{'ə' * 201}/"}, "characters"),
        ({"a" * (MAX_WRITTEN_CHARS + 1): "b"}, "at most"), ({"a": "b" * (MAX_SPOKEN_CHARS + 1)}, "at most"),
        ({f"a{number}": "b" for number in range(MAX_LEXICON_ENTRIES + 1)}, "at most"),
    ],
)  # fmt: skip
def test_wrong_entries_are_refused(entries: dict[str, Any], words: str) -> None:
    """A wrong entry is an error on the field ``lexicon`` that names it."""
    with pytest.raises(BadRequest, match=words) as caught:
        read_entries(entries)
    assert caught.value.issues[0].field == "lexicon"
