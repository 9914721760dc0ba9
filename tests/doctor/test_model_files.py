"""Reports on the model files of each backend."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from handler import models
from handler.doctor import FAILURE, OK, WARNING, parts
from handler.doctor.model_files import Line
from handler.models import FileInfo
from handler.protocols import Services
from handler.settings import Settings
from tests.doctor.conftest import states
from tests.support.hub_model import MODEL
from tests.support.stub_backends import with_settings


def test_model_files_of_each_backend(f5: Services, tmp_path: Path) -> None:
    """Present files are ok, missing ones a warning, and files that differ from their manifest a failure if deep."""
    found = states(parts.model_files(f5))
    assert found["model files, f5 weights"] == OK
    assert found["model files, faster_whisper transcripts"] == WARNING
    assert "model files, wavlm speakers" not in found
    (tmp_path / "weights.safetensors").unlink()
    assert states(parts.model_files(f5))["model files, f5 weights"] == WARNING
    snapshot = f5.settings.hub_cache / "models--a--b" / "snapshots" / "c"
    (snapshot / "w").mkdir(parents=True)
    (snapshot / "w" / "x.pt").write_text("changed")
    (snapshot.parent.parent / "manifests").mkdir()
    listed = {"files": {"w/x.pt": {"size": 7, "sha256": "0" * 64, "git": ""}}}
    (snapshot.parent.parent / "manifests" / "c.json").write_text(json.dumps(listed))
    services = with_settings(f5, f5_ckpt_file="hf://a/b/w/x.pt")
    assert states(parts.model_files(services))["model files, f5 weights"] == OK
    assert states(parts.model_files(services, deep=True))["model files, f5 weights"] == FAILURE


def test_missing_model_reports_its_size(settings: Settings) -> None:
    """A missing model reports its size if it is known."""
    pinned = replace(MODEL, known=(("weights.bin", FileInfo(1_500_000, "0" * 64)),))
    line = Line("f5", "weights", models.inspect(settings, pinned))
    assert "1.5 MB to fetch" in str(line)
    assert line.data()["to_fetch"] == 1_500_000
    assert models.inspect(settings, MODEL).to_fetch is None
