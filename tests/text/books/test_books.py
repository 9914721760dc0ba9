"""Which kind a file is: by its content, whatever it is called."""

from __future__ import annotations

import pytest

from handler.errors import BadRequest
from handler.text import books
from tests.support.epubs import epub, zipped

PLAIN = "Chapter 1\n\nIt rained.\n\nChapter 2\n\nÉté."


def read(body: bytes, filename: str = "", max_chars: int = 1000) -> books.Manuscript:
    return books.read(body, filename, field="upload_token", max_chars=max_chars)


def test_kinds_by_content() -> None:
    """Each kind is found without a name, and with a wrong one."""
    for name in ("", "book.bin", "book.txt"):
        assert read(epub({"one.xhtml": "<p>Hello.</p>"}), name).title == "The Sea"
        assert read(b"# One\n\nHello.\n\n# Two\n\nHello.", name).headings[0].title == "One"
        assert len(read(PLAIN.encode("cp1252"), name).headings) == 2
    assert read(PLAIN.encode("utf-16")).text == PLAIN


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"%PDF-1.7 ...", "is a PDF, not a book"),
        (zipped({"word/document.xml": "<a/>"}).replace(b"application/epub+zip", b"application/x-----zip"), "Word"),
        (b"<!doctype html><p>Hello.</p>", "web page"),
        (b"* * *", "has no words"),
        (b"word " * 300, "at most 1000 are spoken"),
    ],
)
def test_other_files_are_refused(body: bytes, message: str) -> None:
    """The message says what the file is, and what to send."""
    with pytest.raises(BadRequest, match=message):
        read(body)


@pytest.mark.parametrize("text", ["# One" + " " * 500_000 + "x", "One\n" + " " * 500_000 + "\n", "\n" * 500_000 + "x"])
def test_blanks_take_linear_time(text: str) -> None:
    """A line of blanks is read at once: in quadratic time this test would take hours."""
    assert books.divide(books.read_text(text))
