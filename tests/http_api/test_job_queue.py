"""The queue of the HTTP server: its bounds, its order, how jobs are stopped, what is kept of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from handler.errors import ConfigError, Unavailable
from handler.http_api.job_queue import USUAL_JOB_S, IdInUse, QueueFull
from handler.http_api.queued_job import CANCELLED, COMPLETED, FAILED, IN_PROGRESS, IN_QUEUE, TIMED_OUT, Event, QueuedJob
from handler.protocols import Services
from handler.types import Word
from tests.support.scripted_jobs import ScriptedJobs, scripted_jobs

FAILURE: dict[str, Any] = {"error": "no", "error_code": "engine_error", "retryable": True, "issues": []}


@pytest.fixture
async def held(services: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedJobs]:
    """Jobs of a worker that still starts: one thread, two that may wait."""
    async with scripted_jobs(services, monkeypatch) as scripted:
        yield scripted


@pytest.fixture
async def jobs(held: ScriptedJobs) -> ScriptedJobs:
    """The same of a worker that is ready."""
    held.queue.start()
    return held


def kinds(job: QueuedJob) -> list[str]:
    return [event.kind for event in job.events.values()]


async def heard(job: QueuedJob, after: int = 0) -> list[tuple[int, str]]:
    return [(number, event.kind) async for number, event in job.follow(after)]


async def test_queue_is_bounded(jobs: ScriptedJobs) -> None:
    """QUEUE_LIMIT jobs wait beside those that run; the next is refused until one has begun."""
    first, _, _ = (jobs.send(name) for name in "abc")
    with pytest.raises(QueueFull):
        jobs.send("d")
    await jobs.end(first)
    assert jobs.send("d").state == IN_QUEUE


async def test_ids_made_here_are_new(jobs: ScriptedJobs) -> None:
    """A client's own id may be that of a job elsewhere, and a job that is run again has its earlier run's."""
    jobs.expect("made")
    made = jobs.queue.submit({"input": {"text": ""}}, new_id="made")
    await jobs.end(made, FAILURE)
    await jobs.end(jobs.send("given"))
    jobs.expect("made")
    await jobs.end(jobs.queue.retry(made))
    assert (jobs.ran, jobs.were_new) == (["made", "given", "made"], [True, False, False])


async def test_jobs_run_in_order(jobs: ScriptedJobs) -> None:
    """One job runs after the other, in the order in which they came."""
    sent = [jobs.send(name) for name in "abc"]
    assert [job.state for job in sent] == [IN_PROGRESS, IN_QUEUE, IN_QUEUE]
    for job in sent:
        await jobs.end(job)
    assert jobs.ran == ["a", "b", "c"]
    assert [job.reply for job in sent] == [{"status": "completed"}] * 3


async def test_requests_that_read_do_not_wait_behind_speech(jobs: ScriptedJobs) -> None:
    """A short request runs at once while the queue is full, and takes no place in it."""
    for name in "abc":
        jobs.send(name)
    await jobs.end(jobs.send("status", "status"))
    for number in range(8):
        jobs.send(f"reading-{number}", "list_voices")
    jobs.queue.purge()
    assert jobs.send("d").state == IN_QUEUE


async def test_requests_that_read_are_bounded_too(jobs: ScriptedJobs) -> None:
    """Short requests wait in a queue of their own, with the same limit."""
    for number in range(8 + 2):
        jobs.send(f"reading-{number}", "status")
    with pytest.raises(QueueFull):
        jobs.send("one-more", "status")


async def test_memory_of_waiting_jobs_is_bounded(jobs: ScriptedJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is refused where the inputs that wait would become too large together; alone it may wait."""
    monkeypatch.setattr("handler.http_api.job_queue.MAX_QUEUED_BYTES", 1000)
    jobs.send("a")
    jobs.send("b", text="x" * 2000)
    with pytest.raises(QueueFull):
        jobs.send("c")


async def test_jobs_are_held_while_the_worker_starts(held: ScriptedJobs) -> None:
    """Jobs wait, bounded, until the worker is ready; short requests do not."""
    first = held.send("a")
    held.send("b")
    with pytest.raises(QueueFull):
        held.send("c")
    await held.end(held.send("status", "status"))
    assert (first.state, held.ran) == (IN_QUEUE, ["status"])
    held.queue.start()
    await held.end(first)
    assert held.ran[:2] == ["status", "a"]


async def test_waiting_job_is_cancelled_at_once(jobs: ScriptedJobs) -> None:
    """A job cancelled in the queue has ended when the call returns, never runs, and leaves its place."""
    first, second, _ = (jobs.send(name) for name in "abc")
    jobs.queue.cancel(second)
    assert (second.state, second.reply["error_code"]) == (CANCELLED, "cancelled")
    fourth = jobs.send("d")
    jobs.let_go(fourth)
    await jobs.end(first)
    assert "b" not in jobs.ran


