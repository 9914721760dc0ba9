"""The transcriber `faster_whisper`: OpenAI's Whisper on CTranslate2, for clips that come without a transcript.

The model takes a gigabyte, and is needed for seconds in the life of a worker: it is loaded for a call and freed after
it. It runs on the CPU, for a clip is half a minute at most, the GPU's memory is the engine's, and CTranslate2 ends
the whole process where it does not find the cuDNN that it was built for.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadReference, ConfigError, WorkerError
from handler.languages import primary_language
from handler.media import audio
from handler.settings import Settings
from handler.transcribers.whisper_models import WhisperFiles
from handler.types import Samples, Transcript

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000

_NO_SPEECH, _UNSURE = 0.6, -1.0
"""What Whisper writes for silence, as its authors tell it apart: likely no speech, and little trust in the words."""

_CODES = {"jv": "jw"}
"""Whisper's own code for a language."""


class FasterWhisper:
    """Writes down what a clip says; one call at a time, for each loads the model."""

    name = "faster_whisper"

    def __init__(self, settings: Settings) -> None:
        """Loads and fetches nothing; ConfigError when there is no model and none could be kept."""
        self._files = WhisperFiles(settings)
        self._alone = threading.Lock()

    def transcribe(
        self, samples: Samples, sample_rate: int, language: str | None, cancellation: Cancellation = NEVER
    ) -> Transcript:
        """The words with their punctuation, and the language given, or heard; see the port.

        BadReference without speech, or for a clip that the model fails on; ConfigError when it cannot be had.
        """
        heard = audio.resample(samples, sample_rate, SAMPLE_RATE)
        folder = self._files.get(cancellation)
        with cancellation.acquire(self._alone):
            said = _write(folder, heard, language, cancellation)
        if not any(map(str.isalnum, said.text)):
            raise BadReference("no speech was heard in the clip; send another one, or ref_text if it does speak")
        return said


def _write(folder: Path, heard: Samples, language: str | None, cancellation: Cancellation) -> Transcript:
    """Load, listen, let go: the model does not outlive the call."""
    try:
        return _listen(_load(folder), heard, language, cancellation)
    except WorkerError:
        raise
    except MemoryError as error:
        logger.warning("there is no memory for a transcript", exc_info=True)
        raise ConfigError("the worker has too little memory to write a transcript; send ref_text") from error
    except Exception as error:
        # The library and CTranslate2 below it raise whatever they come upon, IndexError as well as RuntimeError.
        logger.warning("no transcript could be written", exc_info=True)
        raise BadReference(
            "no transcript could be made from the clip; send ref_text, the words that the clip says"
        ) from error


def _load(folder: Path) -> WhisperModel:
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    except MemoryError:
        raise
    except Exception as error:
        logger.warning("the model for transcripts cannot be loaded", exc_info=True)
        raise ConfigError(
            "the model that writes transcripts is damaged; send ref_text, and have MODELS_DIR filled anew"
        ) from error


def _listen(model: WhisperModel, heard: Samples, language: str | None, cancellation: Cancellation) -> Transcript:
    code = primary_language(language) if language else ""
    code = _CODES.get(code, code)
    cancellation.check()
    segments, info = model.transcribe(
        heard,
        language=code if code in model.supported_languages else None,
        beam_size=5,
        condition_on_previous_text=False,
    )
    said = []
    for segment in segments:
        cancellation.check()
        if not (segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE):
            said.append(segment.text.strip())
    return Transcript(" ".join(filter(None, said)), language or primary_language(info.language))
