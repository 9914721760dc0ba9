"""Whisper's process, seen from the worker: it loads the model once, and ends when nobody has asked for some minutes.

CTranslate2 ends the process that it is in if it does not find its version of cuDNN, and a model takes up to 3 GB.
"""

from __future__ import annotations

import functools
import logging
import threading
from pathlib import Path
from typing import Any

from handler.backends.child_process import ChildProcess, ProcessEnded
from handler.cancellation import NEVER, Cancellation
from handler.types import JobWarning

logger = logging.getLogger(__name__)

MODULE = "handler.whisper.server"
IDLE_S = 180.0

# An answer may take this, in which a model of 3 GB is read from a volume, and so many times as long as its sound.
EXTRA_TIME_S = 300.0
MAX_RTF = 10.0

CUDA, CPU = "cuda", "cpu"

ON_CPU = JobWarning(
    "whisper_on_cpu", "Whisper cannot use the GPU and runs on the CPU, which takes longer; the worker's log says why"
)


class DeviceFailed(Exception):
    """The GPU cannot be used, or has too little memory; the CPU can."""


class WhisperProcess:
    """Asks Whisper in another process, one question at a time: on the GPU until that fails, then on the CPU."""

    def __init__(self, module: str = MODULE, idle_s: float = IDLE_S) -> None:
        self._process = ChildProcess(module, idle_s=idle_s)
        self._lock = threading.Lock()
        self._device: str | None = None
        self._failed = False

    @property
    def warnings(self) -> tuple[JobWarning, ...]:
        """A warning if there is a GPU and it could not be used."""
        return (ON_CPU,) if self._failed else ()

    def ask(
        self, method: str, folder: Path | None, *arguments: Any, seconds: float, cancellation: Cancellation = NEVER
    ) -> Any:
        """What a function of `server.METHODS` returns for the model in ``folder`` (None: it needs none).

        ``seconds`` is the length of its sound. Raises what the function raises, ConfigError for a model that cannot be
        loaded, and ProcessEnded if the process ends on the CPU, too. Once cancelled, it raises at once.
        """
        device = self._find_device(cancellation)
        if device == CUDA:
            try:
                return self._ask(device, method, folder, *arguments, seconds=seconds, cancellation=cancellation)
            except (DeviceFailed, ProcessEnded) as error:
                logger.warning("Whisper failed on the GPU, and runs on the CPU from now on", exc_info=error)
                self._device, self._failed = CPU, True
                # Its context would stay in the GPU's memory.
                self._process.end()
        return self._ask(CPU, method, folder, *arguments, seconds=seconds, cancellation=cancellation)

    def end(self) -> None:
        """End the process, and free its memory; the next question starts another."""
        self._process.end()

    def _find_device(self, cancellation: Cancellation) -> str:
        with cancellation.acquire(self._lock):
            if self._device is None:
                self._device = self._process.ask("find_device", timeout_s=EXTRA_TIME_S, cancellation=cancellation)
            return self._device

    def _ask(
        self,
        device: str,
        method: str,
        folder: Path | None,
        *arguments: Any,
        seconds: float,
        cancellation: Cancellation,
    ) -> Any:
        return self._process.ask(
            "answer",
            device,
            method,
            folder and str(folder),
            *arguments,
            timeout_s=EXTRA_TIME_S + MAX_RTF * seconds,
            tries=1 if device == CUDA else 2,
            cancellation=cancellation,
        )


@functools.cache
def shared() -> WhisperProcess:
    """The process of this worker, for all that use Whisper: it keeps one model."""
    return WhisperProcess()
