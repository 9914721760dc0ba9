"""English rules for digits: money, times, dates, units, ranges, fractions, telephone numbers."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Rule, first_match
from handler.text.numbers import NumberStyle, cardinal, digits, number, ordinal

EN = NumberStyle("en", point="point", minus="minus", omitted="and")
_N = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_SYMBOL = "[" + "".join(table.CURRENCIES) + "]"
_UNIT = "|".join(sorted(map(re.escape, table.UNITS), key=len, reverse=True))
_SIGNED = {
    "-": "minus", "−": "minus", "+": "plus", "~": "about", "≈": "approximately", "<": "less than", ">": "more than",
    "≤": "at most", "≥": "at least", "±": "plus or minus", "#": "number", "№": "number", "x": "times", "×": "times",
    "§": "section", "": "",
}  # fmt: skip
_SIGN = "[-−+~≈<>≤≥±#№×§]?"
_YEAR_BEFORE = word_set("in since by from of until till year circa around before after to during and through")
_ERAS = word_set("AD BC CE BCE A.D B.C")
_HALVES = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def year(text: str) -> str:
    """Four digits as a year: "1905" → nineteen oh five."""
    if text[1:3] == "00":
        return cardinal(text, EN)
    return f"{cardinal(text[:2], EN)} {'hundred' if text[2:] == '00' else _two_digits(text[2:])}"


def _two_digits(text: str) -> str:
    """Two digits of a year or a time: "05" → oh five."""
    return f"oh {cardinal(text[1], EN)}" if text[0] == "0" else cardinal(text, EN)


def plural(words: str) -> str:
    """The words with the last one in the plural: "ninety" → nineties, "six" → sixes."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "s")) else f"{words}s"


def _amount(text: str) -> str:
    return number(text, EN) or digits(text, EN)


def _is_one(text: str) -> bool:
    return text in ("1", "1.0", "-1")


def _money(found: re.Match[str], context: Context) -> str | None:
    sign, prefix, symbol, amount, scale = found.group("sign", "prefix", "symbol", "amount", "scale")
    one, several, cent, cents = table.CURRENCIES[symbol]
    country = table.CURRENCY_PREFIXES.get(prefix or "", "")
    words = [_SIGNED[sign or ""], ""]
    if scale or context.after.lower() in table.SCALE_WORDS:
        unit = "" if not scale else f"{country} {several}"
        return " ".join([*words, _amount(amount), table.SCALES.get(scale or "", ""), unit])
    whole, _, part = amount.replace(",", "").partition(".")
    if len(part) not in (0, 2) or (part and not cent):
        return " ".join([*words, _amount(amount), country, several])
    if whole.strip("0") or not part.strip("0"):
        words += [cardinal(whole or "0", EN), country, one if whole == "1" else several]
        if part.strip("0"):
            words.append("and")
    if part.strip("0"):
        words += [cardinal(str(int(part)), EN), cent if part == "01" else cents]
    return " ".join(words)


def _scaled_money(found: re.Match[str], context: Context) -> str | None:
    """The "million" after "$5", with the currency."""
    before = re.fullmatch(rf"[-−+~<>]?(?:[A-Z]{{1,2}})?({_SYMBOL}){_N}", context.before)
    return f"{found.group()} {table.CURRENCIES[before[1]][1]}" if before else None


def _quantity(found: re.Match[str], _context: Context) -> str | None:
    sign, amount, unit = found.group("sign", "amount", "unit")
    spoken = _amount(amount)
    if unit in table.SCALES and unit not in table.UNITS:
        if unit == "K" and amount in ("2", "4", "5", "8"):
            return f"{_SIGNED[sign]} {spoken} K"
        return f"{_SIGNED[sign]} {spoken} {table.SCALES[unit]}"
    one, several = table.UNITS[unit] if unit else ("", "")
    return f"{_SIGNED[sign]} {spoken} {one if _is_one(amount) else several}"


