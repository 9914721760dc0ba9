"""Settings → Services: one registry of backends per kind, from the tables."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator

from handler.aligners import ALIGNERS
from handler.backends import Pool, Registry
from handler.converters import CONVERTERS
from handler.engines import ENGINES
from handler.errors import ConfigError, quoted, suggest
from handler.marks import MARKS
from handler.models import Model
from handler.protocols import Services, Store
from handler.settings import BEST, ENGINE, NO_MARK, Settings
from handler.speakers import SPEAKERS
from handler.storage import STORES
from handler.transcribers import TRANSCRIBERS


def make_services(settings: Settings) -> Services:
    """Everything the worker needs, from its settings. Raises ConfigError for settings that cannot work."""
    for name in settings.engines:
        if name not in ENGINES:
            raise ConfigError(f"ENGINES has {quoted(name)}; {suggest(name, ENGINES)}")
    for name in settings.aligner_names:
        if name not in ALIGNERS:
            raise ConfigError(f"ALIGNERS has {quoted(name)}; {suggest(name, (ENGINE, *ALIGNERS, BEST))}")
    for name in settings.ai_mark:
        if name not in MARKS:
            raise ConfigError(f"AI_MARK has {quoted(name)}; {suggest(name, (*MARKS, NO_MARK))}")
    _check_temporary_folder()
    _give_home()
    return Services(
        settings=settings,
        store=_store(settings),
        engines=Pool("engine", ENGINES, settings),
        aligners=Registry("aligner", ALIGNERS, settings),
        transcribers=Registry("transcriber", TRANSCRIBERS, settings),
        speakers=Registry("speaker model", SPEAKERS, settings),
        converters=Registry("voice converter", CONVERTERS, settings),
        marks=Registry("mark", MARKS, settings),
        tally=Counter(),
    )


def _check_temporary_folder() -> None:
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise ConfigError("TMPDIR: no folder for temporary files can be written to; set it to one") from None


def _give_home() -> None:
    """Set HOME where it cannot be written to: numba and others have caches there, and cannot be imported without.

    A container's user often has neither a home folder nor a name.
    """
    home = os.path.expanduser("~")  # noqa: PTH111 - Path raises where the user has no name
    if not os.access(home, os.W_OK):
        os.environ["HOME"] = tempfile.gettempdir()
        os.environ.setdefault("USER", "worker")


def needed_models(settings: Settings) -> Iterator[tuple[str, str, Model]]:
    """Every model of the backends that the settings choose: the backend's name, what the model is for, and the model.

    Loads and fetches nothing. Raises ConfigError for a setting that names none.
    """
    aligners = {name: ALIGNERS[name] for name in settings.aligner_names}
    engines = {name: ENGINES[name] for name in settings.engines}
    # Installed with the aligner whisperx; without it the model would be of no use.
    registry = Registry("speaker model", SPEAKERS, settings)
    speakers = {name: backend for name, backend in SPEAKERS.items() if not registry.problem(name)}
    converters = {name: CONVERTERS[name] for name in settings.engines if name in CONVERTERS}
    for table in (engines, converters, aligners, TRANSCRIBERS, speakers):
        for name, backend in table.items():
            yield from ((name, purpose, model) for purpose, model in backend.models(settings).items())


def usable_engines(settings: Settings, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the engines that are installed and have their models on this disk. Loads and fetches nothing."""
    registry = Registry("engine", ENGINES, settings)

    def has_models(name: str) -> bool:
        try:
            return all(model.find(settings) is not None for model in ENGINES[name].models(settings).values())
        except ConfigError:
            return False

    return tuple(name for name in names if not registry.problem(name) and has_models(name))


def usable_aligners(settings: Settings) -> tuple[str, ...]:
    """Those of ALIGNERS that are installed, and of those in the net the ones that have credentials."""
    registry = Registry("aligner", ALIGNERS, settings)

    def is_usable(name: str) -> bool:
        return not registry.problem(name) and (ALIGNERS[name].local or not registry.missing_files(name))

    return tuple(name for name in settings.aligners if name in (ENGINE, BEST) or is_usable(name))


def _store(settings: Settings) -> Store:
    if settings.results_local and not settings.allow_local_store:
        raise ConfigError("S3_BUCKET is not set; on RunPod results need a bucket, since nobody can reach local files")
    stores = Registry("store", STORES, settings)
    return stores.get("local" if settings.s3_bucket is None else "s3")
