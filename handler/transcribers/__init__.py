"""Transcribers by name. To add one: a class that implements `protocols.Transcriber`, and a row here."""

from handler.backends import Backend
from handler.protocols import Transcriber
from handler.settings import Settings
from handler.whisper import models as whisper_models


def _faster_whisper(settings: Settings) -> Transcriber:
    from handler.transcribers.faster_whisper import FasterWhisper

    return FasterWhisper(settings)


TRANSCRIBERS = {
    "faster_whisper": Backend(_faster_whisper, requires=("faster_whisper",), models=whisper_models.needed),
}
