"""Who is next: first chunks early, the least served after them, nobody passed over for ever, little padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from handler.engines.f5.queue import PATIENCE, WASTE, Line, Party


@dataclass(frozen=True)
class Piece:
    """An item of a stub."""

    frames: int
    schedule: str = "a"


Waiting = Party[Piece]
EVERYTHING = 10**9


def party(*frames: int, first: int = 1, schedule: str = "a") -> Waiting:
    return Party([Piece(each, schedule) for each in frames], first)


def line_of(*parties: Waiting) -> Line[Waiting]:
    line: Line[Waiting] = Line()
    for each in parties:
        line.add(each)
    return line


def all_batches(line: Line[Waiting], budget: int) -> list[list[tuple[Waiting, int]]]:
    batches = []
    while batch := line.take(budget):
        batches.append(batch)
    return batches


def test_the_first_of_a_job_is_alone_and_the_rest_in_order() -> None:
    """A job by itself is parted into its first chunk, and then as many as fit, in order."""
    alone = party(*[100] * 6)
    places = [[place for _, place in batch] for batch in all_batches(line_of(alone), 300)]
    assert places == [[0], [1, 2, 3], [4, 5]]


def test_takes_of_the_first_chunk_are_together() -> None:
    """What a job is waited for at first may be several items: then they are one batch."""
    places = [[place for _, place in batch] for batch in all_batches(line_of(party(*[100] * 6, first=3)), 300)]
    assert places == [[0, 1, 2], [3, 4, 5]]


def test_a_job_that_has_had_nothing_goes_before_all_others() -> None:
    """Whoever comes is next, with others that have had nothing, and no more than the first of each."""
    old, new, newer = party(*[100] * 9), party(100, 100), party(100)
    line = line_of(old)
    line.take(EVERYTHING)
    line.add(new)
    line.add(newer)
    assert line.take(EVERYTHING, urgent=True) == [(new, 0), (newer, 0)]
    assert line.take(EVERYTHING, urgent=True) == []
    assert {each for each, _ in line.take(EVERYTHING)} == {old, new}


def test_jobs_share_batches_in_equal_parts() -> None:
    """After the first chunks a batch is filled from the job that has had least, so that both have as many."""
    one, other = party(*[100] * 20), party(*[100] * 20)
    line = line_of(one, other)
    line.take(EVERYTHING)
    batch = line.take(800)
    assert [sum(each is chosen for each, _ in batch) for chosen in (one, other)] == [4, 4]


def test_a_batch_has_one_schedule_and_little_padding() -> None:
    """Items of other steps wait for another batch, and so do those that would be mostly padding."""
    line = line_of(party(1000, 990, 400, 860, 1150, 840), party(1000, 1000, schedule="b"))
    batches = [[each.items[place].frames for each, place in batch] for batch in all_batches(line, EVERYTHING)]
    assert batches == [[1000], [1000], [990, 860], [1000], [400], [1150], [840]]
    for batch in batches:
        assert min(batch) >= (1 - WASTE) * max(batch)


def test_one_item_is_always_a_batch() -> None:
    """An item that is larger than the budget is taken all the same, by itself."""
    assert len(line_of(party(5000)).take(1)) == 1


def test_what_is_removed_does_not_come() -> None:
    """A job that is removed leaves nothing in the line; one without items never enters it."""
    gone, stays = party(100, 100), party(100)
    line = line_of(gone, party(), stays)
    line.remove(gone)
    assert [each for each, _ in line.take(EVERYTHING)] == [stays]
    assert not line


def test_a_long_job_is_not_starved_by_short_ones() -> None:
    """With a new job in the line at all times, an old one still has every batch after PATIENCE others."""
    old, new = party(*[100] * 10), party(100)
    line = line_of(old)
    line.take(EVERYTHING)
    served: list[bool] = []
    while old.queue:
        if not new.queue or not served:
            line.add(new := party(100))
        served.append(old in dict(line.take(100)))
    assert served == ([False] * PATIENCE + [True]) * 9


def arrivals(draw: random.Random) -> Sequence[Waiting]:
    def one() -> Waiting:
        frames = [draw.randint(200, 2000) for _ in range(draw.choice((1, 1, 2, 5, 15)))]
        return party(*frames, first=draw.randint(1, 3), schedule=draw.choice("aab"))

    return [one() for _ in range(draw.choice((0, 0, 0, 1, 1, 4)))]


@pytest.mark.parametrize("seed", range(40))
def test_waiting_is_bounded(seed: int) -> None:
    """Whoever comes and goes, a head is in one of the next PATIENCE + N batches, and batches keep to their limits."""
    draw = random.Random(seed)
    line: Line[Waiting] = Line()
    budget = draw.choice((1, 2500, 9000, 40_000))
    waiting: list[Waiting] = []
    heads: dict[Waiting, tuple[int, int]] = {}
    most = 0
    for number in range(200):
        for each in arrivals(draw) if number < 150 else ():
            line.add(each)
            waiting.append(each)
        if waiting and draw.random() < 0.05:
            line.remove(gone := draw.choice(waiting))
            waiting.remove(gone)
        most = max(most, len(waiting))
        batch = line.take(budget, urgent=draw.random() < 0.2)
        if not batch:
            continue
        frames = [each.items[place].frames for each, place in batch]
        assert len(frames) == 1 or len(frames) * max(frames) <= budget
        assert len({each.items[place].schedule for each, place in batch}) == 1
        waiting = [each for each in waiting if each.queue]
        for each in waiting:
            head, since = heads.get(each, (-1, 0))
            heads[each] = (each.queue[0], since + 1 if head == each.queue[0] else 0)
            assert heads[each][1] < PATIENCE + most
