"""Voices that are bound to one engine: who speaks in them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handler.backends import Backend, Pool, Registry
from handler.engines import ENGINES
from handler.protocols import Engine, Services, VoiceConverter
from handler.requests import EngineOptions
from handler.voices import registry
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.stub_backends import with_settings
from tests.support.voice_recordings import Cloner, human


class Own(EngineOptions):
    """What `cloner` alone knows."""

    pitch: float = 1.0


@pytest.fixture
def services(services: Services) -> Services:
    """With two engines that clone beside the default, espeak, and one that is not in ENGINES."""
    table: dict[str, Backend[Engine]] = {"espeak": ENGINES["espeak"]}
    for name in ("cloner", "other"):
        engine = Cloner()
        engine.name = name
        table[name] = Backend(lambda _, engine=engine: engine, supports_cloning=True)  # type: ignore[misc]
    table["cloner"] = replace(table["cloner"], options=Own)
    table["absent"] = table["other"]
    services = with_settings(services, engines=("espeak", "cloner", "other"))
    return replace(services, engines=Pool("engine", table, services.settings))


def upload(services: Services, web: Web, **fields: object) -> dict[str, object]:
    link = web.put("/c", human())
    return call(services, "upload", voice_name="anna", voice_file_url=link, ref_text=TEXT, **fields)


def test_bound_voice_chooses_its_engine(services: Services, web: Web) -> None:
    """Without engine the voice's own engine speaks; upload and list_voices name it."""
    reply = upload(services, web, engine="cloner")
    assert reply["voice"]["engine"] == "cloner"  # type: ignore[index]
    assert call(services, "list_voices")["voices"][0]["engine"] == "cloner"
    assert call(services, "generate", text="Hello.", voice="anna")["engine"] == "cloner"


def test_another_engine_is_refused(services: Services, web: Web) -> None:
    """The error names the engine of the voice and the way out."""
    upload(services, web, engine="cloner")
    refused(
        call(services, "generate", text="Hello.", voice="anna", engine="other"),
        "bad_request",
        "voice: anna is bound to the engine cloner, and other may not speak in it",
        "leave engine out",
    )


def test_converter_is_no_engine_of_the_voice(services: Services, web: Web) -> None:
    """A voice that is bound is not spoken in by a converter of another name."""
    upload(services, web, engine="cloner")
    converter: Any = Cloner()
    converter.name = "other"
    rows: dict[str, Backend[VoiceConverter]] = {"other": Backend(lambda _: converter)}
    worker = replace(services, converters=Registry("voice converter", rows, services.settings))
    reply = call(worker, "convert", voice="anna", audio_url=web.put("/r", human()))
    refused(reply, "bad_request", "voice: anna is bound to the engine cloner, and other may not", "send another voice")


def test_free_voice_serves_every_cloner(services: Services, web: Web) -> None:
    """A voice that is uploaded again without engine is free again."""
    upload(services, web, engine="cloner")
    assert upload(services, web)["voice"]["engine"] is None  # type: ignore[index]
    for engine in ("cloner", "other"):
        assert call(services, "generate", text="Hello.", voice="anna", engine=engine)["engine"] == engine


def test_engine_that_does_not_clone_is_refused_at_upload(services: Services, web: Web) -> None:
    """A voice cannot be bound to an engine that has no cloned voices."""
    refused(upload(services, web, engine="espeak"), "bad_request", "engine: espeak has no cloned voices")


@pytest.mark.parametrize("engine", [None, "cloner"])
def test_unknown_engine_in_a_record_is_a_sentence(services: Services, web: Web, engine: str | None) -> None:
    """A record of a newer version, or one written by hand, may name an engine that is not here."""
    upload(services, web)
    record = registry.read_record(services.store, "anna")
    assert record
    services.store.put(registry.json_key("anna"), registry.dump(replace(record, engine="mars")), registry.JSON)
    reply = call(services, "generate", text="Hello.", voice="anna", **({"engine": engine} if engine else {}))
    refused(reply, "bad_request", "mars", "which this version does not have", "upload it again")


def test_options_of_the_bound_engine(services: Services, web: Web) -> None:
    """They are known without `engine`; for a free voice they belong to the engine that is asked for."""
    upload(services, web, engine="cloner")
    assert call(services, "generate", text="Hello.", local_voice="anna.wav", pitch=2.0)["engine"] == "cloner"
    upload(services, web)
    refused(
        call(services, "generate", text="Hello.", voice="anna", pitch=2.0), "bad_request", "engine cloner; leave it"
    )
    refused(
        call(services, "generate", text="Hello.", voice="a/b", pitch=2.0), "bad_request", "voice: must", "pitch: is"
    )


def test_bound_to_an_engine_outside_engines(services: Services, web: Web) -> None:
    """The sentence names the voice's engine; to send another engine would not help."""
    upload(services, web, engine="absent")
    refused(
        call(services, "generate", text="Hello.", voice="anna"),
        "bad_request",
        "voice: this worker does not load absent, the engine of anna; send another voice, or add absent to its ENGINES",
    )
