"""Portuguese: as in Brazil, and as in Portugal by its region."""

from __future__ import annotations

from dataclasses import replace

from handler.text.cldr import Noun
from handler.text.languages import pt_words as table
from handler.text.languages import romance_numbers, romance_ordinals
from handler.text.languages.base import Rule
from handler.text.languages.capitals import Capitals
from handler.text.languages.romance import LETTER_CODES, Romance
from handler.text.languages.romance_rules import RULES, abbreviations
from handler.text.numbers import NumberStyle
from handler.text.rules.telephone import say_groups


class _Portuguese(Romance):
    def currency(self, code: str) -> Noun:
        noun = super().currency(code)  # CLDR writes Brazilian names with capitals
        return noun if code in self.currencies else Noun(noun.other.lower(), one=noun.one.lower())

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.counted(str(int(hour)), _HOURS) if int(hour) else "zero horas"]
        if second.strip("0"):
            words += [self.counted(str(int(minute)), _MINUTES), self.counted(str(int(second)), _SECONDS)]
        elif minute.strip("0"):
            words.append(self.cardinal(str(int(minute))))
        return " e ".join(words)

    def day_part(self, hour: int, half: str) -> str:
        return "" if hour > 12 else super().day_part(hour, half)

    def day(self, day: str) -> str:
        return self.cardinal("1") if int(day) == 1 and self.tag in _EUROPEAN_TAGS else super().day(day)

    def part(self, bottom: int) -> str | None:
        if bottom in table.PARTS:
            return table.PARTS[bottom]
        if bottom <= 10 or (bottom in (100, 1000, 10**6)):
            return self.ordinals(bottom, "")
        return f"{self.cardinal(str(bottom))} avos"

    def ratio(self, one: str, other: str) -> str:
        return f"{self.cardinal(one)} {'por' if int(one) > 3 else self.range_word} {self.cardinal(other)}"

    def roman(self, number: int, place: str, gender: str) -> str:
        ordinal = place == "century" and number <= 10
        return self.ordinal(str(number)) if ordinal else super().roman(number, place, gender)


_HOURS, _MINUTES, _SECONDS = (table.UNITS[unit] for unit in ("h", "min", "seg"))
_STYLE = NumberStyle("pt", decimal_comma=True, point="vírgula", minus="menos", gendered=romance_numbers.portuguese)
_EUROPEAN_STYLE = replace(_STYLE, gendered=romance_numbers.european_portuguese)
_EUROPEAN = ("pt", "ao", "mz", "cv", "gw", "st", "tl")
_EUROPEAN_TAGS = frozenset(f"pt-{region}" for region in _EUROPEAN)
_SIGNS = {**table.CURRENCY_SIGNS, **LETTER_CODES}

PORTUGUESE = _Portuguese(
    _STYLE,
    currencies=table.CURRENCIES,
    currency_signs=_SIGNS,
    cents=table.CENTS,
    money_joint="e",
    scales=table.SCALES,
    percent="por cento",
    units=table.UNITS,
    date_words="de do",
    date_joint="de",
    ordinal_mark=r"\.?(?:º|ª|ᵒ|ᵃ)|(?:o|a|os|as)\b",
    clock_word="às|à|das|até|as",
    range_word="a",
    over="sobre",
    mixed_joint="e",
    address_digits=True,
    signs=table.SIGNS,
    ordinals=romance_ordinals.portuguese,
    feminine_endings=("a", "as", "ção", "ções", "dade", "dades", "gem", "gens"),
    feminine=table.FEMININE,
    masculine=table.MASCULINE,
    no_nouns=table.NO_NOUNS,
    numbered=table.NUMBERED,
    half="meio",
    day_parts=("da manhã", "da tarde", "da noite"),
    articles="o a os as do da no na ao à",
    feminine_articles="a as da das na nas à às uma",
    centuries="século séculos séc",
    roman_after="capítulo tomo volume ato cena livro título parte fase seção secção anexo artigo",
    regnal=table.REGNAL,
    powers=("ao quadrado", "ao cubo"),
    raised="elevado a",
    telephone_words="tel telefone telefones celular telemóvel whatsapp fax ligue liga fone contato contacto",
    before_roman={"séc": "século", "s": "século", "cap": "capítulo", "vol": "volume", "t": "tomo", "art": "artigo"},
    don="dom",
    versions="versão ios android windows python usb web artigo art item",
    each="a cada",
    extension="extensão",
    regions={
        region: {"numbers": _EUROPEAN_STYLE, "cents": {**table.CENTS, "EUR": Noun("cêntimos", one="cêntimo")}}
        for region in _EUROPEAN
    },
    rules=(
        *abbreviations(table.TITLES, table.OTHERS, table.BEFORE_NUMBER, table.SLASHED),
        Rule(r"\d{3}\.\d{3}\.\d{3}-\d\d|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d", say_groups, amount=False),  # CPF, CNPJ
        *RULES,
    ),
    verbalize_word=Capitals(table.INITIALS, table.WORDS_OF_CAPITALS, vowels="AEIOUYÁÂÃÀÉÊÍÓÔÕÚ"),
    conjunctions="e ou mas porém porque",
    joining_words="e ou mas porque embora enquanto se quando onde que quem como pois",
    leading_words="a ao à até com contra de do da dos das desde em no na nos nas entre para pela pelo por sem sob "
    "sobre",
    bound_words="um uma o os as meu minha teu tua seu sua nosso nossa este esta não muito você ele ela nós é são era "
    "está tem têm",
    subject_words="eu tu",
)
