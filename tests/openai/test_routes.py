"""OpenAI's requests as jobs of a queue: what JSON can say is answered, the rest refused with the way out."""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import soundfile

from handler.app import make_services
from handler.dispatch import dispatch, is_recorded
from handler.protocols import Services
from handler.settings import Settings
from handler.voices import registry
from tests.support.human_clip import HUMAN_CLIP
from tests.support.runpod_queue import Queue, WorkerProcess

ROOT = Path(__file__).parents[2]
SPEECH: dict[str, Any] = {"model": "tts-1", "input": "Hello there.", "voice": "alloy"}


def asked(services: Services, route: object, body: object = None, **job: Any) -> dict[str, Any]:
    """The reply to a request of OpenAI's that came through the queue."""
    return dispatch({**job, "input": {"openai_route": route, "openai_input": body}}, services)


def test_speech_is_a_json_with_a_link(services: Services) -> None:
    """The link reads the audio in the format asked for, by default mp3; the job is one of `generate`."""
    reply = asked(services, "/v1/audio/speech", SPEECH, id="job-1")
    assert (reply["job_id"], reply["format"], reply["model"], reply["object"]) == (
        "job-1", "mp3", "espeak", "audio.speech"
    )  # fmt: skip
    with urllib.request.urlopen(reply["audio_url"]) as file:
        assert soundfile.info(io.BytesIO(file.read())).format == "MP3"
    assert reply["duration"] > 0.5
    assert [warning["code"] for warning in reply["warnings"]] == ["option_ignored"]
    status = dispatch({"input": {"endpoint": "status", "job_id": "job-1"}}, services)
    assert (status["endpoint"], status["state"]) == ("generate", "COMPLETED")


@pytest.mark.parametrize(
    ("asked_for", "ours", "start"), [("wav", "wav", b"RIFF"), ("flac", "flac", b"fLaC"), ("opus", "ogg", b"OggS")]
)
def test_formats_that_a_file_has_are_made(services: Services, asked_for: str, ours: str, start: bytes) -> None:
    """Opus comes as Ogg."""
    reply = asked(services, "/v1/audio/speech", SPEECH | {"response_format": asked_for})
    assert reply["format"] == ours
    assert urllib.request.urlopen(reply["audio_url"]).read(4) == start


@pytest.mark.parametrize("route", ["/v1/models", "v1/models/", "/openai/v1/models", "/v1/audio/models?x=1"])
def test_models_are_listed(services: Services, route: str) -> None:
    """However the route is written; a model is found by its name."""
    assert [model["id"] for model in asked(services, route)["data"]][:2] == ["espeak", "tts-1"]
    assert asked(services, "/v1/models/tts-1")["root"] == "espeak"
    assert asked(services, "/v1/models/x")["error_code"] == "not_found"


def test_voices_are_listed(services: Services) -> None:
    """In both shapes, as over HTTP."""
    services.store.put(registry.wav_key("anna"), HUMAN_CLIP.read_bytes(), registry.WAV)
    reply = asked(services, "/v1/audio/voices")
    assert reply["voices"] == [{"id": "anna", "name": "anna"}]
    assert reply["data"][0]["object"] == "audio.voice"


