"""The models of OpenAI's dialect: the engines, and names that its clients send by default."""

from __future__ import annotations

from typing import Any

from handler.errors import NotFound, quoted, suggest
from handler.protocols import Services

SPEECH_ALIASES = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Names for the default engine."""

TRANSCRIPTION = "whisper-1"
"""The name for the worker's transcriber."""

OWNER = "this worker"
CREATED = 0  # Unix seconds; nobody knows when an engine's weights were made


def listing(services: Services) -> list[dict[str, Any]]:
    """Every model that can be used here, the default engine first. ``root`` is what an alias stands for."""
    engines = [name for name in services.settings.engines if services.engines.problem(name) is None]
    models = [_model(name, name) for name in engines]
    models += [_model(alias, services.settings.default_engine) for alias in SPEECH_ALIASES]
    transcribers = [name for name in services.transcribers.names() if services.transcribers.problem(name) is None]
    return models + [_model(TRANSCRIPTION, name) for name in transcribers[:1]]


def find(model: str, services: Services) -> dict[str, Any]:
    """One of the models. Raises NotFound with those that there are."""
    models = {each["id"]: each for each in listing(services)}
    if model not in models:
        raise NotFound(f"model: there is no model {quoted(model)}; {suggest(model, models)}")
    return models[model]


def page(models: list[dict[str, Any]]) -> dict[str, Any]:
    """A list in OpenAI's form, which has ``models`` for Open WebUI, too."""
    named = [{"id": model["id"], "name": model["id"]} for model in models]
    return {"object": "list", "data": models, "models": named}


def _model(name: str, root: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": OWNER, "root": root}
