"""English rules of ordinals, fractions, ratios, products, versions and figures that are read one by one."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Language, Rule, say_digits
from handler.text.languages.en_dates import plural
from handler.text.patterns import AMOUNT_END, AMOUNT_START
from handler.text.rules.numbers import number_pattern, value_of
from handler.text.rules.telephone import say_groups

_HALVES = {"2": ("half", "halves"), "4": ("quarter", "quarters")}
_ENDINGS = {"1": "st", "2": "nd", "3": "rd"}
_CALLS = re.compile(r"\b(?:call|dial|ring|phone|text|call(?:ed|ing)|dial(?:ed|ing)?) $", re.IGNORECASE)
_FILLERS = r"\b\.?:?(?: (?:number|code|is|us|me|at|on|no|to|him|her|them|:|the|was|#)\.?:?){0,3} $"
_PHONE_WORDS = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|fax|hotline|helpline|number|line|call|calling|called|dial|dialing|text|ring|"
    rf"whatsapp|reach (?:us|me|him|her|them)|contact){_FILLERS}",
    re.IGNORECASE,
)
_CODE_WORDS = re.compile(
    r"\b(?:pin|ssn|isbn|issn|zip|zip ?code|post ?code|area code|passcode|pass ?code|imei|iban|ext|extension)"
    + _FILLERS,
    re.IGNORECASE,
)
_EMERGENCIES_AFTER = word_set("call caller calls operator operators dispatcher dispatchers service emergency")
_BOOKS = word_set(
    "Genesis Exodus Leviticus Numbers Deuteronomy Joshua Judges Ruth Samuel Kings Chronicles Job Psalm Psalms Proverbs "
    "Ecclesiastes Isaiah Jeremiah Ezekiel Daniel Matthew Mark Luke John Acts Romans Corinthians Galatians Ephesians "
    "Philippians Colossians Thessalonians Timothy Titus Hebrews James Peter Jude Revelation Quran Surah Sura"
)
_VERSIONED = word_set(
    "Python version Version v V iOS iPadOS macOS Android Windows Ubuntu Debian Fedora Java Node Node.js Go Rust Ruby "
    "PHP Linux kernel Kernel Postgres PostgreSQL MySQL Django React Angular Vue Swift Kotlin Unity Unreal Blender "
    "release Release CUDA PyTorch TensorFlow NumPy Firefox Chrome Safari Office Kubernetes Docker"
)
_RATED = re.compile(
    r"\b(?:rat(?:e[ds]?|ings?)|scor(?:e[ds]?|ing)|g(?:ave|ives?|ot)|grades?|marks?)"
    r"(?: (?:it|of|is|was|an?|me|him|her|us)){0,3}:? $",
    re.IGNORECASE,
)
LONGEST_BEFORE = 60  # characters before figures in which a word may ask for them one by one


def fraction(top: str, bottom: str, language: Language) -> str:
    """ "3", "4" → three quarters; above a hundred: over."""
    if top == bottom:
        return f"{language.cardinal(top)} out of {language.cardinal(bottom)}"
    if not 2 <= int(bottom) <= 100 or len(top) > 3:
        return f"{language.cardinal(top)} over {language.cardinal(bottom)}"
    one, several = _HALVES.get(bottom) or (language.ordinal(bottom), f"{language.ordinal(bottom)}s")
    return f"{language.cardinal(top)} {one if top == '1' else several}"


def _fraction(found: re.Match[str], context: Context) -> str | None:
    language, whole, bottom = context.language, found["whole"], found["bottom"].lstrip("0")
    if not bottom:
        return None
    words = fraction(found["top"].lstrip("0") or "0", bottom, language)
    if not whole:
        return words
    if words.startswith("one ") and " over " not in words:
        words = f"a{words[3:]}"
    return f"{language.cardinal(whole)} and {words}"


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    number = found["number"].replace(",", "")
    ending = "th" if number[-2:-1] == "1" else _ENDINGS.get(number[-1], "th")
    return context.language.ordinal(number) if found["mark"].lower() == ending else None


def _product(found: re.Match[str], context: Context) -> str:
    """Sizes: 1920x1080, 2 x 4 x 6."""
    power = context.text.startswith("^", context.end)  # 3×10^8
    joint = " times " if power else " by "
    return joint.join(context.language.value(value_of(one, context.language) or "0")
                      for one in re.split(" ?[x×] ?", found.group().removesuffix("s")))  # fmt: skip


def _ratio(found: re.Match[str], context: Context) -> str:
    """A score or a ratio; after the name of a book its chapter and verse."""
    if context.before in _BOOKS:
        return " ".join(map(context.language.cardinal, found.group().split(":")))
    return " to ".join(map(context.language.cardinal, found.group().split(":")))


def _version(found: re.Match[str], context: Context) -> str | None:
    """Four groups are an address of a computer, with its digits one by one; other groups are a version."""
    language, groups = context.language, found["groups"].split(".")
    if len(groups) == 2 and context.before not in _VERSIONED:
        return None
    if len(groups) == 4 and all(int(group) <= 255 or len(group) == 3 for group in groups):
        port = f" colon {language.digits(found['port'])}" if found["port"] else ""
        return " dot ".join(map(language.digits, groups)) + port
    if len(groups) > 2 and (value := value_of(found["groups"], language)) is not None:
        return language.value(value)  # 1.250.000, as others group it
    return None if found["port"] else " point ".join(map(language.cardinal, groups))


def _wanted_digits(found: re.Match[str], context: Context) -> list[str] | None:
    """Groups of figures after a word that asks for them one by one, such as a telephone or a PIN."""
    before = context.text[max(0, context.start - LONGEST_BEFORE) : context.start].rpartition("\n")[2]
    groups = re.findall(r"\d+", found.group())
    several = len("".join(groups)) >= (7 if len(groups) == 1 else 6) and not groups[-1].endswith("000")
    asked = _CODE_WORDS.search(before) or (several and _PHONE_WORDS.search(before))
    return say_groups(found, context) if asked else None


def _groups(found: re.Match[str], context: Context) -> list[str] | None:
    """Three groups or more of seven digits or more, unless they are one number or years."""
    groups = re.findall(r"\d+", found.group())
    years = all(len(group) == 4 and group[:2] in ("15", "16", "17", "18", "19", "20") for group in groups)
    if not 7 <= sum(map(len, groups)) <= 19 or years or value_of(found.group(), context.language) is not None:
        return None
    return say_groups(found, context)


def _emergency(found: re.Match[str], context: Context) -> str | None:
    """911, and other short numbers that somebody calls."""
    called = _CALLS.search(context.text[max(0, context.start - 12) : context.start])
    if not called and context.after not in _EMERGENCIES_AFTER:
        counted = (
            context.after.endswith("s")
            or context.after in {*table.SCALE_WORDS, "people"}
            or context.before == "Porsche"
        )
        if found.group() != "911" or counted:
            return None
    return context.language.digits(found.group())


def _toll_free(found: re.Match[str], context: Context) -> str:
    parts = re.findall(r"\d+|[A-Z]+", found.group())
    return " ".join(context.language.digits(part) if part.isdigit() else part for part in parts)


def _scientific(found: re.Match[str], context: Context) -> str:
    language = context.language
    exponent = f"{language.prefix('-') if found['minus'] else ''} {language.cardinal(found['exponent'])}"
    return f"{language.value(found['number'])} times ten to the {exponent}"


def _rating(found: re.Match[str], context: Context) -> str:
    return f"{context.language.value(found['value'])} out of {context.language.cardinal(found['most'])}"


def _points(found: re.Match[str], context: Context) -> str | None:
    """A rating of whole points, where a word says that it is one: rated 8/10."""
    before = context.text[max(0, context.start - LONGEST_BEFORE) : context.start]
    return _rating(found, context) if _RATED.search(before) or context.after in ("stars", "rating") else None


def _hardware_address(found: re.Match[str], context: Context) -> str:
    return " ".join(context.language.digits(one) if one.isdigit() else one for one in found.group() if one != ":")


def _over(found: re.Match[str], context: Context) -> str | None:
    """A blood pressure: 120/80."""
    return f"{context.language.cardinal(found['top'])} over {context.language.cardinal(found['bottom'])}"


_N = number_pattern(Language(table.STYLE))
DIGIT_RULES: tuple[Rule, ...] = (
    Rule(r"1-8\d\d-(?:\d{3}-)?(?:[A-Z]{2,10}-?|\d{2,7}-?){1,3}(?<!-)", _toll_free, amount=False),
    Rule(r"\+?\(?\d{1,6}\)?(?:[ -]\(?\d{1,7}\)?){0,6}", _wanted_digits, amount=False),
    Rule(r"\+?\d{1,3}[ .-]\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[-.]\d{3}[-.]\d{4}|"
         r"\d{3}-\d{4}", say_groups, amount=False),
    Rule(r"\d{1,5}(?: \d{2,5}){2,5}", _groups, amount=False),
    Rule(r"\d{1,7}(?:-\d{1,7}){2,5}", _groups, amount=False),
    Rule(r"[1-9]1[12]|999|000|101|100", _emergency, amount=False),
    Rule(r"(?P<groups>\d{1,4}(?:\.\d{1,4}){1,5})(?::(?P<port>\d{1,5}))?", _version),
    Rule(r"\d{13,100}", say_digits),
)  # fmt: skip
RULES: tuple[Rule, ...] = (
    Rule(r"(?:[\dA-F]{2}:){5}[\dA-F]{2}", _hardware_address, amount=False),
    Rule(r"(?P<number>\d{1,9}(?:\.\d{1,9})?)(?:e|E(?=[-−+]))(?:(?P<minus>[-−])|\+)?(?P<exponent>\d{1,3})", _scientific),
    Rule(r"(?P<value>\d{1,3}\.\d)/(?P<most>5|10|100)", _rating),
    Rule(r"(?P<value>\d{1,3})/(?P<most>5|10|100)", _points),
    Rule(r"(?P<top>1\d\d|2[0-4]\d|[89]\d)/(?P<bottom>[4-9]\d|1[0-4]\d)", _over),
    Rule(r"(?P<number>\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?P<mark>(?i:st|nd|rd|th))", _ordinal, start=AMOUNT_START),
    Rule(r"(?:(?P<whole>\d{1,6}) )?(?P<top>\d{1,4})/(?P<bottom>\d{1,4})(?i:sts?|nds?|rds?|ths?|s)?", _fraction,
         start=AMOUNT_START, end=AMOUNT_END),
    Rule(rf"{_N}(?:(?: ?x ?|×){_N}){{1,2}}s", lambda found, context: plural(_product(found, context)), amount=False),
    Rule(rf"{_N}(?:(?: ?x ?|×){_N}){{1,2}}", _product),
    Rule(r"\d{1,3}:\d{1,3}(?::\d{1,3})?", _ratio, start=AMOUNT_START, end=AMOUNT_END),
)  # fmt: skip
