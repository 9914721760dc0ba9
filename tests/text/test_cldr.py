"""Facts of languages from CLDR, and none where CLDR has none."""

from __future__ import annotations

from handler.text import cldr
from handler.text.cldr import Noun


def test_plural_categories_are_those_of_the_language() -> None:
    """A number has the category of its language; a language that CLDR lacks has one."""
    assert [cldr.plural(number, "pl") for number in ("1", "3", "5", "22", "1.5")] == [
        "one", "few", "many", "few", "other",
    ]  # fmt: skip
    assert cldr.plural("1", "xx") == "other"


def test_months_are_found_in_every_form() -> None:
    """Long and short names lead to the number, and dates have the form that a date has."""
    assert {cldr.months("ru")[name] for name in ("мая", "май")} == {5}
    assert cldr.months("de")["jan"] == cldr.months("de")["januar"] == 1
    assert cldr.month_names("uk")[2] == "березня"
    assert cldr.months("xx") == {}


def test_nouns_have_their_forms() -> None:
    """Units and currencies are nouns in the plural forms of the language, without the number."""
    assert cldr.unit("length-meter", "de") == Noun("Meter", one="Meter")
    assert cldr.currency("USD", "en") == Noun("US dollars", one="US dollar")
    assert cldr.unit("length-meter", "xx") is None is cldr.currency("USD", "xx")
    assert Noun("eggs", one="egg").form("one") == "egg"
    assert Noun("eggs", one="egg").form("few") == "eggs"


def test_order_of_dates_and_of_currencies_is_that_of_the_region() -> None:
    """American dates begin with the month, British ones with the day; Germans write a currency last."""
    assert (cldr.day_first("en"), cldr.day_first("en-GB")) == (False, True)
    assert (cldr.currency_first("en"), cldr.currency_first("de")) == (True, False)
