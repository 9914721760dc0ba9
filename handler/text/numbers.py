"""Digits → words, in the languages of num2words and a few it lacks. Nothing here raises; no digit is left over."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile

from handler.text.characters import word_set
from handler.types import primary_language

LONGEST_NUMBER = 18
"""Digits of the longest number read as one; longer ones are read digit by digit."""

# num2words has no root of its own errors: its converters raise these, by language, for numbers they cannot say.
_CANNOT_SAY = (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)

# Where it goes wrong without an error: its Amharic never comes back from numbers above some 1.6 million.
_LARGEST = {"am": 999}
LONGEST_ORDINAL = 12
"""Digits of the longest ordinal: its Spanish and Catalan recurse without end from fifteen on."""

# Languages where the comma parts the fraction and the point groups thousands.
_COMMA_LANGUAGES = word_set(
    "az be bg ca cs da de el eo es et eu fi fr gl hr hu hy id is it ka kk kz lt lv mk nb nl nn no pl pt ro ru sk sl "
    "sq sr sv tg tr uk uz vi"
)
_OWN_DIGITS = {
    "bg": "нула едно две три четири пет шест седем осем девет",
    "el": "μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα",
    "en": "zero one two three four five six seven eight nine",
    "et": "null üks kaks kolm neli viis kuus seitse kaheksa üheksa",
    "hi": "शून्य एक दो तीन चार पाँच छह सात आठ नौ",
    "hr": "nula jedan dva tri četiri pet šest sedam osam devet",
    "ms": "sifar satu dua tiga empat lima enam tujuh lapan sembilan",
    "sw": "sifuri moja mbili tatu nne tano sita saba nane tisa",
    "ta": "பூஜ்யம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது",
    "ur": "صفر ایک دو تین چار پانچ چھ سات آٹھ نو",
    "zh": "零 一 二 三 四 五 六 七 八 九",
}
_OWN_DIGITS["yue"] = _OWN_DIGITS["cmn"] = _OWN_DIGITS["zh"]
_CHINESE = ("zh", "cmn", "yue")
_POINT = {
    "de": "Komma", "en": "point", "es": "coma", "fr": "virgule", "it": "virgola", "nl": "komma", "pt": "vírgula",
    "zh": "点", "cmn": "点", "yue": "点", "ja": "点", "ko": "점", "pl": "przecinek", "ru": "запятая",
    "sv": "komma", "da": "komma", "no": "komma", "cs": "celá", "tr": "virgül", "vi": "phẩy", "hi": "दशमलव",
    "el": "κόμμα", "fi": "pilkku", "hu": "egész", "uk": "кома", "ar": "فاصلة", "id": "koma",
}  # fmt: skip
# What joins whole units and cents in what num2words says of money.
_WITH = frozenset({"und", "et", "con", "e", "y", "en", "kaj", "a", "ac", "og", "och"})
_MINUS = {"en": "minus", "zh": "负", "cmn": "负", "yue": "负", "el": "μείον", "hi": "ऋण", "pl": "minus"}


def _names(language: str) -> tuple[str, ...]:
    """What num2words may call the language, the closest first: ``pt_BR``, ``pt``."""
    first, _, region = language.replace("_", "-").partition("-")
    code = {"nb": "no", "nn": "no", "kk": "kz"}.get(first.lower(), first.lower())
    # Its English of other regions counts in lakh or lacks currencies: not what a script's digits mean.
    return (f"{code}_{region.upper()}", code) if region and code != "en" else (code,)


@lru_cache(maxsize=4096)
def _said(number: int | Decimal, language: str, to: str, currency: str = "") -> str | None:
    """What num2words says, None where it cannot."""
    from num2words import CONVERTER_CLASSES, num2words

    extra = {"currency": currency} if currency else {}
    for name in _names(language):
        if name not in CONVERTER_CLASSES or number > _LARGEST.get(name, number):
            continue
        try:
            words = str(num2words(number, lang=name, to=to, **extra))
        except _CANNOT_SAY:
            continue
        if words.strip() and not any(map(str.isdigit, words)):
            return words
    return None


@lru_cache(maxsize=256)
def _digit_words(language: str) -> tuple[str, ...]:
    own = _OWN_DIGITS.get(primary_language(language))
    if own:
        return tuple(own.split())
    said = [_said(number, language, "cardinal") for number in range(10)]
    if all(said):
        return tuple(word for word in said if word)
    return tuple(_OWN_DIGITS["en"].split())


def digits(text: str, language: str) -> str:
    """Every ASCII digit of the text by itself: "007" → "zero zero seven"."""
    words = _digit_words(language)
    return " ".join(words[int(digit)] for digit in text if digit in "0123456789")


def _chinese(number: int) -> str:
    """Below 10^18: groups of four digits, a zero said once for a gap."""
    if number == 0:
        return "零"
    groups = [(number // 10**power) % 10**4 for power in (16, 12, 8, 4, 0)]
    said, gap = "", False
    for group, unit in zip(groups, ("京", "兆", "亿", "万", ""), strict=True):
        if not group:
            gap = bool(said)
            continue
        figures = ""
        hole = bool(said) and (gap or group < 1000)
        for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = group // place % 10
            if digit:
                figures += ("零" if hole else "") + "零一二三四五六七八九"[digit] + name
            hole = not digit and bool(figures or hole)
        said, gap = said + figures + unit, False
    return said.removeprefix("一") if said.startswith("一十") else said


def cardinal(text: str, language: str) -> str:
    """A run of ASCII digits as a number: digit by digit with a leading zero or above 18 digits."""
    if len(text) > LONGEST_NUMBER or (len(text) > 1 and text[0] == "0"):
        return digits(text, language)
    number, first = int(text), primary_language(language)
    if first in _CHINESE:
        return _chinese(number)
    said = _said(number, language, "cardinal")
    if said is None:
        return digits(text, language)
    return " ".join(said.replace(",", "").replace(" and ", " ").split()) if first == "en" else said


def decimal(whole: str, fraction: str, language: str) -> str:
    """``whole`` point ``fraction``, the fraction digit by digit."""
    first = primary_language(language)
    if first not in _POINT and len(whole) + len(fraction) <= LONGEST_NUMBER:
        said = _said(Decimal(f"{whole or '0'}.{fraction}"), language, "cardinal")
        if said is not None:
            return said
    point = _POINT.get(first, _POINT["en"])
    return f"{cardinal(whole or '0', language)} {point} {digits(fraction, language)}"


def ordinal(text: str, language: str) -> str:
    """A run of ASCII digits as an ordinal; the cardinal where the language has none here."""
    said = _said(int(text), language, "ordinal") if len(text) <= LONGEST_ORDINAL else None
    if said is None:
        return cardinal(text, language)
    return " ".join(said.replace(",", "").replace(" and ", " ").split()) if primary_language(language) == "en" else said


def minus(language: str) -> str:
    """The word for a negative sign."""
    first = primary_language(language)
    if first in _MINUS:
        return _MINUS[first]
    said, plain = _said(-5, language, "cardinal"), _said(5, language, "cardinal")
    if said and plain and said.endswith(plain):
        return said.removesuffix(plain).strip() or "minus"
    return "minus"


# One number with its groups and fraction. Groups need three digits each, or the sign between them means another thing.
_POINTED = re.compile(r"(\d{1,3}(?:[, ']\d{3})+|\d*)(?:\.(\d+))?")
_COMMAED = re.compile(r"(\d{1,3}(?:[. ']\d{3})+|\d*)(?:,(\d+))?")


def number(text: str, language: str) -> str | None:
    """Digits with thousands separators and a decimal sign, as the language writes them; None if it is none."""
    patterns = (_COMMAED, _POINTED) if primary_language(language) in _COMMA_LANGUAGES else (_POINTED, _COMMAED)
    for pattern in patterns:
        found = pattern.fullmatch(text)
        if found and text:
            whole = re.sub(r"\D", "", found[1])
            return decimal(whole, found[2], language) if found[2] else cardinal(whole, language)
    return None


def money(whole: str, cents: str, currency: str, language: str) -> str | None:
    """An amount as num2words says it in a language other than English; None where it cannot."""
    # Its Arabic names every currency a riyal, and the comma that it puts before cents is no word.
    if primary_language(language) in ("ar", "en") or len(whole) + len(cents) > LONGEST_NUMBER:
        return None
    some = [_said(Decimal(f"{whole or '0'}.{part}"), language, "currency", currency) for part in (cents or "00", "34")]
    said, other = some
    if said is None or other is None:
        return None
    if not cents:
        pairs = zip(said.split(), other.split(), strict=False)
        same = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        said = " ".join(same[:-1] if same and same[-1] in _WITH else same)
    return said.replace(",", " ")
