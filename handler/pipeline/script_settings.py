"""Give a request what its script says about language, voice and pace, where it has none of its own."""

from __future__ import annotations

from typing import Any

from handler.errors import BadRequest, NotFound, shortened
from handler.jobs import Job
from handler.protocols import Services
from handler.requests import GenerateInput, builtin_engine, spoken_voice
from handler.text import ScriptSettings
from handler.voices import builtin, engine_choice, registry


def with_script_settings(request: GenerateInput, script: ScriptSettings, services: Services, job: Job) -> GenerateInput:
    """The request with the language, voice and speed that stand around all of its SSML. The request's own go first."""
    update: dict[str, Any] = {}
    if script.language and request.language is None:
        update["language"] = script.language
    if script.speed != 1.0 and "speed" not in request.model_fields_set:
        update["speed"] = script.speed
    voice = script.voice if request.voice_name is None else ""
    if voice and usable_voice(voice, request, services, job, of_asked_engine=True):
        update["voice"] = spoken_voice(voice, services.engines.names())
    return request.model_copy(update=update) if update else request


def usable_voice(
    name: str, request: GenerateInput, services: Services, job: Job, *, of_asked_engine: bool = False
) -> bool:
    """Whether this worker can speak in a voice that an SSML script names; warns if it cannot.

    The voices of other services are in most of the documents that people have. With ``of_asked_engine`` the engine that
    the request asks for, if it does, must be the one that speaks in it.
    """
    if problem := _voice_problem(name, request.engine, services, of_asked_engine):
        message = f"the SSML names the voice {shortened(name)}, {problem}"
        job.warn("ssml_ignored", f"{message}; the default voice speaks, send voice to choose another")
    return not problem


def _voice_problem(name: str, asked: str | None, services: Services, of_asked_engine: bool) -> str | None:
    """Why this worker cannot speak in a voice that a script names; None if it can."""
    try:
        name = spoken_voice(name, services.engines.names())
        engine = engine_choice.of_part(asked, name, services)
        if of_asked_engine and asked not in (None, engine):
            return f"which belongs to the engine {engine}, and {asked} speaks"
        if builtin_engine(name):
            builtin.resolve(name, None, services)
            return None
        if services.engines.backends[engine].supports_cloning and registry.snapshot(services.store, name):
            return None
    except (ValueError, NotFound, BadRequest):
        pass
    return "which this worker does not have"
