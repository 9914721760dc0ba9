"""Danish."""

from __future__ import annotations

from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.counting import Counting
from handler.text.languages.capitals import Capitals
from handler.text.languages.nordic import GREEK, Nordic, rules
from handler.text.numbers import NumberStyle

_COUNTING = Counting(
    ones="nul en to tre fire fem seks syv otte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten",
    tens="tyve tredive fyrre halvtreds tres halvfjerds firs halvfems",
    hundred="hundrede",
    thousand="tusind",
    scales=(("million", "millioner"), ("milliard", "milliarder"), ("billion", "billioner"), ("billiard", "billiarder")),
    one_of_scale="en",
    ordinals="nulte første anden tredje fjerde femte sjette syvende ottende niende tiende ellevte tolvte trettende "
    "fjortende femtende sekstende syttende attende nittende",
    ordinal_tens="tyvende tredivte fyrretyvende halvtredsindstyvende tresindstyvende halvfjerdsindstyvende "
    "firsindstyvende halvfemsindstyvende",
    ordinal_ending="e",
    ones_first="og",
    one_before_tens="en",
    blank=" ",
    hundred_joint=" og ",
)


class _Danish(Nordic):
    neuter = word_set("kilogram gram milligram ton pund år øre kilo britisk")
    ones = ("en", "et")

    def counting_of(self) -> Counting:
        return _COUNTING

    def ordinal(self, number: str, mark: str = "") -> str:
        words = super().ordinal(number)
        return words.replace("hundredee", "hundrede")

    def year(self, number: str) -> str:
        if len(number) != 4 or not "1100" <= number < "2000":
            return self.cardinal(number)
        rest = number[2:].lstrip("0")
        return f"{self.cardinal(number[:2])} hundrede{f' og {self.cardinal(rest)}' if rest else ''}"


_ABBREVIATIONS = {
    "f. eks.": "for eksempel", "fx": "for eksempel", "bl. a.": "blandt andet", "osv.": "og så videre",
    "o. s. v.": "og så videre", "dvs.": "det vil sige", "d. v. s.": "det vil sige", "ca.": "cirka", "ca": "cirka",
    "kl.": "klokken", "kl": "klokken", "nr.": "nummer", "nr": "nummer", "tlf.": "telefon", "mv.": "med videre",
    "m. v.": "med videre", "m. fl.": "med flere", "m. m.": "med mere", "f. Kr.": "før Kristus",
    "e. Kr.": "efter Kristus",
    "hr.": "herr", "dr.": "doktor", "prof.": "professor", "pga.": "på grund af", "inkl.": "inklusive",
    "ekskl.": "eksklusive", "jf.": "jævnfør", "iflg.": "ifølge", "evt.": "eventuelt", "mht.": "med hensyn til",
    "vedr.": "vedrørende", "o. l.": "og lignende", "s. u.": "svar udbedes", "etc.": "et cetera", "max.": "maksimalt",
    "p. t.": "for tiden", "tidl.": "tidligere", "afd.": "afdeling", "red.": "redaktør", "sml.": "sammenlign",
}  # fmt: skip
_ORE, _CENT = Noun("øre", gender="n"), Noun("cent")
_MILLION, _MILLIARD = Noun("millioner", one="million"), Noun("milliarder", one="milliard")
DANISH = _Danish(
    NumberStyle("da", decimal_comma=True, point="komma", minus="minus", cardinal=_COUNTING.cardinal,
                digits=_COUNTING.digits),
    currencies={
        "DKK": Noun("kroner", one="krone"), "EUR": Noun("euro"), "USD": Noun("dollar"),
        "GBP": Noun("pund", gender="n"),
        "JPY": Noun("yen"), "SEK": Noun("svenske kroner", one="svensk krone"),
        "NOK": Noun("norske kroner", one="norsk krone"),
    },
    currency_signs={"kr": "DKK", "kr.": "DKK"},
    currency_words={"krone": "DKK", "kroner": "DKK", "euro": "EUR", "dollar": "USD"},
    cents={"DKK": _ORE, "SEK": _ORE, "NOK": _ORE, "EUR": _CENT, "USD": _CENT, "GBP": Noun("pence", one="penny")},
    money_joint="og",
    scales={
        **dict.fromkeys(("million", "millioner", "mio", "mill"), _MILLION),
        **dict.fromkeys(("milliard", "milliarder", "mia"), _MILLIARD),
    },
    percent="procent",
    units={
        **dict.fromkeys(("t", "t.", "h"), Noun("timer", one="time")), **dict.fromkeys(("pct.",
        "pct"), Noun("procent")),
        **dict.fromkeys(("min", "min."), Noun("minutter", one="minut", gender="n")),
        **dict.fromkeys(("sek", "sek.", "s"), Noun("sekunder", one="sekund", gender="n")),
        **dict.fromkeys(("stk", "stk."), Noun("styk")), "‰": Noun("promille"), "dB": Noun("decibel"),
        "km/t": Noun("kilometer i timen"),
    },
    per="per",
    day_mark=r"\.",
    clock_before="klokken kl",
    range_word="til",
    over="divideret med",
    mixed_joint="og",
    signs={
        "+": "plus", "=": "er lig med", "≠": "er ikke lig med", "×": "gange", "*": "gange", "÷": "divideret med",
        "/": "divideret med", ":": "til", "&": "og", "@": "snabel-a", ".": "punktum", ",": "komma", "-": "bindestreg",
        "±": "plus minus", "≈": "cirka", "~": "cirka", "√": "kvadratroden af", "∞": "uendelig", "#": "nummer",
        "^": "opløftet i", "°": "grader", "§": "paragraf", "→": "pil", "?": "spørgsmålstegn", "!": "udråbstegn",
        "_": "underscore",
    },
    address_signs={"/": "skråstreg", ".": "punktum", "*": "stjerne", ":": "kolon", "=": "lighedstegn", "#": "hashtag"},
    greek=GREEK,
    conjunctions="og eller men",
    joining_words="og eller men for at som når hvis fordi mens da så der",
    leading_words="på i af til fra med for om under over ved hos mellem uden efter før mod",
    bound_words="en et den det de min din sin vores deres er var har havde skal kan ikke meget",
    before_names="doktor professor herr",
    subject_words="jeg du han hun vi",
    rules=rules(_ABBREVIATIONS, ("osv.", "mv.", "m.v.", "m.fl.", "m.m.", "f.Kr.", "e.Kr.", "o.l.", "etc."),
                {"s": "side", "kap": "kapitel", "stk": "stykke", "art": "artikel", "tlf": "telefon"},
                decades="erne|ernes|er|tallet|tallets"),
    verbalize_word=Capitals("USA EU DR ISBN", "JEG DU HAN HUN VI DE DET DEN EN ET OG ER JA NEJ NU SÅ MEN",
                            vowels="AEIOUYÆØÅ"),
)  # fmt: skip
