"""Plain text: what is a heading, and what only looks like one."""

from __future__ import annotations

import pytest

from handler.text import books
from handler.text.books import plain

PROSE = "It was a dark night, and nobody walked by the river.\nThe rain fell. " * 6


def titles(text: str) -> list[str]:
    """The titles of the headings of a text."""
    return [heading.title for heading in plain.of_text(text).headings]


@pytest.mark.parametrize(
    "headings",
    [
        ["Chapter 1", "Chapter 2"],
        ["CHAPTER I.", "CHAPTER II.", "CHAPTER III."],
        ["Chapter One", "Chapter Twenty-Three"],
        ["Chapter 1: The Storm", "Chapter 2 – The Sea"],
        ["Kapitel 1", "Kapitel 2"],
        ["Chapitre IV", "Chapitre V"],
        ["Глава 1", "Глава 2"],
        ["第一章 海", "第二章 山"],
        ["Prologue", "Chapter 1", "Epilogue"],
        ["1.", "2.", "3."],
        ["I", "II", "III"],
        ["1. The Storm", "2. The Sea", "3. The Shore"],
    ],
)
def test_headings_are_found(headings: list[str]) -> None:
    """A word such as "Chapter" with its number, or numbers that count up, alone between blank lines."""
    text = "\n\n".join(part for heading in headings for part in (heading, PROSE))
    assert titles(text) == headings
    assert [chapter.title for chapter in books.divide(books.read_text(text))] == headings


def test_title_below_its_number() -> None:
    """A title on the line below the number is a part of the heading."""
    assert titles(f"CHAPTER I\nThe Storm\n\n{PROSE}\n\nCHAPTER II\nThe Sea\n\n{PROSE}") == [
        "CHAPTER I The Storm",
        "CHAPTER II The Sea",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{PROSE}\n\nChapter 4 was the one that she liked best.\n\n{PROSE}\n\nChapter 5 she did not like.",
        f"Chapter 1\n{PROSE}\n\n{PROSE}",
        "1. Bread\n\n2. Milk\n\n3. Eggs\n\n" + PROSE,
        f"1984\n\n{PROSE}\n\n7\n\n{PROSE}",
        f"1.\n\n{PROSE}\n\n2.\n\n{PROSE}",
        f"Part of the house\n\n{PROSE}\n\nBook shelves\n\n{PROSE}",
        PROSE,
    ],
)
def test_prose_and_lists_are_no_headings(text: str) -> None:
    """Sentences, lists, years and other numbers stay text."""
    assert titles(text) == []


def test_parts_are_above_chapters() -> None:
    """Chapters are divided by the chapters of a book in parts only where the parts would be too long."""
    text = f"Part One\n\nChapter 1\n\n{PROSE}\n\nChapter 2\n\n{PROSE}\n\nPart Two\n\nChapter 3\n\n{PROSE}"
    levels = [heading.level for heading in plain.of_text(text).headings]
    assert levels == [1, 2, 2, 1, 2]
