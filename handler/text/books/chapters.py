"""A manuscript becomes chapters, and a chapter parts: by its headings, else at the ends of paragraphs."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from handler.text.books.base import Heading, Manuscript, has_words

MAX_CHAPTER_CHARS = 60_000  # of a chapter: over an hour of speech in one file; a longer one becomes several
OPENING = "Opening"  # the title of what stands before the first heading of a book without a title
UNNAMED_CHARS = 20_000  # of each part of a book without headings: some twenty minutes

_ENDS = (  # where a text may be cut, the best first
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。！？।][\"'”’»)\]]*\s+|[。！？]"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True)
class Chapter:
    """A chapter at ``text[start:end]`` of the manuscript; its heading, if it has one, ends at ``body``."""

    number: int
    title: str
    start: int
    end: int
    body: int


def divide(book: Manuscript) -> tuple[Chapter, ...]:
    """The chapters of a book, each with words; together they have all of its words."""
    found: list[Chapter] = []
    for title, start, end, body in _sections(book):
        limit = MAX_CHAPTER_CHARS if title else UNNAMED_CHARS
        spans = list(cut(book.text, start, end, limit))
        for at, (first, last) in enumerate(spans, 1):
            number = len(found) + 1
            shown = (f"{title} ({at})" if len(spans) > 1 else title) or f"Part {number}"
            found.append(Chapter(number, shown, first, last, body if at == 1 else first))
    return tuple(found)


def _sections(book: Manuscript) -> Iterator[tuple[str, int, int, int]]:
    """The title, the start, the end and the end of the heading of each chapter, however long it is."""
    text = book.text
    starts = _starts(book)
    opening = starts[0].start if starts else len(text)
    if has_words(text[book.start : opening]):
        yield (book.title or OPENING) if starts else "", book.start, opening, book.start
    # A heading without a text of its own, such as that of a part of the book, begins the chapter that follows.
    begun: int | None = None
    ends = [*(heading.start for heading in starts[1:]), len(text)]
    for heading, end in zip(starts, ends, strict=False):
        begun = heading.start if begun is None else begun
        if has_words(text[heading.end : end]) or end == len(text):
            yield heading.title, begun, end, heading.end
            begun = None


def _starts(book: Manuscript) -> Sequence[Heading]:
    """The headings that begin chapters: of the highest level that has several.

    Where most of those chapters would be too long, as the parts of a long book are, of the next one, too.
    """
    levels = sorted({heading.level for heading in book.headings})
    chosen: Sequence[Heading] = ()
    for level in levels:
        if sum(heading.level == level for heading in book.headings) < 2 and level != levels[-1]:
            continue
        chosen = [heading for heading in book.headings if heading.level <= level]
        lengths = [end - start for start, end in pairwise([*(one.start for one in chosen), len(book.text)])]
        if statistics.median(lengths) <= MAX_CHAPTER_CHARS:
            break
    return chosen


def cut(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Divide ``text[start:end]`` into spans of about one size and at most ``limit`` characters, without losing any.

    They end with paragraphs, else with lines, sentences or words.
    """
    begun = first = start
    while first < end:
        count = -(-(end - first) // limit)
        last = end if count == 1 else _end(text, first, first + (end - first) // count, first + limit)
        # Signs alone, such as a row of asterisks, go with what follows.
        if has_words(text[begun:last]):
            yield begun, last
            begun = last
        first = last


def _end(text: str, start: int, wanted: int, latest: int) -> int:
    """The end of a span that begins at ``start``: near ``wanted``, and at ``latest`` at most."""
    for pattern in _ENDS:
        ends = [found.end() for found in pattern.finditer(text, start + (wanted - start) // 2, latest)]
        if ends:
            return min(ends, key=lambda at: abs(at - wanted))
    return latest
