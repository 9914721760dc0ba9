"""Voices whose words nobody knows: who speaks in them, who refuses, and how they get their words later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handler.backends import Backend, Pool, Registry
from handler.engines import ENGINES
from handler.protocols import Engine, Services
from handler.voices import registry
from tests.endpoints.conftest import Web, call, refused
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.voice_recordings import Cloner, human


@pytest.fixture
def services(services: Services) -> Services:
    """Nothing here transcribes; `ear` needs the clip alone, `reader` its words too."""
    return with_engines(services, "espeak", "ear", "reader")


def with_engines(services: Services, *names: str) -> Services:
    """The same worker with these ENGINES."""
    table: dict[str, Backend[Engine]] = {"espeak": ENGINES["espeak"]}
    for name in ("ear", "reader"):
        engine = Cloner()
        engine.name = name
        table[name] = Backend(
            lambda _, engine=engine: engine,  # type: ignore[misc]
            supports_cloning=True,
            needs_transcript=name == "reader",
        )
    settings = services.settings.model_copy(update={"engines": names})
    none: Registry[Any] = Registry("transcriber", {}, settings)
    return replace(services, settings=settings, engines=Pool("engine", table, settings), transcribers=none)


def upload(services: Services, web: Web, **fields: Any) -> dict[str, Any]:
    return call(services, "upload", voice_name="anna", voice_file_url=web.put("/c", human()), **fields)


def speak(services: Services, engine: str | None, **fields: Any) -> dict[str, Any]:
    return call(services, "generate", **{"text": "Hello.", "voice": "anna", "engine": engine, **fields})


def codes(reply: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in reply["warnings"]]


@pytest.mark.parametrize("bound", [None, "ear"])
def test_upload_without_words_serves_engines_that_need_none(services: Services, web: Web, bound: str | None) -> None:
    """The upload warns and names them; the voice has no text and no language; others say how to give it words."""
    reply = upload(services, web, engine=bound)
    assert codes(reply) == ["transcript_missing"]
    assert "only ear can speak in the voice; upload it with ref_text" in reply["warnings"][0]["message"]
    assert (reply["voice"]["text"], reply["voice"]["language"]) == ("", None)
    spoken = speak(services, "ear", language="de")
    assert (spoken["engine"], spoken["language"], spoken["warnings"]) == ("ear", "de", [])
    if bound is None:
        told = "voice: anna has no transcript; put anna.txt next to it, or upload it with ref_text, or send engine: ear"
        refused(speak(services, "reader"), "bad_request", told)


def test_language_of_the_upload_is_kept(services: Services, web: Web) -> None:
    """It is the voice's, and speaks where the request names none."""
    assert upload(services, web, language="pt-BR")["voice"]["language"] == "pt-BR"
    assert speak(services, "ear")["language"] == "pt-BR"


@pytest.mark.parametrize(
    ("engines", "bound"), [(("espeak",), None), (("reader",), None), (("espeak", "ear", "reader"), "reader")]
)
def test_upload_that_nobody_could_speak_is_refused(
    services: Services, web: Web, engines: tuple[str, ...], bound: str | None
) -> None:
    """Where no engine of ENGINES, or not the one it is bound to, does without words."""
    reply = upload(with_engines(services, *engines), web, engine=bound)
    refused(reply, "bad_request", "ref_text: is missing and nothing here can write it")


@pytest.mark.parametrize("given", ["txt", "transcriber", "upload"])
def test_words_that_come_later_serve_every_engine(services: Services, web: Web, given: str) -> None:
    """A txt beside the voice, a worker that can transcribe, or a new upload; tags and licence stay."""
    upload(services, web, tags=["calm"], license="CC0", language="en")
    before = registry.read_record(services.store, "anna")
    if given == "txt":
        services.store.put(registry.text_key("anna"), TEXT.encode(), "text/plain")
    elif given == "transcriber":
        services = with_writer(services, Writer(TEXT, "en"))
    else:
        upload(services, web, tags=["calm"], license="CC0", ref_text=TEXT)
    assert speak(services, "reader")["engine"] == "reader"
    after = registry.read_record(services.store, "anna")
    assert before
    assert after
    assert (after.text, after.tags, after.license, after.language) == (TEXT, ("calm",), "CC0", "en")
    assert after.sha256 == before.sha256
    assert speak(services, "ear")["warnings"] == []


@pytest.mark.parametrize("text", [None, TEXT])
def test_hand_put_wav_without_words(services: Services, text: str | None) -> None:
    """It is prepared on first use, with a warning that first time alone; with a txt it has its words."""
    services.store.put(registry.wav_key("anna"), human(), "audio/wav")
    if text is None:
        refused(speak(services, "reader"), "bad_request", "anna has no transcript", "put anna.txt next to it")
    else:
        services.store.put(registry.text_key("anna"), text.encode(), "text/plain")
    first, second = speak(services, "ear"), speak(services, "ear")
    assert (codes(first), codes(second)) == (["transcript_missing"] if text is None else [], [])
    (voice,) = call(services, "list_voices")["voices"]
    assert voice["text"] == (text or "")