def _clock(found: re.Match[str], context: Context) -> str | None:
    hour, minute, second, half = found.group("hour", "minute", "second", "half")
    if int(hour) > 24 or int(minute) > 59:
        return None
    words = [cardinal(str(int(hour)), EN)]
    noon = half or re.fullmatch(r"[ap]\.?m", context.after.lower())
    if minute == "00" and not second:
        words.append("" if noon else "o'clock" if 0 < int(hour) <= 12 else "hundred")
    later = [second] if len(words) > 1 else [minute, second]
    words += [_two_digits(part) for part in later if part]
    if half:
        words.append(" ".join(half.replace(".", "").upper()))
    return " ".join(words)


def _date(found: re.Match[str], _context: Context) -> str | None:
    when = found.groupdict()
    month, day = int(when["month"]), int(when["day"])
    if month > 12 and day <= 12:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    full = when["year"] if len(when["year"]) == 4 else ("20" if int(when["year"]) < 70 else "19") + when["year"]
    return f"{table.MONTHS[month - 1]} {ordinal(str(day), EN)} {year(full)}"


def _day(found: re.Match[str], context: Context) -> str | None:
    if not 1 <= int(found[1]) <= 31:
        return None
    if context.before in table.MONTH_NAMES:
        return ordinal(str(int(found[1])), EN)
    if context.after in table.MONTH_NAMES:
        return f"the {ordinal(str(int(found[1])), EN)} of"
    return None


def _days(found: re.Match[str], context: Context) -> str | None:
    if context.before not in table.MONTH_NAMES or int(found[2]) > 31:
        return None
    return f"{ordinal(found[1], EN)} to {ordinal(found[2], EN)}"


def _year(found: re.Match[str], context: Context) -> str | None:
    value = int(found.group())
    if context.after in table.UNITS or context.after.lower() in table.SCALE_WORDS:
        return None
    near = context.last.lower() in _YEAR_BEFORE or context.after in _ERAS or context.before in table.MONTH_NAMES
    dated = bool(re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)?", context.before))
    if 1700 <= value <= 2099 or (value >= 1100 and (near or dated)) or context.after in _ERAS:
        return year(found.group())
    return None


def _years(found: re.Match[str], _context: Context) -> str | None:
    first, last = found.groups()
    return f"{year(first)} to {year(last) if len(last) == 4 else _two_digits(last)}"


def _decade(found: re.Match[str], _context: Context) -> str | None:
    text = found[1]
    is_year = len(text) == 4 and text[1:3] != "00" and text.endswith("0")
    return plural(year(text) if is_year else _amount(text))


def _fraction(found: re.Match[str], context: Context) -> str | None:
    whole, top, bottom = found.groups()
    if not 2 <= int(bottom) <= 100 or len(top) > 3:
        return f"{_amount(top)} over {_amount(bottom)}" if not whole else None
    one, several = _HALVES.get(int(bottom)) or (ordinal(bottom, EN), f"{ordinal(bottom, EN)}s")
    if top == bottom:
        spoken = f"{cardinal(top, EN)} out of {cardinal(bottom, EN)}"
    else:
        spoken = f"{cardinal(top, EN)} {one if top == '1' else several}"
    mixed = whole or re.fullmatch(r"\d{1,4}", context.before)
    if mixed and spoken.startswith("one "):
        spoken = spoken.replace("one", "a", 1)
    return " ".join([cardinal(whole, EN) if whole else "", "and" if mixed else "", spoken])


def _telephone(found: re.Match[str], _context: Context) -> str | None:
    parts = re.findall(r"\d+|[A-Z]+|^\+", found.group())
    return " ".join("plus" if part == "+" else digits(part, EN) if part.isdigit() else part for part in parts)


def _range(found: re.Match[str], context: Context) -> str | None:
    one, sign, other = found.groups()
    trailing = re.fullmatch(rf".*?\d({_UNIT})", other)
    if trailing and one[-1:].isdigit() and trailing[1] in ("am", "pm"):
        return f"{_part(one, context)} to {_part(other, context)}"
    first = _part(one, context)
    if first is not None and (currency := re.match(_SYMBOL, one)) and not re.match(_SYMBOL, other):
        other, first = f"{currency.group()}{other}", _amount(re.sub(r"[^\d.,]", "", one))
    second = _part(other, context)
    if first is None or second is None:
        return None
    return f"{first} {'by' if sign in 'x×' else 'to'} {second}"


def _part(text: str, context: Context) -> str | None:
    return first_match(PARTS, context.part(text))


