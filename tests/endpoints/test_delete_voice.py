"""delete_voice: a voice goes with all that belongs to it, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.errors import NotFound
from handler.protocols import Services
from handler.voices import library
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.voice_recordings import Cloner, human, unheard


def test_delete_removes_all_files_of_a_voice(services: Services, web: Web, tmp_path: Path) -> None:
    """Recording, clip and record leave the bucket; the voice is not listed or found, and its name is free."""
    link = web.put("/clip", human())
    for name in ("anna", "bob"):
        call(services, "upload", voice_name=name, voice_file_url=link, ref_text=TEXT)
    assert call(services, "delete_voice", voice_name="anna.wav") == {"status": "deleted", "voice_name": "anna"}
    assert [voice["name"] for voice in call(services, "list_voices")["voices"]] == ["bob"]
    with pytest.raises(NotFound):
        library.resolve("anna", None, Cloner(), services, warn=unheard)
    left = {path.relative_to(tmp_path / "store") for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert {path.name for path in left if path.parts[0] != "jobs"} == {"bob.wav", "bob.json"}
    assert library.resolve("bob", None, Cloner(), services, warn=unheard).text == TEXT


def test_deleting_an_unknown_voice_is_not_found(services: Services) -> None:
    """An unknown voice is not_found, with similar names; an impossible name is a bad request."""
    services.store.put("voices/anna.wav", b"", "audio/wav")
    refused(call(services, "delete_voice", voice_name="ana"), "not_found", "voice_name", "ana", "did you mean anna")
    refused(call(services, "delete_voice", voice_name="../anna"), "bad_request", "voice_name")
    refused(call(services, "delete_voice"), "bad_request", "voice_name", "required")


def test_voice_without_a_record_is_deleted(services: Services, tmp_path: Path) -> None:
    """A voice that was put by hand loses its wav and its txt."""
    services.store.put("voices/anna.wav", b"", "audio/wav")
    services.store.put("voices/anna.txt", b"", "text/plain")
    assert call(services, "delete_voice", voice_name="anna")["status"] == "deleted"
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
