"""The sweep of a worker: at its start and every hour, in a thread that a stop ends at once.

A worker that finds that somebody else has swept within the hour sends one request. So a fleet of W workers sends W
small listings an hour, and one of them some ten more, one for each 1,000 objects that it lists (at most 100), one for
each that it removes, and one for the record of each job that has become eight days old, or eight where that job has not
completed. For 100 workers and a million objects that is 200 requests an hour, a tenth of a cent, and as much again for
2,500 jobs an hour.
"""

from __future__ import annotations

import logging
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.errors import Cancelled, StorageError
from handler.protocols import ExpiringStore, FileStore, Services, Store
from handler.removal import ExpiryRule, Removed, Sweep
from handler.sweeping import litter, turn
from handler.voices import clip_cache

logger = logging.getLogger(__name__)

INTERVAL_S = 3600.0
SPREAD = 0.1  # of the interval, by chance: the workers of a fleet do not all ask at once
JUMP_S = 600.0  # by which a clock is set, and not corrected

TEMPORARY, PARTIAL = "temporary_files", "partial_files"


def sweep(services: Services, cancellation: Cancellation = NEVER, *, forced: bool = False) -> Sweep:
    """Remove litter from this machine's temporary folder, and, if nobody has within the hour, from the store.

    ``forced`` does not ask when somebody has. What was removed is remembered in ``services.sweeps``. Raises
    StorageError if the store refuses, and as `Cancellation.check`.
    """
    at, began = time.time(), time.monotonic()
    removed: dict[str, Removed] = {}
    try:
        removed[TEMPORARY] = _on_this_machine(services, cancellation)
        removed |= _in_the_store(services, cancellation, every_s=0.0 if forced else INTERVAL_S)
    finally:
        done = Sweep(at, removed, round(time.monotonic() - began, 3), forced)
        services.sweeps.append(done)
    return done


def _on_this_machine(services: Services, cancellation: Cancellation) -> Removed:
    removed, foreign_s = Removed(), litter.foreign_s(services.settings)
    folders = ((Path(tempfile.gettempdir()), temporary.PREFIX), (clip_cache.folder(), temporary.PARTIAL))
    for folder, prefix in folders:
        removed += temporary.remove_abandoned(folder, prefix, time.time(), foreign_s, cancellation.check)
    return removed


def _in_the_store(services: Services, cancellation: Cancellation, every_s: float) -> dict[str, Removed]:
    store, settings = services.store, services.settings
    mine = turn.take(store, every_s, cancellation)
    if mine is None:
        return {}
    removed: dict[str, Removed] = {}
    if isinstance(store, FileStore):
        removed[PARTIAL] = store.remove_abandoned(mine.now, litter.foreign_s(settings), cancellation.check)
    rules = cancellation.run(_rules, store)
    cursors, times = dict(mine.cursors), dict(mine.times)

    def keep() -> None:
        cancellation.run(mine.keep, store, cursors, times)

    removed |= litter.Cleaning(store, settings, mine.now, cursors, times, rules, cancellation, keep).run()
    keep()
    return removed


def _rules(store: Store) -> Sequence[ExpiryRule]:
    """The bucket's own rules; none where it has none, or does not tell."""
    try:
        return (store.expiry_rules() if isinstance(store, ExpiringStore) else None) or ()
    except StorageError as error:
        logger.debug("the bucket does not tell its lifecycle rules: %s", error.message)
        return ()


class Sweeper:
    """Sweeps in a thread, from `start` to `stop`. Failures are logged."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._cancellation = Cancellation(message="the worker stops")
        self.thread = threading.Thread(target=self._work, name="sweeper", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """End the thread, in the middle of a request if need be."""
        self._cancellation.cancel()

    def _work(self) -> None:
        set_to = _clock()
        try:
            while True:
                if abs(_clock() - set_to) < JUMP_S:
                    self._sweep()
                else:
                    # What is in use looks old, or new, by a clock that was just set, and after a machine has slept.
                    logger.warning("the machine's clock was set; nothing is swept until it has been right for an hour")
                    set_to = _clock()
                self._cancellation.sleep(INTERVAL_S * random.uniform(1.0, 1.0 + SPREAD))
        except Cancelled:
            return

    def _sweep(self) -> None:
        try:
            done = sweep(self._services, self._cancellation)
        except Cancelled:
            raise
        except StorageError as error:
            logger.warning("old files could not be removed from the store: %s", error.message)
        except Exception:
            logger.warning("old files could not be removed", exc_info=True)
        else:
            if removed := litter.counted(done.removed):
                logger.info("old files were removed", extra={"removed": removed})


def _clock() -> float:
    """What the clock says beyond the time that passes: constant while nobody sets it."""
    return time.time() - time.monotonic()
