"""Facts of languages from CLDR, by babel: plurals, months, units, currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError

_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


@dataclass(frozen=True)
class Noun:
    """A noun in the plural forms of its language; those that are "" are as ``other``.

    A form may have the number inside: "時速 {0} キロメートル". ``gender`` is one of the genders that the language's
    numbers have: "m", "f", "n".
    """

    other: str
    one: str = ""
    few: str = ""
    many: str = ""
    two: str = ""
    zero: str = ""
    gender: str = ""

    def form(self, category: str) -> str:
        """The form of a plural category of CLDR, such as "few"."""
        return str(getattr(self, category)) or self.other

    def counted(self, words: str, category: str) -> str:
        """The form of a plural category with the words of the number."""
        form = self.form(category)
        return form.replace("{0}", words) if "{0}" in form else f"{words} {form}"


@lru_cache(maxsize=128)
def locale(tag: str) -> Locale | None:
    """The locale of a language tag, else that of its language; None if CLDR has neither."""
    for name in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None


def plural(number: str, tag: str) -> str:
    """The plural category of a number, ASCII digits with a point or without: "one", "few" … "other"."""
    found = locale(tag)
    return str(found.plural_form(Decimal(number))) if found else "other"


@lru_cache(maxsize=128)
def months(tag: str) -> dict[str, int]:
    """The names of months in small letters, long and short, in every form → the month's number."""
    found = locale(tag)
    names: dict[str, int] = {}
    for form in ("format", "stand-alone") if found else ():
        for width in ("wide", "abbreviated"):
            for number, name in found.months[form][width].items():  # type: ignore[union-attr]
                if not name[:1].isdigit():
                    names.setdefault(name.rstrip(".").lower(), number)
    return names


@lru_cache(maxsize=128)
def month_names(tag: str) -> tuple[str, ...]:
    """The long names of the twelve months as a date has them (in Slavic languages the genitive); () if unknown."""
    found = locale(tag)
    return tuple(found.months["format"]["wide"][number] for number in range(1, 13)) if found else ()


@lru_cache(maxsize=128)
def day_first(tag: str) -> bool:
    """Whether numeric dates of the locale that end with the year have the day before the month.

    Where dates begin with the year, as in Swedish, those that end with it are as in the countries around.
    """
    found = locale(tag)
    pattern = found.date_formats["short"].pattern.lower() if found else "d"
    return pattern.startswith("y") or pattern.find("d") < pattern.find("m")


@lru_cache(maxsize=128)
def currency_first(tag: str) -> bool:
    """Whether the locale writes a currency's sign before the number."""
    found = locale(tag)
    return bool(found and found.currency_formats["standard"].pattern.lstrip("\u200f").startswith("¤"))


@lru_cache(maxsize=2048)
def unit(name: str, tag: str) -> Noun | None:
    """The noun of a unit of CLDR such as ``length-kilometer``; None if CLDR has none for the language."""
    found = locale(tag)
    patterns = found._data["unit_patterns"].get(name, {}).get("long") if found else None
    if not patterns:
        return None
    forms = {category: patterns[category] for category in _CATEGORIES if category in patterns}
    if not all("{0}" in form for form in forms.values()):
        # Arabic and Hebrew have words for one and two of a unit: the number is in the noun.
        forms = {category: form if "{0}" in form else forms["other"] for category, form in forms.items()}
    spaced = {category: " ".join(form.replace("{0}", " {0} ").split()) for category, form in forms.items()}
    return Noun(**{category: form.removeprefix("{0} ") for category, form in spaced.items()})


@lru_cache(maxsize=2048)
def currency(code: str, tag: str) -> Noun | None:
    """The noun of a currency such as ``EUR``; None if CLDR has none for the language."""
    found = locale(tag)
    if found is None or code not in found.currencies:
        return None
    plurals = found._data["currency_names_plural"].get(code, {})
    forms = {category: str(plurals[category]) for category in _CATEGORIES if category in plurals}
    return Noun(**{"other": str(found.currencies[code]), **forms})


@lru_cache(maxsize=256)
def per(tag: str) -> str:
    """The words between two units: "{0} per {1}" → "per"; "" if CLDR has none for the language."""
    found = locale(tag)
    pattern = (
        str(found._data["compound_unit_patterns"].get("per", {}).get("long", {}).get("compound", "")) if found else ""
    )
    return pattern.replace("{0}", "").replace("{1}", "").strip()
