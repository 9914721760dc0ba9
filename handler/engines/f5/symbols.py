"""Text → the symbols that the model was trained on: letters and marks, and for Chinese syllables with their tones.

Tests hold this to upstream's ``convert_char_to_pinyin`` where that is right. Upstream's function itself splits words at
accents ("naï ve"), fails on kana and Hangul, and turns every unknown symbol into a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from handler.text.punctuation import end_with_mark

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

_LATIN_MARKS = str.maketrans("؟।｡،؛", "?.。,,")


@dataclass(frozen=True)
class Symbols:
    """A text as the model's symbols, and the characters that have none: they are left out, not spoken."""

    symbols: list[str]
    unknown: tuple[str, ...] = ()


def tokenize(text: str, known: Collection[str]) -> Symbols:
    """The symbols of a text, each one of ``known``.

    A letter that the model does not know is replaced by others: without its accent, else transliterated to Latin
    letters ("Ш" as "Sh").
    """
    symbols: list[str] = []
    unknown: list[str] = []
    for symbol in _symbols(text, pinyin="ni3" in known):
        fitted = [symbol] if symbol in known else _fitted(symbol, known)
        if not fitted and not symbol.isspace():
            unknown.append(symbol)
        symbols += fitted
    return Symbols(symbols, tuple(dict.fromkeys(unknown)))


def reference_text(text: str) -> str:
    """A clip's transcript as the model expects it: with a final mark, a blank after it, not in capitals throughout."""
    text = end_with_mark(" ".join(text.split()))
    # The model spells capitals out, letter by letter; no speaker of a clip does so all the way.
    text = text.capitalize() if text.isupper() and len(text.split()) > 2 else text
    return f"{text} " if text[-1].isascii() else text


def _symbols(text: str, pinyin: bool) -> Iterator[str]:
    text = _UNSPACED_MARKS.sub(lambda match: match[0].translate(_WIDE), text)
    text = _UNSPACED_BLANK.sub("", text).translate(_TRANSLATED)
    last = " "
    for index, run in enumerate(_HAN_RUN.split(text)):
        if index % 2 and pinyin:
            yield from _pinyin(run)
            last = run[-1]
        elif run:
            yield from _letters(run, last)
            last = run[-1]


def _letters(text: str, before: str) -> Iterator[str]:
    starts = {match.start() for match in _RUN.finditer(text)}
    for index, character in enumerate(text):
        # A word that goes on after an accented letter is still one word; Chinese before it is not.
        inside = before.isalnum() and not _HAN_RUN.match(before)
        if index in starts and not inside and before not in _NO_BLANK_AFTER and not unicodedata.combining(before):
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
    """The symbol written with known symbols; empty if there is no way."""
    for candidate in _respelled(symbol):
        if candidate and all(character in known for character in candidate):
            return list(candidate)
    return []


def _respelled(symbol: str) -> Iterator[str]:
    yield symbol.lower()
    yield symbol.translate(_LATIN_MARKS)
    # A syllable in a tone that the model does not know: its letters.
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
