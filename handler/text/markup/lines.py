"""Tell lines that were wrapped at some width from titles, lists and verse, whose lines are paragraphs.

Of a line without a full stop or a comma at its end:

* Nothing ends after a word that asks for more (an article, a preposition, a conjunction), or before small letters.
* A line that the first word of the next would have fitted on was ended on purpose, and ends a paragraph.
* So does one before a capital, if no line of the paragraph shows that it is wrapped prose; in German, where nouns have
  capitals, and in scripts without capitals the lengths of all lines decide.

A word that was divided at the end of a line is put together; "well-" and "known" keep their hyphen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from handler.text.characters import is_unspaced, word_set
from handler.text.languages import language_of
from handler.text.languages.base import Language
from handler.text.languages.tags import primary_language
from handler.text.markup.rewriting import PARAGRAPH, PAUSE_SIGN, Edit

MIN_WRAP_WIDTH = 20  # cells; narrower lines show no width that they were wrapped at
MIN_ONLY_WIDTH = 60  # cells of a single wrapped line whose next begins with a capital: longer than titles and verses
MIN_NOUN_WIDTH = 30  # cells, where nouns have capitals and several lines are of one width
MIN_UNCASED_WIDTH = 28  # cells, in scripts without capitals: longer than the lines of a poem
_LONGER = 1.25  # than known wrapped lines: a title

_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028]")
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*+")
_ITEM = re.compile(r"\(?(?:[a-zA-Z]|[ivxIVX]{1,4}|\d{1,3})\)\s")
_ENDED = re.compile(r"[.!?…。！？｡．؟।॥።。](?:\[\d{1,3}\]|[\"'”’»›)\]}」』）】*_]){0,3}$")
_ASKS = re.compile(r"(?:[,;،，、；/&+(\[{«“‘—–=]|(?<=\s)[-:])$")
_INNER = re.compile(r"[.,;!?…。，；！？、؟،।]\s*\w")
_GOES_ON = frozenset("&+=/,;.，。、！？；：）」』】”’…)!?")
_OPENING = "\"'“‘«‹„([{¿¡「『（【*_"
_CLOSING = "\"'”’»›)]}"
_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + f"\u200b\ufeff{PAUSE_SIGN}"
_HYPHENS = "-‐\u00ad¬"
_LAST_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]++[\"'”’»)]{0,2}$")
_FIRST_WORD = re.compile(r"\S+")
_COMPOUND = re.compile(r"\w+(?:-\w+)*+")
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_THAI_LIKE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # letters without blanks between words
_WIDE_SIGN = re.compile(r"[\u3000-\u303f\uff00-\uffef]")

_MAY_END = word_set(
    "you it her this these those some any no not very is are was were am "
    "sie es ist sind ihr nicht sehr elle lui pas él ella no lei lui non ela ele não"
)
"""Words of the languages' lists that also end a sentence or a line of verse."""
_HEADS = word_set(
    "all anti best better bottom built close co cold cost cross custom dark data deep double down eight ex far fast "
    "fifty first five forty four free full good half hand hard heavy high ill in ice inter left life light long low "
    "mid middle mother multi mid near nine ninety non off old on one open out over part post pre pro quasi real right "
    "second self semi seven seventy short single six sixty slow small so soft state sub super ten third thirty three "
    "time top twenty two ultra under up user vice well wide work world eighty grand vingt peut est porte demi mi sous"
)
_TAILS = word_set("being known based related like free friendly to être il elle on je tu nous vous ce là ci même mêmes")
"""Words that are joined to others by a hyphen: `well-known`."""
_CAPITAL_NOUNS = frozenset({"de", "lb"})


@dataclass(frozen=True)
class _Line:
    text: str
    start: int
    end: int
    break_start: int
    stop: int  # where its line break ends
    width: int
    kind: str  # of its first letter: lower, upper, digit, uncased; item or symbol if it begins with one

    @property
    def first(self) -> str:
        found = _FIRST_WORD.match(self.text)
        return found[0] if found else ""


