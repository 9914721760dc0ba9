"""English rules of clock times, time zones and durations, and of feet and inches, which share their marks."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule, says
from handler.text.languages.en_amounts import before_noun
from handler.text.languages.en_dates import two_digits
from handler.text.patterns import AMOUNT, AMOUNT_END, AMOUNT_START, OTHER

_HALF = r"(?P<half>[ap]m|[AP]M|[ap]\.m|[AP]\.M)"
_ZONES = "est|edt|cst|cdt|mst|mdt|pst|pdt|gmt|utc|bst|cet|cest|ist|aest|jst"
_PARTS = {
    **dict.fromkeys(("d", "day", "days"), Noun("days", one="day")),
    **dict.fromkeys(("h", "hr", "hrs"), Noun("hours", one="hour")),
    **dict.fromkeys(("m", "min", "mins"), Noun("minutes", one="minute")),
    **dict.fromkeys(("s", "sec", "secs"), Noun("seconds", one="second")),
}
MAX_FEET, MAX_INCHES = 9, 11  # above them ' and " are minutes and seconds


def duration(hours: str, minutes: str, seconds: str, language: Language) -> str:
    """Hours, minutes and seconds; those that are zero are left out."""
    parts = [(hours, _PARTS["h"]), (minutes, _PARTS["m"]), (seconds, _PARTS["s"])]
    said = [language.counted(str(int(value)), noun) for value, noun in parts if value and int(value)]
    last = f"and {said.pop()}" if len(said) > 1 else ""
    return " ".join([*said, last]) if said or last else language.counted("0", _PARTS["s"])


def time(hour: str, minute: str, second: str, language: Language, *, half: bool = False) -> str:
    """A clock time: "5", "05", "" → five oh five. ``half``: "a.m." or "p.m." follows."""
    words = [language.cardinal(str(int(hour)))]
    if minute.strip("0"):
        words.append(two_digits(minute, language))
    elif minute and not half:
        words.append("o'clock" if 0 < int(hour) <= 12 else "hundred")
    if second.strip("0"):
        words.append(f"and {language.counted(str(int(second)), _PARTS['s'])}")
    return " ".join(words)


def _clock(found: re.Match[str], context: Context) -> str | list[str] | None:
    """A clock time; of three parts without "a.m." or "p.m." a duration."""
    hour, minute, second, half = (found[name] or "" for name in ("hour", "minute", "second", "half"))
    if int(hour) > 24 or (half and int(hour) > 12):
        return None
    if second and not half:
        return duration(hour, minute, second, context.language)
    said = time(hour, minute, second, context.language, half=bool(half))
    spelled = " ".join(half.replace(".", "").upper())
    return [said, spelled] if found["blank"] else f"{said} {spelled}"


def _zone(found: re.Match[str], _context: Context) -> str:
    return " ".join(found.group().replace(".", "").upper())


def _parts(found: re.Match[str], context: Context) -> list[str] | None:
    """A duration of several parts, each with its unit: 2h 30min. What has no unit are minutes: 1h30."""
    spoken = []
    for part in found.group().split(" "):
        values = re.findall(r"(\d+)([a-z]*)", part)
        spoken.append(" ".join(context.language.counted(value, _PARTS[unit or "m"]) for value, unit in values))
    return spoken


def _marked(found: re.Match[str], context: Context) -> str:
    """5'10" is feet and inches, 12'45" minutes and seconds."""
    language, one, other = context.language, found["one"], found["other"]
    if int(one) <= MAX_FEET and int(other) <= MAX_INCHES:
        return f"{language.counted(one, Noun('feet', one='foot'))} {language.cardinal(str(int(other)))}"
    return " ".join(language.counted(str(int(value)), _PARTS[unit]) for value, unit in ((one, "m"), (other, "s")))


def _degrees(found: re.Match[str], context: Context) -> str | None:
    if not found["minute"] and not found["side"]:
        return None
    words = []
    for name, noun in (("one", Noun("degrees", one="degree")), ("minute", _PARTS["m"]), ("second", _PARTS["s"])):
        if found[name]:
            words.append(context.language.counted(found[name].lstrip("0") or "0", noun))
    side = {"N": "north", "S": "south", "E": "east", "W": "west"}.get(found["side"] or "", "")
    return " ".join([*words, side])


