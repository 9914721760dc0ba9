"""Rewrite a script by edits: each character of the result knows where it stands in the script."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from handler.text.markup.marks import Markup

PARAGRAPH = "\u2029"
"""The end of a paragraph in a rewritten script: a breath, and the end of a cue."""
PAUSE_SIGN = "\ufffc"
"""What stands for a pause in a rewritten script, so that no expression crosses it; its markup covers it."""


@dataclass(frozen=True, order=True)
class Edit:
    """``text`` takes the place of ``[start:end]``."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True)
class Rewritten:
    """A ``text``, and for each of its characters the ``starts`` and ``ends`` of what it stands for in the script.

    Both rise. The characters that an edit put in share what it took out; the last one stands for what is left of it.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, script: str) -> Rewritten:
        """A script as it is."""
        return cls(script, range(len(script)), range(1, len(script) + 1))

    def edited(self, edits: Iterable[Edit]) -> Rewritten:
        """The text with the edits made. Of two that overlap only the first is made."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for edit in [*sorted(edits), Edit(len(self.text), len(self.text))]:
            if edit.start < position:
                continue
            pieces += [self.text[position : edit.start], edit.text]
            starts += self.starts[position : edit.start]
            ends += self.ends[position : edit.start]
            if edit.text:
                first, last = self.starts[edit.start], self.ends[edit.end - 1]
                bounds = [min(first + index, last) for index in range(len(edit.text))]
                bounds = bounds if last - first >= len(bounds) else [first] * len(bounds)
                starts += bounds
                ends += [*bounds[1:], last]
            position = edit.end
        return Rewritten("".join(pieces), starts, ends)

    def place(self, markup: Iterable[Markup]) -> tuple[Rewritten, tuple[Markup, ...]]:
        """The markup of the script with its spans in the text, and the text with characters that cover markup.

        A replacement shows what the text has in its place, and its outer characters cover all of its mark. A character
        within a word covers the markup up to the next one, so that the word is one stretch of the script.
        """
        if isinstance(self.starts, range):
            return self, tuple(markup)
        placed, starts, ends = [], list(self.starts), list(self.ends)
        for one in markup:
            start, end = bisect_left(self.starts, one.start), bisect_left(self.starts, one.end)
            if one.pause is not None:
                end = start + 1
            elif start < end:
                starts[start], ends[end - 1] = one.start, one.end
            shown = " ".join(self.text[start:end].replace(PAUSE_SIGN, "").split())
            placed.append(replace(one, start=start, end=end, shown=shown))
        apart = [character.isspace() or character == PAUSE_SIGN for character in self.text]
        for index in range(1, len(starts)):
            within = not apart[index - 1] and not apart[index]
            if ends[index - 1] > starts[index] or (within and ends[index - 1] < starts[index]):
                ends[index - 1] = starts[index]
        return Rewritten(self.text, starts, ends), tuple(placed)
