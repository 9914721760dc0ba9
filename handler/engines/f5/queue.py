"""Who is next: the items of all jobs in one line, taken from it in batches. No threads here, and no model.

- A job that has had nothing yet goes first, the oldest of them: somebody waits for a first sound. Such a batch holds
  first items alone, so that it is soon done.
- Then the job that has had least, in frames; what fits beside its head is taken from all jobs in the same order.
- Nobody waits for ever: a job whose head has been passed over by PATIENCE batches goes before all others, the longest
  passed over first. So the head of a job is in one of the next PATIENCE + N batches, N being the most jobs that are
  in the line at a time, and item *k* of a job (from 0) in one of the next (k + 1) · (PATIENCE + N).

What is taken depends only on what was added and removed before, and in which order: a job that is alone is always
parted into the same batches.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

PATIENCE = 4
"""Batches that may pass over the head of a job before it goes first."""

WASTE = 0.15
"""The shortest item of a batch is at most so much shorter than the longest: more of the work would be padding."""


class Item(Protocol):
    """What is computed in one go: items of the same schedule may be in one batch."""

    @property
    def schedule(self) -> Hashable: ...

    @property
    def frames(self) -> int: ...


ItemT_co = TypeVar("ItemT_co", bound=Item, covariant=True)


class Party(Generic[ItemT_co]):
    """A job in the line. ``first`` of its items are what it is waited for at first; ``served`` counts frames."""

    def __init__(self, items: Sequence[ItemT_co], first: int = 1) -> None:
        self.items = items
        self.first = first
        self.queue = list(range(len(items)))
        self.served = 0
        self.passed = 0

    @property
    def begun(self) -> bool:
        """Whether it has had anything."""
        return self.served > 0


PartyT = TypeVar("PartyT", bound=Party[Item])


class Line(Generic[PartyT]):
    """The jobs that wait, in the order they came. An entry of a batch is a job and the place of one of its items."""

    def __init__(self) -> None:
        self._parties: list[PartyT] = []

    def add(self, party: PartyT) -> None:
        """All items of a job at once."""
        if party.queue:
            self._parties.append(party)

    def remove(self, party: PartyT) -> None:
        """Whatever of a job is still in the line."""
        self._parties = [other for other in self._parties if other is not party]

    def __bool__(self) -> bool:
        return bool(self._parties)

    def take(self, budget: int, *, urgent: bool = False) -> list[tuple[PartyT, int]]:
        """The next batch: at least one item, and no more than ``budget`` frames with their padding; none if none wait.

        With ``urgent``: only if it is for a job that has had nothing yet.
        """
        leader = self._leader()
        if leader is None or (urgent and leader.begun):
            return []
        parties = self._parties if leader.begun else [party for party in self._parties if not party.begun]
        batch = list(_filled(leader, parties, budget))
        for party in self._parties:
            party.passed += 1
        for party, place in batch:
            if place == party.queue[0]:
                party.passed = 0
        for party, place in batch:
            party.queue.remove(place)
            party.served += party.items[place].frames
        self._parties = [party for party in self._parties if party.queue]
        return batch

    def _leader(self) -> PartyT | None:
        if not self._parties:
            return None
        patient = max(self._parties, key=lambda party: party.passed)
        if patient.passed >= PATIENCE:
            return patient
        return min(self._parties, key=lambda party: party.served)


def _filled(leader: PartyT, parties: Iterable[PartyT], budget: int) -> Iterator[tuple[PartyT, int]]:
    """The leader's head, and what fits beside it: from the job that has least, counting what it is given here."""
    head = leader.items[leader.queue[0]]
    count, shortest, longest = 1, head.frames, head.frames
    yield leader, leader.queue[0]
    heap: list[tuple[int, int, PartyT, Iterator[int]]] = []
    for age, party in enumerate(parties):
        queue = party.queue if leader.begun else party.queue[: party.first]
        waiting = iter(queue[1:] if party is leader else queue)
        heap.append((party.served + (head.frames if party is leader else 0), age, party, waiting))
    heapq.heapify(heap)
    while heap:
        served, age, party, waiting = heapq.heappop(heap)
        # What does not fit now fits still less later: no item has to be looked at twice.
        for place in waiting:
            frames = party.items[place].frames
            least, most = min(shortest, frames), max(longest, frames)
            fits = least >= (1 - WASTE) * most and (count + 1) * most <= budget
            if fits and party.items[place].schedule == head.schedule:
                count, shortest, longest = count + 1, least, most
                yield party, place
                heapq.heappush(heap, (served + frames, age, party, waiting))
                break
