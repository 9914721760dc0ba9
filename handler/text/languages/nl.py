"""Dutch."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.languages.capitals import Capitals
from handler.text.numbers import NumberStyle
from handler.text.roman import ROMAN, ROMAN_OF_NAME
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.dates import say_year_after, say_year_range
from handler.text.rules.ordinals import say_ordinal
from handler.text.rules.roman import say_numbered, say_regnal


class _Dutch(Language):
    def cardinal(self, number: str, gender: str = "") -> str:
        words = super().cardinal(number)
        return words if words == "één" else words.replace("éé", "ee")

    def percentage(self, value: str) -> str:
        return self.counted(value, Noun("procent"))

    def fraction(self, top: str, bottom: str) -> str:
        if bottom in ("0", "1") or len(bottom) > 4:
            return super().fraction(top, bottom)
        if bottom == "2":
            return "een half" if top == "1" else f"{self.cardinal(top)} halve"
        part = "kwart" if bottom == "4" else self.ordinal(bottom)
        return f"{'een' if top == '1' else self.cardinal(top)} {part}"

    def mixed(self, whole: str, top: str, bottom: str) -> str:
        if (whole, top, bottom) == ("1", "1", "2"):
            return "anderhalf"
        return super().mixed(whole, top, bottom)

    def telephone_group(self, group: str, country: bool) -> str:
        return self.cardinal(group) if country and len(group) < 4 else self.digits(group)

    def year(self, number: str) -> str:
        if len(number) != 4 or not "1100" <= number < "2000":
            return self.cardinal(number)
        century, rest = self.cardinal(number[:2]), number[2:].lstrip("0")
        if number[2] == "0":
            return f"{century}honderd {self.cardinal(rest)}" if rest else f"{century}honderd"
        return f"{century} {self.cardinal(rest)}"

    def day(self, day: str) -> str:
        return self.cardinal(str(int(day)))

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.cardinal(str(int(hour))), "uur"]
        if second.strip("0"):
            words.append(self.duration("0", minute, second))
        elif minute.strip("0"):
            words.append(self.cardinal(str(int(minute))))
        return " ".join(words)


def _decade(found: re.Match[str], context: Context) -> str:
    return f"jaren {context.language.cardinal(found['number'])}"


def _whole_price(found: re.Match[str], context: Context) -> str:
    """€ 5,- and 5,-: without cents."""
    return context.language.money(re.sub(r"\D", "", found["number"]), "EUR")


def _clock(found: re.Match[str], context: Context) -> str:
    """15u30, as in Belgium."""
    return context.language.time(found["hour"], found["minute"], "")


def _word(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found['number'])}{found['word']}"


_ABBREVIATIONS = {
    "bijv.": "bijvoorbeeld", "bv.": "bijvoorbeeld", "d. w. z.": "dat wil zeggen", "enz.": "enzovoort",
    "etc.": "et cetera", "m. b. t.": "met betrekking tot", "o. a.": "onder andere", "o. m.": "onder meer",
    "t. o. v.": "ten opzichte van", "t/m": "tot en met", "i. p. v.": "in plaats van", "i. v. m.": "in verband met",
    "a. u. b.": "alstublieft", "m. a. w.": "met andere woorden", "n. a. v.": "naar aanleiding van",
    "t. a. v.": "ter attentie van", "z. s. m.": "zo snel mogelijk", "e. d.": "en dergelijke", "e. a.": "en anderen",
    "ca.": "circa", "ca": "circa", "blz.": "bladzijde", "blz": "bladzijde", "nr.": "nummer", "nr": "nummer",
    "tel.": "telefoon",
    "dr.": "doctor", "drs.": "doctorandus", "prof.": "professor", "mr.": "meester", "ir.": "ingenieur",
    "dhr.": "de heer", "mevr.": "mevrouw", "mw.": "mevrouw", "St.": "Sint", "incl.": "inclusief", "excl.": "exclusief",
    "max.": "maximaal", "resp.": "respectievelijk", "vgl.": "vergelijk", "zgn.": "zogenaamde",
    "zg.": "zogenaamde", "jl.": "jongstleden", "a. s.": "aanstaande", "v. Chr.": "voor Christus",
    "n. Chr.": "na Christus", "gem.": "gemiddeld", "afb.": "afbeelding", "hfdst.": "hoofdstuk",
    "s. v. p.": "s'il vous plaît", "ong.": "ongeveer", "pag.": "pagina", "s. v. p": "s'il vous plaît",
}  # fmt: skip
_MAY_END = ("enz.", "etc.", "e.d.", "e.a.", "a.u.b.", "v.Chr.", "n.Chr.", "jl.", "z.s.m.", "o.a.")
_BEFORE_NUMBER = {"art": "artikel", "p": "pagina", "hs": "hoofdstuk", "afl": "aflevering", "lid": "lid"}
_BEFORE_YEAR = word_set(
    "in jaar sinds vanaf tot van voor na rond anno zomer winter herfst lente najaar voorjaar en uit begin eind "
    "januari februari maart april mei juni juli augustus september oktober november december jan feb mrt apr jun jul "
    "aug sep okt nov dec"
)
_HUNDREDS = r"1[1-9]\d\d"
_KINGS = "Willem|Karel|Lodewijk|Filips|Hendrik|Jan|Paulus|Albert|Leopold|Boudewijn|Elizabeth|Frederik|Johannes|Napoleon"
_KINGS += "|Maximiliaan|Pius|Benedictus|Beatrix|Christiaan|Floris|Otto"
RULES: tuple[Rule, ...] = (
    Rule(rf"(?P<name>{_KINGS}) {ROMAN_OF_NAME}", say_regnal("de")),
    Rule(r"(?P<hour>[01]?\d|2[0-4])u(?P<minute>[0-5]\d)", _clock),
    Rule(rf"(?P<word>(?i:hoofdstuk|deel|akte|boek|klasse|fase|groep|artikel|wereldoorlog)) (?P<roman>{ROMAN})",
         say_numbered),
    Rule(r"(?:€ ?)?(?P<number>\d{1,3}(?:\.\d{3})+|\d{1,6}),(?:--|-|–)", _whole_price, end=r"(?!\w)"),
    Rule(r"jaren '?(?P<number>[1-9]0)", _decade),
    *abbreviation_rules(_ABBREVIATIONS, ending=_MAY_END, before_number=_BEFORE_NUMBER),
    Rule(r"(?P<number>\d{1,12})(?:st|d)?e", say_ordinal),
    Rule(r"(?P<number>\d{1,9})-?(?P<word>jarige?n?|voudige?|daags[e]?|urige?|tal(?:len)?|procents)", _word),
    Rule(rf"({_HUNDREDS})[-–/]({_HUNDREDS}|20\d\d)", say_year_range),
    Rule(_HUNDREDS, say_year_after(_BEFORE_YEAR)),
)  # fmt: skip

_CENT = Noun("cent")
_MILLION, _MILLIARD, _BILLION = Noun("miljoen"), Noun("miljard"), Noun("biljoen")
DUTCH = _Dutch(
    NumberStyle("nl", decimal_comma=True, point="komma", minus="min"),
    currencies={
        "EUR": Noun("euro"), "USD": Noun("dollar"), "GBP": Noun("pond"), "JPY": Noun("yen"), "CNY": Noun("yuan"),
        "CHF": Noun("Zwitserse frank"), "INR": Noun("roepie"), "TRY": Noun("Turkse lira"), "PLN": Noun("zloty"),
    },
    currency_words={"euro": "EUR", "dollar": "USD", "pond": "GBP"},
    cents={"EUR": _CENT, "USD": _CENT, "AUD": _CENT, "CAD": _CENT, "GBP": Noun("pence", one="penny")},
    scales={
        **dict.fromkeys(("miljoen", "mln", "mio"), _MILLION), **dict.fromkeys(("miljard", "mld", "mrd"), _MILLIARD),
        "biljoen": _BILLION,
    },
    percent="procent",
    units={
        "x": Noun("keer"),
        **dict.fromkeys(("ct", "ct."), Noun("cent")),
        **dict.fromkeys(("uur", "u", "h"), Noun("uur")),
        **dict.fromkeys(("min", "min."), Noun("minuten", one="minuut")),
        **dict.fromkeys(("sec", "sec.", "s"), Noun("seconden", one="seconde")),
        "°": Noun("graden", one="graad"), "st.": Noun("stuks", one="stuk"), "dB": Noun("decibel"),
        "‰": Noun("promille"), "pk": Noun("paardenkracht"), "Mbit/s": Noun("megabit per seconde"),
        "Gbit/s": Noun("gigabit per seconde"),
    },
    per="per",
    clock_word="uur|u",
    range_word="tot",
    over="gedeeld door",
    mixed_joint="en",
    signs={
        "+": "plus", "−": "min", "=": "is gelijk aan", "≠": "is niet gelijk aan", "×": "keer", "*": "keer",
        "÷": "gedeeld door", "/": "gedeeld door", ":": "staat tot", "&": "en", "@": "apenstaartje", ".": "punt",
        ",": "komma", "-": "streepje", "±": "plusminus", "≈": "ongeveer", "~": "ongeveer", "<": "kleiner dan",
        ">": "groter dan", "≤": "kleiner dan of gelijk aan", "≥": "groter dan of gelijk aan", "√": "wortel van",
        "∞": "oneindig", "#": "nummer", "^": "tot de macht", "°": "graden", "§": "paragraaf", "→": "pijl",
        "\\": "backslash", "?": "vraagteken", "!": "uitroepteken", "_": "underscore",
    },
    address_signs={"/": "slash", "*": "sterretje", ":": "dubbele punt", "=": "isgelijkteken", "~": "tilde",
                   "#": "hekje", "^": "dakje", "+": "plus"},
    greek="alfa bèta gamma delta epsilon zèta èta thèta jota kappa lambda mu nu xi omikron pi rho sigma tau ypsilon "
    "phi chi psi omega",
    conjunctions="en of maar omdat",
    joining_words="en of maar want omdat dat die als toen wanneer terwijl hoewel waar zodat",
    leading_words="aan op in van voor met bij naar uit over onder tussen door zonder tegen na tot om",
    bound_words="een de het mijn jouw zijn haar ons onze hun deze dit niet heel is was heeft had wordt kan zal",
    before_names="doctor professor meneer mevrouw meester ingenieur de heer sint",
    subject_words="ik jij hij wij zij",
    rules=RULES,
    verbalize_word=Capitals("USA EU VS ISBN KNMI ANWB NOS IBAN",
                            "IK JIJ HIJ ZIJ WIJ DE HET EEN EN OF IN OP IS JA NEE NU ZO DIT DAT TE"),
)  # fmt: skip
