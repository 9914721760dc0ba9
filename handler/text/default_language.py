"""Figures in languages other than English: numbers, money, percent. Everything else is said as it stands."""

from __future__ import annotations

import re

from handler.text.context import Context
from handler.text.english_words import CURRENCIES
from handler.text.numbers import minus, money, number
from handler.types import primary_language

LONGEST = 60
"""Characters of the longest figure tried as one number."""

_MONEY = re.compile(r"([-−]?)(?:([$€£¥])\s?([\d.,']+)|([\d.,']+)([$€£¥]))")
_PERCENT = {
    "de": "Prozent", "fr": "pour cent", "es": "por ciento", "it": "per cento", "pt": "por cento", "nl": "procent",
    "sv": "procent", "da": "procent", "no": "prosent", "nb": "prosent", "pl": "procent", "cs": "procent",
    "ru": "процентов", "uk": "відсотків", "tr": "yüzde", "fi": "prosenttia", "hu": "százalék", "ro": "la sută",
    "ja": "パーセント", "ko": "퍼센트", "zh": "百分之", "el": "τοις εκατό", "hi": "प्रतिशत", "ar": "بالمئة",
    "vi": "phần trăm", "id": "persen", "th": "เปอร์เซ็นต์",
}  # fmt: skip
_PERCENT_FIRST = frozenset({"zh", "cmn", "yue", "tr"})
_MONEY_NAMES = {
    "zh": ("美元", "欧元", "英镑", "日元"), "ja": ("ドル", "ユーロ", "ポンド", "円"),
    "ko": ("달러", "유로", "파운드", "엔"), "vi": ("đô la", "euro", "bảng", "yên"),
    "ar": ("دولار", "يورو", "جنيه", "ين"), "hi": ("डॉलर", "यूरो", "पाउंड", "येन"),
    "el": ("δολάρια", "ευρώ", "λίρες", "γιεν"),
}  # fmt: skip
_MONEY_ELSEWHERE = ("dollar", "euro", "pound", "yen")


def say_figures(context: Context) -> str | None:
    """A number, an amount of money or a share in percent; None for anything else."""
    language, first = context.language, primary_language(context.language)
    found = _MONEY.fullmatch(context.core)
    if found:
        symbol, amount = found[2] or found[5], found[3] or found[4]
        price = _money(amount, symbol, language)
        return f"{minus(language) if found[1] else ''} {price}" if price else None
    plain_number = re.fullmatch(r"([-−]?)([\d.,']+?)(%?)", context.core)
    if plain_number is None or len(plain_number[2]) > LONGEST:
        return None
    said = number(plain_number[2], language)
    if said is None:
        return None
    percent = _PERCENT.get(first, "percent") if plain_number[3] else ""
    parts = [minus(language) if plain_number[1] else ""]
    return " ".join([*parts, percent, said] if first in _PERCENT_FIRST else [*parts, said, percent])


def _money(amount: str, symbol: str, language: str) -> str | None:
    said = number(amount, language) if len(amount) <= LONGEST else None
    if said is None:
        return None
    split = re.fullmatch(r"(\d+|\d{1,3}(?:[.,']\d{3})+)(?:[.,](\d{2}))?", amount)
    if split:
        exact = money(re.sub(r"\D", "", split[1]), split[2] or "", CURRENCIES[symbol][4], language)
        if exact is not None:
            return exact
    names = _MONEY_NAMES.get(primary_language(language), _MONEY_ELSEWHERE)
    return f"{said} {names['$€£¥'.index(symbol)]}"
