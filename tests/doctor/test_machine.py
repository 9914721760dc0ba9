"""Checks of the machine: GPU, environment and volume."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from handler.doctor import FAILURE, OK, WARNING, machine
from handler.protocols import Services
from tests.doctor.conftest import states
from tests.support.stub_backends import with_settings


@pytest.mark.parametrize(
    ("report", "state", "words"),
    [
        ({}, OK, "H200, capability 9.0, 100 of 140 GB free, torch 2.8"),
        ({"capability": [6, 1]}, WARNING, "half precision"),
        ({"sum": 0.0}, FAILURE, "computes wrongly"),
        ({"there": False}, WARNING, "none is seen"),
        ({"there": False, "built": None}, WARNING, "none is seen"),
    ],
)
def test_gpu_report_becomes_a_finding(report: dict[str, Any], state: str, words: str) -> None:
    """The finding follows from torch's report and from a matrix product."""
    seen = {"torch": "2.8", "built": "12.8", "there": True, "name": "H200", "capability": [9, 0]}
    seen |= {"free": 100e9, "whole": 140e9, "sum": 64.0**3}
    check = machine.judge_gpu(seen | report)
    assert check.state == state
    assert words in check.finding
    assert bool(check.remedy) is (state != OK)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import signal; signal.pause()", "did not answer within"),
        ("raise RuntimeError('CUDA error: no kernel image')", "RuntimeError: CUDA error: no kernel image"),
        ("import os; os._exit(9)", "exit code 9"),
    ],
)
def test_broken_gpu_driver_is_a_failure(
    services: Services, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """A driver that hangs, raises or ends its process is a failure and does not end the doctor."""
    monkeypatch.setattr(machine, "ASK_GPU", script)
    monkeypatch.setattr(machine, "GPU_TIMEOUT_S", 2.0)
    (check,) = machine.gpu(with_settings(services, engines=("f5",)))
    assert check.state == FAILURE
    assert words in check.finding


def test_environment_is_read_from_its_marker(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding has hash and groups; each omitted group and a broken marker are warnings."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert states(machine.environment(services)) == {"environment": OK}
    facts = {
        "key": "0123abcd",
        "made": "2026-01-01",
        "groups": {"core": {}, "torch": {}},
        "left_out": {"extras": "why"},
    }
    (tmp_path / ".ready").write_text(json.dumps(facts))
    first, second = machine.environment(services)
    assert "0123abcd" in first.finding
    assert "core, torch" in first.finding
    assert (second.name, second.state) == ("environment, extras", WARNING)
    (tmp_path / ".ready").write_text("{")
    assert states(machine.environment(services)) == {"environment": WARNING}


def test_volume_must_be_a_writable_mount(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing, unmounted or read-only MODELS_DIR is a warning, and the check leaves no file."""
    models_dir = services.settings.models_dir
    monkeypatch.setattr(machine, "_own_disk", lambda _: False)
    assert states(machine.volume(services)) == {"volume": OK}
    models_dir.mkdir(parents=True)
    assert states(machine.volume(with_settings(services, runpod_pod_id="pod"))) == {"volume": OK}
    assert list(models_dir.iterdir()) == []
    monkeypatch.setattr(machine, "_own_disk", lambda _: True)
    assert states(machine.volume(services)) == {"volume": OK}
    assert states(machine.volume(with_settings(services, runpod_pod_id="pod"))) == {"volume": WARNING}
    models_dir.rmdir()
    assert states(machine.volume(services)) == {"volume": WARNING}
    models_dir.mkdir()

    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    (check,) = machine.volume(services)
    assert (check.state, "Read-only file system" in check.finding) == (WARNING, True)


def test_own_disk_is_not_a_mount() -> None:
    """A folder below a mount point is on a volume; the root's folders are not."""
    assert machine._own_disk(Path("/"))
    assert not machine._own_disk(Path("/proc/self"))
