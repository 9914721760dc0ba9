"""Choose a Whisper model and find its files."""

from __future__ import annotations

from pathlib import Path

from handler import models
from handler.cancellation import Cancellation
from handler.errors import ConfigError
from handler.models import HubModel, Model
from handler.settings import Settings

MODEL = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
"""Fetched if there is no model: 1.6 GB. A transcript with a wrong word costs more than the minute."""

OTHERS = tuple(f"Systran/faster-whisper-{size}" for size in ("large-v3", "medium", "small", "base", "tiny"))
"""Used if they are on the disk already, the best first."""

FOLDER = "whisper"
"""In MODELS_DIR: a model in CTranslate2's format that the user has put there. It has priority."""


def needed(settings: Settings) -> dict[str, Model]:
    """The model by purpose: the best one on this disk, else the one to fetch."""
    return {"transcripts": WhisperFiles.best(settings) or model(MODEL)}


def model(repository: str) -> HubModel:
    """The files of a repository. Without a tokenizer faster_whisper asks the hub for one, and without vocabulary or
    preprocessor it uses wrong defaults; smaller models have no preprocessor."""
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
    """Finds the folder of the best model. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError if there is no model and no folder to store one."""
        self._settings = settings
        # Without a volume every worker would fetch the model, for one transcript each.
        if not settings.models_dir.is_dir() and self.find() is None:
            raise ConfigError(f"there is no MODELS_DIR to keep {MODEL} in; send ref_text")

    @staticmethod
    def best(settings: Settings) -> HubModel | None:
        """The best model that is complete on this disk; None if there is none."""
        return next((it for it in map(model, (MODEL, *OTHERS)) if it.find(settings)), None)

    def find(self) -> Path | None:
        """The folder of that model."""
        best = self.best(self._settings)
        return best.find(self._settings) if best else None

    def get(self, cancellation: Cancellation) -> Path:
        """The folder of a complete model, fetched if there is none.

        Cancelling ends the wait, not the fetch. Raises ConfigError if the fetch fails, and logs the reason.
        """
        return self.find() or models.fetch(self._settings, model(MODEL), cancellation)
