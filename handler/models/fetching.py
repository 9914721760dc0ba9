"""Fetch a model, in one thread of this process, and in one process among all that share the volume."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from contextvars import copy_context
from importlib.util import find_spec
from pathlib import Path

from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError
from handler.models.download import DiskError, FetchError, as_fetch_error
from handler.models.sources import Model
from handler.settings import Settings
from volume_lock import LockLost, exclusive

logger = logging.getLogger(__name__)

VOLUME = Path("/runpod-volume")


def fetch(settings: Settings, model: Model, cancellation: Cancellation = NEVER) -> Path:
    """The folder of a model, or its file, on this disk; fetched if missing.

    Cancelling ends the wait, not the fetch: the next job finds more of the model. Safe to call from several threads.
    Raises ConfigError if the fetch fails, and logs the reason.
    """
    return model.find(settings) or _fetch(settings, model, cancellation)


def repair(settings: Settings, model: Model) -> Path:
    """Read every file of a model, and fetch the missing and the damaged ones. Raises as `fetch` does."""
    found = model.find(settings)
    if found and not any(file.problem(deep=True) for file in model.files(settings)):
        return found
    return _fetch(settings, model, NEVER, damaged=True)


def _fetch(settings: Settings, model: Model, cancellation: Cancellation, *, damaged: bool = False) -> Path:
    if not model.site:
        raise ConfigError(f"{model.name} is not on this disk; {model.remedy}")
    if problem := fetch_problem(settings, model.lock_folder(settings)):
        raise ConfigError(f"{model.name} is not on this disk, and {problem}")
    try:
        cancellation.wait(_started(settings, model, damaged))
        if found := model.find(settings):
            return found
        raise FetchError("it was removed meanwhile")
    except DiskError as error:
        raise ConfigError(f"{model.name} cannot be kept in MODELS_DIR: {error}") from error
    except FetchError as error:
        reason = f"is not on this disk and could not be fetched from {model.site} ({error})"
        raise ConfigError(f"{model.name} {reason}; {model.remedy}") from error


def fetch_problem(settings: Settings, folder: Path) -> str | None:
    """Why no model can be fetched into a folder of MODELS_DIR or of the hub's cache; None if one may be.

    It goes on from "… is not on this disk, and". Loads and fetches nothing.
    """
    if find_spec("huggingface_hub") is None:
        return "fetching it takes huggingface_hub, which is not installed; in a clone, `make worker` installs it"
    # On another machine than RunPod's the default of MODELS_DIR must not be created at the root.
    default = "models_dir" not in settings.model_fields_set and VOLUME in folder.parents
    if default and not VOLUME.is_dir():
        return f"there is no volume at {VOLUME} to keep it on; set MODELS_DIR to a folder"
    return None


_running: dict[str, Future[None]] = {}
_starting = threading.Lock()


def _started(settings: Settings, model: Model, damaged: bool) -> Future[None]:
    """The fetch of this model that is running in this process, or a new one."""
    key = f"{damaged} {settings.models_dir} {settings.hub_cache} {model}"
    with _starting:
        future = _running.get(key)
        if future is None or future.done():
            future = _running[key] = Future()
            # A thread of its own, not of a pool: the end of the process would wait for a pool.
            work = (_run, future, settings, model, damaged)
            threading.Thread(target=copy_context().run, args=work, name="models", daemon=True).start()
        return future


def _run(future: Future[None], settings: Settings, model: Model, damaged: bool) -> None:
    try:
        while not _fetch_exclusively(settings, model, damaged):
            logger.warning("another worker went on with %s", model.name)
    except Exception as error:  # the waiting threads must get every error
        logger.warning("%s could not be fetched", model.name, exc_info=True)
        future.set_exception(error if isinstance(error, FetchError) else as_fetch_error(error))
    else:
        future.set_result(None)


def _fetch_exclusively(settings: Settings, model: Model, damaged: bool) -> bool:
    """Fetch while holding the volume's lock; False if another process took over the lock."""
    folder, task = model.lock_folder(settings), f"fetching {model.name}"
    with exclusive(folder, lambda: not damaged and model.find(settings), task=task) as lock:
        if lock is not None and damaged:
            _remove_damaged(settings, model)
        # Another process may have finished since the last check.
        if lock is not None and not model.find(settings):
            try:
                model.fetch(settings, lock.check)
            except LockLost:
                return False
    return True


def _remove_damaged(settings: Settings, model: Model) -> None:
    for file in model.files(settings):
        if (problem := file.problem(deep=True)) and file.path.exists():
            logger.warning("%s of %s %s: removed", file.name, model.name, problem)
            file.path.resolve().unlink(missing_ok=True)
            file.path.unlink(missing_ok=True)