@pytest.mark.parametrize(
    ("route", "way_out"),
    [
        ("/v1/audio/transcriptions", "send endpoint: align with the audio_url"),
        ("/v1/audio/translations", "no worker translates"),
        ("/v1/audio/voices/anna", "send endpoint: list_voices or delete_voice"),
        ("/v1/audio/voice_consents", "use the HTTP server"),
        ("/v1/chat/completions", "send /v1/audio/speech"),
    ],
)
def test_what_json_cannot_say_has_a_way_out(services: Services, route: str, way_out: str) -> None:
    """The error names the route and what to send instead, in both forms."""
    reply = asked(services, route, {})
    assert reply["error_code"] == "bad_request"
    assert route in reply["error"]
    assert way_out in reply["error"]
    error = reply["openai_error"]
    assert (error["message"], error["type"], error["param"]) == (
        reply["error"], "invalid_request_error", "openai_route"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "param", "message"),
    [
        ({"input": ""}, "input", "is empty"),
        ({"input": None}, "input", "is required"),
        ({"model": "gpt-5"}, "model", "is not here; send espeak"),
        ({"voice": {"id": 5}}, "voice", "must be a voice's name, or an object with its id"),
        ({"voice": "nobody"}, "voice", "there is no voice 'nobody'"),
        ({"voice": "<img>"}, "voice", "must start with a letter"),
        ({"response_format": "pcm"}, "response_format", "a queue has no pcm; send one of mp3, opus, flac, wav"),
        ({"response_format": "midi"}, "response_format", "must be one of"),
        ({"speed": 5}, "speed", "must be at most 4"),
        ({"input": "x" * 4097}, "input", "at most 4096 are allowed"),
    ],
)
def test_bad_requests_are_about_openais_fields(
    services: Services, change: dict[str, Any], param: str | None, message: str
) -> None:
    """What is wrong is said in the names that the client sent."""
    reply = asked(services, "/v1/audio/speech", SPEECH | change)
    unknown = "model" in change or change.get("voice") == "nobody"
    assert reply["error_code"] == ("not_found" if unknown else "bad_request"), reply
    assert message in reply["error"]
    if param:
        assert reply["openai_error"]["param"] == param
        assert reply["issues"][0]["field"] == param


@pytest.mark.parametrize(
    "route", [None, 5, ["/v1/models"], "", "/", "/v2/x", "\ud800", "/v1/models/\ud800", "x" * 10_000]
)
def test_nonsense_is_refused(services: Services, route: object) -> None:
    """Routes that are none, and bodies that are none, get an error that quotes little of them."""
    reply = asked(services, route)
    assert reply["error_code"] in ("bad_request", "not_found")
    assert len(reply["error"]) < 400
    is_recorded({"input": {"openai_route": route}})


@pytest.mark.parametrize("body", ["text", 5, [SPEECH]])
def test_a_body_that_is_no_object_is_refused(services: Services, body: object) -> None:
    """The field of the job is named."""
    reply = asked(services, "/v1/audio/speech", body)
    assert reply["openai_error"]["param"] == "openai_input"


def test_openais_voices_are_those_of_the_setting(environ: dict[str, str]) -> None:
    """A name of OpenAI's is the voice that OPENAI_VOICES gives it, else the default one."""
    settings = Settings.read(environ | {"ENGINES": "piper", "OPENAI_VOICES": "echo=piper:en_US-joe-medium"})
    services = make_services(settings)
    reply = asked(services, "/v1/audio/speech", SPEECH | {"voice": {"id": "echo"}, "model": "piper"})
    assert (reply["voice"], reply["model"]) == ("piper:en_US-joe-medium", "piper")


def test_only_speech_waits_in_the_queue() -> None:
    """Requests that only read never wait behind speech on the HTTP server."""
    assert is_recorded({"input": {"openai_route": "/v1/audio/speech"}})
    assert not is_recorded({"input": {"openai_route": "/v1/models"}})


def test_a_worker_under_the_sdk_serves_the_routes(environ: dict[str, str], tmp_path: Path) -> None:
    """Through the real SDK, speech is the output of a finished job; what cannot be served fails with a sentence."""
    with Queue() as queue, WorkerProcess(queue, "w1", environ | {"ALLOW_LOCAL_STORE": "true"}, tmp_path / "w1.log"):
        queue.submit("said", openai_route="/v1/audio/speech", openai_input=SPEECH)
        queue.submit("refused", openai_route="/v1/audio/transcriptions", openai_input={})
        output, refused = queue.result("said")["output"], queue.result("refused")
    assert (output["job_id"], output["format"]) == ("said", "mp3")
    assert refused["error"].startswith("openai_route: ")
    assert refused["output"]["openai_error"]["message"] == refused["error"]


def test_routes_need_no_server() -> None:
    """The worker of a queue has no fastapi."""
    script = "import sys, handler.dispatch\nprint([name for name in ('fastapi', 'starlette') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
