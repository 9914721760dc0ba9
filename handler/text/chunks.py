"""Tokens → chunks: as few as the budget allows, cut where a speaker would breathe, and of like size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from handler.text.characters import word_set
from handler.text.english_words import CONJUNCTIONS, TITLES
from handler.types import Budget, Chunk, Token

_SENTENCE_END = frozenset(".!?…")
_CLAUSE_END = frozenset(",;:")
_CONJUNCTIONS = CONJUNCTIONS | word_set(
    "und oder aber weil dass denn sondern et ou mais car donc parce puis y o pero porque aunque sino e mas porém "
    "ma perché oppure en of maar omdat och eller men i a ale lub że и или но а что"
) - word_set("i a o e en of men")
# A name follows: not even between two words is there a worse place.
_BEFORE_NAMES = frozenset(TITLES.values()) | {"doctor", "saint"}
SMALLEST_SHARE = 0.3
"""Of the wanted size: a cut that leaves less is passed over for a worse place."""


def _text(token: Token) -> str:
    return " ".join(token.spoken) + token.mark


def _level(token: Token, following: Token) -> int:
    """How good a place to cut there is between two tokens, 0 the best."""
    if token.mark in _SENTENCE_END and token.mark:
        return 0
    if token.mark in _CLAUSE_END and token.mark:
        return 1
    if following.spoken[0].lower() in _CONJUNCTIONS:
        return 2
    return 4 if token.spoken[-1] in _BEFORE_NAMES else 3


def _stretches(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What no chunk may reach over: paragraphs, and what stands between pauses."""
    start = 0
    for place, (token, following) in enumerate(pairwise(tokens), 1):
        if token.paragraph or token.pause_after or following.pause_before:
            yield tokens[start:place]
            start = place
    yield tokens[start:]


def _cut(costs: Sequence[float], tokens: Sequence[Token], start: int, rest: float, limit: float) -> int:
    """Where the chunk that begins at ``start`` ends: in the best place nearest to an even share of the rest."""
    wanted = rest / -(-rest // limit)
    best: tuple[int, float] | None = None
    end, used = start + 1, 0.0
    for place in range(start, len(tokens) - 1):
        used += costs[place]
        if used > limit:
            break
        level = _level(tokens[place], tokens[place + 1])
        score = (level if used >= SMALLEST_SHARE * wanted else level + 10, abs(used - wanted))
        if best is None or score < best:
            best, end = score, place + 1
    return end


def _divide(tokens: Sequence[Token], budget: Budget, limit: float) -> Iterator[Sequence[Token]]:
    """Runs of tokens that cost at most ``limit`` each, a token above it by itself."""
    blank = budget.cost(" ")
    costs = [budget.cost(_text(token)) + blank for token in tokens]
    limit += blank
    start, rest = 0, sum(costs)
    while start < len(tokens):
        end = len(tokens) if rest <= limit else _cut(costs, tokens, start, rest, limit)
        yield from _checked(tokens[start:end], budget, limit - blank)
        rest -= sum(costs[start:end])
        start = end


def _checked(tokens: Sequence[Token], budget: Budget, limit: float) -> Iterator[Sequence[Token]]:
    """A run again divided where the whole costs more than its parts: costs are additive to a few percent only."""
    actual = budget.cost(" ".join(map(_text, tokens)))
    if len(tokens) > 1 and actual > budget.limit:
        yield from _divide(tokens, budget, min(limit, budget.limit * budget.limit / actual) * 0.98)
    else:
        yield tokens


def chunk(tokens: Sequence[Token], budget: Budget) -> tuple[Chunk, ...]:
    """Every token in exactly one chunk, in order; each within the budget unless it is a single token.

    Cuts always at blank lines and pauses, then at the ends of sentences, at clause marks, before conjunctions, and
    last between any two words.
    """
    runs = (run for stretch in _stretches(tokens) if stretch for run in _divide(stretch, budget, budget.limit))
    return tuple(Chunk(index, tuple(run)) for index, run in enumerate(runs))
