"""The aligner `sphinx` in a process of its own.

pocketsphinx holds Python's interpreter lock while it decodes. In the worker's process that would stop all other
threads, above all the engine that speaks the next chunk.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from handler.aligners.sphinx import SphinxAligner
from handler.errors import AlignerFailed
from handler.settings import Settings
from handler.types import Samples, WordTime

logger = logging.getLogger(__name__)

# An answer may take as long as the audio and this; an alignment usually takes a thirtieth of the audio's length.
EXTRA_TIME_S = 60.0
_PACKAGE = str(Path(__file__).resolve().parents[2])


class SphinxProcess:
    """Asks a `SphinxAligner` in another process, one question at a time.

    The process starts with the first question and ends with the worker. If it ends or does not answer in time, it is
    restarted once; AlignerFailed if that fails, too.
    """

    name = SphinxAligner.name

    def __init__(self, settings: Settings) -> None:
        self._local = SphinxAligner(settings)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

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

    def _ask(self, *question: Any) -> list[WordTime | None]:
        with self._lock:
            answer = self._answer(question, again=True)
        if isinstance(answer, Exception):
            raise answer
        times: list[WordTime | None] = answer
        return times

    def _answer(self, question: tuple[Any, ...], *, again: bool) -> Any:
        child = self._child = self._child or _start()
        assert child.stdin
        assert child.stdout
        # A process that hangs would block all jobs.
        _, samples, sample_rate, *_ = question
        limit = threading.Timer(EXTRA_TIME_S + len(samples) / float(sample_rate), child.kill)
        limit.daemon = True
        limit.start()
        try:
            pickle.dump(question, child.stdin, pickle.HIGHEST_PROTOCOL)
            child.stdin.flush()
            return pickle.load(child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            child.kill()
            child.wait()
            # What it did not read is still buffered, and cannot be written any more.
            with suppress(OSError):
                child.stdin.close()
            child.stdout.close()
            self._child = None
            if not again:
                raise AlignerFailed("audio: sphinx ended while it aligned this; use another timing_method") from error
        finally:
            limit.cancel()
        logger.warning("sphinx ended; it is restarted")
        return self._answer(question, again=False)


def _start() -> subprocess.Popen[bytes]:
    """Start a process that ends when its standard input closes, so with the worker."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "handler.aligners.sphinx_process"],
        env=os.environ | {"PYTHONPATH": _PACKAGE, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Read a method's name and arguments, write its result or its exception; return at the end of the questions."""
    aligner = SphinxAligner(Settings.read({}))
    while True:
        try:
            method, *arguments = pickle.load(questions)
        except EOFError:
            return
        try:
            answer = getattr(aligner, method)(*arguments)
        except Exception as error:  # noqa: BLE001 - the worker raises it again
            answer = error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    # A signal to the whole group is meant for the worker, which may still need word times.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A library's prints must not get among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)
