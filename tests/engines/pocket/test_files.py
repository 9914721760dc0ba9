"""The files of `pocket`'s models: pinned by upstream's own configurations, and the gated repository explained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handler import models
from handler.cancellation import NEVER
from handler.engines.pocket import files
from handler.engines.pocket.engine import PocketEngine
from handler.errors import ConfigError
from handler.models import HubModel
from handler.settings import Settings
from tests.support import hf_hub, tiny_pocket

hub = hf_hub.hub

GATED, OPEN = "kyutai/pocket-tts", "kyutai/pocket-tts-without-voice-cloning"
ENGLISH = "languages/english"
NAMES = sorted(path.stem for path in files._packaged("english").parent.glob("*.yaml"))
"""Every configuration of the package."""

LICENSES = {
    "kyutai/tts-voices/alba-mackenna": "CC-BY-4.0",
    "kyutai/tts-voices/vctk": "CC-BY-4.0",
    "kyutai/pocket-tts/cml_tts": "CC-BY-4.0",
    "kyutai/tts-voices/voice-donations": "CC0-1.0",
    "kyutai/tts-voices/voice-zero": "CC0-1.0",
}
"""By the beginning of a recording's address."""


def settings_of(folder: Path, **environ: str) -> Settings:
    return Settings.read({"MODELS_DIR": str(folder)} | environ)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cloning", ["true", "false"])
def test_each_file_is_pinned(name: str, cloning: str, tmp_path: Path) -> None:
    """Weights, tokenizer and default voice are files at a commit; only the weights that clone are gated."""
    needed = files.needed(settings_of(tmp_path, POCKET_MODEL=name, POCKET_CLONING=cloning))
    assert list(needed) == ["weights", "tokenizer", "voice"]
    for model in needed.values():
        assert isinstance(model, HubModel)
        assert model.pinned
        assert len(model.revision) == 40
    repositories = [model.repository for model in needed.values() if isinstance(model, HubModel)]
    assert repositories == [GATED if cloning == "true" else OPEN, OPEN, OPEN]


def test_known_checksums_are_of_configured_files(tmp_path: Path) -> None:
    """Each file whose checksum is written down is one that a configuration names, at its commit."""
    found = [
        model
        for cloning in ("true", "false")
        for model in files.needed(
            settings_of(tmp_path, POCKET_MODEL="english_2026-09", POCKET_CLONING=cloning)
        ).values()
    ]
    known = {f"{model.repository}/{model.known[0][0]}@{model.revision}" for model in found if model.known}  # type: ignore[attr-defined]
    assert known == set(files.KNOWN)


def test_unknown_model_is_an_error_of_the_settings(tmp_path: Path) -> None:
    """A name that is no configuration is answered with a near one, one of no language with the languages."""
    with pytest.raises(ConfigError, match="POCKET_MODEL is 'english_25l'; did you mean english"):
        files.needed(settings_of(tmp_path, POCKET_MODEL="english_25l"))
    with pytest.raises(ConfigError, match="POCKET_MODEL is 'inglish'; did you mean english"):
        files.needed(settings_of(tmp_path, POCKET_MODEL="inglish"))


def test_voices_may_be_used_commercially(tmp_path: Path) -> None:
    """Voices that forbid commercial use are not offered; the default ones are."""
    found = {voice.name: voice for voice in files.voices(settings_of(tmp_path))}
    assert not {"cosette", "jean"} & found.keys()
    assert {voice.license for voice in found.values()} == {"CC-BY-4.0", "CC-BY-4.0; the recording of the voice CC0-1.0"}
    assert {voice.language for voice in found.values()} == {"en"}
    assert not any(voice.on_disk for voice in found.values())
    assert {files.DEFAULT_VOICE, *files.DEFAULT_VOICES.values()} <= found.keys()
    assert files.default_voice(settings_of(tmp_path, POCKET_MODEL="dutch")) == "daan"


def test_voices_are_those_of_the_package(tmp_path: Path) -> None:
    """Each voice is one of the package's, at its commit, and has the licence of the recording that it was made of."""
    from pocket_tts.utils.utils import _ORIGINS_OF_PREDEFINED_VOICES, get_predefined_voice

    for name, license_ in files.VOICES.items():
        origin = _ORIGINS_OF_PREDEFINED_VOICES[name].removeprefix("hf://")
        assert [LICENSES[start] for start in LICENSES if origin.startswith(start)] == [license_], name
        assert files._voice_source(settings_of(tmp_path), name) == get_predefined_voice("english", name)


def test_folder_of_official_files(tmp_path: Path) -> None:
    """In POCKET_DIR official weights need no configuration, and have their licence; other contents another version."""
    with pytest.raises(ConfigError, match=r"no tokenizer\.model"):
        files.find(folder_with(tmp_path, "english_18m_2026-10", "tokenizer.json"))
    settings = folder_with(tmp_path, "english_18m_2026-10", "tokenizer.model")
    found = files.find(settings)
    assert (found.license, found.tokenizer.name) == ("CC-BY-4.0", "tokenizer.model")
    assert found.config["flow_lm"]["lookup_table"]["tokenizer"] == "sentencepiece"
    (tmp_path / "model.safetensors").write_bytes(b"others")
    assert files.find(settings).version != found.version
    assert files.default_voice(settings) == ""
    assert files.needed(settings) == {}


