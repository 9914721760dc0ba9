"""Choose an alignment method: the one that was requested, then the configured ones, until one works."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from handler import errors
from handler.alignment import boundaries
from handler.backends import device
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError
from handler.protocols import Aligner, WarmAligner
from handler.settings import ENGINE as ENGINE
from handler.types import JobWarning, Samples, WordTime

logger = logging.getLogger(__name__)


class FallbackOrder:
    """The methods that are left to try.

    A method that fails is skipped and the next one is tried, with a warning. ``strict`` tries only the first. A missing
    engine timing gives no warning unless it was requested.
    """

    def __init__(self, requested: str | None, configured: Sequence[str], *, strict: bool = False) -> None:
        self._left = list(methods(requested, configured))
        self._requested = requested
        self._strict = strict
        self._reasons: list[str] = []
        self.skipped: list[JobWarning] = []
        """A warning for each method that failed."""

    @property
    def method(self) -> str | None:
        """The one to try now, None when none is left."""
        return self._left[0] if self._left else None

    def skip(self, error: Exception, vain: Sequence[str] = ()) -> None:
        """Go on to the next method, as this one failed; ``vain`` are others that it has tried itself."""
        method = self._left.pop(0)
        self._left = [other for other in self._left if other not in vain]
        if method == ENGINE != self._requested:
            return
        device.notice(error)
        logger.warning("%s gave no word times", method, exc_info=error)
        why = reason(error)
        self._reasons.append(f"{method}: {why}")
        self.skipped.append(JobWarning("timing_method_passed_over", f"{method} could not align the words: {why}"))
        if self._strict:
            self._left.clear()

    def exhausted(self) -> AlignmentError:
        """The error to raise when no method was left, with every reason."""
        reasons = "; ".join(self._reasons or ["none is configured"])
        return AlignmentError(f"no way to find word times worked ({reasons})")


def methods(requested: str | None, configured: Sequence[str]) -> tuple[str, ...]:
    """The methods in the order in which they are tried."""
    return tuple(dict.fromkeys([*([requested] if requested else []), *configured]))


def reason(error: Exception) -> str:
    """Why a method failed, as a client may read it."""
    return errors.reason(error, "it failed unexpectedly; the log says why")


def make_ready(aligner: Aligner, language: str, cancellation: Cancellation = NEVER) -> None:
    """Load what the aligner needs for a language, fetched where necessary. Raises what `Aligner.align` raises."""
    if isinstance(aligner, WarmAligner):
        aligner.ready(language, cancellation)


def align(
    aligner: Aligner,
    samples: Samples,
    sample_rate: int,
    words: Sequence[str],
    language: str,
    cancellation: Cancellation = NEVER,
) -> Sequence[WordTime | None]:
    """As `Aligner.align`, with the edges at pauses set by the sound (`boundaries`).

    ``cancellation`` is checked while the aligner fetches a model.
    """
    make_ready(aligner, language, cancellation)
    return boundaries.settled(samples, sample_rate, aligner.align(samples, sample_rate, words, language))
