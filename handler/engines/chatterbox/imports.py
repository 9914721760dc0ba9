"""Import chatterbox-tts with stand-ins for two modules that its packages import and speech does not need."""

from __future__ import annotations

import sys
import threading
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from handler.errors import ConfigError

_loading = threading.Lock()


def upstream(variant: str) -> Any:
    """The class of `original`, `multilingual` or `turbo`. Raises ConfigError if the package is not installed."""
    if find_spec("chatterbox") is None:
        raise ConfigError("the engine chatterbox needs chatterbox-tts, which is not installed here")
    with _loading:
        added = [stand_in for stand_in in (_onnx(), _pkg_resources()) if find_spec(stand_in.__name__) is None]
        # They are in sys.modules during the import only: no other package shall take them for the real ones.
        sys.modules.update({stand_in.__name__: stand_in for stand_in in added})
        try:
            import chatterbox
            from chatterbox import tts_turbo
        finally:
            for stand_in in added:
                sys.modules.pop(stand_in.__name__, None)
    return {
        "original": chatterbox.ChatterboxTTS,
        "multilingual": chatterbox.ChatterboxMultilingualTTS,
        "turbo": tts_turbo.ChatterboxTurboTTS,
    }[variant]


def _onnx() -> ModuleType:
    """onnx, which s3tokenizer imports for its converter of checkpoints. transformers looks at its spec."""
    module = ModuleType("onnx")
    module.__spec__ = ModuleSpec("onnx", None)
    return module


def _pkg_resources() -> ModuleType:
    """pkg_resources, of which perth wants the path of its weights, and which setuptools no longer has."""

    def resource_filename(package: str, name: str) -> str:
        return str(Path(str(sys.modules[package].__file__)).parent / name)

    module = ModuleType("pkg_resources")
    module.__spec__ = ModuleSpec("pkg_resources", None)
    module.__dict__["resource_filename"] = resource_filename
    return module
