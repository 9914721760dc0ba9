"""Free memory is measured where the worker's limit is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handler.backends import memory

VERSION_2 = {"memory.max": "1000", "memory.current": "900", "memory.stat": "anon 600\ninactive_file 300\n"}
VERSION_1 = {
    "memory/memory.limit_in_bytes": "1000",
    "memory/memory.usage_in_bytes": "900",
    "memory/memory.stat": "inactive_file 5\ntotal_inactive_file 300\n",
}


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the files of a cgroup; torch, if another test has loaded it, sees no GPU."""
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)


@pytest.mark.parametrize("files", [VERSION_2, VERSION_1])
def test_cache_of_a_container_counts_as_free(cgroup: Path, files: dict[str, str]) -> None:
    """Of a limit of 1000 bytes 900 are used, 300 of them by cached files, which the kernel gives up: 400 are free."""
    write(cgroup, files)
    assert memory.free_bytes() == 400


@pytest.mark.parametrize("files", [VERSION_2 | {"memory.max": "max\n"}, {}])
def test_machine_counts_without_a_limit(cgroup: Path, files: dict[str, str]) -> None:
    """A container without a limit may use what the machine has."""
    write(cgroup, files)
    assert memory.free_bytes() > 1_000_000
