"""A row of a table, and the registry that creates its backend on first use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from handler.backends import device, memory
from handler.errors import AlignmentError, Cancelled, ConfigError, JobTimeout, OutOfMemory, WorkerError, suggest
from handler.settings import Settings

if TYPE_CHECKING:
    from handler.models import Model
    from handler.requests import EngineOptions
    from handler.types import BuiltinVoice

logger = logging.getLogger(__name__)

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Backend(Generic[T_co]):
    """A row of a table. Its callables import their modules inside, so that reading a table loads nothing heavy."""

    create: Callable[[Settings], T_co]
    requires: tuple[str, ...] = ()
    """Modules that must be installed."""
    remedy: str = "in a clone, run `make worker`"
    """How to install them."""
    models: Callable[[Settings], Mapping[str, Model]] = lambda _: {}
    """Its models by what they are for. Raises ConfigError for a setting that names none."""
    missing_files: Callable[[Settings], str | None] = lambda _: None
    """Which files or credentials are not on this disk, None if none. Loads and fetches nothing."""
    languages: Callable[[Settings], tuple[str, ...] | None] = lambda _: None
    """Those of LANGUAGES whose models are on this disk; None for a backend without a model per language."""
    local: bool = True
    """Whether it computes on this machine alone."""
    supports_cloning: bool = False
    """Whether an engine speaks in the voice of a clip."""
    needs_transcript: bool = True
    """Whether an engine that clones must know what the clip says."""
    voices: Callable[[Settings], Sequence[BuiltinVoice]] = lambda _: ()
    """The voices that come with an engine's models. Loads and fetches nothing."""
    options: type[EngineOptions] | None = None
    """The fields of `generate` that this engine alone knows."""
    memory_bytes: Callable[[Settings], int] = lambda _: 0
    """Memory that it needs, of the GPU where there is one; 0 always fits."""
    package: str = ""
    """The distribution whose version `status` reports."""


class Registry(Generic[T_co]):
    """The backends of one kind. Each is created on first use, one at a time, and kept. Safe to use from threads."""

    def __init__(self, kind: str, backends: Mapping[str, Backend[T_co]], settings: Settings) -> None:
        self.kind = kind
        self.backends = backends
        self._settings = settings
        self._loaded: dict[str, T_co] = {}
        self._loading = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Every name of the table, whether it can be used here or not."""
        return tuple(self.backends)

    def get(self, name: str, language: str | None = None) -> T_co:
        """The backend, created if it is not loaded yet.

        Raises ConfigError if it cannot be used here, AlignmentError if it does not know the ``language``.
        """
        if name not in self._loaded:
            with self._loading:
                if name not in self._loaded:
                    if problem := self.problem(name):
                        raise ConfigError(problem)
                    self._loaded[name] = self._create(name)
        backend: Any = self._loaded[name]
        if language is not None and not backend.speaks(language):
            raise AlignmentError(f"{name} does not know the language {language}")
        return self._loaded[name]

    def loaded(self, name: str) -> T_co | None:
        """The backend if it is loaded already, else None."""
        return self._loaded.get(name)

    def problem(self, name: str) -> str | None:
        """Why the backend cannot be created here, None if it can. Loads nothing."""
        if name not in self.backends:
            return f"there is no {self.kind} {name} in this version; {suggest(name, self.names())}"
        if not (missing := self._missing_modules(name)):
            return None
        others = [other for other in self.backends if other != name and not self._missing_modules(other)]
        remedy = self.backends[name].remedy + (f", or use {' or '.join(others)}" if others else "")
        return f"the {self.kind} {name} needs {', '.join(missing)}, not installed here; {remedy}"

    def missing_files(self, name: str) -> str | None:
        """Which files or credentials of the backend are not on this disk, or which setting names none; None if all are.

        Loads and fetches nothing.
        """
        try:
            return self.backends[name].missing_files(self._settings)
        except ConfigError as error:
            return error.message

    def languages(self, name: str) -> tuple[str, ...] | None:
        """Those of LANGUAGES whose models are on this disk; None for a backend without a model per language."""
        return self.backends[name].languages(self._settings)

    def usable(self, names: Iterable[str] | None = None, language: str | None = None) -> Usable[T_co]:
        """Those of ``names`` (None: all) that can be used here and know the ``language`` (None: any), in order."""
        return Usable(self, self.names() if names is None else names, language)

    def _missing_modules(self, name: str) -> list[str]:
        return [module for module in self.backends[name].requires if find_spec(module) is None]

    def _create(self, name: str) -> T_co:
        try:
            return self.backends[name].create(self._settings)
        except WorkerError:
            raise
        except Exception as error:
            if memory.is_shortage(error):
                raise OutOfMemory(f"there is too little memory for the {self.kind} {name} now") from error
            problem = f"the {self.kind} {name} cannot be started ({type(error).__name__}); the log says why"
            raise ConfigError(problem) from error


class Usable(Generic[T_co]):
    """Iterates over ``(name, backend)``, creating each only when its turn comes; ``skipped`` says why others are not.

    A caller that finds a backend useless passes the error to `skip` and goes on with the next.
    """

    def __init__(self, registry: Registry[T_co], names: Iterable[str], language: str | None) -> None:
        self._registry = registry
        self._names = names
        self._language = language
        self.skipped: dict[str, Exception] = {}

    def __iter__(self) -> Iterator[tuple[str, T_co]]:
        for name in self._names:
            try:
                backend = self._registry.get(name, self._language)
            except Exception as error:  # noqa: BLE001 - `skip` logs it
                self.skip(name, error)
            else:
                yield name, backend

    def skip(self, name: str, error: Exception) -> None:
        """Log and remember why a backend could not be used. Raises the error again if it ends the job."""
        if isinstance(error, Cancelled | JobTimeout):
            raise error
        device.notice(error)
        logger.warning("the %s %s cannot be used", self._registry.kind, name, exc_info=error)
        self.skipped[name] = error
