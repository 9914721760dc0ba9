"""The blocks of Markdown: headings, items of lists, quotes, fences, tables, rules. Each ends in a paragraph's end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from handler.text.markup.links import is_link
from handler.text.markup.rewriting import PARAGRAPH, Edit

_LINE = re.compile(r"([^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*+)(\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)")
_QUOTE = re.compile(r"[ \t]*+(?:>(?=[ \t>\"'“‘*\[`#]|[^\W\d_]|$)[ \t]?){1,32}")
_HEADING = re.compile(r"[ \t]*+#{1,6}(?:[ \t]++|$)")
_CLOSING_HASHES = re.compile(r"(?:^|(?<![ \t])[ \t]++)#++[ \t]*+$")
_RULE = re.compile(r"[ \t]*+(?:(?:\*[ \t]*+){3,}|(?:-[ \t]*+){3,}|(?:_[ \t]*+){3,}|={3,}[ \t]*+)$")
_FENCE = re.compile(
    r"[ \t]*+(?P<fence>`{3,}+|~{3,}+)[ \t]*+(?P<info>[\w+#.\-]{0,20}+(?:[ \t]*+\{[^`~]*|[ \t]++\w{1,20}=[^`~]*)?)$"
)
_BULLET = re.compile(r"[ \t]*+(?P<sign>[-*+]|[•‣⁃◦▪▫●○◆■□➤➢►▶·・](?=\s|\w))(?P<blank>[ \t\u00a0]++|(?<![-*+])|$)")
_TASK = re.compile(r"\[[ xX]\](?=\s|$)[ \t]*+")
_NUMBERED = re.compile(r"[ \t]*+\d{1,3}(?:\.\d{1,3}){0,3}[.)](?=[ \t])")
_SEPARATOR = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$")
_PIPE = re.compile(r"(?<!\\)\|[ \t]*+")
_CLOSED = re.compile(r"[.,;:!?…。、，；：！？][\"'”’»)*_~]{0,4}$")
_DEFINITION = re.compile(r"[ \t]*+\[(?P<label>[^\[\]]{1,200})\]:[ \t]*+(?P<target>\S.*)?$")
_PROSE = frozenset({"", "text", "txt", "plain", "plaintext", "markdown", "md"})
"""The info strings of fences that hold prose: chats put whole scripts into such fences."""


@dataclass(frozen=True)
class _Line:
    start: int
    end: int  # of what it says
    stop: int  # with its line break


@dataclass
class Blocks:
    """The edits that take out the signs of blocks; the spans of text to read on, those of one block together."""

    edits: list[Edit] = field(default_factory=list)
    spans: list[list[tuple[int, int]]] = field(default_factory=list)
    definitions: set[str] = field(default_factory=set)


def label_of(text: str) -> str:
    """The label of a reference, in the one spelling that is compared."""
    return " ".join(text.casefold().split())


def find_blocks(text: str) -> Blocks:
    """The blocks of a text without HTML comments. Takes linear time."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [_Line(*found.span(1), found.end()) for found in _LINE.finditer(text) if found[0]]
        self.blocks = Blocks()
        self.fence = ""
        self.prose = True
        self.table = False
        self.open = False  # whether the next line may go on with the last block
        self.item = False  # whether the last line began an item of a numbered list

    def read(self) -> Blocks:
        for index in range(len(self.lines)):
            self._read_line(index)
        return self.blocks

    def _read_line(self, index: int) -> None:
        line = self.lines[index]
        start = self._without_quote(line)
        content = self.text[start : line.end]
        if self._in_fence(index, start, content):
            return
        if not content.strip():
            self.open = self.table = False
            if start > line.start:  # an empty line of a quote
                self._end_paragraph(index)
            return
        if self._table_row(index, start, content):
            return
        self.table = False
        if _RULE.match(content):
            self._remove(start, line.end)
            self._alone(index)
        elif (found := _HEADING.match(content)) is not None:
            closing = _CLOSING_HASHES.search(content, found.end())
            end = start + closing.start() if closing else line.end
            self._remove(start, start + found.end())
            self._remove(end, line.end)
            self._alone(index, (start + found.end(), end))
        elif (found := _DEFINITION.match(content)) is not None and self._define(found):
            self._definition(index, start, found)
        else:
            self._text(index, start, content)

    def _without_quote(self, line: _Line) -> int:
        """Where the line begins without the signs of quotes before it."""
        found = _QUOTE.match(self.text, line.start, line.end)
        if not found or self.fence:
            return line.start
        self._remove(*found.span())
        return found.end()

    def _in_fence(self, index: int, start: int, content: str) -> bool:
        """Whether the line is of a fenced block of code, or a fence: its signs are taken out."""
        line, found = self.lines[index], _FENCE.match(content)
        if not self.fence:
            if not found:
                return False
            self.fence, self.prose = found["fence"], found["info"].strip().lower() in _PROSE
        elif found and found["fence"].startswith(self.fence) and not found["info"].strip():
            self.fence, self.prose = "", True
        elif self.prose:
            return False
        else:
            # Each line of code is one of its own.
            self._end_paragraph(index)
            return True
        self._remove(start, line.end)
        self._alone(index)
        return True

    def _text(self, index: int, start: int, content: str) -> None:
        """A line of text, which may begin with a bullet or a number."""
        line = self.lines[index]
        bullet = _BULLET.match(content)
        if bullet and self._is_bullet(index, content, bullet):
            task = _TASK.match(content, bullet.end())
            begin = start + (task or bullet).end()
            self._remove(start, begin)
            self._begin(index)
            start = begin
        elif (found := _NUMBERED.match(content)) is not None and (not self.open or self.item or _is_first(found[0])):
            self._begin(index)
            self.item = True
        elif not self.open:
            self._begin(index, paragraph=False)
        self.blocks.spans[-1].append((start, line.end))

    def _is_bullet(self, index: int, content: str, bullet: re.Match[str]) -> bool:
        """Whether a sign is a bullet: before a number (``- 5 degrees``) only if a line beside it has the same."""
        if not content[bullet.end() :][:1].isdigit() or bullet["sign"] not in "-+*":
            return True
        beside = [self.lines[at] for at in (index - 1, index + 1) if 0 <= at < len(self.lines)]
        return any(self.text[one.start : one.end].lstrip(" \t>").startswith(bullet["sign"] + " ") for one in beside)

    def _table_row(self, index: int, start: int, content: str) -> bool:
        """Whether the line is a row of a table: its pipes become commas. A row between rows and dashes is nothing."""
        if "|" not in content:
            return False
        line = self.lines[index]
        following = self.lines[index + 1] if index + 1 < len(self.lines) else line
        below = self.text[following.start : following.end].lstrip(" \t>")
        bars = content.strip()
        closed = bars.startswith("|") and bars.endswith("|") and bars.count("|") > 2
        if not (self.table or closed or ("|" in below and _SEPARATOR.match(below))):
            return False
        self.table = True
        if _SEPARATOR.match(content):
            self._remove(start, line.end)
            self._alone(index)
        else:
            self._alone(index, *self._cells(start, line.end))
        return True

    def _cells(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The cells of a row, with edits that put a comma between two that are not empty."""
        bars = [found.span() for found in _PIPE.finditer(self.text, start, end)]
        bounds = [(start, start), *bars, (end, end)]
        blank = start  # where the blanks before a bar may begin
        said = closed = False  # whether a cell came before, and whether it ends with punctuation
        for (bar, first), (last, _) in pairwise(bounds):
            left, blank = blank + len(self.text[blank:bar].rstrip()), first
            cell = self.text[first:last].strip()
            comma = "" if not said or not cell else " " if closed else ", "
            if first > left:
                self.blocks.edits.append(Edit(left, first, comma))
            if cell:
                said, closed = True, bool(_CLOSED.search(cell[-8:]))
                yield first, last

    def _define(self, found: re.Match[str]) -> bool:
        if found["label"].startswith("^"):
            return True
        target = (found["target"] or "").split(maxsplit=1)
        return bool(target) and is_link(target[0])

    def _definition(self, index: int, start: int, found: re.Match[str]) -> None:
        line = self.lines[index]
        if found["label"].startswith("^"):
            begin = start + found.start("target") if found["target"] else line.end
            self._remove(start, begin)
            self._begin(index)
            self.blocks.spans[-1].append((begin, line.end))
            return
        self.blocks.definitions.add(label_of(found["label"]))
        self._remove(start, line.end)
        self._alone(index)

    def _remove(self, start: int, end: int) -> None:
        if start < end:
            self.blocks.edits.append(Edit(start, end))

    def _begin(self, index: int, *, paragraph: bool = True) -> None:
        """A block begins with this line."""
        if paragraph:
            self._end_paragraph(index - 1)
        self.blocks.spans.append([])
        self.open, self.item = True, False

    def _alone(self, index: int, *spans: tuple[int, int]) -> None:
        """The line is a paragraph by itself; each of its spans is read by itself."""
        self._end_paragraph(index - 1)
        self._end_paragraph(index)
        self.blocks.spans += [[span] for span in spans]
        self.open = self.item = False

    def _end_paragraph(self, index: int) -> None:
        line = self.lines[index] if index >= 0 else None
        if line and line.stop > line.end:
            self.blocks.edits.append(Edit(line.end, line.stop, PARAGRAPH))


def _is_first(number: str) -> bool:
    return number.strip(" \t.)") == "1"
