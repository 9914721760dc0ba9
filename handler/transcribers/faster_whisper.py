"""The transcriber `faster_whisper`: OpenAI's Whisper on CTranslate2, for clips without a transcript.

The model takes a gigabyte and is rarely needed, so each call loads and frees it. It runs on the CPU: clips are short,
the GPU's memory is the engine's, and CTranslate2 ends the process if it does not find its version of cuDNN.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadReference, ConfigError, NoSpeech, WorkerError
from handler.media import audio
from handler.settings import Settings
from handler.text.languages.tags import primary_language
from handler.transcribers import whisper_models
from handler.types import Samples, Transcript

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000
MIN_NO_SPEECH_PROBABILITY, MAX_SILENCE_LOG_PROBABILITY = 0.6, -1.0
"""Whisper's own thresholds: a segment that is beyond both is silence."""

_WHISPER_CODES = {"jv": "jw"}


class FasterWhisper:
    """Transcribes one clip at a time, because each call loads the model. Safe to use from several threads."""

    name = "faster_whisper"

    def __init__(self, settings: Settings) -> None:
        """Load and fetch nothing. Raises ConfigError if there is no model and no folder to store one."""
        whisper_models.require_storage(settings)
        self._settings = settings
        self._lock = threading.Lock()

    def transcribe(
        self, samples: Samples, sample_rate: int, language: str | None, cancellation: Cancellation = NEVER
    ) -> Transcript:
        """The words with punctuation, and the given language or the detected one.

        Raises NoSpeech if there is none, BadReference if the model fails on the clip, ConfigError if there is no model.
        """
        resampled = audio.resample(samples, sample_rate, SAMPLE_RATE)
        folder = whisper_models.fetch(self._settings, cancellation)
        with cancellation.acquire(self._lock):
            transcript = _load_and_transcribe(folder, resampled, language, cancellation)
        if not any(map(str.isalnum, transcript.text)):
            raise NoSpeech("no speech was heard in the clip; send another one, or ref_text if it does speak")
        return transcript


def _load_and_transcribe(
    folder: Path, samples: Samples, language: str | None, cancellation: Cancellation
) -> Transcript:
    try:
        return _transcribe(_load(folder), samples, language, cancellation)
    except WorkerError:
        raise
    except MemoryError as error:
        logger.warning("there is too little memory to transcribe", exc_info=True)
        raise ConfigError("the worker has too little memory to transcribe the clip; send ref_text") from error
    except Exception as error:
        # faster_whisper and CTranslate2 have no exceptions of their own: they raise IndexError, RuntimeError, …
        logger.warning("the clip could not be transcribed", exc_info=True)
        raise BadReference("the clip could not be transcribed; send ref_text, the words that it says") from error


def _load(folder: Path) -> WhisperModel:
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    except MemoryError:
        raise
    except Exception as error:
        logger.warning("the transcription model cannot be loaded", exc_info=True)
        raise ConfigError(
            "the transcription model is damaged; send ref_text, and have MODELS_DIR filled again"
        ) from error


def _transcribe(model: WhisperModel, samples: Samples, language: str | None, cancellation: Cancellation) -> Transcript:
    code = primary_language(language) if language else ""
    code = _WHISPER_CODES.get(code, code)
    cancellation.check()
    segments, info = model.transcribe(
        samples,
        language=code if code in model.supported_languages else None,
        beam_size=5,
        condition_on_previous_text=False,
    )
    texts = []
    for segment in segments:
        cancellation.check()
        unlikely = segment.avg_logprob < MAX_SILENCE_LOG_PROBABILITY
        if not (unlikely and segment.no_speech_prob > MIN_NO_SPEECH_PROBABILITY):
            texts.append(segment.text.strip())
    return Transcript(" ".join(filter(None, texts)), language or primary_language(info.language))
