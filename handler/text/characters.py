"""Classify and normalise characters: parts of words, silent ones, punctuation that shapes prosody.

All spoken text goes through ``plain`` (one way of writing each character) and ``bare_words`` (words without
punctuation), so a spoken form read again gives itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

PROSODY_MARKS = ",:;.…!?"
"""The punctuation that engines get, from weak to strong."""

# Of characters with one meaning, rules and dictionaries know only this one.
_EQUIVALENTS = {
    **dict.fromkeys("’‘ʼ‛´′", "'"),
    **dict.fromkeys("“”„‟«»″〝〞「」『』", '"'),
    **dict.fromkeys("‐‑⁃﹣－", "-"),
    **dict.fromkeys("—―⸺⸻", "—"),
    **dict.fromkeys("‒–", "–"),
    **dict.fromkeys("。．｡।॥։።۔᠃", "."),
    **dict.fromkeys("，、､،፣՝", ","),
    **dict.fromkeys("؛፤", ";"),
    **dict.fromkeys("؟՞⁇⁈⁉", "?"),
    **dict.fromkeys("՜‼", "!"),
    **dict.fromkeys("…‥⋯", "…"),
    **dict.fromkeys("⁄∕", "/"),
    "℃": "°C",
    "℉": "°F",
    # Signs of trade and information are pictures beside a word, not letters of it.
    **dict.fromkeys("™®℠ℹ", ""),
}
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3040-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af]"
)
_MATHS = re.compile(r"[=×÷≈≠≤≥±^√]")
_JOINERS = "\u200c\u200d"
# A joiner shapes letters of Persian or Indic words; between Latin letters and in emoji it is only noise.
_IDLE_JOINER = re.compile(rf"(?<![\u0590-\U0010ffff])[{_JOINERS}]|[{_JOINERS}](?!\w)")
_SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Me"})
# Compatibility forms that are another way to write the same letters. ``<compat>`` is not among them: it would
# take apart Thai and Lao vowels and single Hangul letters.
_FORMS = frozenset(
    {"<wide>", "<narrow>", "<font>", "<circle>", "<square>", "<sub>", "<initial>", "<medial>", "<final>", "<isolated>"}
)


def word_set(text: str) -> frozenset[str]:
    """The entries of a table that is written as one text."""
    return frozenset(text.split())


@lru_cache(maxsize=8192)
def _plain_character(character: str) -> str:
    if character in _EQUIVALENTS:
        return _EQUIVALENTS[character]
    if character.isspace():
        return " "
    if character in _JOINERS or (character.isascii() and character.isprintable()):
        return character
    category = unicodedata.category(character)
    # Variation selectors only choose how the character before them looks.
    if category in _SILENT or "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    tag = unicodedata.decomposition(character).partition(" ")[0]
    form = unicodedata.normalize("NFKC", character)
    if tag == "<fraction>":
        return f" {form.replace('⁄', '/')}"
    if tag == "<super>" and not form.isalpha():
        return f"^{form}"
    if tag in _FORMS or (tag == "<compat>" and form.isascii() and category[0] in "LN"):
        return form
    if category in ("Nl", "No"):
        value = unicodedata.numeric(character)
        return f" {int(value)} " if value == int(value) else ""
    return character


def plain(text: str) -> str:
    """The text with one way of writing each character: NFC, ASCII digits, straight quotes, nothing invisible."""
    if text.isascii() and text.isprintable():
        return text
    characters = "".join(map(_plain_character, text))
    return unicodedata.normalize("NFC", _IDLE_JOINER.sub("", characters)).strip()


def is_unspaced(character: str) -> bool:
    """Whether it belongs to a script written without spaces: Han, Hiragana, Katakana."""
    return bool(_UNSPACED.match(character))


def _continues_word(character: str, word: str, following: str) -> bool:
    """Whether a character that is no letter belongs to the word before it."""
    if not word:
        return False
    if character == "'" or character in _JOINERS:
        return following.isalpha() and not is_unspaced(following) and not is_unspaced(word[0])
    return unicodedata.category(character) in ("Mn", "Mc")


def bare_words(text: str) -> list[str]:
    """The words of a plain text without punctuation; digits are no words. Inner apostrophes stay."""
    words: list[str] = []
    word = ""
    for index, character in enumerate(text):
        if character.isalpha():
            if word and (is_unspaced(character) or is_unspaced(word[0])):
                words.append(word)
                word = ""
            word += character
        elif _continues_word(character, word, text[index + 1 : index + 2]):
            word += character
        elif word:
            words.append(word)
            word = ""
    return [*words, word] if word else words


def is_formula(text: str) -> bool:
    """Whether it holds signs of mathematics and digits."""
    return bool(_MATHS.search(text)) and any(map(str.isdigit, text))


def prosody_mark(punctuation: str) -> str:
    """The strongest of ``PROSODY_MARKS`` in a run of plain punctuation; a dash counts as a comma, nothing as ""."""
    if "..." in punctuation:
        punctuation = punctuation.replace("...", "…")
    strongest = max((PROSODY_MARKS.find(character) for character in punctuation), default=-1)
    if strongest >= 0:
        return PROSODY_MARKS[strongest]
    return "," if any(dash in punctuation for dash in "—–") or "--" in punctuation else ""


def stronger_mark(one: str, other: str) -> str:
    """The stronger of two prosody marks, either of which may be empty."""
    return max(one, other, key=PROSODY_MARKS.find) if one and other else one or other
