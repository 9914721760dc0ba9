"""A part of the worker in a process of its own: one that holds Python's lock, may crash, or keeps much memory."""

from __future__ import annotations

import logging
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from handler.cancellation import NEVER, Cancellation, working_for

logger = logging.getLogger(__name__)

GRACE_S = 2.0
"""For a process that is told to stop answering: what is loaded in it is lost if it has to be killed."""

_STOPS = "SPEECH_STOPS"  # the environment variable that names the pipe on which a process is told to stop
_NUMBER_BYTES = 8

_PACKAGE = str(Path(__file__).resolve().parents[2])


class ProcessEnded(Exception):
    """The process ended, or was killed at its time limit, before it answered."""


class ChildProcess:
    """Runs a module that calls `main`, and asks it one question at a time. Safe to use from several threads.

    The process starts with the first question. It ends with the worker, and after ``idle_s`` seconds without a question
    (None: never). A question whose job has ended is stopped: the method hears it from `cancellation.current`, and the
    process is killed if it has not answered ``grace_s`` later.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str] = MappingProxyType({}),
        idle_s: float | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        self.command = [sys.executable, "-P", "-m", module, *arguments]
        self._environment = environment
        self._idle_s = idle_s
        self._grace_s = grace_s
        self._numbers = count()
        self._stops = -1
        self._idle: threading.Timer | None = None
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(
        self, method: str, *arguments: Any, timeout_s: float, tries: int = 2, cancellation: Cancellation = NEVER
    ) -> Any:
        """The result of a method in the process; raises what the method raises.

        A process that ends or takes longer than ``timeout_s`` is started and asked again; ProcessEnded after so many
        ``tries``. Once cancelled this raises at once; a process that does not stop soon then is killed, so that the
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
            # The process does not know why it was to stop.
            cancellation.check()
            raise answer
        return answer

    def _answer(self, question: tuple[Any, ...], timeout_s: float, tries: int, cancellation: Cancellation) -> Any:
        child = self._child = self._child or self._start()
        assert child.stdin
        assert child.stdout
        number = next(self._numbers)
        try:
            # A process that hangs would block all jobs.
            with self._limited(child, number, timeout_s, cancellation):
                pickle.dump((number, *question), child.stdin, pickle.HIGHEST_PROTOCOL)
                child.stdin.flush()
                return pickle.load(child.stdout)  # nosec B301 # the worker's own process
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._kill()
            if cancellation.ended:
                # It gets ready while no job waits for it.
                self._child = self._start()
            cancellation.check()
            logger.warning("%s ended with %s", self.command[3], child.returncode)
            if tries <= 1:
                raise ProcessEnded(f"{self.command[3]} ended with {child.returncode}") from error
        return self._answer(question, timeout_s, tries - 1, cancellation)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a process that ends when its standard input closes, so with the worker."""
        stops, self._stops = os.pipe()
        try:
            return subprocess.Popen(
                self.command,
                env={**os.environ, "PYTHONPATH": _PACKAGE, _STOPS: str(stops), **self._environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(stops,),
            )
        finally:
            os.close(stops)

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
        os.close(self._stops)

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
    def _limited(
        self, child: subprocess.Popen[bytes], number: int, timeout_s: float, cancellation: Cancellation
    ) -> Iterator[None]:
        """Kill a process that is still in the block after its time; stop it when the job that asks has ended."""
        answering, answered = threading.Lock(), threading.Event()
        timers: list[threading.Timer] = []

        def after(seconds: float, action: Callable[[], object]) -> None:
            timers.append(threading.Timer(seconds, action))
            timers[-1].daemon = True
            timers[-1].start()

        def kill() -> None:
            with answering:
                # Another question may be in the process by now.
                if not answered.is_set():
                    child.kill()

        def stop() -> None:
            with answering, suppress(OSError):
                if not answered.is_set():
                    os.write(self._stops, number.to_bytes(_NUMBER_BYTES))
            after(self._grace_s, kill)

        after(timeout_s, kill)
        try:
            with cancellation.ending(stop):
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
    stops = int(os.environ[_STOPS])
    while True:
        try:
            number, method, *arguments = pickle.load(questions)  # nosec B301 # the worker itself
        except EOFError:
            return
        try:
            with working_for(_Question(number, stops)):
                answer = methods[method](*arguments)
        except Exception as error:  # noqa: BLE001 - the worker raises it again
            answer = error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


class _Question(Cancellation):
    """In the process: ends when the worker says so, or has ended itself.

    It looks into the pipe at each check. A thread that reads the pipe would wait for a method that holds Python's lock.
    """

    def __init__(self, number: int, stops: int) -> None:
        super().__init__(message="the question was stopped")
        self._number = number
        self._stops = stops

    def check(self, *, ignore_timeout: bool = False) -> None:
        while not self._cancelled and select.select([self._stops], [], [], 0)[0]:
            stopped = os.read(self._stops, _NUMBER_BYTES)
            # What was said of a question before this one came too late.
            if not stopped or int.from_bytes(stopped) == self._number:
                self.cancel()
        super().check(ignore_timeout=ignore_timeout)
