"""The turns of a request to `generate`: who says what, one after another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from handler.requests.fields import JobInput, Limits, Script, SpokenVoice, TextLanguage

MIN_SPEED, MAX_SPEED = 0.3, 3.0
MAX_TURNS = 500
MAX_VOICES = 100  # of a job: each may be a clip that is fetched and prepared
MAX_PAUSE_AFTER_S = 30.0
MAX_SPEAKER_CHARS = 80

_EXAMPLE = '{"voice": "anna", "text": "Hello."}'
TURN_GAP = "\n\n"  # between the texts of two turns in the script that offsets count in
_VOICE_MARK = re.compile(r"\[\s*+voice\s*+:([^\[\]\n]{1,200})\]", re.IGNORECASE)


def _speaker(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ValueError("must be a name on one line, such as Anna")
    return name.strip()


class Turn(JobInput):
    """What one voice says. What it leaves out is that of the request."""

    text: Script = Field(description="What is said, with the marks of a script.")
    voice: SpokenVoice | None = Field(None, description="Whose voice says it. Default: that of the request.")
    language: TextLanguage | None = Field(None, description="Default: that of the request, else of the voice.")
    speed: float | None = Field(None, ge=MIN_SPEED, le=MAX_SPEED, description="Default: that of the request.")
    pause_after: float = Field(0.0, ge=0, le=MAX_PAUSE_AFTER_S, description="Seconds of silence after it.")
    speaker: Annotated[str, Field(max_length=MAX_SPEAKER_CHARS), AfterValidator(_speaker)] | None = Field(
        None, description="Who speaks, as captions name them. Default: the name of the voice."
    )


def _turns(value: object) -> object:
    """A list of objects, of a size that may be checked turn by turn."""
    if not isinstance(value, list):
        return value
    if not value:
        raise ValueError(f"is empty; send at least one turn, such as {_EXAMPLE}")
    if len(value) > MAX_TURNS:
        raise ValueError(f"has {len(value)} turns, at most {MAX_TURNS} are allowed; send them in several jobs")
    if not all(isinstance(turn, Mapping) for turn in value):
        raise ValueError(f"must be a list of objects such as {_EXAMPLE}")
    return tuple(value)


def _length(turns: tuple[Turn, ...], info: ValidationInfo[Limits]) -> tuple[Turn, ...]:
    chars, limit = sum(len(turn.text) for turn in turns), info.context.max_text_chars
    if chars > limit:
        raise ValueError(f"have {chars} characters together, at most {limit} are allowed; send them in several jobs")
    return turns


Turns = Annotated[tuple[Turn, ...], BeforeValidator(_turns), AfterValidator(_length)]


def named_voices(data: Mapping[str, Any]) -> Iterator[str]:
    """The voices that a request, as it is sent, names in its turns, its texts and for speakers, each once."""
    sent = data.get("turns")
    turns = [turn for turn in sent[:MAX_TURNS] if isinstance(turn, Mapping)] if isinstance(sent, list) else []
    voices = [turn.get("voice") for turn in turns]
    texts = [part.get("text") for part in (data, *turns)]
    marked = [found[1].strip() for text in texts if isinstance(text, str) for found in _VOICE_MARK.finditer(text)]
    speakers = data.get("speakers")
    voices += list(speakers.values()) if isinstance(speakers, Mapping) else []
    yield from dict.fromkeys(voice for voice in (*voices, *marked) if isinstance(voice, str))
