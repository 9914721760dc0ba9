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
from handler.requests import MAX_VOICES, TURN_GAP, GenerateInput, spoken_voice
from handler.voices import engine_choice

OWN = ""  # the name of the voice that a turn begins in, which its text does not name


@dataclass(frozen=True)
class VoiceRequest:
    """What is asked of one voice of a turn: the request as it would be for it alone, and the name of its engine.

    ``shown`` is what captions may show of the text that it says. ``part`` is the part of the client's request that this
    is about, "" for all of it. ``marked`` says that the text names the voice.
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
            if self.request.captions_field is not None:
                self._name_captions(error, self.request.captions_field)
            elif self.marked:
                error.about(f"{self.part}.text".lstrip("."))
            elif self.part:
                error.within(self.part)
            raise

    def _name_captions(self, error: WorkerError, field: str) -> None:
        """The text is that of the captions in ``field``; ``part`` is the speaker whose voice the request names."""
        fields = {issue.field for issue in error.issues}
        if "text" in fields:
            error.about(field)
        elif self.part and "voice" in fields:
            error.about(self.part)


@dataclass(frozen=True)
class Turn:
    """A text of a job, at ``start_char`` of the script, and its voices by the names that it gives them.

    OWN is the voice of what stands before the first mark. ``speaker`` is the name of who says that, "" without one.
    """

    text: str
    ssml: bool | None
    voices: Mapping[str, VoiceRequest]
    start_char: int = 0
    pause_after: float = 0.0
    speaker: str = ""


def read(request: GenerateInput, services: Services, job: Job) -> list[Turn]:
    """The turns of a request, one for a text without turns.

    Raises BadRequest that names the turn for malformed markup, and for a voice whose engine this worker does not have.
    """
    reader = _Reader(request, services, job)
    if request.turns is None:
        return [Turn(request.script, request.ssml, reader.voices(request, ""))]
    turns: list[Turn] = []
    start = 0
    for index, sent in enumerate(request.turns):
        own = sent.model_dump(include={"voice", "language", "speed"}, exclude_none=True)
        changes: dict[str, Any] = {"text": sent.text, "turns": None, **own}
        if sent.voice is not None:
            changes["local_voice"] = None
        part = f"turns.{index}"
        if request.captions_field is not None:
            part = f"speakers.{sent.speaker}" if sent.voice is not None else ""
        voices = reader.voices(request.model_copy(update=changes), part)
        turns.append(Turn(sent.text, request.ssml, voices, start, sent.pause_after, sent.speaker or ""))
        start += len(sent.text) + len(TURN_GAP)
    return turns


def engines(turns: Sequence[Turn]) -> list[str]:
    """The names of the engines that speak, each once."""
    return list(dict.fromkeys(asked.engine for turn in turns for asked in turn.voices.values()))


class _Reader:
    """Finds the voices of each text of a request. The engine of a voice is looked up once."""

    def __init__(self, request: GenerateInput, services: Services, job: Job) -> None:
        self._voice, self._asked = request.voice_name, request.engine
        self._services = services
        self._job = job
        self._engines: dict[str | None, str] = {}

    def voices(self, request: GenerateInput, part: str) -> dict[str, VoiceRequest]:
        """The voices of one text; ``request`` is for it alone."""
        with VoiceRequest(request, "", "", part).named():
            script = text.script_settings(request.script, request.ssml)
            shown = text.shown_by_voice(request.script, request.ssml)
            self._job.warn_all(script.warnings)
            request = with_script_settings(request, script, self._services, self._job)
            # What its own voice does not say needs none.
            said = shown.pop(OWN, "")
            own = VoiceRequest(request, self._engine(request.voice_name) if said or not shown else "", said, part)
        voices = {OWN: own} if own.engine else {}
        for name, said in shown.items():
            usable = not script.is_ssml or usable_voice(name, request, self._services, self._job)
            voices[name] = self._marked(name, own, said) if usable else self._unmarked(own, said)
        return voices

    def _marked(self, name: str, own: VoiceRequest, said: str) -> VoiceRequest:
        """What is asked of a voice that a text names."""
        asked = replace(own, shown=said, marked=True)
        with asked.named():
            try:
                voice = spoken_voice(name, self._services.engines.names())
            except ValueError as error:
                raise BadRequest.of("voice", f"in the mark {quoted(f'[voice:{name}]')}: {error}") from None
            engine = self._engine(voice)
        return replace(
            asked, request=own.request.model_copy(update={"voice": voice, "local_voice": None}), engine=engine
        )

    def _unmarked(self, own: VoiceRequest, said: str) -> VoiceRequest:
        """What is asked of the turn's own voice for a text in a voice that this worker does not have."""
        with own.named():
            return replace(own, shown=said, engine=self._engine(own.request.voice_name))

    def _engine(self, voice: str | None) -> str:
        """The name of the engine that speaks in a voice: the request's own voice must be of the engine it asks for."""
        if voice not in self._engines:
            if len(self._engines) == MAX_VOICES:
                raise BadRequest.of("voice", f"at most {MAX_VOICES} voices may speak in a job; send several jobs")
            if voice is None or voice == self._voice:
                self._engines[voice] = engine_choice.chosen(self._asked, voice, self._services)
            else:
                self._engines[voice] = engine_choice.of_part(self._asked, voice, self._services)
        return self._engines[voice]
