"""Give a request what its script says about language, voice and pace, where it has none of its own."""

from __future__ import annotations

from typing import Any

from handler.errors import NotFound, shortened
from handler.jobs import Job
from handler.protocols import Engine, Store
from handler.requests import GenerateInput, voice_name
from handler.text import ScriptSettings
from handler.voices import registry


def with_script_settings(
    request: GenerateInput, script: ScriptSettings, engine: Engine, store: Store, job: Job
) -> GenerateInput:
    """The request with the language, voice and speed that stand around all of its SSML. The request's own go first."""
    update: dict[str, Any] = {}
    if script.language and request.language is None:
        update["language"] = script.language
    if script.speed != 1.0 and "speed" not in request.model_fields_set:
        update["speed"] = script.speed
    if script.voice and request.voice_name is None:
        if _is_voice(script.voice, engine, store):
            update["voice"] = voice_name(script.voice)
        else:
            # The voices of other services are in most of the documents that people have.
            message = f"the SSML names the voice {shortened(script.voice)}, which this worker does not have"
            job.warn("ssml_ignored", f"{message}; the default voice speaks, send voice to choose another")
    return request.model_copy(update=update) if update else request


def _is_voice(name: str, engine: Engine, store: Store) -> bool:
    try:
        return engine.supports_cloning and registry.snapshot(store, voice_name(name)) is not None
    except (ValueError, NotFound):
        return False
