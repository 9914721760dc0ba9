"""Italian."""

from __future__ import annotations

from dataclasses import replace

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages import it_words as table
from handler.text.languages import romance_numbers, romance_ordinals
from handler.text.languages.capitals import Capitals
from handler.text.languages.romance import LETTER_CODES, Romance
from handler.text.languages.romance_rules import RULES, abbreviations
from handler.text.numbers import NumberStyle

_VOWELS = "aeiouàèéìòù"
_IMPURE = ("z", "gn", "ps", "pn", "x", "y")  # before these and s with a consonant "uno" stays whole


def _one(noun: str, gender: str) -> str:
    """The number one before a noun: un, uno, una."""
    low = noun.lower()
    if gender == "f":
        return "una"
    impure = low.startswith(_IMPURE) or (low[:1] == "s" and low[1:2] not in _VOWELS)
    return "uno" if impure else "un"


class _Italian(Romance):
    def bare(self, value: str, before: str, after: str) -> str:
        if value == "1" and self.is_noun(after) and before.lower() not in self.numbered.split():
            return _one(after, self.gender_of(after))
        return super().bare(value, before, after)

    def counted(self, value: str, noun: Noun) -> str:
        if value == "1":
            one = noun.form(cldr.plural(value, self.tag))
            gender = noun.gender or self.gender_of(one)
            return f"un'{one}" if gender == "f" and one[0].lower() in _VOWELS else f"{_one(one, gender)} {one}"
        return super().counted(value, noun)

    def rate(self, words: str, divisor: Noun) -> str:
        one = divisor.form("one")
        if one[:1].lower() in _VOWELS:
            return f"{words} all'{one}"
        impure = _one(one, "m") == "uno"
        return f"{words} {'alla' if self.gender_of(one) == 'f' else 'allo' if impure else 'al'} {one}"

    def fraction(self, top: str, bottom: str) -> str:
        words = super().fraction(top, bottom)
        return f"un {words.partition(' ')[2]}" if top == "1" and self.over not in words.split() else words

    def several(self, part: str) -> str:
        return f"{part[:-1]}i"

    def part(self, bottom: int) -> str | None:
        return "mezzo" if bottom == 2 else self.ordinals(bottom, "") if bottom > 2 else None

    def time(self, hour: str, minute: str, second: str) -> str:
        if second.strip("0"):
            return " e ".join(self.counted_time(hour, minute, second))
        number = int(hour)
        words = ["mezzanotte" if number == 0 else "una" if number == 1 else self.cardinal(str(number))]
        if minute.strip("0"):
            words.append(self.cardinal(str(int(minute))))
        return " e ".join(words)

    def of_words(self, words: str) -> str:
        return f"d'{words}" if words in ("ora", "oro") else super().of_words(words)

    def roman(self, number: int, place: str, gender: str) -> str:
        return self.ordinal(str(number), "ª" if gender == "f" else "º")


_STYLE = NumberStyle("it", decimal_comma=True, point="virgola", minus="meno", gendered=romance_numbers.italian)

ITALIAN = _Italian(
    _STYLE,
    currencies=table.CURRENCIES,
    currency_signs={**table.CURRENCY_SIGNS, **LETTER_CODES},
    cents=table.CENTS,
    money_joint="e",
    scales=table.SCALES,
    percent="per cento",
    units=table.UNITS,
    date_words="di del dell'",
    ordinal_mark=r"(?:º|ª|ᵒ|ᵃ|esim[oaie]\b)",
    clock_word="ore|alle|dalle|le|all'|sino|fino",
    range_word="a",
    over="fratto",
    mixed_joint="e",
    address_digits=True,
    speaks_scheme=True,
    signs=table.SIGNS,
    ordinals=romance_ordinals.italian,
    of="di",
    decimal_groups={1: (1,), 2: (2,), 3: (3,)},
    feminine_endings=("a", "zione", "sione", "ione", "tà", "tù", "trice", "udine"),
    feminine=table.FEMININE,
    masculine=table.MASCULINE,
    no_nouns=table.NO_NOUNS,
    numbered=table.NUMBERED,
    plural_endings=(),
    half="mezzo",
    day_parts=("di mattina", "del pomeriggio", "di sera"),
    articles="il lo la l' i gli le del dello della dell' al alla nel nella dal dalla sul sulla",
    feminine_articles="la le della alla nella dalla sulla una",
    centuries="secolo secoli sec",
    roman_after="capitolo tomo volume atto scena libro titolo parte fase sezione articolo canto",
    regnal=table.REGNAL,
    powers=("al quadrato", "al cubo"),
    raised="elevato alla",
    telephone_words="tel telefono cell cellulare fax chiamate chiama whatsapp numero contatto",
    before_roman={"sec": "secolo", "s": "secolo", "cap": "capitolo", "vol": "volume", "t": "tomo", "art": "articolo"},
    versions="versione ios android windows python usb web articolo art",
    each="ogni",
    extension="interno",
    regions={"ch": {"numbers": replace(_STYLE, decimal_comma=False, point="punto"), "clock_points": False}},
    rules=(
        *abbreviations(table.TITLES, table.OTHERS, table.BEFORE_NUMBER, table.SHORT),
        *RULES,
    ),
    verbalize_word=Capitals(table.INITIALS, table.WORDS_OF_CAPITALS, vowels="AEIOUYÀÈÉÌÒÙ"),
    conjunctions="e o ma perché oppure",
    joining_words="e ed o ma però perché anche mentre se quando dove che chi come",
    leading_words="a ad al alla con contro da dal dalla di del della dei in nel nella per su sul sulla tra fra senza",
    bound_words="un uno una il lo la i gli le mio mia tuo tua suo sua nostro nostra questo questa non molto lui lei "
    "noi è sono era ha hanno si",
    subject_words="io tu",
    proof_sentences=(
        "La mattina il sole scalda il vecchio ponte di pietra, e i bambini vanno a scuola a piedi.",
        "Sai perché il mare sembra verde certi giorni e azzurro altri?",
        "Grazie per l'ascolto; il prossimo treno per la città parte fra quindici minuti.",
    ),
)
