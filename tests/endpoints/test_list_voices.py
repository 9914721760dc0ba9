"""list_voices: what uploads left and what was put there by hand, page by page."""

from __future__ import annotations

import re
import urllib.request

import pytest

from handler.protocols import Services
from handler.voices import registry
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.voice_recordings import human


def test_listed_voice_equals_the_reply_of_its_upload(services: Services, web: Web) -> None:
    """Each entry is the object of upload's reply with size and last_modified; its preview is the recording as a wav."""
    uploaded = call(services, "upload", voice_name="anna", voice_file_url=web.put("/c", human()), ref_text=TEXT)[
        "voice"
    ]
    reply = call(services, "list_voices")
    assert set(reply) == {"status", "voices", "count", "cursor"}
    assert (reply["status"], reply["count"], reply["cursor"]) == ("success", 1, None)
    (voice,) = reply["voices"]
    stored = urllib.request.urlopen(voice["preview_url"]).read()
    assert voice.pop("size") == len(stored)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", voice.pop("last_modified"))
    assert voice == uploaded
    assert registry.digest(stored) == voice["sha256"]


def test_voice_without_a_record_is_listed(services: Services) -> None:
    """A wav put into the bucket by hand has its name, size and preview; unknown fields are null."""
    services.store.put("voices/bob.wav", b"wav", "audio/wav")
    (voice,) = call(services, "list_voices")["voices"]
    assert (voice["name"], voice["filename"], voice["size"], voice["tags"]) == ("bob", "bob.wav", 3, [])
    assert {voice[field] for field in ("text", "duration", "language", "license", "sha256", "created_at")} == {None}
    assert urllib.request.urlopen(voice["preview_url"]).read() == b"wav"


def test_pages_follow_the_cursor(services: Services) -> None:
    """limit sets the page size, cursor gives the next page, prefix filters; cursor is null on the last page."""
    for name in ("ann", "anna", "anna.b", "bob", "Zoe"):
        services.store.put(registry.wav_key(name), b"", "audio/wav")
    seen, cursor = [], None
    while True:
        reply = call(services, "list_voices", limit=2, cursor=cursor)
        seen += [voice["name"] for voice in reply["voices"]]
        if (cursor := reply["cursor"]) is None:
            break
    assert sorted(seen) == ["Zoe", "ann", "anna", "anna.b", "bob"]
    assert {voice["name"] for voice in call(services, "list_voices", prefix="anna")["voices"]} == {"anna", "anna.b"}


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"limit": 0}, "limit"), ({"limit": 1001}, "limit"), ({"limit": "5"}, "limit"),
        ({"prefix": "../"}, "prefix"), ({"prefix": "a/"}, "prefix"),
        ({"cursor": "../x"}, "cursor"), ({"cursor": ""}, "cursor"),
        ({"page": 2}, "page"),
    ],
)  # fmt: skip
def test_bad_field_is_named(services: Services, fields: dict[str, object], word: str) -> None:
    """Limits out of range, prefixes no name can have and cursors that are none of ours are refused by name."""
    refused(call(services, "list_voices", **fields), "bad_request", word)
