"""The words of SSML's ``say-as``, as Google, Azure and Amazon Polly document its values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from handler.text import cldr
from handler.text.characters import word_set
from handler.text.languages.base import Language
from handler.text.languages.tags import primary_language
from handler.text.rules import spoken

_PLURALS = {"foot": "feet", "inch": "inches"}
_UNITS = word_set("yard mile ounce pound meter metre kilometer kilometre gram kilogram liter litre hour minute second")
"""Nouns that people write in the singular after any number: "10 foot"."""

_FRACTION = re.compile(r"(?:(\d{1,9})[ +])?(\d{1,9})/(\d{1,9})")
_MINUTES = re.compile(r"(\d{1,3})'(?:(\d{1,2})(?:\"|''))?")
_UNIT = re.compile(r"(\d[\d.,/]{0,20}) ?([^\W\d_]{1,20})")
_HYPHENS = {
    "en": "dash", "de": "Bindestrich", "fr": "tiret", "es": "guion", "it": "trattino", "pt": "hífen", "nl": "streepje",
    "pl": "myślnik", "sv": "bindestreck", "ru": "дефис", "uk": "дефіс",
}  # fmt: skip
"""A hyphen among characters is no minus."""

_PLACEHOLDERS = re.compile(r"[?]{4}\d{4}|\d{4}[?]{2}(?:\d\d|[?]{2})|\d{6}[?]{2}")
_PARTS = re.compile(r"\d+")
_RUN = re.compile(r"\d+|[^\W\d_]|\S")
_CENTURY_PIVOT = 50  # two digits of a year: below it 20.., else 19..


def _number(text: str, language: Language) -> str | None:
    return language.cardinal(text.lstrip("0") or "0") if text.isdecimal() and text.isascii() else spoken(text, language)


def _ordinal(text: str, language: Language) -> str | None:
    digits = "".join(_PARTS.findall(text))
    return language.ordinal(digits.lstrip("0") or "0") if digits and len(digits) <= 18 else None


def _characters(text: str, language: Language) -> str:
    """Letters as letters, digits one by one, signs by name."""
    words = []
    for character in unicodedata.normalize("NFC", text):
        if character.isdecimal():
            words.append(language.digits(str(unicodedata.decimal(character))))
        elif character.isalpha():
            upper = character.upper()
            words.append(upper if len(upper) == 1 else character)
        elif not character.isspace():
            hyphen = _HYPHENS.get(primary_language(language.tag)) if character == "-" else None
            words.append(hyphen or language.sign(character))
    return " ".join(words)


def _digits(text: str, language: Language) -> str:
    return " ".join(language.digits(run) if run.isdecimal() else run for run in _RUN.findall(text) if run.isalnum())


def _telephone(text: str, language: Language) -> str:
    plus = language.sign("+") if text.startswith("+") else ""
    return f"{plus} {_digits(text, language)}"


def _fraction(text: str, language: Language) -> str | None:
    found = _FRACTION.fullmatch(text)
    if not found:
        return None
    whole, top, bottom = found.groups()
    part = language.fraction(top, bottom)
    return f"{language.cardinal(whole)} {language.mixed_joint} {part}" if whole else part


def _unit(text: str, language: Language) -> str:
    found = _UNIT.fullmatch(text)
    if found and language.tag.startswith("en"):
        noun = found[2].lower()
        plural = (
            noun
            if found[1] == "1" or "/" in found[1]
            else _PLURALS.get(noun) or (f"{noun}s" if noun in _UNITS else found[2])
        )
        text = f"{found[1]} {plural}"
    return spoken(text, language)


def _time(text: str, language: Language) -> str:
    found = _MINUTES.fullmatch(text)
    if found:  # Polly's minutes and seconds
        text = f"{found[1]} min {found[2]} s" if found[2] else f"{found[1]} min"
    return spoken(text, language)


def _beep(_text: str, _language: Language) -> str:
    return "beep"


_INTERPRETERS: dict[str, Callable[[str, Language], str | None]] = {
    "cardinal": _number, "number": _number, "ordinal": _ordinal, "characters": _characters, "character": _characters,
    "spell-out": _characters, "spell": _characters, "verbatim": _characters, "letters": _characters, "digits": _digits,
    "number_digit": _digits, "telephone": _telephone, "phone": _telephone, "fraction": _fraction, "unit": _unit,
    "time": _time, "duration": _time, "currency": spoken, "address": spoken, "name": spoken, "net": spoken,
    "date": spoken, "expletive": _beep, "bleep": _beep,
}  # fmt: skip


def is_known(interpret_as: str) -> bool:
    """Whether it is a value of ``interpret-as`` that has words of its own."""
    return interpret_as.strip().lower() in _INTERPRETERS


def say_as(text: str, interpret_as: str, form: str, language: Language) -> str | None:
    """The spoken words of a text; None if it is not what ``interpret_as`` says, or that is not known."""
    kind, text = interpret_as.strip().lower(), " ".join(text.split())
    form = form or ("yyyymmdd" if _PLACEHOLDERS.fullmatch(text) else "")
    if kind == "date" and (words := _date(text, form.strip().lower(), language)) is not None:
        return words
    interpreter = _INTERPRETERS.get(kind)
    words = interpreter(text, language) if interpreter and text else None
    return words if words and words.strip() else None


def _date(text: str, form: str, language: Language) -> str | None:
    """A date of figures in a format such as mdy; ``yyyymmdd`` has no signs between, and ? for what is left out."""
    order = "".join(dict.fromkeys(letter for letter in form if letter in "ymd"))
    digits = re.sub(r"[^\d?]", "", text)
    compact = text == digits and len(order) > 1
    if compact:
        lengths = {"y": 4 if len(digits) > 2 * len(order) else 2, "m": 2, "d": 2}
        parts, position = [], 0
        for letter in order:
            parts.append(digits[position : position + lengths[letter]].strip("?"))
            position += lengths[letter]
    else:
        parts = _PARTS.findall(text)
    if len(parts) != len(order) or not order or re.search(r"[^\W\d_]", text):
        return None
    values = dict(zip(order, parts, strict=True))
    return _date_words(values.get("d", ""), values.get("m", ""), values.get("y", ""), language)


def _date_words(day: str, month: str, year: str, language: Language) -> str | None:
    names = cldr.month_names(language.tag)
    if len(year) == 2:
        year = ("20" if int(year) < _CENTURY_PIVOT else "19") + year
    if (month and not 1 <= int(month) <= 12) or (day and not 1 <= int(day) <= 31) or not (day or month or year):
        return None
    day, year = day.lstrip("0"), year.lstrip("0")
    if day and month and names:
        return language.date(day, int(month), year)
    month_word = (names[int(month) - 1] if names else language.cardinal(str(int(month)))) if month else ""
    words = [language.day(day) if day else "", month_word, language.year(year) if year else ""]
    return " ".join(words).strip()
