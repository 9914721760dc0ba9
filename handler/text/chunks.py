"""Tokens → chunks: as few as the budget allows, of similar size, and cut where a speaker would pause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from handler.text.languages import language_of
from handler.text.languages.base import Language
from handler.types import Budget, Chunk, Token

SENTENCE = 0  # the best level of a cut
_CUT_LEVELS = dict.fromkeys(".!?…", SENTENCE) | dict.fromkeys(",;:", 1)
MIN_SHARE = 0.3  # A cut after less than this share of the wanted size is only taken if there is no other


def _text(token: Token) -> str:
    return " ".join(token.spoken) + token.mark


def _level(token: Token, following: Token, language: Language) -> int:
    """Rank of a cut between two tokens: 0 is the best, 4 separates a title from its name."""
    if token.mark in _CUT_LEVELS:
        return _CUT_LEVELS[token.mark]
    if following.spoken[0].lower() in language.conjunctions.split():
        return 2
    return 4 if token.spoken[-1] in language.before_names.split() else 3


def _stretches(tokens: Sequence[Token], *, by_sentence: bool) -> Iterator[Sequence[Token]]:
    """Runs of tokens between ends of paragraphs, pauses and changes of pace, where chunks always end."""
    start = 0
    for end, (token, following) in enumerate(pairwise(tokens), 1):
        sentence = by_sentence and _CUT_LEVELS.get(token.mark) == SENTENCE
        if sentence or token.paragraph or token.pause_after or following.pause_before or token.rate != following.rate:
            yield tokens[start:end]
            start = end
    yield tokens[start:]


def _cut(costs: Sequence[float], levels: Sequence[int], start: int, rest: float, limit: float) -> int:
    """The end of the chunk that begins at ``start``: of the best cuts, the nearest to an even share of ``rest``."""
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
    """Runs of tokens that cost at most ``limit`` each; a token above it is a run."""
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
    """Divide a run again if it is over the budget: it may cost a few percent more than the sum of its tokens."""
    actual = budget.cost(" ".join(map(_text, tokens)))
    if len(tokens) > 1 and actual > budget.limit:
        yield from _divide(tokens, language, budget, min(limit, budget.limit * budget.limit / actual) * 0.98)
    else:
        yield tokens


def _at_pace(budget: Budget, tokens: Sequence[Token]) -> tuple[Budget, float]:
    """The budget, and how much of it tokens may cost that are all said at one pace: slow speech is longer."""
    budget = replace(budget, limit=budget.limit * min(tokens[0].rate, 1.0))
    return budget, budget.limit


def chunk(tokens: Sequence[Token], language: str, budget: Budget) -> tuple[Chunk, ...]:
    """Divide tokens, in order, into chunks within the budget; only a single token may be over it.

    Chunks end at every end of paragraph, pause and change of pace, else preferably after sentences, then after clauses,
    then before conjunctions of the ``language`` (BCP 47), then after any word. They end at every sentence if the budget
    says so.
    """
    facts = language_of(language)
    stretches = filter(None, _stretches(tokens, by_sentence=budget.by_sentence))
    runs = (run for stretch in stretches for run in _divide(stretch, facts, *_at_pace(budget, stretch)))
    return tuple(Chunk(index, tuple(run), language) for index, run in enumerate(runs))
