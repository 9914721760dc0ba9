"""Numbers and amounts of Slavic languages: in the genitive after words that ask for it, in the gender of their noun."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.languages.slavic import Slavic
from handler.text.patterns import one_of
from handler.text.rules.amounts import ATTACHED_ONLY, UNITS, currency_code, currency_signs, unit_noun
from handler.text.rules.numbers import SIGNED, number_pattern, signed, value_of
from handler.text.rules.slavic_dates import STOP, in_case, slavic_of, word_before
from handler.text.rules.telephone import say_groups

_UPPER_LIMIT = re.compile(r"[^.!?;\x01\x02]{0,25}? (?:до|по|do|až) \d")
_TIME_UNITS = ("duration-hour", "duration-minute", "duration-second")


def _unit(written: str, language: Slavic) -> Noun | None:
    return language.unit(written) or unit_noun(written, language)


@dataclass(frozen=True)
class Amount:
    """What is written of an amount: the value, the scale, and the sign of a currency or unit, each "" without one."""

    value: str
    scale: str = ""
    currency: str = ""
    unit: str = ""
    per: str = ""

    def noun(self, language: Slavic) -> Noun | None:
        """The noun that is counted; None if there is none."""
        if self.currency:
            return language.currency(currency_code(self.currency, language))
        return _unit(self.unit, language) if self.unit else None

    def words(self, language: Slavic, *, genitive: bool) -> str:
        """The spoken amount."""
        noun = self.noun(language)
        if self.scale:
            words = language.scaled(self.value, language.scales[self.scale], noun, genitive=genitive)
        elif self.currency:
            words = language.money(self.value, currency_code(self.currency, language), genitive=genitive)
        elif noun:
            words = language.counted(self.value, noun, genitive=genitive)
        else:
            words = language.value(self.value, genitive=genitive)
        return f"{words} {self._divisor(language)}" if self.per else words

    def _divisor(self, language: Slavic) -> str:
        noun = _unit(self.per, language) or Noun(self.per)
        timed = (language.unit_names.get(self.per) or UNITS.get(self.per)) in _TIME_UNITS
        joint = language.per_time if timed else language.per_money if self.currency else language.per
        return f"{joint} {language.accusative(noun)}"


def _is_genitive(context: Context) -> bool:
    language, before = slavic_of(context), word_before(context)
    if before in language.genitive_after.split():
        return True
    return before in language.from_words.split() and _UPPER_LIMIT.match(context.text, context.end) is not None


def _amount_of(found: re.Match[str], context: Context, number: str = "number") -> Amount | None:
    """The amount of a match; None if it is none."""
    language, groups = slavic_of(context), found.groupdict()
    unit, currency = groups.get("unit") or "", groups.get("currency") or ""
    value = value_of(found[number], language)
    attached = ATTACHED_ONLY.union(language.attached_units.split())
    # "5 с половиной" has no seconds, and "5 с." has.
    word_follows = re.match(r" [^\W\d]", context.text[context.end : context.end + 2]) is not None
    if value is None or (groups.get("blank") and unit in attached and word_follows):
        return None
    scale, per = (groups.get("scale") or "").rstrip("."), groups.get("per") or ""
    return Amount(value, scale, currency.rstrip("."), unit.rstrip("."), per)


def _amount(found: re.Match[str], context: Context) -> str | None:
    if (amount := _amount_of(found, context)) is None:
        return None
    words = amount.words(slavic_of(context), genitive=_is_genitive(context) and not found["sign"])
    return signed(found["sign"], words, slavic_of(context))


def _prefixed(found: re.Match[str], context: Context) -> str | None:
    """An amount with its currency before it; in 6 руб. 35 коп. the currency belongs to the number before."""
    return None if context.before[-1:].isdigit() else _amount(found, context)


def _unit_after_word(found: re.Match[str], context: Context) -> str | None:
    """A unit after a number in words: пять км."""
    language = slavic_of(context)
    noun = _unit(found["unit"], language)
    if noun is None or not context.before.isalpha() or context.before.isupper():
        return None
    return noun.form(language.number_words.get(context.before.lower(), language.genitive_forms[1]))


def _serial(found: re.Match[str], context: Context) -> str:
    """Figures and letters with hyphens: letters and digits one by one."""
    words = [context.language.digits(part) if part.isdigit() else part for part in found.group().split("-")]
    return " ".join(words)


def _signed_genitive(found: re.Match[str], context: Context) -> str | None:
    """√9: корень из девяти."""
    language, value = slavic_of(context), value_of(found["number"], slavic_of(context))
    return None if value is None else f"{language.sign(found['sign'])} {language.value(value, genitive=True)}"


def _power(found: re.Match[str], context: Context) -> str:
    language, number = slavic_of(context), found["number"]
    if not found["sign"] and number in language.powers:
        return language.powers[number]
    return f"{language.sign('^')} {signed(found['sign'], language.cardinal(number), language)}"


def _minus(found: re.Match[str], context: Context) -> str:
    return context.language.sign("−")


def _range(found: re.Match[str], context: Context) -> str | None:
    """10–20 км: от десяти до двадцати километров."""
    language = slavic_of(context)
    low, high = _amount_of(found, context, "low"), _amount_of(found, context)
    if low is None or high is None or float(low.value) >= float(high.value):
        return None
    first, last = language.range_words
    governed = word_before(context) in f"{language.genitive_after} {language.before_ranges}".split()
    has_noun = bool(high.unit or high.currency or high.scale)
    if not has_noun and first and cldr.plural(high.value, language.tag) != language.genitive_forms[1]:
        # "раза" stands in the case that "три" asks for: 2-3 раза is два три раза, and not от двух до трёх.
        gender = language.gender_before(high.value, context.after)
        return f"{language.value(low.value, gender)} {language.value(high.value, gender)}"
    noun = high.noun(language)
    gender = language.gender_of(noun) if noun and not high.scale else ""
    genitive = _is_genitive(context)
    if governed and first:  # около десяти — пятнадцати минут
        return f"{language.value(low.value, gender, genitive=genitive)} {high.words(language, genitive=genitive)}"
    one = language.value(low.value, gender, genitive=bool(first) or genitive)
    return f"{first} {one} {last or language.range_word} {high.words(language, genitive=bool(last))}"


def _bare(found: re.Match[str], context: Context) -> str | None:
    """A number that a word before puts in the genitive, or a word after in its gender; None for other numbers."""
    language = slavic_of(context)
    if (value := value_of(found["number"], language)) is None or found["sign"]:
        return None
    gender = language.gender_before(value, context.after) if "." not in value and not context.dot else ""
    if _is_genitive(context):
        ends_in_one = gender and value.endswith("1")
        feminine = ends_in_one and context.after[-1:].lower() in language.feminine_genitive
        return language.value(value, "f" if feminine else "", genitive=True)
    return language.value(value, gender) if gender else None


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    language, number, mark = slavic_of(context), found["number"], found["mark"]
    form = language.marks[mark]
    if found["from"]:
        return f"{language.ordinal_in(found['from'], form)} {language.ordinal_in(number, form)}"
    after = context.after.lower()
    for words, forms in language.mark_before.items():
        if mark in forms and after in words.split():
            return language.ordinal_in(number, forms[mark])
    if mark in language.ambiguous_marks and len(after) > 3 and after not in language.no_nouns.split():
        for ending, other in language.ambiguous_marks[mark].items():
            if after.endswith(ending):
                return language.ordinal_in(number, other)
    if (
        number.endswith("0")
        and len(number) > 1
        and form == "l"
        and word_before(context) in language.dative_after.split()
    ):
        form = "pd"
    return language.ordinal_in(number, form)


def _cardinal(found: re.Match[str], context: Context) -> str | None:
    language, number, mark = slavic_of(context), found["number"], found["mark"]
    if mark in language.small_marks.split() and not 2 <= int(number) <= 4:
        return None
    return language.cardinal(number, genitive=language.cardinal_marks[mark] == "g")


def _compound(found: re.Match[str], context: Context) -> str | None:
    """5-летний: пятилетний."""
    number = int(found["number"])
    return f"{slavic_of(context).numerals.first_part(number)}{found['rest']}" if number else None


def _dotted(found: re.Match[str], context: Context) -> str:
    """5. piętro: piąte; in the locative after "na": na piątym piętrze."""
    language, after = slavic_of(context), context.after.lower()
    endings = (form for ending, form in language.dotted.items() if after.endswith(ending))
    form = language.numbered.get(after) or next(endings, "m")
    return language.ordinal_in(found["number"], in_case(form, context))


def _ordinal_rules(language: Slavic) -> list[Rule]:
    found = []
    joint = language.mark_joint
    if language.cardinal_marks:
        marks = one_of(language.cardinal_marks)
        found.append(Rule(rf"(?P<number>\d{{1,12}}){joint}(?P<mark>{marks})", _cardinal))
    if language.marks:
        found.append(
            Rule(
                rf"(?:(?P<from>\d{{2,4}}){joint})?(?P<number>\d{{1,12}}){joint}(?P<mark>{one_of(language.marks)})",
                _ordinal,
            )
        )
    if language.dotted:
        found.append(Rule(r"(?P<number>\d{1,4})\.(?= [^\W\d_A-ZŁŚŻŹĆČŘŠŽÚ])", _dotted))
    if language.compounds:
        rest = "|".join(language.compounds.split())
        found.append(
            Rule(rf"(?P<number>[1-9]\d{{0,3}})[-–]?(?P<rest>(?:{rest})[^\W\d_]{{0,20}})", _compound, amount=False)
        )
    return found


def _amount_rules(language: Slavic) -> list[Rule]:
    plain = number_pattern(language)
    number = rf"{SIGNED}(?P<number>{plain})"
    between = rf"(?P<low>{plain}) ?[-–—~] ?(?P<sign>)(?P<number>{plain})"
    currency = rf"(?P<currency>{one_of(currency_signs(language))}){STOP}"
    unit = one_of([*UNITS, *language.units, *language.unit_names])
    scales = rf"(?P<scale>{one_of(language.scales)})\b"
    scale = rf"(?: ?{scales}\.?)?"
    noun = rf"(?: ?{currency}|(?P<blank> ?)(?P<unit>{unit}){STOP})(?:\.?/(?P<per>{unit}))?"
    return [
        Rule(rf"{SIGNED}{currency} ?(?P<number>{plain}){scale}", _prefixed),
        Rule(rf"{between}{scale}{noun}", _range),
        Rule(rf"{between} ?{scales}{STOP}", _range),
        Rule(r"(?P<low>\d{1,3}) ?[-–] ?(?P<number>\d{1,3})(?=[ .,!?)]|$)", _range),
        Rule(rf"{number}{scale}{noun}", _amount),
        Rule(rf"{number} ?{scales}{STOP}", _amount),
        Rule(rf"(?P<unit>{one_of(language.clear_units.split())})", _unit_after_word),
    ]


def _formula_rules(language: Slavic) -> list[Rule]:
    plain = number_pattern(language)
    signs = f"[{language.genitive_signs}]" if language.genitive_signs else "(?!)"
    ratio = r"|(?<=\d):" if language.ratio_genitive else ""
    return [
        Rule(r"(?<=\d) ?[-−–] ?(?=\d{1,12} ?=)", _minus, start="", end=""),
        Rule(rf"(?P<sign>{signs}{ratio}) ?(?P<number>{plain})", _signed_genitive, start=""),
        Rule(r"\^(?P<sign>[-−])?(?P<number>\d{1,12})", _power, start=r"(?<=[^\W_])", amount=False),
    ]


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of numbers, amounts and abbreviations; none for other languages."""
    if not isinstance(language, Slavic):
        return ()
    return (
        *(Rule(pattern, say_groups, amount=False) for pattern in language.telephones),
        *_ordinal_rules(language),
        *_amount_rules(language),
        *_formula_rules(language),
        Rule(rf"{SIGNED}(?P<number>{number_pattern(language)})", _bare),
        Rule(r"\d{1,6}-[^\W\d_]{1,2}-\d{1,6}", _serial, amount=False),
    )
