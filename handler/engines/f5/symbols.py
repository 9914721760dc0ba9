"""Text → the symbols that the model was trained on: letters and marks, and for Chinese syllables with their tones.

This is upstream's ``convert_char_to_pinyin`` where it is right, with tests that hold the two alike. It is not used
itself because it parts words at accents ("naï ve"), fails on kana and Hangul, and lets the look-up after it turn
every symbol that the model does not know into a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007"
_KANA = "\u3040-\u30ff"
_MARKS = ",.;:!?…"
_TRANSLATED = str.maketrans(
    {";": ",", "；": "，", "：": "，", "“": '"', "”": '"', "‘": "'", "’": "'", "—": ",", "–": ","}
)
_WIDE = str.maketrans({",": "，", ";": "，", ":": "，", ".": "。", "!": "！", "?": "？"})
_UNSPACED_BLANK = re.compile(rf"(?<=[{_HAN}{_KANA}，。！？…、]) +(?=[{_HAN}{_KANA}])")
_UNSPACED_MARKS = re.compile(rf"(?<=[{_HAN}{_KANA}])[{_MARKS}]+")
_HAN_RUN = re.compile(rf"([{_HAN}]+)")
# Upstream puts a blank before every run of two or more letters or digits that has none, but not after these.
_NO_BLANK_AFTER = " :'\"-._%+#&"
_RUN = re.compile(r"[A-Za-z0-9]{2,}")

_SENTENCE_ENDS = ".!?…。！？"
_JOINTS = " ,;:，；：、-"
_CLOSERS = "\"'”’»)]}」』）】"


@dataclass(frozen=True)
class Spelling:
    """A text as the model's symbols, and the characters that it has none for: they are left out, not spoken."""

    symbols: list[str]
    unknown: tuple[str, ...] = ()


def spell(text: str, known: Collection[str]) -> Spelling:
    """The symbols of a text, each one of ``known``.

    A letter that the model does not know is spelled with others: without its accent, else by how it sounds in Latin
    letters ("Ш" as "Sh").
    """
    symbols: list[str] = []
    unknown: list[str] = []
    for symbol in _symbols(text, pinyin="ni3" in known):
        fitted = [symbol] if symbol in known else _fitted(symbol, known)
        if not fitted and not symbol.isspace():
            unknown.append(symbol)
        symbols += fitted
    return Spelling(symbols, tuple(dict.fromkeys(unknown)))


def closed(text: str, *, final: bool = True) -> str:
    """The text with a mark at its end: without one the model goes on, or swallows the last word.

    ``final`` is the end of a sentence; otherwise the voice stays up, for the speech goes on in the next chunk.
    """
    text = text.strip()
    body = text.rstrip(_CLOSERS)
    if body and (body[-1] in _SENTENCE_ENDS or (not final and body[-1] in _JOINTS)):
        return text
    bare = body.rstrip(_JOINTS)
    wide = unicodedata.east_asian_width(bare[-1:] or " ") in "WF"
    mark = ("。" if wide else ".") if final else ("，" if wide else ",")
    return bare + mark + text[len(body) :]


def reference_text(text: str) -> str:
    """A clip's transcript as the model expects it: closed by a mark, a blank after it, not in capitals throughout."""
    text = closed(" ".join(text.split()))
    # The model spells capitals out, letter by letter; no speaker of a clip does so all the way.
    text = text.capitalize() if text.isupper() and len(text.split()) > 2 else text
    return f"{text} " if text[-1].isascii() else text


def _symbols(text: str, pinyin: bool) -> Iterator[str]:
    text = _UNSPACED_MARKS.sub(lambda found: found[0].translate(_WIDE), text)
    text = _UNSPACED_BLANK.sub("", text).translate(_TRANSLATED)
    last = " "
    for place, run in enumerate(_HAN_RUN.split(text)):
        if place % 2 and pinyin:
            yield from _pinyin(run)
            last = run[-1]
        elif run:
            yield from _letters(run, last)
            last = run[-1]


def _letters(text: str, before: str) -> Iterator[str]:
    starts = {found.start() for found in _RUN.finditer(text)}
    for place, character in enumerate(text):
        # A word that goes on after an accented letter is still one word; Chinese before it is not.
        inside = before.isalnum() and not _HAN_RUN.match(before)
        if place in starts and not inside and before not in _NO_BLANK_AFTER and not unicodedata.combining(before):
            yield " "
        yield character
        before = character


def _pinyin(run: str) -> Iterator[str]:
    """Syllables of Chinese with tone numbers, a blank before each; how a character is read depends on its word."""
    import rjieba
    from pypinyin import Style, lazy_pinyin

    for word in rjieba.cut(run):
        for syllable in lazy_pinyin(word, style=Style.TONE3, tone_sandhi=True):
            yield " "
            yield syllable


def _fitted(symbol: str, known: Collection[str]) -> list[str]:
    """The symbol in other symbols that are all known; none where there is no way."""
    for candidate in _respelled(symbol):
        if candidate and all(character in known for character in candidate):
            return list(candidate)
    return []


def _respelled(symbol: str) -> Iterator[str]:
    yield symbol.lower()
    # A syllable of a tone that the model has never heard: its letters.
    if len(symbol) > 1 and symbol.isascii():
        yield symbol.rstrip("012345")
    folded = "".join(c for c in unicodedata.normalize("NFKD", symbol) if not unicodedata.combining(c))
    yield folded
    yield folded.lower()
    if not symbol.isascii() and symbol.isalnum():
        from anyascii import anyascii

        latin = anyascii(symbol).strip()
        yield latin
        yield latin.lower()
