"""Sentences in many languages, and texts that mix languages."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "text"


def _rows(name: str) -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in (_FOLDER / name).read_text("utf-8").splitlines()]
    return [(code, text) for code, text in rows]


SENTENCES = _rows("sentences.tsv")
"""The code of a language and a sentence in it: six in each of 28 languages."""

MIXED = _rows("mixed.tsv")
"""The code of a language and a text that a client may rightly send in it: with names, words and quotes of others, in
other letters than usual, in a dialect or a near relative, or without words."""


def of(code: str) -> list[str]:
    """The sentences in one language."""
    return [text for language, text in SENTENCES if language == code]
