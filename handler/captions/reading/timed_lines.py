"""The cues of SRT, VTT, SBV, ASS and SSA with their markup, found from the lines that have times.

People's files break the rules of their formats: times without milliseconds, hours or end, no numbers, no blank lines.
So a reader asks for no more than it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handler.captions.reading.cues import Cue

_CLOCK = r"(?>-?\d{1,4}(?: ?: ?\d{1,2}){1,3}(?: ?[,.;] ?-?\d{1,9})?|\d{1,2}\.\d\d\.\d\d(?:[,.]\d{1,9})?)"
# Blanks and times are possessive: a line of them must not be divided in all ways among several parts.
ARROW = re.compile(
    rf"^[ \t]*+(?P<open>[\[(][ \t]*+)?+(?P<start>{_CLOCK})?+[ \t]*+(?:-{{1,3}}[ \t]?>|[–—]>|→|⟶)[ \t]*+"
    rf"(?P<end>{_CLOCK})?(?:[ \t]*+[\])])?(?P<rest>.*)$"
)
SBV = re.compile(r"^[ \t]*+(?P<start>\d{1,2}:\d\d:\d\d\.\d{1,3}),(?P<end>\d{1,2}:\d\d:\d\d\.\d{1,3})[ \t]*+(?P<rest>)$")
_SETTINGS = re.compile(r"(?:[ \t]++[A-Za-z]\w{0,20}[:=]\S++)*+[ \t]*+", re.ASCII)
_NUMBER = re.compile(r"[ \t]*+\d{1,9}[ \t]*+")
_COMMENT = re.compile(
    r"NOTE(?:[ \t]|$)|(?:STYLE|REGION)[ \t]*$|Region:|WEBVTT(?:[ \t]*$|[ \t]+(?:-|FILE))|X-TIMESTAMP-MAP"
)

_ASS = re.compile(
    r"^[ \t]*(?:\[Script Info\]|Dialogue:[ \t]*(?:Marked=)?\d+,[ \t]*\d+:\d\d)", re.MULTILINE | re.IGNORECASE
)
_FONT = re.compile(r"\\fn([^\\{}]+)")
_RESET = re.compile(r"\\r(?!nd)([^\\{}]+)")
_VTT = re.compile(r"\s*WEBVTT\b", re.IGNORECASE)


def is_ass(text: str) -> bool:
    """Whether a text is ASS or SSA."""
    return bool(_ASS.search(text))


def is_vtt(text: str) -> bool:
    """Whether a text has the head of VTT."""
    return bool(_VTT.match(text))


def is_srt(text: str) -> bool:
    """Whether a text has the lines with times that SRT has, and VTT without its head.

    One with the usual arrow is enough; a schedule may have one line such as ``12:00 → 13:00``.
    """
    heads = [line for line in text.split("\n") if _has_times(line)]
    return len(heads) > 1 or any("-->" in line for line in heads)


def _has_times(line: str) -> bool:
    found = ARROW.match(line)
    return bool(found and found["start"] and (found["end"] or not found["rest"].strip()))


def seconds(clock: str | None) -> float | None:
    """``1:02:03,4``, ``02:03.4`` or ``02:03`` in seconds, also below 0; None if there is no time."""
    if not clock:
        return None
    whole, _, fraction = re.sub(r"[,;]", ".", clock.replace(" ", "")).partition(".")
    if ":" not in whole:  # 1.02.03
        return None
    parts = [int(part or 0) for part in whole.strip("-").split(":")]
    total: float = sum(part * 60**power for power, part in enumerate(reversed(parts[:3])))
    total += float(f"0.{fraction}") if fraction.isdecimal() else 0.0
    return -total if whole.startswith("-") else total


def timed_cues(text: str, times: re.Pattern[str] = ARROW) -> Iterator[Cue]:
    """The cues of SRT and VTT, or of SBV, in the order of the file."""
    lines = text.split("\n")
    heads = [(at, found) for at, line in enumerate(lines) if (found := times.match(line)) and _is_head(found)]
    before = ("\n".join(lines[max(0, at - 3) : at]).rstrip().rpartition("\n")[2] for at, _ in heads)
    numbers = sum(bool(_NUMBER.fullmatch(line)) for line in before)
    numbered = 2 * numbers > len(heads) or (numbers == len(heads) - 1 and numbers > 0)
    for (at, found), after in zip(heads, [*(at for at, _ in heads[1:]), len(lines)], strict=False):
        body = _body(lines[at + 1 : after], last=after == len(lines), numbered=numbered)
        rest = "" if _SETTINGS.fullmatch(found["rest"]) else found["rest"]
        yield Cue(seconds(found["start"]), seconds(found["end"]), "\n".join([rest, *body]))


def untimed_numbers(text: str) -> list[int]:
    """The numbers of SRT cues that have lost their line of times: numbers in the row of the others, before text."""
    lines = ["", *text.split("\n"), ""]
    found = [
        (int(line), bool(ARROW.match(after)), bool(after.strip()))
        for before, line, after in zip(lines, lines[1:], lines[2:], strict=False)
        if not before.strip() and _NUMBER.fullmatch(line)
    ]
    row = [number for number, _, _ in found]
    last = len(row) - 1
    return [
        number
        for at, (number, timed, has_text) in enumerate(found)
        if has_text
        and not timed
        and (row[at - 1] == number - 1 if at else number == 1)
        and (at == last or row[at + 1] == number + 1)
        and last > 0
    ]


def _is_head(found: re.Match[str]) -> bool:
    """Whether a line has times; a line with the bare arrow is a head that lost them."""
    return bool(found["start"] or found["end"] or not found["rest"].strip())


def _body(lines: Sequence[str], *, last: bool, numbered: bool) -> list[str]:
    """The lines that a cue shows: without the id of the next one, and without comments and styles."""
    kept = list(lines)
    while numbered and kept and not kept[-1].strip():
        kept.pop()  # between a number and its times
    if not last and kept:
        before = kept[-2].strip() if len(kept) > 1 else ""
        some = any(line.strip() for line in kept[:-1])
        number = numbered and _NUMBER.fullmatch(kept[-1])
        if kept[-1].strip() and (number or (some and not before)):
            kept.pop()
    shown: list[str] = []
    words = comment = False  # a comment ends at a blank line
    for before, line in zip(["", *kept], kept, strict=False):
        begins = words and not before.strip() and _COMMENT.match(line)
        comment = bool(line.strip() and (comment or begins))
        words = words or bool(line.strip())
        shown.append("" if comment else line)
    return shown


def ass_rows(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of ASS or SSA: what each is, such as ``Style`` or ``Dialogue``, and its values by lower-case column."""
    columns = {
        "Style": ["name", "fontname"],
        "Dialogue": ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"],
    }
    for line in text.split("\n"):
        key, _, value = line.strip().partition(":")
        if key == "Format":
            names = [name.strip().lower() for name in value.split(",")]
            columns["Dialogue" if "text" in names else "Style"] = names
        elif key in columns:
            cells = value.split(",", len(columns[key]) - 1)
            yield key, dict(zip(columns[key], map(str.strip, cells), strict=False))


def ass_cues(text: str) -> Iterator[Cue]:
    """The dialogue of ASS or SSA, in the order of the file; comments are no dialogue."""
    for key, row in ass_rows(text):
        if key == "Dialogue":
            start, end = (seconds(row.get(name, "")) for name in ("start", "end"))
            yield Cue(start, end, row.get("text", ""), row.get("name") or row.get("actor") or "")


def ass_families(text: str) -> tuple[str, ...]:
    """The font families that the dialogue of ASS or SSA is drawn in, each once."""
    fonts: dict[str, str] = {}
    used: dict[str, None] = {}
    named: list[str] = []
    for key, row in ass_rows(text):
        if key == "Style":
            fonts[row.get("name", "").lstrip("*")] = row.get("fontname", "")
        else:
            used[row.get("style", "").lstrip("*")] = None
            used |= dict.fromkeys(_RESET.findall(row.get("text", "")))
            named += _FONT.findall(row.get("text", ""))
    # libass takes the first style for one that is not there.
    first = next(iter(fonts.values()), "")
    families = [*(fonts.get(style, first) for style in used), *named]
    return tuple(filter(None, dict.fromkeys(family.strip().lstrip("@") for family in families)))
