"""Books: a file of any kind that people have becomes a manuscript, and that becomes chapters.

The kind is found by the content; the file's name only decides where that leaves a choice. Text that is of no kind is
plain text. To add a kind: a module with ``matches`` and ``read``, and a row of `KINDS`.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from handler.errors import BadRequest
from handler.text.books import epub, markdown, plain
from handler.text.books.base import READ, BookFile, Heading, Kind, Manuscript, has_words
from handler.text.books.chapters import Chapter, cut, divide
from handler.text.foreign_files import other

__all__ = [
    "KINDS",
    "BookFile",
    "Chapter",
    "Heading",
    "Kind",
    "Manuscript",
    "cut",
    "divide",
    "has_words",
    "read",
    "read_text",
]  # fmt: skip

KINDS: dict[str, Kind] = {  # in the order in which they are tried
    "epub": Kind(epub.matches, epub.read),
    "markdown": Kind(markdown.matches, markdown.read),
}
PLAIN_TEXT = Kind(lambda file: file.text is not None and not other(file.body, file.text), plain.read)


def read(body: bytes, filename: str = "", media_type: str = "", *, field: str, max_chars: int) -> Manuscript:
    """The manuscript of a file, with at most ``max_chars`` characters of text.

    Raises BadRequest on ``field`` for a file that is none of KINDS, is damaged or hostile, is too long or has no words.
    """
    suffix = PurePosixPath(filename).suffix.lower().removeprefix(".")
    file = BookFile(body, suffix, field, max_chars, media_type)
    kind = next((each for each in (*KINDS.values(), PLAIN_TEXT) if each.matches(file)), None)
    if kind is None:
        raise BadRequest.of(field, f"is {other(body, file.text)}, not a book; send {READ}")
    found = kind.read(file)
    if len(found.text) > max_chars:
        message = f"has {len(found.text)} characters, at most {max_chars} are spoken in a job"
        raise BadRequest.of(field, f"{message}; divide the book into volumes")
    if not has_words(found.text):
        raise BadRequest.of(field, "has no words in it; send the text of a book")
    return found


def read_text(text: str) -> Manuscript:
    """The manuscript of a text that came without a file: Markdown if it has headings of it, else plain text."""
    return markdown.of_text(text) if markdown.is_markdown(text) else plain.of_text(text)
