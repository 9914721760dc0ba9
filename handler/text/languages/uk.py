"""Ukrainian."""

from handler.text.cldr import Noun
from handler.text.languages import uk_words as table
from handler.text.languages.slavic import Slavic
from handler.text.languages.uk_numbers import UK
from handler.text.numbers import NumberStyle

_CLOCK_LOCATIVE = "о об"
_CLOCK_GENITIVE = "до з із від після близько біля"


class _Ukrainian(Slavic):
    def minutes(self, minute: str, *, genitive: bool) -> str:
        return super().minutes(minute, genitive=False)


def _hour(language: Slavic, hour: int, before: str) -> str:
    """сімнадцята година, о сімнадцятій годині, до сімнадцятої години."""
    form = "fl" if before in _CLOCK_LOCATIVE.split() else "fg" if before in _CLOCK_GENITIVE.split() else "f"
    noun = {"f": "година", "fl": "годині", "fg": "години"}[form]
    return f"{language.ordinal_in(str(hour), form)} {noun}"


UKRAINIAN = _Ukrainian(
    NumberStyle("uk", decimal_comma=True, point="кома"),
    feminine_accusative="ую",
    numerals=UK,
    part_forms={"one": "f"},
    whole=Noun("цілих", one="ціла"),
    currencies=table.CURRENCIES,
    cents=table.CENTS,
    currency_signs=table.CURRENCY_SIGNS,
    scales=table.SCALES,
    units=table.UNITS,
    unit_names=table.UNIT_NAMES,
    clear_units="км/год м/с м^2 м^3 км^2 см^2 кг км см мм мл мг кВт ГБ МБ °C",
    number_words={"один": "one", **dict.fromkeys(("два", "дві", "три", "чотири"), "few")},
    attached_units="с А об дн",
    per="на",
    per_time="за",
    per_money="за",
    accusative_endings={"а": "у", "я": "ю"},
    genitive_after=table.GENITIVE_AFTER,
    from_words="з із зі",
    range_words=("від", "до"),
    before_ranges="в у на за через по",
    feminine_plurals=table.FEMININE_PLURALS,
    feminine_endings=table.FEMININE_ENDINGS,
    no_nouns=table.NO_NOUNS,
    marks=table.MARKS,
    mark_before=table.MARK_BEFORE,
    ambiguous_marks=table.AMBIGUOUS_MARKS,
    cardinal_marks=dict.fromkeys(("ти", "ьох", "ох", "х"), "g"),
    small_marks="х",
    compounds=table.COMPOUNDS,
    agreeing=table.AGREEING,
    numbered=table.NUMBERED,
    names=table.NAMES,
    year_nouns={"m": "рік", "g": "року", "l": "році", "d": "року", "i": "роком"},
    years_nouns={"m": "роки", "g": "років", "l": "роках", "d": "рокам", "i": "роками"},
    year_short=("р", "рр"),
    year_small="році",
    century_nouns={"n": "століття", "l": "столітті", "d": "століттю", "g": "століття", "i": "століттям"},
    centuries_nouns={"n": "століття", "g": "століть", "l": "століттях"},
    century_short=("ст", "ст"),
    case_after=table.CASE_AFTER,
    alone_neuter=True,
    day_forms={**dict.fromkeys(["сьогодні", "завтра", "вчора", "це", "на"], "n"), "по": "n", "за": "n", "перед": "i"},
    day_joints="по до і й та",
    day_range=("з", "по", "n"),
    day_mark="-?(?:го|е|му)",
    bare_years=("з", "g", "по", "m"),
    year_joint=False,
    genitive_signs="√",
    ratio_genitive=True,
    powers={"2": "у квадраті", "3": "у кубі"},
    telephones=(r"(?:\+?38[ -]?)?\(?0\d\d\)?[ -]?\d{3}[ -]?\d\d[ -]?\d\d",),
    short_months={"січ": 1},
    clock_word=r"год(?:ин[иау]?)?\.?",
    clock_after="о об до з із після близько",
    hours=_hour,
    letters=table.LETTERS,
    address_words=table.ADDRESS_WORDS,
    own_letters=table.OWN_LETTERS,
    spelled_words=table.SPELLED,
    phrases=table.PHRASES,
    short=table.SHORT,
    short_ending=table.SHORT_ENDING,
    short_before_number=table.SHORT_BEFORE_NUMBER,
    short_before_name=table.SHORT_BEFORE_NAME,
    mixed_joint="і",
    over="дріб",
    signs=table.SIGNS,
    conjunctions="і й та але або що",
    joining_words="і й та а але або що щоб якщо коли бо тому як де який яка яке які поки хоча",
    leading_words="в у на з із зі до від о об за над під по при про для без через між перед після біля",
    bound_words="не ні мій моя моє мої твій твоя його її їх наш наша наші ваш ваша ваші цей ця це ці",
    subject_words="я ти він вона ми ви вони",
    latin=False,
    proof_sentences=(
        "Вранці сонце гріє старий кам'яний міст, і діти йдуть до школи.",
        "Ти знаєш, чому море іноді зелене, а іноді синє?",
        "Дякуємо за увагу; наступний потяг до міста вирушає за п'ятнадцять хвилин.",
    ),
)
