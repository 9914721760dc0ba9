"""Captions that clients send: SRT, VTT, ASS, SSA and our own JSON become cues with their times, text and speaker.

`handler.text.encodings` makes text of the bytes, `timed_lines` finds the cues, `markup` what each of them shows, and
`cues` takes once what captions show again. `json_cues` reads the cues of JSON, whose words have times of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from handler.captions.reading import json_cues, markup, timed_lines
from handler.captions.reading.cues import Cue, shown_once
from handler.errors import BadRequest, Issue, TooLarge
from handler.text.encodings import decode
from handler.text.foreign_files import other
from handler.types import TimedText

MAX_BYTES = 2_000_000  # of captions: ten hours of speech as VTT with a time for each word
MAX_NAMED = 5  # cues in one message

_FENCE = re.compile(r"^[ \t]*```\w*[ \t]*$", re.MULTILINE)  # around captions that a chat wrote
_FRAMES = re.compile(r"^[ \t]*+(\d{1,3}:\d\d:\d\d:\d{1,3})[ \t]*+-->", re.MULTILINE)
_SEND = "send SRT, VTT, ASS, or the JSON of this worker"
_NAME = re.compile(r"https?://\S+|[^\n]{1,200}\.(?:srt|vtt|ass|ssa|json)", re.IGNORECASE)
_OTHERS = (  # captions and tables that are not read, by how they begin
    (re.compile(r"^<"), "XML"),
    (re.compile(r"^[\[{]\s*[\[{\"]"), "JSON of another kind"),
    (re.compile(r"^[\[{]\d+[\]}][\[{]\d*[\]}]"), "MicroDVD"),
    (re.compile(r"^\[(?:\d{1,3}:\d\d|[a-z]{2,8}:)"), "LRC"),
    (re.compile(r"^\d{1,2}:\d\d:\d\d\.\d{1,3},\d{1,2}:\d\d:\d\d\.\d{1,3}\s"), "SBV"),
)


@dataclass(frozen=True)
class Read:
    """Captions as they were read: the cues by time, their format (``srt``, ``vtt``, ``ass``, ``json``), the whole text.

    ``language``, ``method`` and ``duration`` are what JSON says of its words; empty and 0 where nothing does.
    """

    cues: tuple[TimedText, ...]
    kind: str
    document: str
    language: str = ""
    method: str = ""
    duration: float = 0.0


def read(body: bytes | str, *, field: str, media_type: str = "", unseen: bool = False) -> Read:
    """The cues of captions, in the order of their start. The content says which format it is: SRT, VTT, ASS, SSA, JSON.

    The text of a cue has its own line breaks, and no markup. Captions that show words again, such as those that roll,
    give each word once. Cues that nobody sees, without text or length, are left out; with ``unseen`` those without
    length are kept, except in ASS. ``media_type`` may name the charset of bytes. Raises on ``field`` TooLarge over
    MAX_BYTES, and BadRequest for anything that is no captions, has no cue with text, or has a cue without times, before
    0 or that ends before it begins; the message names the cues' numbers.
    """
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    if len(raw) > MAX_BYTES:
        size = f"{len(raw) / 1e6:.1f} MB, at most {MAX_BYTES / 1e6:g} MB are read"
        raise TooLarge.of_issues([Issue(field, f"has {size}; send the captions in parts, in several jobs")])
    document = decode(raw, media_type)
    if document is not None and not document.strip("\ufeff \t\n"):
        raise BadRequest.of(field, f"is empty; {_SEND}")
    if (what := other(raw, document)) or document is None:
        raise BadRequest.of(field, f"is {what}, not captions; {_SEND}")
    document = _FENCE.sub("", document) if document.lstrip().startswith("```") else document
    kind = _kind(document, field)
    if kind == "json":
        return _read_json(document, field, unseen=unseen)
    found = _found(document, kind)
    _check(found, field)
    if kind == "srt" and (untimed := timed_lines.untimed_numbers(document)):
        issues = [Issue(field, f"cue {number} has no times; write when it begins and ends") for number in untimed]
        raise BadRequest.of_issues(issues[:MAX_NAMED], more=len(issues[MAX_NAMED:]))
    # Players never show a cue that ends as it begins; Aegisub leaves such lines in ASS, which are notes.
    keeps_all = unseen and kind != "ass"
    visible = sorted((cue for cue in found if keeps_all or cue.end != cue.start), key=lambda cue: cue.start or 0.0)
    spoken = (replace(cue, speaker=markup.speaker(cue, kind)) for cue in visible)
    shown = shown_once((cue, markup.lines(cue, kind)) for cue in spoken)
    cues = tuple(
        TimedText(cue.start or 0.0, cue.end or 0.0, "\n".join(lines), cue.speaker, cue.number) for cue, lines in shown
    )
    _check_seen(cues, kind, field)
    return Read(cues, kind, document)


def _read_json(document: str, field: str, *, unseen: bool) -> Read:
    file = json_cues.parse(document, field)
    found = file.timed(field)
    _check(found, field)
    cues = tuple(
        cue for cue in sorted(found, key=lambda cue: cue.start) if cue.text and (unseen or cue.end > cue.start)
    )
    _check_seen(cues, "json", field)
    return Read(cues, "json", document, file.language, file.method, file.duration)


def _check_seen(cues: Sequence[TimedText], kind: str, field: str) -> None:
    if not cues:
        raise BadRequest.of(field, f"has no cue with text, read as {kind}; send captions that show words")


def refuse_overlaps(cues: Sequence[TimedText], field: str, why: str) -> None:
    """Raise BadRequest if a cue begins before the one before it ends; ``why`` says why that cannot be here."""
    for before, cue in pairwise(cues):
        if cue.start < before.end:
            ends = f"cue {before.number} ends at {before.end:.3f} s"
            raise BadRequest.of(field, f"cue {cue.number} begins at {cue.start:.3f} s, before {ends}; {why}")


def _kind(document: str, field: str) -> str:
    if json_cues.is_json(document):
        return "json"
    if timed_lines.is_vtt(document):
        return "vtt"
    if timed_lines.is_ass(document):
        return "ass"
    if found := _FRAMES.search(document):
        raise BadRequest.of(field, f"has times with frames, such as {found[1]}; write them with milliseconds")
    if timed_lines.is_srt(document):
        return "srt"
    if _NAME.fullmatch(document.strip()):
        raise BadRequest.of(field, "is the name of a file or a link; send the file's text, or the link as captions_url")
    what = next((name for start, name in _OTHERS if start.match(document.lstrip())), "")
    raise BadRequest.of(field, f"is {what}, which is not read here; {_SEND}" if what else f"has no cues in it; {_SEND}")


def _found(document: str, kind: str) -> list[Cue]:
    """The cues in the order of the file, numbered."""
    cues: Iterable[Cue] = timed_lines.ass_cues(document) if kind == "ass" else timed_lines.timed_cues(document)
    return [replace(cue, number=number) for number, cue in enumerate(cues, start=1)]


def _check(cues: Sequence[Cue | TimedText], field: str) -> None:
    """Raise BadRequest that names the cues whose times cannot be."""
    issues = [Issue(field, f"cue {cue.number} {problem}") for cue in cues if (problem := _problem(cue))]
    if issues:
        raise BadRequest.of_issues(issues[:MAX_NAMED], more=len(issues[MAX_NAMED:]))


def _problem(cue: Cue | TimedText) -> str:
    if cue.start is None or cue.end is None:
        return f"does not say when it {'begins' if cue.start is None else 'ends'}; write both of its times"
    times = f"begins at {cue.start:.3f} s"
    if cue.start < 0:
        return f"{times}; no cue may begin before 0"
    return f"{times} and ends before, at {cue.end:.3f} s; correct its times" if cue.end < cue.start else ""
