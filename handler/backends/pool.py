"""Several large backends in one worker: those that memory holds stay loaded, the least recently used makes room."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from handler.backends import memory
from handler.backends.registry import Backend, Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError, OutOfMemory
from handler.settings import Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")
Warn = Callable[[str, str], object]

MAX_DISPOSAL_S = 5.0  # a job that has just ended its lease may hold the backend a moment longer


@dataclass
class _Lease:
    """The backends that one job holds, once it has ``begun``."""

    names: tuple[str, ...]
    begun: bool = False
    ended: bool = False


class Pool(Registry[T]):
    """A registry whose backends share memory. A job holds a lease on its backend, which is not dropped meanwhile.

    Safe to use from threads: jobs whose backend is loaded do not wait while another one is being loaded. A job that
    needs several backends leases them together by `lease_all`; with two leases it could wait for itself.
    """

    def __init__(
        self,
        kind: str,
        backends: Mapping[str, Backend[T]],
        settings: Settings,
        free_bytes: Callable[[], int] = memory.free_bytes,
    ) -> None:
        super().__init__(kind, backends, settings)
        self._free_bytes = free_bytes
        self._changed = threading.Condition()  # guards what follows, and what is dropped from _loaded
        self._leases: Counter[str] = Counter()
        self._last_lease: dict[str, int] = {}
        self._lease_numbers = count(1)
        self._filling = False  # a thread makes room for backends and loads them
        self._short = False  # that thread waits for a lease to end; new leases queue behind it

    @contextmanager
    def lease(
        self, name: str, warn: Warn = lambda _code, _message: None, cancellation: Cancellation = NEVER
    ) -> Iterator[T]:
        """The backend, loaded if need be, for the block; see `lease_all`."""
        with self.lease_all([name], warn, cancellation) as backends:
            yield backends[name]

    @contextmanager
    def lease_all(
        self, names: Iterable[str], warn: Warn = lambda _code, _message: None, cancellation: Cancellation = NEVER
    ) -> Iterator[dict[str, T]]:
        """The backends by name, loaded if need be, for the block.

        Where memory is short, backends without a lease are dropped, the least recently used first (one that never had a
        lease before all others), and ``warn`` gets ``engine_swapped`` for each. If all have leases, this waits for the
        first to end. Raises ConfigError as `get` does, OutOfMemory if nothing is left to drop, and as ``cancellation``
        does: a backend that is being created then is there for later leases.

        A lease begins once all its backends are loaded: who waits holds nothing that others wait for.
        """
        lease = _Lease(tuple(sorted({*names})))
        try:
            with self._changed:
                self._await(lambda: not self._short, cancellation)
                loaded = self._begin(lease)
            if not loaded:
                cancellation.run(self._load, lease, warn, cancellation)
            yield {name: self._loaded[name] for name in lease.names}
        finally:
            with self._changed:
                lease.ended = True
                if lease.begun:
                    self._leases.subtract(lease.names)
                self._changed.notify_all()

    def _begin(self, lease: _Lease) -> bool:
        """Count a lease if all its backends are loaded, and say whether they are. The caller holds ``_changed``."""
        if any(self.loaded(name) is None for name in lease.names):
            return False
        if not lease.begun and not lease.ended:
            lease.begun = True
            self._leases.update(lease.names)
            self._last_lease |= {name: next(self._lease_numbers) for name in lease.names}
        return True

    def _load(self, lease: _Lease, warn: Warn, cancellation: Cancellation) -> None:
        with self._changed:
            self._await(lambda: self._begin(lease) or not self._filling, cancellation)
            if lease.begun or lease.ended:
                return
            self._filling = True
        try:
            for name in lease.names:
                # Nobody else drops a backend meanwhile.
                if self.loaded(name) is None:
                    self._fill(name, lease.names, warn, cancellation)
        finally:
            with self._changed:
                self._filling = False
                self._begin(lease)
                self._changed.notify_all()

    def _fill(self, name: str, together: Sequence[str], warn: Warn, cancellation: Cancellation) -> None:
        """Create the backend, after others were dropped, none of those ``together`` with it, if memory is short."""
        needed = 0 if self.problem(name) else self.backends[name].memory_bytes(self._settings)
        while needed > 0 and needed > self._free_bytes() and self._drop_another(name, together, warn, cancellation):
            pass
        while not self._created_if_it_fits(name):
            if not self._drop_another(name, together, warn, cancellation):
                raise OutOfMemory(self._too_large(name, together))

    def _too_large(self, name: str, together: Sequence[str]) -> str:
        beside = [other for other in together if other != name and self.loaded(other) is not None]
        if beside:
            what = f"the {self.kind} {name} needs more memory than this worker has beside {' and '.join(beside)}"
            return f"{what}; send what they speak in jobs of their own, or give it more"
        return f"the {self.kind} {name} needs more memory than this worker has; give it more"

    def _created_if_it_fits(self, name: str) -> bool:
        """Create the backend; False if memory is short.

        What was loaded so far must be gone before the next try: the traceback of the error would hold it.
        """
        try:
            self.get(name)
        except (OutOfMemory, ConfigError) as error:
            if not isinstance(error, OutOfMemory) and not memory.is_shortage(error.__cause__):
                raise
            logger.warning("memory is short for the %s %s", self.kind, name, exc_info=error)
            memory.forget_locals(error)
        else:
            return True
        memory.release()
        return False

    def _drop_another(self, wanted: str, together: Sequence[str], warn: Warn, cancellation: Cancellation) -> bool:
        """Drop the least recently used backend but those ``together``, after the first lease that ends if all have one.

        Returns False if no other is loaded.
        """
        with self._changed:
            others = [name for name in tuple(self._loaded) if name not in together]
            idle = [name for name in others if not self._leases[name]]
            if waits := bool(others and not idle):
                logger.info("%s waits for memory until a job of %s ends", wanted, " or ".join(others))
                idle = self._wait_for_idle(others, cancellation)
            if not idle:
                return False
            # One on the CPU beside models on a GPU, which needs none of their memory, comes last.
            name = min(idle, key=lambda each: (not self._needs_memory(each), self._last_lease.get(each, 0)))
            dropped: list[T] = [self._loaded.pop(name)]
        _dispose(dropped)
        when = " once its jobs had ended" if waits else ""
        room = f"the {self.kind} {name} was dropped{when} to make room for {wanted}"
        logger.info(room)
        warn("engine_swapped", f"{room}; give the worker more memory")
        return True

    def _needs_memory(self, name: str) -> bool:
        return self.backends[name].memory_bytes(self._settings) > 0

    def _wait_for_idle(self, names: list[str], cancellation: Cancellation) -> list[str]:
        """Those of the backends whose last lease ends first."""
        self._short = True
        try:
            self._await(lambda: not all(self._leases[name] for name in names), cancellation)
        finally:
            self._short = False
            self._changed.notify_all()
        return [name for name in names if not self._leases[name]]

    def _await(self, condition: Callable[[], bool], cancellation: Cancellation) -> None:
        """Wait until the condition holds. Raises as ``cancellation`` does; the caller holds ``_changed``."""
        with cancellation.notifying(self._wake):
            cancellation.check()
            while not condition():
                self._changed.wait(cancellation.remaining_s())
                cancellation.check()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _dispose(dropped: list[Any]) -> None:
    """Close the one backend in the list and wait until its memory is free."""
    backend = dropped.pop()
    gone = threading.Event()
    weakref.finalize(backend, gone.set)
    close = getattr(backend, "close", None)
    if close is not None:
        close()
    del backend, close
    memory.release()
    if not gone.wait(MAX_DISPOSAL_S):
        logger.warning("a dropped backend is still in use somewhere, and holds its memory")
    memory.release()
