"""Norwegian: Bokmål, and Nynorsk with its own number words."""

from __future__ import annotations

from dataclasses import replace

from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.counting import Counting
from handler.text.languages.capitals import Capitals
from handler.text.languages.nordic import GREEK, Nordic, rules
from handler.text.numbers import NumberStyle

_BOKMAL = Counting(
    ones="null en to tre fire fem seks sju åtte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten",
    tens="tjue tretti førti femti seksti sytti åtti nitti",
    hundred="hundre",
    thousand="tusen",
    scales=(("million", "millioner"), ("milliard", "milliarder"), ("billion", "billioner"), ("billiard", "billiarder")),
    one_of_scale="en",
    ordinals="nulte første andre tredje fjerde femte sjette sjuende åttende niende tiende ellevte tolvte trettende "
    "fjortende femtende sekstende syttende attende nittende",
    ordinal_tens="tjuende trettiende førtiende femtiende sekstiende syttiende åttiende nittiende",
    ordinal_ending="de",
    blank=" ",
    hundred_joint=" og ",
)
_NYNORSK = replace(
    _BOKMAL,
    ones=_BOKMAL.ones.replace(" en ", " ein "),
    one_of_scale="ein",
    scales=(("million", "millionar"), ("milliard", "milliardar"), ("billion", "billionar"), ("billiard", "billiardar")),
    ordinals="nulte første andre tredje fjerde femte sjette sjuande åttande niande tiande ellevte tolvte trettande "
    "fjortande femtande sekstande syttande attande nittande",
    ordinal_tens="tjuande trettiande førtiande femtiande sekstiande syttiande åttiande nittiande",
)


class _Norwegian(Nordic):
    neuter = word_set("kilogram gram milligram tonn pund år kilo britisk minutt sekund")
    ones = ("en", "ett")
    parts = ("del", "deler")

    def counting_of(self) -> Counting:
        return _BOKMAL

    def year(self, number: str) -> str:
        if len(number) != 4 or not ("1100" <= number < "2000" or "2010" <= number < "2100"):
            return self.cardinal(number)
        century, rest = self.cardinal(number[:2]), number[2:].lstrip("0")
        if number[2] == "0":
            return f"{century} hundre{f' og {self.cardinal(rest)}' if rest else ''}"
        return f"{century} {self.cardinal(rest)}"


class _Nynorsk(_Norwegian):
    ones = ("ein", "eitt")
    parts = ("del", "delar")

    def counting_of(self) -> Counting:
        return _NYNORSK


