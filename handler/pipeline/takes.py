"""Several takes of each chunk, and the selection of the one whose words an aligner is surest of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from handler.alignment import fallback
from handler.alignment.word_times import AlignerResult
from handler.errors import AlignerFailed, AlignmentError, Cancelled, JobTimeout
from handler.pipeline.background import BackgroundQueue
from handler.protocols import Aligner, Services
from handler.requests import GenerateInput
from handler.settings import BEST, ENGINE
from handler.types import Chunk, ChunkAudio

logger = logging.getLogger(__name__)

TAKE_SEED_STEP = 1 << 29  # between a chunk's takes: a job has fewer chunks, and 2³² has room for eight takes


def seed_of(seed: int, chunk: int, take: int = 0) -> int:
    """The seed of a chunk's take in a job with ``seed``: seed + chunk + take · 2²⁹ modulo 2³².

    All seeds of a job differ, and take 0 has the seeds of a job without takes. A job of this chunk alone with this seed
    speaks it alike: a request accepts every seed under 2³².
    """
    return (seed + chunk + take * TAKE_SEED_STEP) % (1 << 32)


@dataclass(frozen=True)
class Take:
    """A chunk's audio, the seed it was made with, and what aligners said of it.

    ``confidences`` are those of all takes of the chunk, 0 to 1, empty if they were not ranked; ``found`` holds the
    results of this one by aligner.
    """

    spoken: ChunkAudio
    seed: int
    confidences: tuple[float, ...] = ()
    found: Mapping[str, AlignerResult] = field(default_factory=lambda: MappingProxyType({}))


class TakeSelector:
    """Selects among the takes of each chunk by the first usable aligner, while the engine speaks the next chunk.

    The best take has the highest mean confidence of its words; among equals the first is kept. A take that cannot be
    aligned has confidence 0. An aligner that breaks is not asked again; if none can rank the takes of a chunk, its
    first is kept.
    """

    def __init__(
        self,
        request: GenerateInput,
        languages: Collection[str],
        sample_rate: int,
        services: Services,
        queue: BackgroundQueue,
    ) -> None:
        """``languages`` are those of all chunks (BCP 47); an aligner that lacks one of them is not asked."""
        self._sample_rate = sample_rate
        self._queue = queue
        methods = fallback.methods(request.timing_method, services.settings.aligners)
        # The engine is as sure of its words in a bad take as in a good one, and one aligner is enough to rank takes.
        self._aligners: dict[str, Aligner] = {}
        self._reasons: dict[str, str] = {}
        names = [method for method in methods if method not in (ENGINE, BEST)]
        for language in languages:
            usable = services.aligners.usable(names, language)
            self._aligners = dict(usable)
            self._reasons |= {name: fallback.reason(error) for name, error in usable.skipped.items()}
            names = list(self._aligners)
        self._unranked = 0
        # One take is enough when there is no aligner to rank them.
        self.takes = request.takes if self._aligners else 1

    def report(self, takes: Sequence[Take], warn: Callable[[str, str], None]) -> list[dict[str, Any]]:
        """What the reply says of the takes kept: ``{chunk, seed, confidences}`` of each. Warns if any is not ranked."""
        if self._unranked:
            reasons = "; ".join(f"{method}: {why}" for method, why in self._reasons.items())
            fault = f"of {self._unranked} of {len(takes)} chunks the first take was kept, for none could be ranked"
            warn("takes_not_ranked", f"{fault} ({reasons or 'no aligner is configured'})")
        return [
            {"chunk": index, "seed": take.seed, "confidences": [round(each, 3) for each in take.confidences]}
            for index, take in enumerate(takes)
        ]

    def submit(self, chunk: Chunk, takes: Sequence[Take]) -> Callable[[], Take]:
        """Start to rank the takes of a chunk in the background; the function returned waits for the best."""
        selection: Future[Take] = self._queue.submit(self.select, chunk, takes)

        def wait() -> Take:
            try:
                return self._queue.wait(selection)
            except JobTimeout:
                # The speech exists and is paid for; if some is missing as well, the next step notices.
                self._unranked += 1
                self._reasons["job"] = "there was no time left"
                return takes[0]

        return wait

    def select(self, chunk: Chunk, takes: Sequence[Take]) -> Take:
        """The take to keep of a chunk."""
        found: dict[str, list[AlignerResult]] = {}
        confidences: tuple[float, ...] = ()
        for method in tuple(self._aligners):
            try:
                found[method] = self._align(method, chunk, takes)
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:
                logger.warning("%s failed while it ranked takes", method, exc_info=error)
                self._reasons[method] = fallback.reason(error)
                del self._aligners[method]
                continue
            confidences = tuple(map(_confidence, found[method]))
            failed = [result for result in found[method] if isinstance(result, AlignmentError)]
            if len(failed) < len(takes):
                break
            self._reasons[method] = failed[0].message
        else:
            self._unranked += 1
        best = confidences.index(max(confidences)) if confidences else 0
        results = {method: by_take[best] for method, by_take in found.items()}
        return replace(takes[best], confidences=confidences, found=results)

    def _align(self, method: str, chunk: Chunk, takes: Sequence[Take]) -> list[AlignerResult]:
        aligner, cancellation = self._aligners[method], self._queue.cancellation
        results: list[AlignerResult] = []
        for take in takes:
            cancellation.check()
            samples = take.spoken.samples
            try:
                results.append(
                    fallback.align(aligner, samples, self._sample_rate, chunk.words, chunk.language, cancellation)
                )
            except AlignerFailed:
                raise
            except AlignmentError as error:
                # With its traceback it would hold the losing takes, too.
                results.append(error.with_traceback(None))
        return results


def _confidence(found: AlignerResult) -> float:
    """Mean confidence of the words, 0 for one without a time and for a take that could not be aligned."""
    if isinstance(found, Exception):
        return 0.0
    return sum(min(1.0, max(0.0, word.confidence)) for word in found if word) / max(1, len(found))
