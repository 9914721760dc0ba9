"""Markdown: its headings, and what its front matter says."""

from __future__ import annotations

import pytest

from handler.text import books
from handler.text.books import markdown

BOOK = """---
title: "The Sea"
author: Anna Berg
lang: en
---
# The Sea

## One *fine* day ##

Text.

```
# no heading
```

Two
---

a line
of text
---

Three
===
"""


def test_headings_and_front_matter() -> None:
    """Headings with signs and underlined ones, without their signs; none in code, none above a rule."""
    book = markdown.of_text(BOOK)
    assert [(heading.level, heading.title) for heading in book.headings] == [
        (1, "The Sea"),
        (2, "One fine day"),
        (2, "Two"),
        (1, "Three"),
    ]
    assert (book.title, book.author, book.language) == ("The Sea", "Anna Berg", "en")
    assert book.text[book.start :].startswith("# The Sea")
    assert book.text[book.headings[2].start : book.headings[2].end] == "Two\n---\n"


def test_text_without_headings_is_plain() -> None:
    """A list, a rule and stress are no reason to take a text for Markdown."""
    assert not markdown.is_markdown("- one\n- two\n\n---\n\nIt was *very* late.\n\n#1 of many")
    assert markdown.is_markdown("# One\n\ntext")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The Sea\n\n## The storm\n\nIt rained.\n\n## The shore\n\nIt rained no more.", "The Sea"),
        ("The Sea\n===\n\nA foreword.\n\nOne\n---\n\nIt rained.", "The Sea"),
        ("---\ntitle: The Lake\n---\n# The Sea\n\n## One\n\nIt rained.", "The Lake"),
        ("# One\n\nIt rained.\n\n# Two\n\n## Later\n\nIt rained no more.", ""),
        ("## One\n\nIt rained.\n\n# Two\n\nIt rained no more.", ""),
        ("A dedication.\n\n# One\n\n## A note\n\nIt rained.", ""),
        ("# One\n\nIt rained.", ""),
        ("***", ""),
    ],
)
def test_title_is_the_single_heading_at_the_top(text: str, title: str) -> None:
    """Front matter comes first; of several headings of one level, and of one below a text, none is the title."""
    assert markdown.of_text(text).title == title


def test_title_is_no_chapter() -> None:
    """A title without a text of its own is spoken with the first chapter."""
    book = markdown.of_text("# The Sea\n\n## The storm\n\nIt rained.\n\n## The shore\n\nIt rained no more.")
    assert [chapter.title for chapter in books.divide(book)] == ["The storm", "The shore"]
