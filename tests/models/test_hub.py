"""Models of the hub, fetched from a hub on this machine."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest

from handler import models
from handler.errors import ConfigError
from handler.models import HubModel
from handler.models.hub import select
from handler.settings import Settings
from tests.support import hf_hub
from tests.support.hf_hub import COMMIT, Hub
from tests.support.hub_model import BIG, FILES, MODEL, WANTED, content, deep_report, snapshot, spoil


def test_second_fetch_asks_nothing(settings: Settings, filled: Hub) -> None:
    """A fetch stores exactly the needed files, in the hub's layout; a second one finds them and asks the hub
    nothing."""
    assert models.inspect(settings, MODEL).state == "missing"
    folder = models.fetch(settings, MODEL)
    assert folder == snapshot(settings)
    assert content(folder) == WANTED
    filled.asked.clear()
    assert models.fetch(settings, MODEL) == folder
    assert not filled.asked
    report = deep_report(settings)
    assert (report.state, report.size, report.unverified) == ("ready", 2 + len(BIG), ())


def test_huggingface_hub_reads_our_snapshot(settings: Settings, filled: Hub) -> None:
    """huggingface_hub finds what was fetched and downloads nothing again; no symlink is needed anywhere."""
    folder = models.fetch(settings, MODEL)
    filled.asked.clear()
    found = huggingface_hub.snapshot_download(
        "a/model", cache_dir=settings.hub_cache, allow_patterns=list(MODEL.needed)
    )
    assert Path(found) == folder
    assert not {name for name in filled.asked if name != "list"}
    assert not any(path.is_symlink() for path in settings.models_dir.rglob("*"))


def test_downloads_of_huggingface_hub_are_used(settings: Settings, filled: Hub) -> None:
    """A snapshot of huggingface_hub is found, and verified by its blobs' names; its partial download is continued."""
    (blobs := settings.hub_cache / "models--a--model" / "blobs").mkdir(parents=True)
    sha256 = str(hf_hub.facts(BIG)["lfs"]["sha256"])  # type: ignore[index]
    (blobs / f"{sha256}.incomplete").write_bytes(BIG[: 1 << 20])
    models.fetch(settings, MODEL)
    assert filled.ranges == [1 << 20]
    shutil.rmtree(settings.hub_cache)
    huggingface_hub.snapshot_download("a/model", cache_dir=settings.hub_cache)
    filled.asked.clear()
    assert content(models.fetch(settings, MODEL)) == FILES
    assert not filled.asked
    assert deep_report(settings).state == "ready"
    (snapshot(settings) / "deep" / "weights.bin").resolve().write_bytes(bytes(len(BIG)))
    assert deep_report(settings).problems == ("deep/weights.bin has the wrong checksum",)
    models.repair(settings, MODEL)
    assert deep_report(settings).state == "ready"


@pytest.mark.parametrize("kept", [True, False])
def test_interrupted_fetch_continues_with_its_commit(settings: Settings, filled: Hub, kept: bool) -> None:
    """A fetch continues with the commit it began with; if that is gone, the newest one is fetched whole."""
    filled.lies = {"deep/weights.bin"}
    with pytest.raises(ConfigError):
        models.fetch(settings, MODEL)
    filled.lies.clear()
    if kept:
        filled.older["a/model", COMMIT] = dict(FILES)
    filled.commits["a/model"] = "b" * 40
    filled.repositories["a/model"] = FILES | {"config.json": b'{"new": 1}', "deep/weights.bin": BIG[::-1]}
    folder = models.fetch(settings, MODEL)
    assert folder == snapshot(settings, COMMIT if kept else "b" * 40)
    assert content(folder) == {name: (FILES if kept else filled.repositories["a/model"])[name] for name in MODEL.needed}
    assert models.fetch(settings, MODEL) == folder


def test_pinned_commit_is_fetched(settings: Settings, filled: Hub) -> None:
    """The pinned commit is fetched, never the newest in place of it."""
    pinned = HubModel("a/model", needed=MODEL.needed, revision=COMMIT)
    gone = HubModel("a/model", needed=MODEL.needed, revision="c" * 40)
    with pytest.raises(ConfigError, match="does not exist there"):
        models.fetch(settings, gone)
    assert models.fetch(settings, pinned) == snapshot(settings)


def test_other_commits_count_unless_pinned(settings: Settings, filled: Hub) -> None:
    """Files of another commit are used where they are complete, but not for a model that is pinned to its own."""
    other = HubModel("a/model", needed=MODEL.needed, revision="c" * 40)
    folder = models.fetch(settings, MODEL)
    assert other.find(settings) == folder
    assert replace(other, pinned=True).find(settings) is None
    assert replace(MODEL, revision=COMMIT, pinned=True).find(settings) == folder


def test_token_goes_to_the_hub_only(settings: Settings, filled: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_TOKEN goes to the hub, and not to the host that the hub redirects to."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    models.fetch(settings, MODEL)
    assert filled.tokens == {"list": "Bearer hf_secret", "resolve": "Bearer hf_secret", "content": None}


REFUSALS = {
    401: "accept the model's terms on its page, and set HF_TOKEN",
    404: "does not exist there",
    503: "HfHubHTTPError",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_refusals_name_a_remedy(settings: Settings, filled: Hub, status: int) -> None:
    """A gated model, a missing one and a broken hub give one sentence each, without an address; a busy hub is
    retried."""
    filled.refuses["a/model"] = status
    with pytest.raises(ConfigError, match=REFUSALS[status]) as caught:
        models.fetch(settings, MODEL)
    assert "127.0.0.1" not in caught.value.message
    assert filled.asked["list"] == (3 if status == 503 else 1)


def test_list_of_names_only(settings: Settings, filled: Hub) -> None:
    """If a mirror lists names only, later checks use the size and checksum of the first download."""
    filled.plain = True
    folder = models.fetch(settings, MODEL)
    assert content(folder) == WANTED
    assert deep_report(settings).unverified == ()
    spoil(folder / "deep" / "weights.bin")
    assert deep_report(settings).state == "damaged"


def test_incomplete_repository_is_refused(settings: Settings, filled: Hub) -> None:
    """Nothing is fetched from a repository that lacks a needed file."""
    with pytest.raises(ConfigError, match=r"the repository has no \*\.model"):
        models.fetch(settings, HubModel("a/model", needed=("config.json", "*.model")))
    assert filled.asked == {"list": 1}


def test_folder_by_hand_has_priority(settings: Settings, filled: Hub) -> None:
    """A complete model in its folder of MODELS_DIR is used before the hub's; an incomplete one is not."""
    model = HubModel("a/model", needed=("model*.safetensors*|weights.bin",), by_hand="mine")
    folder = settings.models_dir / "mine"
    folder.mkdir(parents=True)
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"x": "model-1.safetensors", "y": "two.bin"}}')
    (folder / "model-1.safetensors").touch()
    assert models.fetch(settings, model) == snapshot(settings)
    (folder / "two.bin").touch()
    assert models.fetch(settings, model) == folder
    assert models.inspect(settings, model).unverified


def test_select_takes_the_first_alternative() -> None:
    """One of two formats of weights is chosen; a star ends at a slash."""
    names = ["model.safetensors", "pytorch_model.bin", "old/model.safetensors", "vocab.json"]
    assert select(names, ["model*.safetensors|pytorch_model*.bin"]) == ["model.safetensors"]
    assert select(names[1:], ["model*.safetensors|pytorch_model*.bin"]) == ["pytorch_model.bin"]
    assert select(names, ["*"]) == ["model.safetensors", "pytorch_model.bin", "vocab.json"]
