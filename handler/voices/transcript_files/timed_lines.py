"""Files of lines with times: SRT, VTT, SBV, ASS, LRC, MicroDVD and MPL2. Each reader gives the words as lines of text.

People's files break the rules of their formats: times without milliseconds, hours or end, no numbers, no blank lines.
So everything is found from the lines with times, and a reader asks for no more than it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from handler.captions.reading.cues import Cue, said
from handler.captions.reading.timed_lines import SBV, ass_cues, timed_cues

MICRODVD = re.compile(r"^[\[{](\d{1,9})[\]}][\[{](\d{0,9})[\]}](.*)$")
_ITEM = re.compile(r"item \[\d{1,6}\]")
_TIER = re.compile(r'name = "([^"\n]{0,80})"')
_INTERVAL = re.compile(r'(?:text|mark) = "((?:[^"]|"")*+)"')
LRC_TIME = re.compile(r"[ \t]*\[(\d{1,3}):(\d\d(?:[.:]\d{1,3})?)\]")
_LRC_TAG = re.compile(r"[ \t]*\[[a-zA-Z#]{1,12}:[^\]]*\][ \t]*")
_LRC_WORD = re.compile(r"<\d{1,3}:\d\d(?:[.:]\d{1,3})?>")


def read_captions(text: str) -> str:
    """The words of SRT or VTT."""
    return _said_in_order(timed_cues(text), parts=text.count("WEBVTT"))


def read_sbv(text: str) -> str:
    """The words of SBV or SubViewer."""
    return _said_in_order(timed_cues(text, SBV))


def _said_in_order(cues: Iterable[Cue], parts: int = 0) -> str:
    """The words of cues by time, as players show them; in the file's order where times are missing or begin anew."""
    cues = list(cues)
    if parts < 2 and all(cue.start is not None for cue in cues):
        cues.sort(key=lambda cue: cue.start or 0.0)
    return said(cues)


def read_ass(text: str) -> str:
    """The words of ASS or SSA: its dialogue, without comments and drawings."""
    return _said_in_order(ass_cues(text))


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
