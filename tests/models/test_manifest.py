"""Manifests of model files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from handler.models import FileInfo, manifest


def test_add_keeps_other_files(tmp_path: Path) -> None:
    """A manifest grows file by file, and no temporary file stays."""
    path = tmp_path / "folder" / "manifest.json"
    manifest.add(path, {"a": FileInfo(1, "aa")})
    manifest.add(path, {"b": FileInfo(2, git="bb")})
    assert manifest.read(path) == {"a": FileInfo(1, "aa"), "b": FileInfo(2, git="bb")}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', '{"files": {"a": {"other": 1}}}'])
def test_invalid_manifest_is_empty(tmp_path: Path, text: str) -> None:
    """A manifest that cannot be parsed lists nothing, and is replaced by the next download."""
    path = tmp_path / "manifest.json"
    path.write_text(text)
    assert manifest.read(path) == {}
    manifest.add(path, {"a": FileInfo(1)})
    assert manifest.read(path) == {"a": FileInfo(1)}


def test_git_id_is_verified(tmp_path: Path) -> None:
    """A file whose git id alone is known is compared with that, and only by a deep check."""
    path = tmp_path / "config.json"
    path.write_bytes(b"{}")
    git = hashlib.sha1(b"blob 2\0{}").hexdigest()
    assert manifest.problem(path, FileInfo(2, git=git), deep=True) is None
    assert manifest.problem(path, FileInfo(2, git="0" * 40), deep=False) is None
    assert manifest.problem(path, FileInfo(2, git="0" * 40), deep=True) == ("has the wrong checksum")
