"""Qwen3-TTS by Alibaba (Apache-2.0): upstream's classes and weights under our own sampling."""

from handler.backends import Backend
from handler.engines.qwen3 import files, speakers
from handler.engines.qwen3.options import Qwen3Options
from handler.protocols import Engine
from handler.settings import Settings


def _create(settings: Settings) -> Engine:
    from handler.engines.qwen3.engine import Qwen3Engine

    return Qwen3Engine(settings)


BACKEND = Backend(
    _create,
    requires=("torch", "qwen_tts"),
    models=files.needed,
    missing_files=files.missing,
    supports_cloning=True,
    needs_transcript=False,
    voices=speakers.voices,
    memory_bytes=files.memory_bytes,
    options=Qwen3Options,
    package="qwen-tts",
)
