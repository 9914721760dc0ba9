"""English amounts: its currencies and units, and the rules of those that say more than a number and its unit."""

from __future__ import annotations

import re
from functools import partial

from handler.text import cldr
from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.numbers import NumberStyle
from handler.text.patterns import AMOUNT, AMOUNT_END, AMOUNT_START, SHORT_STOP, one_of
from handler.text.rules.amounts import ATTACHED_ONLY, CODES, CURRENCY_SIGNS, UNITS, currency_code, unit_noun
from handler.text.rules.numbers import SIGNED, number_pattern, signed, value_of

_PLAIN_CURRENCIES = {
    "$": "dollar dollars cent cents", "€": "euro euros cent cents", "£": "pound pounds penny pence",
    "¥": "yen yen", "₹": "rupee rupees paisa paise", "₽": "ruble rubles kopek kopeks", "₩": "won won",
    "₺": "lira lira kurus kurus", "₴": "hryvnia hryvnias kopiyka kopiykas", "₿": "bitcoin bitcoins", "₫": "dong dong",
    "₪": "shekel shekels agora agorot", "₦": "naira naira kobo kobo", "₱": "peso pesos centavo centavos",
    "฿": "baht baht satang satang", "¢": "cent cents",
}  # fmt: skip
"""What people call the currency of a sign: one, several, hundredths. CLDR's names, as of codes, have the country."""
_NAMES = {sign: words.split() for sign, words in _PLAIN_CURRENCIES.items()}
CURRENCIES = {sign: Noun(names[1], one=names[0]) for sign, names in _NAMES.items()} | {
    "ETH": Noun("ether"), "kr": Noun("kroner", one="krone"), "BTC": Noun("bitcoins", one="bitcoin"),
}  # fmt: skip
CENTS = {sign: Noun(names[3], one=names[2]) for sign, names in _NAMES.items() if names[2:]}
CENTS |= dict.fromkeys(("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "EUR"), CENTS["$"])
CENTS |= {"GBP": CENTS["£"], "INR": CENTS["₹"]}
SIGNS = (
    {sign: sign for sign in _NAMES}
    | {"￥": "¥", "Rs": "₹", "Rs.": "₹", "BTC": "BTC", "ETH": "ETH"}
    | {
        "kr": "kr",
        "元": "CNY",
        "円": "¥",
        "원": "₩",
    }
)

_REGULAR = {
    "qt": "quart", "pt": "pint", "gal": "gallon", "tsp": "teaspoon", "tbsp": "tablespoon", "mAh": "milliamp hour",
    "Wh": "watt hour", "dB": "decibel", "acre": "acre", "nmi": "nautical mile", "cc": "C C", "Nm": "newton meter",
    "N·m": "newton meter",
    "kΩ": "kilohm", "MΩ": "megohm",
    "hr": "hour", "hrs": "hour", "mins": "minute", "secs": "second", "yr": "year", "yrs": "year", "wk": "week",
    "wks": "week", "sq km": "square kilometer", "sq m": "square meter", "sq. m": "square meter",
    "sq. km": "square kilometer", "cu m": "cubic meter",
    "sq. mi": "square mile", "sq mi": "square mile", "mi^2": "square mile",
    "yd^2": "square yard", "sq yd": "square yard", "fl oz": "fluid ounce", "lm": "lumen", "Mb": "megabit",
    "Gb": "gigabit", "Kb": "kilobit", "Tb": "terabit", "t": "metric ton", "mW": "milliwatt", "mV": "millivolt",
    "kV": "kilovolt", "MPa": "megapascal", "MJ": "megajoule", "mol": "mole", "Nm^3": "normal cubic meter",
    "mcg": "microgram", "ug": "microgram", "eV": "electronvolt", "keV": "kiloelectronvolt",
    "MeV": "megaelectronvolt", "GeV": "gigaelectronvolt", "Å": "angstrom", "pcs": "piece",
    "atm": "atmosphere", "qts": "quart", "dz": "dozen", "ly": "light year",
    "kt": "knot", "kts": "knot", "VA": "volt ampere", "Ah": "amp hour",
}  # fmt: skip
_IRREGULAR = {
    "ft": ("foot", "feet"), "ft^2": ("square foot", "square feet"), "sqft": ("square foot", "square feet"),
    "sq ft": ("square foot", "square feet"), "sq. ft": ("square foot", "square feet"),
    "ft^3": ("cubic foot", "cubic feet"), "in^2": ("square inch", "square inches"),
    "sq in": ("square inch", "square inches"), "sq. in": ("square inch", "square inches"),
    "m.p.h.": ("mile per hour", "miles per hour"), "m.p.g.": ("mile per gallon", "miles per gallon"),
    "k.p.h.": ("kilometer per hour", "kilometers per hour"), "deg": ("degree", "degrees"),
    "deg.": ("degree", "degrees"),
    "mph": ("mile per hour", "miles per hour"),
    "mpg": ("mile per gallon", "miles per gallon"), "psi": ("P S I", "P S I"),
    "rpm": ("R P M", "R P M"), "bpm": ("B P M", "B P M"), "dpi": ("D P I", "D P I"), "ppm": ("P P M", "P P M"),
    "fps": ("frame per second", "frames per second"), "Kbps": ("kilobit per second", "kilobits per second"),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"), "IU": ("I U", "I Us"),
    "cu ft": ("cubic foot", "cubic feet"), "cu. ft": ("cubic foot", "cubic feet"),
    "m/s^2": ("meter per second squared", "meters per second squared"), "‰": ("per mille", "per mille"),
    "º": ("degree", "degrees"), "ºC": ("degree Celsius", "degrees Celsius"),
    "ºF": ("degree Fahrenheit", "degrees Fahrenheit"), "in": ("inch", "inches"), "in.": ("inch", "inches"),
}  # fmt: skip
_OWN_UNITS = {unit: Noun(f"{one}s", one=one) for unit, one in _REGULAR.items()} | {
    unit: Noun(several, one=one) for unit, (one, several) in _IRREGULAR.items()
}
_ANY_CASE = word_set(
    "mm cm km kg mg lb lbs oz ft yd mph kmh km/h kph Mbps Gbps Kbps Hz kHz MHz GHz KB MB GB TB kW kWh hp rpm psi "
    "dpi fps bpm ml hrs mins secs sec min"
)
"""Units that people write in any case. The others mean something else in another: m and M, g and G."""
PER = {
    "mo": "month", "yr": "year", "y": "year", "d": "day", "wk": "week", "hr": "hour", "h": "hour", "min": "minute",
    "s": "second", "sec": "second", "pp": "person", "gal": "gallon", "sqft": "square foot",
}  # fmt: skip
SCALES = {word: Noun(word) for word in ("hundred", "thousand", "million", "billion", "trillion", "quadrillion")} | {
    "lakh": Noun("lakh"), "lakhs": Noun("lakh"), "crore": Noun("crore"), "crores": Noun("crore"),
    "bn": Noun("billion"), "mn": Noun("million"), "Bn": Noun("billion"), "tn": Noun("trillion"),
}  # fmt: skip
_SHORT_SCALES = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mm": "million", "MM": "million", "b": "billion",
    "B": "billion", "t": "trillion", "T": "trillion", "L": "lakh", "Cr": "crore", "cr": "crore",
}  # fmt: skip
"""Attached to an amount of money. Those in capitals, and "k", also to a number without a currency."""
_K_OF_SCREENS = ("2", "4", "5", "8")
_NOT_NOUNS = word_set(
    "a an the in on at of for from to by with and or but nor so yet as than that this these those which who when while "
    "if because is are was were be been has have had will would can could may might must shall should do does did not "
    "more less each per every off apiece plus minus about over under up down out into onto since until till before "
    "after during through between within without instead i you he she it we they his her its our their my your there "
    "here then just only also too again now today yesterday tomorrow tonight ago later away long wide high tall deep "
    "thick old"
)
_PRICED = word_set(
    "deal bill budget fund loan fine project plan program programme contract company business industry market prize "
    "investment jackpot house mansion home car ticket fee question settlement lawsuit package merger takeover bid "
    "grant acquisition valuation donation bond bailout facility factory plant campaign film movie note coin gift card "
    "lottery debt bonus salary penalty deficit surplus bridge stadium stake purchase offer order"
)
"""Nouns before which an amount of money is part of their group, also without "a"."""
_SIZES = (
    "new record whopping staggering massive huge cool mere further total reported possible estimated potential "
    "additional proposed nearly roughly single full typical standard small large big"
)
_ARTICLE = re.compile(rf"(?<!\w)(?:an?|another)(?: (?:{'|'.join(_SIZES.split())}))? $", re.IGNORECASE)


def _units() -> dict[str, Noun]:
    found = dict(_OWN_UNITS)
    for unit in _ANY_CASE:
        noun = found.get(unit) or cldr.unit(UNITS[unit], "en")
        for written in (unit.lower(), unit.upper(), unit.title()):
            if noun and written not in UNITS:
                found.setdefault(written, noun)
    return found


OWN_UNITS = _units()
"""Units as written, besides those of all languages."""
UNIT_WORDS = frozenset({*OWN_UNITS, *UNITS})


def before_noun(context: Context) -> bool:
    """Whether an amount is part of a noun group: an article before it, and after it a word that may be a noun."""
    found = re.match(r" ([a-z][a-z-]{2,})", context.text[context.end : context.end + 30])
    before = context.text[max(0, context.start - 30) : context.start]
    if found is None or found[1] in _NOT_NOUNS or found[1].endswith(("ed", "ly")):
        return False
    return found[1] in _PRICED or bool(_ARTICLE.search(before))


def _singular(value: str, noun: Noun, language: Language) -> str:
    """A number of something in a noun group: "a two dollar and fifty cent coin"."""
    return f"{language.value(value)} {noun.one or noun.other}"


def _per(written: str, language: Language) -> str:
    noun = unit_noun(written, language)
    return PER.get(written.lower()) or (noun.form("one") if noun else written)


def _money(found: re.Match[str], context: Context) -> str | None:
    language, groups = context.language, found.groupdict()
    value, code = value_of(found["number"], language), currency_code(found["currency"], language)
    if value is None:
        return None
    scale = _SHORT_SCALES.get(groups["short"] or "") or (groups["scale"] and language.scales[groups["scale"]].other)
    singular = not groups["per"] and before_noun(context)
    if scale:
        unit = language.currency(code)
        words = f"{language.value(value)} {scale} {unit.form('one' if singular else 'other')}"
    else:
        words = language.money(value, code, partial(_singular, language=language) if singular else None)
    if groups.get("least"):
        words = f"{language.value(value_of(groups['least'], language) or '0')} to {words}"
    if groups["per"]:
        words += " each" if groups["per"] == "ea" else f" per {_per(groups['per'], language)}"
    return signed(found["sign"] or groups.get("minus"), words, language)


def _count(found: re.Match[str], context: Context) -> str | None:
    """Thousands and more without a unit: 50k, 10M. "4K" is the name of a screen."""
    language, short = context.language, found["short"]
    value = value_of(found["number"], language)
    if value is None:
        return None
    scale = "K" if short == "K" and value in _K_OF_SCREENS else _SHORT_SCALES[short]
    return signed(found["sign"], f"{language.value(value)} {scale}", language)


def _times(found: re.Match[str], context: Context) -> str | None:
    value = value_of(found["number"], context.language)
    return None if value is None else signed(found["sign"], f"{context.language.value(value)} times", context.language)


def _adjective(found: re.Match[str], context: Context) -> str | None:
    """A measure that is part of a noun group: "a 5 km run", "a 5-km run" → five kilometer run."""
    language, written = context.language, found["unit"]
    joined = found["joint"] == "-"
    value, noun = value_of(found["number"], language), unit_noun(written, language)
    if value is None or noun is None or not (joined or before_noun(context)):
        return None
    if found["joint"] and written in ATTACHED_ONLY and not (joined and written == "in"):
        return None
    if written == "in" and context.text.startswith("-", context.end):
        return None  # 3-in-1
    return f"{language.value(value)} {noun.form('one')}"


def _rate(found: re.Match[str], context: Context) -> str | None:
    """A unit per another without a number: "in km/h" → kilometers per hour."""
    one, other = (unit_noun(found[name], context.language) for name in ("unit", "other"))
    return f"{one.other} per {other.form('one')}" if one and other else None


def _unit(found: re.Match[str], context: Context) -> str | None:
    """A unit after an amount that another rule has taken: 1/2 kg, 2 x 4 ft."""
    written = found.group()
    noun = unit_noun(written, context.language)
    before = context.text[max(0, context.start - 12) : context.start]
    if noun is None or (before.endswith(" ") and written in ATTACHED_ONLY):
        return None
    return noun.form("one" if re.search(r"(?<!\d)(?<!\d )\d+/\d+ ?$", before) else "other")


_RATES = word_set("km mi m kg mg g lb MB GB Mb Gb kB KB Mbit Gbit kWh")
_N = number_pattern(Language(NumberStyle("en")))
_UNIT_WORD = one_of(UNIT_WORDS, SHORT_STOP)
_CURRENCY = rf"(?P<currency>{one_of([*CURRENCY_SIGNS, *SIGNS, *CODES], SHORT_STOP)})"
_SCALE = rf"(?:(?P<short>{one_of(_SHORT_SCALES)})|[ -]?(?P<scale>{one_of(SCALES)}))?(?!\w)"
_BY = r"(?: ?/ ?(?P<per>[A-Za-z]{1,8}(?:\^[23])?))?"
RULES = (
    *(
        Rule(pattern, speak, start=AMOUNT_START, end=AMOUNT_END)
        for pattern, speak in (
            (rf"{SIGNED}{_CURRENCY} ?(?P<least>{_N})(?:[kKmMbB]|bn)?[-–](?P<number>{_N}){_SCALE}{_BY}", _money),
            (rf"{SIGNED}[$€£¥₹] ?(?P<number>{_N}){_SCALE} ?(?P<currency>{one_of(CODES)}){_BY}", _money),
            (rf"{SIGNED}{_CURRENCY} ?(?P<minus>[-−](?=\d))?(?P<number>{_N}){_SCALE}{_BY}", _money),
            (rf"{SIGNED}(?P<number>{_N}){_SCALE} ?{_CURRENCY}{_BY}", _money),
            (rf"(?<![A-Za-z]-){SIGNED}(?P<number>{_N})(?P<short>[kKMB])", _count),
            (rf"{SIGNED}(?P<number>{_N})x", _times),
            (rf"(?<!\d )(?P<unit>{one_of(_RATES)})/(?P<other>{_UNIT_WORD})(?!\^)", _rate),
            (rf"(?P<number>{_N})(?P<joint>[ -]?)(?P<unit>{_UNIT_WORD})", _adjective),
        )
    ),
    Rule(_UNIT_WORD, _unit, start=rf"(?:(?<={AMOUNT})|(?<={AMOUNT} ))"),
)
