"""Pocket TTS by Kyutai (CC-BY-4.0): upstream's classes and weights under our own sampling."""

from handler.backends import Backend
from handler.engines.pocket import files
from handler.engines.pocket.options import PocketOptions
from handler.protocols import Engine
from handler.settings import Settings


def _create(settings: Settings) -> Engine:
    from handler.engines.pocket.engine import PocketEngine

    return PocketEngine(settings)


BACKEND = Backend(
    _create,
    requires=("torch", "pocket_tts"),
    models=files.needed,
    missing_files=files.missing,
    supports_cloning=True,
    needs_transcript=False,
    voices=files.voices,
    options=PocketOptions,
    memory_bytes=files.memory_bytes,
    package="pocket-tts",
)
