"""Swedish."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.counting import Counting
from handler.text.languages.base import Context, Language, Rule, time_parts
from handler.text.languages.capitals import Capitals
from handler.text.languages.nordic import Nordic
from handler.text.numbers import NumberStyle
from handler.text.patterns import SHORT_STOP
from handler.text.roman import ROMAN, ROMAN_OF_NAME
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.dates import say_year_after, say_year_range
from handler.text.rules.ordinals import say_ordinal
from handler.text.rules.roman import say_numbered, say_regnal

_COUNTING = Counting(
    ones="noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton",
    tens="tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
    hundred="hundra",
    thousand="tusen",
    scales=(("miljon", "miljoner"), ("miljard", "miljarder"), ("biljon", "biljoner"), ("biljard", "biljarder")),
    one_of_scale="en",
    ordinals="nollte första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte tolfte trettonde "
    "fjortonde femtonde sextonde sjuttonde artonde nittonde",
    ordinal_tens="tjugonde trettionde fyrtionde femtionde sextionde sjuttionde åttionde nittionde",
    ordinal_ending="de",
)
_HALF = "en halv"


class _Swedish(Nordic):
    neuter = word_set(
        "kilogram gram milligram mikrogram hektogram ton pund brittiskt år öre hekto kilo ord barn hus uns"
    )
    whole_fraction = 3

    def counting_of(self) -> Counting:
        return _COUNTING

    def cardinal(self, number: str, gender: str = "") -> str:
        words = Language.cardinal(self, number)
        return f"{words.removesuffix('ett')}en" if gender == "u" and words.endswith("ett") else words

    def value(self, value: str, gender: str = "") -> str:
        whole, _, fraction = value.partition(".")
        if fraction and whole == "1" and gender == "u":
            return self.decimal("1", fraction).replace("ett", "en", 1)
        return super().value(value, gender)

    def fraction(self, top: str, bottom: str) -> str:
        if bottom in ("0", "1") or len(bottom) > 4:
            return Language.fraction(self, top, bottom)
        if bottom == "2":
            return _HALF if top == "1" else f"{self.cardinal(top)} halva"
        ordinal = self.ordinal(bottom)
        short = ordinal.endswith(("onde", "ade", "sende")) or bottom == "8"
        part = f"{ordinal.removesuffix('de') if short else ordinal}del"
        return f"en {part}" if top == "1" else f"{self.cardinal(top)} {part}ar"

    def telephone_group(self, group: str, country: bool) -> str:
        if len(group) == 4 and not group.startswith("0"):
            return f"{self.cardinal(group[:2])} {self.cardinal(group[2:])}"
        return self.cardinal(group) if len(group) <= 3 else self.digits(group)

    def year(self, number: str) -> str:
        if len(number) != 4 or not "1100" <= number < "2100":
            return self.cardinal(number)
        century, rest = self.cardinal(number[:2]), number[2:]
        if rest[0] == "0" or number < "2000":
            return f"{century}hundra{self.cardinal(rest.lstrip('0')) if rest != '00' else ''}"
        return f"{century}{self.cardinal(rest)}"

    def time(self, hour: str, minute: str, second: str) -> str:
        first, *rest = time_parts(hour, minute, second)
        words = (self.cardinal(part) if part != "00" else "noll noll" for part in rest)
        return " ".join([self.cardinal(str(int(first))), *words])


def _lone_ordinal(found: re.Match[str], context: Context) -> str | None:
    """Figures with a full stop, and nothing else in the script."""
    return context.language.ordinal(found["number"]) if context.alone else None


def _of_law(found: re.Match[str], context: Context) -> str:
    noun = "kapitlet" if found["noun"].startswith("kap") else "paragrafen"
    return f"{context.language.ordinal(found['number'])} {noun}"


def _decade(found: re.Match[str], context: Context) -> str:
    number, rest = found["number"], found["rest"]
    if len(number) == 4 and number[2:] != "00":
        return f"{context.language.cardinal(number[:2])}{context.language.cardinal(number[2:])}{rest}"
    return f"{context.language.year(number)}{rest}"


def _half_of_day(found: re.Match[str], context: Context) -> str | None:
    hour, minute = found["hour"], found["minute"] or ""
    if int(hour) > 12:
        return None
    return f"{context.language.time(hour, minute, '')} {'för' if found['half'] == 'f' else 'efter'}middag"


def _suffixed(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found['number'])}{found['rest']}"


_ABBREVIATIONS = {
    "t. ex.": "till exempel", "bl. a.": "bland annat", "d. v. s.": "det vill säga", "dvs.": "det vill säga",
    "dvs": "det vill säga", "o. s. v.": "och så vidare", "osv.": "och så vidare", "osv": "och så vidare",
    "m. m.": "med mera", "m. fl.": "med flera", "s. k.": "så kallade", "fr. o. m.": "från och med",
    "t. o. m.": "till och med", "f. d.": "före detta", "p. g. a.": "på grund av", "pga": "på grund av",
    "ca": "cirka", "ca.": "cirka", "kl.": "klockan", "kl": "klockan", "ung.": "ungefär", "etc.": "et cetera",
    "jfr": "jämför", "resp.": "respektive", "inkl.": "inklusive", "exkl.": "exklusive", "f. Kr.": "före Kristus",
    "e. Kr.": "efter Kristus", "f Kr": "före Kristus", "e Kr": "efter Kristus", "e. m.": "eftermiddag",
    "f. m.": "förmiddag", "dr": "doktor", "dr.": "doktor", "prof.": "professor", "tel.": "telefon", "tfn": "telefon",
    "ankn.": "anknytning", "m. a. o.": "med andra ord", "avd.": "avdelning", "forts.": "fortsättning",
    "obs.": "observera", "o. d.": "och dylikt", "s. a. s.": "så att säga", "f. n.": "för närvarande",
    "i st. f.": "i stället för", "leg.": "legitimerad", "max.": "maximalt", "nr.": "nummer",
    "nr": "nummer",
}  # fmt: skip
_MAY_END = ("o.s.v.", "osv.", "m.m.", "m.fl.", "etc.", "e.m.", "f.m.", "f.Kr.", "e.Kr.", "o.d.")
_BEFORE_NUMBER = {"s": "sidan", "sid": "sidan", "kap": "kapitel", "st": "styck", "mom": "moment", "art": "artikel"}
_BEFORE_YEAR = word_set(
    "år året i sedan från till före efter sommaren vintern hösten våren januari februari mars april maj juni juli "
    "augusti september oktober november december omkring och anno"
)
_HUNDREDS = r"1[1-9]\d\d"
_KINGS = "Karl|Gustav|Oscar|Oskar|Erik|Johan|Carl|Henrik|Ludvig|Elisabet|Kristian|Fredrik|Paulus|Vilhelm|Katarina|Adolf"
RULES: tuple[Rule, ...] = (
    Rule(rf"(?P<name>{_KINGS}) {ROMAN_OF_NAME}", say_regnal("den")),
    Rule(rf"(?P<name>(?i:kapitel|del|akt|band|scen|klass|fas|bok)) (?P<roman>{ROMAN})", say_numbered),
    Rule(r"(?P<hour>\d{1,2})(?:[.:](?P<minute>\d\d))? ?(?P<half>[ef])\.? ?m\.?", _half_of_day),
    Rule(rf"(?P<number>\d{{1,4}}) ?(?P<noun>§|kap(?:{SHORT_STOP})?)", _of_law),
    *abbreviation_rules(_ABBREVIATIONS, ending=_MAY_END, before_number=_BEFORE_NUMBER),
    Rule(r"(?P<number>\d{1,12}):(?:[ae]|te|de)", say_ordinal),
    Rule(r"(?P<number>\d{1,12})(?=\.)", _lone_ordinal),
    Rule(r"(?P<number>\d{2,4})-?(?P<rest>tal(?:et|ets|s[a-zåäö]{0,20})?)", _decade),
    Rule(r"(?P<number>\d{1,9})-?(?P<rest>åring(?:en|ar|arna|s)?|årig[at]?|dubbel|faldig[at]?|siffrig[at]?|procentig[at]?)",
         _suffixed),
    Rule(rf"({_HUNDREDS})[-–/]({_HUNDREDS}|20\d\d)", say_year_range),
    Rule(rf"{_HUNDREDS}|20[1-9]\d", say_year_after(_BEFORE_YEAR)),
)  # fmt: skip

_MILLION, _MILLIARD = Noun("miljoner", one="miljon", gender="u"), Noun("miljarder", one="miljard", gender="u")
_BILLION = Noun("biljoner", one="biljon", gender="u")
_CENT, _ORE = Noun("cent", gender="u"), Noun("öre", gender="n")
_HOUR, _MINUTE = Noun("timmar", one="timme"), Noun("minuter", one="minut")
SWEDISH = _Swedish(
    NumberStyle("sv", decimal_comma=True, point="komma", minus="minus", cardinal=_COUNTING.cardinal),
    currencies={
        "SEK": Noun("kronor", one="krona"),
        "USD": Noun("dollar"),
        "EUR": Noun("euro"),
        "GBP": Noun("pund", gender="n"),
        "JPY": Noun("yen"),
        "CNY": Noun("yuan"),
        "CHF": Noun("franc"),
        "NOK": Noun("norska kronor", one="norsk krona"),
        "DKK": Noun("danska kronor", one="dansk krona"),
        "PLN": Noun("zloty"),
        "INR": Noun("rupier", one="rupie"),
        "RUB": Noun("rubel"),
        "TRY": Noun("lira"),
        "HUF": Noun("forint"),
    },
    currency_signs={"kr": "SEK", "kr.": "SEK"},
    currency_words={"krona": "SEK", "kronor": "SEK", "euro": "EUR", "dollar": "USD", "yuan": "CNY", "yen": "JPY",
                    ":-": "SEK"},
    money_tenths=True,
    cents={"SEK": _ORE, "NOK": _ORE, "DKK": _ORE, "USD": _CENT, "EUR": _CENT, "AUD": _CENT, "CAD": _CENT,
           "GBP": Noun("pence", one="penny", gender="u")},
    scales={
        **dict.fromkeys(("miljon", "miljoner", "mn", "milj.", "mil", "Mkr"), _MILLION),
        **dict.fromkeys(("miljard", "miljarder", "md", "mdr"), _MILLIARD),
        **dict.fromkeys(("biljon", "biljoner", "bn"), _BILLION),
    },
    percent="procent",
    units={
        **dict.fromkeys(("tim", "tim."), _HOUR),
        **dict.fromkeys(("min", "min."), _MINUTE),
        **dict.fromkeys(("sek", "sek."), Noun("sekunder", one="sekund")),
        "mil": Noun("mil"),
        "hg": Noun("hekto", gender="n"),
        "tkr": Noun("tusen kronor"),
        "Mkr": Noun("miljoner kronor", one="miljon kronor"),
        "mkr": Noun("miljoner kronor", one="miljon kronor"),
        "st": Noun("stycken", one="styck"),
        "st.": Noun("stycken", one="styck"),
        "dB": Noun("decibel"),
        "‰": Noun("promille"),
        "Mbit/s": Noun("megabit per sekund"),
        "Gbit/s": Noun("gigabit per sekund"),
    },
    per="per",
    day_mark=r"\.|:[ae]",
    clock_before="klockan kl",
    range_word="till",
    over="genom",
    mixed_joint="och",
    signs={
        "+": "plus", "−": "minus", "=": "är", "≠": "är inte lika med", "×": "gånger", "*": "gånger", "÷": "delat med",
        "/": "delat med", ":": "till", "&": "och", "@": "snabel-a", ".": "punkt", ",": "komma", "-": "bindestreck",
        "±": "plus minus", "≈": "ungefär", "~": "ungefär", "<": "mindre än", ">": "större än", "√": "roten ur",
        "≤": "mindre än eller lika med", "≥": "större än eller lika med", "∞": "oändligheten", "#": "nummer",
        "^": "upphöjt till", "°": "grader", "§": "paragraf", "→": "pil", "\\": "omvänt snedstreck", "?": "frågetecken",
        "!": "utropstecken", "_": "understreck",
    },
    address_signs={"/": "snedstreck", "*": "asterisk", ":": "kolon", "=": "likhetstecken", "~": "tilde",
                   "#": "hashtag",
                   "^": "cirkumflex"},
    greek="alfa beta gamma delta epsilon zeta eta theta jota kappa lambda my ny xi omikron pi rho sigma tau ypsilon fi "
    "chi psi omega",
    conjunctions="och eller men",
    joining_words="och eller men för att som när om medan eftersom därför så",
    leading_words="på i av till från med för om under över vid hos mellan utan genom efter före mot kring",
    bound_words="en ett den det de min din sin vår er mitt ditt sitt mycket inte är var har hade ska kan",
    subject_words="jag du han hon vi ni",
    rules=RULES,
    verbalize_word=Capitals("USA EU IP SVT TV ISBN", "DU JAG OCH EN ETT DET ÄR HAN HON VI NI SÅ NU JA NEJ PÅ AV OM",
                            vowels="AEIOUYÅÄÖ"),
)  # fmt: skip
