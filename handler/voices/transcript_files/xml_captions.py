"""Captions in XML: TTML and its relatives (DFXP, IMSC, EBU-TT), YouTube's own, and SAMI.

The parser builds no tree, so nesting costs no stack, and it refuses documents that declare entities, which could
grow without bounds or name files.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from handler.captions.reading.cues import Cue, said
from handler.errors import BadRequest

_CUES = frozenset({"p", "text"})  # elements that hold what is shown at a time
_SKIPPED = frozenset({"head", "metadata", "title", "desc", "copyright", "agent", "name", "style", "script", "rt", "rp"})
_ROOTS = frozenset({"tt", "transcript", "timedtext"})
_BARE = re.compile(r"&(?!#?\w{1,31};)")
_NAMED = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;)[a-zA-Z]\w{1,30};")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)")
_CLOCK = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d{1,9})?)(?::\d+)?")
_SYNC = re.compile(r"<sync\b[^>]{0,200}>", re.IGNORECASE)
_CLASS = re.compile(r"<p\b[^>]{0,200}?\bclass\s*=\s*[\"']?(\w{1,40})[^>]{0,200}>", re.IGNORECASE)


class _Refused(Exception):
    """A document that declares entities."""


@dataclass
class _Handler:
    """Gathers the cues while expat reads."""

    cues: list[Cue] = field(default_factory=list)
    root: str = ""
    _open: list[tuple[bool, bool]] = field(default_factory=list)  # per element: whether it is skipped, whether a cue
    _parts: list[str] = field(default_factory=list)
    _times: tuple[float | None, float | None] = (None, None)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        self.root = self.root or local
        named = {key.rpartition(":")[2].lower(): value for key, value in attributes.items()}
        above = bool(self._open) and self._open[-1][0]
        skipped = above or local in _SKIPPED or named.get("ruby") in ("text", "delimiter")
        self._open.append((skipped, local in _CUES and not skipped))
        if self._open[-1][1]:
            self._times, self._parts = _span(named), []
        if local == "br":
            self._parts.append("\n")

    def end(self, name: str) -> None:  # noqa: ARG002
        _, is_cue = self._open.pop()
        if is_cue:
            self.cues.append(Cue(*self._times, "".join(self._parts)))
            self._parts = []

    def text(self, characters: str) -> None:
        if self._open and not self._open[-1][0]:
            # Line breaks of the document are blanks; YouTube's own are not, and end nothing either.
            self._parts.append(re.sub(r"\s+", " ", characters))

    def refuse(self, *_: object) -> None:
        raise _Refused


def read_xml(text: str, field: str) -> str:
    """The words of captions in XML. Raises BadRequest on ``field`` for other XML, broken XML and entities."""
    handler = _Handler()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.CharacterDataHandler = handler.text
    parser.EntityDeclHandler = handler.refuse
    body = _NAMED.sub(lambda found: html.unescape(found[0]), _BARE.sub("&amp;", _DECLARATION.sub("", text)))
    try:
        parser.Parse(body.lstrip().encode(), True)
    except _Refused:
        raise BadRequest.of(field, "declares XML entities, which are not read; save it without them") from None
    except expat.ExpatError as error:
        message = f"is broken XML: {expat.ErrorString(error.code)} in line {error.lineno}; export the captions again"
        raise BadRequest.of(field, message) from None
    if handler.root not in _ROOTS:
        raise BadRequest.of(
            field, f"is XML of {handler.root[:40]!r}, not captions; link to TTML, SRT, VTT or plain text"
        )
    return said(handler.cues)


def _span(named: dict[str, str]) -> tuple[float | None, float | None]:
    """When an element begins and ends. YouTube has ``t`` and ``d`` in ms, or ``start`` and ``dur`` in s."""
    if "t" in named:
        start = _time(f"{named['t']}ms")
        length = _time(f"{named.get('d', '')}ms")
    else:
        start = _time(named.get("begin") or f"{named.get('start', '')}s")
        length = _time(f"{named.get('dur', '')}".removesuffix("s") + "s")
    end = _time(named.get("end", ""))
    return start, end if end is not None or start is None or length is None else start + length


def _time(value: str) -> float | None:
    if clock := _CLOCK.fullmatch(value.strip()):
        return 3600 * int(clock[1]) + 60 * int(clock[2]) + float(clock[3])
    offset = _OFFSET.fullmatch(value.strip())
    return float(offset[1]) * _UNITS[offset[2]] if offset else None


def read_sami(text: str) -> str:
    """The words of SAMI, in the first of its languages."""
    blocks = _SYNC.split(text)[1:]
    classes = [found[1].lower() if (found := _CLASS.search(block)) else "" for block in blocks]
    first = next(filter(None, classes), "")
    return said(Cue(None, None, block) for block, own in zip(blocks, classes, strict=True) if own in ("", first))
