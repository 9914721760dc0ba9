"""The worker's own version, as metrics, spans and documents show it."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """The installed version, ``0`` where the worker runs from a checkout."""
    try:
        return importlib.metadata.version("runpod-tts-captions")
    except importlib.metadata.PackageNotFoundError:
        return "0"


SOFTWARE = f"runpod-tts-captions {version()}"
"""Name and version, as files tell them."""
