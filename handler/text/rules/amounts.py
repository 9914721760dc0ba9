"""Amounts of money, percentages and measures: a number with its unit, a blank between or not."""

from __future__ import annotations

import re

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import LETTER, SHORT_STOP, one_of
from handler.text.rules.numbers import FRACTION, SIGNED, bottom_of, number_pattern, signed, value_of

CURRENCY_SIGNS = {
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY",
    "₴": "UAH", "₫": "VND", "₪": "ILS", "₦": "NGN", "₱": "PHP", "฿": "THB", "₸": "KZT", "₼": "AZN", "₾": "GEL",
    "₡": "CRC", "₵": "GHS", "₭": "LAK", "₮": "MNT", "₲": "PYG", "৳": "BDT", "₨": "PKR", "﷼": "IRR", "؋": "AFN",
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD",
    "S$": "SGD", "R$": "BRL", "MX$": "MXN", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
}  # fmt: skip
"""Signs before or after an amount → the currency's ISO code. `Language.currency_signs` adds to them."""
CODES = (
    "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD",
    "HUF", "IDR", "ILS", "INR", "JPY", "KES", "KRW", "MXN", "NGN", "NOK", "NZD", "PHP", "PLN", "RON", "RUB", "SAR",
    "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
)  # fmt: skip

UNITS = {
    "mm": "length-millimeter", "cm": "length-centimeter", "dm": "length-decimeter", "m": "length-meter",
    "km": "length-kilometer", "µm": "length-micrometer", "μm": "length-micrometer", "nm": "length-nanometer",
    "mi": "length-mile", "yd": "length-yard", "ft": "length-foot", "in": "length-inch",
    "mg": "mass-milligram", "g": "mass-gram", "kg": "mass-kilogram", "t": "mass-tonne", "lb": "mass-pound",
    "lbs": "mass-pound", "oz": "mass-ounce", "µg": "mass-microgram", "μg": "mass-microgram",
    "ml": "volume-milliliter", "mL": "volume-milliliter", "cl": "volume-centiliter", "dl": "volume-deciliter",
    "dL": "volume-deciliter", "cL": "volume-centiliter",
    "l": "volume-liter", "L": "volume-liter", "hl": "volume-hectoliter", "gal": "volume-gallon",
    "m^2": "area-square-meter", "m2": "area-square-meter", "km^2": "area-square-kilometer",
    "km2": "area-square-kilometer", "cm^2": "area-square-centimeter", "cm2": "area-square-centimeter",
    "ft^2": "area-square-foot", "ha": "area-hectare", "m^3": "volume-cubic-meter", "m3": "volume-cubic-meter",
    "cm^3": "volume-cubic-centimeter", "cm3": "volume-cubic-centimeter", "km^3": "volume-cubic-kilometer",
    "h": "duration-hour", "min": "duration-minute", "s": "duration-second", "sec": "duration-second",
    "ms": "duration-millisecond", "µs": "duration-microsecond", "ns": "duration-nanosecond",
    "km/h": "speed-kilometer-per-hour", "kmh": "speed-kilometer-per-hour", "kph": "speed-kilometer-per-hour",
    "m/s": "speed-meter-per-second", "mph": "speed-mile-per-hour",
    "°C": "temperature-celsius", "°F": "temperature-fahrenheit", "°": "angle-degree",
    "Hz": "frequency-hertz", "kHz": "frequency-kilohertz", "MHz": "frequency-megahertz", "GHz": "frequency-gigahertz",
    "W": "power-watt", "kW": "power-kilowatt", "MW": "power-megawatt", "GW": "power-gigawatt",
    "kWh": "energy-kilowatt-hour", "J": "energy-joule", "kJ": "energy-kilojoule", "kcal": "energy-kilocalorie",
    "cal": "energy-calorie", "V": "electric-volt", "A": "electric-ampere", "mA": "electric-milliampere",
    "Ω": "electric-ohm", "Pa": "pressure-pascal", "hPa": "pressure-hectopascal", "kPa": "pressure-kilopascal",
    "bar": "pressure-bar", "mbar": "pressure-millibar", "N": "force-newton", "lx": "light-lux", "lm": "light-lumen",
    "kB": "digital-kilobyte", "KB": "digital-kilobyte", "MB": "digital-megabyte",
    "GB": "digital-gigabyte", "TB": "digital-terabyte", "PB": "digital-petabyte", "kbit": "digital-kilobit",
    "Mbit": "digital-megabit", "Gbit": "digital-gigabit", "Mb": "digital-megabit", "Gb": "digital-gigabit",
    "px": "graphics-pixel", "dpi": "graphics-dot-per-inch", "ppi": "graphics-pixel-per-inch",
    "MP": "graphics-megapixel", "PS": "power-horsepower", "hp": "power-horsepower",
}  # fmt: skip
"""Written units → CLDR's names. `Language.units` adds to them and goes before them."""
ATTACHED_ONLY = frozenset({"A", "N", "in", "bar"})
"""Not units after a blank, where they may be words or names."""


def unit_noun(written: str, language: Language) -> Noun | None:
    """The noun of a unit as it is written; None if neither the language nor CLDR knows it."""
    own = language.units.get(written) or language.units.get(f"{written}.")
    return own or (cldr.unit(UNITS[written], language.tag) if written in UNITS else None)


