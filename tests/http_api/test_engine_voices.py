"""Which engine a dialect of an engine's own server speaks with, and the names of its voices there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from handler.app import make_services
from handler.engines.piper.files import WHEEL_VOICE
from handler.http_api import engine_voices
from handler.http_api.engine_voices import CONVERTER, DEFAULT
from handler.http_api.errors import Refused
from handler.settings import Settings
from handler.voices import registry
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.waiting_request import waiting_request

EVERYBODY = ["anna", "bert"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with espeak, and piper, which has a voice of its own; the bucket has two voices and one for a moment."""
    folder = tmp_path_factory.mktemp("voices")
    environ = {"ENGINES": "espeak,piper,f5", "LOCAL_STORE": str(folder / "store"), "MODELS_DIR": str(folder)}
    services = make_services(Settings.read(environ))
    for name in (*EVERYBODY, f"{registry.TEMPORARY}1"):
        services.store.put(f"voices/{name}.wav", b"RIFF", "audio/wav")
    with running(services) as server:
        yield server


def run(server: RunningServer, work: Coroutine[Any, Any, Any]) -> Any:
    """Do what belongs to the event loop's thread."""
    return asyncio.run_coroutine_threadsafe(work, server.loop).result(PATIENCE_S)


def resolve(server: RunningServer, engine: str | None, name: str) -> str | None:
    found: str | None = run(server, engine_voices.resolve(server.api, waiting_request(), engine, name, "speaker"))
    return found


@pytest.mark.parametrize(("wanted", "engine"), [("piper", "piper"), ("qwen3", "espeak"), ("nothing", "espeak")])
def test_engine(server: RunningServer, wanted: str, engine: str) -> None:
    """The engine of the dialect where ENGINES has it, else the worker's default."""
    assert engine_voices.engine_for(server.api, wanted) == engine


@pytest.mark.parametrize(
    ("engine", "names"),
    [("espeak", [DEFAULT]), ("piper", [WHEEL_VOICE]), ("f5", EVERYBODY), (CONVERTER, EVERYBODY)],
)
def test_names(server: RunningServer, engine: str | None, names: list[str]) -> None:
    """An engine's own voices by their short names, those of the bucket where it clones; none that is for a moment."""
    assert run(server, engine_voices.names(server.api, waiting_request(), engine)) == names


@pytest.mark.parametrize(
    ("engine", "name", "voice"),
    [
        ("piper", WHEEL_VOICE, f"piper:{WHEEL_VOICE}"),
        ("piper", WHEEL_VOICE.upper(), f"piper:{WHEEL_VOICE}"),
        ("piper", f"piper:{WHEEL_VOICE}", f"piper:{WHEEL_VOICE}"),
        ("piper", "Default", None),
        ("espeak", "default", None),
        ("f5", "anna", "anna"),
        ("f5", "anna.wav", "anna"),
        (CONVERTER, "bert", "bert"),
    ],
)
def test_name_of_a_voice(server: RunningServer, engine: str | None, name: str, voice: str | None) -> None:
    """Every name in the list is one that requests may send."""
    assert resolve(server, engine, name) == voice


@pytest.mark.parametrize(
    ("engine", "name", "there"),
    [
        ("piper", "anna", f"there is {WHEEL_VOICE}"),
        ("espeak", f"piper:{WHEEL_VOICE}", "there is default"),
        ("f5", "ann", "there is anna, bert"),
        (CONVERTER, "default", "there is anna, bert"),
        ("f5", "../anna", "there is anna, bert"),
        ("f5", "a" * 1000, "there is anna, bert"),
    ],
)
def test_name_that_nobody_has(server: RunningServer, engine: str | None, name: str, there: str) -> None:
    """The error is about the client's field, and says which names there are."""
    with pytest.raises(Refused) as refused:
        resolve(server, engine, name)
    assert refused.value.status == 404
    assert refused.value.reply["error"].startswith("speaker: there is no '")
    assert refused.value.reply["error"].endswith(there)


def test_error_names_some_of_many(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is cut, and its length told."""
    monkeypatch.setattr(engine_voices, "MAX_NAMED", 1)
    with pytest.raises(Refused) as refused:
        resolve(server, "f5", "bob")
    assert refused.value.reply["error"].endswith("there is anna and 1 more")


def test_pages_of_voices(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that comes page by page is whole."""
    monkeypatch.setattr(engine_voices, "PAGE_VOICES", 1)
    assert run(server, engine_voices.names(server.api, waiting_request(), "f5")) == EVERYBODY


def test_converter_without_a_voice(environ: dict[str, str]) -> None:
    """Where the bucket has no voice the error says so."""
    with running(make_services(Settings.read(environ))) as server, pytest.raises(Refused) as refused:
        resolve(server, CONVERTER, "bob")
    assert refused.value.reply["error"].endswith("there is none yet; upload one")
