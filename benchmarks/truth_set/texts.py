"""Texts for a recording whose words are known: the right one, ones that differ from it in places, and wrong ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CHANGED_SHARE = 0.125
"""Of the words of a text that differs in places."""


@dataclass(frozen=True)
class Line:
    """Words to align, and for each its number among those that are said; None for a word that is not said there."""

    kind: str
    words: tuple[str, ...]
    said: tuple[int | None, ...]

    @property
    def right(self) -> bool:
        return self.kind == "right"

    @property
    def wrong(self) -> bool:
        """Whether none of its words is where it is said."""
        return self.kind in WRONG


Words = list[tuple[str, int | None]]


def _right(own: Words, others: Sequence[str], draw: random.Random) -> Words:  # noqa: ARG001
    return own


def _replaced(own: Words, others: Sequence[str], draw: random.Random) -> Words:
    changed = set(draw.sample(range(len(own)), _changes(own)))
    return [(draw.choice(others), None) if at in changed else pair for at, pair in enumerate(own)]


def _left_out(own: Words, others: Sequence[str], draw: random.Random) -> Words:  # noqa: ARG001
    gone = set(draw.sample(range(len(own)), _changes(own)))
    return [pair for at, pair in enumerate(own) if at not in gone]


def _added(own: Words, others: Sequence[str], draw: random.Random) -> Words:
    more = list(own)
    for _ in range(_changes(own)):
        more.insert(draw.randrange(len(more) + 1), (draw.choice(others), None))
    return more


def _shuffled(own: Words, others: Sequence[str], draw: random.Random) -> Words:  # noqa: ARG001
    return [(word, None) for word, _ in draw.sample(own, len(own))]


def _other(own: Words, others: Sequence[str], draw: random.Random) -> Words:
    first = draw.randrange(len(others))
    return [(others[(first + at) % len(others)], None) for at in range(len(own))]


def _changes(own: Words) -> int:
    return max(1, round(CHANGED_SHARE * len(own)))


KINDS: dict[str, Callable[[Words, Sequence[str], random.Random], Words]] = {
    "right": _right,
    "a word in eight replaced": _replaced,
    "a word in eight left out": _left_out,
    "a word in eight added": _added,
    "its words shuffled": _shuffled,
    "other sentences": _other,
}
WRONG = ("its words shuffled", "other sentences")


def lines(words: Sequence[str], others: Sequence[str], draw: random.Random) -> list[Line]:
    """A text of each kind; ``others`` are words in the order of sentences that are not said here."""
    own: Words = [(word, at) for at, word in enumerate(words)]
    made = {kind: change(own, others, draw) for kind, change in KINDS.items()}
    return [
        Line(kind, tuple(word for word, _ in pairs), tuple(said for _, said in pairs)) for kind, pairs in made.items()
    ]
