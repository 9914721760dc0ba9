"""A fair queue that forms batches of items of similar length, from all jobs. It has no threads and no model.

The oldest job without any frames yet goes first, in a short batch of urgent items: its client waits for a first sound.
Then the job with the fewest frames goes first, and others fill its batch in the same order. The batches depend only
on the order of additions and removals: a job that is alone is always split into the same batches.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, Protocol, TypeVar

# The shortest item of a batch lacks at most this share of the longest: padding costs as much as speech.
MAX_PADDING = 0.15


class Item(Protocol):
    """A unit of work. Items of the same schedule may share a batch."""

    @property
    def schedule(self) -> Hashable: ...

    @property
    def frames(self) -> int: ...


ItemT_co = TypeVar("ItemT_co", bound=Item, covariant=True)


class QueuedJob(Generic[ItemT_co]):
    """A job in the queue. The client waits for its first ``urgent_items``; ``waiting`` are indices of its items."""

    def __init__(self, items: Sequence[ItemT_co], urgent_items: int = 1) -> None:
        self.items = items
        self.urgent_items = urgent_items
        self.waiting = list(range(len(items)))
        self.frames_served = 0

    @property
    def started(self) -> bool:
        """Whether a batch has taken any of its items."""
        return self.frames_served > 0


JobT = TypeVar("JobT", bound=QueuedJob[Item])


class FairQueue(Generic[JobT]):
    """The waiting jobs, in the order they came. An entry of a batch is a job and the index of one of its items."""

    def __init__(self) -> None:
        self._jobs: list[JobT] = []

    def add(self, job: JobT) -> None:
        """Append a job with all its items."""
        if job.waiting:
            self._jobs.append(job)

    def remove(self, job: JobT) -> None:
        """Remove the waiting items of a job."""
        self._jobs = [other for other in self._jobs if other is not job]

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def next_job(self) -> JobT | None:
        """The job that has had the fewest frames, the oldest of them; None if none waits."""
        return min(self._jobs, key=lambda job: job.frames_served, default=None)

    def take(self, budget: int, *, urgent: bool = False) -> list[tuple[JobT, int]]:
        """Remove and return the next batch; empty if no job waits.

        It has at least one item, and no more than ``budget`` frames with padding. With ``urgent`` it is empty unless
        the next job has had nothing yet.
        """
        first = self.next_job()
        if first is None or (urgent and first.started):
            return []
        first_items = not first.started
        jobs = [job for job in self._jobs if not (first_items and job.started)]
        batch: list[tuple[JobT, int]] = []
        while entry := _next_fitting(jobs, batch, budget, first_items):
            job, index = entry
            job.waiting.remove(index)
            job.frames_served += job.items[index].frames
            batch.append(entry)
        self._jobs = [job for job in self._jobs if job.waiting]
        return batch


def _next_fitting(
    jobs: Sequence[JobT], batch: Sequence[tuple[JobT, int]], budget: int, urgent_only: bool
) -> tuple[JobT, int] | None:
    """The first item that fits into the batch, of the job that has had the fewest frames."""
    chosen = [job.items[index] for job, index in batch]
    longest = max((item.frames for item in chosen), default=0)
    shortest = min((item.frames for item in chosen), default=0)
    for job in sorted(jobs, key=lambda job: job.frames_served):
        for index in job.waiting:
            if urgent_only and index >= job.urgent_items:
                break
            item = job.items[index]
            least, most = min(shortest, item.frames), max(longest, item.frames)
            fits = least >= (1 - MAX_PADDING) * most and (len(chosen) + 1) * most <= budget
            if not chosen or (fits and item.schedule == chosen[0].schedule):
                return job, index
    return None
