"""handler voices: here and on a server."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT


def test_voice_is_added_shown_heard_and_deleted(handler: Shell, place: str) -> None:
    """A voice of a recording is listed with its length, described, written to a file, and removed."""
    added = handler(f"voices add anna --tags calm,low --license CC0{place}", str(HUMAN_CLIP), "--text", HUMAN_TEXT)
    assert added.code == 0, added.err
    assert HUMAN_TEXT in added.out
    # The engines of a server are not known here.
    assert ("no engine here clones" in added.err) == (not place)
    (row,) = handler(f"voices list ann{place}").lines
    assert row.split()[0] == "anna"
    assert row.endswith("CC0")
    shown = handler(f"voices show anna --json{place}").json
    assert (shown["tags"], shown["text"]) == (["calm", "low"], HUMAN_TEXT)
    assert handler(f"voices play anna -o clip.wav{place}").lines == ["clip.wav"]
    refused = handler(f"voices play anna -o clip.wav/clip.wav{place}")
    assert (refused.code, "clip.wav/clip.wav cannot be written: " in refused.err) == (1, True)
    with wave.open("clip.wav") as clip:
        assert clip.getnframes() / clip.getframerate() > 2
    kept = handler(f"voices add anna --keep{place}", str(HUMAN_CLIP), "--text", HUMAN_TEXT)
    assert (kept.code, "anna" in kept.err) == (1, True)
    assert handler(f"voices delete anna{place}").code == 0
    assert handler(f"voices list ann{place}").lines == []
    assert handler(f"voices show anna{place}").code == 1


def test_voice_of_an_engine_says_something(handler: Shell) -> None:
    """A voice without a recording is heard by a sentence in its own language."""
    name = handler("voices list piper: --set engines=piper --json").json[0]["name"]
    done = handler(f"voices play {name} -o sample.wav --set engines=piper")
    assert done.code == 0, done.err
    assert Path("sample.wav").stat().st_size > 10_000


def test_machine_without_a_player(handler: Shell, monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """Where nothing can play, the command says which programs can, and the other way."""
    monkeypatch.setenv("PATH", str(here))
    done = handler("voices play anna")
    assert done.code == 1
    assert "aplay" in done.err
    assert "-o" in done.err