def folder_with(folder: Path, model: str, tokenizer: str) -> Settings:
    for name in ("model.safetensors", tokenizer):
        (folder / name).write_bytes(b"content")
    return Settings.read({"POCKET_MODEL": model, "POCKET_DIR": str(folder)})


def test_larger_models_need_more_memory(tmp_path: Path) -> None:
    """24 layers are planned with more memory than 6, which take more than their weights."""
    small, large = (files.memory_bytes(settings_of(tmp_path, POCKET_MODEL=f"french{end}")) for end in ("", "_24l"))
    assert 440_000_000 < small < large


@pytest.fixture
def filled(hub: hf_hub.Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> hf_hub.Hub:
    """A hub with a tiny model in upstream's places, and a configuration that names its commit."""
    folder = tiny_pocket.make(tmp_path / "tiny", voice="alba")
    content = {name: (folder / name).read_bytes() for name in ("model.safetensors", "tokenizer.json")}
    voice = (folder / "embeddings" / "alba.safetensors").read_bytes()
    hub.repositories[GATED] = {f"{ENGLISH}/model.safetensors": content["model.safetensors"]}
    hub.repositories[OPEN] = {f"{ENGLISH}/{name}": body for name, body in content.items()} | {
        f"{ENGLISH}/embeddings/alba.safetensors": voice
    }
    commit = hf_hub.COMMIT
    config: dict[str, Any] = tiny_pocket.config() | {
        "weights_path": f"hf://{GATED}/{ENGLISH}/model.safetensors@{commit}",
        "weights_path_without_voice_cloning": f"hf://{OPEN}/{ENGLISH}/model.safetensors@{commit}",
    }
    config["flow_lm"]["lookup_table"]["tokenizer_path"] = f"hf://{OPEN}/{ENGLISH}/tokenizer.json@{commit}"
    path = tmp_path / "english.yaml"
    path.write_text(json.dumps(config), "utf-8")
    monkeypatch.setattr(files, "_packaged", lambda _: path)
    monkeypatch.setattr(files, "VOICES_COMMIT", commit)
    return hub


def test_model_is_fetched_once(filled: hf_hub.Hub, tmp_path: Path) -> None:
    """A start fetches weights and tokenizer, the first speech its voice; the next start asks the hub nothing."""
    settings = settings_of(tmp_path / "models")
    assert GATED in str(files.missing(settings))
    engine = PocketEngine(settings)
    assert files.missing(settings) is None
    assert engine.model_license == "CC-BY-4.0"
    assert engine._version == f"pocket-english-{hf_hub.COMMIT[:8]}"
    assert filled.asked[f"{ENGLISH}/embeddings/alba.safetensors"] == 0
    engine._state(engine.default_voice("en"), NEVER)
    assert filled.asked[f"{ENGLISH}/embeddings/alba.safetensors"] == 1
    assert next(voice for voice in files.voices(settings) if voice.name == "alba").on_disk
    engine.close()
    filled.asked.clear()
    again = PocketEngine(settings)
    again._state(again.default_voice("en"), NEVER)
    again.close()
    assert not filled.asked


def test_gated_repository_is_explained_in_a_sentence(filled: hf_hub.Hub, tmp_path: Path) -> None:
    """Without access, a start and a pull name the repository, its terms, HF_TOKEN and the way without."""
    filled.gated.add(GATED)
    settings = settings_of(tmp_path / "models")
    with pytest.raises(ConfigError) as caught:
        PocketEngine(settings)
    message = caught.value.message
    assert message.count(". ") == 0
    for part in (f"gated repository {GATED}", "accept the terms", "HF_TOKEN", "POCKET_CLONING=false"):
        assert part in message
    engine = PocketEngine(settings_of(tmp_path / "models", POCKET_CLONING="false"))
    assert not engine.supports_cloning
    engine.close()


def test_weights_of_another_commit_do_not_count(filled: hf_hub.Hub, tmp_path: Path) -> None:
    """Files of another version in the cache, of the same names, are not taken for the model's."""
    settings = settings_of(tmp_path / "models")
    weights = files.needed(settings)["weights"]
    folder = models.fetch(settings, weights)
    folder.rename(folder.with_name("b" * 40))
    assert weights.find(settings) is None


def test_commands_name_the_gated_repository(tmp_path: Path) -> None:
    """`models list` and `doctor` say how the gated weights are had."""
    environ = {"PATH": os.environ["PATH"], "MODELS_DIR": str(tmp_path), "ENGINES": "pocket", "HF_HUB_OFFLINE": "1"}
    environ |= {"LOCAL_STORE": str(tmp_path / "store")}
    for command in (["models", "list", "pocket"], ["doctor"]):
        call = [sys.executable, "-m", "handler", *command]
        reply = subprocess.run(call, capture_output=True, text=True, env=environ, timeout=120, check=False)
        assert f"accept the terms of the gated repository {GATED}" in " ".join(reply.stdout.split()), reply.stdout
