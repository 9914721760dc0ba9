"""What is known of a job when it has ended, for those who count and measure jobs. It holds no text of its client."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from handler.telemetry.logs import timed

MAX_STAGES = 500  # kept of a job with many chunks

SIZES = {
    "characters": "characters of the script, or of what was written down",
    "words": "words that were read, timed or laid out",
    "chunks": "pieces of the script or of a recording, each spoken in one go",
    "files": "files that were fetched or written",
    "bytes": "bytes that were fetched, encoded or written",
    "frames": "frames of a video that was drawn",
    "audio_s": "seconds of sound that were made or read",
}
"""What is told of how much a stage worked on, and what it counts: numbers alone."""


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
    blocks: Counter[str] = field(default_factory=Counter)
    """How often each stage was entered: that of a chunk once for each."""
    sizes: dict[str, dict[str, float]] = field(default_factory=dict)
    """How much each stage worked on, by the names of `SIZES`."""
    parent: Mapping[str, str] = field(default_factory=dict)
    """The client's own trace, as its ``traceparent`` and ``tracestate``, where the job came with one."""

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add a block to the stages, also when it raises."""
        started = time.time()
        try:
            with timed(self.seconds, name):
                yield
        finally:
            self.blocks[name] += 1
            if len(self.stages) < MAX_STAGES:
                self.stages.append(Stage(name, started, time.time()))

    def measure(self, name: str, **sizes: float) -> None:
        """Add to what a stage worked on. Raises KeyError for a size that is not in SIZES."""
        measured = self.sizes.setdefault(name, {})
        for size, amount in sizes.items():
            SIZES[size]
            measured[size] = round(measured.get(size, 0) + amount, 3)


class Observer(Protocol):
    """Hears of every job that ends, in the job's thread and context."""

    def job_ended(self, trace: JobTrace) -> None:
        """Take note of a job. It must not block."""
