"""Markdown: its headings, and what its front matter says."""

from __future__ import annotations

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
