"""Everything that lives as long as the worker."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from handler.backends import Pool, Registry
from handler.protocols.listening import Aligner, SpeakerModel, Transcriber
from handler.protocols.marks import Mark
from handler.protocols.speech import Engine, VoiceConverter
from handler.protocols.storage import Store
from handler.removal import MAX_SWEEPS, Sweep
from handler.settings import Settings
from handler.telemetry import Observer
from handler.types import MAX_FAILURES, Failure


@dataclass(frozen=True)
class QueueState:
    """The jobs of a queue that wait and that run, and how many may wait."""

    waiting: int
    running: int
    limit: int


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the worker: made by `app`, handed to every endpoint."""

    settings: Settings
    store: Store
    engines: Pool[Engine]
    aligners: Registry[Aligner]
    transcribers: Registry[Transcriber]
    speakers: Registry[SpeakerModel]
    converters: Registry[VoiceConverter]
    marks: Registry[Mark]
    tally: Counter[str]
    """Jobs of this process by how they ended: ``COMPLETED``, or the error's code."""
    observers: list[Observer] = field(default_factory=list)
    """Told of every job that ends: metrics, spans."""
    failures: deque[Failure] = field(default_factory=lambda: deque(maxlen=MAX_FAILURES))
    """The last jobs of this process that failed, the newest last."""
    sweeps: deque[Sweep] = field(default_factory=lambda: deque(maxlen=MAX_SWEEPS))
    """The last times that this process has removed what nobody needs, the newest last."""
    queue: Callable[[], QueueState] | None = None
    """The queue of the HTTP server, for the jobs that it runs; None elsewhere: that of RunPod knows nobody here."""