def currency_code(sign: str, language: Language) -> str:
    """The ISO code of a sign or code."""
    tables = (language.currency_words, language.currency_signs, CURRENCY_SIGNS)
    codes = (table[written] for written in (sign, f"{sign}.") for table in tables if written in table)
    return next(codes, sign)


def currency_signs(language: Language) -> list[str]:
    """The signs and codes of currencies that may stand before or after an amount."""
    return [*CURRENCY_SIGNS, *language.currency_signs, *CODES]


def _from(found: re.Match[str], words: str, language: Language) -> str | None:
    """The words with the sign and with the number that a range begins with: 3-5 €."""
    sign = found["sign"] or found.groupdict().get("minus")
    if start := found.groupdict().get("from"):
        value = value_of(start, language)
        return signed(sign, language.span(language.value(value), words), language) if value else None
    return signed(sign, words, language)


def _per(words: str, other: str | None, language: Language) -> str:
    """The words with those of what they are for: "/kg", "/Monat"."""
    if not other:
        return words
    divisor = unit_noun(other, language)
    return language.rate(words, divisor or Noun(other))


def _scale(found: re.Match[str], language: Language) -> Noun | None:
    written = found.groupdict().get("scale")
    return next((noun for name, noun in language.scales.items() if written in (name, name.lower())), None)


def _money(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    if (value := value_of(found["number"], language)) is None:
        return None
    code, scale = currency_code(found["currency"], language), _scale(found, language)
    words = language.scaled(value, scale, language.currency(code)) if scale else language.money(value, code)
    return _from(found, _per(words, found["other"], language), language)


def _percentage(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    value = value_of(found["number"], language)
    return None if value is None else _from(found, language.percentage(value), language)


def _scaled(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    value = value_of(found["number"], language)
    scale = _scale(found, language)
    return _from(found, language.scaled(value, scale, None), language) if value and scale else None


def _ends_measure(context: Context) -> bool:
    """Whether "15 A" is of amperes: nothing follows, and it is not of a name as in "Gate 15 A"."""
    return not context.after and not context.before[:1].isupper()


def _measure(found: re.Match[str], context: Context) -> str | None:
    language, written, other = context.language, found["unit"], found["other"]
    value, noun = value_of(found["number"], language), unit_noun(written, language)
    if value is None or noun is None:
        return None
    if found["blank"] and written in ATTACHED_ONLY and not (written == "A" and _ends_measure(context)):
        return None
    if context.text.startswith("'", context.end):
        return None  # "2 millions d'euros" has no days
    scale = _scale(found, language)
    words = language.scaled(value, scale, noun) if scale else language.counted(value, noun)
    return _from(found, _per(words, other, language), language)


def _parts_of_measure(found: re.Match[str], context: Context) -> str | None:
    language, noun = context.language, unit_noun(found["unit"], context.language)
    if noun is None or found["unit"] in ATTACHED_ONLY:
        return None
    bottom = bottom_of(found)
    return signed(found["sign"], language.parts_of(found["whole"] or "", found["top"], bottom, noun), language)


def _bare_measure(found: re.Match[str], context: Context) -> str | None:
    noun = unit_noun(found.group(), context.language)
    return noun.form("one" if "^" in found.group() else "other") if noun else None  # the price per m²


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of amounts."""
    plain = number_pattern(language)
    start = rf"(?:(?P<from>{plain})(?: [-–—] |[-–—]))?" if language.range_word else ""
    number = rf"{SIGNED}{start}(?P<number>{plain})"
    signs = currency_signs(language)
    scales = one_of({*language.scales, *map(str.lower, language.scales)}, SHORT_STOP)
    scale = rf"(?: ?(?P<scale>{scales})(?!{LETTER})\.?)?" if language.scales else ""
    unit = one_of([*UNITS, *language.units], language.short_stop)
    per = rf"(?:/(?P<other>{unit}|{LETTER}{{2,15}}))?"
    scaled = (Rule(rf"{number} ?(?P<scale>{scales})(?!{LETTER})(?:{language.short_stop})?", _scaled),)
    minus = r"(?P<minus>[-−](?=\d))?"
    sign = one_of(signs, SHORT_STOP)
    before = rf"{SIGNED}(?P<currency>{sign}) ?{minus}{start}(?P<number>{plain}|,\d+){scale}{per}"
    both = rf"{SIGNED}[$€£¥₹] ?(?P<number>{plain}){scale} ?(?P<currency>{one_of(CODES, SHORT_STOP)}){per}"
    names = one_of([*signs, *language.currency_words], language.short_stop)
    after = rf"{number}{scale} ?(?P<currency>{names}){per}"
    # In "5 € 3 kg" the sign belongs to the number on the side on which the language writes it.
    usual = (before, after) if cldr.currency_first(language.tag) else (after, before)
    return (
        *(Rule(pattern, _money) for pattern in (both, *usual)),
        *((Rule(rf"{SIGNED}% ?{start}(?P<number>{plain})", _percentage),) if language.percent_first else ()),
        Rule(rf"{number} ?%", _percentage),
        Rule(rf"{SIGNED}{FRACTION} ?(?P<unit>{unit})", _parts_of_measure),
        Rule(rf"{number}{scale}(?P<blank> ?)(?P<unit>{unit}){per}", _measure),
        *(scaled if language.scales else ()),
        Rule(one_of(unit for unit in (*UNITS, *language.units) if "/" in unit or "^" in unit), _bare_measure),
    )
