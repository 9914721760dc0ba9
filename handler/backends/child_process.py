"""A part of the worker in a process of its own: one that holds Python's lock, may crash, or keeps much memory."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from handler.cancellation import NEVER, Cancellation

logger = logging.getLogger(__name__)

GRACE_S = 1.0
"""For an answer that is nearly there when its job is cancelled: what is loaded in the process would be lost."""

_PACKAGE = str(Path(__file__).resolve().parents[2])


class ProcessEnded(Exception):
    """The process ended, or was killed at its time limit, before it answered."""


class ChildProcess:
    """Runs a module that calls `main`, and asks it one question at a time. Safe to use from several threads.

    The process starts with the first question. It ends with the worker, and after ``idle_s`` seconds without a question
    (None: never).
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str] = MappingProxyType({}),
        idle_s: float | None = None,
    ) -> None:
        self.command = [sys.executable, "-P", "-m", module, *arguments]
        self._environment = environment
        self._idle_s = idle_s
        self._idle: threading.Timer | None = None
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(
        self, method: str, *arguments: Any, timeout_s: float, tries: int = 2, cancellation: Cancellation = NEVER
    ) -> Any:
        """The result of a method in the process; raises what the method raises.

        A process that ends or takes longer than ``timeout_s`` is started and asked again; ProcessEnded after so many
        ``tries``. Once cancelled this raises at once; a process that does not answer soon then is killed, so that the
        next question finds another.
        """
        return cancellation.run(self._ask, (method, *arguments), timeout_s, tries, cancellation)

    def end(self) -> None:
        """Kill the process, once it has answered; the next question starts another."""
        with self._lock:
            self._stop_timer()
            self._kill()

    def _ask(self, question: tuple[Any, ...], timeout_s: float, tries: int, cancellation: Cancellation) -> Any:
        with cancellation.acquire(self._lock):
            self._stop_timer()
            try:
                answer = self._answer(question, timeout_s, tries, cancellation)
            finally:
                self._start_timer()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answer(self, question: tuple[Any, ...], timeout_s: float, tries: int, cancellation: Cancellation) -> Any:
        child = self._child = self._child or self._start()
        assert child.stdin
        assert child.stdout
        try:
            # A process that hangs would block all jobs.
            with _limited(child, timeout_s, cancellation):
                pickle.dump(question, child.stdin, pickle.HIGHEST_PROTOCOL)
                child.stdin.flush()
                return pickle.load(child.stdout)  # nosec B301 # the worker's own process
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._kill()
            cancellation.check()
            logger.warning("%s ended with %s", self.command[3], child.returncode)
            if tries <= 1:
                raise ProcessEnded(f"{self.command[3]} ended with {child.returncode}") from error
        return self._answer(question, timeout_s, tries - 1, cancellation)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a process that ends when its standard input closes, so with the worker."""
        return subprocess.Popen(
            self.command,
            env={**os.environ, "PYTHONPATH": _PACKAGE, **self._environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        # What it did not read is still buffered, and cannot be written any more.
        for pipe in (child.stdin, child.stdout):
            assert pipe
            with suppress(OSError):
                pipe.close()

    def _start_timer(self) -> None:
        if self._idle_s is not None and self._child is not None:
            self._idle = threading.Timer(self._idle_s, self._end_idle)
            self._idle.daemon = True
            self._idle.start()

    def _stop_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _end_idle(self) -> None:
        with self._lock:
            # A question that came at the same moment has a timer of its own.
            if self._idle is threading.current_thread():
                self._idle = None
                self._kill()


@contextmanager
def _limited(child: subprocess.Popen[bytes], timeout_s: float, cancellation: Cancellation) -> Iterator[None]:
    """Kill a process that is still in the block after its time, or soon after the job that asks has ended."""
    answering, answered = threading.Lock(), threading.Event()
    timers: list[threading.Timer] = []

    def kill() -> None:
        with answering:
            # Another question may be in the process by now.
            if not answered.is_set():
                child.kill()

    def kill_after(seconds: float) -> None:
        timers.append(threading.Timer(seconds, kill))
        timers[-1].daemon = True
        timers[-1].start()

    remaining = cancellation.remaining_s()
    kill_after(timeout_s if remaining is None else min(timeout_s, remaining + GRACE_S))
    try:
        with cancellation.notifying(lambda: kill_after(GRACE_S)):
            cancellation.check()
            yield
    finally:
        with answering:
            answered.set()
        for timer in timers:
            timer.cancel()


def main(methods: Mapping[str, Callable[..., Any]]) -> None:
    """Answer the questions on standard input, until it ends. Called by the module that a `ChildProcess` runs."""
    # A signal to the whole group is meant for the worker, which may still need answers.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A library's prints must not get among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(methods, sys.stdin.buffer, answers)


def serve(methods: Mapping[str, Callable[..., Any]], questions: IO[bytes], answers: IO[bytes]) -> None:
    """Read a method's name and arguments, write its result or its exception; return at the end of the questions."""
    while True:
        try:
            method, *arguments = pickle.load(questions)  # nosec B301 # the worker itself
        except EOFError:
            return
        try:
            answer = methods[method](*arguments)
        except Exception as error:  # noqa: BLE001 - the worker raises it again
            answer = error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
