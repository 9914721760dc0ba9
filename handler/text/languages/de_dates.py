"""German ordinals and dates: "am 3. Mai", "der 2. Stock", "02.03.2003", "Ludwig XIV.", each with its ending."""

from __future__ import annotations

import re

from handler.text import cldr
from handler.text.characters import word_set
from handler.text.languages import de_words as table
from handler.text.languages.base import Context, Rule
from handler.text.patterns import one_of
from handler.text.roman import ROMAN, ROMAN_OF_NAME, roman_value
from handler.text.rules.roman import say_numbered

_OPENERS = table.SENTENCE_OPENERS.replace(" ", "|")
# A full stop that ends no sentence: that of the last ordinal of a date, for one.
SHORT_STOP = rf"\.(?! ?$|\n| (?:{_OPENERS})\b)"
_STOP = rf"(?:{SHORT_STOP}|(?=\.))"
_EARLIER_ORDINALS = re.compile(r"(?:\d{1,3}\. ?(?:und |oder |bis |sowie |auf |[,/–-] ?)){1,5}$")
_LONGEST_CONTEXT = 60
_BEFORE_LAST = ("am", "vom", "zum", "der", "den", "dem", "als")  # also before an ordinal that ends a sentence


def gender(noun: str) -> str:
    """The gender of a noun, mostly by its ending: "f", "n" or "m"."""
    if noun in table.NEUTER or noun.endswith(("chen", "jahr", "haus", "spiel", "kind", "buch", "um", "stück")):
        return "n"
    if noun in table.FEMININE:
        return "f"
    if noun in table.MASCULINE_E or noun.lower().endswith(table.MASCULINE_ENDINGS):
        return "m"
    return "f" if noun.endswith(table.FEMININE_ENDINGS) else "m"


def _words_before(context: Context) -> tuple[str, str]:
    """The two words before an ordinal and the ordinals in a row with it: "im 3. und 4. Stock" → ("", "im")."""
    text = context.text[max(0, context.start - _LONGEST_CONTEXT) : context.start].rpartition("\n")[2]
    words = _EARLIER_ORDINALS.sub("", text).lower().split()
    last, before = ["", "", *words][-1], ["", "", *words][-2]
    return before.strip("\"'(["), last.strip("\"'(,;[")


def ordinal_ending(context: Context, noun: str) -> str:
    """What follows "dritte" in an ordinal before a noun: "", "n", "r" or "s"."""
    before, last = _words_before(context)
    kind = gender(noun)
    if last in table.ENDING_EN or last in table.BARE_PREPOSITIONS:
        return "n"
    if last == "der" and (before in table.DATIVE_PREPOSITIONS or kind == "f"):
        return "n"
    if last in table.ENDING_E:
        return ""
    return {"m": "r", "n": "s", "f": ""}[kind]


def _is_ordinal(context: Context) -> bool:
    """Whether figures with a full stop are an ordinal, by the words around: not at the end of a sentence."""
    after = context.after
    if context.dot:  # at the end of a sentence
        return context.alone or _words_before(context)[1] in _BEFORE_LAST
    if re.match(r" ?[,/–-] ?\d{1,3}\. ", context.text[context.end :]) or context.text.startswith(
        (" und ", " oder ", " bis "), context.end
    ):
        return True
    if context.text[context.end : context.end + 1] != " " or not after[:1].isalpha():
        return False
    if after[0].islower() or after in table.ORDINAL_NOUNS or after.lower() in cldr.months("de"):
        return True
    if after in table.SENTENCE_OPENERS.split():
        return False
    _, last = _words_before(context)
    return last in table.ENDING_EN or last in table.ENDING_E or last in table.ENDING_OF_NOUN


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    number = found["number"].replace(".", "")
    if not _is_ordinal(context):
        return None
    return f"{context.language.ordinal(number)}{ordinal_ending(context, _noun_after(context))}"


def _noun_after(context: Context) -> str:
    """The first noun after, past the ordinals in a row and adjectives; a month's name if there is none."""
    following = re.split(r"[,;:!?\n]|(?<=\D)\.", context.text[context.end : context.end + _LONGEST_CONTEXT])[0]
    found = re.search(r"(?<![^ ])[A-ZÄÖÜ][^\W\d_]+", following)
    return found.group() if found else "Mai"


def _say_date(context: Context, day: str, month: str, year: str) -> str | None:
    if not (1 <= int(day or 1) <= 31 and 1 <= int(month) <= 12):
        return None
    language = context.language
    words = [f"{language.ordinal(str(int(day)))}{ordinal_ending(context, 'Mai')}"] if day else []
    words.append(cldr.month_names("de")[int(month) - 1])
    return " ".join([*words, language.year(year)] if year else words)


