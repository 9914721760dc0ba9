"""English, and its rules for letters: abbreviations, capitals, Roman numerals, signs, internet addresses."""

from __future__ import annotations

import re

from handler.text.characters import bare_words, is_formula
from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Language, Rule
from handler.text.languages.en_numbers import EN
from handler.text.languages.en_numbers import RULES as NUMBER_RULES
from handler.text.numbers import cardinal, digits, ordinal

_ROMAN_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ROMAN = {"X" * tens + ones: 10 * tens + value for tens in range(4) for value, ones in enumerate(_ROMAN_ONES)}
_PLURAL = re.compile(r"([A-Z]{2,})'?s")
_DOTTED_LETTERS = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_ADDRESS_SIGNS = {
    ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "?": "question mark", "=": "equals",
    "&": "and", "#": "hash", "~": "tilde", ":": "colon", "+": "plus", "%": "percent",
}  # fmt: skip
# Signs among letters and figures are spoken between operands, not in markup or decoration.
_SPOKEN_SIGNS = re.compile(r"(?<=[\w)%])\s*([&@+=×÷≈≠≤≥±−^<>*/-])\s*(?=[\w(√π-])|([%°√π∞§$€£¥¢])")
_FORMULA_SIGNS = {"*": "times", "/": "divided by", "-": "minus"}
_POWERS = {"2": "squared", "3": "cubed"}
_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)


def _roman_words(word: str, last: str, following: str) -> str | None:
    value = _ROMAN.get(word)
    if not value:
        return None
    if last in table.REGNAL and (word != "I" or following == "of"):
        return f"the {ordinal(str(value), EN)}"
    if len(word) == 1 and len(following) == 1 and following.isupper():
        return None  # a letter among letters that are spelled
    if last in table.ROMAN_AFTER or (len(word) > 1 and word != "IV" and last[:1].isupper()):
        return cardinal(str(value), EN)
    return None


def _capitals(word: str, shouted: bool) -> str:
    """A word of capitals, spelled if it is an initialism or has no vowel, else in small letters."""
    if word in table.SPECIAL_INITIALISMS and not (shouted and word in table.INITIALISMS_QUIET):
        return table.SPECIAL_INITIALISMS[word]
    quiet = word in table.INITIALISMS_QUIET
    spelled = not shouted if quiet else word in table.INITIALISMS
    consonants = word.isascii() and word.isalpha() and not set(word) & set("AEIOUY")
    if spelled or (consonants and word not in table.CONSONANT_WORDS and len(word) <= 5):
        return " ".join(word)
    return f"I{word[1:].lower()}" if word.startswith("I'") else word.lower()


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper() and word.isalpha() and word not in table.INITIALISMS


def _verbalize_word(word: str, last: str, following: str, context: Context) -> str:
    """The spoken form of a bare word; the spoken form of a spoken form is the same."""
    if (numeral := _roman_words(word, last, following)) is not None:
        return numeral
    if word in table.CHEMICALS:
        return " ".join(word.upper())
    if word in table.TITLES and word not in table.TITLES_DOTTED_ONLY:
        return table.TITLES[word]
    if word == "Dr":
        return "doctor" if following[:1].isupper() or not last[:1].isupper() else "drive"
    if word == "St":
        return "saint" if following[:1].isupper() and not last[:1].isupper() else "street"
    if word.lower() in table.SHORT:
        return table.SHORT[word.lower()]
    if (several := _PLURAL.fullmatch(word)) is not None:
        letters = _capitals(several[1], shouted=False)
        return f"{letters}'s" if letters != several[1].lower() else f"{letters}s"
    if len(word) < 2 or not word.isupper():
        return word
    return _capitals(word, shouted=_is_shouted(context.before) or _is_shouted(context.after))


def _abbreviation(context: Context) -> tuple[str, bool] | None:
    core, after = context.core, context.after
    low = core.lower()
    number_follows, number_before = after[:1].isdigit(), context.before[-1:].isdigit()
    if core in table.MONTH_SHORT and (number_follows or number_before or (context.dot and core not in ("Jan", "Mar"))):
        return table.MONTH_SHORT[core], not after
    if core in table.WEEKDAY_SHORT and (number_follows or (context.dot and after in table.MONTH_NAMES)):
        return table.WEEKDAY_SHORT[core], False
    if not context.dot and "." not in core:
        return None
    if core in table.TITLES or core in ("Dr", "St"):
        spoken = table.TITLES.get(core) or _verbalize_word(core, context.last, after, context)
        return spoken, not after or (spoken in ("drive", "street") and after[0].isupper())
    allowed = (low not in table.DOTTED_BEFORE_NUMBER or number_follows) and (
        low not in table.DOTTED_AFTER_NUMBER or number_before
    )
    ends = not after or (low in table.DOTTED_ENDING and after[0].isupper())
    if low in table.DOTTED and allowed:
        return table.DOTTED[low], ends
    if _DOTTED_LETTERS.fullmatch(core) and len(core) <= 15:
        return " ".join(bare_words(core.upper())), ends
    if len(core) == 1 and core.isupper() and core != "I":
        return core, not after
    return None


