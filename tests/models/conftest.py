"""A hub with a model, and no waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from handler.models import download
from tests.support import hf_hub
from tests.support.hf_hub import Hub
from tests.support.hub_model import FILES

hub = hf_hub.hub


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "RETRY_DELAYS_S", (0.0, 0.0))


@pytest.fixture
def filled(hub: Hub) -> Hub:
    hub.repositories["a/model"] = dict(FILES)
    return hub


@pytest.fixture
def environ(hub: Hub, tmp_path: Path) -> dict[str, str]:
    hub.repositories["a/model"] = dict(FILES)
    vocoder = tmp_path / "vocoder"
    vocoder.mkdir()
    for name in ("config.yaml", "pytorch_model.bin"):
        (vocoder / name).write_text("x")
    return {
        "PATH": os.environ["PATH"],
        "HF_ENDPOINT": hub.address,
        "MODELS_DIR": str(tmp_path / "models"),
        "F5_CKPT_FILE": "hf://a/model/deep/weights.bin",
        "F5_VOCODER_DIR": str(vocoder),
    }
