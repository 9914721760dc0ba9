"""The engines' own voices: how a request names one, which engine it chooses, and how list_voices shows it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from handler.backends import Backend, Pool
from handler.cancellation import NEVER, Cancellation
from handler.engines import ENGINES
from handler.errors import ConfigError
from handler.models import fetching
from handler.protocols import Engine, Services
from handler.requests import EngineOptions
from handler.settings import Settings
from handler.types import BuiltinVoice, ChunkAudio, SpeechOptions, SpeechRequest, Voice
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_TEXT
from tests.support.voice_recordings import Cloner, human

VOICES = (
    BuiltinVoice("Ryan", None, "Apache-2.0"),
    BuiltinVoice("de_DE-thorsten-medium", "de-DE", "CC0-1.0"),
    BuiltinVoice("fr_FR-siwis-medium", "fr-FR", "", on_disk=False),
)


class Speaking(EngineOptions):
    """What `many` alone knows."""

    pitch: float = 1.0


class Many(Cloner):
    """An engine with voices of its own; ``heard`` are the voices it has spoken in."""

    name = "many"
    supports_cloning = False

    def __init__(self) -> None:
        self.heard: list[Voice] = []

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        self.heard.append(voice)
        return super().speak(requests, voice, options, cancellation)


@pytest.fixture
def many() -> Many:
    return Many()


@pytest.fixture
def services(services: Services, many: Many) -> Services:
    """With `many` and a cloner beside the default, espeak; `absent` is not in ENGINES, and `broken` cannot list."""

    def fail(_: Settings) -> Sequence[BuiltinVoice]:
        raise ConfigError("MANY_DIR names no folder")

    table: dict[str, Backend[Engine]] = {
        "espeak": ENGINES["espeak"],
        "many": Backend(lambda _: many, voices=lambda _: VOICES, options=Speaking),
        "cloner": Backend(lambda _: Cloner(), supports_cloning=True),
        "broken": Backend(lambda _: Cloner(), voices=fail),
        "missing": Backend(lambda _: Cloner(), voices=lambda _: VOICES, requires=("no_such_module",)),
        "absent": Backend(lambda _: Cloner(), voices=lambda _: VOICES),
    }
    settings = services.settings.model_copy(update={"engines": tuple(table)[:-1]})
    return replace(services, settings=settings, engines=Pool("engine", table, settings))


def generate(services: Services, **fields: Any) -> dict[str, Any]:
    return call(services, "generate", **{"text": "Hello there.", **fields})


@pytest.mark.parametrize("field", ["voice", "local_voice"])
@pytest.mark.parametrize("name", ["many:Ryan", "many:ryan"])
def test_builtin_voice_chooses_its_engine(services: Services, many: Many, field: str, name: str) -> None:
    """The engine gets the name as it spells it; a voice of all languages speaks the one asked for, else English."""
    reply = generate(services, **{field: name})
    assert (reply["engine"], reply["voice"], reply["language"]) == ("many", "many:Ryan", "en")
    assert generate(services, **{field: name}, engine="many", language="pt-BR")["language"] == "pt-BR"
    assert [(each.name, each.builtin, each.language, each.clip) for each in many.heard] == [
        ("many:Ryan", "Ryan", "en", None),
        ("many:Ryan", "Ryan", "pt-BR", None),
    ]


def test_voice_brings_its_language(services: Services, many: Many) -> None:
    """Without `language` it is the voice's; a script that is plainly in another one gets the usual warning."""
    text = "The quick brown fox jumps over the lazy dog, and the old man walked slowly along the river."
    reply = generate(services, text=text, voice="many:de_DE-thorsten-medium")
    assert (reply["language"], many.heard[0].language) == ("de-DE", "de-DE")
    assert [warning["code"] for warning in reply["warnings"]] == ["language_doubtful"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"voice": "many:thorsten"}, ["many has no voice 'thorsten'", "did you mean many:de_DE-thorsten-medium?"]),
        ({"voice": "many:rian"}, ["voice: many has no voice 'rian'", "did you mean many:Ryan?"]),
        ({"voice": "many:"}, ["voice: many has no voice ''", "it has Ryan, de_DE-thorsten-medium"]),
        ({"voice": "mani:Ryan"}, ["voice: 'mani' is not an engine", "did you mean many?"]),
        ({"voice": ":Ryan"}, ["voice: '' is not an engine", "known are espeak"]),
        ({"voice": "absent:Ryan"}, ["voice: this worker does not load absent", "send another voice", "add absent to"]),
        ({"voice": "espeak:Ryan"}, ["voice: espeak has no voices of its own", "send engine: espeak"]),
        ({"voice": "many:Ryan", "engine": "espeak"}, ["engine: 'many:Ryan' is a voice of the engine many", "leave"]),
        ({"voice": "many:Ryan", "local_voice": "many:x"}, ["voice and local_voice name different voices"]),
        ({"voice": "many:" + "x" * 200}, ["voice: ", "at most 200"]),
    ],
)  # fmt: skip
def test_wrong_name_is_one_sentence(services: Services, fields: dict[str, Any], words: list[str]) -> None:
    """Of an unknown voice or engine, of an engine outside ENGINES, and of two fields that disagree."""
    refused(generate(services, **fields), "bad_request", *words)


def test_options_are_those_of_the_chosen_engine(services: Services, web: Web) -> None:
    """A built-in voice brings the options of its engine, and so does a voice that is bound; others are refused."""
    assert generate(services, voice="many:Ryan", pitch=2.0)["engine"] == "many"
    refused(generate(services, pitch=2.0), "bad_request", "pitch: is an option of the engine many")
    refused(generate(services, voice="cloner:x", pitch=2.0), "bad_request", "pitch: is an option of the engine many")
    refused(generate(services, voice=7, pitch=2.0), "bad_request", "voice: ", "pitch: is an option")


