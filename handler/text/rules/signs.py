"""Signs by name: no sign of value is silent. Which signs are silent, and why, is written here."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from handler.text import cldr
from handler.text.characters import word_set
from handler.text.languages.base import Context, Language, Rule, says
from handler.text.patterns import AMOUNT, OTHER, one_of
from handler.text.rules.amounts import unit_noun
from handler.text.rules.numbers import in_formula
from handler.text.sign_names import sign_name

ALWAYS = "%‰‱°§¶+±−×÷=≠≈≡≤≥√∞∑∏∫∂∆∇∈∉∪∩⊂⊃∀∃∅∴→←↑↓↔⇒⇔&@№¢$£¥€©♯♭♮"
"""Spoken wherever they stand, and so is every other currency sign and mathematical sign of Unicode."""
BETWEEN = "*/<>^~#-:"
"""Spoken beside figures only: elsewhere they are emphasis, alternatives, quotes, hyphens and bullets."""
SILENT = {
    "()[]{}«»‹›\"'`“”„‘’「」『』【】《》〈〉": "brackets and quotes are seen, not heard",
    ".,;:!?…¿¡·、。，": "punctuation becomes prosody",
    "•‣▪●○■□◆◇★☆✓✔✗✘♪♫|_\\~*#": "bullets, rules and emphasis",
    "-–—/": "hyphens, dashes and slashes between words",
    "®™†‡¨´`¸˜": "notes beside a word",
}
"""Signs that are silent where no rule speaks them, and why. Emoji and other pictures are silent too."""
_EMOTICONS = word_set(
    ":D :-D ;D ;-D :P :-P ;P ;-P :p :-p :o :O :-o :-O :x :X :3 <3 </3 :s :S :v =D =P D: :c 8) 8-) B) B-) :b :L :'D "
    ":'( T_T o_O O_o ^_^ >_< -_- :) :-) :( :-( ;) ;-) =) =( :/ :-/ :| :* xD XD"
)
_FIGURE = rf"[\d{AMOUNT}]"


@cache
def _other_signs() -> str:
    """Every other sign of a currency and of mathematics, as a class of a pattern."""
    known = {*ALWAYS, *BETWEEN, *"|~¬"}
    signs = [chr(code) for code in range(0xA0, 0x1F000) if unicodedata.category(chr(code)) in ("Sc", "Sm")]
    return "".join(re.escape(sign) for sign in signs if sign not in known)


def _name(found: re.Match[str], context: Context) -> str:
    language, sign = context.language, found.group().strip()
    unit = re.search(r"[^\W\d_]{1,15}$", context.text[max(0, context.start - 15) : context.start])
    if sign == "/" and unit and unit_noun(unit[0], language):
        return language.per or cldr.per(language.tag)  # 5 L/100 km
    return language.sign(sign)


def _prefix(found: re.Match[str], context: Context) -> str:
    return context.language.prefix(found.group())


_OF_SEVERAL = {
    "&&": "&",
    "!=": "≠",
    "=/=": "≠",
    ">=": "≥",
    "<=": "≤",
    "->": "→",
    "-->": "→",
    "=>": "→",
    "·": "×",
    "⋅": "×",
    "∙": "×",
}
"""Signs that stand for another."""


def _other_spelling(found: re.Match[str], context: Context) -> str:
    return context.language.sign(_OF_SEVERAL[found.group().strip()])


_LISTING = ("zh", "yu", "ja", "ko")  # where a point in the middle parts what is listed


def _sharp(_found: re.Match[str], context: Context) -> str:
    return context.language.sign("♯")


_PHONE_WORD = re.compile(rf"[\d{AMOUNT}]+-[^\W\d]")  # 1-800-FLOWERS


def _range(_found: re.Match[str], context: Context) -> str | None:
    if _PHONE_WORD.match(context.text, context.end):
        return None
    return (
        context.language.sign("−")
        if in_formula(context)
        else context.language.range_word or sign_name("–", context.language.tag)
    )


def emoticon_rules() -> tuple[Rule, ...]:
    """Faces of signs, which are pictures: before all rules, because some hold figures."""
    return (Rule(one_of(_EMOTICONS), says(""), amount=False, start=r"(?<!\S)", end=r"(?![^\s.,!?)])"),)


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of signs, after all others."""
    points = "⋅∙" if language.tag[:2] in _LISTING else "·⋅∙"
    return (
        Rule(r"&&", _other_spelling, amount=False, start="(?<!&)", end="(?!&)"),
        Rule(r"[!<>]=|=/=", _other_spelling, amount=False, start=r"(?<![!<>=/])", end="(?![=>])"),
        Rule(r"(?<=(?<!\w)[A-G])#", _sharp, amount=False, start="", end=r"(?!\w)"),
        Rule(r"--?>|=>", _other_spelling, amount=False, start=r"(?<![-=<!])", end="(?![>=])"),
        Rule(rf"(?<={_FIGURE}) ?[{points}] ?(?={_FIGURE})", _other_spelling, amount=False, start="", end=""),
        Rule(rf"(?<={_FIGURE}) ?[-–—~〜～] ?(?={_FIGURE})", _range, amount=False, start="", end=""),
        Rule(rf"(?<={_FIGURE}) ?[*/<>^~:] ?(?={_FIGURE})", _name, amount=False, start="", end=""),
        Rule(rf"(?<=[\w){AMOUNT}{OTHER}])\^(?=[\w(+−{AMOUNT}-])", _name, amount=False, start="", end=""),
        Rule(rf"(?<![\w{AMOUNT}{OTHER}%.,–-])[-−+±#<>~](?={_FIGURE})", _prefix, amount=False, start="", end=""),
        Rule(rf"[#<>~](?={_FIGURE})|[<>](?= {_FIGURE})", _name, amount=False, start="", end=""),
        Rule(r"(?<=[^\W\d_])[<>](?=[^\W\d_](?!\w))", _name, amount=False, start="", end=""),
        Rule(r"(?<=\w )[<>](?= \w)|(?<=\b\w )\*(?= \w\b)", _name, amount=False, start="", end=""),
        Rule(f"[{re.escape(ALWAYS)}{_other_signs()}]", _name, amount=False, start="", end=""),
    )
