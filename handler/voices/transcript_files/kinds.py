"""What kind of file a transcript is: found by its content. Names only decide where content does not.

A new kind is one row of `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from handler.captions.reading import timed_lines as captions
from handler.captions.reading.cues import said_lines
from handler.voices.transcript_files import json_words, plain, tables, timed_lines, xml_captions

Reader = Callable[[str, str], str]


@dataclass(frozen=True)
class Kind:
    """A kind of transcript: how its content shows it (the text, and whether the file is named so), and its reader.

    The reader gets the text and the request's field, which its errors name.
    """

    name: str
    matches: Callable[[str, bool], bool]
    read: Reader
    suffixes: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()


def _line(pattern: str) -> Callable[[str, bool], bool]:
    search = re.compile(pattern, re.MULTILINE | re.IGNORECASE).search
    return lambda text, _: bool(search(text))


def _start(pattern: str) -> Callable[[str, bool], bool]:
    match = re.compile(rf"\s*(?:{pattern})", re.IGNORECASE).match
    return lambda text, _: bool(match(text))


def _most(*patterns: re.Pattern[str]) -> Callable[[str, bool], bool]:
    """Whether one of the patterns begins at least half of the lines."""

    def matches(text: str, _: bool) -> bool:
        lines = [line for line in text.split("\n") if line.strip()]
        return any(2 * sum(bool(pattern.match(line)) for line in lines) >= max(1, len(lines)) for pattern in patterns)

    return matches


def _song(text: str, _: bool) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    timed = [found for line in lines if (found := timed_lines.LRC_TIME.match(line))]
    return bool(timed) and 3 * len(timed) >= len(lines) and any(set(found[2]) & set(".:") for found in timed)


def _plain(reader: Callable[[str], str]) -> Reader:
    return lambda text, _: reader(text)


_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")


def _lines(reader: Reader) -> Reader:
    return lambda text, field: said_lines(reader(text, field))


def _json(text: str, named: bool) -> bool:
    """A text such as ``[00:03] hello`` begins like JSON, too."""
    return text.lstrip()[:1] in ("{", "[") and (named or bool(_JSON.match(text)))


KINDS = (  # in the order in which they are tried
    Kind("ass", lambda text, _: captions.is_ass(text), _plain(timed_lines.read_ass), ("ass", "ssa")),
    Kind("microdvd", _most(timed_lines.MICRODVD), _plain(timed_lines.read_microdvd), ("sub",)),
    Kind("json", _json, _lines(json_words.read_json), ("json", "json3", "jsonl"), ("application/json",)),
    Kind("textgrid", _start('File type = "ooTextFile'), _plain(timed_lines.read_textgrid), ("textgrid",)),
    Kind("sami", _start(r"<sami\b"), _plain(xml_captions.read_sami), ("smi",)),
    Kind("xml", _start(r"<\?xml|<(?:\w+:)?tt\b|<transcript\b|<timedtext\b|<!doctype (?!html)"), xml_captions.read_xml,
         ("ttml", "dfxp", "xml", "itt", "srv1", "srv2", "srv3"), ("application/ttml+xml",)),
    Kind("srt or vtt", lambda text, _: captions.is_vtt(text) or captions.is_srt(text),
         _plain(timed_lines.read_captions), ("srt", "vtt"), ("application/x-subrip", "text/srt", "text/vtt")),
    Kind("sbv", _line(captions.SBV.pattern), _plain(timed_lines.read_sbv), ("sbv",)),
    Kind("lrc", _song, _plain(timed_lines.read_lrc), ("lrc",)),
    Kind("csv", lambda text, named: tables.is_table(text, named=named), _lines(tables.read_table), ("csv", "tsv"),
         ("text/csv", "text/tab-separated-values")),
    Kind("plain text", lambda _text, _named: True, _lines(_plain(plain.read_plain)), ("txt", "md", "text")),
)  # fmt: skip

READ = "plain text, Markdown, SRT, VTT, SBV, TTML, ASS, LRC, CSV, TSV, JSON"  # as messages list them


def kind_of(text: str, suffix: str, media_type: str) -> Kind:
    """The kind of a transcript, by its content, with the suffix (without the dot) and the media type of its file."""

    def named(kind: Kind) -> bool:
        return suffix in kind.suffixes or (not suffix and media_type in kind.media_types)

    return next(kind for kind in KINDS if kind.matches(text, named(kind)))
