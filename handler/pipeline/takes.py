"""Several takes of a chunk, and which of them to keep: the one that an aligner hears its words best in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from handler.alignment import word_times
from handler.alignment.word_times import Found
from handler.errors import AlignerFailed, AlignmentError, Cancelled, JobTimeout
from handler.pipeline.background import Lane
from handler.protocols import Aligner, Shelf
from handler.types import Chunk, ChunkAudio

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Take:
    """The take of a chunk that is kept, and what is known of it.

    ``confidences`` are those of all its takes, 0 to 1, none where they were not ranked; ``found`` is what aligners
    said of this one, by their names.
    """

    spoken: ChunkAudio
    confidences: tuple[float, ...] = ()
    found: Mapping[str, Found] = field(default_factory=lambda: MappingProxyType({}))


class Ranking:
    """Chooses among the takes of each chunk by the first aligner of the order that can, beside the speaking.

    The best has the highest mean confidence of its words; among equals the first is taken. A take that cannot be
    aligned has confidence 0. An aligner that breaks is not asked again; where none can tell the takes of a chunk
    apart, its first is kept.
    """

    def __init__(
        self, language: str, sample_rate: int, methods: Sequence[str], aligners: Shelf[Aligner], lane: Lane
    ) -> None:
        """Find the aligners that there are for the language, in the order of ``methods``."""
        self._language = language
        self._sample_rate = sample_rate
        self._lane = lane
        self._aligners: dict[str, Aligner] = {}
        self._reasons: dict[str, str] = {}
        self._unranked = 0
        for method in methods:
            if method == word_times.ENGINE:  # It is as sure of its words in a bad take as in a good one.
                continue
            try:
                self._aligners[method] = word_times.usable(aligners, method, language)
            except Exception as error:
                logger.info("%s cannot rank takes", method, exc_info=error)
                self._reasons[method] = word_times.reason(error)

    @property
    def possible(self) -> bool:
        """Whether there is an aligner to rank by; otherwise one take of each chunk is enough."""
        return bool(self._aligners)

    def told(self, takes: Sequence[Take], warn: Callable[[str, str], None]) -> list[dict[str, Any]]:
        """What the reply says of the takes kept: ``{chunk, seed, confidences}`` of each; and what it should warn of."""
        if self._unranked:
            reasons = "; ".join(f"{method}: {why}" for method, why in self._reasons.items())
            many = f"of {self._unranked} of {len(takes)} chunks the first take was kept, for none could be ranked"
            warn("takes_not_ranked", f"{many} ({reasons or 'no aligner is configured'})")
        return [
            {
                "chunk": index,
                "seed": take.spoken.seed,
                "confidences": [round(confidence, 3) for confidence in take.confidences],
            }
            for index, take in enumerate(takes)
        ]

    def begin(self, chunk: Chunk, takes: Sequence[ChunkAudio]) -> Callable[[], Take]:
        """Start to rank the takes of a chunk, beside what the caller does next; what is returned waits for the best."""
        choice: Future[Take] = self._lane.submit(self.best, chunk, takes)

        def chosen() -> Take:
            try:
                return self._lane.wait(choice)
            except JobTimeout:
                # What is spoken is paid for; if speech is missing as well, whoever waits for it notices.
                self._unranked += 1
                self._reasons["job"] = "there was no time left"
                return Take(takes[0])

        return chosen

    def best(self, chunk: Chunk, takes: Sequence[ChunkAudio]) -> Take:
        """The take to keep of a chunk."""
        found: dict[str, list[Found]] = {}
        confidences: tuple[float, ...] = ()
        for method in tuple(self._aligners):
            try:
                found[method] = self._align(method, chunk, takes)
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:
                logger.warning("%s failed while it ranked takes", method, exc_info=error)
                self._reasons[method] = word_times.reason(error)
                del self._aligners[method]
                continue
            confidences = tuple(map(_confidence, found[method]))
            failed = [said for said in found[method] if isinstance(said, AlignmentError)]
            if len(failed) < len(takes):
                break
            self._reasons[method] = failed[0].message
        else:
            self._unranked += 1
        chosen = confidences.index(max(confidences)) if confidences else 0
        return Take(takes[chosen], confidences, {method: said[chosen] for method, said in found.items()})

    def _align(self, method: str, chunk: Chunk, takes: Sequence[ChunkAudio]) -> list[Found]:
        answers: list[Found] = []
        for take in takes:
            self._lane.cancellation.check()
            try:
                answers.append(
                    word_times.align(
                        self._aligners[method],
                        take.samples,
                        self._sample_rate,
                        chunk.words,
                        self._language,
                        self._lane.cancellation,
                    )
                )
            except AlignerFailed:
                raise
            except AlignmentError as error:
                # With its traceback it would hold the losing takes, too.
                answers.append(error.with_traceback(None))
        return answers


def _confidence(found: Found) -> float:
    """Mean confidence of the words, 0 for one without a time and for a take that could not be aligned."""
    if isinstance(found, Exception):
        return 0.0
    return sum(min(1.0, max(0.0, word.confidence)) for word in found if word) / max(1, len(found))
