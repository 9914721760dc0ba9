"""A worker in its container: from an empty volume to speech with captions, and its end."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from handler.captions import FORMATS
from tests.container.conftest import FirstRun
from tests.support.containers import Workplace
from tests.support.podman import Container
from tests.support.runpod_queue import Queue
from tests.support.s3_server import Swift

# The first test of a run may have to make the base, the image and the volume.
pytestmark = pytest.mark.timeout(900)

LONG = "This is a sentence of some length, spoken so that there is time enough to stop it. " * 30


def on_a_queue(queue: Queue) -> dict[str, str]:
    """What RunPod sets for a worker."""
    base = f"http://127.0.0.1:{queue.port}/v2/e"
    return {
        "RUNPOD_WEBHOOK_GET_JOB": f"{base}/job-take/$ID?gpu=none",
        "RUNPOD_WEBHOOK_POST_OUTPUT": f"{base}/job-done/$RUNPOD_POD_ID/$ID?gpu=none",
        "RUNPOD_WEBHOOK_PING": f"{base}/ping/$RUNPOD_POD_ID?gpu=none",
        "RUNPOD_POD_ID": "w1",
        "RUNPOD_AI_API_KEY": "key",
        "RUNPOD_ENDPOINT_ID": "e",
        "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
        "RUNPOD_SKIP_GPU_CHECK": "true",
    }


def test_first_start_on_an_empty_volume(first_run: FirstRun) -> None:
    """The first start installs the environment, and a job's files are behind signed URLs of the bucket."""
    output, answer = first_run.results["output"], first_run.results["answer"]
    assert "setup: installing core" in output
    assert "setup: the environment is ready" in output
    assert answer["status"] == "COMPLETED"
    files = first_run.results["files"]
    assert set(files) == {"audio", *FORMATS}
    assert files["audio"].startswith("RIFF")
    assert "$4.50" in files["srt"]
    assert "Signature=" in answer["output"]["audio_url"]


def test_second_start_downloads_nothing(first_run: FirstRun, workplace: Workplace, swift: Swift) -> None:
    """On a filled volume the start uses neither uv nor an index, and does jobs."""
    environ = swift.environ(swift.new_bucket()) | {"UV": "/nowhere/uv"}
    with workplace.serve(first_run.volume, environ) as api:
        assert "setup:" not in api.container.said
        assert api.runsync(text="Once more.")["output"]["status"] == "completed"


def test_filled_volume_may_be_read_only(first_run: FirstRun, workplace: Workplace) -> None:
    """A worker starts from a read-only volume."""
    given, job = {"LOCAL_STORE": "/tmp/store"}, '{"input": {"text": "Hello."}}'
    with workplace.start("--", "run", job, volume=first_run.volume, environ=given, read_only=True) as container:
        assert container.end() == 0
        assert '"status": "completed"' in container.said
        assert "setup: the use could not be noted (" in container.said


def test_stop_lets_the_job_finish(first_run: FirstRun, workplace: Workplace, swift: Swift) -> None:
    """After `podman stop` the job is completed and posted, and the container exits with 0."""
    with Queue() as queue:
        environ = swift.environ(swift.new_bucket()) | on_a_queue(queue)
        with workplace.start(volume=first_run.volume, environ=environ) as container:
            queue.submit("drain", text=LONG, speed=0.3)
            queue.wait(lambda queue: any(post.get("status") == "IN_PROGRESS" for post in queue.of("drain")))
            assert container.stop() == 0
            assert queue.result("drain")["output"]["status"] == "completed"


def test_stop_during_loading(first_run: FirstRun, workplace: Workplace, swift: Swift) -> None:
    """The init process passes the signal to the worker, which ends at once."""
    # An address that takes connections and never answers: the start hangs where it tries the bucket.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        environ = swift.environ("any") | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with workplace.start(volume=first_run.volume, environ=environ) as container:
            silent.settimeout(120)
            connection, _ = silent.accept()
            with connection:
                assert container.stop() == 143


def test_stop_during_setup_keeps_installed_groups(workplace: Workplace, tmp_path: Path) -> None:
    """`podman stop` during the installation gives the exit code of a stop and releases the lock."""
    volume = tmp_path / "volume"
    volume.mkdir()
    with workplace.start(volume=volume) as container:
        container.until("installing core")
        assert container.stop() == 143
        assert "setup: stopped; what is done is kept" in container.said
    with workplace.start("--check", volume=volume) as container:
        assert container.end() == 1
        assert "groups done  base" in container.said
        assert "installer " not in container.said


BUCKET = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "S3_BUCKET": "b"}

WRONG_SETTINGS: dict[str, tuple[dict[str, str], str]] = {
    "no bucket on RunPod": ({"RUNPOD_POD_ID": "p"}, "S3_BUCKET is not set; on RunPod results need a bucket"),
    "unknown engine": ({"TTS_ENGINE": "espeek"}, "ENGINES has"),
    "bucket not reached": (
        BUCKET | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        "the bucket's service cannot be reached; check AWS_ENDPOINT_URL and the network",
    ),
    "no SDK": (
        {"LOCAL_STORE": "/tmp/store", "PYTHONPATH": "/runpod-volume/without-sdk"},
        "the package runpod is not installed; in a clone, make worker installs it",
    ),
    "value out of range": ({"PRESIGN_TTL": "5"}, "PRESIGN_TTL: must be at least 60 (is '5')"),
    "engine not installed": ({"TTS_ENGINE": "f5", "LOCAL_STORE": "/tmp/store"}, "not installed here"),
}


def ended(container: Container) -> str:
    """The last line of a start that ended with the worker's own exit code."""
    assert container.end() == 1, container.said
    return container.said.strip().splitlines()[-1]


@pytest.mark.parametrize(("environ", "sentence"), WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
def test_wrong_setting_ends_the_start(
    first_run: FirstRun, workplace: Workplace, environ: dict[str, str], sentence: str
) -> None:
    """The last log line names the variable, and the exit code is 1."""
    shadow = first_run.volume / "without-sdk" / "runpod.py"
    shadow.parent.mkdir(exist_ok=True)
    shadow.write_text("raise ImportError")
    with workplace.start(volume=first_run.volume, environ=environ) as container:
        last = ended(container)
    assert last.startswith("config_error: ")
    assert sentence in last


WRONG_BUCKETS = [
    ({"S3_BUCKET": "no-such-bucket"}, "there is no bucket of this name; check S3_BUCKET"),
    ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID; copy both again"),
    ({"AWS_REGION": "eu-west-1"}, "the bucket is in another region; correct AWS_REGION"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG_BUCKETS)
def test_wrong_bucket_ends_the_start(
    first_run: FirstRun, workplace: Workplace, swift: Swift, change: dict[str, str], sentence: str
) -> None:
    """A wrong bucket ends the start before a job is taken."""
    environ = swift.environ(swift.new_bucket()) | change
    with workplace.start(volume=first_run.volume, environ=environ) as container:
        last = ended(container)
    assert last.startswith("config_error: the store cannot be used: ")
    assert sentence in last
