"""Normalise characters, and tell words from punctuation and prosody marks.

All spoken text passes ``plain`` (one spelling of each character) and ``bare_words`` (words without punctuation), so
verbalizing a spoken form gives the same form.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

PROSODY_MARKS = ",:;.…!?"  # the punctuation that engines get, from weak to strong

_SENTENCE_STOPS = "。｡।॥።։۔᠃"
# Characters of one meaning → the one that rules and dictionaries have.
_EQUIVALENTS = {
    **dict.fromkeys("’‘ʼ‛´′", "'"),
    **dict.fromkeys("“”„‟«»″〝〞「」『』", '"'),
    **dict.fromkeys("‐‑⁃﹣－", "-"),
    **dict.fromkeys("—―⸺⸻", "—"),
    **dict.fromkeys("‒–", "–"),
    **dict.fromkeys(f"．{_SENTENCE_STOPS}", "."),
    "🔟": " 10 ",
    **dict.fromkeys("，、､", ", "),  # never inside a number, as a comma may be
    **dict.fromkeys("،፣՝", ","),
    **dict.fromkeys("؛፤", ";"),
    **dict.fromkeys("؟՞⁇⁈⁉", "?"),
    **dict.fromkeys("՜‼", "!"),
    **dict.fromkeys("…‥⋯", "…"),
    **dict.fromkeys("⁄∕", "/"),
    "٫": ".",
    "٬": ",",
    "٪": "%",
    "؉": "‰",
    "∼": "~",
    "℃": "°C",
    "℉": "°F",
    # Pictures next to a word, although Unicode decomposes them to letters.
    **dict.fromkeys("™®℠ℹ", ""),
}
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3040-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af]"
)
BLANK_LINE = re.compile(r"(?>\r\n|[\n\r\x85\u2028])[^\S\r\n\u2029]*(?>\r\n|[\n\r\x85\u2028])\s*|\u2029\s*")
"""The end of a paragraph. CR and LF together are one line break."""
_JOINERS = "\u200c\u200d"
# Joiners shape letters of Persian or Indic words, and do nothing between Latin letters and in emoji.
_IDLE_JOINER = re.compile(rf"(?<![\u0590-\U0010ffff])[{_JOINERS}]|[{_JOINERS}](?!\w)")
_SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Me"})
# Compatibility forms of the same letters. ``<compat>`` would also decompose Thai and Lao vowels and Hangul letters.
_FORMS = frozenset(
    {"<wide>", "<narrow>", "<font>", "<circle>", "<square>", "<sub>", "<initial>", "<medial>", "<final>", "<isolated>"}
)


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
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
    # Variation selectors only choose the glyph of the character before them.
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
    if tag == "<circle>" and form.isdigit():
        return f"{form} "  # several in a row are several numbers
    if tag in _FORMS or (tag == "<compat>" and form.isascii() and category[0] in "LN"):
        return form
    if category in ("Nl", "No"):
        value = unicodedata.numeric(character)
        return f" {int(value)} " if value == int(value) else ""
    return character


def plain(text: str) -> str:
    """The text with one spelling of each character: NFC, ASCII digits, straight quotes, nothing invisible."""
    if text.isascii() and text.isprintable():
        return text
    characters = "".join(map(_plain_character, text))
    return unicodedata.normalize("NFC", _IDLE_JOINER.sub("", characters)).strip()


def plain_with_offsets(text: str) -> tuple[str, list[int]]:
    """The text with one spelling of each character, and the index in ``text`` that each of its characters is from.

    It has a single blank for any white space, and no blank at its ends. A blank line, which expressions do not cross,
    is a line feed.
    """
    characters: list[str] = []
    indices: list[int] = []
    paragraphs = {found.start() for found in BLANK_LINE.finditer(text)}
    for index, character in enumerate(text):
        form = "\n" if index in paragraphs else _plain_character(character)
        if character in _SENTENCE_STOPS and text[index + 1 : index + 2].isdecimal():
            form = ". "  # 5。2月: the end of a sentence, which is never inside a number
        for one in form:
            last = characters[-1] if characters else ""
            if one == " " and last in (" ", "\n", ""):
                continue
            whole = unicodedata.normalize("NFC", last + one) if last and unicodedata.combining(one) else ""
            if len(whole) == 1:
                characters[-1] = whole
                continue
            if one == "\n" and last == " ":
                characters.pop(), indices.pop()
            characters.append(one)
            indices.append(index)
    return "".join(characters), indices


def is_unspaced(character: str) -> bool:
    """Whether a character is Han, Hiragana or Katakana, which are written without spaces."""
    return bool(_UNSPACED.match(character))


def has_unspaced(text: str) -> bool:
    """Whether a text has such a character."""
    return bool(_UNSPACED.search(text))


def _continues_word(character: str, word: str, following: str) -> bool:
    """Whether a character belongs to the same word as the characters before it."""
    if not word:
        return False
    if character.isalpha():
        return not is_unspaced(character) and not is_unspaced(word[0])
    if character == "'" or character in _JOINERS:
        return following.isalpha() and not is_unspaced(following) and not is_unspaced(word[0])
    return unicodedata.category(character) in ("Mn", "Mc")


def bare_words(text: str) -> list[str]:
    """The words of a plain text without punctuation and digits; inner apostrophes stay."""
    if text.isalpha() and not _UNSPACED.search(text):
        return [text]
    words: list[str] = []
    word = ""
    for index, character in enumerate(f"{text} "):
        if _continues_word(character, word, text[index + 1 : index + 2]):
            word += character
            continue
        if word:
            words.append(word)
        word = character if character.isalpha() else ""
    return words


def prosody_mark(punctuation: str) -> str:
    """The strongest of ``PROSODY_MARKS`` in plain punctuation, "" if there is none; a dash counts as a comma."""
    if not punctuation:
        return ""
    strongest = max(map(PROSODY_MARKS.find, punctuation.replace("...", "…")), default=-1)
    if strongest >= 0:
        return PROSODY_MARKS[strongest]
    return "," if any(dash in punctuation for dash in "—–") or "--" in punctuation else ""


def stronger_mark(one: str, other: str) -> str:
    """The stronger of two prosody marks, either of which may be empty."""
    return max(one, other, key=PROSODY_MARKS.find) if one and other else one or other
