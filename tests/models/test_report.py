"""Reports on models, as objects and on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.support.hub_model import run_models, spoil


def test_verify_reports_what_pull_repairs(environ: dict[str, str], tmp_path: Path) -> None:
    """verify exits 1 and names the damaged file, a pull repairs it, and list never fails."""
    assert run_models(environ, "verify", "f5")[0] == 1
    assert run_models(environ, "list", "f5")[0] == 0
    assert run_models(environ, "pull", "f5")[0] == 0
    (weights,) = (tmp_path / "models").rglob("weights.bin")
    spoil(weights)
    assert run_models(environ, "list", "f5")[1].startswith("ready")
    code, out, _ = run_models(environ, "verify", "f5")
    assert code == 1
    assert "deep/weights.bin has the wrong checksum" in out
    assert "→ run `python -m handler models pull f5`" in out
    assert run_models(environ, "pull", "f5")[0] == 0
    assert run_models(environ, "verify", "f5")[0] == 0
