"""Background tasks of a job: they run in order, and end with the job."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from handler import jobs
from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.errors import Cancelled
from handler.jobs import Job, Listener
from handler.pipeline.background import BackgroundQueue
from handler.protocols import Services, Store
from handler.storage.local_store import LocalStore
from handler.types import JobRecord
from tests.support.stub_backends import (
    LINES,
    PATIENCE,
    TEXT,
    WORDS,
    Even,
    Speaker,
    Watched,
    happens,
    run,
    with_backends,
)


def ended(aligner: Watched) -> None:
    """No thread aligns any more."""
    for thread in aligner.threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("takes", [1, 2])
def test_alignment_runs_while_the_engine_speaks(services: Services, takes: int) -> None:
    """A chunk is aligned while the next is spoken, and before the engine is asked for the one after that."""
    asked = [threading.Event() for _ in LINES]
    aligned = [threading.Event() for _ in LINES]

    def before_chunk(index: int) -> None:
        asked[index].set()
        if index >= 2:
            happens(aligned[index - 2])

    def before_alignment(call: int) -> None:
        index = call // takes
        happens(asked[min(index + 1, len(LINES) - 1)])
        if call % takes == takes - 1:
            aligned[index].set()

    aligner = Watched(Even("sphinx"), before_alignment)
    engine = Speaker(services.settings, before_chunk)
    reply = run(with_backends(services, engine, sphinx=aligner), timing_format="srt", takes=takes)
    assert reply["word_count"] == WORDS
    assert len(aligner.threads) == 1


@pytest.mark.parametrize("takes", [1, 2])
def test_cancelled_job_does_not_wait_for_the_aligner(services: Services, takes: int) -> None:
    """The job ends while the aligner works; the aligner gets no further chunk and its thread ends."""
    waiting, cancellation, release = threading.Event(), Cancellation(), threading.Event()
    last = {"stage": "align", "done": 0} if takes == 1 else {"stage": "speak", "done": 2}

    def notify(progress: dict[str, Any]) -> None:
        if last.items() <= progress.items():
            waiting.set()

    def busy(_: int) -> None:
        happens(waiting)
        cancellation.cancel()
        happens(release)

    aligner = Watched(Even("sphinx"), busy)
    engine = Speaker(services.settings)
    event = {"id": "busy-1", "input": {"text": TEXT, "timing_format": "srt", "takes": takes}}
    reply = dispatch(
        event,
        with_backends(services, engine, sphinx=aligner),
        listener=Listener(on_progress=notify),
        cancellation=cancellation,
    )
    assert reply["error_code"] == "cancelled"
    assert jobs.load(services.store, "busy-1").state == jobs.CANCELLED
    assert engine.closed
    assert all(thread.is_alive() for thread in aligner.threads), "the reply came when the aligner was done"
    release.set()
    ended(aligner)
    assert aligner.calls == 1


def test_failed_job_drops_waiting_alignments(services: Services) -> None:
    """When the engine fails during an alignment, the waiting chunks are dropped."""
    busy, release = threading.Event(), threading.Event()

    def before_alignment(_: int) -> None:
        busy.set()
        happens(release)

    def before_chunk(index: int) -> None:
        if index == 3:
            happens(busy)
            raise RuntimeError("out of order")

    aligner = Watched(Even("sphinx"), before_alignment)
    services = with_backends(services, Speaker(services.settings, before_chunk), sphinx=aligner)
    reply = dispatch({"input": {"text": TEXT, "timing_format": "srt"}}, services)
    assert reply["error_code"] == "internal"
    release.set()
    ended(aligner)
    assert aligner.calls == 1


def job(store: Store, **options: Any) -> Job:
    return Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 0.0), store, timeout=60.0, **options)


def test_tasks_run_in_order_in_one_thread(store: LocalStore) -> None:
    """Each task begins when the one before it has ended, and its result can be waited for."""
    done: list[int] = []

    def task(number: int) -> int:
        done.append(number)
        return threading.get_ident()

    with BackgroundQueue("test", job(store)) as queue:
        tasks = [queue.submit(task, number) for number in range(20)]
        threads = {queue.wait(each) for each in tasks}
    assert done == list(range(20))
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_leaving_the_context_cancels(store: LocalStore) -> None:
    """A task that runs finds itself cancelled, one that has not begun is dropped, and nobody waits for either."""
    begun, release = threading.Event(), threading.Event()

    def busy() -> None:
        begun.set()
        happens(release)
        queue.cancellation.check()

    with BackgroundQueue("test", job(store)) as queue:
        running, waiting = queue.submit(busy), queue.submit(busy)
        happens(begun)
    assert waiting.cancelled()
    assert not running.done()
    release.set()
    with pytest.raises(Cancelled, match="the job has ended"):
        running.result(PATIENCE)


def test_waiting_ends_when_the_job_is_cancelled(store: LocalStore) -> None:
    """A job that is cancelled does not wait for a task that goes on."""
    cancellation, release = Cancellation(), threading.Event()
    with BackgroundQueue("test", job(store, cancellation=cancellation)) as queue:
        task = queue.submit(happens, release)
        cancellation.cancel()
        with pytest.raises(Cancelled):
            queue.wait(task)
        release.set()
