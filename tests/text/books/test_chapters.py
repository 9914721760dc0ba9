"""A manuscript becomes chapters and parts: nothing of it is lost, and cuts are at the ends of paragraphs."""

from __future__ import annotations

import random

import pytest

from handler.text import books
from handler.text.books import chapters

SENTENCE = "The old man walked slowly along the river, and said nothing. "
PARAGRAPH = f"{SENTENCE * 4}\n\n"


def words(text: str) -> list[str]:
    return [word for word in text.split() if any(map(str.isalnum, word))]


def divided(text: str) -> list[str]:
    """The texts of the chapters."""
    return [text[chapter.start : chapter.end] for chapter in books.divide(books.read_text(text))]


def test_text_before_the_first_heading_is_a_chapter() -> None:
    """What stands before the first heading is spoken too, and is called by the title of the book if it has one."""
    text = f"A dedication.\n\n# One\n\n{PARAGRAPH}# Two\n\n{PARAGRAPH}"
    found = books.divide(books.read_text(text))
    assert [chapter.title for chapter in found] == [chapters.OPENING, "One", "Two"]
    assert text[found[1].start : found[1].body] == "# One\n"
    titled = books.divide(books.read_text(f"---\ntitle: The Sea\n---\n{text}"))
    assert [chapter.title for chapter in titled] == ["The Sea", "One", "Two"]


def test_heading_without_text_begins_the_next_chapter() -> None:
    """The book's title and the names of its parts are spoken with the chapter that follows them."""
    text = f"# The Sea\n\n## One\n\n{PARAGRAPH}## Two\n\n{PARAGRAPH}"
    assert [part.split("\n")[0] for part in divided(text)] == ["# The Sea", "## Two"]


def test_long_parts_of_a_book_are_divided_by_their_chapters() -> None:
    """Where the chapters of the highest level are too long, the next level divides them."""
    chapter = PARAGRAPH * 200
    text = "".join(f"# Part {part}\n\n" + "".join(f"## {n}\n\n{chapter}" for n in (1, 2)) for part in (1, 2))
    assert [part.title for part in books.divide(books.read_text(text))] == ["1", "2", "1", "2"]
    assert [part.title for part in books.divide(books.read_text(text.replace(chapter, PARAGRAPH)))] == [
        "Part 1",
        "Part 2",
    ]


def test_long_chapter_becomes_several() -> None:
    """A chapter of more than an hour is several files, which say so."""
    text = f"# One\n\n{PARAGRAPH * 500}# Two\n\n{PARAGRAPH}"
    found = books.divide(books.read_text(text))
    assert [chapter.title for chapter in found] == ["One (1)", "One (2)", "One (3)", "Two"]
    assert all(chapter.end - chapter.start <= chapters.MAX_CHAPTER_CHARS for chapter in found)


def test_book_without_headings_has_parts() -> None:
    """Parts of a sensible length, cut at paragraphs."""
    found = divided(PARAGRAPH * 300)
    assert len(found) > 2
    assert all(part.endswith("\n\n") for part in found)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost(seed: int) -> None:
    """All words are in one chapter each, and in one part each, in their order, whatever the text looks like."""
    chance = random.Random(seed)
    bits = ["# One\n\n", "## Two\n\n", "word ", "Sentence. ", "\n", "\n\n", "* * *\n\n", "x" * 300, "。", PARAGRAPH]
    text = "".join(chance.choices(bits, k=400))
    assert words("".join(divided(text))) == words(text)
    for limit in (50, 400, 5000):
        spans = list(books.cut(text, 0, len(text), limit))
        assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
        assert words("".join(text[start:end] for start, end in spans)) == words(text) or limit == 50
        assert all(books.has_words(text[start:end]) for start, end in spans)


def test_cuts_are_the_best_that_there_are() -> None:
    """At paragraphs, else at lines, sentences, words."""
    for gap in ("\n\n", "\n", ". ", " "):
        text = gap.join(["word word word"] * 60)
        spans = list(books.cut(text, 0, len(text), 300))
        assert all(text[:end].endswith(gap) for _, end in spans[:-1])
        assert max(end - start for start, end in spans) < 1.3 * min(end - start for start, end in spans)
