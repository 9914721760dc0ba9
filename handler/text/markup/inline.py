"""The signs within a block of Markdown: emphasis, code, links, pictures, entities, HTML tags, and our own marks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handler.text.annotations import stars_sound
from handler.text.characters import is_unspaced
from handler.text.markup import entities, html, marks
from handler.text.markup.blocks import label_of
from handler.text.markup.links import is_file_name, is_link
from handler.text.markup.rewriting import PARAGRAPH, PAUSE_SIGN, Edit

# Each alternative begins with another character and reads at most to the next of its kind, so the search is linear.
_SIGN = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])|(?P<hard>\\(?=\s*+$))|(?P<ticks>`++)"
    rf"|(?P<tag>{html.PATTERN})|(?P<autolink><(?:[a-zA-Z][a-zA-Z0-9+.\-]{{1,20}}:|[^\s<>@]{{1,64}}@)[^\s<>]*>)"
    rf"|(?P<entity>{entities.PATTERN})"
    r"|(?P<url>\b(?:https?|ftp)://[^\s<>\[\]()*`|]*+|\bwww\.[^\s<>\[\]()*`|]*+)"
    r"|(?P<image>!\[)|(?P<open>\[)|(?P<close>\])|(?P<run>\*++|_++|~~++|==(?!=))|(?P<citation>【\d{1,4}(?::\d{1,4})?†[^【】\n]*】)",
    re.IGNORECASE,
)
_ROUND = re.compile(r"\(((?:[^()\\\n]|\\.|\([^()\n]*+\))*+)\)")
_UNCLOSED = re.compile(r"\(([^()\n]*)")
_REFERENCE = re.compile(r"\[([^\[\]]{0,200})\]")
_QUOTES = "\"'“”‘’«»`"
_NUMBER_UP = re.compile(r"(\d{1,6})</sup>", re.IGNORECASE)
_SUPERSCRIPTS = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


@dataclass
class _Run:
    """A run of ``sign`` that may open emphasis: ``count`` of them are left before ``end``."""

    start: int
    end: int
    count: int
    within: bool  # letters on both sides


@dataclass(frozen=True)
class _Bracket:
    start: int
    end: int
    image: bool
    edits: int  # how many edits there were before it
    marks: int  # and how many marks


class Inline:
    """Reads the spans of one block after another, and collects ``edits`` and ``markup``. Takes linear time."""

    def __init__(self, text: str, definitions: set[str]) -> None:
        self.text = text
        self.definitions = definitions
        self.edits: list[Edit] = []
        self.markup: list[marks.Markup] = []
        self.voices: list[tuple[int, str]] = []
        """Where what a voice says begins, and its name."""
        self.brackets: list[_Bracket] = []
        self.runs: defaultdict[str, list[_Run]] = defaultdict(list)
        self.ticks: dict[int, list[int]] = {}
        self.stop = 0
        self.handlers: dict[str, Callable[[re.Match[str]], int]] = {
            "escape": self._escape, "hard": self._remove, "ticks": self._code, "tag": self._tag,
            "autolink": self._autolink, "entity": self._entity, "url": re.Match.end, "image": self._open,
            "open": self._open, "close": self._close, "run": self._run, "citation": self._remove,
        }  # fmt: skip
        """For each kind of sign: a method that returns where the text goes on after it."""

    def read(self, spans: Sequence[tuple[int, int]]) -> None:
        """The spans of a block: its lines."""
        self.brackets, self.runs = [], defaultdict(list)
        self.ticks = self._tick_runs(spans)
        position = 0
        for start, stop in spans:
            position, self.stop = max(start, position), stop
            while (found := _SIGN.search(self.text, position, stop)) is not None:
                position = self.handlers[found.lastgroup or ""](found)

    def _tick_runs(self, spans: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
        """The starts of the runs of backticks by their length, the last first."""
        runs: defaultdict[int, list[int]] = defaultdict(list)
        for start, stop in reversed(spans):
            for found in reversed(list(re.finditer(r"`++", self.text[start:stop]))):
                runs[found.end() - found.start()].append(start + found.start())
        return runs

    def _edit(self, start: int, end: int, text: str = "") -> None:
        self.edits.append(Edit(start, end, text))

    def _remove(self, found: re.Match[str]) -> int:
        self._edit(*found.span())
        return found.end()

    def _escape(self, found: re.Match[str]) -> int:
        self._edit(found.start(), found.start() + 1)
        return found.end()

    def _code(self, found: re.Match[str]) -> int:
        """A span of code: its content stays as it is. A run of backticks that is not closed is text."""
        length = found.end() - found.start()
        runs = self.ticks[length]
        while runs and runs[-1] < found.end():
            runs.pop()
        if not runs:
            return found.end()
        close = runs.pop()
        self._edit(*found.span())
        self._edit(close, close + length)
        return close + length

    def _autolink(self, found: re.Match[str]) -> int:
        self._edit(found.start(), found.start() + 1)
        self._edit(found.end() - 1, found.end())
        return found.end()

    def _entity(self, found: re.Match[str]) -> int:
        known = entities.decode(found[0])
        if known is None:
            return found.end()
        self._edit(found.start(), found.start() + known[1], known[0])
        return found.start() + known[1]

    def _tag(self, found: re.Match[str]) -> int:
        tag, start, end = found[0], found.start(), found.end()
        if (length := html.pause_length(tag)) is not None:
            pause = marks.PAUSE.match(f"[pause:{length}]")
            assert pause is not None
            self.markup.append(marks.Markup(start, end, pause=marks.pause(pause).pause))
            self._edit(start, end, PAUSE_SIGN)
        elif html.tag_name(tag) == "img":
            first, last = html.alternative(tag)
            if is_file_name(tag[first:last]):
                first = last
            self._edit(start, start + first)
            self._edit(start + last, end)
        elif tag.lower() == "<sup>" and (number := _NUMBER_UP.match(self.text, end, self.stop)) is not None:
            self._edit(start, end)
            for at in range(*number.span(1)):
                self._edit(at, at + 1, _SUPERSCRIPTS.get(self.text[at], self.text[at]))
            return number.end(1)
        elif (text := html.stands_for(tag, self.text, end, PARAGRAPH)) is not None:
            self._edit(start, end, text)
        else:
            return start + 1
        return end

    def _open(self, found: re.Match[str]) -> int:
        for pattern, read in ((marks.PAUSE, marks.pause), (marks.SOUND, marks.sound)):
            mark = pattern.match(self.text, found.end() - 1, self.stop)
            if mark is not None and not found["image"]:
                self.markup.append(read(mark))
                self._edit(*mark.span(), PAUSE_SIGN)
                return mark.end()
        voice = marks.VOICE.match(self.text, found.end() - 1, self.stop)
        if voice is not None and not found["image"]:
            self.voices.append((voice.end(), marks.voice(voice)))
            self._edit(*voice.span(), PARAGRAPH)
            return voice.end()
        counts = len(self.edits), len(self.markup)
        self.brackets.append(_Bracket(found.start(), found.end(), bool(found["image"]), *counts))
        return found.end()

    def _close(self, found: re.Match[str]) -> int:
        """The end of a bracket: what follows says whether it is a link, a picture, a footnote or a pronunciation."""
        if not self.brackets:
            return found.end()
        bracket, at, end = self.brackets.pop(), found.start(), found.end()
        inside = self.text[bracket.end : at]
        if self.brackets and self.brackets[-1].end == bracket.start and self.text.startswith("]]", at):
            return self._wiki(self.brackets.pop(), bracket, at)
        if self.text.startswith("(", end) and end < self.stop:
            return self._with_target(bracket, at, inside)
        reference = _REFERENCE.match(self.text, end, self.stop)
        if reference is not None and label_of(reference[1] or inside) in self.definitions:
            return self._link(bracket, at, reference.end())
        if inside.startswith("^") and len(inside) > 1 and not any(map(str.isspace, inside)):
            self._edit(bracket.start, end)
        elif label_of(inside) in self.definitions:
            return self._link(bracket, at, end)
        return end

    def _wiki(self, outer: _Bracket, bracket: _Bracket, at: int) -> int:
        """``[[Page]]`` and ``[[Page|shown]]`` of notebooks; an embedded file is nothing."""
        shown = self.text.rfind("|", bracket.end, at) + 1 or bracket.end
        if outer.image and is_file_name(self.text[shown:at]):
            shown = at
        self._edit(outer.start, shown)
        self._edit(at, at + 2)
        return at + 2

    def _with_target(self, bracket: _Bracket, at: int, inside: str) -> int:
        """What has a round part: an address, or how the square part is said."""
        target = _ROUND.match(self.text, at + 1, self.stop)
        if target is not None and (bracket.image or is_link(target[1])):
            return self._link(bracket, at, target.end())
        if bracket.image or len(self.markup) > bracket.marks:
            return at + 1  # no mark stands within another
        unclosed = _UNCLOSED.match(self.text, at + 1, self.stop)
        end, spoken = (target.end(), target[1]) if target else (unclosed.end() if unclosed else at + 1, None)
        self.markup.append(marks.replacement(self.text[bracket.start : end], bracket.start, inside, spoken))
        left, right = len(inside) - len(inside.lstrip()), len(inside.rstrip())
        self._edit(bracket.start, bracket.end + left)
        self._edit(bracket.end + right, end)
        return end

    def _link(self, bracket: _Bracket, at: int, end: int) -> int:
        """A link leaves its text, and a picture its text if that is more than the name of a file."""
        if bracket.image and is_file_name(self.text[bracket.end : at]):
            del self.edits[bracket.edits :]
            self._edit(bracket.start, end)
        else:
            self._edit(bracket.start, bracket.end)
            self._edit(at, end)
        return end

    def _run(self, found: re.Match[str]) -> int:
        """A run of ``*``, ``_``, ``~~`` or ``==``: it closes emphasis that is open, or opens some, or is text."""
        start, end = found.span()
        sign, count = self.text[start], end - start
        before, after = self.text[start - 1 : start], self.text[end : end + 1] if end < self.stop else ""
        within = _cased(before) and _cased(after)
        opens, closes = not (after.isspace() or not after), not (before.isspace() or not before)
        if sign == "*" and before.isdigit() and after.isdigit():
            opens = closes = False
        elif before and before in _QUOTES and after in _QUOTES:
            opens = closes = False  # a sign that is spoken of
        elif sign in "_=":
            opens, closes = opens and not _of_word(before), closes and not _of_word(after)
        elif sign == "*" and count == 1 and _of_word(before) and _of_word(after):
            long = self.text[max(0, start - 2) : start].isalpha() and self.text[end : end + 2].isalpha()
            opens = closes = long and len(self.text[max(0, start - 2) : start] + self.text[end : end + 2]) == 4
        elif sign == "*" and count == 1:
            opens, closes = opens and not _of_word(before), closes and not _of_word(after)
        runs, position = self.runs[sign], start
        while closes and count and runs and self._pairs(runs[-1], position, within):
            opener = runs[-1]
            pairs = min(count, opener.count)
            if sign == "*" and pairs == 1 and stars_sound(self.text, opener.end - 1, position + 1):
                runs.pop()
                return end  # "*sighs*" is told by its asterisks
            self._edit(opener.end - pairs, opener.end)
            self._edit(position, position + pairs)
            opener.end, opener.count = opener.end - pairs, opener.count - pairs
            position, count = position + pairs, count - pairs
            if not opener.count:
                runs.pop()
        if opens and count:
            runs.append(_Run(position, end, count, within))
        return end

    def _pairs(self, opener: _Run, position: int, within: bool) -> bool:
        """Whether a run closes the one before: with letters on both sides of one, only within a word."""
        if opener.end >= position:
            return False
        one_word = opener.within or within
        return not one_word or not any(map(str.isspace, self.text[opener.end : min(position, opener.end + 40)]))


def _of_word(character: str) -> bool:
    return character.isalnum() and not is_unspaced(character)


def _cased(character: str) -> bool:
    return character.islower() or character.isupper()
