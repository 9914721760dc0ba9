"""Cues: what captions show, and the words that a series of them says.

Some captions show words again: those that roll (each cue begins with the lines of the one before), grow (each cue is
the one before and a word more), or mark the spoken word (the same line, once for each of its words).
"""

from __future__ import annotations

import html
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

MAX_GAP_S = 0.5  # between two cues: after a longer one nothing of the first is still on screen
FLASH_S = 0.06  # longest cue in which nobody can say a word
MIN_SHARED_WORDS = 3  # fewer words that end one cue and begin the next are no sign of rolling
MIN_LINES = 3  # of a text that shows lines again: fewer may be said so
MIN_FIRST_WORDS = 2  # shown again: fewer, in a file of two cues, may be said twice

# Each expression takes time in proportion to the text: no match may begin within text that it has read.
TAG = re.compile(r"</? {0,3}[a-zA-Z][^<>]{0,1000}>|<[\d:.]+>|<!--(?:[^-<]|-(?!->)|<(?!!--))*-->")
RUBY = re.compile(r"<(rt|rp)>[^<>]{0,200}(?:</\1>|(?=<))")
_OVERRIDE = re.compile(r"\{[^{}]*+\}")
_DRAWING = re.compile(r"\{(?=[^{}]{0,500}\\p[1-9])[^{}]{0,1000}\}[^{}]*")
_BREAK = re.compile(r"\\[Nn]|<br ?/?>|\[br\]", re.IGNORECASE)
_DASH = re.compile(r"^\s*[-–—‐][ \t]+")  # of a dialogue
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}[0-9]{0,2});")
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")  # no character
# Nothing that is seen. The blanks of no width part words in scripts from Thai to Khmer.
_INVISIBLE = re.compile("[\u00ad\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|(?<![\u0e00-\u1cff])\u200b")


