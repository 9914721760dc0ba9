"""Who says the words of captions: the name before the first word of each turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handler.types import Word


def labelled(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with the name of their speaker in the first of each turn: ``Anna: Hello``.

    It is a part of that word, so that it counts in the width of its line and stays on it.
    """
    found: list[Word] = []
    speaker = ""
    for word in words:
        begins = word.speaker and word.speaker != speaker
        found.append(replace(word, shown=f"{word.speaker}: {word.shown}") if begins else word)
        speaker = word.speaker
    return tuple(found)