_ABBREVIATIONS = {
    "f. eks.": "for eksempel", "bl. a.": "blant annet", "osv.": "og så videre", "o. s. v.": "og så videre",
    "dvs.": "det vil si", "ca.": "cirka", "ca": "cirka", "kl.": "klokken", "kl": "klokken", "nr.": "nummer",
    "nr": "nummer", "tlf.": "telefon", "mv.": "med videre", "m. v.": "med videre", "m. fl.": "med flere",
    "m. m.": "med mer", "f. Kr.": "før Kristus", "e. Kr.": "etter Kristus", "hr.": "herr", "dr.": "doktor",
    "prof.": "professor", "pga.": "på grunn av", "inkl.": "inkludert", "ekskl.": "ekskludert", "jf.": "jamfør",
    "iflg.": "ifølge", "evt.": "eventuelt", "mht.": "med hensyn til", "vedr.": "vedrørende", "o. l.": "og lignende",
    "etc.": "et cetera", "maks.": "maksimalt", "pst.": "prosent", "o. a.": "og annet", "avd.": "avdeling",
    "t. o. m.": "til og med", "f. o. m.": "fra og med", "tidl.": "tidligere", "kap.": "kapittel",
}  # fmt: skip
_ORE, _CENT = Noun("øre"), Noun("cent")
_MILLION, _MILLIARD = Noun("millioner", one="million"), Noun("milliarder", one="milliard")
NORWEGIAN = _Norwegian(
    NumberStyle("no", decimal_comma=True, point="komma", minus="minus", cardinal=_BOKMAL.cardinal,
                digits=_BOKMAL.digits),
    currencies={
        "NOK": Noun("kroner", one="krone"), "EUR": Noun("euro"), "USD": Noun("dollar"),
        "GBP": Noun("pund", gender="n"),
        "JPY": Noun("yen"), "SEK": Noun("svenske kroner", one="svensk krone"),
        "DKK": Noun("danske kroner", one="dansk krone"),
    },
    currency_signs={"kr": "NOK", "kr.": "NOK"},
    currency_words={"krone": "NOK", "kroner": "NOK", "euro": "EUR", "dollar": "USD"},
    cents={"DKK": _ORE, "SEK": _ORE, "NOK": _ORE, "EUR": _CENT, "USD": _CENT, "GBP": Noun("pence", one="penny")},
    money_joint="og",
    scales={
        **dict.fromkeys(("million", "millioner", "mill", "mill.", "mio"), _MILLION),
        **dict.fromkeys(("milliard", "milliarder", "mrd", "mrd."), _MILLIARD),
    },
    percent="prosent",
    units={
        **dict.fromkeys(("t", "t.", "h"), Noun("timer", one="time")),
        **dict.fromkeys(("min", "min."), Noun("minutter", one="minutt")),
        **dict.fromkeys(("sek", "sek.", "s"), Noun("sekunder", one="sekund")),
        **dict.fromkeys(("stk", "stk."), Noun("stykker", one="stykk", gender="n")),
        "mil": Noun("mil"), "‰": Noun("promille"), "dB": Noun("desibel"), "km/t": Noun("kilometer i timen"),
        "hg": Noun("hekto", gender="n"),
    },
    per="per",
    day_mark=r"\.",
    clock_before="klokken klokka kl",
    range_word="til",
    over="delt på",
    mixed_joint="og",
    signs={
        "+": "pluss", "=": "er lik", "≠": "er ikke lik", "×": "ganger", "*": "ganger", "÷": "delt på", "/": "delt på",
        ":": "til", "&": "og", "@": "krøllalfa", ".": "punktum", ",": "komma", "-": "bindestrek", "±": "pluss minus",
        "≈": "cirka", "~": "cirka", "√": "kvadratroten av", "∞": "uendelig", "#": "nummer", "^": "opphøyd i",
        "°": "grader", "§": "paragraf", "→": "pil", "?": "spørsmålstegn", "!": "utropstegn", "_": "understrek",
        "<": "mindre enn", ">": "større enn",
    },
    address_signs={"/": "skråstrek", "*": "stjerne", ":": "kolon", "=": "likhetstegn", "#": "emneknagg"},
    greek=GREEK,
    conjunctions="og eller men",
    joining_words="og eller men for at som når hvis fordi mens da så",
    leading_words="på i av til fra med for om under over ved hos mellom uten etter før mot",
    bound_words="en et ei den det de min din sin vår deres er var har hadde skal kan ikke veldig",
    before_names="doktor professor herr",
    subject_words="jeg du han hun vi",
    rules=rules(_ABBREVIATIONS, ("osv.", "mv.", "m.v.", "m.fl.", "m.m.", "f.Kr.", "e.Kr.", "o.l.", "etc.", "pst.",
                "o.a."),
                {"s": "side", "kap": "kapittel", "art": "artikkel",
                "tlf": "telefon"}, decades="tallet|tallets|åra|årene"),
    verbalize_word=Capitals("USA EU NRK ISBN FN", "JEG DU HAN HUN VI DE DET DEN EN ET OG ER JA NEI NÅ SÅ MEN",
                            vowels="AEIOUYÆØÅ"),
)  # fmt: skip
NYNORSK = _Nynorsk(**{
    **vars(NORWEGIAN),
    "numbers": replace(NORWEGIAN.numbers, tag="nn", cardinal=_NYNORSK.cardinal, digits=_NYNORSK.digits),
    "scales": {**NORWEGIAN.scales, "millionar": Noun("millionar", one="million"), "milliardar": Noun("milliardar")},
    "currency_words": {**NORWEGIAN.currency_words, "kroner": "NOK"},
})  # fmt: skip
