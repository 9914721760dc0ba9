"""The transcriber `faster_whisper`: OpenAI's Whisper on CTranslate2, for clips that come without a transcript.

The model takes a gigabyte, and is needed for seconds in the life of a worker: it is loaded for a call and freed after
it. It runs on the CPU, for a clip is half a minute at most, the GPU's memory is the engine's, and CTranslate2 ends
the whole process where it does not find the cuDNN that it was built for.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from handler import audio
from handler.errors import BadReference, ConfigError
from handler.settings import Settings
from handler.values import Samples, primary_language

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000

MODEL = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
"""Fetched when there is none: 1.6 GB. A transcript with a wrong word costs more than the minute."""

OTHERS = tuple(f"Systran/faster-whisper-{size}" for size in ("large-v3", "medium", "small", "base", "tiny"))
"""Used where they are on the disk already, the best first."""

FOLDER = "whisper"
"""In MODELS_DIR: a model in CTranslate2's form that somebody has put there, before all others."""

# Without its own tokenizer the library would ask the hub for one.
_FILES = ("model.bin", "config.json", "tokenizer.json")
_PATTERNS = (*_FILES, "preprocessor_config.json", "vocabulary.*")

_NO_SPEECH, _UNSURE = 0.6, -1.0
"""What Whisper writes for silence, as its authors tell it apart: likely no speech, and little trust in the words."""


class FasterWhisper:
    """Writes down what a clip says; one call at a time, for each loads the model."""

    name = "faster_whisper"

    def __init__(self, settings: Settings) -> None:
        """Find the model or fetch it; ConfigError when it is not there and cannot be had."""
        self._model = _find(settings) or _fetch(settings)
        self._alone = threading.Lock()

    def transcribe(self, samples: Samples, sample_rate: int, language: str | None) -> str:
        """The words with their punctuation; None as ``language``: it is found out. BadReference without speech."""
        from faster_whisper import WhisperModel

        spoken = primary_language(language) if language else None
        heard = audio.resample(samples, sample_rate, SAMPLE_RATE)
        with self._alone:
            try:
                model = WhisperModel(str(self._model), device="cpu", compute_type="int8", local_files_only=True)
            except (RuntimeError, ValueError, OSError) as error:
                logger.warning("the model for transcripts cannot be loaded", exc_info=True)
                raise ConfigError(
                    "the model that writes transcripts is damaged; send ref_text, and have MODELS_DIR filled anew"
                ) from error
            segments, _ = model.transcribe(
                heard,
                language=spoken if spoken in model.supported_languages else None,
                beam_size=5,
                condition_on_previous_text=False,
            )
            said = [
                segment.text.strip()
                for segment in segments
                if not (segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE)
            ]
            del model, segments
        text = " ".join(filter(None, said))
        if not any(map(str.isalnum, text)):
            raise BadReference("no speech was heard in the clip; send another one, or ref_text if it does speak")
        return text


def _find(settings: Settings) -> Path | None:
    """A whole model on this disk."""
    cache = settings.hub_cache
    folders = [settings.models_dir / FOLDER]
    for repository in (MODEL, *OTHERS):
        folders += sorted((cache / f"models--{repository.replace('/', '--')}" / "snapshots").glob("*"))
    return next(filter(_whole, folders), None)


def _whole(folder: Path) -> bool:
    """Whether every file is there: without its vocabulary or its preprocessor the library takes wrong defaults."""
    files = [*_FILES, *(["preprocessor_config.json"] if "large-v3" in str(folder) else [])]
    return all((folder / file).is_file() for file in files) and any(folder.glob("vocabulary.*"))


def _fetch(settings: Settings) -> Path:
    # Without a volume the model would be fetched anew by every worker, for one transcript each.
    if not settings.models_dir.is_dir():
        raise ConfigError(f"there is no MODELS_DIR to keep {MODEL} in; send ref_text")
    from huggingface_hub import snapshot_download

    logger.info("fetching %s", MODEL)
    try:
        return Path(snapshot_download(MODEL, cache_dir=settings.hub_cache, allow_patterns=list(_PATTERNS)))
    except (OSError, ValueError) as error:  # what the hub's client raises for no network, no such name
        logger.warning("%s could not be fetched", MODEL, exc_info=True)
        raise ConfigError(
            f"{MODEL} is not in MODELS_DIR and could not be fetched from the Hugging Face hub; send ref_text"
        ) from error
