"""Engines by name. To add one: a module with a class that implements `protocols.Engine`, and a row here."""

from handler.backends import Backend
from handler.engines import chatterbox, f5, piper, pocket, qwen3
from handler.protocols import Engine
from handler.settings import Settings


def _espeak(settings: Settings) -> Engine:
    from handler.engines.espeak import EspeakEngine

    return EspeakEngine(settings)


ENGINES = {
    "f5": f5.BACKEND,
    "espeak": Backend(_espeak, requires=("espeakng_loader",)),
    "piper": piper.BACKEND,
    "pocket": pocket.BACKEND,
    "chatterbox": chatterbox.BACKEND,
    "qwen3": qwen3.BACKEND,
}
