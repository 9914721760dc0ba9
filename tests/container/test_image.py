"""The image as it was built: what is in it, what is not, and how it starts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.containers import Workplace
from tests.support.podman import IMAGE, ROOT, Podman, run

# The first test of a run may have to make the base, the image and the volume.
pytestmark = pytest.mark.timeout(900)

LARGEST = 300_000_000
"""Bytes of the image, unpacked."""

LOOK = """
import importlib.util, json, os, shutil, sys
print(json.dumps({
    "python": sys.version_info[:2],
    "modules": [name for name in ("pip", "setuptools", "torch", "numpy") if importlib.util.find_spec(name)],
    "programs": [name for name in ("pip", "pip3", "uv", "tini", "ffmpeg", "gcc") if shutil.which(name)],
    "files": sorted(os.path.join(path, name) for path, _, names in os.walk(".") for name in names),
    "volume": os.path.exists("/runpod-volume"),
}))
"""


@pytest.fixture(scope="module")
def inside(podman: Podman) -> dict[str, object]:
    found: dict[str, object] = json.loads(podman("run", "--rm", "--entrypoint", "python3", IMAGE, "-c", LOOK))
    return found


def test_image_is_small(podman: Podman) -> None:
    """All layers together, unpacked, have at most 300 MB."""
    assert podman.size() <= LARGEST


def test_image_has_python_and_uv_only(inside: dict[str, object]) -> None:
    """Python 3.11 and uv are in the image; pip, a compiler, torch, ffmpeg and a volume folder are not."""
    assert inside["python"] == [3, 11]
    assert inside["modules"] == []
    assert inside["programs"] == ["uv", "tini"]
    assert inside["volume"] is False


def test_image_has_only_the_workers_files(inside: dict[str, object]) -> None:
    """The image has the worker with bytecode, and no tests, documents or git."""
    files = inside["files"]
    assert isinstance(files, list)
    top = {path.split("/")[1] for path in files}
    assert top == {
        "LICENSE",
        "__pycache__",
        "handler",
        "requirements",
        "s3_utils.py",
        "setup_network_venv.py",
        "start.sh",
        "package_index.py",
        "volume_lock.py",
    }
    assert "./handler/captions/fonts/OFL.txt" in files
    assert "./handler/__pycache__/dispatch.cpython-311.pyc" in files
    assert {path for path in files if path.startswith("./requirements")} == {
        f"./requirements/{name}" for name in ("groups.toml", "sizes.json", "uv.txt", "worker.txt")
    }


def test_image_passes_the_smoke_run(podman: Podman) -> None:
    """The smoke run of a release accepts the image."""
    script = ROOT / ".github" / "scripts" / "smoke.sh"
    done = subprocess.run([str(script), str(podman.program), IMAGE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("arguments", [(), ("--", "serve", "--host", "0.0.0.0")], ids=["worker", "serve"])
def test_too_little_memory_ends_the_start(podman: Podman, arguments: tuple[str, ...]) -> None:
    """Before anything is fetched, the start ends with both figures and its own exit code."""
    code, output = run(podman, *arguments, options=["--memory", "256m"])
    assert code == 10
    assert output == "start: the container may use 268 MB of memory and the worker needs 3000; give it more\n"


@pytest.mark.parametrize(("engines", "needed"), [("piper", 500), ("espeak, piper", 500), ("piper,f5", 3000)])
def test_largest_engine_decides_the_memory(podman: Podman, engines: str, needed: int) -> None:
    """The start has to have the memory that any engine of ENGINES takes."""
    code, output = run(podman, environ={"ENGINES": engines}, options=["--memory", "256m"])
    assert code == 10
    assert f"the worker needs {needed};" in output


def test_start_command_of_a_pod_is_run(podman: Podman) -> None:
    """The start command of a Pod in docs/deploy.md works."""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert "```sh\npython3 setup_network_venv.py -- models pull\n```" in page
    code, output = run(podman, "python3", "setup_network_venv.py", "--check")
    assert code == 1
    assert "not ready" in output


def test_small_container_may_run_the_setup(podman: Podman) -> None:
    """Only starting the worker needs the worker's memory."""
    code, output = run(podman, "--check", options=["--memory", "256m"])
    assert code == 1
    assert "not ready" in output


def test_image_runs_as_the_volumes_owner(podman: Podman, tmp_path: Path) -> None:
    """Files on a volume that is not root's belong to its owner."""
    volume = tmp_path / "volume"
    volume.mkdir()
    os.chown(volume, 1234, 1235)
    code, output = run(
        podman,
        "--prepare",
        volumes=[f"{volume}:/runpod-volume"],
        environ={"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0", "SETUP_RETRIES": "0.01"},
    )
    assert code == 5
    assert "(as user 1234, who owns /runpod-volume)" in output
    written = [path.lstat() for path in volume.rglob("*")]
    assert {(found.st_uid, found.st_gid) for found in written} == {(1234, 1235)}


def test_baked_image_needs_no_volume(workplace: Workplace) -> None:
    """The baked image does a job without a volume, an index or uv's cache."""
    podman, lock = workplace.podman, f"{workplace.requirements}:/app/requirements:ro"
    baked = f"{IMAGE}-baked"
    packages = ["--volume", f"{workplace.uv_cache}:/uv-cache:O", "--env", "UV_CACHE_DIR=/uv-cache"]
    podman.build("Dockerfile.baked", baked, ["--volume", lock, *packages, "--env", "UV_OFFLINE=1"])
    try:
        environ = {"TTS_ENGINE": "espeak", "LOCAL_STORE": "/tmp/store", "UV": "/nowhere/uv"}
        job = '{"input": {"text": "It is all inside."}}'
        code, output = run(podman, "--", "run", job, volumes=[lock], environ=environ, image=baked)
        assert code == 0, output
        assert "setup:" not in output
        assert '"status": "completed"' in output
    finally:
        podman("rmi", baked)
