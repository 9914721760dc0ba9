"""The speakers that `qwen3` has without being loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.engines.qwen3 import BACKEND, speakers
from handler.settings import Settings
from tests.support import tiny_qwen3


def names(**environ: str) -> list[str]:
    return [voice.name for voice in BACKEND.voices(Settings.read(environ))]


def test_official_speakers_are_those_of_custom_voice(tmp_path: Path) -> None:
    """Both sizes of CustomVoice have nine, which are not on an empty disk; the other kinds have none."""
    models = {"MODELS_DIR": str(tmp_path)}
    for size in ("1.7b", "0.6b"):
        found = BACKEND.voices(Settings.read(models | {"QWEN3_MODEL": f"custom-voice-{size}"}))
        assert len({voice.name for voice in found}) == 9
        assert all(voice.license == "Apache-2.0" and voice.language is None for voice in found)
        assert not any(voice.on_disk for voice in found)
    assert names(QWEN3_MODEL="base-1.7b") == names(QWEN3_MODEL="voice-design-1.7b") == []


def test_own_folder_names_its_speakers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The speakers of a folder of one's own are those of its config.json; one without it has none, and says so."""
    environ = {"QWEN3_MODEL": "custom-voice-1.7b", "QWEN3_DIR": str(tmp_path)}
    assert names(**environ) == []
    assert "QWEN3_DIR" in caplog.text
    tiny_qwen3.make(tmp_path, "custom_voice")
    assert names(**environ) == ["dylan", "ryan", "vivian"]
    assert all(voice.on_disk for voice in BACKEND.voices(Settings.read(environ)))


def test_default_speaker_is_a_native_one() -> None:
    """A language's own speaker is the default, else one of English, else any that the model has."""
    known = tuple(name for group in speakers.NATIVE.values() for name in group)
    assert [speakers.default(language, known) for language in ("zh", "en", "ja", "ko", "de")] == [
        "vivian", "ryan", "ono_anna", "sohee", "ryan",
    ]  # fmt: skip
    assert speakers.default("ja", ("me", "aiden")) == "aiden"
    assert speakers.default("ja", ("me",)) == "me"
