"""The image, built, and a volume that its first start has filled: made once for a whole test run."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.containers import Workplace, fill_cache, uv_cache
from tests.support.podman import PREFIX, Podman, alone, why_not
from tests.support.s3_server import Swift
from tests.support.small_lock import write_small_lock

SCRIPT = "It cost $4.50. [pause:1s] Worth it!"


@dataclass
class FirstRun:
    """What happened at the first start on an empty volume, and the volume as it is since then."""

    volume: Path
    results: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="session")
def podman() -> Podman:
    """podman, with the image built from the repository as it is now."""
    if reason := why_not():
        pytest.skip(reason)
    podman = Podman()
    if reason := podman.why_not_run():
        pytest.skip(reason)
    podman.build()
    return podman


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all processes of this test run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def workplace(podman: Podman, shared: Path) -> Workplace:
    cache = uv_cache()
    if not cache.is_dir():
        pytest.skip("uv has no cache here that the container's packages could come from")
    requirements = shared / "container-requirements"
    with alone(shared / "container.lock"):
        if not requirements.exists():
            requirements.mkdir()
            write_small_lock(requirements)
            if problem := fill_cache(requirements, shared / "container-packages"):
                pytest.skip(f"uv's cache lacks packages of the small lock: {problem[:200]}")
    return Workplace(podman, requirements, cache)


@pytest.fixture(scope="session")
def first_run(workplace: Workplace, swift: Swift, shared: Path) -> FirstRun:
    """From `podman run` on an empty volume to a job's files, fetched by their signed URLs."""
    folder = shared / "container-first-run"
    with alone(shared / "first-run.lock"):
        report = folder / "report.json"
        if not report.exists():
            (folder / "volume").mkdir(parents=True)
            report.write_text(json.dumps(_first_run(workplace, swift, folder / "volume")))
        return FirstRun(folder / "volume", json.loads(report.read_text()))


def _first_run(workplace: Workplace, swift: Swift, volume: Path) -> dict[str, Any]:
    with workplace.serve(volume, swift.environ(swift.new_bucket())) as api:
        answer = api.runsync(text=SCRIPT, timing_format="all")
        reply = answer.get("output", {})
        urls = {"audio": reply.get("audio_url"), **reply.get("timing_files", {})}
        files = {}
        for name, url in urls.items():
            with urllib.request.urlopen(url, timeout=60) as got:
                files[name] = got.read().decode("latin-1")
        api.container.stop()
        return {"answer": answer, "files": files, "output": api.container.said}


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """No container outlives its test."""
    yield
    if "podman" in request.fixturenames:
        podman = request.getfixturevalue("podman")
        assert podman("ps", "--all", "--quiet", "--filter", f"name={PREFIX}") == ""
