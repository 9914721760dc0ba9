"""Aligners by name. To add one: a module with a class that implements `protocols.Aligner`, and a row here."""

from handler.aligners import google_credentials, whisperx_models
from handler.backends import Backend
from handler.protocols import Aligner
from handler.settings import Settings
from handler.whisper import models as whisper_models


def _whisperx(settings: Settings) -> Aligner:
    from handler.aligners.whisper_x import WhisperXAligner

    return WhisperXAligner(settings)


def _google(settings: Settings) -> Aligner:
    from handler.aligners.google_speech import GoogleSpeechAligner

    return GoogleSpeechAligner(settings)


def _sphinx(settings: Settings) -> Aligner:
    from handler.aligners.sphinx_process import SphinxProcess

    return SphinxProcess(settings)


def _whisper(settings: Settings) -> Aligner:
    from handler.aligners.whisper import WhisperAligner

    return WhisperAligner(settings)


ALIGNERS = {
    "whisperx": Backend(
        _whisperx,
        requires=("whisperx", "torch", "torchaudio", "transformers"),
        models=whisperx_models.needed,
        missing_files=whisperx_models.missing,
        languages=whisperx_models.at_hand,
        package="whisperx",
    ),
    "google": Backend(
        _google,
        requires=("grpc", "proto"),
        missing_files=google_credentials.missing,
        local=False,
        package="google-cloud-speech",
    ),
    "sphinx": Backend(_sphinx, requires=("pocketsphinx",), package="pocketsphinx"),
    # Its model is that of the transcriber, which lists it.
    "whisper": Backend(
        _whisper,
        requires=("faster_whisper",),
        missing_files=whisper_models.missing,
        languages=whisper_models.at_hand,
        package="faster-whisper",
    ),
}
