"""A request, as it came, becomes its model, or one error that lists every problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from handler.errors import UNKNOWN_FIELD, BadRequest, Issue, nearest, sentence, shortened
from handler.requests.fields import COLOUR_PATTERN, JobInput, Limits, Model
from handler.requests.generate import GenerateInput
from handler.requests.style import CaptionStyle
from handler.requests.turns import Turn
from handler.requests.voices import ConsentInput

MAX_ISSUES = 50  # in one reply: a request of nonsense must not become a reply that the platform refuses


def parse(model: type[Model], data: Mapping[str, Any], limits: Limits) -> Model:
    """The request as ``model``; BadRequest lists every problem. ``None`` anywhere means left out."""
    model = model.for_request(data, limits)
    try:
        return model.model_validate(_without_nulls(data), context=limits)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        issues = [_issue(problem, model, limits) for problem in problems[:MAX_ISSUES]]
        raise BadRequest.of_issues(issues, more=len(problems) - len(issues)) from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


_PATTERNS = {
    "job_id": "of a job's id",
    "language": "of a language tag (BCP 47): a code and subtags of letters and digits, such as en or pt-BR; or auto",
    "font": "of a font family's name: no commas, braces, backslashes or line breaks",
    "upload_token": "of a token that create_upload_url gave",
    "recording": "of the id that /v1/audio/voice_consents gave",
    "prefix": "of the start of a voice's name",
}

_OBJECTS: dict[str, type[JobInput]] = {"caption_style": CaptionStyle, "consent": ConsentInput, "turns": Turn}
"""The fields that are objects with fields of their own."""


def _issue(problem: Any, model: type[JobInput], limits: Limits) -> Issue:
    # A single format may be sent without a list around it: its index means nothing to the client.
    path = [str(part) for part in problem["loc"] if problem["loc"][0] != "timing_format" or isinstance(part, str)]
    field = shortened(".".join(path)) or "input"
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        fields = list((_OBJECTS[path[0]] if len(path) > 1 else model).model_fields)
        if issubclass(model, GenerateInput) and len(path) == 1:
            owners = limits.engine_options.items()
            if engines := " or ".join(engine for engine, options in owners if field in options.model_fields):
                return Issue(field, f"is an option of the engine {engines}; leave it out, or send engine: {engines}")
            fields += [name for _, options in owners for name in options.model_fields]
        return Issue(field, f"{UNKNOWN_FIELD}; {_instead(path, fields, model)}")
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        form = "#RRGGBB, such as #FFD60A" if pattern == COLOUR_PATTERN else _PATTERNS.get(path[-1], pattern)
        return Issue(field, f"does not have the form {form}")
    if kind == "model_type" and path == ["caption_style"]:
        return Issue(field, "must be a preset's name or an object")
    if path[:1] == ["timing_format"] and kind == "value_error":
        return Issue(field, f"{sentence(problem)} (send one, a list, or all)")
    return Issue(field, sentence(problem))


def _instead(path: Sequence[str], fields: Sequence[str], model: type[JobInput]) -> str:
    """What may be meant by a field that is not known at the end of this path, where there are these ``fields``."""
    name = path[-1]
    owners = [owner for owner in _OBJECTS if owner in model.model_fields and name in _OBJECTS[owner].model_fields]
    if len(path) == 1 and owners:
        return f"it belongs into {' or '.join(owners)}"
    if near := nearest(name, fields):
        return f"did you mean {near}?"
    return "it is one of the request, not of its parts" if name in model.model_fields else "API.md lists them"