async def test_running_job_is_cancelled_at_its_next_check(jobs: ScriptedJobs) -> None:
    """A job cancelled while it runs is shown as cancelled at once, and ends so."""
    job = jobs.send("a")
    jobs.begun(job)
    jobs.queue.cancel(job)
    assert (job.state, job.shown_state) == (IN_PROGRESS, CANCELLED)
    await job.ended.wait()
    assert job.state == CANCELLED


async def test_cancelled_job_never_becomes_completed(jobs: ScriptedJobs) -> None:
    """A job that ends in spite of its cancellation stays what its client was told."""
    job = jobs.send("a")
    jobs.stubborn.add("a")
    jobs.begun(job)
    jobs.queue.cancel(job)
    await jobs.end(job)
    assert (job.state, job.reply["error_code"]) == (CANCELLED, "cancelled")


async def test_ended_job_is_not_cancelled(jobs: ScriptedJobs) -> None:
    """A cancellation that comes late changes nothing."""
    job = jobs.send("a")
    await jobs.end(job)
    jobs.queue.cancel(job)
    assert (job.shown_state, job.reply) == (COMPLETED, {"status": "completed"})


async def test_purge_spares_the_job_that_runs(jobs: ScriptedJobs) -> None:
    """All jobs that wait are cancelled and counted; the one that runs goes on."""
    first, *others = (jobs.send(name) for name in "abc")
    assert jobs.queue.purge() == 2
    assert [job.state for job in others] == [CANCELLED] * 2
    await jobs.end(first)
    assert first.state == COMPLETED


async def test_refused_jobs_say_why(held: ScriptedJobs) -> None:
    """Where the worker cannot start, the jobs that wait fail with its reason."""
    job = held.send("a")
    held.queue.refuse(ConfigError("S3_BUCKET: is missing"))
    assert (job.state, job.reply["error"]) == (FAILED, "S3_BUCKET: is missing")
    held.queue.start()
    assert held.ran == []


async def test_drain_waits_for_running_jobs(jobs: ScriptedJobs) -> None:
    """A server that stops lets the jobs that run end, once those that wait are refused."""
    first, second = jobs.send("a"), jobs.send("b")
    jobs.queue.refuse(Unavailable("the worker is stopping"))
    draining = asyncio.create_task(jobs.queue.drain())
    jobs.let_go(first)
    await draining
    assert (first.state, second.state) == (COMPLETED, FAILED)


