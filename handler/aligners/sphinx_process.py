"""The aligner `sphinx` in a process of its own.

pocketsphinx holds Python's interpreter lock while it decodes. In the worker's process that would stop all other
threads, above all the engine that speaks the next chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handler.aligners.sphinx import SphinxAligner
from handler.backends import child_process
from handler.backends.child_process import ChildProcess, ProcessEnded
from handler.cancellation import current
from handler.errors import AlignerFailed
from handler.settings import Settings
from handler.types import Samples, WordTime

# An answer may take as long as the audio and this; an alignment usually takes a thirtieth of the audio's length.
EXTRA_TIME_S = 60.0

# It looks between two searches, and a search of a minute of sound takes two seconds. A new process is ready in one.
GRACE_S = 0.5


class SphinxProcess:
    """Asks a `SphinxAligner` in another process. If it ends twice, AlignerFailed is raised."""

    name = SphinxAligner.name

    def __init__(self, settings: Settings) -> None:
        self._local = SphinxAligner(settings)
        one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.process = ChildProcess("handler.aligners.sphinx_process", environment=one_thread, grace_s=GRACE_S)

    def speaks(self, language: str) -> bool:
        """As `SphinxAligner`."""
        return self._local.speaks(language)

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """As `SphinxAligner`."""
        return self._ask("align", samples, sample_rate, tuple(words), language)

    def find(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """As `SphinxAligner`."""
        return self._ask("find", samples, sample_rate, tuple(words), language)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """As `SphinxAligner`."""
        return self._ask("prefix", samples, sample_rate, tuple(words), language)

    def spot(
        self, samples: Samples, sample_rate: int, words: Sequence[str], starts: Sequence[int], language: str
    ) -> list[WordTime | None]:
        """As `SphinxAligner`."""
        return self._ask("spot", samples, sample_rate, tuple(words), tuple(starts), language)

    def _ask(self, method: str, samples: Samples, sample_rate: int, *question: object) -> list[WordTime | None]:
        limit = EXTRA_TIME_S + len(samples) / float(sample_rate)
        try:
            times: list[WordTime | None] = self.process.ask(
                method, samples, sample_rate, *question, timeout_s=limit, cancellation=current()
            )
        except ProcessEnded as error:
            raise AlignerFailed("audio: sphinx ended while it aligned this; use another timing_method") from error
        return times


if __name__ == "__main__":
    aligner = SphinxAligner(Settings.read({}))
    aligner.load()
    answers: dict[str, Callable[..., object]] = {
        "align": aligner.align,
        "find": aligner.find,
        "prefix": aligner.prefix,
        "spot": aligner.spot,
    }
    child_process.main(answers)
