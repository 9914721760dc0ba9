"""Speech, conversion, voices and configuration in the dialect of Chatterbox TTS Extended Plus."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import soundfile

from handler import jobs
from handler.app import make_services
from handler.protocols import Services
from handler.settings import Settings
from tests.support import tiny_chatterbox
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Louder, registry

TEXT = "Hello there."
CODECS = {"wav": "PCM_16", "mp3": "MPEG_LAYER_III", "flac": "PCM_16", "ogg": "OPUS"}


@pytest.fixture(scope="module")
def chatterbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the default engine espeak, a small model of Chatterbox, and the voice anna."""
    folder = tiny_chatterbox.make(tmp_path_factory.mktemp("chatterbox"), "original")
    environ = {
        "ENGINES": "espeak,chatterbox", "CHATTERBOX_MODEL": "original", "CHATTERBOX_DIR": str(folder),
        "LOCAL_STORE": str(folder / "store"), "ALIGNERS": "sphinx",
    }  # fmt: skip
    services = make_services(Settings.read(environ))
    _put_anna(services)
    with running(with_writer(services, Writer(HUMAN_TEXT, "en"))) as server:
        yield server
    if (engine := services.engines.loaded("chatterbox")) is not None:
        getattr(engine, "close")()  # noqa: B009 - the protocol has none


@pytest.fixture
def converting(services: Services) -> Iterator[RunningServer]:
    """A server with espeak, a converter, and the voice anna."""
    _put_anna(services)
    services = replace(services, converters=registry(louder=Louder()))
    with running(with_writer(services, Writer(HUMAN_TEXT, "en"))) as server:
        yield server


def _put_anna(services: Services) -> None:
    services.store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    services.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")


