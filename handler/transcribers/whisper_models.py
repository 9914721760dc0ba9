"""Which model of Whisper is used, and where its files are."""

from __future__ import annotations

from pathlib import Path

from handler import models
from handler.cancellation import Cancellation
from handler.errors import ConfigError
from handler.models import HubModel, Model
from handler.settings import Settings

MODEL = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
"""Fetched when there is none: 1.6 GB. A transcript with a wrong word costs more than the minute."""

OTHERS = tuple(f"Systran/faster-whisper-{size}" for size in ("large-v3", "medium", "small", "base", "tiny"))
"""Used where they are on the disk already, the best first."""

FOLDER = "whisper"
"""In MODELS_DIR: a model in CTranslate2's form that somebody has put there, before all others."""


def needed(settings: Settings) -> dict[str, Model]:
    """The model by what it is for: the best that is on this disk, else the one to fetch."""
    return {"transcripts": WhisperFiles.best(settings) or model(MODEL)}


def model(repository: str) -> HubModel:
    """A repository's files. Without its own tokenizer the library would ask the hub for one, and without vocabulary
    or preprocessor it takes wrong defaults; smaller models have no preprocessor."""
    small = ("config.json", "tokenizer.json", "vocabulary.*")
    preprocessor = ("preprocessor_config.json",)
    large = "large-v3" in repository
    return HubModel(
        repository,
        needed=(*small, *(preprocessor if large else ()), "model.bin"),
        optional=() if large else preprocessor,
        by_hand=FOLDER,
        remedy="send ref_text",
    )


class WhisperFiles:
    """The folder of the best model that can be had. Safe to ask from several threads."""

    def __init__(self, settings: Settings) -> None:
        """ConfigError when there is no model and no place to keep one."""
        self._settings = settings
        # Without a volume the model would be fetched anew by every worker, for one transcript each.
        if not settings.models_dir.is_dir() and self.find() is None:
            raise ConfigError(f"there is no MODELS_DIR to keep {MODEL} in; send ref_text")

    @staticmethod
    def best(settings: Settings) -> HubModel | None:
        """The best model that is whole on this disk, None if there is none."""
        return next((it for it in map(model, (MODEL, *OTHERS)) if it.find(settings)), None)

    def find(self) -> Path | None:
        """The folder of that model."""
        best = self.best(self._settings)
        return best.find(self._settings) if best else None

    def get(self, cancellation: Cancellation) -> Path:
        """A whole model, fetched if there is none; ``cancellation`` is asked while that lasts, and may end the wait.

        The fetch goes on without the job that began it, so that the next one finds more of the model. ConfigError
        when it cannot be fetched; the log says why.
        """
        return self.find() or models.fetch(self._settings, model(MODEL), cancellation)
