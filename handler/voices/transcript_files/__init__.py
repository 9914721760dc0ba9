"""The transcripts that people have: files of captions, tables, JSON and text become the plain words of a clip.

`handler.text.encodings` makes text of the bytes, `kinds` finds the reader, and what is not said is left out by
`handler.text.annotations`. Every step takes time in proportion to the file.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from handler.errors import BadRequest
from handler.text.annotations import DIALOGUE_DASH, blank_annotations
from handler.text.encodings import decode
from handler.text.foreign_files import other
from handler.voices.transcript_files import kinds

MAX_BYTES = 1_000_000  # JSON that a recogniser writes of ten minutes, with 300 bytes for each word
MAX_CHARS = 20_000  # of the words in all, as in a request's own ``ref_text``
_MOST_BESIDE = 4  # times as long with its labels, times and sounds as without
FIELD = "transcript_url"

_FENCE = re.compile(r"^[ \t]*```\w*[ \t]*$", re.MULTILINE)  # around a file that a chat wrote


def read(body: bytes, filename: str = "", media_type: str = "", *, field: str = FIELD) -> str:
    """The words of a transcript as one line of text, without times, markup, speaker labels and sound descriptions.

    Its kind is found by its content; the file's name and media type only decide where that leaves a choice. Raises
    BadRequest on ``field`` for a file that is none of `kinds.KINDS`, is too large, is broken or has no words.
    """
    if len(body) > MAX_BYTES:
        message = f"has {len(body) / 1000:.0f} kB, at most {MAX_BYTES // 1000} are read; link to what the clip says"
        raise BadRequest.of(field, message)
    text = decode(body, media_type)
    if (what := other(body, text)) or text is None:
        raise BadRequest.of(field, f"is {what}, not a transcript; link to one of {kinds.READ}, best in UTF-8")
    text = _FENCE.sub("", text) if text.lstrip().startswith("```") else text
    suffix = PurePosixPath(filename).suffix.lower().removeprefix(".")
    kind = kinds.kind_of(text, suffix, media_type.partition(";")[0].strip().lower())
    shown = kind.read(text, field)
    _check_length(" ".join(shown.split()), _MOST_BESIDE * MAX_CHARS, field)
    words = " ".join(DIALOGUE_DASH.sub("", blank_annotations(shown)).split())
    if not any(character.isalnum() for character in words):
        raise BadRequest.of(
            field, f"has no words in it, read as {kind.name}; link to a transcript of what the clip says"
        )
    _check_length(words, MAX_CHARS, field)
    return words


def _check_length(text: str, limit: int, field: str) -> None:
    if len(text) > limit:
        message = f"has {len(text)} characters, at most {MAX_CHARS} are taken; link to what the clip says"
        raise BadRequest.of(field, message)