@dataclass(frozen=True)
class _Block:
    """Lines in a row, and what they tell: the width at which they were wrapped, 0 if there is none."""

    lines: list[_Line]
    width: int
    listed: bool = False  # words in a column
    verse: bool = False  # lines that begin with capitals


def line_edits(text: str, language: str) -> Iterator[Edit]:
    """The edits of the line breaks of a text: an end of paragraph, or nothing within a word; others stay as blanks."""
    if not _BREAK.search(text):
        return
    facts = language_of(language)
    asking = word_set(f"{facts.leading_words} {facts.bound_words} {facts.joining_words} {facts.subject_words}")
    articles = word_set(facts.bound_words)
    beginning = asking | word_set(facts.conjunctions)
    nouns = primary_language(language) in _CAPITAL_NOUNS
    words = _Words(facts, asking - _MAY_END, articles - _MAY_END, beginning, nouns, text)
    for block in _blocks(text, words):
        for one, other in pairwise(block.lines):
            edit = _between(one, other, block, words)
            if edit is not None and (edit.text or PAUSE_SIGN not in text[edit.start : edit.end]):
                yield edit


@dataclass(frozen=True)
class _Words:
    """What the language and the whole text know about words."""

    language: Language
    asking: frozenset[str]  # for another word after them
    articles: frozenset[str]  # and their like, which ask for it in verse, too
    beginning: frozenset[str]  # small words, which have a capital where a sentence begins
    capital_nouns: bool
    text: str

    @cached_property
    def written(self) -> frozenset[str]:
        """The words of the text, with and without hyphens inside."""
        return frozenset(_COMPOUND.findall(self.text))

    def begins_sentence(self, line: _Line) -> bool:
        """Whether the first word has a capital only because a sentence begins: "The", "Der", but not "I"."""
        found = _LETTERS.match(line.first)
        word = found[0] if found else ""
        return len(word) > 1 and word[0].isupper() and word.lower() in self.beginning


def _blocks(text: str, words: _Words) -> Iterator[_Block]:
    """The runs of lines without a blank line or an end of paragraph between them."""
    lines: list[_Line] = []
    position = 0
    while position < len(text):
        found = _LINE.match(text, position)
        end = found.end() if found else position
        broken = _BREAK.match(text, end)
        stop = broken.end() if broken else min(end + 1, len(text))
        if text[position:end].strip(_BLANKS):
            lines.append(_line(text, position, end, stop))
        if not broken or not text[position:end].strip():
            if len(lines) > 1:
                yield _block(lines, words)
            lines = []
        position = stop
    if len(lines) > 1:
        yield _block(lines, words)


def _line(text: str, start: int, end: int, stop: int) -> _Line:
    content = text[start:end]
    start += len(content) - len(content.lstrip(_BLANKS))
    content = content.strip(_BLANKS)
    return _Line(content, start, start + len(content), end, stop, _width(content), _kind(content))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def _kind(text: str) -> str:
    if _ITEM.match(text):
        return "item"
    first = text.lstrip(_OPENING)[:1]
    if first.islower() or first.isupper():
        return "lower" if first.islower() else "upper"
    if first.isdecimal() or (first and unicodedata.category(first) == "Sc"):
        return "digit"
    return "uncased" if first.isalpha() else "symbol"