def test_other_endpoints_want_a_clip(services: Services, web: Web) -> None:
    """A conversion needs a clip, and no upload may have a name that looks like a built-in voice."""
    link = web.put("/c", human())
    refused(
        call(services, "convert", voice="many:Ryan", audio_url=link),
        "bad_request",
        "voice: 'many:Ryan' has no clip, which a conversion needs; send a voice of the bucket",
    )
    refused(call(services, "upload", voice_name="many:Ryan", voice_file_url=link), "bad_request", "voice_name: must")
    refused(call(services, "delete_voice", voice_name="many:Ryan"), "bad_request", "voice_name: must")


@pytest.mark.parametrize(
    ("voice", "engine", "told"),
    [
        ("many:ryan", "many", None),
        ("many:ryan", "espeak", "belongs to the engine many, and espeak speaks"),
        ("bound", "cloner", None),
        ("bound", "espeak", "belongs to the engine cloner, and espeak speaks"),
        ("many:nobody", "many", "which this worker does not have"),
        ("urn:x", "many", "which this worker does not have"),
    ],
)
def test_voice_of_ssml(services: Services, web: Web, voice: str, engine: str, told: str | None) -> None:
    """SSML's voice speaks if it is one of the engine that does; otherwise a warning says whose it is."""
    link = web.put("/c", human())
    call(services, "upload", voice_name="bound", voice_file_url=link, ref_text=HUMAN_TEXT, engine="cloner")
    text = f'<speak><voice name="{voice}">Hello.</voice></speak>'
    reply = generate(services, text=text, engine=engine)
    messages = [warning["message"] for warning in reply["warnings"] if warning["code"] == "ssml_ignored"]
    assert (reply["voice"].lower() == voice) == (told is None)
    assert len(messages) == (told is not None)
    assert not told or told in messages[0]


def test_listed_before_the_bucket_on_the_first_page(services: Services, web: Web) -> None:
    """Those on this disk, with the fields of all others, in the order of ENGINES; `limit` counts the bucket's."""
    for name in ("anna", "bob"):
        call(services, "upload", voice_name=name, voice_file_url=web.put("/c", human()), ref_text=HUMAN_TEXT)
    page = call(services, "list_voices", limit=1)
    assert [voice["name"] for voice in page["voices"]] == ["many:Ryan", "many:de_DE-thorsten-medium", "anna"]
    assert page["count"] == 3
    ryan, thorsten, anna = page["voices"]
    assert ryan.keys() == thorsten.keys() == anna.keys()
    assert {name: value for name, value in thorsten.items() if value is not None} == {
        "name": "many:de_DE-thorsten-medium", "builtin": True, "engine": "many", "language": "de-DE",
        "license": "CC0-1.0", "tags": [],
    }  # fmt: skip
    assert (anna["builtin"], anna["engine"], ryan["language"]) == (False, None, None)
    rest = call(services, "list_voices", limit=1, cursor=page["cursor"])
    assert [voice["name"] for voice in rest["voices"]] == ["bob"]


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("a", ["anna"]), ("many", ["many:Ryan", "many:de_DE-thorsten-medium"]), ("many:R", ["many:Ryan"]),
        ("many:r", []), ("missing:", []),
    ],
)  # fmt: skip
def test_prefix_is_of_the_whole_name(services: Services, prefix: str, names: list[str]) -> None:
    """`many:` lists the voices of that engine alone."""
    services.store.put("voices/anna.wav", b"wav", "audio/wav")
    reply = call(services, "list_voices", prefix=prefix)
    assert ([voice["name"] for voice in reply["voices"]], reply["cursor"]) == (names, None)


@pytest.mark.parametrize(
    ("voice", "code", "says"),
    [
        ("nobody", "not_found", "voice: there is no voice 'nobody'; leave voice out: many has many:Ryan, many:de_DE-"),
        ("thorsten", "not_found", "there is no voice 'thorsten'; did you mean many:de_DE-thorsten-medium?"),
        ("siwis", "not_found", "there is no voice 'siwis'; leave voice out: many has many:Ryan"),
        (
            "anna",
            "bad_request",
            "anna is a voice of the bucket, and the engine many has no cloned voices; send",
        ),
    ],
)
def test_engine_without_cloning_names_its_own_voices(services: Services, voice: str, code: str, says: str) -> None:
    """A name without an engine tells what the engine has; a voice of the bucket, which engine clones it."""
    services.store.put("voices/anna.wav", b"RIFF", "audio/wav")
    refused(generate(services, voice=voice, engine="many"), code, says)


def test_voice_that_cannot_be_had_here(services: Services, many: Many, monkeypatch: pytest.MonkeyPatch) -> None:
    """A voice that is not on the disk is refused for good where nothing can be fetched, and is no suggestion there."""
    monkeypatch.setattr(fetching, "find_spec", lambda _: None)
    reply = generate(services, voice="many:fr_FR-siwis-medium")
    refused(reply, "bad_request", "voice: many:fr_FR-siwis-medium is not on this disk, and fetching it takes hugging")
    refused(reply, "bad_request", "`make worker` installs it; or leave voice out: many has many:Ryan, many:de_DE-")
    assert reply["retryable"] is False
    assert "siwis" not in generate(services, voice="many:fr_FR-siwi-medium")["error"].partition(";")[2]
    assert not many.heard
