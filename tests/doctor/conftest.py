"""Helpers and fixtures of the doctor's tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from handler.app import make_services
from handler.doctor import OK, Check
from handler.protocols import Services
from handler.settings import Settings


def states(checks: Iterable[Check]) -> dict[str, str]:
    """The state of each check by its name; every check that is not ok has a remedy."""
    found = list(checks)
    assert all(bool(check.remedy) is (check.state != OK) for check in found), found
    return {check.name: check.state for check in found}


@pytest.fixture
def f5(tmp_path: Path) -> Services:
    """A worker with F5-TTS on files of a few bytes, and no aligner but sphinx."""
    for name in ("weights.safetensors", "config.yaml", "pytorch_model.bin"):
        (tmp_path / name).write_text("x")
    return make_services(
        Settings.read(
            {
                "LOCAL_STORE": str(tmp_path / "store"),
                "MODELS_DIR": str(tmp_path),
                "F5_CKPT_FILE": str(tmp_path / "weights.safetensors"),
                "F5_VOCODER_DIR": str(tmp_path),
                "ALIGNERS": "engine,sphinx",
            }
        )
    )
