"""A real worker with tiny weights of Qwen3-TTS under the real SDK on a real queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handler.settings import Settings
from s3_utils import S3Store
from tests.support import tiny_qwen3
from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.s3_server import Swift

SAID = "Some call me nature, others call me mother nature."


@pytest.fixture
def environ(swift: Swift, tmp_path: Path) -> dict[str, str]:
    """A worker that clones by qwen3, and speaks by espeak, too. It finds nothing that another one kept on this disk."""
    folder = tmp_path / "qwen3"
    folder.mkdir()
    tiny_qwen3.make(folder, "base")
    return swift.environ(swift.new_bucket()) | {
        "ENGINES": "qwen3,espeak", "QWEN3_MODEL": "base-1.7b", "QWEN3_DIR": str(folder), "ALIGNERS": "engine,sphinx",
        "MODELS_DIR": str(tmp_path), "TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1",
    }  # fmt: skip


@pytest.fixture
def queue(environ: dict[str, str], tmp_path: Path) -> Iterator[Queue]:
    with Queue() as queue, WorkerProcess(queue, "w1", environ, tmp_path / "w1.log"):
        yield queue


def test_jobs_on_a_queue(queue: Queue, environ: dict[str, str]) -> None:
    """A job's speech is uploaded and cloned, the same request gives the same bytes, and refusals name the way out."""
    queue.submit("clip", text=SAID, engine="espeak")
    assert queue.result("clip")["output"]["engine"] == "espeak"
    queue.submit("voice", endpoint="upload", voice_name="anna", job_id="clip")
    assert queue.result("voice")["output"]["voice"]["text"] == SAID

    asked = {"text": "Hello there.", "voice": "anna", "seed": 3, "top_k": 20}
    for name in ("one", "two"):
        queue.submit(name, **asked)
    one, two = (queue.result(name)["output"] for name in ("one", "two"))
    assert (one["engine"], one["voice"], one["model_license"]) == ("qwen3", "anna", "Apache-2.0")
    store = S3Store(Settings.read(environ))
    assert store.get("output/one.wav") == store.get("output/two.wav")
    assert two["duration"] > 0.1
    kept = [info.key for info in store.list("prepared/", 100).objects]
    assert sum("qwen3-base-1.7b-" in key for key in kept) == 1

    queue.submit("none", text="Hello there.")
    assert queue.result("none")["error"].startswith("voice: qwen3-base-1.7b has no voice of its own; send the voice")
    queue.submit("other", text="Hello there.", engine="espeak", instruct="Very happy.")
    assert queue.result("other")["error"].startswith("instruct: is an option of the engine qwen3; leave it out")
