"""Give a request what its script says about language, voice and pace, where it has none of its own."""

from __future__ import annotations

from typing import Any

from handler.errors import BadRequest, NotFound, shortened
from handler.jobs import Job
from handler.protocols import Engine, Services
from handler.requests import GenerateInput, builtin_engine, voice_name
from handler.text import ScriptSettings
from handler.voices import builtin, engine_choice, registry


def with_script_settings(
    request: GenerateInput, script: ScriptSettings, engine: Engine, services: Services, job: Job
) -> GenerateInput:
    """The request with the language, voice and speed that stand around all of its SSML. The request's own go first."""
    update: dict[str, Any] = {}
    if script.language and request.language is None:
        update["language"] = script.language
    if script.speed != 1.0 and "speed" not in request.model_fields_set:
        update["speed"] = script.speed
    if script.voice and request.voice_name is None:
        if problem := _voice_problem(script.voice, engine, services):
            # The voices of other services are in most of the documents that people have.
            message = f"the SSML names the voice {shortened(script.voice)}, {problem}"
            job.warn("ssml_ignored", f"{message}; the default voice speaks, send voice to choose another")
        else:
            update["voice"] = script.voice if builtin_engine(script.voice) else voice_name(script.voice)
    return request.model_copy(update=update) if update else request


def _voice_problem(name: str, engine: Engine, services: Services) -> str | None:
    """Why the engine cannot speak in a voice that a script names; None if it can."""
    owner = engine_choice.of_voice(name, services)
    if owner in services.engines.backends and owner != engine.name:
        return f"which belongs to the engine {owner}, and {engine.name} speaks"
    try:
        if owner == builtin_engine(name) == engine.name:
            builtin.resolve(name, None, services)
            return None
        if engine.supports_cloning and registry.snapshot(services.store, voice_name(name)):
            return None
    except (ValueError, NotFound, BadRequest):
        pass
    return "which this worker does not have"
