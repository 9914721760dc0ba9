"""The models of the aligner `whisperx`: whisperX's own tables, models on this disk, models to fetch."""

from __future__ import annotations

import json

import pytest

from handler.aligners import ALIGNERS, whisper_x, whisperx_models
from handler.aligners.whisperx_models import BUNDLES, MMS_FA, REPOSITORIES, ModelSource
from handler.backends import Registry
from handler.errors import ConfigError
from handler.models import FileInfo, download
from handler.settings import Settings
from tests.support import hf_hub
from tests.support.hf_hub import Hub

served = hf_hub.hub


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' files in place of torchaudio's models have another size; failed loads are retried at once."""
    monkeypatch.setattr(whisperx_models, "PINNED", {})
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())


@pytest.fixture
def hub(served: Hub) -> Hub:
    """A hub that has some models: in two forms and with a language model, and in one."""
    names = ("config.json", "vocab.json", "pytorch_model.bin", "model.safetensors", "language_model/5gram.bin")
    for language, held in {"nl": names, "zh": names, "pl": (*names[:3], "flax_model.msgpack")}.items():
        served.repositories[REPOSITORIES[language]] = dict.fromkeys(held, b"{}")
    return served


def test_the_tables_are_whisperxs_own() -> None:
    """Every language and model that whisperX chooses is known here, under the same name."""
    import torchaudio  # type: ignore[import-untyped]
    from whisperx import alignment  # type: ignore[import-untyped]

    bundles = {
        language: getattr(torchaudio.pipelines, name)._path
        for language, name in alignment.DEFAULT_ALIGN_MODELS_TORCH.items()
    }
    assert bundles == BUNDLES
    assert alignment.DEFAULT_ALIGN_MODELS_HF == REPOSITORIES
    assert set(alignment.LANGUAGES_WITHOUT_SPACES) == whisper_x.WITHOUT_SPACES
    assert torchaudio.pipelines.MMS_FA._path == whisperx_models.MMS_FA_ADDRESS
    assert MMS_FA in torchaudio.pipelines.__all__


def test_mms_fa_comes_last(settings: Settings, served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model put there by hand comes first, then whisperX's own, then MMS-FA; without the setting it never does."""
    monkeypatch.setattr(whisperx_models, "MMS_FA_ADDRESS", f"{served.address}/content/mms/model/model.pt")
    served.repositories["mms/model"] = {"model.pt": b"weights"}
    served.repositories[REPOSITORIES["nl"]] = dict.fromkeys(("config.json", "vocab.json", "model.safetensors"), b"{}")
    for language in ("sw", "nl"):
        assert whisperx_models.key(settings, language) == language
    assert not whisperx_models.known(settings, "sw")
    chosen = settings.model_copy(update={"whisperx_model": MMS_FA, "languages": ("en", "sw", "mk")})
    assert [model.name for model in whisperx_models.needed(chosen).values()] == [BUNDLES["en"], "MMS-FA", "MMS-FA"]
    assert "MMS-FA for sw" in (whisperx_models.missing(chosen) or "")
    folder = settings.models_dir / "align" / "mms_fa"
    assert whisperx_models.find(chosen, "sw") == ModelSource(folder, bundle=True, mms_fa=True)
    assert whisperx_models.find(chosen, "mk") == ModelSource(folder, bundle=True, mms_fa=True)
    assert served.asked["model.pt"] == 1
    assert whisperx_models.key(chosen, "sw") == whisperx_models.key(chosen, "mk") == MMS_FA
    assert not whisperx_models.find(chosen, "nl").bundle
    assert whisperx_models.on_disk(settings, "sw") is None
    (own := settings.models_dir / "align" / "sw").mkdir()
    for name in ("config.json", "vocab.json", "model.safetensors"):
        (own / name).write_text("{}")
    assert whisperx_models.find(chosen, "sw") == ModelSource(own)
    assert whisperx_models.key(chosen, "sw") == "sw"


def test_a_hub_model_is_fetched_once(settings: Settings, hub: Hub) -> None:
    """A fetch takes the small files and the weights in one format; the next worker finds the model."""
    first = whisperx_models.find(settings, "nl")
    assert sorted(path.name for path in first.path.rglob("*")) == ["config.json", "model.safetensors", "vocab.json"]
    assert whisperx_models.find(settings, "nl") == first
    assert hub.asked["list"] == 1
    names = sorted(path.name for path in whisperx_models.find(settings, "pl").path.iterdir())
    assert names == ["config.json", "pytorch_model.bin", "vocab.json"]


def test_incomplete_models_are_not_found(settings: Settings) -> None:
    """A model without weights, or with only some of their parts, is fetched again."""
    (folder := settings.models_dir / "align" / "nl").mkdir(parents=True)
    for name in ("config.json", "vocab.json"):
        (folder / name).write_text("{}")
    assert whisperx_models.on_disk(settings, "nl") is None
    (folder / "model-1-of-2.safetensors").touch()
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}})
    )
    assert whisperx_models.on_disk(settings, "nl") is None
    (folder / "model-2-of-2.safetensors").touch()
    assert whisperx_models.on_disk(settings, "nl") == ModelSource(folder)


def test_an_interrupted_download_leaves_no_model(
    settings: Settings, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted download leaves nothing that counts as a model; a complete one is found."""
    monkeypatch.setattr(whisperx_models, "BUNDLE_ADDRESS", f"{served.address}/content/torchaudio/models/")
    served.repositories["torchaudio/models"] = {BUNDLES["en"]: b"all of it"}
    monkeypatch.setattr(whisperx_models, "PINNED", {BUNDLES["en"]: FileInfo(10)})
    with pytest.raises(ConfigError, match=r"could not be fetched from pytorch\.org"):
        whisperx_models.find(settings, "en")
    assert whisperx_models.on_disk(settings, "en") is None
    monkeypatch.setattr(whisperx_models, "PINNED", {})
    found = whisperx_models.find(settings, "en")
    assert (found.path / BUNDLES["en"]).read_bytes() == b"all of it"
    assert whisperx_models.on_disk(settings, "en") == found
    (found.path / BUNDLES["en"]).write_bytes(b"half")
    assert whisperx_models.on_disk(settings, "en") is None


def test_missing_models_are_reported(settings: Settings, hub: Hub) -> None:
    """The check names the models of LANGUAGES that a job would fetch."""
    aligners = Registry("aligner", ALIGNERS, settings)
    assert aligners.problem("whisperx") is None
    lacks = aligners.missing_files("whisperx")
    assert lacks
    assert BUNDLES["en"] in lacks
    assert REPOSITORIES["zh"] in lacks
    folder = settings.models_dir / "align"
    folder.mkdir(parents=True)
    (folder / BUNDLES["en"]).touch()
    assert BUNDLES["en"] not in (aligners.missing_files("whisperx") or "")
    assert aligners.languages("whisperx") == ("en",)
    whisperx_models.find(settings, "zh")
    assert aligners.missing_files("whisperx") is None
    assert aligners.languages("whisperx") == ("en", "zh")
