"""Plain text: headings stand alone between blank lines, as "Chapter 1", "CHAPTER IV" or "3. The Storm".

A line is taken for a heading only where it can hardly be anything else: prose that was cut into chapters where it has
none is worse to hear than a long chapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handler.text.books.base import BookFile, Heading, Manuscript, has_words
from handler.text.roman import roman_value

MAX_HEADING_CHARS = 80
MIN_NUMBERED = 3  # headings of a number alone, or of a number and a title, that a text must have in a row

_LINE = re.compile(r"[^\n]*+(?:\n|$)")
_WORDS = (
    r"chapter|part|book|kapitel|teil|chapitre|partie|cap[ií]tulo|parte|capitolo|hoofdstuk|deel|rozdzia[łl]|capitol(?:ul)?"
    r"|глава|часть|розділ|kapitola|luku|fejezet|bölüm"
)
_ALONE = (
    "prologue|epilogue|prolog|epilog|pr[óo]logo|ep[íi]logo|foreword|preface|introduction|interlude|afterword"
    "|пролог|эпилог"
)
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER = rf"(?:\d{{1,3}}|[ivxlcdm]{{1,8}}|{_ONES}|{_TEENS}|(?:{_TENS})(?:[ -](?:{_ONES}))?|first|second|third|last)"
_NAMED = re.compile(
    rf"(?P<word>{_WORDS}) {{1,3}}(?:the )?{_NUMBER}(?: {{0,3}}[.:–—-] {{0,3}}(?P<title>\S.*+)|\.?)"
    rf"|(?P<alone>{_ALONE})(?: {{0,3}}[.:–—-] {{0,3}}\S.*+)?|第[\d一二三四五六七八九十百千〇零]{{1,6}}[章回部節节].*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?P<number>\d{1,3}|[IVXLCDM]{1,8})(?:[.)]?|[.)] (?P<title>[^\W\d_].*+))")
_SENTENCE_END = re.compile(r"[.,;:!?…][\"'”’»)]*$")


def read(file: BookFile) -> Manuscript:
    """The manuscript of a file of plain text."""
    return of_text(file.text or "")


def of_text(text: str) -> Manuscript:
    """The manuscript of a plain text, which may have headings. Takes linear time."""
    blocks = [block for block in _blocks(text) if len(block.text) <= 2 * MAX_HEADING_CHARS]
    named = [heading for block in blocks if (heading := _named(block))]
    return Manuscript(text, tuple(named if len(named) > 1 else _numbered(text, blocks)))


@dataclass(frozen=True)
class _Block:
    """Lines between blank lines."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def _blocks(text: str) -> Iterator[_Block]:
    start: int | None = None
    for line in _LINE.finditer(text):
        if line[0].strip() and start is None:
            start = line.start()
        elif not line[0].strip() and start is not None:
            yield _Block(start, text[start : line.start()].rstrip("\n"))
            start = None


def _named(block: _Block) -> Heading | None:
    """The heading that a paragraph is: a word such as "Chapter" with its number, and a title beside it or below."""
    first, *more = block.text.strip().split("\n")
    named = _NAMED.fullmatch(first.strip())
    if named is None or len(more) > 1 or len(first) > MAX_HEADING_CHARS:
        return None
    if more and (len(more[0]) > MAX_HEADING_CHARS or _SENTENCE_END.search(more[0].strip())):
        return None
    if named["title"] and named["title"].rstrip().endswith((".", ",", ";")) and len(named["title"].split()) > 6:
        return None
    is_part = (named["word"] or "").lower() in {"part", "book", "teil", "partie", "parte", "deel", "часть"}
    title = " ".join(" ".join(line.split()) for line in (first, *more))
    return Heading(block.start, block.end, 1 if is_part else 2, title)


def _numbered(text: str, blocks: Sequence[_Block]) -> Iterator[Heading]:
    """The paragraphs that count 1, 2, 3…, each with or without a title; none if there are fewer than MIN_NUMBERED."""
    run: list[Heading] = []
    expected = 1
    last: _Block | None = None
    for block in blocks:
        line = " ".join(block.text.split())
        numbered = _NUMBERED.fullmatch(line)
        if numbered is None or len(line) > MAX_HEADING_CHARS or _value(numbered["number"]) != expected:
            continue
        title = numbered["title"]
        if title and (_SENTENCE_END.search(title) or not title[0].isupper()):
            continue
        # The items of a list follow one another.
        if last is not None and not has_words(text[last.end : block.start]):
            continue
        run.append(Heading(block.start, block.end, 2, line))
        expected, last = expected + 1, block
    yield from run if len(run) >= MIN_NUMBERED else ()


def _value(number: str) -> int:
    """The value of a number in digits, or of a Roman one; 0 if it is none."""
    return int(number) if number.isdecimal() else roman_value(number) or 0
