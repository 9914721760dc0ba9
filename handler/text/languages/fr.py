"""French, and its numbers in Switzerland and Belgium."""

from __future__ import annotations

from dataclasses import replace

from handler.text.cldr import Noun
from handler.text.languages import fr_words as table
from handler.text.languages import romance_numbers, romance_ordinals
from handler.text.languages.base import Rule, WordContext
from handler.text.languages.capitals import Capitals
from handler.text.languages.romance import LETTER_CODES, Romance
from handler.text.languages.romance_rules import RULES, abbreviations, after_numeral
from handler.text.numbers import NumberStyle


class _French(Romance):
    def ordinal(self, number: str, mark: str = "") -> str:
        feminine = mark.endswith(("re", "res", "ère", "ères", "ʳᵉ", "nde", "ª"))
        if number == "1":
            return "première" if feminine else "premier"
        if mark.startswith("n") and number == "2":
            return "seconde" if feminine else "second"
        return romance_ordinals.french_of(self.cardinal(number))

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.counted(str(int(hour)), _HOURS)]
        if second.strip("0"):
            words += [self.counted(str(int(minute)), _MINUTES), "et", self.counted(str(int(second)), _SECONDS)]
        elif minute.strip("0"):
            words.append(self.cardinal(str(int(minute))))
        return " ".join(words)

    def part(self, bottom: int) -> str | None:
        return table.PARTS.get(bottom) or romance_ordinals.french_of(self.cardinal(str(bottom)))

    def halves(self, noun: Noun | None) -> str:
        return "demie" if noun and self.gender_of(noun.one or noun.other) == "f" else "demi"

    def half_of(self, noun: Noun) -> str:
        one = noun.form("one")
        return f"{self.cardinal('1', self.gender_of(one))} demi {one}"

    def is_elided_before(self, words: str) -> bool:
        mute = words[0].lower() == "h" and not words.lower().startswith(table.ASPIRATED)
        return mute or super().is_elided_before(words)

    def telephone_group(self, group: str, country: bool) -> str:
        if len(group) > 2 or self.tag == "fr-ca":
            return self.digits(group)
        zeros = len(group) - len(group.lstrip("0"))
        rest = self.cardinal(group[zeros:]) if group[zeros:] else ""
        return f"{self.digits(group[:zeros])} {rest}"

    def roman(self, number: int, place: str, gender: str) -> str:
        first = "première" if gender == "f" else "premier"
        return first if number == 1 else self.cardinal(str(number))


class _Words(Capitals):
    """Capitals, and short forms without a full stop: Dr, Mme."""

    def __call__(self, word: str, last: str, following: str, context: WordContext) -> str:
        return table.SHORT_WORDS.get(word) or super().__call__(word, last, following, context)


_HOURS, _MINUTES, _SECONDS = (table.UNITS[unit] for unit in ("h", "min", "sec"))
_STYLE = NumberStyle("fr", decimal_comma=True, point="virgule", minus="moins", gendered=romance_numbers.french)
_BELGIAN = {"numbers": replace(_STYLE, gendered=romance_numbers.belgian_french)}

FRENCH = _French(
    _STYLE,
    currencies=table.CURRENCIES,
    currency_signs={**table.CURRENCY_SIGNS, **LETTER_CODES},
    cents=table.CENTS,
    money_joint="et",
    scales=table.SCALES,
    percent="pour cent",
    units=table.UNITS,
    ordinal_mark=r"(?:ers?|ères?|eres?|res?|nde?s?|ièmes?|iemes?|èmes?|emes?|es?|è|ᵉʳ|ʳᵉ|ᵉ|ⁿᵈ|ⁿᵈᵉ|º|ª)",
    range_word="à",
    over="sur",
    mixed_joint="et",
    address_digits=True,
    signs=table.SIGNS,
    elided="d'",
    decimal_groups={1: (1,), 2: (2,), 3: (3,), 4: (2, 2), 5: (2, 3), 6: (3, 3)},
    feminine_endings=table.FEMININE_ENDINGS,
    feminine=table.FEMININE,
    masculine=table.MASCULINE,
    no_nouns=table.NO_NOUNS,
    numbered=table.NUMBERED,
    half="demi",
    clock_points=False,
    date_points=True,
    day_parts=("du matin", "de l'après-midi", "du soir"),
    articles="le la les l' du des au aux",
    feminine_articles="la une",
    roman_after="chapitre tome volume acte scène titre partie section annexe article niveau",
    regnal=table.REGNAL,
    powers=("au carré", "au cube"),
    raised="puissance",
    telephone_words="tél tel téléphone portable mobile fax appelez composez whatsapp contact",
    before_roman={"s": "siècle", "chap": "chapitre", "vol": "volume", "t": "tome", "art": "article"},
    versions="version ios android windows python usb web article art",
    each="aux",
    extension="poste",
    regions={"ch": {"numbers": replace(_STYLE, gendered=romance_numbers.swiss_french)}, "be": _BELGIAN, "cd": _BELGIAN},
    rules=(
        *abbreviations(table.TITLES, table.OTHERS, table.BEFORE_NUMBER, table.SHORT),
        after_numeral("avant notre ère", r"av\. ?n\. ?è\b\.?"),
        Rule(r"s\.(?! ?$)", lambda _found, _context: "siècle", amount=False, start=r"(?<=[IVX]e )", may_end=False),
        *RULES,
    ),
    verbalize_word=_Words(table.INITIALS, table.WORDS_OF_CAPITALS, vowels="AEIOUYÀÂÉÈÊËÎÏÔÙÛŒ"),
    conjunctions="et ou mais car donc parce puis",
    joining_words="et mais ou donc or ni car que qui quand lorsque comme si parce puisque où dont",
    leading_words="à au aux avec chez contre dans de depuis derrière des devant du en entre par pour sans sous sur "
    "vers",
    bound_words="un une le la les mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces ne "
    "pas très elle nous vous elles est sont était a ont",
    subject_words="je tu il on ils",
    proof_sentences=(
        "Le matin, le soleil réchauffe le vieux pont de pierre, et les enfants partent à l'école.",
        "Sais-tu pourquoi la mer est verte certains jours et bleue les autres ?",
        "Merci de votre écoute ; le prochain train pour la ville part dans quinze minutes.",
    ),
)
