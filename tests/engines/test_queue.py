"""The fair queue: urgent items first, then the least served job, in batches with little padding."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from handler.engines.queue import MAX_PADDING, FairQueue, QueuedJob


@dataclass(frozen=True)
class FakeItem:
    frames: int
    schedule: str = "a"


FakeJob = QueuedJob[FakeItem]
EVERYTHING = 10**9


def job_of(*frames: int, urgent_items: int = 1, schedule: str = "a") -> FakeJob:
    return QueuedJob([FakeItem(each, schedule) for each in frames], urgent_items)


def queue_of(*jobs: FakeJob) -> FairQueue[FakeJob]:
    queue: FairQueue[FakeJob] = FairQueue()
    for each in jobs:
        queue.add(each)
    return queue


def all_batches(queue: FairQueue[FakeJob], budget: int) -> list[list[tuple[FakeJob, int]]]:
    batches = []
    while batch := queue.take(budget):
        batches.append(batch)
    return batches


def indices(batches: list[list[tuple[FakeJob, int]]]) -> list[list[int]]:
    return [[index for _, index in batch] for batch in batches]


def test_first_item_is_a_batch_alone() -> None:
    """A job by itself is split into its first item, and then as many as fit, in order."""
    assert indices(all_batches(queue_of(job_of(*[100] * 6)), 300)) == [[0], [1, 2, 3], [4, 5]]


def test_urgent_items_share_the_first_batch() -> None:
    """Several urgent items of a job are one batch."""
    assert indices(all_batches(queue_of(job_of(*[100] * 6, urgent_items=3)), 300)) == [[0, 1, 2], [3, 4, 5]]


def test_new_jobs_go_before_started_ones() -> None:
    """The next batch holds the urgent items of new jobs, and no others."""
    old, new, newer = job_of(*[100] * 9), job_of(100, 100), job_of(100)
    queue = queue_of(old)
    queue.take(EVERYTHING)
    queue.add(new)
    queue.add(newer)
    assert queue.next_job() is new
    assert queue.take(EVERYTHING, urgent=True) == [(new, 0), (newer, 0)]
    assert queue.take(EVERYTHING, urgent=True) == []
    assert {each for each, _ in queue.take(EVERYTHING)} == {old, new}


def test_jobs_share_batches_equally() -> None:
    """A batch is filled from the job that has had the fewest frames, so that both have as many."""
    one, other = job_of(*[100] * 20), job_of(*[100] * 20)
    queue = queue_of(one, other)
    queue.take(EVERYTHING)
    batch = queue.take(800)
    assert [sum(each is chosen for each, _ in batch) for chosen in (one, other)] == [4, 4]


def test_batch_has_one_schedule_and_little_padding() -> None:
    """Items of another schedule wait for another batch, and so do those that would be mostly padding."""
    queue = queue_of(job_of(1000, 990, 400, 860, 1150, 840), job_of(1000, 1000, schedule="b"))
    batches = [[each.items[index].frames for each, index in batch] for batch in all_batches(queue, EVERYTHING)]
    assert batches == [[1000], [1000], [990, 860], [1000], [400], [1150], [840]]


def test_item_larger_than_the_budget_is_a_batch() -> None:
    """An item that is larger than the budget is taken by itself."""
    assert len(queue_of(job_of(5000)).take(1)) == 1


def test_removed_job_is_not_taken() -> None:
    """A removed job leaves nothing in the queue; a job without items never enters it."""
    gone, stays = job_of(100, 100), job_of(100)
    queue = queue_of(gone, job_of(), stays)
    queue.remove(gone)
    assert [each for each, _ in queue.take(EVERYTHING)] == [stays]
    assert not queue
    assert queue.next_job() is None


@pytest.mark.parametrize("seed", range(20))
def test_every_item_is_taken_once_within_the_limits(seed: int) -> None:
    """In random schedules each item is in one batch, and each batch keeps to budget, schedule and padding."""
    draw = random.Random(seed)
    budget = draw.choice((1, 2500, 9000, 40_000))
    queue: FairQueue[FakeJob] = FairQueue()
    jobs: list[FakeJob] = []
    taken: list[tuple[FakeJob, int]] = []
    while queue or len(jobs) < 40:
        if len(jobs) < 40 and draw.random() < 0.4:
            frames = [draw.randint(200, 2000) for _ in range(draw.choice((1, 1, 2, 5, 15)))]
            jobs.append(job_of(*frames, urgent_items=draw.randint(1, 3), schedule=draw.choice("aab")))
            queue.add(jobs[-1])
        batch = queue.take(budget, urgent=draw.random() < 0.2)
        taken += batch
        lengths = [each.items[index].frames for each, index in batch]
        assert len(batch) < 2 or len(batch) * max(lengths) <= budget
        assert not batch or min(lengths) >= (1 - MAX_PADDING) * max(lengths)
        assert len({each.items[index].schedule for each, index in batch}) <= 1
    assert len(taken) == len(set(taken)) == sum(len(each.items) for each in jobs)
    for job in jobs:
        assert job.frames_served == sum(item.frames for item in job.items)
