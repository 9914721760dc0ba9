"""The transcripts that people have: text, SRT, VTT and CSV files become the plain words of a clip."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from pathlib import PurePosixPath

from handler.errors import BadRequest

MAX_BYTES = 200_000  # three times the captions of ten minutes with times for each word
MAX_CHARS = 20_000  # of the words in all, as in a request's own ``ref_text``
FIELD = "transcript_url"

# ``text/plain`` is missing: people serve anything as that.
_MEDIA_TYPES = {"application/x-subrip": "srt", "text/srt": "srt", "text/vtt": "vtt", "text/csv": "csv"}

_SIGNS = (  # how each format begins
    (re.compile(r"\s*WEBVTT\b"), "vtt"),
    (re.compile(r"\s*\d+\s*\n\d+:\d\d:\d\d[,.]\d+ *-->"), "srt"),
    (re.compile(r"\s*<(!doctype html|html)\b", re.IGNORECASE), "html"),
)

_CSV_COLUMNS = ("word", "text", "transcript")
# Each expression takes time in proportion to the text: no match may begin within text that it has read.
_TAG = re.compile(r"< {0,3}/? {0,3}[a-zA-Z][^<>]*>|<[\d:.]+>|\{[^{}]*\}")
_BREAK = re.compile(r"\\[Nnh]")  # a new line or a hard blank as pysubs2 writes it
_EMPTY_LINES = re.compile(r"\n{3,}")
_LONG_NUMBER = re.compile(
    r"&#[0-9]{8,}|&#[xX][0-9a-fA-F]{8,}"
)  # no character; html.unescape fails on thousands of digits
_NOT_SPOKEN = re.compile(r"\[[^\[\]]*\]|[♪♫]|^>>+", re.MULTILINE)  # [Music], notes, arrows at a change of speaker
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def read(body: bytes, filename: str = "", media_type: str = "", *, field: str = FIELD) -> str:
    """The words of a transcript as one line of text, without times and markup.

    The format comes from the file's name, else its media type, else how it begins; a CSV has a column ``word`` (this
    worker's own) or ``text``, or one column in all. Raises BadRequest on ``field`` for anything else.
    """
    if len(body) > MAX_BYTES:
        message = f"has {len(body) / 1000:.0f} kB, at most {MAX_BYTES // 1000} are read; link to what the clip says"
        raise BadRequest.of(field, message)
    text = _decoded(body, field)
    format_ = _format(text, filename, media_type)
    if format_ not in _READERS:
        message = f"is a file of {format_}, not a transcript; link to a txt, srt, vtt or csv file itself"
        raise BadRequest.of(field, message)
    words = " ".join(_READERS[format_](text, field).split())
    if not any(character.isalnum() for character in words):
        raise BadRequest.of(field, f"has no words in it, read as {format_}; link to a transcript of what the clip says")
    if len(words) > MAX_CHARS:
        message = f"has {len(words)} characters, at most {MAX_CHARS} are taken; link to what the clip says"
        raise BadRequest.of(field, message)
    return words


def _format(text: str, filename: str, media_type: str) -> str:
    suffix = PurePosixPath(filename).suffix.lower().removeprefix(".")
    if suffix in _READERS:
        return suffix
    by_type = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower())
    return by_type or next((format_ for sign, format_ in _SIGNS if sign.match(text)), "txt")


def _decoded(body: bytes, field: str) -> str:
    """UTF-8 and UTF-16 say what they are; anything else is taken for the old Western encoding, which never fails."""
    encoding = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text = body.decode("latin-1") if encoding == "utf-8-sig" else "\0"
    if _CONTROL.search(text):
        raise BadRequest.of(field, "is no text that can be read; link to a txt, srt, vtt or csv file in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _captions(format_: str) -> Callable[[str, str], str]:
    def reader(text: str, field: str) -> str:
        import pysubs2

        try:
            # Its own expressions for tags and for empty lines take a time that grows with the square of the text.
            events = pysubs2.SSAFile.from_string(_EMPTY_LINES.sub("\n\n", text), format_=format_, keep_html_tags=True)
        except (pysubs2.exceptions.Pysubs2Error, ValueError) as error:
            raise BadRequest.of(field, f"cannot be read as {format_}; link to a file of that format") from error
        return "\n".join(_spoken(event.text) for event in events if not event.is_comment)

    return reader


def _spoken(caption: str) -> str:
    """The words of one caption, without its markup."""
    bare = _TAG.sub("", _BREAK.sub("\n", caption))
    return _NOT_SPOKEN.sub(" ", html.unescape(_LONG_NUMBER.sub("", bare)))


def _table(text: str, field: str) -> str:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise BadRequest.of(field, "cannot be read as csv; link to a file of that format") from error
    if not rows:
        return ""
    names = [cell.strip().lower() for cell in rows[0]]
    if len(names) == 1:
        # One column holds all there is: a comma further down belongs to its sentence.
        return " ".join(delimiter.join(row) for row in rows[names[0] in _CSV_COLUMNS :])
    column = next((names.index(name) for name in _CSV_COLUMNS if name in names), None)
    if column is not None:
        return " ".join(row[column] for row in rows[1:] if column < len(row))
    columns = " or ".join(_CSV_COLUMNS)
    raise BadRequest.of(field, f"is a csv file without a column {columns}; name one of its columns so")


_READERS: dict[str, Callable[[str, str], str]] = {
    "txt": lambda text, _: text,
    "srt": _captions("srt"),
    "vtt": _captions("vtt"),
    "csv": _table,
}
