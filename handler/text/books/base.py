"""What readers of books make: a manuscript, which is the text with its headings, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from handler.text.encodings import decode

READ = "plain text, Markdown or EPUB"  # as messages list the kinds


@dataclass(frozen=True)
class Heading:
    """A heading at ``text[start:end]``. ``level`` is 1 for the highest."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True)
class Manuscript:
    """The text of a book as a script, its headings in order, and its metadata, "" where it has none.

    What is before ``start`` is about the text, and not said. ``cover`` is the picture as it is in the file.
    """

    text: str
    headings: tuple[Heading, ...] = ()
    start: int = 0
    title: str = ""
    author: str = ""
    language: str = ""
    cover: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class BookFile:
    """A file that may be a book: its content, what its name ends in, and the request's field that errors name.

    ``max_chars`` is the most text that a book may have: what unpacks to far more is not read to its end.
    """

    body: bytes
    suffix: str
    field: str
    max_chars: int
    media_type: str = ""

    @cached_property
    def text(self) -> str | None:
        """The content as text; None if it is none."""
        return decode(self.body, self.media_type)


@dataclass(frozen=True)
class Kind:
    """A kind of book: how the content of a file shows it, and its reader, which raises BadRequest on the field."""

    matches: Callable[[BookFile], bool]
    read: Callable[[BookFile], Manuscript]


def has_words(text: str) -> bool:
    """Whether there is anything to speak."""
    return any(map(str.isalnum, text))
