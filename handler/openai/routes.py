"""RunPod's ``/openai/*`` for a queue: a job arrives as ``{"openai_route": "/v1/…", "openai_input": {…}}``.

Its reply is the JSON that the route answers with. Speech is a JSON with a link, for a queue carries no files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from handler.errors import BadRequest, Issue, NotFound, WorkerError, quoted, renamed, sentence, shortened
from handler.openai import errors, models, speech, voices
from handler.protocols import Services

ROUTE, INPUT = "openai_route", "openai_input"
"""The keys of such a job's input, as RunPod's own worker for vLLM reads them."""

SPEECH = "/v1/audio/speech"

Run = Callable[[dict[str, Any]], dict[str, Any]]
"""Runs a job with this input, and returns its reply."""


class Failed(Exception):
    """The job behind a route failed; has its reply."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(reply["error"])
        self.reply = reply


def is_speech(given: Mapping[str, Any]) -> bool:
    """Whether it makes files; the others read."""
    return isinstance(given[ROUTE], str) and _path(given) == SPEECH


def answer(given: Mapping[str, Any], run: Run, services: Services) -> dict[str, Any]:
    """What the route answers with; of a failure the reply of the job, or of a WorkerError, with ``openai_error``."""
    try:
        return _serve(given, run, services)
    except WorkerError as error:
        reply = error.reply()
    except Failed as failed:
        reply = failed.reply
    # The platform takes a sentence alone for ``error``.
    return {**reply, "openai_error": errors.error(reply)}


def _serve(given: Mapping[str, Any], run: Run, services: Services) -> dict[str, Any]:
    path, body = _path(given), given.get(INPUT)
    body = {} if body is None else body
    if not isinstance(body, Mapping):
        raise BadRequest.of(INPUT, "must be an object, the body of the request")
    if path in ROUTES:
        return ROUTES[path](body, run, services)
    if path.startswith(_MODEL):
        return models.find(path.removeprefix(_MODEL), services)
    for start, way_out in ELSEWHERE.items():
        if path.startswith(start):
            raise BadRequest.of(ROUTE, f"{quoted(path)} is not served by a queue; {way_out}")
    raise NotFound(f"{ROUTE}: there is no {quoted(path)}; known are {', '.join(ROUTES)}")


def _path(given: Mapping[str, Any]) -> str:
    route = given[ROUTE]
    if not isinstance(route, str):
        raise BadRequest.of(ROUTE, f"must be text, one of {', '.join(ROUTES)}")
    return "/" + route.partition("?")[0].strip("/").removeprefix("openai/")


def _models(_: Mapping[str, Any], __: Run, services: Services) -> dict[str, Any]:
    return models.page(models.listing(services))


def _voices(_: Mapping[str, Any], run: Run, __: Services) -> dict[str, Any]:
    return voices.page(_done(run({"endpoint": "list_voices", "limit": voices.MAX_PAGE})))


def _speech(body: Mapping[str, Any], run: Run, services: Services) -> dict[str, Any]:
    request = _parsed(body)
    if request.response_format not in FORMATS:
        message = f"a queue has no {request.response_format}; send one of {', '.join(FORMATS)}"
        raise BadRequest.of("response_format", message)
    given = speech.job_input(request, services)
    reply = _done(run({"endpoint": "generate", **given.fields}), speech.NAMES)
    return {
        "object": "audio.speech",
        "audio_url": reply["audio_url"],
        "job_id": reply["job_id"],
        "format": reply["audio_format"],
        "duration": reply["duration"],
        "model": reply["engine"],
        "voice": reply["voice"],
        "warnings": given.warnings + reply["warnings"],
    }


def _parsed(body: Mapping[str, Any]) -> speech.SpeechRequest:
    try:
        return speech.SpeechRequest.model_validate(body)
    except ValidationError as error:
        faults: dict[str, str] = {}
        for problem in error.errors(include_url=False):
            faults.setdefault(shortened(str(problem["loc"][0])) if problem["loc"] else INPUT, sentence(problem))
        raise BadRequest.of_issues([Issue(*each) for each in faults.items()]) from None


def _done(reply: dict[str, Any], names: Mapping[str, str] | None = None) -> dict[str, Any]:
    if "error" in reply:
        raise Failed(renamed(reply, names or {}))
    return reply


FORMATS = (*speech.JOB_FORMATS, "wav")
"""The formats of OpenAI's that the file of a job has."""

ROUTES: dict[str, Callable[[Mapping[str, Any], Run, Services], dict[str, Any]]] = {
    "/v1/models": _models,
    "/v1/audio/models": _models,
    "/v1/audio/voices": _voices,
    SPEECH: _speech,
}
_MODEL = "/v1/models/"

_SERVER = "or the HTTP server, which takes files"
ELSEWHERE = {
    "/v1/audio/transcriptions": f"send endpoint: align with the audio_url of a recording and no text, {_SERVER}",
    "/v1/audio/translations": "no worker translates",
    "/v1/audio/voices/": f"send endpoint: list_voices or delete_voice, {_SERVER}",
    "/v1/audio/voice_consents": "use the HTTP server, which takes files",
    "/v1/": "this worker speaks: send /v1/audio/speech",
}
"""Starts of routes that a queue cannot serve, and what to do instead."""
