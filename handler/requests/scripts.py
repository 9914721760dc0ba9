"""The fields of every request that has a script to be spoken, and the request of `text`, which only reads one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import Field, create_model, model_validator

from handler.requests.fields import (
    LEXICON_DESCRIPTION,
    JobInput,
    LexiconField,
    Limits,
    Model,
    OneOf,
    Script,
    SpokenVoice,
    TextLanguage,
)
from handler.requests.turns import MAX_SPEED, MIN_SPEED, TURN_GAP, Turns


class VoiceFields(JobInput):
    """Who speaks a script, and how its words are read."""

    voice: SpokenVoice | None = Field(
        None,
        description="Name of a voice in the bucket, or `ENGINE:NAME` of an engine's own. Default: that of the engine.",
    )
    local_voice: SpokenVoice | None = Field(None, description="Another name of the field `voice`.")
    engine: Annotated[str, OneOf("engines")] | None = Field(
        None,
        description="The engine that speaks, one of `ENGINES`. Default: that of the voice, else the first of them.",
    )
    language: TextLanguage | None = Field(
        None,
        description="Language of the script, such as `en` or `pt-BR`; `auto`: the one found in the script. Default: "
        "that of the voice, else `en`.",
    )
    lexicon: LexiconField = Field(None, description=LEXICON_DESCRIPTION)
    speed: float = Field(1.0, ge=MIN_SPEED, le=MAX_SPEED, description="Pace of the speech; 1 is the voice's own.")

    @model_validator(mode="after")
    def _one_voice(self) -> Self:
        if self.voice and self.local_voice and self.voice != self.local_voice:
            raise ValueError("voice and local_voice name different voices; send one of them")
        return self

    @property
    def voice_name(self) -> str | None:
        return self.voice or self.local_voice


class ScriptFields(VoiceFields):
    """A script, who speaks it, and how its words are read."""

    SCRIPTS: ClassVar[tuple[str, ...]] = ("text", "turns")
    """The fields that may hold the script; a request has one of them."""

    text: Script | None = Field(
        None,
        description='The script. `[pause:1.5s]` is a pause; `[Nguyen](win)` shows "Nguyen" and speaks "win"; '
        "`[voice:anna]` is where another voice begins. Or send `turns`.",
    )
    turns: Turns | None = Field(
        None,
        description="A script of several voices, instead of `text`: objects with `text`, and with what differs from "
        "the request in `voice`, `language`, `speed`, and with `pause_after` and `speaker`.",
    )
    ssml: bool | None = Field(None, description="Whether `text` is SSML. Default: true if it begins with `<speak`.")

    @model_validator(mode="after")
    def _one_script(self) -> Self:
        sent = [name for name in self.SCRIPTS if getattr(self, name) is not None]
        if len(sent) > 1:
            raise ValueError(f"{' and '.join(sent)} are {len(sent)} scripts; send one of them")
        return self

    @classmethod
    def for_request(cls, data: Mapping[str, Any], limits: Limits) -> type[Self]:  # noqa: ARG003
        return cls if any(data.get(name) is not None for name in cls.SCRIPTS) else _without_script(cls)

    @property
    def script(self) -> str:
        """The whole script: what offsets of words count in."""
        if self.turns is None:
            return self.text or ""
        return TURN_GAP.join(turn.text for turn in self.turns)


class TextInput(ScriptFields):
    """``text``: how a script will be read, without speaking it."""


@cache
def _without_script(model: type[Model]) -> type[Model]:
    """For a request that has no script: what it lacks is its text."""
    return cast("type[Model]", create_model(model.__name__, __base__=model, text=(Script, ...)))
