"""F5-TTS: upstream's model classes and weights under our own loading and sampling. The only home of torch."""

from handler.backends import Backend
from handler.engines.f5 import files
from handler.engines.f5.options import F5Options
from handler.protocols import Engine
from handler.settings import Settings

MEMORY_BYTES = 3_000_000_000  # 1.4 GB of weights in float32, and the smallest batch with what torch keeps in reserve


def _create(settings: Settings) -> Engine:
    from handler.engines.f5.engine import F5Engine

    return F5Engine(settings)


BACKEND = Backend(
    _create,
    requires=("torch", "f5_tts", "vocos"),
    models=files.needed,
    missing_files=files.missing,
    supports_cloning=True,
    options=F5Options,
    memory_bytes=lambda _: MEMORY_BYTES,
    package="f5-tts",
)
