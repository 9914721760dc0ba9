"""Files that people take for text files: what each of them is, for a message."""

from __future__ import annotations

import re

_OTHERS = (  # how they begin, and what each is
    (b"PK\x03\x04", "a Word, OpenDocument or zip file"), (b"%PDF", "a PDF"), (b"{\\rtf", "a rich text (RTF) file"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"), (b"\x1f\x8b", "a gzip file"), (b"RIFF", "a recording"),
    (b"ID3", "a recording"), (b"fLaC", "a recording"), (b"OggS", "a recording"), (b"\x1aE\xdf\xa3", "a video"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"),
)  # fmt: skip
_HTML = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def other(body: bytes, text: str | None) -> str:
    """What a file is that is not plain text, captions or a table; "" if it may be. ``text`` is None if it has none."""
    named = next((what for start, what in _OTHERS if body.startswith(start)), "")
    named = named or ("a video" if body[4:8] == b"ftyp" else "")
    if named or text is None:
        return named or "no text that can be read"
    return "a web page (html)" if _HTML.match(text) else ""
