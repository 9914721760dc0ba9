"""Markdown: headings with ``#``, or underlined; title and author may stand in the front matter of a page.

Without it, the title is the first heading, where it alone is of the highest level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handler.text.books.base import BookFile, Heading, Manuscript, has_words
from handler.text.source import shown_text

SUFFIXES = frozenset({"md", "markdown", "mdown", "mkd"})
MAX_HEADING_CHARS = 300

_FRONT_MATTER = re.compile(r"---[ \t]*+\n(?P<fields>(?:[^\n]*+\n){1,60}?)(?:---|\.\.\.)[ \t]*+(?:\n|$)")
_FIELD = re.compile(r"^(?P<name>title|author|lang|language)[ \t]{0,9}:[ \t]{0,9}(?P<value>\S[^\n]*+)$", re.MULTILINE)
_LINE = re.compile(r"[^\n]*+\n|[^\n]++$")
_ATX = re.compile(r" {0,3}(?P<signs>#{1,6})[ \t]++(?P<title>\S[^\n]*+)\n?")
_UNDERLINE = re.compile(r" {0,3}(?:(?P<first>=++)|(?P<second>-{3,}+))[ \t]*+\n?")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")


def matches(file: BookFile) -> bool:
    """Whether a text is Markdown: it has a heading with ``#``, or one underlined with ``=``, or is named so."""
    return file.text is not None and (file.suffix in SUFFIXES or is_markdown(file.text))


def is_markdown(text: str) -> bool:
    """Whether a text has headings that only Markdown has."""
    return any(heading.level == 1 or text.startswith("#", heading.start) for heading in _headings(text, 0))


def read(file: BookFile) -> Manuscript:
    """The manuscript of a file of Markdown."""
    return of_text(file.text or "")


def of_text(text: str) -> Manuscript:
    """The manuscript of a text in Markdown. Takes linear time."""
    front = _FRONT_MATTER.match(text)
    fields = {found["name"]: _unquoted(found["value"]) for found in _FIELD.finditer(front["fields"])} if front else {}
    start = front.end() if front else 0
    language = fields.get("language") or fields.get("lang", "")
    headings = tuple(_headings(text, start))
    title = fields.get("title") or _title(text, start, headings)
    return Manuscript(text, headings, start, title, fields.get("author", ""), language)


def _title(text: str, start: int, headings: Sequence[Heading]) -> str:
    """The heading that a text begins with, if it alone is above all others; else ""."""
    if len(headings) < 2 or any(heading.level <= headings[0].level for heading in headings[1:]):
        return ""
    return "" if has_words(text[start : headings[0].start]) else headings[0].title


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _headings(text: str, start: int) -> Iterator[Heading]:
    fence = ""
    after_blank = True
    above: re.Match[str] | None = None  # a line that a line below it may underline
    for line in _LINE.finditer(text, start):
        candidate, above = above, None
        if found := _FENCE.match(line[0]):
            fence = "" if fence and found["fence"].startswith(fence) else fence or found["fence"]
        elif fence:
            continue
        elif len(line[0]) > MAX_HEADING_CHARS:
            pass  # before the patterns: they would take quadratic time for a line of a million blanks
        elif atx := _ATX.fullmatch(line[0]):
            yield Heading(line.start(), line.end(), len(atx["signs"]), _shown(atx["title"]))
        elif candidate is not None and (under := _UNDERLINE.fullmatch(line[0])):
            yield Heading(candidate.start(), line.end(), 1 if under["first"] else 2, _shown(candidate[0]))
        elif after_blank and line[0].strip():
            # A heading is one line: what is underlined below several is a paragraph above a rule.
            above = line
        after_blank = not line[0].strip()


def _shown(title: str) -> str:
    """A heading without its signs, those at its end among them."""
    bare = title.rstrip()
    before = bare.rstrip("#")
    title = before if before != bare and before[-1:].isspace() else bare
    return " ".join(shown_text(title.strip(), ssml=False).split())
