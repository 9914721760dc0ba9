"""Polish."""

from handler.text.languages import pl_words as table
from handler.text.languages.base import WordContext
from handler.text.languages.pl_numbers import PL
from handler.text.languages.slavic import Slavic, verbalize_word
from handler.text.numbers import NumberStyle

_CLOCK_OBLIQUE = "o od do po przed około godz godzinie godziny"


class _Polish(Slavic):
    def minutes(self, minute: str, *, genitive: bool) -> str:
        return self.digits(minute) if minute[0] == "0" else self.cardinal(minute)

    def percentage(self, value: str, *, genitive: bool = False) -> str:
        return f"{self.value(value, 'm', genitive=genitive)} procent"


def _hour(language: Slavic, hour: int, before: str) -> str:
    """siedemnasta, o siedemnastej."""
    return language.ordinal_in(str(hour), "fg" if before in _CLOCK_OBLIQUE.split() else "f")


def _word(word: str, last: str, following: str, context: WordContext) -> str:
    return table.SPOKEN_TITLES.get(word) or verbalize_word(word, last, following, context)


POLISH = _Polish(
    NumberStyle("pl", decimal_comma=True, point="przecinek"),
    feminine_accusative="ę",
    numerals=PL,
    part_forms={"one": "f", "few": "p"},
    feminine="a",
    neuter="oe",
    feminine_genitive="iy",
    currencies=table.CURRENCIES,
    cents=table.CENTS,
    scales=table.SCALES,
    units=table.UNITS,
    unit_names=table.UNIT_NAMES,
    clear_units="km/h m/s m^2 m^3 km^2 cm^2 kg km cm mm kWh GB MB °C",
    number_words={"jeden": "one", **dict.fromkeys(("dwa", "trzy", "cztery"), "few")},
    attached_units="s A os",
    per="na",
    per_time="na",
    per_money="za",
    accusative_endings={"a": "ę"},
    genitive_after=table.GENITIVE_AFTER,
    from_words="z ze",
    range_words=("", "do"),
    range_word="do",
    feminine_plurals=table.FEMININE_PLURALS,
    feminine_endings=table.FEMININE_ENDINGS,
    no_nouns=table.NO_NOUNS,
    marks=table.MARKS,
    mark_joint="-",
    cardinal_marks=dict.fromkeys(("ciu", "miu", "óch"), "g"),
    compounds=table.COMPOUNDS,
    dotted={
        "o": "n",
        "e": "n",
        "a": "f",
        "ą": "fa",
        "ę": "fa",
        "i": "fg",
        "y": "fg",
        "ego": "g",
        "ej": "fg",
        "ych": "pg",
    },
    decade_words={"lata": "p", "latach": "pg", "lat": "pg"},
    agreeing=table.AGREEING,
    numbered=table.NUMBERED,
    names=table.NAMES,
    letter_words="I",
    roman_nouns="wojna wojny wojnie wojnę wojną liceum rzesza rzeczpospolita",
    year_nouns={"m": "rok", "g": "roku", "l": "roku", "d": "rokowi", "i": "rokiem"},
    years_nouns={"pg": "latach", "p": "lata"},
    year_short=("r", ""),
    year_small="roku rok",
    century_nouns={"m": "wiek", "g": "wieku", "l": "wieku", "i": "wiekiem"},
    centuries_nouns={"p": "wieki", "pg": "wieków"},
    century_short=("w", ""),
    case_after=table.CASE_AFTER,
    day_forms=dict.fromkeys(["dziś", "dzisiaj", "jutro", "wczoraj", "jest", "był"], "m"),
    day_joints="do i a",
    day_range=("od", "do", "g"),
    bare_years=("od", "g", "do", "g"),
    genitive_signs="√",
    ratio_genitive=True,
    powers={"2": "do kwadratu", "3": "do sześcianu"},
    telephones=(r"(?:\+?48[ -]?)?(?:\d{3}[ -]\d{3}[ -]\d{3}|\(?\d\d\)?[ -]\d{3}[ -]\d\d[ -]\d\d)",),
    clock_word=r"godz\.?",
    clock_after=_CLOCK_OBLIQUE,
    hours=_hour,
    address_words=table.ADDRESS_WORDS,
    spelled_words="USA UE ONZ ABW IPN UJ UW AGH USB AGD TV IT VIP DNA RNA",
    phrases=table.PHRASES,
    short=table.SHORT,
    short_ending=table.SHORT_ENDING,
    short_before_number=table.SHORT_BEFORE_NUMBER,
    short_before_name=table.SHORT_BEFORE_NAME,
    verbalize_word=_word,
    mixed_joint="i",
    over="przez",
    signs=table.SIGNS,
    conjunctions="i a ale lub że",
    joining_words="i a ale lub że żeby jeśli kiedy bo jak gdzie który która które którzy chociaż ponieważ",
    leading_words="w we na z ze do od o za nad pod przy po dla bez przez między przed około u",
    bound_words="nie mój moja moje twój twoja jego jej ich nasz nasza nasze wasz wasza ten ta to te jest są był "
    "była się",
    subject_words="ja ty on ona my wy oni one",
    proof_sentences=(
        "Rano słońce ogrzewa stary kamienny most, a dzieci idą do szkoły.",
        "Czy wiesz, dlaczego morze bywa czasem zielone, a czasem niebieskie?",
        "Dziękujemy za uwagę; następny pociąg do miasta odjedzie za piętnaście minut.",
    ),
)
