"""Chatterbox by Resemble AI (MIT): upstream's classes and weights under our own sampling."""

from handler.backends import Backend
from handler.engines.chatterbox import files
from handler.engines.chatterbox.options import ChatterboxOptions
from handler.protocols import Engine, VoiceConverter
from handler.settings import Settings

_MODULES = ("torch", "chatterbox", "perth")
_REMEDY = "add chatterbox to ENGINES; in a clone, run `make worker`"


def _create(settings: Settings) -> Engine:
    from handler.engines.chatterbox.engine import ChatterboxEngine

    return ChatterboxEngine(settings)


def _create_converter(settings: Settings) -> VoiceConverter:
    from handler.engines.chatterbox.converter import ChatterboxConverter

    return ChatterboxConverter(settings)


BACKEND = Backend(
    _create,
    requires=_MODULES,
    remedy=_REMEDY,
    models=files.needed,
    missing_files=files.missing,
    supports_cloning=True,
    needs_transcript=False,
    voices=files.voices,
    options=ChatterboxOptions,
    memory_bytes=files.memory_bytes,
    package="chatterbox-tts",
)

CONVERTER = Backend(
    _create_converter,
    requires=_MODULES,
    remedy=_REMEDY,
    models=files.needed_to_convert,
    missing_files=files.missing_to_convert,
    supports_cloning=True,
    needs_transcript=False,
    package="chatterbox-tts",
)
