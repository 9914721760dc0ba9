"""The words of ``say-as``: examples in the form of those that Google, Azure and Amazon Polly document."""

from __future__ import annotations

import pytest

from handler.text.languages import language_of
from handler.text.markup.say_as import is_known, say_as


def words(text: str, kind: str, form: str = "", language: str = "en-US") -> str:
    found = say_as(text, kind, form, language_of(language))
    assert found is not None
    return " ".join(found.replace("-", " ").split())


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("12345", "cardinal", "twelve thousand three hundred forty five"), ("007", "number", "seven"),
        ("3", "ordinal", "third"), ("1st", "ordinal", "first"), ("SSML", "characters", "S S M L"),
        ("b2", "spell-out", "B two"), ("a-1", "verbatim", "A dash one"), ("2026", "digits", "two zero two six"),
        ("(781) 555-0101", "telephone", "seven eight one five five five zero one zero one"),
        ("+49 30", "telephone", "plus four nine three zero"), ("10 foot", "unit", "ten feet"),
        ("3 inch", "unit", "three inches"), ("1'21\"", "time", "one minute twenty one seconds"),
        ("$42.01", "currency", "forty two dollars and one cent"), ("swear", "expletive", "beep"),
    ],
)  # fmt: skip
def test_kinds_have_their_words(text: str, kind: str, said: str) -> None:
    """Numbers, letters, telephone numbers, units and amounts."""
    assert words(text, kind) == said


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("10-12-2016", "dmy"), ("12/10/2016", "mdy"), ("2016.12.10", "ymd"), ("20161210", "yyyymmdd"),
        ("20161210", "ymd"), ("101216", "dmy"),
    ],
)  # fmt: skip
def test_dates_have_the_order_of_their_format(text: str, form: str) -> None:
    """Any separators, or none."""
    assert words(text, "date", form) == " ".join(language_of("en-US").date("10", 12, "2016").replace("-", " ").split())


def test_dates_may_lack_parts() -> None:
    """Without a year, with question marks, a month or a year alone."""
    assert words("????0922", "date") == words("22.9.", "date", "dm")
    assert words("12", "date", "m") == "December"
    assert words("10.2016", "date", "my").startswith("October")


@pytest.mark.parametrize("text", ["99/99/2016", "x", "10/2016"])
def test_what_is_no_such_date_is_read_by_the_rules(text: str) -> None:
    """A wrong format says something, by the rules of the language."""
    assert words(text, "date", "dmy")


def test_unknown_kinds_have_no_words() -> None:
    """The caller warns of them."""
    assert say_as("x", "music", "", language_of("en")) is None
    assert not is_known("music")
    assert is_known("Ordinal")


def test_words_are_those_of_the_language() -> None:
    """German ordinals and letters."""
    assert words("3", "ordinal", language="de").startswith("dritte")
    assert words("ß1", "characters", language="de") == "ß eins"
