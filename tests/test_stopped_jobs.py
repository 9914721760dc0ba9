"""Whatever a job waits for, it hears that it is cancelled or out of time: nothing awaited here ever comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import constants

from handler import jobs, models
from handler.alignment import match
from handler.backends import Backend, Pool
from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.engines import espeak_library
from handler.jobs import File, Job, JobStore
from handler.media.decode import decode
from handler.media.recording import Recording
from handler.models import HubModel, download
from handler.protocols import Origin, Services, Store
from handler.settings import Settings
from handler.text import tokenize
from handler.types import JobRecord, Samples, Transcript, Voice, WordTime
from handler.voices import library
from handler.voices.clip_cache import ClipCache
from s3_utils import S3Store
from tests.support.cancellations import Stop
from tests.support.endless_server import EndlessServer, full_listener
from tests.support.human_clip import HUMAN_CLIP
from tests.support.stub_backends import Louder, registry, with_backends
from volume_lock import read_holder

RATE = 16_000
SOUND = (np.random.default_rng(1).standard_normal(2 * RATE) / 10).astype(np.float32)


@pytest.fixture(params=Stop.KINDS)
def stop(request: pytest.FixtureRequest) -> Stop:
    return Stop(request.param)


class Stuck:
    """Anything that is called and does not return before the test is over."""

    name = "stuck"

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self.over = threading.Event()

    def wait(self, *_: Any, **__: Any) -> Any:
        self.stop.now()
        self.over.wait()
        raise AssertionError("the test is over")

    def speaks(self, language: str) -> bool:
        return True

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return list(self.wait())

    def transcribe(self, *_: Any, **__: Any) -> Transcript:
        transcript: Transcript = self.wait()
        return transcript


class StuckPrefix(Stuck):
    """An aligner of passages."""

    def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return list(self.wait())


@pytest.fixture
def stuck(stop: Stop) -> Iterator[StuckPrefix]:
    stuck = StuckPrefix(stop)
    yield stuck
    stuck.over.set()


@pytest.mark.parametrize("stop", [Stop("cancel")])
def test_aligner_of_a_chunk(stop: Stop, stuck: StuckPrefix, services: Services) -> None:
    """A cancelled job does not wait for an aligner that does not return."""
    job = {"input": {"text": "Hi.", "timing_method": "sphinx"}}
    reply = dispatch(job, with_backends(services, sphinx=stuck), cancellation=stop.cancellation)
    assert reply["error_code"] == "cancelled"


@pytest.mark.parametrize("kind", [Stuck, StuckPrefix])
def test_aligner_of_a_recording(stop: Stop, kind: type[Stuck]) -> None:
    """An aligner that does not return is left, whether it takes recordings whole or in passages."""
    aligner = kind(stop)
    recording = Recording.from_samples(SOUND, RATE)
    with pytest.raises(stop.error):
        match.match(recording, tokenize("One two.", "en"), "en", aligner, cancellation=stop.cancellation)
    aligner.over.set()


def test_transcriber(stop: Stop, stuck: Stuck, services: Services) -> None:
    """A transcriber that does not return is left."""
    services = replace(services, transcribers=registry(stuck=stuck))
    clip = decode(HUMAN_CLIP)
    with pytest.raises(stop.error):
        library.prepare_voice(clip, None, None, services, stop.cancellation)


def test_clip_that_another_job_makes(stop: Stop, stuck: Stuck, tmp_path: Path) -> None:
    """A clip is not waited for when the job that makes it does not."""
    cache = ClipCache(tmp_path, 1000)
    making = threading.Event()

    def make() -> bytes:
        making.set()
        stuck.over.wait()
        return b""

    threading.Thread(target=cache.get, args=("a.wav", make), daemon=True).start()
    assert making.wait(30)
    stop.now()
    with pytest.raises(stop.error):
        cache.get("a.wav", bytes, stop.cancellation)


def refused(stop: Stop, services: Services) -> None:
    reply = dispatch({"input": {"text": "Hi."}}, services, cancellation=stop.cancellation)
    assert reply["error_code"] == stop.error.code


def test_engine_that_does_not_load(stop: Stop, stuck: Stuck, services: Services) -> None:
    """A job does not wait for an engine whose start does not end."""
    row: Backend[Any] = Backend(stuck.wait)
    refused(stop, replace(services, engines=Pool("engine", {"espeak": row}, services.settings)))


def test_engine_that_does_not_speak(
    stop: Stop, stuck: Stuck, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job does not wait for the end of a chunk that takes espeak for ever."""
    monkeypatch.setattr(espeak_library, "speak", stuck.wait)
    refused(stop, services)


