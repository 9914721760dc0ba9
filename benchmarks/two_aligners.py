"""The method `best` as an aligner that the benchmarks can measure beside the single ones."""

from __future__ import annotations

from collections.abc import Sequence

from handler.alignment import fallback
from handler.alignment.best import BestOfTwo
from handler.alignment.combination import combined
from handler.alignment.joined_match import joined
from handler.alignment.match import Match, match
from handler.backends import Registry
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.settings import BEST
from handler.types import Samples, Token, WordTime


class TwoAligners:
    """Asks two of a registry's aligners, those of this machine first, as a job with `best` does."""

    name = BEST

    def __init__(self, registry: Registry[Aligner], names: Sequence[str]) -> None:
        self._registry = registry
        self._best = BestOfTwo(registry, names)

    def speaks(self, language: str) -> bool:
        """Whether any of the aligners knows the language."""
        return any(True for _ in self._registry.usable(language=language))

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """As `Aligner.align`."""
        found = self._best.ask(
            language, lambda name: fallback.align(self._registry.get(name), samples, sample_rate, words, language)
        )
        return combined(found)

    def match(self, recording: Recording, tokens: Sequence[Token], language: str) -> Match:
        """As `match`, on the road of the endpoint `align`."""
        found = self._best.ask(language, lambda name: match(recording, tokens, language, self._registry.get(name)))
        return joined(found)


def aligner_of(name: str, registry: Registry[Aligner], names: Sequence[str]) -> Aligner:
    """The aligner of a name, `best` among them; ``names`` are those that it may ask first, in their order."""
    return TwoAligners(registry, names) if name == BEST else registry.get(name)


def timed(
    aligner: Aligner, samples: Samples, sample_rate: int, words: Sequence[str], language: str
) -> Sequence[WordTime | None]:
    """The times that `generate` gives: an aligner's with its edges at pauses set, which `best` has done for each."""
    if isinstance(aligner, TwoAligners):
        return aligner.align(samples, sample_rate, words, language)
    return fallback.align(aligner, samples, sample_rate, words, language)
