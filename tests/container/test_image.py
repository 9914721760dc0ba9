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


def test_it_is_small(podman: Podman) -> None:
    """All layers together, unpacked, have at most 300 MB."""
    assert podman.size() <= LARGEST


def test_it_holds_python_and_uv_and_no_packages(inside: dict[str, object]) -> None:
    """Python 3.11 and uv are there; pip, a compiler, torch, ffmpeg and a place for the volume are not."""
    assert inside["python"] == [3, 11]
    assert inside["modules"] == []
    assert inside["programs"] == ["uv", "tini"]
    assert inside["volume"] is False


def test_it_holds_the_worker_and_nothing_else(inside: dict[str, object]) -> None:
    """Of the repository just what a worker needs is copied, with bytecode and without tests, papers or git."""
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
        "volume_lock.py",
    }
    assert "./handler/captions/fonts/OFL.txt" in files
    assert "./handler/__pycache__/dispatch.cpython-311.pyc" in files
    assert {path for path in files if path.startswith("./requirements")} == {
        f"./requirements/{name}" for name in ("groups.toml", "sizes.json", "uv.txt", "worker.txt")
    }


def test_it_passes_the_smoke_run_of_publishing(podman: Podman) -> None:
    """What a release is tried with before it is pushed accepts this image."""
    script = ROOT / ".github" / "scripts" / "smoke.sh"
    done = subprocess.run([str(script), str(podman.program), IMAGE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("arguments", [(), ("--", "serve", "--host", "0.0.0.0")], ids=["worker", "serve"])
def test_too_little_memory_is_one_sentence(podman: Podman, arguments: tuple[str, ...]) -> None:
    """A worker that cannot fit is told so before anything is fetched, with both figures and an exit code of its own."""
    code, said = run(podman, *arguments, options=["--memory", "256m"])
    assert code == 10
    assert said == "start: the container may use 268 MB of memory and the worker needs 3000; give it more\n"


def test_a_pods_start_command_is_run(podman: Podman) -> None:
    """RunPod gives the start command of a Pod to the entry point: the one in docs/deploy.md does what it says."""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert "```sh\npython3 setup_network_venv.py -- models pull\n```" in page
    code, said = run(podman, "python3", "setup_network_venv.py", "--check")
    assert code == 1
    assert "not ready" in said


def test_a_small_container_may_fill_a_volume(podman: Podman) -> None:
    """Only who starts the worker needs its memory."""
    code, said = run(podman, "--check", options=["--memory", "256m"])
    assert code == 1
    assert "not ready" in said


def test_it_runs_as_the_volumes_owner(podman: Podman, tmp_path: Path) -> None:
    """On a volume that is not root's, what is written is its owner's, and nothing is root's."""
    volume = tmp_path / "volume"
    volume.mkdir()
    os.chown(volume, 1234, 1235)
    code, said = run(
        podman,
        "--prepare",
        volumes=[f"{volume}:/runpod-volume"],
        environ={"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0", "SETUP_RETRIES": "0.01"},
    )
    assert code == 5
    assert "(as user 1234, who owns /runpod-volume)" in said
    written = [path.lstat() for path in volume.rglob("*")]
    assert {(found.st_uid, found.st_gid) for found in written} == {(1234, 1235)}


def test_the_baked_image_needs_no_volume(workplace: Workplace) -> None:
    """Built with its environment inside, the image does a job without a volume, an index or uv's cache."""
    podman, lock = workplace.podman, f"{workplace.requirements}:/app/requirements:ro"
    baked = f"{IMAGE}-baked"
    packages = ["--volume", f"{workplace.uv_cache}:/uv-cache:O", "--env", "UV_CACHE_DIR=/uv-cache"]
    podman.build("Dockerfile.baked", baked, ["--volume", lock, *packages, "--env", "UV_OFFLINE=1"])
    try:
        environ = {"TTS_ENGINE": "espeak", "LOCAL_STORE": "/tmp/store", "UV": "/nowhere/uv"}
        job = '{"input": {"text": "It is all inside."}}'
        code, said = run(podman, "--", "run", job, volumes=[lock], environ=environ, image=baked)
        assert code == 0, said
        assert "setup:" not in said
        assert '"status": "completed"' in said
    finally:
        podman("rmi", baked)