def _numeric(found: re.Match[str], context: Context) -> str | None:
    groups = found.groupdict()
    if not groups.get("year") and context.before.lower() in table.NUMBERED:
        return None
    return _say_date(context, groups.get("day") or "", found["month"], groups.get("year") or "")


def _named(found: re.Match[str], context: Context) -> list[str] | None:
    if not 1 <= int(found["day"]) <= 31:
        return None
    language = context.language
    month = cldr.month_names("de")[cldr.months("de")[found["month"].lower()] - 1]
    words = [f"{language.ordinal(str(int(found['day'])))}{ordinal_ending(context, 'Mai')}", month]
    return [*words, language.year(found["year"])] if found["year"] else words


def _regnal(found: re.Match[str], context: Context) -> list[str] | None:
    """Ludwig XIV. → Ludwig der Vierzehnte; Ludwigs XIV. → Ludwigs des Vierzehnten."""
    name, value = found["name"], roman_value(found["roman"])
    if not value or value > 40 or name in ("Kapitel", "Teil", "Band", "Akt", "Typ", "Klasse", "Abschnitt"):
        return None
    ordinal = context.language.ordinal(str(value))
    genitive = name.endswith("s") and context.after[:1].islower() is False and name[:-1] in _NAMES
    return [name, f"des {ordinal}n" if genitive else f"der {ordinal}"]


_NAMES = word_set(
    "Ludwig Wilhelm Friedrich Heinrich Karl Otto Leopold Josef Joseph Rudolf Ferdinand Maximilian Franz Georg Johann "
    "Albrecht Ernst Christian Gustav Paul Benedikt Philipp Alexander Nikolaus Peter Elisabeth Katharina Johannes Pius "
    "Edward Eduard Jakob Napoleon Konrad Leo Gregor Innozenz Sixtus Charles Henry Louis George Richard Ramses Harald "
    "Carl Margrethe Juan Umberto Vittorio Clemens Urban Alfons Iwan Mehmed Murad Selim"
)


def _roman_ordinal(found: re.Match[str], context: Context) -> str | None:
    value = roman_value(found["roman"])
    if not value or (context.after not in table.ORDINAL_NOUNS and not context.after.startswith("Vatikanisch")):
        return None
    return f"{context.language.ordinal(str(value))}{ordinal_ending(context, context.after)}"


def _named_date() -> str:
    month = f"(?i:{one_of(cldr.months('de'))})"
    return rf"{_DAY}\. ?(?P<month>{month})(?!\w)(?:{SHORT_STOP})?(?: (?P<year>\d{{4}}))?"


_COUNTED_IN_ROMAN = "Kapitel|Teil|Band|Akt|Typ|Klasse|Abschnitt|Artikel|Buch|Szene|Stufe|Phase|Gruppe|Liga"
_DAY, _MONTH_NUMBER = r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})"
_REGNAL_NAMES = "|".join(sorted(_NAMES))
RULES: tuple[Rule, ...] = (
    Rule(rf"(?P<year>\d{{4}})-{_MONTH_NUMBER}-{_DAY}", _numeric),
    Rule(r"(?P<year>[12]\d{3})-(?P<month>0\d|1[0-2])", _numeric),
    Rule(rf"{_DAY}\. ?{_MONTH_NUMBER}\. ?(?P<year>\d{{4}}|\d\d(?!\d))", _numeric),
    Rule(rf"{_DAY}([/-]){_MONTH_NUMBER}\2(?P<year>\d{{4}})", _numeric),
    Rule(rf"{_DAY}\. ?{_MONTH_NUMBER}{_STOP}", _numeric),
    Rule(r"(?P<day>0[1-9]|[12]\d|3[01])\.(?P<month>0[1-9])", _numeric),
    Rule(_named_date, _named),
    Rule(rf"(?P<number>\d{{1,9}}|\d{{1,3}}(?:\.\d{{3}}){{1,3}}){_STOP}", _ordinal),
    Rule(rf"(?P<name>(?:{_REGNAL_NAMES})s?) {ROMAN_OF_NAME}(?!\w){_STOP}?", _regnal),
    Rule(rf"(?P<word>{_COUNTED_IN_ROMAN}) (?P<roman>{ROMAN})", say_numbered),
    Rule(rf"(?P<roman>{ROMAN})\.(?= )", _roman_ordinal),
)  # fmt: skip
