"""The words of captions in our own JSON, of which somebody may have edited the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from handler.types import TimedText, Token, Word, WordTime


def own_lines(cue: TimedText) -> tuple[tuple[Word, ...], ...] | None:
    """The words of a cue on the lines of its text; None if the text does not show these words, or not all."""
    words = iter(_with_speaker(cue))
    lines = []
    for line in cue.text.split("\n"):
        found: list[Word] = []
        wanted = _letters(line)
        while wanted:
            word = next(words, None)
            letters = _letters(word.shown) if word else ""
            if word is None or not letters or not wanted.startswith(letters):
                return None
            found.append(word)
            wanted = wanted.removeprefix(letters)
        lines.append(tuple(found))
    return None if next(words, None) else tuple(lines)


def _letters(text: str) -> str:
    return "".join(text.split())


def _with_speaker(cue: TimedText) -> Iterator[Word]:
    """The words, said by who says the cue: somebody may have changed that alone."""
    return (replace(word, speaker=cue.speaker) for word in cue.words)


def known_times(tokens: Sequence[Token], words: Sequence[Word]) -> list[WordTime | None]:
    """The times of the words of an edited text, from the words that it had before.

    A word that is there still keeps its time, and one that was put in the place of one word has that one's.
    """
    times: list[WordTime | None] = [None] * len(tokens)
    shown = [token.shown for token in tokens]
    matcher = SequenceMatcher(None, [word.shown for word in words], shown, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and old_end - old == new_end - new):
            times[new:new_end] = [WordTime(word.start, word.end, word.confidence) for word in words[old:old_end]]
    return times
