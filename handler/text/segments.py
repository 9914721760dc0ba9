"""Source → segments: expressions, replacements and the texts between white space, with the gap before each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise

from handler.errors import BadRequest
from handler.text.characters import BLANK_LINE, has_unspaced, is_unspaced
from handler.text.languages.base import Language
from handler.text.markup import MAX_PAUSE_S, MAX_SOUNDS, Markup
from handler.text.rules import find, spoken
from handler.text.source import Source

_RUN = re.compile(r"\S+")
MAX_JOINED_CHARS = 200
"""Longest join of a replacement and the text that touches it: without a limit joining takes O(n²)."""
# A dash or an ellipsis between two words separates them like a blank, and the voice pauses there; so does wide
# punctuation, which has its blank inside.
_PARTING = re.compile(
    r"(?<=\S)(?:(?<![—―⸺⸻])[—―⸺⸻]++|(?<=\w)--++|(?<!…)…++|(?<!\.)\.{3,}+)(?=[\"'“‘(\[]?\w)"
    r"|(?<=[、，。；：！？])(?![\s、，。；：！？”’」』）】》〉)\]\"'…—~～])"
)
_LINE = re.compile(r"[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Segment:
    """The segment at ``start`` to ``end`` of the source's text: its ``shown`` text, and the ``source`` to verbalize.

    ``gap`` before it is "" nothing, " " a blank, "\\n" a line break or "\\n\\n" a blank line; ``pause`` is in seconds.
    ``sounds_before`` are right before it, ``sounds_of_last`` right after the segment before it, where no pause parts
    them from that.
    ``joins`` says how it joins text that it touches: "" not at all, "words" with a blank between words, "letters"
    without. ``pronounced`` is empty, or has the parts of ``source``, each with its phonemes ("" for none).
    """

    start: int
    end: int
    shown: str
    source: str
    gap: str = ""
    pause: float = 0.0
    joins: str = ""
    pronounced: tuple[tuple[str, str], ...] = ()
    sounds_before: tuple[str, ...] = ()
    sounds_of_last: tuple[str, ...] = ()


def _kind(character: str) -> str:
    if is_unspaced(character):
        return "unspaced"
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return "combining"
    if category in ("Ps", "Pi"):
        return "opening"
    return "word" if category[0] in "LN" or category == "Sc" else "sign"


def _unspaced_cuts(run: str) -> set[int]:
    """Cuts that leave one base character in each part; punctuation stays with the one before, or opens the next."""
    cuts = set()
    last, before = "", ""
    for index, kind in enumerate(map(_kind, run)):
        new_base = kind == "unspaced" or (kind == "word" and last == "unspaced")
        if before and before != "opening" and (new_base or kind == "opening"):
            cuts.add(index)
        if kind in ("unspaced", "word"):
            last = kind
        if kind != "combining":
            before = kind
    return cuts


def _parts(text: str, start: int, end: int, partings: set[int]) -> Iterator[Segment]:
    """The segments of a run without white space and markup."""
    run = text[start:end]
    cuts = partings.intersection(range(start + 1, end))
    if has_unspaced(run):
        cuts |= {start + cut for cut in _unspaced_cuts(run)}
    for first, last in pairwise([start, *sorted(cuts), end]):
        yield Segment(first, last, text[first:last], text[first:last])


def gap(between: str) -> str:
    """What stands between two segments, as `Segment` has it."""
    if not between:
        return ""
    if BLANK_LINE.search(between):
        return "\n\n"
    return "\n" if _LINE.search(between) else " "


def _set_segments(source: Source, language: Language) -> list[Segment | Markup]:
    """The pauses, the replacements and the expressions between them, in order."""
    pieces: list[str] = []
    position = 0
    for one in source.markup:
        # An expression does not cross the end of a paragraph, and so none crosses markup.
        pieces += [source.text[position : one.start], "\u2029" * (one.end - one.start)]
        position = one.end
    found = find("".join([*pieces, source.text[position:]]), language)
    expressions = [
        Segment(one.start, one.end, " ".join(source.text[one.start : one.end].split()), one.spoken, joins="words")
        for one in found
    ]
    say = cache(partial(spoken, language=language))  # an entry of a lexicon may be found many times
    replacements = [one if one.pause is not None else _replacement(one, say) for one in source.markup]
    return sorted([*expressions, *replacements], key=lambda item: item.start)


def _replacement(one: Markup, say: Callable[[str], str]) -> Segment:
    """The segment of a replacement, whose text ``say`` spells out. With phonemes its words are those that it shows."""
    text = one.spoken or one.shown
    # Words keep apart from letters that touch them only where the replacement has a blank.
    before, after = (" " if blank else "" for blank in (text[0].isspace(), text[-1].isspace()))
    source = f"{before}{say(text).strip()}{after}"
    pronounced = ((source, one.phonemes),) if one.phonemes else ()
    return Segment(one.start, one.end, one.shown, source, joins="letters", pronounced=pronounced)


def _segments_and_pauses(source: Source, language: Language) -> Iterator[tuple[Segment | Markup, bool]]:
    """All segments and pauses in order, and whether a dash or an ellipsis parts each from the text that it touches."""
    text = source.text
    partings = {found.end() for found in _PARTING.finditer(text)}
    position = 0
    for one in [*_set_segments(source, language), Markup(len(text), len(text), pause=0.0)]:
        for run in _RUN.finditer(text, position, one.start):
            for part in _parts(text, *run.span(), partings):
                yield part, part.start in partings
        yield one, one.start in partings
        position = one.end


def split(source: Source, language: Language) -> tuple[list[Segment], Segment]:
    """The segments of a source; what comes after the last one stands in an empty segment at the end.

    Raises BadRequest on ``text`` for too long pauses, and for too many sounds.
    """
    segments: list[Segment] = []
    position = 0
    between, marks = "", _Marks()
    for item, parted in _segments_and_pauses(source, language):
        between += source.text[position : item.start]
        position = item.end
        if isinstance(item, Markup):
            marks.add(item)
            continue
        if segments and not between and not marks and not parted and _belong_together(segments[-1], item):
            segments[-1] = _join(segments[-1], item, language)
        else:
            segments.append(marks.before(replace(item, gap=gap(between))))
        between, marks = "", _Marks()
    return segments, marks.before(Segment(position, position, "", ""))


@dataclass
class _Marks:
    """The pause and the sounds between two segments."""

    pause: float = 0.0
    sounds_before: tuple[str, ...] = ()
    sounds_of_last: tuple[str, ...] = ()

    def add(self, mark: Markup) -> None:
        self.pause += mark.pause or 0.0
        if self.pause > MAX_PAUSE_S:
            raise BadRequest.of("text", f"pauses in a row add up to more than {MAX_PAUSE_S:g} seconds")
        sounds = (mark.sound,) if mark.sound else ()
        if self.pause:
            self.sounds_before += sounds
        else:
            self.sounds_of_last += sounds
        if len(self.sounds_before + self.sounds_of_last) > MAX_SOUNDS:
            raise BadRequest.of("text", f"has more than {MAX_SOUNDS} sounds in a row, such as [laugh]; leave some out")

    def __bool__(self) -> bool:
        return bool(self.pause or self.sounds_before or self.sounds_of_last)

    def before(self, segment: Segment) -> Segment:
        """The segment with these marks before it."""
        if not self:
            return segment
        pause = round(self.pause, 3)
        return replace(segment, pause=pause, sounds_before=self.sounds_before, sounds_of_last=self.sounds_of_last)


def _belong_together(one: Segment, other: Segment) -> bool:
    """Whether two segments that touch are of one word: text and what is set in it, in scripts with spaces."""
    if not (one.joins or other.joins) or len(one.shown) + len(other.shown) > MAX_JOINED_CHARS:
        return False
    return not has_unspaced(one.shown + other.shown) or not any(map(str.isalnum, other.shown))


def _join(one: Segment, other: Segment, language: Language) -> Segment:
    """Two segments that touch as one. The words of expressions keep apart from letters, but not from "'s"."""
    ends = one.source[-1:].isalpha() or _kind(one.source[-1:] or " ") == "combining"
    apart = "words" in (one.joins, other.joins) and ends and other.source[:1].isalpha()
    if apart and language.particles and one.joins and not other.joins:
        apart = not re.fullmatch(rf"(?:{language.particles})\W*", other.source)
    source = f"{one.source} {other.source}" if apart else one.source + other.source
    joined = replace(one, end=other.end, shown=one.shown + other.shown, source=source, joins=other.joins)
    if not (one.pronounced or other.pronounced):
        return joined
    parts = [part for each in (one, other) for part in (each.pronounced or ((each.source, ""),))]
    return replace(joined, pronounced=tuple(parts))
