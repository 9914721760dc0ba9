"""A tiny Pocket TTS with random weights, in files that upstream's own loader accepts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.support import tiny_pocket


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the model is tiny, and tests run side by side
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for POCKET_DIR, with the voice ``alba``."""
    return tiny_pocket.make(tmp_path_factory.mktemp("pocket"), voice="alba")