class StuckSoundMark(Stuck):
    """A mark in the samples, for any sound."""

    name, min_s = "watermark", 0.0

    def mark(self, samples: Samples, sample_rate: int) -> Samples:
        marked: Samples = self.wait()
        return marked

    def find(self, samples: Samples, sample_rate: int) -> float:
        return 0.0


class StuckFileMark(Stuck):
    """A mark in the file."""

    name = "metadata"

    def mark(self, body: bytes, media_type: str, origin: Origin) -> bytes | None:
        marked: bytes = self.wait()
        return marked

    def mark_file(self, path: Path, media_type: str, origin: Origin) -> bool:
        return bool(self.wait())

    def read(self, path: Path) -> dict[str, Any] | None:
        return None


@pytest.mark.parametrize("kind", [StuckSoundMark, StuckFileMark])
def test_mark_that_is_not_made(kind: type[StuckSoundMark | StuckFileMark], services: Services) -> None:
    """A cancelled job leaves a mark that takes for ever, and the next job on the lane is done."""
    stop = Stop("cancel")
    mark = kind(stop)
    settings = services.settings.model_copy(update={"ai_mark": (mark.name,)})
    refused(stop, replace(services, settings=settings, marks=registry(**{mark.name: mark})))
    assert dispatch({"input": {"text": "Hi."}}, services)["status"] == "completed"
    mark.over.set()


@pytest.mark.parametrize("step", ["handler.pipeline.levelling.level", "handler.media.audio.encode"])
def test_sound_that_is_not_finished(step: str, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled job leaves its speech while it is levelled or encoded, and the next job on the lane is done."""
    stop = Stop("cancel")
    stuck = Stuck(stop)
    with monkeypatch.context() as patch:
        patch.setattr(step, stuck.wait)
        refused(stop, services)
    assert dispatch({"input": {"text": "Hi."}}, services)["status"] == "completed"
    stuck.over.set()


class StuckConverter(Louder):
    """Prepares a voice, or converts a piece, for ever."""

    def __init__(self, stuck: Stuck, step: str) -> None:
        super().__init__()
        self._stuck, self._step = stuck, step

    def prepare(self, voice: Voice, seed: int, _: Cancellation = NEVER) -> Callable[[Samples, int], Samples]:
        if self._step == "prepare":
            self._stuck.wait()
        return self._stuck.wait


@pytest.mark.parametrize("kind", Stop.KINDS)
@pytest.mark.parametrize("step", ["prepare", "convert"])
def test_converter_that_does_not_return(step: str, kind: str, services: Services) -> None:
    """A job in a converter is left, and the next job on the lane is converted."""
    services.store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    source = dispatch({"input": {"text": "Hi."}}, services)["job_id"]
    job = {"input": {"endpoint": "convert", "job_id": source, "voice": "anna"}}
    stop = Stop(kind)
    stuck = Stuck(stop)
    stopping = replace(services, converters=registry(louder=StuckConverter(stuck, step)))
    assert dispatch(job, stopping, cancellation=stop.cancellation)["error_code"] == stop.error.code
    assert dispatch(job, replace(services, converters=registry(louder=Louder())))["status"] == "completed"
    stuck.over.set()


def test_hub_that_drips(stop: Stop, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job does not wait for a model that never arrives; the next job is done, and the volume's lock let go."""
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())
    monkeypatch.setattr(download, "REPLY_TIMEOUT_S", 1.0)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    settings, model = Settings.read({"MODELS_DIR": str(tmp_path / "models")}), HubModel("some/model", ("model.bin",))
    with closing(EndlessServer(*ANSWERS["drips a body"], stop.now)) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        with pytest.raises(stop.error):
            models.fetch(settings, model, stop.cancellation)
        assert dispatch({"input": {"text": "Hi."}}, services)["status"] == "completed"
        for thread in [each for each in threading.enumerate() if each.name == "models"]:
            thread.join(30)
            assert not thread.is_alive()
    assert read_holder(model.lock_folder(settings)) is None


