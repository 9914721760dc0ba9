"""Tokens → chunks: as few as the budget allows, cut where a speaker would pause, and of similar size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from handler.text.languages import language_of
from handler.text.languages.base import Language
from handler.types import Budget, Chunk, Token

_SENTENCE_END = frozenset(".!?…")
_CLAUSE_END = frozenset(",;:")
MIN_SHARE = 0.3
"""A cut that leaves less of the wanted size is skipped for a worse one."""


def _text(token: Token) -> str:
    return " ".join(token.spoken) + token.mark


def _level(token: Token, following: Token, language: Language) -> int:
    """Rank of a cut between two tokens: 0 is the best, 4 parts a title from its name."""
    if token.mark in _SENTENCE_END and token.mark:
        return 0
    if token.mark in _CLAUSE_END and token.mark:
        return 1
    if following.spoken[0].lower() in language.conjunctions.split():
        return 2
    return 4 if token.spoken[-1] in language.before_names.split() else 3


def _stretches(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Runs of tokens between blank lines and pauses, which no chunk reaches over."""
    start = 0
    for end, (token, following) in enumerate(pairwise(tokens), 1):
        if token.paragraph or token.pause_after or following.pause_before:
            yield tokens[start:end]
            start = end
    yield tokens[start:]


def _cut(costs: Sequence[float], levels: Sequence[int], start: int, rest: float, limit: float) -> int:
    """The end of the chunk that begins at ``start``: the best cut, and of these the nearest to an even share."""
    wanted = rest / -(-rest // limit)
    best: tuple[int, float] | None = None
    end, used = start + 1, 0.0
    for index in range(start, len(levels)):
        used += costs[index]
        if used > limit:
            break
        score = (levels[index] if used >= MIN_SHARE * wanted else levels[index] + 10, abs(used - wanted))
        if best is None or score < best:
            best, end = score, index + 1
    return end


def _divide(tokens: Sequence[Token], language: Language, budget: Budget, limit: float) -> Iterator[Sequence[Token]]:
    """Runs of tokens that cost at most ``limit`` each, a token above it by itself."""
    blank = budget.cost(" ")
    costs = [budget.cost(_text(token)) + blank for token in tokens]
    levels = [_level(token, following, language) for token, following in pairwise(tokens)]
    limit += blank
    start, rest = 0, sum(costs)
    while start < len(tokens):
        end = len(tokens) if rest <= limit else _cut(costs, levels, start, rest, limit)
        yield from _checked(tokens[start:end], language, budget, limit - blank)
        rest -= sum(costs[start:end])
        start = end


def _checked(tokens: Sequence[Token], language: Language, budget: Budget, limit: float) -> Iterator[Sequence[Token]]:
    """Divide a run again that costs more than its tokens do: costs are additive to a few percent only."""
    actual = budget.cost(" ".join(map(_text, tokens)))
    if len(tokens) > 1 and actual > budget.limit:
        yield from _divide(tokens, language, budget, min(limit, budget.limit * budget.limit / actual) * 0.98)
    else:
        yield tokens


def chunk(tokens: Sequence[Token], language: str, budget: Budget) -> tuple[Chunk, ...]:
    """Every token in exactly one chunk, in order; each within the budget unless it is a single token.

    Cuts always at blank lines and pauses, then at the ends of sentences, at clause marks, before conjunctions of the
    ``language`` (BCP 47), and last between any two words.
    """
    facts = language_of(language)
    runs = (run for stretch in _stretches(tokens) if stretch for run in _divide(stretch, facts, budget, budget.limit))
    return tuple(Chunk(index, tuple(run)) for index, run in enumerate(runs))
