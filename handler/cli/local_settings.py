"""The settings of daily commands on this machine: what nobody has set is what works here, without a bucket or a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from handler.app import usable_aligners, usable_engines
from handler.cli.config import Configuration
from handler.errors import ConfigError

FOLDER = "tts-captions"
"""Below the user's folders of data and of caches."""

ORIGIN, ENGINE_FLAG = "this machine", "--engine"
UNASKED = ("f5", "piper", "espeak")
"""The engines of whoever names none, the best first. The others have to be named: to look for them takes seconds."""


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
        configuration = configuration.changed(ORIGIN, aligners=usable_aligners(configuration.settings))
    engines = configuration.settings.engines
    if engine is not None and engine not in engines:
        configuration = configuration.changed(ENGINE_FLAG, engines=(*engines, engine))
    return configuration


def _folder(variable: str, usual: str, environ: Mapping[str, str]) -> Path:
    """The folder of this program below that of the XDG variable."""
    base = Path(environ.get(variable) or "")
    try:
        return (base if base.is_absolute() else Path.home() / usual) / FOLDER
    except RuntimeError:
        raise ConfigError("there is no home folder here; set HOME, or LOCAL_STORE and MODELS_DIR") from None


def _usable_engines(configuration: Configuration, engine: str | None, note: Callable[[str], None]) -> Configuration:
    """Those of `UNASKED` that can be used here; the default alone if there are none."""
    usable = usable_engines(configuration.settings, UNASKED)
    if not usable:
        return configuration
    default = configuration.settings.default_engine
    if engine is None and default not in usable:
        note(f"speaking with {usable[0]}, as {default} is not here; --engine or ENGINES chooses another")
    return configuration.changed(ORIGIN, engines=usable)