LISTED = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 900000\r\n\r\n<"
ANSWERS = {
    "says nothing": (b"", b""),
    "drips headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "drips a body": (LISTED, b" "),
    "stops in a body": (LISTED, b""),
}
REQUESTS: dict[str, Callable[[Store], object]] = {
    "put": lambda store: store.put("voices/a.wav", bytes(9_000_000), "audio/wav"),
    "get": lambda store: store.get("voices/a.wav"),
    "get some": lambda store: store.get("voices/a.wav", 1_000_000),
    "head": lambda store: store.head("voices/a.wav"),
    "list": lambda store: store.list("voices/", 10),
    "delete": lambda store: store.delete("voices/a.wav"),
}


def bucket(url: str) -> S3Store:
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "S3_BUCKET": "mine"}
    return S3Store(Settings.read(keys | {"AWS_ENDPOINT_URL": url}))


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        *((request, "says nothing") for request in REQUESTS),
        ("put", "drips headers"),
        ("get", "drips a body"),
        ("get", "stops in a body"),
        ("get some", "drips a body"),
        ("list", "drips a body"),
    ],
)
def test_bucket_whose_answer_does_not_end(request_: str, answer: str, stop: Stop) -> None:
    """No request to the bucket outlasts the job."""
    with closing(EndlessServer(*ANSWERS[answer], stop.now)) as server:
        store = JobStore(bucket(server.url), stop.cancellation)
        with pytest.raises(stop.error):
            REQUESTS[request_](store)


def test_bucket_that_reads_nothing(stop: Stop) -> None:
    """An upload that the bucket does not read does not outlast the job."""
    with closing(EndlessServer(on_stuck=stop.now, reading=False)) as server:
        store = JobStore(bucket(server.url), stop.cancellation)
        with pytest.raises(stop.error):
            REQUESTS["put"](store)


def test_bucket_that_takes_no_connection(stop: Stop) -> None:
    """A bucket that cannot be connected to does not hold a job."""
    listener, waiting = full_listener()
    threading.Timer(0.1, stop.now).start()
    store = JobStore(bucket(f"http://127.0.0.1:{listener.getsockname()[1]}"), stop.cancellation)
    with pytest.raises(stop.error):
        store.head("voices/a.wav")
    for each in (listener, *waiting):
        each.close()


@pytest.mark.parametrize("stop", [Stop("cancel")])
def test_upload_of_the_results(stop: Stop) -> None:
    """A cancelled job leaves its uploads; the timeout is ignored, because the speech exists."""
    with closing(EndlessServer(on_stuck=stop.now)) as server:
        record = JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0)
        job = Job(record, bucket(server.url), timeout=0.01, cancellation=stop.cancellation)
        with pytest.raises(stop.error):
            job.store({"audio": File("output/j1.wav", b"sound", "audio/wav")})


def test_record_of_a_stopped_job(stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that has failed does not wait long for a bucket that does not take its record."""
    monkeypatch.setattr("handler.jobs.job.FAILED_RECORD_TIMEOUT_S", 0.01)
    with closing(EndlessServer()) as server:
        job = Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0), bucket(server.url), timeout=60)
        job.start()
        job.fail(stop.error("it was stopped"))
    assert job.record.state == (jobs.CANCELLED if stop.error.code == "cancelled" else jobs.FAILED)


def test_record_of_a_finished_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished job gives its result with a warning when the bucket does not take its record."""
    monkeypatch.setattr("handler.jobs.job.RECORD_TIMEOUT_S", 0.01)
    with closing(EndlessServer()) as server:
        job = Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0), bucket(server.url), timeout=60)
        job.complete({"status": "completed"})
    assert [warning.code for warning in job.warnings] == ["record_not_written"]
