"""Import chatterbox-tts with stand-ins for two modules that its packages import and speech does not need."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from handler.errors import ConfigError
from handler.marks import perth


def upstream(variant: str) -> Any:
    """The class of `original`, `multilingual` or `turbo`. Raises ConfigError if the package is not installed."""
    if find_spec("chatterbox") is None:
        raise ConfigError("the engine chatterbox needs chatterbox-tts, which is not installed here")
    with perth.importable():
        stand_in = _onnx() if find_spec("onnx") is None else None
        # It is in sys.modules during the import only: no other package shall take it for the real one.
        if stand_in:
            sys.modules[stand_in.__name__] = stand_in
        try:
            import chatterbox
            from chatterbox import tts_turbo
        finally:
            if stand_in:
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
