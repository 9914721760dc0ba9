"""Finnish."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule, time_parts
from handler.text.languages.capitals import Capitals
from handler.text.numbers import NumberStyle
from handler.text.roman import ROMAN_OF_NAME
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.roman import say_regnal


class _Finnish(Language):
    def percentage(self, value: str) -> str:
        return self.counted(value, Noun("prosenttia", one="prosentti"))

    def fraction(self, top: str, bottom: str) -> str:
        part = _PARTS.get(bottom)
        if (top, bottom) == ("1", "2"):
            return "puoli"
        return f"{self.cardinal(top)} {part if top == '1' else f'{part}a'}" if part else super().fraction(top, bottom)

    def day(self, day: str) -> str:
        return self.ordinal(str(int(day)))

    def time(self, hour: str, minute: str, second: str) -> str:
        first, *rest = time_parts(hour, minute, second)
        words = (self.cardinal(part) if part[0] != "0" else self.digits(part) for part in rest)
        return " ".join([self.cardinal(str(int(first))), *words])


_PARTS = {
    "2": "kahdesosa", "3": "kolmasosa", "4": "neljäsosa", "5": "viidesosa", "6": "kuudesosa", "7": "seitsemäsosa",
    "8": "kahdeksasosa", "9": "yhdeksäsosa", "10": "kymmenesosa", "100": "sadasosa", "1000": "tuhannesosa",
}  # fmt: skip


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    return context.language.ordinal(found["number"]) if not context.dot or context.alone else None


def _suffixed(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found['number'])} {found['rest']}"


_ABBREVIATIONS = {
    "esim.": "esimerkiksi", "ym.": "ynnä muuta", "jne.": "ja niin edelleen", "mm.": "muun muassa", "ks.": "katso",
    "ts.": "toisin sanoen", "tms.": "tai muuta sellaista", "yms.": "ynnä muuta sellaista", "prof.": "professori",
    "tri": "tohtori", "nro": "numero", "puh.": "puhelin", "klo": "kello", "eKr.": "ennen Kristusta",
    "jKr.": "jälkeen Kristuksen", "vrt.": "vertaa", "huom.": "huomaa", "os.": "osoite", "synt.": "syntynyt",
    "nk.": "niin kutsuttu", "ns.": "niin sanottu", "mikäli.": "mikäli", "tod.": "todellinen", "maks.": "maksimi",
}  # fmt: skip
_KINGS = "Kaarle|Kustaa|Aleksanteri|Nikolai|Ludvig|Henrik|Elisabet|Paavali|Katariina"
_CENT = Noun("senttiä", one="sentti")
_MILLION, _MILLIARD = Noun("miljoonaa", one="miljoona"), Noun("miljardia", one="miljardi")
FINNISH = _Finnish(
    NumberStyle("fi", decimal_comma=True, point="pilkku", minus="miinus"),
    currencies={
        "EUR": Noun("euroa", one="euro"), "USD": Noun("dollaria", one="dollari"), "GBP": Noun("puntaa", one="punta"),
        "JPY": Noun("jeniä", one="jeni"), "SEK": Noun("kruunua", one="kruunu"),
    },
    currency_signs={"kr": "SEK"},
    currency_words={"euroa": "EUR", "euro": "EUR", "dollaria": "USD"},
    cents={"EUR": _CENT, "USD": _CENT, "GBP": Noun("penniä", one="penni"), "SEK": Noun("äyriä", one="äyri")},
    scales={
        **dict.fromkeys(("milj", "milj.", "miljoonaa", "miljoona"), _MILLION),
        **dict.fromkeys(("mrd", "mrd.", "miljardia", "miljardi"), _MILLIARD),
    },
    percent="prosenttia",
    units={
        **dict.fromkeys(("t", "h"), Noun("tuntia", one="tunti")), "min": Noun("minuuttia", one="minuutti"),
        "min.": Noun("minuuttia", one="minuutti"), **dict.fromkeys(("sek", "sek.",
        "s"), Noun("sekuntia", one="sekunti")),
        "kpl": Noun("kappaletta", one="kappale"), "v.": Noun("vuotta", one="vuosi"),
        "dB": Noun("desibeliä", one="desibeli"),
        "‰": Noun("promillea", one="promille"),
    },
    per="per",
    day_mark=r"\.",
    clock_before="klo kello",
    range_word="viiva",
    over="jaettuna",
    mixed_joint="ja",
    signs={
        "+": "plus", "=": "on", "≠": "ei ole", "×": "kertaa", "*": "kertaa", "÷": "jaettuna", "/": "jaettuna",
        ":": "suhde", "&": "ja", "@": "ät", ".": "piste", ",": "pilkku", "-": "viiva", "±": "plus miinus", "≈": "noin",
        "~": "noin", "√": "neliöjuuri", "∞": "ääretön", "#": "numero", "^": "potenssiin", "°": "astetta",
        "§": "pykälä",
        "→": "nuoli", "?": "kysymysmerkki", "!": "huutomerkki", "_": "alaviiva",
    },
    address_signs={"/": "kauttaviiva", "*": "tähti", ":": "kaksoispiste", "=": "yhtäsuuruusmerkki", "#": "hashtag"},
    greek="alfa beeta gamma delta epsilon zeeta eeta theeta joota kappa lambda myy nyy ksii omikron pii rhoo sigma tau "
    "ypsilon fii khii psii omega",
    conjunctions="ja tai mutta sekä",
    joining_words="ja tai mutta sekä että kun jos koska vaikka joka",
    rules=(
        Rule(rf"(?P<name>{_KINGS}) {ROMAN_OF_NAME}", say_regnal()),
        *abbreviation_rules(_ABBREVIATIONS, ending=("ym.", "jne.", "tms.", "yms.", "eKr.", "jKr."),
                            before_number={"n": "noin", "s": "sivu"}),
        Rule(r"(?P<number>\d{1,9})(?:\.(?=[-–]\d{1,2}\. | [a-zäöå])|(?=\.))", _ordinal),
        Rule(r"(?P<number>\d{1,9})-(?P<rest>luvu[a-zäö]{1,10}|luku[a-zäö]{0,10})", _suffixed),
    ),
    verbalize_word=Capitals("USA EU YK YLE ISBN", "MINÄ SINÄ HÄN ME TE HE JA ON EI SE NE TAI KUN JOS NYT",
                            vowels="AEIOUYÄÖÅ"),
)  # fmt: skip