def _feet(found: re.Match[str], _context: Context) -> str | None:
    return f"{cardinal(found[1], EN)} {'foot' if found[1] == '1' else 'feet'} {cardinal(found[2], EN)}"


def _code_amount(found: re.Match[str], _context: Context) -> str | None:
    one, several = table.CURRENCY_CODES[found[1]]
    return f"{_amount(found[2])} {one if _is_one(found[2]) else several}"


def _after_number(found: re.Match[str], context: Context) -> str | None:
    """A unit or a currency's code after a number and a blank."""
    if not re.search(r"\d$", context.before):
        return None
    names = table.UNITS | table.CURRENCY_CODES
    if found.group() not in names or found.group() in table.UNITS_ATTACHED_ONLY:
        return None
    return names[found.group()][0 if _is_one(context.before) else 1]


_MONEY = (
    rf"(?P<sign>[-−+~<>]?)(?P<prefix>US|CA?|AU?|NZ|HK|S|R)?(?P<symbol>{_SYMBOL})(?P<amount>{_N})"
    r"(?P<scale>k|K|mm|mn|m|M|bn|Bn|b|B|tn|t|T)?"
)
PARTS: tuple[Rule, ...] = (
    Rule(_MONEY, _money),
    Rule(rf"(?P<sign>[-−+~<>]?)(?P<amount>{_N})(?P<prefix>(?P<scale>))(?P<symbol>{_SYMBOL})", _money),
    Rule(r"(\d{1,3}(?:,\d{3})*)(?:st|nd|rd|th|ST|ND|RD|TH)", lambda m, _c: ordinal(m[1].replace(",", ""), EN)),
    Rule(r"'?(\d{2,4})'?s", _decade),
    Rule(r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?P<half>(?:[ap]\.?m|[AP]\.?M))?", _clock),
    Rule(r"(?:(\d{1,4}) )?(\d{1,4})/(\d{1,4})", _fraction),
    Rule(rf"(?P<sign>{_SIGN})(?P<amount>{_N})(?P<unit>{_UNIT}|k|K|M|B|bn|mn)?", _quantity),
)
RULES: tuple[Rule, ...] = (
    Rule(r"(\+?)[\d()-]+", lambda m, c: f"{'plus' if m[1] else ''} {digits(m.group(), EN)}" if c.phone else None),
    Rule(r"(?:million|billion|trillion|thousand|hundred)", _scaled_money),
    Rule(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})", _date),
    Rule(r"(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[-/.](?P<year>\d{4})", _date),
    Rule(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{2})", _date),
    Rule(r"\+?(?:\d{1,3}[-. ])?\(?\d{3}\)?[-. ]?\d{3}[-.]\d{4}|\d{3}-\d{4}", _telephone),
    Rule(r"\+\d{7,15}|\+\d{1,3}(?:[-.]\d{2,5}){2,5}", _telephone),
    Rule(r"1-8\d\d-(?:[A-Z]+|\d+)(?:-[A-Z\d]+)*|\d{3}-\d{2}-\d{4}", _telephone),
    Rule(r"\d{3}", lambda m, c: digits(m.group(), EN) if re.fullmatch(r"\d{3}-\d{4}", c.after) else None),
    Rule(r"(\d{1,2})(?:st|nd|rd|th)?", _day),
    Rule(r"(\d{1,2})[-–](\d{1,2})", _days),
    Rule(r"(1[1-9]\d\d|20\d\d)[-–](1[1-9]\d\d|20\d\d|\d\d)", _years),
    Rule(r"1\d\d\d|20\d\d", _year),
    *PARTS,
    Rule(r"(\d{1,3}):(\d{1,3})", lambda m, _c: f"{_amount(m[1])} to {_amount(m[2])}"),
    Rule(r"(\d{1,2})'(\d{1,2})", _feet),
    Rule(rf"({'|'.join(table.CURRENCY_CODES)})({_N})", _code_amount),
    Rule(rf"({_N})-({_UNIT})", lambda m, _c: f"{_amount(m[1])} {table.UNITS[m[2]][0]}"),
    Rule(r"(\S*?\d[^-–—x×]*)([-–—x×])([^-–—x×]*\d\S*)", _range),
    Rule(r"\S{1,9}", _after_number),
)
