"""Import Resemble AI's Perth, whose package needs a module that setuptools no longer has."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from handler.errors import ConfigError
from handler.telemetry import prints_to_stderr

_importing = threading.Lock()


@contextmanager
def importable() -> Generator[None]:
    """Let Perth be imported in the block, by one thread at a time.

    The stand-in for pkg_resources is in ``sys.modules`` in the block only: no other package shall take it for the real
    one.
    """
    with _importing:
        stand_in = None if find_spec("pkg_resources") else _pkg_resources()
        if stand_in:
            sys.modules[stand_in.__name__] = stand_in
        try:
            yield
        finally:
            if stand_in:
                sys.modules.pop(stand_in.__name__, None)


def watermarker() -> Any:
    """Perth's implicit watermarker, on the CPU, with the package's weights. Raises ConfigError if a part is missing."""
    with importable():
        import perth
    if perth.PerthImplicitWatermarker is None:  # it hides the ImportError
        raise ConfigError("the watermark needs torch, torchaudio and librosa; install the whole environment")
    with prints_to_stderr():
        return perth.PerthImplicitWatermarker()


def _pkg_resources() -> ModuleType:
    """A pkg_resources of the one function that Perth calls, for the path of its weights."""

    def resource_filename(package: str, name: str) -> str:
        return str(Path(str(sys.modules[package].__file__)).parent / name)

    module = ModuleType("pkg_resources")
    module.__spec__ = ModuleSpec("pkg_resources", None)
    module.__dict__["resource_filename"] = resource_filename
    return module
