"""Fetching a model: by one thread of this process, and by one process among all that share the volume."""

from __future__ import annotations

import logging
import threading
from contextvars import copy_context
from importlib.util import find_spec
from pathlib import Path

from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError
from handler.models import manifest
from handler.models.download import DiskError, FetchError, reason
from handler.models.sources import Model
from handler.owner_file import Overtaken, Owner, turn
from handler.settings import Settings

logger = logging.getLogger(__name__)

VOLUME = Path("/runpod-volume")

SLICE = 0.2
"""Seconds that a job waits before it asks again whether to go on."""


def fetch(settings: Settings, model: Model, cancellation: Cancellation = NEVER) -> Path:
    """The model's folder, or its file, on this disk: fetched if it is not there.

    A cancellation ends the wait; the fetch goes on without the job that began it, so that the next one finds more. Safe
    to call from several threads. ConfigError when it cannot be had; the log says why.
    """
    if found := model.find(settings):
        return found
    _fetchable(settings, model)
    return _done(_Fetch.of(settings, model), cancellation)


def mend(settings: Settings, model: Model) -> Path:
    """As `fetch`, after every file of the model is read, and those that are damaged are removed."""
    found = model.find(settings)
    if found and not any(manifest.problem(part.path, part.facts, deep=True) for part in model.parts(settings)):
        return found
    _fetchable(settings, model)
    return _done(_Fetch.of(settings, model, anew=True), NEVER)


def _fetchable(settings: Settings, model: Model) -> None:
    """ConfigError where nothing can be fetched from here, whatever the network does."""
    if not model.place:
        return
    if find_spec("huggingface_hub") is None:
        raise ConfigError(
            f"{model.name} is not on this disk, and to fetch it takes huggingface_hub, not installed here; in a clone,"
            " `make worker` installs it"
        )
    # A default that fits RunPod: on another machine nobody wants that folder, nor can everybody make it.
    default = "models_dir" not in settings.model_fields_set and VOLUME in model.owners(settings).parents
    if default and not VOLUME.is_dir():
        raise ConfigError(f"there is no volume at {VOLUME} to keep {model.name} on; set MODELS_DIR to a folder")


def _done(work: _Fetch, cancellation: Cancellation) -> Path:
    while work.thread.is_alive():
        cancellation.check()
        work.thread.join(SLICE)
    if work.error is None and (found := work.model.find(work.settings)):
        return found
    raise _sentence(work.model, work.error or FetchError("it was removed meanwhile")) from work.error


def _sentence(model: Model, error: FetchError) -> ConfigError:
    if isinstance(error, DiskError):
        return ConfigError(f"{model.name} cannot be kept in MODELS_DIR: {error}; {error.remedy}")
    if not model.place:
        return ConfigError(f"{model.name} is not on this disk; {model.remedy}")
    return ConfigError(
        f"{model.name} is not on this disk and could not be fetched from {model.place} ({error}); {model.remedy}"
    )


class _Fetch:
    """The one fetch of a model in this process."""

    _begun: dict[str, _Fetch] = {}  # noqa: RUF012
    _beginning = threading.Lock()

    def __init__(self, settings: Settings, model: Model, anew: bool) -> None:
        self.settings, self.model, self._anew = settings, model, anew
        self.error: FetchError | None = None
        # A thread of its own, not of a pool: those are waited for when the process wants to end.
        self.thread = threading.Thread(target=copy_context().run, args=(self._run,), name="models", daemon=True)

    @classmethod
    def of(cls, settings: Settings, model: Model, anew: bool = False) -> _Fetch:
        """The fetch that is under way, or a new one."""
        key = f"{anew} {settings.models_dir} {settings.hub_cache} {model}"
        with cls._beginning:
            work = cls._begun.get(key)
            if work is None or not work.thread.is_alive():
                work = cls._begun[key] = cls(settings, model, anew)
                work.thread.start()
            return work

    def _run(self) -> None:
        try:
            while not self._turn():
                logger.warning("another worker went on with %s", self.model.name)
        except FetchError as error:
            logger.warning("%s could not be fetched", self.model.name, exc_info=True)
            self.error = error
        except Exception as error:  # whoever waits must hear of it, whatever it is
            logger.warning("%s could not be fetched", self.model.name, exc_info=True)
            self.error = reason(error)

    def _turn(self) -> bool:
        """Wait for our turn and fetch; whether that is over."""
        find, anew = self.model.find, self._anew
        with turn(self.model.owners(self.settings), lambda: not anew and find(self.settings), NEVER) as owner:
            if owner is None:
                return True
            if anew:
                self._drop_damaged()
            # Another may have finished between our last look and our turn.
            if not find(self.settings):
                try:
                    self.model.fetch(self.settings, _Watch(owner))
                except Overtaken:
                    return False
        return True

    def _drop_damaged(self) -> None:
        for part in self.model.parts(self.settings):
            if (trouble := manifest.problem(part.path, part.facts, deep=True)) and part.path.exists():
                logger.warning("%s of %s %s: removed", part.name, self.model.name, trouble)
                part.path.resolve().unlink(missing_ok=True)
                part.path.unlink(missing_ok=True)


class _Watch:
    """Asks now and then whether it is still our turn: each question is a look at a folder of the volume."""

    def __init__(self, owner: Owner, every: int = 32) -> None:
        self._owner, self._every, self._asked = owner, every, 0

    def __call__(self) -> None:
        self._asked += 1
        if self._asked % self._every == 0:
            self._owner.check()
