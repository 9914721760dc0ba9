"""Several large backends in one worker: those that memory holds stay loaded, the least recently used makes room."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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


class Pool(Registry[T]):
    """A registry whose backends share memory. A job holds a lease on its backend, which is not dropped meanwhile.

    Safe to use from threads: jobs whose backend is loaded do not wait while another one is being loaded. A job may hold
    one lease at a time; with two it could wait for itself.
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
        self._filling = False  # a thread makes room for a backend and loads it
        self._short = False  # that thread waits for a lease to end; new leases queue behind it

    @contextmanager
    def lease(
        self, name: str, warn: Warn = lambda _code, _message: None, cancellation: Cancellation = NEVER
    ) -> Iterator[T]:
        """The backend, loaded if need be, for the block.

        Where memory is short, backends without a lease are dropped, the least recently used first (one that never had a
        lease before all others), and ``warn`` gets ``engine_swapped`` for each. If all have leases, this waits for the
        first to end. Raises ConfigError as `get` does, OutOfMemory if nothing is left to drop, and as ``cancellation``
        does: a backend that is being created then is there for later leases.
        """
        with self._changed:
            self._await(lambda: not self._short, cancellation)
            self._leases[name] += 1
            self._last_lease[name] = next(self._lease_numbers)
        try:
            backend = self.loaded(name)
            yield cancellation.run(self._load, name, warn, cancellation) if backend is None else backend
        finally:
            with self._changed:
                self._leases[name] -= 1
                self._changed.notify_all()

    def _load(self, name: str, warn: Warn, cancellation: Cancellation) -> T:
        with self._changed:
            self._await(lambda: self.loaded(name) is not None or not self._filling, cancellation)
            if (backend := self.loaded(name)) is not None:
                return backend
            self._filling = True
        try:
            return self._fill(name, warn, cancellation)
        finally:
            with self._changed:
                self._filling = False
                self._changed.notify_all()

    def _fill(self, name: str, warn: Warn, cancellation: Cancellation) -> T:
        """Create the backend, after others were dropped if memory is or turns out to be short."""
        needed = 0 if self.problem(name) else self.backends[name].memory_bytes(self._settings)
        while needed > 0 and needed > self._free_bytes() and self._drop_another(name, warn, cancellation):
            pass
        while (backend := self._get_if_it_fits(name)) is None:
            if not self._drop_another(name, warn, cancellation):
                raise OutOfMemory(f"the {self.kind} {name} needs more memory than this worker has; give it more")
        return backend

    def _get_if_it_fits(self, name: str) -> T | None:
        """The backend, or None if memory is short.

        What was loaded so far must be gone before the next try: the traceback of the error would hold it.
        """
        try:
            return self.get(name)
        except (OutOfMemory, ConfigError) as error:
            if not isinstance(error, OutOfMemory) and not memory.is_shortage(error.__cause__):
                raise
            logger.warning("memory is short for the %s %s", self.kind, name, exc_info=error)
            memory.forget_locals(error)
        memory.release()
        return None

    def _drop_another(self, wanted: str, warn: Warn, cancellation: Cancellation) -> bool:
        """Drop the least recently used other backend, after the first lease that ends if all have one.

        Returns False if no other is loaded.
        """
        with self._changed:
            others = [name for name in tuple(self._loaded) if name != wanted]
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
