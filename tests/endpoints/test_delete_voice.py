"""delete_voice: a voice goes with all that belongs to it, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler import voices
from handler.errors import NotFound
from handler.ports import Tools
from tests.endpoints.conftest import Web, call, refused
from tests.recordings import Cloner, human, unheard
from tests.samples import HUMAN_TEXT as TEXT


def test_a_deleted_voice_is_gone(tools: Tools, web: Web, tmp_path: Path) -> None:
    """Its recording, clip and record leave the bucket; it is neither listed nor found, and its name is free."""
    link = web.put("/clip", human())
    for name in ("anna", "bob"):
        call(tools, "upload", voice_name=name, voice_file_url=link, ref_text=TEXT)
    assert call(tools, "delete_voice", voice_name="anna.wav") == {"status": "deleted", "voice_name": "anna"}
    assert [voice["name"] for voice in call(tools, "list_voices")["voices"]] == ["bob"]
    with pytest.raises(NotFound):
        voices.resolve("anna", None, Cloner(), tools, warn=unheard)
    left = {path.relative_to(tmp_path / "store") for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert {path.name for path in left if path.parts[0] != "jobs"} == {"bob.wav", "bob.json"}
    assert voices.resolve("bob", None, Cloner(), tools, warn=unheard).text == TEXT


def test_a_voice_that_is_not_there(tools: Tools) -> None:
    """It is not_found, with the names it may have been meant to be; a name that cannot be is a bad request."""
    tools.store.put("voices/anna.wav", b"", "audio/wav")
    refused(call(tools, "delete_voice", voice_name="ana"), "not_found", "voice_name", "ana", "did you mean anna")
    refused(call(tools, "delete_voice", voice_name="../anna"), "bad_request", "voice_name")
    refused(call(tools, "delete_voice"), "bad_request", "voice_name", "required")


def test_a_voice_put_by_hand_can_be_deleted(tools: Tools, tmp_path: Path) -> None:
    """Its wav and the txt beside it both go."""
    tools.store.put("voices/anna.wav", b"", "audio/wav")
    tools.store.put("voices/anna.txt", b"", "text/plain")
    assert call(tools, "delete_voice", voice_name="anna")["status"] == "deleted"
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
