"""Import qwen-tts with a stand-in for a module that it imports and the models of 12 Hz do not need."""

from __future__ import annotations

import sys
import threading
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from handler.errors import ConfigError
from handler.telemetry import prints_to_stderr

_loading = threading.Lock()


def upstream() -> Any:
    """The package qwen_tts. Raises ConfigError if it is not installed."""
    if find_spec("qwen_tts") is None:
        raise ConfigError("the engine qwen3 needs qwen-tts, which is not installed here")
    with _loading:
        # It is in sys.modules during the import only: no other package shall take it for the real one.
        stand_in = None if find_spec("sox") else _sox()
        if stand_in:
            sys.modules["sox"] = stand_in
        try:
            # It prints hints to stdout, which belongs to the reply of a command.
            with prints_to_stderr():
                import qwen_tts
        finally:
            if stand_in:
                del sys.modules["sox"]
    return qwen_tts


def _sox() -> ModuleType:
    """sox, which the tokenizer of 25 Hz calls to make clips louder."""
    module = ModuleType("sox")
    module.__spec__ = ModuleSpec("sox", None)
    return module
