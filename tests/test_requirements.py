"""The lock files: every package pinned by hash, no index address, the same version in every group."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

import handler.engines
import handler.marks
from setup_network_venv import DEFAULT_ALIGNERS, DEFAULT_MARKS, Layout, read_groups

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
TABLE = tomllib.loads((REQUIREMENTS / "groups.toml").read_text("utf-8"))
ENGINES = tuple(group["engine"] for group in TABLE["group"] if "engine" in group)
MARKS = tuple(group["mark"] for group in TABLE["group"] if "mark" in group)
LOCKS = ["local.txt", "worker.txt", "test.txt", "uv.txt", "python3.12.txt", "python3.13.txt"]


def layout(*engines: str, aligners: Sequence[str] = DEFAULT_ALIGNERS, marks: Sequence[str] = DEFAULT_MARKS) -> Layout:
    key = "0" * 16
    return Layout(Path("/none"), REQUIREMENTS, key, engines=engines, aligners=tuple(aligners), marks=tuple(marks))


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Each package's version and how many hashes it has."""
    found = {}
    for block in re.split(r"\n(?=\S)", (REQUIREMENTS / name).read_text("utf-8")):
        if match := re.match(r"([A-Za-z0-9._-]+)==(\S+)", block):
            found[match[1]] = (match[2], block.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_hash(name: str) -> None:
    """Each package of a lock has a version and at least one hash, and no line names where to fetch from."""
    assert pins(name)
    assert all(hashes for _, hashes in pins(name).values())
    text = (REQUIREMENTS / name).read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("name", ["local.txt", "worker.txt"])
def test_tested_versions_are_the_deployed_ones(name: str) -> None:
    """Every package of the demo and of the worker has the version of the test lock."""
    tested = pins("test.txt")
    assert {package: pin for package, pin in pins(name).items() if tested.get(package) != pin} == {}


def test_production_is_pruned_and_free_of_gpl_speech() -> None:
    """Without ENGINES, a worker installs neither what inference never imports, nor a library under the GPL."""
    unwanted = {
        "wandb",
        "gradio",
        "datasets",
        "accelerate",
        "matplotlib",
        "bitsandbytes",
        "espeakng-loader",
        "unidecode",
    }
    installed = {name for group in read_groups(layout("f5")) for name in group.packages}
    assert not unwanted & installed
    assert "espeakng-loader" in {name for group in read_groups(layout("piper")) for name in group.packages}


def test_runpod_is_new_enough() -> None:
    """Older SDKs funnel every job to one worker on a shared volume: 1.12 or later is locked."""
    version = pins("worker.txt")["runpod"][0]
    assert tuple(map(int, version.split(".")[:2])) >= (1, 12)


def test_groups_hold_the_whole_lock_once() -> None:
    """With every engine and mark, each package of the lock is in one group, and groups.toml names each of worker.in."""
    groups = read_groups(layout(*ENGINES, marks=MARKS))
    held = [name for group in groups for name in group.packages]
    assert sorted(held) == sorted(pins("worker.txt"))
    named = {name for group in TABLE["group"] for name in group["packages"]}
    wanted = re.findall(r"^[A-Za-z][\w.-]*", (REQUIREMENTS / "worker.in").read_text("utf-8"), re.MULTILINE)
    assert set(wanted) == named - {"setuptools"}
    assert {name for group in groups for name in group.source} == set(TABLE["source"])


def test_groups_come_in_order_of_importance() -> None:
    """What the worker cannot do without comes first, and what builds the packages without a wheel before all."""
    groups = read_groups(layout(*ENGINES))
    assert [group.needed for group in groups] == sorted((group.needed for group in groups), reverse=True)
    assert list(groups[0].packages) == ["setuptools"]
    assert all(group.imports for group in groups)


@pytest.mark.parametrize("engine", ENGINES)
def test_group_of_an_engine_has_its_name(engine: str) -> None:
    """A left-out default is known by its group's name; the group holds all that it needs without other engines."""
    for others, needed in (((), True), (("none",), False)):
        group = {group.name: group for group in read_groups(layout(*others, engine))}[engine]
        assert group.needed is needed
        assert group.packages


def test_every_engine_can_be_installed() -> None:
    """Each engine of this version has a group."""
    assert {*handler.engines.ENGINES} <= {*ENGINES}


def test_light_worker_has_no_torch() -> None:
    """Without F5-TTS and whisperx nothing needs torch: piper and sphinx make a worker of 1 GB."""
    light = read_groups(layout("piper", aligners=["engine", "sphinx"]))
    assert [group.name for group in light] == [
        "base", "core", "http", "piper", "emoji", "yaml", "sphinx", "faster-whisper",
    ]  # fmt: skip
    packages = {name for group in light for name in group.packages}
    assert not packages & {"torch", "torchaudio", "f5-tts", "whisperx", "transformers", "google-cloud-speech"}
    sizes = json.loads((REQUIREMENTS / "sizes.json").read_text("utf-8"))
    assert sum(sizes[f"{name}=={pins('worker.txt')[name][0]}"]["bytes"] for name in packages) < 1e9


def test_every_mark_can_be_installed() -> None:
    """A mark that needs packages has a group, which the start needs; the default needs none."""
    assert {name for name, mark in handler.marks.MARKS.items() if mark.requires} == {*MARKS}
    light = layout("piper", aligners=["engine", "sphinx"], marks=["metadata", "watermark", "c2pa"])
    groups = {group.name: group for group in read_groups(light)}
    assert groups["watermark"].needed
    assert groups["torch"].needed
    assert groups["c2pa"].needed
    assert {"resemble-perth", "librosa"} <= {*groups["watermark"].packages}
    assert "c2pa-python" in groups["c2pa"].packages


@pytest.mark.parametrize(
    ("engines", "aligners", "needed"),
    [(("f5",), (), True), (("piper", "f5"), (), False), (("piper",), ("whisperx",), False), (("pocket",), (), True)],
)
def test_torch_is_as_needed_as_what_requires_it(
    engines: tuple[str, ...], aligners: tuple[str, ...], needed: bool
) -> None:
    """The default engine cannot do without it; an aligner or another engine is left out with it."""
    torch = {group.name: group for group in read_groups(layout(*engines, aligners=aligners))}["torch"]
    assert torch.needed is needed
    assert {"torch", "torchaudio"} <= {*torch.packages}


def test_sizes_are_those_of_the_lock() -> None:
    """Each pin has its measured size; run requirements/measure.py after a new lock."""
    sizes = json.loads((REQUIREMENTS / "sizes.json").read_text("utf-8"))
    assert list(sizes) == [f"{name}=={version}" for name, (version, _) in pins("worker.txt").items()]
    assert all(size["bytes"] > 0 and size["files"] > 0 for size in sizes.values())
