"""What is known of a job when it has ended, for those who count and measure jobs. It holds no text of its client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from handler.telemetry.logs import timed

MAX_STAGES = 500  # kept of a job with many chunks


@dataclass(frozen=True)
class Stage:
    """A part of a job's work, such as ``speak``. Times are Unix seconds."""

    name: str
    started: float
    ended: float


@dataclass
class JobTrace:
    """A job on its way: `dispatch` makes it, the job's stages are added while it runs."""

    job_id: str
    endpoint: str = "unknown"
    engine: str = ""
    outcome: str = ""
    """``COMPLETED``, or the error's code, once the job has ended."""
    audio_s: float = 0.0
    """Seconds of speech that the job made."""
    started: float = field(default_factory=time.time)
    ended: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    """The seconds of each stage."""
    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add a block to the stages, also when it raises."""
        started = time.time()
        try:
            with timed(self.seconds, name):
                yield
        finally:
            if len(self.stages) < MAX_STAGES:
                self.stages.append(Stage(name, started, time.time()))


class Observer(Protocol):
    """Hears of every job that ends, in the job's thread and context."""

    def job_ended(self, trace: JobTrace) -> None:
        """Take note of a job. It must not block."""
