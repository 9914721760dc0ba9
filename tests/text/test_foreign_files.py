"""Files that people take for text are named for what they are."""

from __future__ import annotations

import pytest

from handler.text.foreign_files import other


@pytest.mark.parametrize(
    ("body", "text", "what"),
    [
        (b"%PDF-1.7", "%PDF-1.7", "a PDF"),
        (b"{\\rtf1", "{\\rtf1", "a rich text (RTF) file"),
        (b"PK\x03\x04", None, "a Word, OpenDocument or zip file"),
        (b"\x00\x01", None, "no text that can be read"),
        (b"<html>", "<html>", "a web page (html)"),
        (b"<?xml version='1.0'?><tt/>", "<?xml version='1.0'?><tt/>", ""),
        (b"Hello", "Hello", ""),
    ],
)
def test_files_are_named(body: bytes, text: str | None, what: str) -> None:
    """By how they begin, or for having no text; "" is what may be text."""
    assert other(body, text) == what