def _length(found: re.Match[str], context: Context) -> str | None:
    """Feet or inches, unless the mark closes a quotation."""
    mark = found["mark"]
    before = context.text[max(0, context.start - 200) : context.start].rpartition("\n")[2]
    opened = len(re.findall(rf"(?<!\w){mark}(?=\S)", before))
    if opened > len(re.findall(rf"(?<=[^\W\d]){mark}(?!\w)|(?<=[.,!?]){mark}", before)):
        return None
    noun = Noun("feet", one="foot") if mark == "'" else Noun("inches", one="inch")
    value = context.language.value(found["value"])
    return f"{value} {noun.form('one' if found['value'] == '1' or before_noun(context) else 'other')}"


def _inch(_found: re.Match[str], context: Context) -> str | None:
    """The mark behind a fraction that another rule takes: 3/4"."""
    return "inch" if re.search(r"\d/\d{1,3}$", context.text[max(0, context.start - 8) : context.start]) else None


def _feet_and_inches(found: re.Match[str], context: Context) -> str:
    feet = context.language.counted(found["one"], Noun("feet", one="foot"))
    return f"{feet} {context.language.counted(found['other'], Noun('inches', one='inch'))}"


def _military(found: re.Match[str], context: Context) -> str:
    minute = "hundred" if found["minute"] == "00" else two_digits(found["minute"], context.language)
    return f"{two_digits(found['hour'], context.language)} {minute}"


def _minutes(found: re.Match[str], context: Context) -> str:
    if found["minutes"] == found["seconds"] == "50":
        return " ".join([context.language.cardinal("50")] * 2)
    return duration("", found["minutes"], found["seconds"], context.language)


RULES = (
    Rule(r"(?P<minutes>2[5-9]|[3-9]\d|1\d\d):(?P<seconds>[0-5]\d)", _minutes),
    Rule(r"(?P<one>\d) ?ft\.? ?(?P<other>\d{1,2})(?: ?in(?!\w))?", _feet_and_inches),
    Rule(r"(?P<hour>0\d)(?P<minute>[0-5]\d)(?= (?:hours|hrs)(?!\w))", _military),
    Rule(rf"(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?(?:(?P<blank> ?){_HALF})"
         r"(?![\w])", _clock, start=AMOUNT_START),
    Rule(r"(?P<hour>\d{1,2})\.(?P<minute>[0-5]\d)(?P<second>)(?:(?P<blank> ?)(?P<half>[ap]m|[AP]M|[ap]\.m|[AP]\.M))"
         r"(?![\w])", _clock, start=AMOUNT_START),
    Rule(r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?P<blank>)(?P<half>)(?![.:]\d)", _clock,
         start=AMOUNT_START, end=AMOUNT_END),
    Rule(rf"(?i:{_ZONES}|[ecmp]\.[sd]\.t)", _zone, amount=False,
         start=r"(?:(?<=[AaPp][Mm] )|(?<=[AaPp]\.[Mm]\. )|(?<=\x01 )|(?<=[\x01\x02]\. ))"),
    Rule(r"\d{1,3}(?:d|days?)(?: ?\d{1,2}(?:h|hrs?))(?: ?\d{1,2}(?:m|mins?))?(?: ?\d{1,2}(?:s|secs?))?", _parts),
    Rule(r"\d{1,3}(?:h|hrs?) ?\d{1,2}(?:m|mins?)(?: ?\d{1,2}(?:s|secs?))?|\d{1,3}h[0-5]\d|"
         r"\d{1,3}(?:h|hrs?) ?\d{1,2}(?:s|secs?)", _parts),
    Rule(r"\d{1,3}(?:m|mins?) ?\d{1,2}(?:s|secs?)", _parts),
    Rule(r"""(?P<one>\d{1,3})°(?: ?(?P<minute>\d{1,2})'(?: ?(?P<second>\d{1,2}(?:\.\d{1,9})?)(?:"|''))?)? ?"""
         r"(?P<side>[NSEW])?", _degrees),
    Rule(r"""(?P<one>\d{1,3})' ?(?P<other>\d{1,2})(?:"|'')?""", _marked),
    Rule(r"(?P<value>\d{1,5}(?:\.\d{1,3})?)(?P<mark>['\"])(?=[\s.,;:)x×]|$)", _length, end="",
         start=rf"(?<![\w'\"/{OTHER}])"),
    Rule('"', _inch, start=rf"(?<=[\d{AMOUNT}])", end=r"(?!\w)"),
    Rule(" ?[-–—] ?", says("to"), amount=False, start=rf"(?<={AMOUNT}\.)", end=rf"(?=[\d{AMOUNT}])"),
)  # fmt: skip
