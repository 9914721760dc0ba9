"""German."""

from __future__ import annotations

import re

from handler.text import numbers
from handler.text.cldr import Noun
from handler.text.languages import de_dates
from handler.text.languages import de_words as table
from handler.text.languages.base import Context, Language, Rule, says
from handler.text.languages.capitals import Capitals
from handler.text.numbers import NumberStyle
from handler.text.patterns import LETTER
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.dates import say_year_range


class _German(Language):
    def cardinal(self, number: str, gender: str = "") -> str:
        words = super().cardinal(number)
        if gender and number != "0" and words.endswith("eins"):
            return f"{words.removesuffix('s')}{'e' if gender == 'f' else ''}"
        return words

    def counted(self, value: str, noun: Noun) -> str:
        singular = re.split("[ -]", noun.form("one"))[0]
        return super().counted(value, Noun(noun.other, one=noun.one, gender=noun.gender or de_dates.gender(singular)))

    def percentage(self, value: str) -> str:
        return self.counted(value, Noun("Prozent", gender="n"))

    def fraction(self, top: str, bottom: str) -> str:
        if bottom in ("1", "") or len(bottom) > 4:
            return super().fraction(top, bottom)
        if bottom == "2":
            return "ein halb" if top == "1" else f"{self.cardinal(top)} Halbe"
        return f"{self.cardinal(top, 'n')} {self.ordinal(bottom)}l"

    def mixed(self, whole: str, top: str, bottom: str) -> str:
        if whole and (top, bottom) == ("1", "2"):
            return f"{self.cardinal(whole, 'n')}einhalb"
        return super().mixed(whole, top, bottom)

    def telephone_group(self, group: str, country: bool) -> str:
        return self.cardinal(group) if country and len(group) < 4 else self.digits(group)

    def year(self, number: str) -> str:
        if len(number) == 4 and "1100" <= number < "2000":
            rest = number[2:].lstrip("0")
            return f"{self.cardinal(number[:2])}hundert{self.cardinal(rest) if rest else ''}"
        return self.cardinal(number)

    def day(self, day: str) -> str:
        return f"{self.ordinal(day)}r"

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.cardinal(str(int(hour)), "n"), "Uhr"]
        if second.strip("0"):
            words.append(self.duration("0", minute, second))
        elif minute.strip("0"):
            words.append(self.cardinal(str(int(minute))))
        return " ".join(words)


def _before_word(found: re.Match[str], context: Context) -> str:
    """A number and what is written together with it or after a hyphen: 10-jährig, 3-mal, 90er."""
    word = found["word"]
    words = context.language.cardinal(found["number"], "n")
    return f"{words}{word}" if word[:1].islower() else f"{words} {word}"


def _times(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found['number'], 'n')}mal"


def _percent_adjective(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found['number'], 'n')}prozent{found['ending']}"


def _decade(found: re.Match[str], context: Context) -> str:
    number, rest = found["number"], found["rest"].lstrip("-")
    words = context.language.year(number)
    return f"{words}er {rest}"


def _suffixed_ordinal(found: re.Match[str], context: Context) -> str:
    return f"{context.language.ordinal(found['number'])}{found['ending'].removeprefix('s').removeprefix('te')}"


def _whole_price(found: re.Match[str], context: Context) -> str | None:
    """5,- € and 5,– without cents."""
    value = numbers.value(found["number"], context.language.numbers)
    return context.language.money(value, "CHF" if found["code"] in ("CHF", "Fr.") else "EUR") if value else None


def _thousands(found: re.Match[str], context: Context) -> str | None:
    """5 T€ and 5 k€: thousands of euros."""
    language = context.language
    value = numbers.value(found["number"], language.numbers)
    return f"{language.value(value)} tausend {language.currency('EUR').other}" if value else None


def _one(found: re.Match[str], context: Context) -> str | None:
    """The number one before a noun: 1 Apfel, 1 Frage."""
    facts = context.language
    if context.after in {*facts.scales, *facts.units, *facts.currency_words}:
        return None
    last = context.text[max(0, context.start - 30) : context.start].rpartition("\n")[2].split(" ")[-2:-1]
    if last and (last[0][:1].isupper() or last[0][-1:].isdigit()) and last[0][-1].isalnum():
        return None
    return "ein" if context.after == "Uhr" else context.language.cardinal("1", de_dates.gender(context.after))


def _bare_year(found: re.Match[str], context: Context) -> str | None:
    """Years are told by what is around: not alone, and not before a noun."""
    before, after = context.before, context.after
    if after[:1].isupper() and context.text.startswith(" ", context.end):
        return None
    known = before.islower() or before.lower() in table.BEFORE_YEAR or (not before and after[:1].islower())
    return context.language.year(found.group()) if context.bracketed or known else None


