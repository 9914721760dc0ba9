"""Spanish."""

from __future__ import annotations

from dataclasses import replace

from handler.text.languages import es_words as table
from handler.text.languages import romance_numbers, romance_ordinals
from handler.text.languages.base import Rule
from handler.text.languages.capitals import Capitals
from handler.text.languages.romance import LETTER_CODES, PAIRS, Romance
from handler.text.languages.romance_rules import RULES, abbreviations, after_numeral
from handler.text.numbers import NumberStyle
from handler.text.rules.telephone import say_groups


class _Spanish(Romance):
    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.cardinal(str(int(hour)), "f")]
        minutes, seconds = minute.strip("0"), second.strip("0")
        if seconds:
            parts = [self.counted(str(int(minute)), _MINUTES)] if minutes else []
            parts.append(f"y {self.counted(str(int(second)), _SECONDS)}")
            return " ".join([self.counted(str(int(hour)), _HOURS), *parts])
        return " ".join([*words, "y", self.cardinal(str(int(minute)))] if minutes else words)

    def telephone_group(self, group: str, country: bool) -> str:
        return self.cardinal(group) if country and len(group) == 2 else self.digits(group)

    def part(self, bottom: int) -> str | None:
        return romance_ordinals.spanish_part(bottom)

    def fraction(self, top: str, bottom: str) -> str:
        words = super().fraction(top, bottom)
        return f"{self.cardinal(top)} {words.partition(' ')[2]}" if self.over in words.split() else words


_HOURS, _MINUTES, _SECONDS = (table.UNITS[unit] for unit in ("h", "min", "seg"))
_STYLE = NumberStyle("es", decimal_comma=True, point="coma", minus="menos", gendered=romance_numbers.spanish)
_POINT_STYLE = replace(_STYLE, decimal_comma=False, point="punto")
_POINT = {"numbers": _POINT_STYLE, "clock_points": False}
_PESOS = {**table.CURRENCY_SIGNS, "$": "local_peso"}

SPANISH = _Spanish(
    _STYLE,
    currencies=table.CURRENCIES,
    currency_signs={**table.CURRENCY_SIGNS, **LETTER_CODES},
    cents=table.CENTS,
    money_joint="y",
    scales=table.SCALES,
    percent="por ciento",
    units=table.UNITS,
    date_words="de del",
    date_joint="de",
    ordinal_mark=r"\.?(?:º|ª|er\b|ᵉʳ|ᵒ|ᵃ)|\.(?:os|as)\b|(?:ro|ra|do|da|to|ta|mo|ma|vo|va|no|na)\b",
    clock_word="las|la|desde|hasta|a|sobre",
    range_word="a",
    over="sobre",
    mixed_joint="y",
    address_digits=True,
    signs=table.SIGNS,
    ordinals=romance_ordinals.spanish,
    decimal_groups=PAIRS,
    feminine_endings=("a", "as", "ción", "ciones", "dad", "dades"),
    feminine=table.FEMININE,
    masculine=table.MASCULINE,
    no_nouns=table.NO_NOUNS,
    numbered=table.NUMBERED,
    half="medio",
    day_parts=("de la mañana", "de la tarde", "de la noche"),
    articles="el la los las del al",
    feminine_articles="la las una",
    centuries="siglo siglos s",
    roman_after="capítulo tomo volumen acto escena libro título parte fase sección anexo artículo punto",
    regnal=table.REGNAL,
    powers=("al cuadrado", "al cubo"),
    raised="elevado a",
    telephone_words="tel teléfono teléfonos tfno móvil celular whatsapp fax llame llama marque marca contacto",
    before_roman={"s": "siglo", "cap": "capítulo", "vol": "volumen", "t": "tomo", "art": "artículo"},
    don="don",
    versions="versión ios android windows python usb web artículo art apartado",
    each="cada",
    extension="extensión",
    regions={
        **dict.fromkeys(("us", "pr", "gt", "hn", "ni", "sv", "pa", "pe", "419"), _POINT),
        **{region: {**_POINT, "currency_signs": _PESOS} for region in ("mx", "do")},
        **{region: {"currency_signs": _PESOS} for region in ("ar", "cl", "co", "uy")},
    },
    rules=(
        *abbreviations(table.TITLES, table.OTHERS, table.BEFORE_NUMBER, table.SLASHED),
        after_numeral("era común", r"[Ee]\.? ?[Cc]\b\.?"),
        after_numeral("antes de la era común", r"[Aa]\.? ?[Ee]\.? ?[Cc]\b\.?"),
        Rule(r"[679]\d\d \d{3} (?!000)\d{3}", say_groups, amount=False),
        *RULES,
    ),
    verbalize_word=Capitals(table.INITIALS, table.WORDS_OF_CAPITALS, vowels="AEIOUYÁÉÍÓÚÜ"),
    conjunctions="y e o u pero porque aunque sino",
    joining_words="y e o u pero sino porque aunque mientras si cuando donde que quien como pues",
    leading_words="a al ante bajo con contra de del desde durante en entre hacia hasta para por según sin sobre tras",
    bound_words="un una unos unas el la los las mi mis tu tus su sus nuestro nuestra este esta estos estas no muy él "
    "ella es son era está están ha han se lo le",
    subject_words="yo tú",
    proof_sentences=(
        "Por la mañana el sol calienta el viejo puente de piedra, y los niños van caminando a la escuela.",
        "¿Sabes por qué el mar parece verde algunos días y azul otros?",
        "Gracias por escuchar; el próximo tren a la ciudad sale dentro de quince minutos.",
    ),
)