def result(server: RunningServer, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return jobs.load(server.api.services.store, answer.headers["x-job-id"]).result


def error(answer: httpx.Response) -> dict[str, Any]:
    """The error of an answer, which has the form of this dialect."""
    told: dict[str, Any] = answer.json()
    assert told.keys() == {"success", "error", "detail", "error_code", "timestamp"}
    assert told["success"] is False
    return told


def seconds(body: bytes) -> float:
    return float(soundfile.info(io.BytesIO(body)).duration)


def test_speaks_with_chatterbox(chatterbox: RunningServer) -> None:
    """The voice, the engine's own options, the seed and the pace reach the job; the answer is its own file."""
    body = {"text": TEXT, "reference_audio_filename": "people/anna.mp3", "exaggeration": 0.7, "seed": 42}
    answer = chatterbox.client.post("/api/v1/tts", json=body | {"cfg_weight": 0.4, "speed_factor": 1.5})
    made = result(chatterbox, answer)
    assert [made[name] for name in ("engine", "voice", "seed")] == ["chatterbox", "anna", 42]
    assert answer.content == chatterbox.api.services.store.get(f"output/{made['job_id']}.wav")
    assert "x-ignored-fields" not in answer.headers
    livelier = chatterbox.client.post("/api/v1/tts", json=body | {"exaggeration": 1.5, "cfg_weight": 0.4})
    assert livelier.content != answer.content


def test_recording_by_its_link_is_a_voice_for_one_request(chatterbox: RunningServer) -> None:
    """A link that cannot be fetched is refused by the name of its field, and leaves no voice behind."""
    body = {"text": TEXT, "reference_audio_filename": "http://127.0.0.1:1/a.wav"}
    told = error(chatterbox.client.post("/api/v1/tts", json=body))
    assert (told["error_code"], told["error"].partition(":")[0]) == ("VALIDATION_ERROR", "reference_audio_filename")
    names = [voice["name"] for voice in chatterbox.client.get("/api/v1/voices").json()["voices"]]
    assert names == ["default", "anna"]


def test_other_fields_of_that_server_are_named_as_ignored(server: RunningServer) -> None:
    """Without chatterbox the default engine speaks; what it has no use for is told, and never put into a header raw."""
    body = {"text": TEXT, "exaggeration": 0.7, "use_auto_editor": True, "whisper_model_name": "medium"}
    answer = server.client.post("/api/v1/tts", json=body | {"a\r\nX-Evil: 1": 1})
    assert result(server, answer)["engine"] == "espeak"
    assert answer.headers["x-ignored-fields"] == "exaggeration, use_auto_editor, whisper_model_name"
    assert "x-evil" not in answer.headers
    told = server.client.post("/api/v1/tts?response_mode=url", json=body).json()
    assert told["warnings"][-1].endswith("no effect here: exaggeration, use_auto_editor, whisper_model_name")


def test_url_mode_has_a_link_to_each_format(server: RunningServer) -> None:
    """Each format is a file of the store with the same speech, and the answer has the seed that was used."""
    body = {"text": TEXT, "seed": 7, "export_formats": ["mp3", "wav", "flac", "ogg", "mp3"]}
    answer = server.client.post("/api/v1/tts?response_mode=url", json=body)
    told = answer.json()
    assert [told[name] for name in ("success", "generation_seed_used", "warnings")] == [True, 7, []]
    assert told["processing_time_seconds"] > 0
    assert [each["format"] for each in told["output_files"]] == ["mp3", "wav", "flac", "ogg"]
    lengths = []
    for each in told["output_files"]:
        with urllib.request.urlopen(each["url"]) as file:
            content = file.read()
        assert each["filename"].endswith(f".{each['format']}")
        assert soundfile.info(io.BytesIO(content)).subtype == CODECS[each["format"]]
        assert b"trainedAlgorithmicMedia" in content
        lengths.append(seconds(content))
    assert max(lengths) - min(lengths) < 0.06


def test_formats_by_default(server: RunningServer) -> None:
    """The body is a wav; an answer of links has wav and mp3."""
    assert server.client.post("/api/v1/tts", json={"text": TEXT}).headers["content-type"] == "audio/wav"
    told = server.client.post("/api/v1/tts?response_mode=url", json={"text": TEXT}).json()
    assert [each["format"] for each in told["output_files"]] == ["wav", "mp3"]
    answer = server.client.post("/api/v1/tts", json={"text": TEXT, "export_formats": None, "exaggeration": None})
    assert (answer.status_code, "x-ignored-fields" in answer.headers) == (200, False)


def test_stream_mode_sends_one_format_and_links_to_the_others(server: RunningServer) -> None:
    """The format asked for comes first, whether the list has it or not."""
    body = {"text": TEXT, "export_formats": ["wav", "flac"]}
    answer = server.client.post("/api/v1/tts?return_format=mp3", json=body)
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["content-disposition"].endswith('.mp3"')
    assert soundfile.info(io.BytesIO(answer.content)).subtype == CODECS["mp3"]
    others = dict(each.split(":", 1) for each in answer.headers["x-alternative-formats"].split("|"))
    assert list(others) == ["wav", "flac"]
    with urllib.request.urlopen(others["flac"]) as file:
        assert soundfile.info(io.BytesIO(file.read())).format == "FLAC"


def test_recording_of_a_form_is_converted(converting: RunningServer) -> None:
    """A recording that is sent along is converted to the voice, and is in the store no more."""
    files = {"input_audio": ("me.wav", HUMAN_CLIP.read_bytes(), "audio/wav")}
    data = {"target_voice_source": "people/anna.wav", "chunk_sec": "30", "export_formats": "mp3, wav"}
    answer = converting.client.post("/api/v1/vc", data=data, files=files)
    made = result(converting, answer)
    assert [made[name] for name in ("engine", "voice")] == ["louder", "anna"]
    assert (answer.headers["content-type"], answer.headers["x-ignored-fields"]) == ("audio/mpeg", "chunk_sec")
    assert seconds(answer.content) == pytest.approx(seconds(HUMAN_CLIP.read_bytes()), abs=0.1)
    assert converting.api.services.store.list("uploads/", 10).objects == ()


def test_recording_of_a_form_is_the_voice(converting: RunningServer) -> None:
    """The voice may be sent along, too; it is deleted after the request."""
    files = {name: ("me.wav", HUMAN_CLIP.read_bytes(), "audio/wav") for name in ("input_audio", "target_voice")}
    made = result(converting, converting.client.post("/api/v1/vc", files=files))
    assert made["voice"].startswith("temporary-")
    keys = {item.key for item in converting.api.services.store.list("voices/", 10).objects}
    assert keys == {"voices/anna.wav", "voices/anna.txt"}


def test_file_of_a_job_is_converted(converting: RunningServer) -> None:
    """What this server has spoken is converted by the name of its file, as an answer of links has it."""
    spoken = converting.client.post("/api/v1/tts?response_mode=url", json={"text": TEXT}).json()["output_files"][1]
    body = {"input_audio_source": spoken["filename"], "target_voice_source": "anna.wav"}
    told = converting.client.post("/api/v1/vc?response_mode=url", json=body).json()
    assert [each["format"] for each in told["output_files"]] == ["wav", "mp3"]


def test_voices(chatterbox: RunningServer) -> None:
    """Pages of the voices that requests may name, filtered by what is searched for."""
    page = chatterbox.client.get("/api/v1/voices").json()
    own, voice = page.pop("voices")
    assert (own["name"], own["url"], own["format"]) == ("default", "default", None)
    assert (voice["name"], voice["url"], voice["format"]) == ("anna", "anna.wav", "wav")
    assert voice["file_size_bytes"] == HUMAN_CLIP.stat().st_size
    assert page == {
        "count": 2, "page": 1, "page_size": 50, "total_pages": 1, "has_next": False, "has_previous": False,
    }  # fmt: skip
    assert chatterbox.client.get("/api/v1/voices?search=ANN").json()["count"] == 1
    assert chatterbox.client.get("/api/v1/voices?search=bob").json()["count"] == 0


def test_pages_of_voices(chatterbox: RunningServer) -> None:
    """Each voice is on one page, and the pages say where they stand."""
    store = chatterbox.api.services.store
    others = ["bob", "cleo"]
    for name in others:
        store.put(f"voices/{name}.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    try:
        pages = [chatterbox.client.get(f"/api/v1/voices?page={page}&page_size=2").json() for page in (1, 2, 3)]
    finally:
        for name in others:
            store.delete(f"voices/{name}.wav")
    assert [[voice["name"] for voice in page["voices"]] for page in pages] == [["default", "anna"], ["bob", "cleo"], []]
    assert [(page["total_pages"], page["has_next"], page["has_previous"]) for page in pages] == [
        (2, True, False), (2, False, True), (2, False, True),
    ]  # fmt: skip


def test_config_has_no_secret(environ: dict[str, str]) -> None:
    """It has the defaults of requests and the limits, and nothing of what the settings hide."""
    environ |= {"API_KEYS": "me:a-very-secret-key-0123", "AWS_SECRET_ACCESS_KEY": "another-secret-0123"}
    with running(make_services(Settings.read(environ))) as server:
        answer = server.client.get("/api/v1/config", headers={"Authorization": "Bearer a-very-secret-key-0123"})
    assert "secret" not in answer.text
    config = answer.json()
    assert config["tts_defaults"]["speed_factor"] == 1.0
    assert config["supported_formats"] == ["wav", "mp3", "flac", "ogg", "opus", "m4a"]
    assert config["api_limits"]["max_text_length"] == 20_000


@pytest.mark.parametrize(
    ("path", "body", "code", "word"),
    [
        ("tts", {"text": ""}, "VALIDATION_ERROR", "text: is empty"),
        ("tts", {}, "VALIDATION_ERROR", "text: is required"),
        ("tts", {"text": TEXT, "seed": -1}, "VALIDATION_ERROR", "seed: must be at least 0"),
        ("tts", {"text": TEXT, "seed": 1 << 70}, "VALIDATION_ERROR", "seed: must be at most"),
        ("tts", {"text": TEXT, "speed_factor": "fast"}, "VALIDATION_ERROR", "speed_factor: must be a number"),
        ("tts", {"text": TEXT, "export_formats": ["avi"]}, "VALIDATION_ERROR", "export_formats.0: must be one of"),
        ("tts", {"text": TEXT, "export_formats": []}, "VALIDATION_ERROR", "export_formats: must name at least one"),
        ("tts?return_format=avi", {"text": TEXT}, "VALIDATION_ERROR", "return_format: must be one of"),
        ("tts?response_mode=x", {"text": TEXT}, "VALIDATION_ERROR", "response_mode: must be one of"),
        ("tts", {"text": TEXT, "reference_audio_filename": "bob.wav"}, "RESOURCE_NOT_FOUND", "there is no 'bob' here"),
        ("tts", {"text": TEXT, "reference_audio_filename": "../../etc/passwd"}, "RESOURCE_NOT_FOUND", "'passwd'"),
        ("vc", {}, "VALIDATION_ERROR", "target_voice_source: is required"),
        ("vc", {"target_voice_source": "anna"}, "VALIDATION_ERROR", "input_audio_source: send it"),
        ("vc", {"target_voice_source": "bob", "input_audio_source": "x.wav"}, "RESOURCE_NOT_FOUND", "there is anna"),
        ("vc", {"target_voice_source": "anna", "input_audio_source": "nobody.wav"}, "RESOURCE_NOT_FOUND", "nobody"),
        ("vc", {"target_voice_source": "anna", "input_audio_source": "/"}, "VALIDATION_ERROR", "input_audio_source:"),
        (
            "vc",
            {"target_voice_source": "anna", "input_audio_source": "http://127.0.0.1:1/"},
            "VALIDATION_ERROR",
            "source: has port",
        ),
        ("vc", {"target_voice_source": 5, "input_audio_source": []}, "VALIDATION_ERROR", "must be text"),
    ],
)
def test_hostile_fields(converting: RunningServer, path: str, body: dict[str, Any], code: str, word: str) -> None:
    """What nothing can be made of is refused in this dialect's form, by the name that the client sent."""
    answer = converting.client.post(f"/api/v1/{path}", json=body)
    told = error(answer)
    assert answer.status_code == {"VALIDATION_ERROR": 400, "RESOURCE_NOT_FOUND": 404}[code]
    assert (told["error_code"], word in told["error"]) == (code, True), told


@pytest.mark.parametrize("path", ["tts", "vc"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 200_000, json.dumps({"text": "\ud800"}).encode()])
def test_hostile_bodies(server: RunningServer, path: str, body: bytes) -> None:
    """A body that is no object of JSON is refused in this dialect's form."""
    answer = server.client.post(f"/api/v1/{path}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert error(answer)["error_code"] == "VALIDATION_ERROR"


def test_worker_without_a_converter(server: RunningServer, services: Services) -> None:
    """A worker that cannot convert says so, with the code of a model that is not there."""
    _put_anna(services)
    files = {"input_audio": ("me.wav", HUMAN_CLIP.read_bytes(), "audio/wav")}
    with running(replace(services, converters=registry())) as server:
        answer = server.client.post("/api/v1/vc", data={"target_voice_source": "anna"}, files=files)
        both = server.client.post("/api/v1/vc", files=files | {"target_voice": files["input_audio"]})
    assert (answer.status_code, error(answer)["error_code"]) == (503, "MODEL_LOAD_ERROR")
    assert error(both)["error"] == error(answer)["error"] == "no voice can be converted here: this version has none"
    assert not services.tally, "no recording was kept, and no voice made or deleted"


def test_file_that_is_no_recording_is_refused(converting: RunningServer) -> None:
    """What cannot be decoded is refused, and is in the store no more."""
    files = {"input_audio": ("me.wav", b"RIFF nothing", "audio/wav")}
    answer = converting.client.post("/api/v1/vc", data={"target_voice_source": "anna"}, files=files)
    assert (answer.status_code, error(answer)["error_code"]) == (422, "BAD_REFERENCE")
    assert converting.api.services.store.list("uploads/", 10).objects == ()


def test_files_in_a_bucket(s3_environ: dict[str, str]) -> None:
    """With a bucket the links are signed by it, and a recording that is sent along takes its way through it."""
    services = make_services(Settings.read(s3_environ | {"TTS_ENGINE": "espeak", "ALIGNERS": "sphinx"}))
    _put_anna(services)
    services = replace(services, converters=registry(louder=Louder()))
    files = {"input_audio": ("me.wav", HUMAN_CLIP.read_bytes(), "audio/wav")}
    data = {"target_voice_source": "anna", "export_formats": "wav,flac"}
    with running(services) as server:
        answer = server.client.post("/api/v1/vc?response_mode=url", data=data, files=files)
        assert answer.status_code == 200, answer.text
        for each in answer.json()["output_files"]:
            assert "Signature" in each["url"]
            with urllib.request.urlopen(each["url"]) as file:
                assert seconds(file.read()) == pytest.approx(seconds(HUMAN_CLIP.read_bytes()), abs=0.1)
    assert services.store.list("uploads/", 10).objects == ()
