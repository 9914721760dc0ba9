"""The lock files: every package pinned by hash, no index address, the same version in every group."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from setup_network_venv import Layout, read_groups

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
LOCKS = ["local.txt", "worker.txt", "test.txt", "uv.txt", "python3.12.txt", "python3.13.txt"]


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
    """The worker's set leaves out what inference never imports, and what is under the GPL."""
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
    assert not unwanted & set(pins("worker.txt"))


def test_runpod_is_new_enough() -> None:
    """Older SDKs funnel every job to one worker on a shared volume: 1.12 or later is locked."""
    version = pins("worker.txt")["runpod"][0]
    assert tuple(map(int, version.split(".")[:2])) >= (1, 12)


def test_groups_hold_the_whole_lock_once() -> None:
    """Every package of the worker's lock is in exactly one group, and each of worker.in is named in groups.toml."""
    groups = read_groups(Layout(Path("/none"), REQUIREMENTS, "0" * 16))
    held = [name for group in groups for name in group.packages]
    assert sorted(held) == sorted(pins("worker.txt"))
    table = tomllib.loads((REQUIREMENTS / "groups.toml").read_text("utf-8"))
    named = {name for group in table["group"] for name in group["packages"]}
    wanted = re.findall(r"^[A-Za-z][\w.-]*", (REQUIREMENTS / "worker.in").read_text("utf-8"), re.MULTILINE)
    assert set(wanted) == named - {"setuptools"}
    assert {name for group in groups for name in group.source} == set(table["source"])


def test_groups_come_in_order_of_importance() -> None:
    """What the worker cannot do without comes first, and what builds the packages without a wheel before all."""
    groups = read_groups(Layout(Path("/none"), REQUIREMENTS, "0" * 16))
    assert [group.needed for group in groups] == sorted((group.needed for group in groups), reverse=True)
    assert list(groups[0].packages) == ["setuptools"]
    assert all(group.imports for group in groups)


def test_sizes_are_those_of_the_lock() -> None:
    """Each pin has its measured size; run requirements/measure.py after a new lock."""
    sizes = json.loads((REQUIREMENTS / "sizes.json").read_text("utf-8"))
    assert list(sizes) == [f"{name}=={version}" for name, (version, _) in pins("worker.txt").items()]
    assert all(size["bytes"] > 0 and size["files"] > 0 for size in sizes.values())
