"""Plain text and Markdown give what is said in them."""

from __future__ import annotations

import pytest

from handler.voices.transcript_files.plain import read_plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Episode 1\n\n**Hello** __there__, [Ann](https://example.com/a).", "Hello there, Ann."),
        ("---\ntitle: x\ntags: [a]\n---\nHello there.", "Hello there."),
        ("# Hello there", "# Hello there"),
        ("> Hello\n> there", "Hello there"),
        (">> ANN: Hello", ">> ANN: Hello"),
        ("<p>Hello <i>there</i></p>", "Hello there"),
        ("Hi [Nguyen](win) *there*", "Hi [Nguyen](win) *there*"),
        ("AT&T is 3 < 4", "AT&T is 3 < 4"),
        ("#1 is here", "#1 is here"),
    ],
)
def test_what_is_not_said_is_taken_away(text: str, words: str) -> None:
    """Front matter, headings, emphasis, link targets and tags are no words."""
    assert " ".join(read_plain(text).split()) == words
