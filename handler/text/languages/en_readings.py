"""How else people say English figures, signs and abbreviations in a recording: rows for `handler.text.readings`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handler.text.languages import en_words as table
from handler.text.languages.base import Language
from handler.text.languages.en_dates import plural, two_digits
from handler.text.languages.en_roman import small_roman_value
from handler.text.languages.reading import Reading

_HALF, _QUARTER = "30", {"15": ("past", "after"), "45": ("to", "of", "till")}
_FRACTIONS = {"5": "a half", "25": "a quarter", "75": "three quarters", "50": "a half"}
_SLANG = {"$": "bucks", "£": "quid"}
_ONE_OF_MANY = re.compile(r"^one (?=hundred|thousand|million|half|quarter|third|fourth|fifth|dollar|pound)")
_OTHERS = {
    "dr": "doctor|drive", "st": "saint|street", "mrs": "missus|misses", "ms": "miz|miss|M S", "mr": "mister",
    "etc": "et cetera|and so on|and so forth|E T C", "e.g": "for example|for instance|E G|such as",
    "i.e": "that is|I E|in other words", "vs": "versus|V S|against", "v": "versus|V|against",
    "no": "number|no", "inc": "incorporated|ink|I N C", "ltd": "limited|L T D", "co": "company|co",
    "jr": "junior|J R", "sr": "senior", "approx": "approximately|about|approx", "w/": "with", "w/o": "without",
    "a.k.a": "A K A|also known as|aka", "aka": "A K A|also known as|aka", "p.s": "P S|post script",
    "ph.d": "P H D|doctor of philosophy", "phd": "P H D", "24/7": "twenty four seven|twenty four by seven",
    "9/11": "nine eleven|September eleventh", "50/50": "fifty fifty", "and/or": "and or|and slash or|or|and",
    "b/c": "because", "n/a": "N A|not applicable|not available", "he/she": "he or she|he slash she|he she|they",
    "s/he": "he or she|she or he", "ave": "avenue|ave", "blvd": "boulevard", "dept": "department", "est": "established",
    "min": "minutes|minute|minimum", "max": "maximum|max", "fig": "figure|fig", "vol": "volume|vol",
    "sql": "sequel|S Q L", "asap": "A S A P|a sap|as soon as possible", "faq": "F A Q|fack|facts", "url": "U R L|earl",
    "gif": "gif|jif|G I F", "www": "W W W|world wide web|triple W", "usa": "U S A|the United States|America",
    "us": "U S|the United States", "uk": "U K|the United Kingdom", "fyi": "F Y I|for your information",
    "btw": "by the way|B T W", "imo": "I M O|in my opinion", "lol": "L O L|loll|laugh out loud|",
    "tbd": "T B D|to be determined|to be done", "ok": "okay|O K", "wwii": "world war two|world war two|W W two",
    "wwi": "world war one|the first world war", "jpeg": "jay peg|J P E G", "png": "P N G|ping", "ui": "U I",
    "gui": "gooey|G U I", "led": "L E D|led", "pin": "pin|P I N", "aids": "aids", "nato": "nato", "scuba": "scuba",
    "&": "and|an|ampersand|", "+": "plus|and|", "@": "at|", "#": "number|hash|hashtag|pound|", "=": "equals|is|",
    "~": "about|approximately|around|", "/": "or|slash|and|", "<": "less than|under|below", ">": "more than|over|above",
    "%": "percent", "°": "degrees|degree", "×": "times|by|", "x": "times|by|ex",
}  # fmt: skip
"""What is written without its last full stop, in small letters, and how it may be said."""


_ORDINARY = frozenset({"us", "led", "pin", "aids"})
"""Those that are words, too, if they are written small."""


def _listed(found: re.Match[str], _language: Language) -> Iterator[str]:
    written = found.group().lower().rstrip(".")
    if written in _ORDINARY and found.group().islower():
        return
    yield from _OTHERS.get(written, "").split("|") if written in _OTHERS else ()
    for words in (table.DOTTED, table.SHORT):
        if written in words:
            yield words[written]
            yield from (written,) if written.isalpha() else ()


def _decade(found: re.Match[str], language: Language) -> Iterator[str]:
    century, tens = found["century"] or "", found["tens"]
    if tens != "00":
        short = plural(language.cardinal(tens))
        yield short
        yield from (f"{language.cardinal(one)} {short}" for one in (century, *(() if century else ("19", "18"))) if one)
        if century == "20":
            yield f"two thousand {short}"
    elif century:
        yield f"{language.cardinal(century)} hundreds"
        yield plural(language.cardinal(f"{century}00"))
        yield from {"19": ("early nineteen hundreds",), "20": ("two thousands",)}.get(century, ())


def _with_a(words: str) -> Iterator[str]:
    """The words, and with "a" for "one"."""
    yield words
    if _ONE_OF_MANY.match(words):
        yield _ONE_OF_MANY.sub("a ", words)


def _whole(found: re.Match[str], language: Language) -> Iterator[str]:
    digits = found.group().replace(",", "")
    words = language.cardinal(digits) if digits[0] != "0" else language.digits(digits)
    for each in (words, _with_and(words)):
        yield from _with_a(each)
    if digits[0] == "0" or "0" in digits[1:]:
        yield language.digits(digits).replace("zero", "oh")
    if len(digits) == 3 and digits[0] != "0":
        yield f"{language.cardinal(digits[0])} {two_digits(digits[1:], language)}"
    if len(digits) == 4 and digits[0] != "0":
        yield from _hundreds(digits[:2], digits[2:], language)
    if len(digits) <= 2 and digits.strip("0"):
        yield from (language.ordinal(str(int(digits))), f"the {language.ordinal(str(int(digits)))}")


def _with_and(words: str) -> str:
    """A number as most of the world says it: "one hundred and one"."""
    return re.sub(r"\b(hundred|thousand) (?!thousand|million|billion|and\b)(?=[a-z]+(?: [a-z]+)?$)", r"\1 and ", words)


def _hundreds(first: str, last: str, language: Language) -> Iterator[str]:
    """Four digits as a year, and as so many hundreds."""
    century = language.cardinal(first)
    if last == "00":
        yield f"{century} hundred"
        return
    yield f"{century} {two_digits(last, language)}"
    rest = language.cardinal(str(int(last)))
    if first == "20":
        yield from (f"two thousand {rest}", f"two thousand and {rest}")
    yield from (f"{century} hundred {rest}", f"{century} hundred and {rest}", f"{century} {rest}")


def _ordinal(found: re.Match[str], language: Language) -> Iterator[str]:
    words = language.ordinal(found["number"])
    yield from (words, f"the {words}", language.cardinal(found["number"]))


def _fraction(found: re.Match[str], language: Language) -> Iterator[str]:
    top, bottom = found["top"], found["bottom"]
    whole = f"{language.cardinal(found['whole'])} and " if found["whole"] else ""
    if not bottom.strip("0"):
        return
    usual = language.fraction(top, bottom)
    for words in (usual, usual.replace("quarter", "fourth")):
        yield from (f"{whole}{each}" for each in _with_a(words))
    if (top, bottom) == ("1", "2"):
        yield f"{whole}half"
    yield f"{whole}{language.cardinal(top)} out of {language.cardinal(bottom)}"


def _clock(found: re.Match[str], language: Language) -> Iterator[str]:
    minute = found["minute"]
    hour, following = (str((int(found["hour"]) + more - 1) % 12 + 1) for more in (0, 1))
    this, then = language.cardinal(hour), language.cardinal(following)
    if minute == "00":
        yield from (f"{this} o'clock", this, f"{this} hundred")
        yield from ("noon", "midnight") if hour == "12" else ()
        return
    yield f"{this} {two_digits(minute, language)}"
    if minute == _HALF:
        yield from (f"half past {this}", f"half {this}")
    if minute in _QUARTER:
        named = this if minute < _HALF else then
        yield from (f"{a}quarter {word} {named}" for word in _QUARTER[minute] for a in ("", "a "))
    past = language.cardinal(str(int(minute)))
    left = language.cardinal(str(60 - int(minute)))
    yield from (f"{past} past {this}", f"{past} after {this}") if minute < _HALF else (f"{left} to {then}",)
    yield f"{this} {past}"


def _money(found: re.Match[str], language: Language) -> Iterator[str]:
    sign, whole, cents = found["sign"], found["whole"].replace(",", ""), found["cents"]
    amount = language.cardinal(whole)
    noun = language.counted(whole, language.currency(language.currency_signs.get(sign, sign)))
    if cents and cents != "00":
        rest = two_digits(cents, language)
        yield from (f"{amount} {rest}", f"{noun} {rest}", f"{noun} and {rest}", f"{noun} {rest} cents")
        if cents in _FRACTIONS:
            yield f"{amount} and {_FRACTIONS[cents]} {noun.rpartition(' ')[2]}"
        return
    for words in (noun, f"{amount} {_SLANG[sign]}" if sign in _SLANG else "", _with_and(noun)):
        yield from _with_a(words) if words else ()
    yield from (f"{amount} U S dollars", amount) if sign == "$" else (amount,)


def _decimal(found: re.Match[str], language: Language) -> Iterator[str]:
    whole, fraction = found["whole"], found["fraction"]
    if fraction in _FRACTIONS:
        named = _FRACTIONS[fraction]
        above = whole.strip("0")
        yield from (f"{language.cardinal(whole)} and {named}",) if above else (named, named.removeprefix("a "))
    digits = language.digits(fraction)
    yield f"{language.cardinal(whole or '0')} point {digits}"
    yield f"{language.cardinal(whole or '0')} point {digits.replace('zero', 'oh')}"
    if not whole.strip("0"):
        yield from (f"point {digits}", f"oh point {digits}")


def _pair(found: re.Match[str], language: Language) -> Iterator[str]:
    """A score, a range or a ratio."""
    one, other = language.cardinal(found["one"]), language.cardinal(found["other"])
    for joint in ("to", "", "and", "dash", "through", "minus", "or"):
        yield f"{one} {joint} {other}"


def _percentage(found: re.Match[str], language: Language) -> Iterator[str]:
    number = found["number"]
    whole, _, fraction = number.partition(".")
    value = language.value(number)
    yield from (f"{value} percent", f"{value} per cent")
    if whole == "50" and not fraction:
        yield from ("half", "fifty fifty")
    if fraction in _FRACTIONS:
        yield f"{language.cardinal(whole or '0')} and {_FRACTIONS[fraction]} percent"


def _telephone(found: re.Match[str], language: Language) -> Iterator[str]:
    """Each group digit by digit, of four by twos; "oh" for a zero, "eight hundred" for 800."""
    groups = re.findall(r"\d+", found.group())
    by_twos = [
        f"{language.cardinal(group[:2])} {two_digits(group[2:], language)}"
        if len(group) == 4 and group[0] != "0" and group[2:] != "00"
        else language.digits(group)
        for group in groups
    ]
    by_hundreds = [
        language.cardinal(group) if group.endswith("00") and group[0] != "0" else language.digits(group)
        for group in groups
    ]
    for words in (" ".join(by_twos), language.digits("".join(groups)), " ".join(by_hundreds)):
        yield from dict.fromkeys((words.replace("zero", "oh"), words))


def _roman(found: re.Match[str], language: Language) -> Iterator[str]:
    if value := small_roman_value(found.group()):
        ordinal = language.ordinal(str(value))
        yield from (language.cardinal(str(value)), f"the {ordinal}", ordinal)


def _numbered(found: re.Match[str], language: Language) -> Iterator[str]:
    number = language.cardinal(found["number"])
    yield from (f"number {number}", number, f"hashtag {number}", f"hash {number}", f"pound {number}")


_SHORT_UNITS = {
    "km": ("kilometers", "K", "klicks"), "kg": ("kilograms", "kilos", "K G"), "g": ("grams", "gram"),
    "mph": ("miles per hour", "miles an hour", "M P H"), "cm": ("centimeters", "C M"), "mm": ("millimeters", "M M"),
    "km/h": ("kilometers per hour", "kilometers an hour", "K P H"), "gb": ("gigabytes", "gigs", "G B"),
    "mb": ("megabytes", "megs", "M B"), "k": ("thousand", "K"), "m": ("million", "meters", "M"), "lb": ("pounds",),
    "lbs": ("pounds", "pound"), "ft": ("feet", "foot"), "°c": ("degrees Celsius", "degrees", "degrees C"),
    "°f": ("degrees Fahrenheit", "degrees", "degrees F"), "°": ("degrees",), "hz": ("hertz",), "x": ("times", "X"),
}  # fmt: skip


def _measure(found: re.Match[str], language: Language) -> Iterator[str]:
    number = language.value(found["number"].replace(",", ""))
    for unit in _SHORT_UNITS.get(found["unit"].lower(), ()):
        yield from _with_a(f"{number} {unit}")


READINGS: tuple[Reading, ...] = (
    Reading(r"\S{1,6}", _listed),
    Reading(r"'?(?P<century>\d\d)?(?P<tens>\d0)'?s", _decade),
    Reading(r"\d{1,9}|[1-9]\d{0,2}(?:,\d{3}){1,3}", _whole),
    Reading(r"(?P<number>\d{1,9})(?i:st|nd|rd|th)", _ordinal),
    Reading(r"(?:(?P<whole>\d{1,4}) )?(?P<top>\d{1,3})[/⁄](?P<bottom>\d{1,3})", _fraction),
    Reading(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)", _clock),
    Reading(r"(?P<sign>[$€£])(?P<whole>[1-9]\d{0,2}(?:,\d{3})+|\d{1,9})(?:\.(?P<cents>\d\d))?", _money),
    Reading(r"(?P<whole>\d{0,6})\.(?P<fraction>\d{1,4})", _decimal),
    Reading(r"(?P<one>\d{1,3})(?:[-–](?=\d)|:(?=\d$))(?P<other>\d{1,3})", _pair),
    Reading(r"(?P<number>\d{1,3}(?:\.\d{1,3})?) ?%", _percentage),
    Reading(r"\+?\(?\d{1,4}\)?(?:[ .-]\d{2,4}){1,4}", _telephone),
    Reading(r"[IVX]{1,6}", _roman),
    Reading(r"#(?P<number>\d{1,6})", _numbered),
    Reading(r"(?P<number>\d[\d,]*(?:\.\d+)?) ?(?P<unit>[A-Za-z°][A-Za-z/]{0,4})", _measure),
)  # fmt: skip
