"""Voices over OpenAI's dialect: as the official client makes them, and as servers at home list them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openai
import pytest
from openai import OpenAI

from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from handler.voices import registry
from tests.http_api.openai.conftest import official
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Even, with_backends

VOICES = "/v1/audio/voices"


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    """A server that can make voices: a stand-in has heard the clip before."""
    services = with_backends(with_writer(services, Writer(HUMAN_TEXT, "en")), sphinx=Even("sphinx"))
    with running(services) as server:
        yield server


def post(server: RunningServer, body: bytes | None = None, **form: str) -> tuple[int, dict[str, Any]]:
    """The answer to a form with a recording, the human clip unless there is another."""
    sample = HUMAN_CLIP.read_bytes() if body is None else body
    response = server.client.post(VOICES, data=form, files={"audio_sample": ("a.wav", sample, "audio/wav")})
    return response.status_code, response.json()


def put_voice(services: Services, name: str) -> None:
    """A voice as somebody puts it into the store by hand."""
    services.store.put(registry.wav_key(name), HUMAN_CLIP.read_bytes(), registry.WAV)


def test_a_voice_is_made_used_and_deleted(server: RunningServer, client: OpenAI) -> None:
    """The official client makes a voice with the consent of its speaker, finds it, and deletes it."""
    consent = client.audio.voice_consents.create(name="Anna's", language="en-US", recording=HUMAN_CLIP)
    voice = client.audio.voices.create(name="anna", audio_sample=HUMAN_CLIP, consent=consent.id)
    assert (voice.id, voice.name, voice.object, voice.type) == ("anna", "anna", "audio.voice", "audio_sample")
    assert voice.created_at > 1_700_000_000
    listed = server.client.get(f"{VOICES}/anna").json()
    assert (listed["consent"], listed["tags"], listed["language"]) == (consent.id, [], "en")
    record = registry.read_record(server.api.services.store, "anna")
    assert record is not None
    assert record.text == HUMAN_TEXT
    deleted = client.audio.voices.delete("anna")
    assert (deleted.id, deleted.deleted, deleted.object) == ("anna", True, "audio.voice.deleted")
    assert server.client.get(VOICES).json()["data"] == []
    assert server.api.services.store.list("uploads/", 10).objects == ()


def test_a_voice_with_words_of_its_own(server: RunningServer) -> None:
    """The extra fields reach `upload`: the words, the language, a description, and leave to replace."""
    status, voice = post(server, name="anna.wav", ref_text="Some call me nature.", language="en-GB", description="Calm")
    assert (status, voice["id"], voice["language"], voice["description"]) == (200, "anna", "en-GB", "Calm")
    status, answer = post(server, name="anna")
    assert (status, answer["error"]["code"]) == (409, "already_exists")
    assert post(server, name="anna", overwrite="true")[0] == 200


def test_lists_have_both_shapes(services: Services) -> None:
    """One answer is OpenAI's list, page by page, and what servers at home give: voices with id and name."""
    for name in ("anna", "ben", "carl"):
        put_voice(services, name)
    with running(services) as server:
        whole = server.client.get(VOICES).json()
        assert whole["voices"] == [{"id": name, "name": name} for name in ("anna", "ben", "carl")]
        assert (whole["object"], whole["has_more"]) == ("list", False)
        first = server.client.get(VOICES, params={"limit": 2}).json()
        assert ([each["id"] for each in first["data"]], first["has_more"]) == (["anna", "ben"], True)
        rest = server.client.get(VOICES, params={"limit": 2, "after": first["last_id"]}).json()
        assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (["carl"], False)
        assert (rest["first_id"], rest["last_id"]) == ("carl", "carl")
        for wrong in ({"limit": 0}, {"limit": "x"}, {"after": "<img>"}):
            response = server.client.get(VOICES, params=wrong)
            assert (response.status_code, response.json()["error"]["param"]) == (400, next(iter(wrong)))