@dataclass(frozen=True)
class Cue:
    """What is shown from ``start`` to ``end``, in seconds (None: unknown), with its markup.

    ``speaker`` is who says it, where the file has that beside the text. ``number`` is its place in the file, from 1.
    """

    start: float | None
    end: float | None
    raw: str
    speaker: str = ""
    number: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines without markup and the dashes of a dialogue; none is empty."""
        return tuple(filter(None, (" ".join(_DASH.sub("", line).split()) for line in plain(self.raw).split("\n"))))


def plain(markup: str) -> str:
    """The text of a caption without tags, overrides and entities; ``\\n`` where it breaks the line."""
    text = _BREAK.sub("\n", _DRAWING.sub("", markup)).replace("\\h", " ")
    return unescaped(TAG.sub("", RUBY.sub("", _OVERRIDE.sub("", text))))


def unescaped(text: str, times: int = 2) -> str:
    """The text with the characters that its HTML entities name, without invisible ones; some programs escape twice."""
    text = _LONG_NUMBER.sub("", text)
    for _ in range(times):
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return visible(text)


def visible(text: str) -> str:
    """The text without characters that nobody sees, such as marks of direction."""
    return _INVISIBLE.sub("", text)


@dataclass(frozen=True)
class _Shown:
    """A cue with its lines and words, and how many words of the cue before it shows again."""

    cue: Cue
    lines: tuple[str, ...]
    words: tuple[str, ...]
    again: int = 0

    @property
    def flashes(self) -> bool:
        start, end = self.cue.start, self.cue.end
        return start is not None and end is not None and 0 <= end - start <= FLASH_S


def said(cues: Iterable[Cue]) -> str:
    """The words of cues, a line for each line that shows new ones. Takes linear time."""
    return "\n".join(line for _, lines in shown_once((cue, cue.lines) for cue in cues) for line in lines)


def shown_once(cues: Iterable[tuple[Cue, tuple[str, ...]]]) -> list[tuple[Cue, tuple[str, ...]]]:
    """The cues with those of their lines, or ends of lines, that show new words.

    A cue that shows nothing new is left out: the one before it lasts until it ends. Takes linear time.
    """
    shown = _with_repeats([_Shown(cue, lines, tuple(" ".join(lines).split())) for cue, lines in _each_once(cues)])
    if not _shows_again(shown):
        return [(one.cue, one.lines) for one in shown]
    kept: list[tuple[Cue, tuple[str, ...]]] = []
    for one in shown:
        if lines := tuple(_after(one.lines, one.again)):
            kept.append((one.cue, lines))
        elif kept and (last := kept[-1])[0].end is not None and one.cue.end is not None:
            kept[-1] = replace(last[0], end=max(last[0].end or 0.0, one.cue.end)), last[1]
    return kept


def said_lines(text: str) -> str:
    """The lines of a text without times, taken once where they come from captions that show words again."""
    lines = [line for line in text.split("\n") if line.strip()]
    groups = [len(list(group)) for _, group in groupby(lines)]
    if len(groups) < MIN_LINES or min(groups) > 1:
        lines = [line for line, _ in groupby(lines)] if len(groups) >= MIN_LINES else lines
        return "\n".join(shown for line in lines for shown in Cue(None, None, line).lines)
    return said(Cue(None, None, line) for line in lines)


def _each_once(cues: Iterable[tuple[Cue, tuple[str, ...]]]) -> list[tuple[Cue, tuple[str, ...]]]:
    """The cues that show something, without copies: layers of one caption, and the ends of joined parts of a file."""
    seen: set[tuple[float, tuple[str, ...]]] = set()
    kept = []
    for cue, lines in cues:
        if not lines or (cue.start is not None and (cue.start, lines) in seen):
            continue
        if cue.start is not None:
            seen.add((cue.start, lines))
        kept.append((cue, lines))
    return kept


def _with_repeats(shown: Sequence[_Shown]) -> list[_Shown]:
    repeats = [0] + [_again(before, one) for before, one in pairwise(shown)]
    return [_Shown(one.cue, one.lines, one.words, again) for one, again in zip(shown, repeats, strict=False)]


def _again(before: _Shown, one: _Shown) -> int:
    """How many words at the start of a cue are still on screen from the cue before."""
    gap = (one.cue.start or 0.0) - (before.cue.end or 0.0)
    if one.cue.start is not None and before.cue.end is not None and gap > MAX_GAP_S:
        return 0
    if one.cue.speaker and before.cue.speaker and one.cue.speaker != before.cue.speaker:
        return 0  # somebody else says the same
    if lines := _overlap(before.lines, one.lines):
        return sum(len(line.split()) for line in one.lines[:lines])
    words = _overlap(before.words, one.words)
    return words if words == len(before.words) or words >= MIN_SHARED_WORDS else 0


def _shows_again(shown: Sequence[_Shown]) -> bool:
    """Whether cues show words of the cue before: most of them do, with more than what may be said twice."""
    signs = [
        one
        for before, one in pairwise(shown)
        if one.again and (one.again < len(one.words) or one.flashes or one.cue.raw.split() != before.cue.raw.split())
    ]
    if len(signs) == 1 and len(shown) == 2 and not signs[0].flashes and signs[0].again < MIN_FIRST_WORDS:
        return False
    return 2 * len(signs) >= len(shown) - 1 and bool(signs)


def _after(lines: Sequence[str], words: int) -> list[str]:
    """The lines without their first ``words`` words."""
    kept = []
    for line in lines:
        inside = line.split()
        if words < len(inside):
            kept.append(" ".join(inside[words:]))
        words = max(0, words - len(inside))
    return kept


def _overlap(before: Sequence[Hashable], after: Sequence[Hashable]) -> int:
    """The length of the longest end of one sequence that is the start of another (Knuth, Morris, Pratt)."""
    pattern = after[: len(before)]
    borders = [0] * len(pattern)
    matched = 0
    for at in range(1, len(pattern)):
        while matched and pattern[at] != pattern[matched]:
            matched = borders[matched - 1]
        matched += pattern[at] == pattern[matched]
        borders[at] = matched
    matched = 0
    for item in before[len(before) - len(pattern) :]:
        while matched and item != pattern[matched]:
            matched = borders[matched - 1]
        matched += item == pattern[matched]
    return matched
