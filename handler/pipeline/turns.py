"""Who says what in a job: the turns of its request, and the voices that their texts name. Nothing is loaded yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from handler import text
from handler.errors import BadRequest, WorkerError, quoted
from handler.jobs import Job
from handler.pipeline.script_settings import usable_voice, with_script_settings
from handler.protocols import Services
from handler.requests import TURN_GAP, GenerateInput, spoken_voice
from handler.voices import engine_choice

OWN = ""  # the role of a turn's own voice, which its text does not name


@dataclass(frozen=True)
class Role:
    """A voice of a turn: the request as it would be for this voice alone, and the name of the engine that speaks it.

    ``shown`` is the text that captions may show of what it says. ``part`` is the part of the client's request that it
    is of, "" for all of it. ``marked``: its text names the voice.
    """

    request: GenerateInput
    engine: str
    shown: str
    part: str = ""
    marked: bool = False

    @contextmanager
    def named(self) -> Iterator[None]:
        """Errors of the block name the part of the request that they are about."""
        try:
            yield
        except WorkerError as error:
            if self.marked:
                error.about(f"{self.part}.text".lstrip("."))
            elif self.part:
                error.within(self.part)
            raise


@dataclass(frozen=True)
class Turn:
    """A text of a job, at ``start_char`` of the script, and its roles by the names that it gives them.

    OWN is the role of what it names no voice for. ``speaker`` is who says that by the request, "" if it names nobody.
    """

    text: str
    ssml: bool | None
    roles: Mapping[str, Role]
    start_char: int = 0
    pause_after: float = 0.0
    speaker: str = ""


def read(request: GenerateInput, services: Services, job: Job) -> list[Turn]:
    """The turns of a request, one for a text without turns.

    Raises BadRequest that names the turn for malformed markup, and for a voice whose engine this worker does not have.
    """
    if request.turns is None:
        return [Turn(request.script, request.ssml, _roles(request, request, "", services, job))]
    turns: list[Turn] = []
    start = 0
    for index, sent in enumerate(request.turns):
        own = sent.model_dump(include={"voice", "language", "speed"}, exclude_none=True)
        changes: dict[str, Any] = {"text": sent.text, "turns": None, **own}
        if sent.voice is not None:
            changes["local_voice"] = None
        roles = _roles(request.model_copy(update=changes), request, f"turns.{index}", services, job)
        turns.append(Turn(sent.text, request.ssml, roles, start, sent.pause_after, sent.speaker or ""))
        start += len(sent.text) + len(TURN_GAP)
    return turns


def engines(turns: Sequence[Turn]) -> list[str]:
    """The names of the engines that speak, each once."""
    return list(dict.fromkeys(role.engine for turn in turns for role in turn.roles.values()))


def _roles(request: GenerateInput, whole: GenerateInput, part: str, services: Services, job: Job) -> dict[str, Role]:
    """The roles of one text: ``request`` is for it alone, ``whole`` as the client sent it."""
    with Role(request, "", "", part).named():
        script = text.script_settings(request.script, request.ssml)
        shown = text.shown_by_voice(request.script, request.ssml)
        job.warn_all(script.warnings)
        request = with_script_settings(request, script, services, job)
        if (voice := request.voice_name) == whole.voice_name:
            engine = engine_choice.chosen(request.engine, voice, services)
        else:
            engine = engine_choice.of_part(request.engine, voice or "", services)
    own = Role(request, engine, shown.pop(OWN, ""), part)
    roles = {OWN: own} if own.shown else {}
    for name, said in shown.items():
        if script.is_ssml and not usable_voice(name, request, services, job):
            roles[name] = replace(own, shown=said)
        else:
            roles[name] = _marked(name, replace(own, shown=said), services)
    return roles


def _marked(name: str, own: Role, services: Services) -> Role:
    """The role of a voice that a text names."""
    role = replace(own, marked=True)
    with role.named():
        try:
            voice = spoken_voice(name, services.engines.names())
        except ValueError as error:
            raise BadRequest.of("voice", f"in the mark {quoted(f'[voice:{name}]')}: {error}") from None
        engine = engine_choice.of_part(own.request.engine, voice, services)
    return replace(role, request=own.request.model_copy(update={"voice": voice, "local_voice": None}), engine=engine)
