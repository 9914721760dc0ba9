"""The aligner `sphinx` in a process of its own.

pocketsphinx holds Python's interpreter lock for as long as it decodes. In the worker's own process that would stop
whatever runs beside an alignment, above all the engine that speaks the next chunk.
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
from pathlib import Path
from typing import IO, Any

from handler.aligners.sphinx import SphinxAligner
from handler.errors import AlignerFailed
from handler.settings import Settings
from handler.types import Samples, WordTime

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that an answer may take beyond those of the audio, which is aligned some thirty times faster than spoken."""

_PACKAGE = str(Path(__file__).resolve().parents[2])


class SphinxProcess:
    """`SphinxAligner`, asked over a pipe; one question at a time. The process starts with the first, and ends with us.

    One that has ended, for whatever reason, or does not answer in time, is started anew once; AlignerFailed when that
    ends as well.
    """

    name = SphinxAligner.name

    def __init__(self, settings: Settings) -> None:
        self._here = SphinxAligner(settings)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def speaks(self, language: str) -> bool:
        """As `SphinxAligner`."""
        return self._here.speaks(language)

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """As `SphinxAligner`."""
        return self._ask("align", samples, sample_rate, tuple(words), language)

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
        # One that hangs would keep every job after this one waiting, too.
        limit = threading.Timer(self._limit(question), child.kill)
        limit.daemon = True
        limit.start()
        try:
            pickle.dump(question, child.stdin, pickle.HIGHEST_PROTOCOL)
            child.stdin.flush()
            return pickle.load(child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            child.kill()
            child.wait()
            self._child = None
            if not again:
                raise AlignerFailed("audio: sphinx ended while it aligned this; use another timing_method") from error
        finally:
            limit.cancel()
        logger.warning("sphinx has ended and is started anew")
        return self._answer(question, again=False)

    def _limit(self, question: tuple[Any, ...]) -> float:
        _, samples, sample_rate, *_ = question
        return PATIENCE + len(samples) / float(sample_rate)


def _start() -> subprocess.Popen[bytes]:
    """A process that ends when its standard input does: with this one, however that ends."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "handler.aligners.sphinx_process"],
        env=os.environ | {"PYTHONPATH": _PACKAGE, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer questions until there are no more: each a method's name and what it is given, its result or its error."""
    aligner = SphinxAligner(Settings.read({}))
    while True:
        try:
            method, *given = pickle.load(questions)
        except EOFError:
            return
        try:
            answer = getattr(aligner, method)(*given)
        except Exception as error:  # noqa: BLE001 - it is raised again by whoever has asked
            answer = error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    # A signal to the whole group is meant for the worker, which may still have words to time.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # What a library prints must not end up among the answers.
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, own)
