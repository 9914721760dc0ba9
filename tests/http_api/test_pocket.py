"""The dialect of Pocket TTS's own server, with real weights of that shape and without."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from handler import jobs
from handler.app import make_services
from handler.settings import Settings
from handler.types import JobRecord
from tests.support import tiny_pocket
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

TEXT = "Hello there."


@pytest.fixture(scope="module")
def pocket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the default engine espeak, and a small model of Pocket TTS with the voice alba, that clones."""
    folder = tiny_pocket.make(tmp_path_factory.mktemp("pocket"), voice="alba")
    environ = {
        "ENGINES": "espeak,pocket", "POCKET_DIR": str(folder), "LOCAL_STORE": str(folder / "store"),
        "MODELS_DIR": str(folder / "models"), "ALIGNERS": "sphinx",
    }  # fmt: skip
    services = make_services(Settings.read(environ))
    with running(with_writer(services, Writer(HUMAN_TEXT, "en"))) as server:
        yield server


def record(server: RunningServer, answer: Any) -> JobRecord:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    assert soundfile.info(io.BytesIO(answer.content)).frames > 1000
    return jobs.load(server.api.services.store, answer.headers["x-job-id"])


@pytest.mark.parametrize("field", ["voice", "voice_url"])
def test_json(pocket: RunningServer, field: str) -> None:
    """A body of JSON is spoken by pocket in the voice that it names, in any case."""
    answer = pocket.client.post("/tts", json={"text": TEXT, field: "Alba", "chunk": True})
    made = record(pocket, answer)
    assert (made.result["engine"], made.result["voice"], made.result["text"]) == ("pocket", "pocket:alba", TEXT)
    assert answer.content == pocket.api.services.store.get(made.outputs["audio"].key)


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_form(pocket: RunningServer, media_type: str) -> None:
    """Either kind of form does the same, and a field that is left empty counts as left out."""
    fields = {"text": TEXT, "voice_url": "alba", "voice": ""}
    files = {"voice_wav": ("", b"")} if media_type.startswith("multipart") else None
    answer = pocket.client.post("/tts", data=fields, files=files)
    assert answer.request.headers["content-type"].startswith(media_type)
    assert record(pocket, answer).result["voice"] == "pocket:alba"


def test_recording_in_a_form(pocket: RunningServer) -> None:
    """A recording that is sent along is the voice of this speech alone: nothing of it is left in the store."""
    files = {"voice_wav": ("me.wav", HUMAN_CLIP.read_bytes(), "audio/wav")}
    answer = pocket.client.post("/tts", data={"text": TEXT}, files=files)
    made = record(pocket, answer)
    assert (made.result["engine"], made.result["voice"].startswith("temporary-")) == ("pocket", True)
    store = pocket.api.services.store
    left = [item.key for folder in ("voices/", "prepared/", "uploads/") for item in store.list(folder, 10).objects]
    assert left == []


def test_recording_that_is_none(pocket: RunningServer) -> None:
    """A file that is no recording is refused, and leaves nothing behind."""
    answer = pocket.client.post("/tts", data={"text": TEXT}, files={"voice_wav": ("me.wav", b"RIFF nothing")})
    assert answer.status_code == 422, answer.text
    assert isinstance(answer.json()["detail"], str)
    store = pocket.api.services.store
    assert [item.key for folder in ("voices/", "uploads/") for item in store.list(folder, 10).objects] == []


def test_voices(pocket: RunningServer) -> None:
    """The list has the engine's voices and those of the bucket, and requests may name each of them."""
    store = pocket.api.services.store
    store.put("voices/Anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    try:
        assert pocket.client.get("/voices").json() == {"voices": ["alba", "Anna"]}
        answer = pocket.client.post("/tts", json={"text": TEXT, "voice": "Anna.wav"})
        assert record(pocket, answer).result["voice"] == "Anna"
    finally:
        pocket.client.post("/runsync", json={"input": {"endpoint": "delete_voice", "voice_name": "Anna"}})


def test_default_engine_speaks_without_pocket(server: RunningServer) -> None:
    """A worker without pocket speaks with its default engine, which refuses a recording if it does not clone."""
    assert record(server, server.client.post("/tts", json={"text": TEXT})).result["engine"] == "espeak"
    assert server.client.get("/voices").json() == {"voices": ["default"]}
    files = {"voice_wav": ("me.wav", b"RIFF")}
    answer = server.client.post("/tts", data={"text": TEXT}, files=files)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("voice_wav: the engine espeak, which speaks here, has no cloned voices")


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"text": ""}, 400, "text: is empty"),
        ({}, 400, "text: is required"),
        ({"text": ["a"]}, 400, "text: must be text"),
        ({"text": TEXT, "voice": "bob"}, 404, "voice: there is no 'bob' here; there is alba"),
        ({"text": TEXT, "voice": "hf://kyutai/tts-voices/x.wav"}, 404, "there is alba"),
        ({"text": TEXT, "voice": "file:///etc/passwd"}, 404, "there is alba"),
        ({"text": TEXT, "voice": "alba", "voice_url": "alba"}, 400, "voice and voice_url each give a voice"),
        ({"text": TEXT, "voice_url": "http://127.0.0.1:1/x.wav"}, 400, "voice_url: "),
        ({"text": TEXT, "voice": "x" * 10_000}, 400, "voice: must have at most 8192 characters"),
    ],
)
def test_hostile_fields(pocket: RunningServer, fields: dict[str, Any], status: int, word: str) -> None:
    """What no speech can be made of is refused with a sentence in ``detail``."""
    answer = pocket.client.post("/tts", json=fields)
    assert (answer.status_code, word in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b""),
        ("application/json", b"[]"),
        ("application/json", b"[" * 200_000),
        ("text/plain", b"text=Hello"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--y"),
        ("application/x-www-form-urlencoded", b"&".join(b"%d=1" % number for number in range(200))),
    ],
)
def test_hostile_bodies(server: RunningServer, media_type: str, body: bytes) -> None:
    """A body that is neither an object of JSON nor a form is refused in this dialect's form."""
    answer = server.client.post("/tts", content=body, headers={"content-type": media_type})
    assert answer.status_code == 400, answer.text
    assert isinstance(answer.json()["detail"], str)


def test_too_large_recording(tmp_path: Path) -> None:
    """A recording over MAX_UPLOAD_BYTES is refused."""
    folder = tiny_pocket.make(tmp_path / "pocket", voice="alba")
    environ = {
        "ENGINES": "pocket", "POCKET_DIR": str(folder), "LOCAL_STORE": str(tmp_path), "MAX_UPLOAD_BYTES": "1000",
    }  # fmt: skip
    with running(make_services(Settings.read(environ))) as server:
        answer = server.client.post("/tts", data={"text": TEXT}, files={"voice_wav": ("me.wav", b"x" * 2000)})
    assert (answer.status_code, "voice_wav" in answer.json()["detail"]) == (413, True)
