"""Numbers that only grow, counted where things happen: batches of engines, hits of caches. `metrics` exports them."""

from __future__ import annotations

import threading
from collections import Counter

COUNTERS = {
    "batches": ("engine", "Batches that an engine's model computed."),
    "batch_items": ("engine", "Items (chunks of scripts) in those batches."),
    "batch_frames": ("engine", "Frames in those batches, padding included."),
    "batch_capacity_frames": ("engine", "Frames that those batches had room for."),
    "voice_cache_hits": ("kind", "Files of voices that were on the worker's disk already."),
    "voice_cache_misses": ("kind", "Files of voices that had to be fetched or made."),
}
"""Each counter's label, and what it counts."""


class Counters:
    """The counters of a process, by name and label."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, label: str, amount: int = 1) -> None:
        """Count. Raises KeyError for a name that is not in COUNTERS."""
        COUNTERS[name]
        with self._lock:
            self._values[name, label] += amount

    def values(self) -> dict[tuple[str, str], int]:
        """All counters that are not zero, by name and label."""
        with self._lock:
            return dict(self._values)


counters = Counters()
"""Those of this process, as its loggers are: engines and caches have no way to the server that shows them."""
