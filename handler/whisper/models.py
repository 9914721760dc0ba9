"""Choose a Whisper model and find its files."""

from __future__ import annotations

from pathlib import Path

from handler import models
from handler.cancellation import Cancellation
from handler.errors import ConfigError
from handler.models import HubModel, Model
from handler.settings import Settings
from handler.whisper.languages import whisper_code

MODEL = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
"""Fetched if there is no model: 1.6 GB. A transcript with a wrong word costs more than the minute."""

OTHERS = tuple(f"Systran/faster-whisper-{size}" for size in ("large-v3", "medium", "small", "base", "tiny"))
"""Used if they are on the disk already, the best first."""

FOLDER = "whisper"
"""In MODELS_DIR: a model in CTranslate2's format that the user has put there. It has priority."""


SEND_TEXT = "send ref_text"
"""What a client can do without a transcriber."""


def needed(settings: Settings) -> dict[str, Model]:
    """The model by purpose: the best one on this disk, else the one to fetch."""
    return {"transcripts": best(settings) or model(MODEL)}


def model(repository: str, remedy: str = SEND_TEXT) -> HubModel:
    """The files of a repository; errors end with the ``remedy``.

    Without a tokenizer faster_whisper asks the hub for one, and without vocabulary or preprocessor it uses wrong
    defaults; smaller models have no preprocessor.
    """
    small = ("config.json", "tokenizer.json", "vocabulary.*")
    preprocessor = ("preprocessor_config.json",)
    large = "large-v3" in repository
    return HubModel(
        repository,
        needed=(*small, *(preprocessor if large else ()), "model.bin"),
        optional=() if large else preprocessor,
        by_hand=FOLDER,
        remedy=remedy,
    )


def best(settings: Settings) -> HubModel | None:
    """The best model that is complete on this disk; None if there is none."""
    return next((it for it in map(model, (MODEL, *OTHERS)) if it.find(settings)), None)


def require_storage(settings: Settings, remedy: str = SEND_TEXT) -> None:
    """Raise ConfigError if there is no model and no folder to store one."""
    # Without a volume every worker would fetch the model, for one transcript each.
    if not settings.models_dir.is_dir() and best(settings) is None:
        raise ConfigError(f"there is no MODELS_DIR to keep {MODEL} in; {remedy}")


def fetch(settings: Settings, cancellation: Cancellation, remedy: str = SEND_TEXT) -> Path:
    """The folder of the best model, fetched if there is none. Safe to call from several threads; see `models.fetch`."""
    return models.fetch(settings, best(settings) or model(MODEL, remedy), cancellation)


def missing(settings: Settings) -> str | None:
    """Say that no model is on this disk; None if one is."""
    return None if best(settings) else f"{MODEL} is not on this disk; it is fetched when it is first needed"


def at_hand(settings: Settings) -> tuple[str, ...]:
    """Those of LANGUAGES that Whisper knows, if a model is on this disk."""
    return tuple(code for code in settings.languages if whisper_code(code)) if best(settings) else ()
