"""OpenAI's fields become those of generate: models, voices, instructions and limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handler.app import make_services
from handler.backends import Backend, Pool
from handler.engines.qwen3.options import Qwen3Options
from handler.errors import BadRequest, NotFound
from handler.openai.speech import JobInput, SpeechRequest, job_input
from handler.protocols import Services
from handler.settings import Settings
from tests.support.stub_backends import Speaker, with_settings


def given(services: Services, **fields: Any) -> JobInput:
    return job_input(SpeechRequest.model_validate({"input": "Hello.", **fields}), services)


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        ("tts-1", None), ("tts-1-hd", None), ("tts-1-1106", None), ("gpt-4o-mini-tts", None),
        ("gpt-4o-mini-tts-2025-12-15", None), (None, None), ("piper", "piper"), ("espeak", "espeak"),
    ],
)  # fmt: skip
def test_model_is_an_engine_or_openais(environ: dict[str, str], model: str | None, engine: str | None) -> None:
    """A name of OpenAI's leaves the choice to the worker; an engine of ENGINES is chosen by its name."""
    services = make_services(Settings.read(environ | {"ENGINES": "espeak,piper"}))
    assert given(services, model=model).fields.get("engine") == engine


def test_unknown_model_is_told_what_there_is(environ: dict[str, str]) -> None:
    """A model that is not here is not found, and the message has the engines that are."""
    services = make_services(Settings.read(environ | {"ENGINES": "espeak,piper"}))
    with pytest.raises(NotFound, match="'whisper-1' is not here; send espeak or piper, or tts-1 for espeak"):
        given(services, model="whisper-1")


@pytest.mark.parametrize("voice", ["alloy", {"id": "alloy"}])
def test_openai_voices_are_named_by_a_setting(services: Services, voice: Any) -> None:
    """A name of OpenAI's is the voice of OPENAI_VOICES, else one of the bucket, else the default voice with a word."""
    plain = given(services, voice=voice)
    assert "voice" not in plain.fields
    assert "OPENAI_VOICES" in plain.warnings[0]["message"]
    mapped = with_settings(services, openai_voices={"alloy": "piper:en_US-joe-medium"})
    assert given(mapped, voice=voice) == JobInput({**plain.fields, "voice": "piper:en_US-joe-medium"})
    services.store.put("voices/alloy.wav", b"RIFF", "audio/wav")
    assert given(services, voice=voice) == JobInput({**plain.fields, "voice": "alloy"})


@pytest.mark.parametrize("voice", ["anna", "f5:anna"])
def test_other_voices_are_taken_by_their_name(services: Services, voice: str) -> None:
    """A voice of the bucket, and one of an engine's own; no voice at all is the default one."""
    assert given(services, voice={"id": voice}).fields["voice"] == voice
    assert "voice" not in given(services, voice="").fields


def test_limit_is_openais_unless_it_is_set(services: Services, environ: dict[str, str]) -> None:
    """4,096 characters; MAX_TEXT_CHARS decides where it is set, up or down."""
    given(services, input="a" * 4096)
    with pytest.raises(BadRequest, match="has 4097 characters, at most 4096"):
        given(services, input="a" * 4097)
    given(make_services(Settings.read(environ | {"MAX_TEXT_CHARS": "20000"})), input="a" * 20_000)
    with pytest.raises(BadRequest, match="at most 10"):
        given(make_services(Settings.read(environ | {"MAX_TEXT_CHARS": "10"})), input="a" * 11)


def test_instructions_reach_engines_that_take_them(services: Services) -> None:
    """They are the option `instruct` where the engine has it; elsewhere a header says that they are ignored."""
    ignored = given(services, instructions="Be merry.")
    assert "instruct" not in ignored.fields
    message = "instructions: espeak takes none, they are ignored"
    assert ignored.warnings == [{"code": "option_ignored", "message": message}]
    table = {"espeak": Backend(Speaker, options=Qwen3Options)}
    services = replace(services, engines=Pool("engine", table, services.settings))
    assert given(services, instructions="Be merry.").fields["instruct"] == "Be merry."


@pytest.mark.parametrize(
    ("format_", "fields"),
    [("mp3", {"audio_format": "mp3"}), ("opus", {"audio_format": "ogg"}), ("aac", {"audio_format": "wav"}),
     ("pcm", {"audio_format": "wav", "sample_rate": 24_000})],
)  # fmt: skip
def test_own_file_is_of_the_same_kind(services: Services, format_: str, fields: dict[str, Any]) -> None:
    """The job's own file has the format of the stream where it can, and the rate of raw samples."""
    assert given(services, response_format=format_).fields == {"text": "Hello.", "speed": 1.0, **fields}
    assert given(services, response_format=format_, sample_rate=8000).fields["sample_rate"] == 8000
