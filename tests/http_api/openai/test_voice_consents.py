"""Consents as the official client keeps, lists, renames and deletes them."""

from __future__ import annotations

import io

import numpy as np
import openai
import pytest
import soundfile
from openai import OpenAI

from tests.support.http_server import RunningServer
from tests.support.human_clip import HUMAN_CLIP

CONSENTS = "/v1/audio/voice_consents"


def test_a_consent_is_kept_renamed_and_deleted(client: OpenAI, server: RunningServer) -> None:
    """Its recording is in the store as it was sent, until it is deleted."""
    store = server.api.services.store
    made = client.audio.voice_consents.create(name="Anna <img>", language="en-US", recording=HUMAN_CLIP)
    assert (made.name, made.language, made.object) == ("Anna <img>", "en-US", "audio.voice_consent")
    assert made.created_at > 1_700_000_000
    assert store.get(f"consents/{made.id}") == HUMAN_CLIP.read_bytes()
    assert client.audio.voice_consents.retrieve(made.id) == made
    renamed = client.audio.voice_consents.update(made.id, name="Anna Ö.")
    assert (renamed.name, renamed.id, renamed.created_at) == ("Anna Ö.", made.id, made.created_at)
    assert client.audio.voice_consents.retrieve(made.id) == renamed
    deleted = client.audio.voice_consents.delete(made.id)
    assert (deleted.id, deleted.deleted, deleted.object) == (made.id, True, "audio.voice_consent")
    assert store.list("consents/", 10).objects == ()
    with pytest.raises(openai.NotFoundError, match="there is no consent"):
        client.audio.voice_consents.retrieve(made.id)


def test_consents_are_listed_page_by_page(client: OpenAI, server: RunningServer) -> None:
    """The client's own paging gets each of them once; what else is in the folder is none."""
    made = [
        client.audio.voice_consents.create(name=f"n{number}", language="de", recording=HUMAN_CLIP).id
        for number in range(3)
    ]
    store = server.api.services.store
    store.put("consents/cons_0000.json", b"{}", "application/json")
    store.put(f"consents/cons_{'0' * 24}.json", b"no json", "application/json")
    store.put(f"consents/cons_{'1' * 24}.json", b" " * 20_000, "application/json")
    assert sorted(each.id for each in client.audio.voice_consents.list(limit=2)) == sorted(made)
    page = server.client.get(CONSENTS, params={"limit": 2}).json()
    assert (page["object"], page["has_more"], len(page["data"])) == ("list", True, 2)
    assert page["last_id"] == page["data"][-1]["id"]


@pytest.mark.parametrize(("query", "param"), [({"limit": 101}, "limit"), ({"after": "../x"}, "after")])
def test_a_bad_page_is_refused(server: RunningServer, query: dict[str, str], param: str) -> None:
    """The wrong part of the query is named."""
    response = server.client.get(CONSENTS, params=query)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


def silent() -> bytes:
    body = io.BytesIO()
    soundfile.write(body, np.zeros(16_000, np.float32), 16_000, format="WAV")
    return body.getvalue()


@pytest.mark.parametrize(
    ("form", "body", "status", "param"),
    [
        ({"name": "Anna", "language": "en"}, b"", 400, "recording"),
        ({"name": "Anna", "language": "en"}, b"no sound" * 100, 400, "recording"),
        ({"name": "Anna", "language": "en"}, silent(), 400, "recording"),
        ({"name": "Anna", "language": "en"}, b"x" * ((10 << 20) + 1), 413, None),
        ({"name": "Anna", "language": "en"}, HUMAN_CLIP.read_bytes()[:60], 400, "recording"),
        ({"name": "Anna"}, silent(), 400, "language"),
        ({"name": "Anna", "language": "<img>"}, silent(), 400, "language"),
        ({"name": "", "language": "en"}, silent(), 400, "name"),
        ({"name": "a\nb", "language": "en"}, silent(), 400, "name"),
        ({"name": "a" * 201, "language": "en"}, silent(), 400, "name"),
    ],
)
def test_unusable_forms_are_refused(
    server: RunningServer, form: dict[str, str], body: bytes, status: int, param: str | None
) -> None:
    """The error names the field, and nothing is kept."""
    response = server.client.post(CONSENTS, data=form, files={"recording": ("a.wav", body)})
    assert (response.status_code, response.json()["error"]["param"]) == (status, param), response.text
    assert "pattern" not in response.text
    assert server.api.services.store.list("consents/", 10).objects == ()


def test_a_new_name_that_is_no_json_is_refused(client: OpenAI, server: RunningServer) -> None:
    """The body is named, not a place in it."""
    made = client.audio.voice_consents.create(name="Anna", language="en", recording=HUMAN_CLIP)
    response = server.client.post(f"{CONSENTS}/{made.id}", content=b"{")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "body")


@pytest.mark.parametrize("consent", ["cons_0123456789abcdef01234567", "cons_x", "%3Cimg%3E", "anna.json"])
def test_a_consent_that_is_not_there_is_not_found(server: RunningServer, consent: str) -> None:
    """Whatever is asked of it; ids that none can have lead to no key of the store."""
    client, path = server.client, f"{CONSENTS}/{consent}"
    for response in (client.get(path), client.delete(path), client.post(path, json={"name": "new"})):
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
