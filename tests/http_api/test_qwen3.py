"""The dialect of a server of Qwen3-TTS, with real weights of that shape and without."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import soundfile

from handler import jobs
from handler.app import make_services
from handler.http_api import qwen3
from handler.protocols import Services
from handler.settings import Settings
from tests.support import tiny_qwen3
from tests.support.http_server import RunningServer, running
from tests.support.stub_backends import PATIENCE, Speaker, happens, with_backends

TEXT = "Hello there."


@pytest.fixture(scope="module")
def speakers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the default engine espeak, and a small model with the speakers ryan, vivian and dylan."""
    folder = tmp_path_factory.mktemp("qwen3")
    tiny_qwen3.make(folder, "custom_voice")
    environ = {
        "ENGINES": "espeak,qwen3", "QWEN3_MODEL": "custom-voice-1.7b", "QWEN3_DIR": str(folder),
        "LOCAL_STORE": str(folder / "store"), "MODELS_DIR": str(folder / "models"),
    }  # fmt: skip
    with running(make_services(Settings.read(environ))) as server:
        yield server


def synthesize(server: RunningServer, **fields: object) -> httpx.Response:
    return server.client.post("/v1/tts/synthesize", json={"text": TEXT, **fields})


def test_speaks_with_qwen3(speakers: RunningServer) -> None:
    """The speaker, the language's name and the instruction reach the engine; the answer is the job's own wav."""
    answer = synthesize(speakers, speaker="Vivian", language="English", instruct="Very happy.")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav"), answer.text
    record = jobs.load(speakers.api.services.store, answer.headers["x-job-id"])
    said = {name: record.result[name] for name in ("engine", "voice", "language", "text")}
    assert said == {"engine": "qwen3", "voice": "qwen3:vivian", "language": "en", "text": TEXT}
    assert answer.content == speakers.api.services.store.get(record.outputs["audio"].key)
    assert soundfile.info(io.BytesIO(answer.content)).frames > 1000
    assert "x-warnings" not in answer.headers


def test_speakers_are_those_of_the_model(speakers: RunningServer) -> None:
    """The list has the names that requests may send: the model's speakers, and no voice of the bucket to clone."""
    speakers.api.services.store.put("voices/anna.wav", b"RIFF", "audio/wav")
    assert synthesize(speakers).status_code == 200
    assert speakers.client.get("/v1/tts/speakers").json() == {"speakers": ["dylan", "ryan", "vivian"]}


def test_unknown_speaker_is_told_who_is_there(speakers: RunningServer) -> None:
    """A speaker that the model does not have is refused, and the error lists those that it has."""
    answer = synthesize(speakers, speaker="Bob")
    detail = "speaker: there is no 'Bob' here; there is dylan, ryan, vivian"
    assert (answer.status_code, answer.json()) == (404, {"detail": detail})


def test_language_that_the_model_lacks(speakers: RunningServer) -> None:
    """A language of Qwen3-TTS that these weights lack is refused by the engine, in this dialect's form."""
    answer = synthesize(speakers, language="Russian")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("language: qwen3")


def test_default_engine_speaks_without_qwen3(server: RunningServer) -> None:
    """A worker without qwen3 speaks with its default engine, and says that it ignored the instruction."""
    answer = synthesize(server, speaker="default", language="Auto", instruct="Very happy.")
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-ignored-fields"] == "instruct"
    assert answer.headers["content-disposition"] == f'attachment; filename="{answer.headers["x-job-id"]}.wav"'
    assert server.client.get("/v1/tts/speakers").json() == {"speakers": ["default"]}


@pytest.mark.parametrize(("language", "tag"), [("german", "de"), ("pt-BR", "pt-BR"), ("Auto", "de")])
def test_language(server: RunningServer, language: str, tag: str) -> None:
    """A language's name in any case, a tag, and the one that is found in the text."""
    answer = synthesize(server, text="Das ist ein ganz normaler deutscher Satz, nicht wahr?", language=language)
    assert jobs.load(server.api.services.store, answer.headers["x-job-id"]).result["language"] == tag


def test_languages_are_those_of_qwen3(server: RunningServer) -> None:
    """The list has the names and tags that the engine knows, and Auto."""
    from handler.engines.qwen3 import engine

    assert {tag: name.lower() for name, tag in qwen3.LANGUAGES.items() if tag != "auto"} == engine.LANGUAGES
    assert server.client.get("/v1/tts/languages").json() == {"languages": list(qwen3.LANGUAGES)}


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"text": ""}, "text: is empty"),
        ({"text": None}, "text: must be text"),
        ({"text": 5}, "text: must be text"),
        ({"text": "x" * 20_001}, "text: has 20001 characters"),
        ({"text": "half \ud800"}, "Unicode"),
        ({"speaker": "../../etc/passwd"}, "speaker: there is no '../../etc/passwd'"),
        ({"speaker": "espeak:x\r\nX-Evil: 1"}, "speaker: there is no"),
        ({"speaker": "x" * 300}, "speaker: must have at most 200 characters"),
        ({"language": "Klingon"}, "language: 'Klingon' is not known; known are Auto, Chinese"),
        ({"language": "e" * 100}, "language: must have at most 35"),
        ({"instruct": ["a"]}, "instruct: must be text"),
    ],
)
def test_hostile_fields(server: RunningServer, fields: dict[str, object], word: str) -> None:
    """What no speech can be made of is refused with a sentence in ``detail`` that names the field."""
    body = json.dumps({"text": TEXT, **fields})
    answer = server.client.post("/v1/tts/synthesize", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert word in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 200_000, b'{"text": NaN}'])
def test_hostile_bodies(server: RunningServer, body: bytes) -> None:
    """A body that is no object of JSON is refused in this dialect's form."""
    answer = server.client.post("/v1/tts/synthesize", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert isinstance(answer.json()["detail"], str)


def test_client_that_hangs_up(services: Services) -> None:
    """The job of a client that does not wait for its speech is cancelled."""
    begun, hung_up = threading.Event(), threading.Event()

    def asked(chunk: int) -> None:
        begun.set()
        happens(hung_up)

    engine = Speaker(services.settings, asked)
    with running(with_backends(services, engine)) as server:
        client = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
        body = json.dumps({"text": "\n\n".join(["Hello there."] * 20)}).encode()
        head = "POST /v1/tts/synthesize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
        client.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        happens(begun)
        (job,) = server.api.queue._jobs.values()
        with job.cancellation.notifying(hung_up.set):
            client.close()
            happens(hung_up)
        asyncio.run_coroutine_threadsafe(job.ended.wait(), server.loop).result(PATIENCE)
        assert (job.state, engine.closed) == ("CANCELLED", True)
