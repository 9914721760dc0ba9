"""A queue of RunPod's for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.runpod_queue import Queue


@pytest.fixture
def queue() -> Iterator[Queue]:
    with Queue() as queue:
        yield queue