def _weekdays(found: re.Match[str], _context: Context) -> str:
    one, other = table.WEEKDAYS[found["one"]], found["other"]
    return f"{one} {'bis' if found['sign'] in '-–' else 'und'} {table.WEEKDAYS[other]}" if other else one


def _street(found: re.Match[str], _context: Context) -> str:
    return f"{found['name']}aße"


_TIME_OR_DATE = r"\d{1,2}(?:\. ?\d{1,2}\.|\. [A-Z]|[:.–-]?\d{0,2} ?Uhr|:\d)"
_DAY_NAMES = "|".join(table.WEEKDAYS)
_CENTURIES = r"1[1-9]\d\d"
RULES: tuple[Rule, ...] = (
    Rule(rf"(?P<one>{_DAY_NAMES})\.? ?(?P<sign>[-–+&]) ?(?P<other>{_DAY_NAMES})(?:\.(?=[ ,:]))?", _weekdays,
         amount=False),
    Rule(rf"(?P<one>{_DAY_NAMES})\.?(?P<other>)(?=,? (?:de[nm] )?{_TIME_OR_DATE})", _weekdays, amount=False),
    *de_dates.RULES,
    Rule(rf"(?P<name>{LETTER}{{0,30}}[Ss]tr)\.", _street, amount=False),
    Rule(r"Fr\.(?= [A-ZÄÖÜ])", says("Frau"), amount=False),
    *abbreviation_rules(table.ABBREVIATIONS, ending=table.MAY_END, before_number=table.BEFORE_NUMBER,
                        short_stop=de_dates.SHORT_STOP),
    Rule(r"(?:(?P<code>CHF|€|Fr\.) ?)?(?P<number>\d{1,3}(?:[.' ]\d{3})+|\d{1,6})[,.](?:--|-|–|—)(?: ?(?:€|Euro|EUR))?",
         _whole_price, end=r"(?!\w)"),
    Rule(r"(?P<number>\d{1,3}(?:\.\d{3})+|\d{1,6}(?:,\d{1,3})?) ?[Tk]€", _thousands),
    Rule(r"(?P<number>\d{1,9})-?(?P<ending>s?te[mnrs]?)", _suffixed_ordinal),
    Rule(rf"(?P<number>\d{{1,4}})er(?P<rest>-?{LETTER}{{0,30}})", _decade),
    Rule(r"(?P<number>\d{1,9})-(?P<word>[a-zäöü][a-zäöüß]{2,30})", _before_word),
    Rule(r"(?P<number>\d{1,9})(?P<word>mal|fach|fache[nrs]?|jährig(?:e[nrms]?)?)", _before_word),
    Rule(r"(?P<number>\d{1,9}) ?[x×](?= [A-Za-zäöü]|[,;.!?)]|$)", _times),
    Rule(r" ?ff\.(?! ?$)| ?ff(?=[.,;)])", lambda _found, _context: "folgende", amount=False, start=r"(?<=\d)"),
    Rule(r"(?P<number>\d{1,3}) ?%(?P<ending>ige?[nmrs]?)", _percent_adjective),
    Rule(rf"({_CENTURIES})[-–/]({_CENTURIES}|20\d\d)", say_year_range),
    Rule(rf"{_CENTURIES}", _bare_year),
    Rule(r"1(?= [A-ZÄÖÜ][a-zäöüß]+)", _one),
)  # fmt: skip