async def test_drain_cancels_all_jobs_together(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drain that cancels does not wait for one job before it cancels the next."""
    async with scripted_jobs(services, monkeypatch, worker_concurrency=2) as jobs:
        jobs.queue.start()
        jobs.stubborn.add("a")
        first, second = jobs.send("a"), jobs.send("b")
        jobs.begun(first), jobs.begun(second)
        draining = asyncio.create_task(jobs.queue.drain(cancel=True))
        await second.ended.wait()
        assert not first.ended.is_set()
        jobs.let_go(first)
        await draining


async def test_job_sent_again_is_the_same(jobs: ScriptedJobs) -> None:
    """An event delivered again while its job waits or runs gives that job; another input under its id is refused."""
    running, waiting = jobs.send("a"), jobs.send("b")
    assert jobs.send("a") is running
    assert jobs.send("b") is waiting
    with pytest.raises(IdInUse):
        jobs.send("a", "align")
    assert jobs.queue.count(IN_QUEUE) == 1


async def test_ended_job_sent_again_runs_again(jobs: ScriptedJobs) -> None:
    """An id is free once its job has ended: `dispatch` knows whether there is a result in the store."""
    await jobs.end(jobs.send("a"))
    again = jobs.send("a")
    await jobs.end(again)
    assert jobs.ran == ["a", "a"]
    assert jobs.queue.get("a") is again


async def test_events_are_followed_as_they_happen(jobs: ScriptedJobs) -> None:
    """Whoever follows a job gets its words when they are known, then its end."""
    job = jobs.send("a")
    listener = jobs.begun(job)
    following = job.follow()
    assert listener.on_words is not None
    listener.on_words([Word("Hi,", 0.1234, 0.5, 0.98765, False, 0, 3)])
    number, event = await anext(following)
    assert (number, event.kind) == (0, "words")
    assert event.data == {
        "words": [{
            "word": "Hi,", "start": 0.123, "end": 0.5, "confidence": 0.988, "interpolated": False,
            "start_char": 0, "end_char": 3,
        }]
    }  # fmt: skip
    jobs.let_go(job)
    assert [(number, event.kind) async for number, event in following] == [(1, "completed")]


async def test_events_are_resumed(jobs: ScriptedJobs) -> None:
    """Events are given from any number on, also after the job's end."""
    job = jobs.send("a")
    for _ in range(3):
        job.add(Event("words", {"words": []}))
    await jobs.end(job)
    assert await heard(job, 2) == [(2, "words"), (3, "completed")]
    assert await heard(job, 4) == []


async def test_only_the_newest_progress_is_kept(jobs: ScriptedJobs) -> None:
    """Progress replaces progress; each chunk that it lists is an event once, however often it is listed."""
    job = jobs.send("a")
    listener = jobs.begun(job)
    assert listener.on_progress is not None
    chunks = [{"index": index, "url": f"https://example.com/{index}"} for index in range(3)]
    for done in range(1, 4):
        listener.on_progress({"stage": "speak", "done": done, "total": 3, "chunks": chunks[:done]})
    await jobs.end(job)
    assert kinds(job) == ["chunk", "chunk", "chunk", "progress", "completed"]
    assert [event.data for event in job.events.values()][2:4] == [chunks[2], {"stage": "speak", "done": 3, "total": 3}]
    assert job.progress is not None
    assert job.progress["chunks"] == chunks


async def test_memory_of_events_is_bounded(jobs: ScriptedJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past MAX_EVENTS_BYTES the oldest events of a job make room; its end is always there."""
    monkeypatch.setattr("handler.http_api.queued_job.MAX_EVENTS_BYTES", 1000)
    job = jobs.send("a")
    for number in range(10):
        job.add(Event("words", {"words": [number, "x" * 300]}))
    assert list(job.events) == [7, 8, 9]
    await jobs.end(job, {"text": "x" * 2000})
    assert await heard(job) == [(10, "completed")]


@pytest.mark.parametrize(("limit", "value"), [("MAX_KEPT", 2), ("MAX_KEPT_BYTES", 2500)])
async def test_oldest_results_make_room(
    jobs: ScriptedJobs, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    """Only so many results, and so much of them, is kept: the oldest go first."""
    monkeypatch.setattr(f"handler.http_api.job_queue.{limit}", value)
    for name in "abc":
        await jobs.end(jobs.send(name), {"text": "x" * 1000})
    assert [name for name in "abc" if jobs.queue.get(name)] == ["b", "c"]


async def test_results_are_forgotten_in_time(jobs: ScriptedJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result is dropped KEPT_S after the job's end."""
    monkeypatch.setattr("handler.http_api.job_queue.KEPT_S", 0.0)
    await jobs.end(jobs.send("a"))
    while jobs.queue.get("a"):
        await asyncio.sleep(0)


async def test_input_of_a_done_job_is_dropped(jobs: ScriptedJobs) -> None:
    """The input is kept only where it may be needed once more: for a job that failed."""
    done, failed = jobs.send("a", text="x" * 1000), jobs.send("b", text="x" * 1000)
    await jobs.end(done)
    await jobs.end(failed, dict(FAILURE))
    assert (done.event, done.size < 500) == ({}, True)
    assert failed.size > 1000


async def test_failed_job_is_retried_under_its_id(jobs: ScriptedJobs) -> None:
    """A retry runs the same input under the same id; its events go on where those of the first run ended."""
    job = jobs.send("a")
    await jobs.end(job, dict(FAILURE))
    assert job.state == FAILED
    jobs.expect("a")
    again = jobs.queue.retry(job)
    await jobs.end(again)
    assert (again.id, again.state, jobs.ran) == ("a", COMPLETED, ["a", "a"])
    assert await heard(again) == [(1, "completed")]
    assert jobs.queue.tally == {FAILED: 1, COMPLETED: 1, "retried": 1}


@pytest.mark.parametrize("policy", ["executionTimeout", "ttl"])
async def test_policy_ends_a_running_job(jobs: ScriptedJobs, policy: str) -> None:
    """A job that takes longer than its policy allows is TIMED_OUT, and says which limit it was."""
    job = jobs.send("a", policy={policy: 1})
    await job.ended.wait()
    assert (job.state, job.reply["error_code"]) == (TIMED_OUT, "timeout")
    assert job.reply["error"].startswith(f"policy.{policy}: the job took longer than 1 ms")


async def test_policy_ends_a_waiting_job(jobs: ScriptedJobs) -> None:
    """Of the limits of a policy, only ``ttl`` counts while the job waits."""
    first = jobs.send("a")
    expiring, patient = jobs.send("b", policy={"ttl": 1}), jobs.send("c", policy={"executionTimeout": 1})
    await expiring.ended.wait()
    assert (expiring.state, patient.state) == (TIMED_OUT, IN_QUEUE)
    await jobs.end(first)
    await patient.ended.wait()
    assert (patient.state, jobs.ran) == (TIMED_OUT, ["a", "c"])


async def test_wait_is_estimated(jobs: ScriptedJobs) -> None:
    """The wait for a place follows the jobs that wait, the threads, and how long recent jobs took."""
    first, second, third = (jobs.send(name) for name in "abc")
    assert jobs.queue.wait_s() == 2 * USUAL_JOB_S
    await jobs.end(first)
    assert second.state == IN_PROGRESS
    assert 0 < jobs.queue.wait_s() < USUAL_JOB_S
    jobs.queue.cancel(third)
    assert jobs.queue.wait_s() == 0


async def test_broken_device_is_told_once(jobs: ScriptedJobs) -> None:
    """A job that asks for a new process sets ``refresh``; its client does not read of it."""
    job = jobs.send("a")
    await jobs.end(job, FAILURE | {"refresh_worker": True})
    assert jobs.queue.refresh.is_set()
    assert "refresh_worker" not in job.reply
