"""Settings → Tools: picks the leaves by the string tables, and loads none before it is needed."""

from __future__ import annotations

import importlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from handler.aligners import ALIGNERS
from handler.engines import ENGINES
from handler.errors import ConfigError, WorkerError
from handler.messages import suggest
from handler.models import Model
from handler.protocols import Entry, Services, Store
from handler.settings import Settings
from handler.speakers import SPEAKERS
from handler.transcribers import TRANSCRIBERS

Leaf = TypeVar("Leaf")

STORES = {
    "local": Entry("handler.storage.local_store:LocalStore"),
    "s3": Entry("s3_utils:S3Store", needs=("boto3",)),
}


class LazyShelf(Generic[Leaf]):
    """Leaves of one kind: imported and built on first use, one at a time, then kept."""

    def __init__(self, kind: str, table: Mapping[str, Entry], settings: Settings) -> None:
        self._kind = kind
        self._table = table
        self._settings = settings
        self._built: dict[str, Leaf] = {}
        self._building = threading.Lock()

    def get(self, name: str) -> Leaf:
        if name in self._built:
            return self._built[name]
        with self._building:
            if name not in self._built:
                if reason := self.why_not(name):
                    raise ConfigError(reason)
                self._built[name] = _build(self._kind, name, self._table[name], self._settings)
            return self._built[name]

    def built(self, name: str) -> Leaf | None:
        return self._built.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._table)

    def why_not(self, name: str) -> str | None:
        entry = self._table.get(name)
        if entry is None:
            return f"there is no {self._kind} {name} in this version; {suggest(name, self.names())}"
        missing = [module for module in entry.needs if find_spec(module) is None]
        if not missing:
            return None
        way = "in a clone, run `make worker`" + (", or set TTS_ENGINE=espeak" if self._kind == "engine" else "")
        return f"the {self._kind} {name} needs {', '.join(missing)}, not installed here; {way}"

    def missing(self, name: str) -> str | None:
        look = self._table[name].missing
        lacks: str | None = _named(look)(self._settings) if look else None
        return lacks

    def languages(self, name: str) -> tuple[str, ...] | None:
        look = self._table[name].languages
        found: tuple[str, ...] | None = _named(look)(self._settings) if look else None
        return found


def _named(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _build(kind: str, name: str, entry: Entry, settings: Settings) -> Any:
    """The leaf; whatever its libraries raise on the way is a ConfigError with a name, not a traceback."""
    try:
        return _named(entry.target)(settings)
    except WorkerError:
        raise
    except Exception as error:
        raise ConfigError(f"the {kind} {name} cannot be started ({type(error).__name__}); the log says why") from error


def make_services(settings: Settings) -> Services:
    """Everything the worker needs, from its settings. Raises ConfigError for settings that cannot work."""
    if settings.tts_engine not in ENGINES:
        raise ConfigError(f"TTS_ENGINE is {settings.tts_engine!r}; known are {', '.join(ENGINES)}")
    return Services(
        settings=settings,
        store=_store(settings),
        engines=LazyShelf("engine", ENGINES, settings),
        aligners=LazyShelf("aligner", ALIGNERS, settings),
        transcribers=LazyShelf("transcriber", TRANSCRIBERS, settings),
        speakers=LazyShelf("speaker model", SPEAKERS, settings),
        tally=Counter(),
    )


def needed_models(settings: Settings) -> Iterator[tuple[str, str, Model]]:
    """Every model of the parts that the settings choose: the part, what for, and the model. Loads and fetches nothing.

    Raises ConfigError for a setting that names none.
    """
    aligners = {name: ALIGNERS[name] for name in settings.aligners if name in ALIGNERS}
    engine = {name: entry for name, entry in ENGINES.items() if name == settings.tts_engine}
    for table in (engine, aligners, TRANSCRIBERS, SPEAKERS):
        for part, entry in table.items():
            found: Mapping[str, Model] = _named(entry.models)(settings) if entry.models else {}
            yield from ((part, what, model) for what, model in found.items())


def _store(settings: Settings) -> Store:
    if settings.results_local and not settings.allow_local_store:
        raise ConfigError("S3_BUCKET is not set; on RunPod results need a bucket, since nobody can reach local files")
    stores: LazyShelf[Store] = LazyShelf("store", STORES, settings)
    return stores.get("local" if settings.s3_bucket is None else "s3")