def _address(text: str) -> str:
    """A web address, e-mail address, file name or handle, with its signs by name."""
    spoken = []
    for part in re.findall(r"\d+|[^\W\d_]+|.", _SCHEME.sub("", text).rstrip("/")):
        if part.isdigit():
            spoken.append(cardinal(part, EN) if len(part) <= 3 else digits(part, EN))
        elif spoken[-1:] == ["dot"] and part.lower() in table.DOMAINS_SPELLED:
            spoken.append(" ".join(part.upper()))
        else:
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part)
            spoken.append("W W W" if part.lower() == "www" else _ADDRESS_SIGNS.get(part, words))
    return " ".join(spoken)


def _verbalize_signs(core: str) -> str:
    maths = is_formula(core)
    core = re.sub(r"\^([23])(?!\d)", lambda power: f" {_POWERS[power[1]]} ", core)
    compared = re.search(r"\d\s*[<>]\s*\d", core) is not None

    def name(found: re.Match[str]) -> str:
        sign = found[1] or found[2]
        if sign in "<>" and not maths and not compared:
            return " "
        if sign in "*/-":
            return f" {_FORMULA_SIGNS[sign]} " if maths else found.group()
        return f" {'to the' if sign == '^' else table.SIGNS.get(sign, '')} "

    return _SPOKEN_SIGNS.sub(name, core)


def _file(found: re.Match[str], _context: Context) -> str | None:
    ending = found[2].lower()
    if ending not in table.SPELLED_ENDINGS:
        return None
    stem = _address(found[1])
    letters = " ".join(cardinal(letter, EN) if letter.isdigit() else letter.upper() for letter in ending)
    return f"{stem} dot {table.SPOKEN_ENDINGS.get(ending, letters)}"


def _domain(found: re.Match[str], _context: Context) -> str | None:
    # "end.So" lacks a blank after a full stop; domains are in small letters.
    known = found[2].lower() in table.DOMAINS and (found[2].islower() or found[2].isupper())
    return _address(found.group()) if known else None


def _formula(found: re.Match[str], _context: Context) -> str | None:
    if found.group() not in table.CHEMICALS:
        return None
    return " ".join(cardinal(part, EN) if part.isdigit() else part.upper()
                    for part in re.findall(r"\d+|[A-Za-z]", found.group()))  # fmt: skip


def _tag(found: re.Match[str], _context: Context) -> str | None:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_|(?<=\D)(?=\d)|(?<=\d)(?=\D)", " ", found[1])
    return " ".join(["hashtag", *(cardinal(w, EN) if w.isdigit() else w for w in words.split())])


RULES: tuple[Rule, ...] = (
    Rule(r"\S*[^\w\s]\S*", lambda m, _c: table.SHORT.get(m.group().lower())),
    Rule(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", lambda m, _c: _address(m.group())),
    Rule(r"(?i:https?://|ftp://|www\.)\S+", lambda m, _c: _address(m.group())),
    Rule(r"@\w[\w.]*", lambda m, _c: _address(m.group())),
    Rule(r"#([^\W\d]\w*)", _tag),
    Rule(r"([\w-][\w.-]*)\.(\w{2,4})", _file),
    Rule(r"([A-Za-z][\w-]*(?:\.[\w-]+)*)\.([A-Za-z]{2,6})(?:[/?#]\S*)?", _domain),
    Rule(r"[A-Za-z\d]{2,9}", _formula),
    *NUMBER_RULES,
)

ENGLISH = Language(
    EN,
    rules=RULES,
    abbreviation=_abbreviation,
    verbalize_word=_verbalize_word,
    verbalize_signs=_verbalize_signs,
    signs=table.SIGNS,
    range_word="to",
    version_point="point",
    conjunctions=table.CONJUNCTIONS,
    before_names=" ".join([*table.TITLES.values(), "doctor", "saint"]),
    joining_words="and but or nor so yet because although though while if unless until when where which who that than "
    "as since",
    leading_words="about after against among around at before behind below between by during for from in inside into "
    "near of off on onto out over through to toward towards under up upon with within without",
    bound_words="a an the my your his her its our their this these those every each some any no not very you am is "
    "are was were be been being have has had do does did can could will would shall should might must don't "
    "doesn't didn't can't won't it's i'm you're we're they're mr mrs ms dr",
    subject_words="i he she we they",
    proof_sentences=(
        "The old stone bridge was warm in the morning sun, and a quiet river ran below it.",
        "Have you ever wondered why the sea looks green on some days, and deep blue on others?",
        "She paid twenty five dollars for the ticket, took her seat by the window, and fell asleep at once.",
        "Thank you for listening; the next train to the city leaves in about fifteen minutes.",
        "Every great journey begins with a small step, and most of them begin with a cup of coffee.",
    ),
)
