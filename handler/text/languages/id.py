"""Indonesian."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.numbers import NumberStyle
from handler.text.rules.ordinals import say_ordinal
from handler.text.rules.times import time_in_units


class _Indonesian(Language):
    def ordinal(self, number: str, mark: str = "") -> str:
        return "pertama" if number == "1" else f"ke{self.cardinal(number)}"

    def fraction(self, top: str, bottom: str) -> str:
        if bottom == "2":
            return "setengah" if top == "1" else f"{self.cardinal(top)} perdua"
        return f"seper{self.cardinal(bottom)}" if top == "1" else f"{self.cardinal(top)} per {self.cardinal(bottom)}"

    def time(self, hour: str, minute: str, second: str) -> str:
        return time_in_units(("{}", " lewat {} menit", " {} detik"), hour, minute, second, self)


def _clock(found: re.Match[str], context: Context) -> list[str] | None:
    if int(found["hour"]) > 24:
        return None
    return [found["word"], context.language.time(found["hour"], found["minute"], "")]


INDONESIAN = _Indonesian(
    NumberStyle("id", decimal_comma=True, point="koma", minus="minus"),
    currencies={
        "IDR": Noun("rupiah"),
        "USD": Noun("dolar"),
        "EUR": Noun("euro"),
        "GBP": Noun("pound"),
        "JPY": Noun("yen"),
    },
    cents={"USD": Noun("sen"), "EUR": Noun("sen"), "IDR": Noun("sen")},
    currency_signs={"Rp": "IDR", "Rp.": "IDR", "rp": "IDR"},
    scales={
        "ribu": Noun("ribu"),
        "rb": Noun("ribu"),
        "juta": Noun("juta"),
        "jt": Noun("juta"),
        "miliar": Noun("miliar"),
        "M": Noun("miliar"),
        "triliun": Noun("triliun"),
    },
    percent="persen",
    units={"km/jam": Noun("kilometer per jam")},
    per="per",
    range_word="sampai",
    range_signs="~–-",
    mixed_joint="",
    subtraction_word="kurang",
    signs={
        "+": "tambah", "×": "kali", "*": "kali", "÷": "bagi", "=": "sama dengan", ".": "titik", "@": "at", "&": "dan",
        "/": "garis miring", "~": "sekitar", ":": "banding", "^": "pangkat", "→": "ke", "#": "pagar", "∞": "tak hingga",
        "_": "garis bawah",
    },
    conjunctions="dan atau tetapi tapi karena bahwa sehingga",
    rules=(
        Rule(r"(?P<word>(?i:pukul|jam)) (?P<hour>\d{1,2})[.:](?P<minute>[0-5]\d)", _clock),
        Rule(r"(?i:ke)-(?P<number>\d{1,12})", say_ordinal),
    ),
)  # fmt: skip