_MILLION = Noun("Millionen", one="Million", gender="f")
_BILLION = Noun("Milliarden", one="Milliarde", gender="f")
_TRILLION = Noun("Billionen", one="Billion", gender="f")
_CENT = Noun("Cent", gender="m")
_HOUR, _MINUTE = Noun("Stunden", one="Stunde", gender="f"), Noun("Minuten", one="Minute", gender="f")
_SECOND = Noun("Sekunden", one="Sekunde", gender="f")
_KILOBYTE = {
    "Mbit/s": Noun("Megabit pro Sekunde"),
    "Gbit/s": Noun("Gigabit pro Sekunde"),
    "kbit/s": Noun("Kilobit pro Sekunde"),
}
GERMAN = _German(
    NumberStyle("de", decimal_comma=True, point="Komma", minus="minus"),
    currencies={
        "USD": Noun("Dollar", gender="m"),
        "EUR": Noun("Euro", gender="m"),
        "GBP": Noun("Pfund", gender="n"),
        "JPY": Noun("Yen", gender="m"),
        "CHF": Noun("Franken", gender="m"),
        "CNY": Noun("Yuan", gender="m"),
        "SEK": Noun("schwedische Kronen", one="schwedische Krone", gender="f"),
        "CZK": Noun("tschechische Kronen", one="tschechische Krone", gender="f"),
        "PLN": Noun("Złoty", gender="m"),
        "HUF": Noun("Forint", gender="m"),
        "TRY": Noun("türkische Lira", gender="f"),
        "RUB": Noun("Rubel", gender="m"),
        "INR": Noun("Rupien", one="Rupie", gender="f"),
        "BRL": Noun("Real", gender="m"),
    },
    currency_signs={"sFr.": "CHF", "Fr.": "CHF", "kr": "SEK"},
    currency_words={"Euro": "EUR", "Dollar": "USD", "Franken": "CHF", "US-Dollar": "USD", "Yen": "JPY"},
    cents={
        "USD": _CENT,
        "EUR": _CENT,
        "GBP": Noun("Pence", one="Penny", gender="m"),
        "CHF": Noun("Rappen", gender="m"),
        "AUD": _CENT,
        "CAD": _CENT,
        "SEK": Noun("Öre", gender="n"),
        "PLN": Noun("Groschen", gender="m"),
    },
    money_joint="und",
    scales={
        "Mio": _MILLION,
        "Mrd": _BILLION,
        "Bio": _TRILLION,
        "Million": _MILLION,
        "Millionen": _MILLION,
        "Milliarde": _BILLION,
        "Milliarden": _BILLION,
        "Billion": _TRILLION,
        "Billionen": _TRILLION,
        "Tsd": Noun("tausend"),
    },
    percent="Prozent",
    capital_nouns=True,
    units={
        **dict.fromkeys(("Std.", "Std", "Stdn."), _HOUR),
        **dict.fromkeys(("Min.", "Min", "min."), _MINUTE),
        **dict.fromkeys(("Sek.", "Sek", "sek."), _SECOND),
        **dict.fromkeys(("ct", "Ct", "ct.", "Ct."), _CENT),
        "Pkt.": Noun("Punkte", one="Punkt", gender="m"),
        "Stk.": Noun("Stück", gender="n"),
        "dB": Noun("Dezibel", gender="n"),
        "‰": Noun("Promille", gender="n"),
        "%": Noun("Prozent", gender="n"),
        **_KILOBYTE,
    },
    per="pro",
    day_mark=r"\.",
    clock_word="Uhr",
    range_word="bis",
    short_stop=de_dates.SHORT_STOP,
    over="durch",
    mixed_joint="und",
    signs={
        "+": "plus", "−": "minus", "=": "gleich", "≠": "ungleich", "×": "mal", "*": "mal", "÷": "geteilt durch",
        "/": "durch", ":": "zu", "&": "und", "@": "at", ".": "Punkt", ",": "Komma", "-": "Bindestrich",
        "±": "plus minus",
        "≈": "ungefähr", "~": "ungefähr", "<": "kleiner als", ">": "größer als", "√": "Wurzel aus", "∞": "unendlich",
        "#": "Raute", "^": "hoch", "°": "Grad", "§": "Paragraf", "→": "Pfeil", "\\": "Backslash", "†": "gestorben",
        "_": "Unterstrich", "∑": "Summe", "?": "Fragezeichen", "!": "Ausrufezeichen", "²": "Quadrat",
    },
    address_signs={
        "/": "Slash", "*": "Sternchen", ":": "Doppelpunkt", "=": "Gleichheitszeichen", "~": "Tilde", "^": "Zirkumflex",
        "+": "Plus",
    },
    conjunctions="und oder aber weil dass denn sondern",
    joining_words="und aber oder denn sondern weil obwohl während wenn falls bis als dass ob wo der die das welche "
    "wie",
    leading_words="an auf aus bei bis durch für gegen hinter in im ins mit nach neben ohne seit über um unter von vom "
    "vor zu zum zur zwischen am beim",
    bound_words="ein eine einen einem einer eines den dem des mein meine dein deine sein seine ihr ihre unser unsere "
    "kein keine nicht sehr sie es ist sind war waren hat haben wird werden kann",
    before_names="doktor professor herr frau sankt",
    subject_words="ich du er wir",
    proof_sentences=(
        "Am frühen Morgen scheint die Sonne auf die alte Brücke, und am Ufer sitzen schon die ersten Angler.",
        "Weißt du eigentlich, warum der Himmel an manchen Tagen so blau ist?",
        "Vielen Dank fürs Zuhören; der nächste Zug in die Stadt fährt in fünfzehn Minuten.",
    ),
    rules=RULES,
    verbalize_word=Capitals(table.INITIALS, table.WORDS_OF_CAPITALS, vowels="AEIOUYÄÖÜ"),
)  # fmt: skip