def test_an_engines_own_voices_are_listed(environ: dict[str, str]) -> None:
    """A voice that comes with an engine is listed, and found by its whole name."""
    with running(make_services(Settings.read(environ | {"ENGINES": "piper"}))) as server:
        voice = server.client.get(f"{VOICES}/piper:en_US-joe-medium").json()
        assert (voice["id"], voice["builtin"], voice["engine"]) == ("piper:en_US-joe-medium", True, "piper")
        assert voice["id"] in [each["id"] for each in server.client.get(VOICES).json()["data"]]


@pytest.mark.parametrize("name", ["ann", "annabel", "%3Cimg%3E", "..%2F..%2Fetc", "x" * 300, "piper:", "%00"])
def test_a_voice_that_is_not_there_is_not_found(services: Services, name: str) -> None:
    """Only the whole name finds a voice; a name that none can have is not found either."""
    put_voice(services, "anna-lena")
    put_voice(services, "anna")
    with running(services) as server:
        response = server.client.get(f"{VOICES}/{name}")
        assert (response.status_code, "error" in response.json() or "detail" in response.json()) == (404, True)
        assert server.client.get(f"{VOICES}/anna").json()["id"] == "anna"


@pytest.mark.parametrize(
    ("form", "body", "status", "param"),
    [
        ({"name": "<img src=x>"}, None, 400, "name"),
        ({"name": "../../etc/passwd"}, None, 400, "name"),
        ({"name": ""}, None, 400, "name"),
        ({}, None, 400, "name"),
        ({"name": "anna", "language": "english language"}, None, 400, "language"),
        ({"name": "anna", "ref_text": "..."}, None, 400, "ref_text"),
        ({"name": "anna", "overwrite": "perhaps"}, None, 400, "overwrite"),
        ({"name": "anna", "type": "prompt"}, None, 400, "type"),
        ({"name": "anna"}, b"", 422, None),
        ({"name": "anna"}, b"no sound" * 1000, 422, None),
        ({"name": "anna", "consent": "cons_0123456789abcdef01234567"}, None, 404, None),
        ({"name": "anna", "consent": "../../voices/anna"}, None, 404, None),
    ],
)
def test_unusable_forms_are_refused(
    server: RunningServer, form: dict[str, str], body: bytes | None, status: int, param: str | None
) -> None:
    """The error has OpenAI's form and names the field; no voice is made, and no upload stays."""
    got, answer = post(server, body, **form)
    assert (got, answer["error"]["param"]) == (status, param), answer
    assert "upload_token" not in json.dumps(answer)
    assert "voice_name" not in json.dumps(answer)
    objects = [info.key for info in server.api.services.store.list("", 100).objects]
    assert not [key for key in objects if not key.startswith("jobs/")]


def test_a_form_without_recording_is_refused(server: RunningServer) -> None:
    """A text in place of the file is refused by its field, and so is none."""
    for form in ({"name": "anna"}, {"name": "anna", "audio_sample": "sound"}):
        response = server.client.post(VOICES, data=form)
        assert (response.status_code, response.json()["error"]["param"]) == (400, "audio_sample")
    assert response.json()["error"]["message"] == "audio_sample: must be a file"


def test_a_large_recording_is_refused(services: Services) -> None:
    """A file over MAX_UPLOAD_BYTES is refused."""
    limited = replace(services, settings=services.settings.model_copy(update={"max_upload_bytes": 1000}))
    with running(limited) as server:
        status, answer = post(server, name="anna")
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert "audio_sample" in answer["error"]["message"]


def test_deleting_what_is_not_there_is_not_found(server: RunningServer) -> None:
    """The official client gets its NotFoundError; a name that no voice can have is a bad request."""
    with official(server) as client, pytest.raises(openai.NotFoundError):
        client.audio.voices.delete("nobody")
    response = server.client.delete(f"{VOICES}/%3Cimg%3E")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "voice")


def test_a_voice_over_http_is_that_of_the_queue(server: RunningServer) -> None:
    """What the form makes is what `upload` makes: list_voices has it without a consent where none was sent."""
    post(server, name="anna")
    reply = dispatch({"input": {"endpoint": "list_voices"}}, server.api.services)
    assert [voice["name"] for voice in reply["voices"]] == ["anna"]
