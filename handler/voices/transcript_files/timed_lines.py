"""Files of lines with times: SRT, VTT, SBV, ASS, LRC, MicroDVD and MPL2. Each reader gives the words as lines of text.

People's files break the rules of their formats: times without milliseconds, hours or end, no numbers, no blank lines.
So everything is found from the lines with times, and a reader asks for no more than it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from handler.voices.transcript_files.cues import Cue, said

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
MICRODVD = re.compile(r"^[\[{](\d{1,9})[\]}][\[{](\d{0,9})[\]}](.*)$")
_ITEM = re.compile(r"item \[\d{1,6}\]")
_TIER = re.compile(r'name = "([^"\n]{0,80})"')
_INTERVAL = re.compile(r'(?:text|mark) = "((?:[^"]|"")*+)"')
LRC_TIME = re.compile(r"[ \t]*\[(\d{1,3}):(\d\d(?:[.:]\d{1,3})?)\]")
_LRC_TAG = re.compile(r"[ \t]*\[[a-zA-Z#]{1,12}:[^\]]*\][ \t]*")
_LRC_WORD = re.compile(r"<\d{1,3}:\d\d(?:[.:]\d{1,3})?>")


def seconds(clock: str | None) -> float | None:
    """``1:02:03,4``, ``02:03.4`` or ``02:03`` in seconds; None if there is no time."""
    if not clock:
        return None
    whole, _, fraction = re.sub(r"[,;]", ".", clock.replace(" ", "")).partition(".")
    if ":" not in whole:  # 1.02.03
        return None
    parts = [int(part or 0) for part in whole.strip("-").split(":")]
    total: float = sum(part * 60**power for power, part in enumerate(reversed(parts[:3])))
    return total + (float(f"0.{fraction}") if fraction.isdecimal() else 0.0)


def read_captions(text: str) -> str:
    """The words of SRT or VTT."""
    return _said_in_order(_cues(text, ARROW), parts=text.count("WEBVTT"))


def read_sbv(text: str) -> str:
    """The words of SBV or SubViewer."""
    return _said_in_order(_cues(text, SBV))


def _said_in_order(cues: Iterable[Cue], parts: int = 0) -> str:
    """The words of cues by time, as players show them; in the file's order where times are missing or begin anew."""
    cues = list(cues)
    if parts < 2 and all(cue.start is not None for cue in cues):
        cues.sort(key=lambda cue: cue.start or 0.0)
    return said(cues)


def _cues(text: str, times: re.Pattern[str]) -> Iterator[Cue]:
    lines = text.split("\n")
    heads = [(at, found) for at, line in enumerate(lines) if (found := times.match(line)) and _is_head(found)]
    before = ("\n".join(lines[max(0, at - 3) : at]).rstrip().rpartition("\n")[2] for at, _ in heads)
    numbers = sum(bool(_NUMBER.fullmatch(line)) for line in before)
    numbered = 2 * numbers > len(heads) or (numbers == len(heads) - 1 and numbers > 0)
    for (at, found), after in zip(heads, [*(at for at, _ in heads[1:]), len(lines)], strict=False):
        body = _body(lines[at + 1 : after], last=after == len(lines), numbered=numbered)
        rest = "" if _SETTINGS.fullmatch(found["rest"]) else found["rest"]
        yield Cue(seconds(found["start"]), seconds(found["end"]), "\n".join([rest, *body]))


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


def read_ass(text: str) -> str:
    """The words of ASS or SSA: its dialogue, without comments and drawings."""
    columns = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
    cues = []
    for line in text.split("\n"):
        key, _, value = line.strip().partition(":")
        if key == "Format" and "text" in value.lower():
            columns = [name.strip().lower() for name in value.split(",")]
        elif key == "Dialogue":
            row = dict(zip(columns, value.split(",", len(columns) - 1), strict=False))
            cues.append(
                Cue(seconds(row.get("start", "").strip()), seconds(row.get("end", "").strip()), row.get("text", ""))
            )
    return _said_in_order(cues)


def read_lrc(text: str) -> str:
    """The words of song text with times; a line with several times is sung at each of them."""
    cues = []
    for line in text.split("\n"):
        starts, at = [], 0
        while found := LRC_TIME.match(line, at):
            starts.append(60.0 * int(found[1]) + float(found[2].replace(":", ".")))
            at = found.end()
        words = _LRC_WORD.sub("", line[at:])
        if not starts and _LRC_TAG.fullmatch(line):
            continue
        cues += [Cue(start, None, words) for start in starts[:200]] or [Cue(None, None, words)]
    return _said_in_order(cues)


def read_microdvd(text: str) -> str:
    """The words of captions with frames, ``{25}{50}one|two``, or with tenths of seconds, ``[25][50]one|/two``."""
    lines = (found[3] for line in text.split("\n") if (found := MICRODVD.match(line.strip())))
    # The first line may tell the frame rate.
    return said(
        Cue(None, None, re.sub(r"(?:^|\|)/?", "\n", line))
        for line in lines
        if not re.fullmatch(r"\d{1,3}(?:\.\d{1,4})?", line.strip())
    )


def read_textgrid(text: str) -> str:
    """The words of a Praat TextGrid: the first of its tiers that is not of phones, or the first."""
    tiers = _ITEM.split(text)[1:]
    names = [found[1].lower() if (found := _TIER.search(tier)) else "" for tier in tiers]
    words = next((tier for tier, name in zip(tiers, names, strict=True) if "phone" not in name), "".join(tiers[:1]))
    return "\n".join(found[1].replace('""', '"') for found in _INTERVAL.finditer(words))
