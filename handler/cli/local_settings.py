"""The settings of daily commands on this machine: what nobody has set is what works here, without a bucket or a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from handler.aligners import ALIGNERS
from handler.backends import Registry
from handler.cli.config import Configuration
from handler.engines import ENGINES
from handler.errors import ConfigError
from handler.settings import ENGINE, Settings

FOLDER = "tts-captions"
"""Below the user's folders of data and of caches."""

ORIGIN = "this machine"
UNASKED = ("f5", "piper", "espeak")
"""The engines of whoever names none, the best first. The others have to be asked for: looking for them takes seconds."""


def for_this_machine(
    configuration: Configuration,
    engine: str | None,
    note: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
) -> Configuration:
    """The configuration with a store, a folder of models, engines and aligners, where nobody has set them.

    ``engine`` is the one that is asked for: it is added. ``note`` is told of another engine than the default.
    """
    given = configuration.origins.keys()
    if not {"s3_bucket", "local_store"} & given:
        store = _folder("XDG_DATA_HOME", ".local/share", environ) / "store"
        configuration = configuration.changed(ORIGIN, local_store=store)
    if "models_dir" not in given:
        models = _folder("XDG_CACHE_HOME", ".cache", environ) / "models"
        configuration = configuration.changed(ORIGIN, models_dir=models)
    if "engines" not in given:
        configuration = _usable_engines(configuration, engine, note)
    if "aligners" not in given:
        configuration = _usable_aligners(configuration)
    engines = configuration.settings.engines
    if engine is not None and engine in ENGINES and engine not in engines:
        configuration = configuration.changed("--engine", engines=(*engines, engine))
    return configuration


def _folder(variable: str, usual: str, environ: Mapping[str, str]) -> Path:
    """The folder of this program below that of the XDG variable."""
    base = Path(environ.get(variable) or "")
    return (base if base.is_absolute() else Path.home() / usual) / FOLDER


def _usable_engines(configuration: Configuration, engine: str | None, note: Callable[[str], None]) -> Configuration:
    """Those of `UNASKED` that are installed and have their files; the default alone if there are none."""
    settings = configuration.settings
    registry = Registry("engine", ENGINES, settings)
    usable = [name for name in UNASKED if not registry.problem(name) and _has_files(name, settings)]
    default = settings.default_engine
    if not usable or default in usable:
        return configuration.changed(ORIGIN, engines=tuple(usable or settings.engines))
    if engine is None:
        lacks = "is not installed here" if registry.problem(default) else "has no model files here yet"
        note(f"speaking with {usable[0]}, as {default} {lacks}; --engine or ENGINES chooses another")
    return configuration.changed(ORIGIN, engines=tuple(usable))


def _has_files(engine: str, settings: Settings) -> bool:
    """Whether the models of an engine are on this disk. (`Registry.missing_files` says what is missing; of f5 slowly.)"""
    try:
        models = ENGINES[engine].models(settings)
    except ConfigError:
        return False
    return all(model.find(settings) is not None for model in models.values())


def _usable_aligners(configuration: Configuration) -> Configuration:
    """The aligners that are installed, and of those in the net the ones that have credentials, in the usual order."""
    settings = configuration.settings
    registry = Registry("aligner", ALIGNERS, settings)

    def is_usable(name: str) -> bool:
        return not registry.problem(name) and (ALIGNERS[name].local or not registry.missing_files(name))

    usable = [name for name in settings.aligners if name == ENGINE or is_usable(name)]
    return configuration.changed(ORIGIN, aligners=tuple(usable))