def _block(lines: list[_Line], words: _Words) -> _Block:
    kinds = [line.kind for line in lines]
    known = [one for one, other in pairwise(lines) if other.kind == "lower" and not _ENDED.search(one.text)]
    short = len(lines) > 2 and all(len(line.text.split()) <= 2 and line.text[-1].isalnum() for line in lines)
    asks = any(words.asking & {line.text.split()[0].lower(), line.text.split()[-1].lower()} for line in lines)
    listed = short and not asks and set(kinds) == {"lower"}
    if known and not listed:
        return _Block(lines, max(line.width for line in known))
    width = max(line.width for line in lines)
    wrapped = all(_is_full(one, other, width) for one, other in pairwise(lines)) and lines[-1].width <= width
    if "uncased" in kinds:
        sentences = bool(_ENDED.search(lines[-1].text)) or any(_INNER.search(line.text) for line in lines)
        poem = len(lines) > 2 and lines[-1].width >= 0.9 * width and not sentences
        least = MIN_WRAP_WIDTH if sentences and len(lines) > 2 else MIN_UNCASED_WIDTH
        wrapped = wrapped and not poem
    elif words.capital_nouns:
        least = MIN_NOUN_WIDTH if len(lines) > 2 else MIN_ONLY_WIDTH - 10
    else:
        least = MIN_ONLY_WIDTH
    if wrapped and width >= least:
        return _Block(lines, width)
    return _Block(lines, 0, listed, verse=len(lines) > 2 and set(kinds) == {"upper"} and width < MIN_ONLY_WIDTH)


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    """Whether the first word of the next line would not have fitted on a line of this width."""
    if _ENDED.search(line.text):
        return line.width > width / 2
    first = following.first
    if any(map(is_unspaced, first)):
        return line.width >= width - 4
    if _THAI_LIKE.search(first):
        return line.width >= 0.75 * width
    return line.width + 1 + _width(first) > width


def _between(one: _Line, other: _Line, block: _Block, words: _Words) -> Edit | None:
    """What becomes of the break between two lines; None leaves it as a blank."""
    if one.text[-1] in _HYPHENS and one.text[-2:-1].isalnum() and other.text[0].isalnum():
        return _divided(one, other, words)
    if (
        _asks_for_more(one, words.articles if block.verse else words.asking)
        or (other.kind == "lower" and not block.listed)
        or other.text[0] in _GOES_ON
    ):
        return _glue(one, other)
    if _ENDED.search(one.text) and other.kind not in ("item", "symbol"):
        return _glue(one, other)
    wrapped = (
        block.width >= MIN_WRAP_WIDTH
        and _is_full(one, other, block.width)
        and one.width <= _LONGER * block.width
        and other.kind not in ("item", "symbol")
        and not words.begins_sentence(other)
        and not (one is block.lines[0] and _is_title(one, words))
    )
    return _glue(one, other) if wrapped else Edit(one.break_start, one.stop, PARAGRAPH)


def _asks_for_more(line: _Line, asking: frozenset[str]) -> bool:
    if _ASKS.search(line.text):
        return True
    found = _LAST_WORD.search(line.text[-40:])
    return found is not None and found[0].strip(_CLOSING).lower() in asking


def _is_title(line: _Line, words: _Words) -> bool:
    """Whether nearly all long words have capitals, in a language whose nouns have none."""
    long = [word for word in _LETTERS.findall(line.text) if len(word) > 3]
    return not words.capital_nouns and len(long) > 1 and sum(word[0].isupper() for word in long) > 0.8 * len(long)


def _glue(one: _Line, other: _Line) -> Edit | None:
    """Scripts without blanks have none at the end of a wrapped line either."""
    return Edit(one.end, other.start) if _unspaced(one.text[-1]) and _unspaced(other.text[0]) else None


def _unspaced(character: str) -> bool:
    return is_unspaced(character) or bool(_THAI_LIKE.match(character) or _WIDE_SIGN.match(character))


def _divided(one: _Line, other: _Line, words: _Words) -> Edit | None:
    """A hyphen at the end of a line: of a divided word it is taken out, of a compound only the line break is."""
    left = one.text[:-1].rpartition(" ")[2].lstrip(_OPENING)
    found = _WORD.match(other.text)
    right = found[0] if found else ""
    if right.lower() in word_set(f"{words.language.joining_words} {words.language.conjunctions}"):
        return None  # "Haus- und Gartenarbeit"
    compound = (
        one.text[-1] not in "\u00ad¬"
        and left + right not in words.written
        and (
            f"{left}-{right}" in words.written
            or left.lower() in _HEADS
            or right.lower() in _TAILS
            or not left.isalpha()
            or right[0].isupper()
        )
    )
    return Edit(one.end - (not compound), other.start)
