"""RunPod's SDK as this worker runs it: loaded beside the model, mended, and told whether the start went well."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from handler.errors import ConfigError
from handler.sdk import patches


def load() -> threading.Thread:
    """Import the SDK in a thread, while the model is loaded: each waits for the disk most of its time."""
    # At its own default, DEBUG, it logs every reply whole, signed URLs included.
    os.environ.setdefault("RUNPOD_LOG_LEVEL", "INFO")

    def load() -> None:
        # `start` reports a missing package in the main thread.
        with suppress(ImportError):
            importlib.import_module("runpod")

    thread = threading.Thread(target=load, name="sdk", daemon=True)
    thread.start()
    return thread


def start(config: dict[str, Any], arguments: Sequence[str], checks: Mapping[str, Callable[[], None]]) -> None:
    """Hand the process to the SDK, until the worker shall stop.

    On a queue it first calls the ``checks``: one that raises ends the process with code 1, and its name and message are
    told to RunPod. Raises ConfigError without the SDK.
    """
    try:
        import runpod
    except ImportError:
        raise ConfigError("the package runpod is not installed; in a clone, make worker installs it") from None
    patches.apply()
    for name, check in checks.items():
        check.__name__ = name
        runpod.serverless.register_fitness_check(check)
    # It reads its flags from there.
    sys.argv = [sys.argv[0], *arguments]
    runpod.serverless.start(config)
