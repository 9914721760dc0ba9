"""Tiny checkpoints of each variant, made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from handler.settings import Settings
from tests.support import tiny_chatterbox

Checkpoint = Callable[[str], Settings]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """The settings of a worker with the tiny checkpoint of a variant."""

    @cache
    def settings(variant: str) -> Settings:
        folder = tiny_chatterbox.make(tmp_path_factory.mktemp(variant), variant)
        return tiny_chatterbox.settings(folder, variant)

    return settings


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip that is long enough for every variant, of another voice than the checkpoint's."""
    return tiny_chatterbox.clip(tmp_path / "clip.wav", seed=1)
