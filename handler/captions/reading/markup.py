"""The text of a cue without its markup, by its format: what a player shows, line by line, and who says it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

from handler.captions.reading.cues import RUBY, TAG, Cue, unescaped, visible

_SRT_OVERRIDE = re.compile(r"\{\\[^{}]*\}")  # such as {\an8}; other braces are text
_SRT_BREAK = re.compile(r"\\N|(?i:<br ?/?>)")
_VOICE = re.compile(r"<v(?:\.[^ \t<>]*)?[ \t]([^<>]{1,200})>")
_ASS_PART = re.compile(r"\\([nNh{}])|\{([^{}]*)\}")
_ASS_DRAWING = re.compile(r"\\p(\d{1,4})")


def lines(cue: Cue, kind: str) -> tuple[str, ...]:
    """The lines that a cue of this format shows; none is empty."""
    shown = (" ".join(line.split()) for line in _PLAIN[kind](cue.raw).split("\n"))
    return tuple(filter(None, shown))


def speaker(cue: Cue, kind: str) -> str:
    """Who says a cue: the name in the row of ASS, or the one voice that VTT names in it; "" where none is known."""
    if kind == "vtt":
        names = {" ".join(html.unescape(found[1]).split()) for found in _VOICE.finditer(cue.raw)}
        return names.pop() if len(names) == 1 else ""
    return cue.speaker


def _plain_srt(raw: str) -> str:
    text = _SRT_BREAK.sub("\n", _SRT_OVERRIDE.sub("", raw)).replace("\\h", " ")
    return unescaped(TAG.sub("", RUBY.sub("", text)))


def _plain_vtt(raw: str) -> str:
    return unescaped(TAG.sub("", RUBY.sub("", raw)), times=1)


def _plain_ass(raw: str) -> str:
    """The text between overrides, without drawings. A line may break at ``\\n``, a blank here, and does at ``\\N``."""
    shown, at, drawing = [], 0, False
    for part in _ASS_PART.finditer(raw):
        shown.append("" if drawing else raw[at : part.start()])
        at = part.end()
        if part[1] is None:
            scales = _ASS_DRAWING.findall(part[2])
            drawing = int(scales[-1]) > 0 if scales else drawing
        elif not drawing:
            shown.append({"N": "\n", "n": " ", "h": " "}.get(part[1], part[1]))
    shown.append("" if drawing else raw[at:])
    return visible("".join(shown))


_PLAIN: Mapping[str, Callable[[str], str]] = {"srt": _plain_srt, "vtt": _plain_vtt, "ass": _plain_ass}
