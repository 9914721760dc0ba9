"""The simulated fleet: it waits as queueing theory says, pays as RunPod's rules say, and shares as it is told."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from statistics import fmean

import pytest

from benchmarks.fleet_model import BALANCER_PATIENCE_S, INIT_TIMEOUT_S, Endpoint, Fleet, Job, Machine

PLAIN = Machine(lanes=1, start=9.0)
"""A server of queueing theory: one job at a time, the next at once."""


def poisson_jobs(rate: float, seconds: Callable[[random.Random], float], count: int = 20_000) -> list[Job]:
    chance = random.Random(7)
    arrivals = itertools.accumulate(chance.expovariate(rate) for _ in range(count))
    return [Job(arrival, seconds(chance)) for arrival in arrivals]


def erlang_wait(servers: int, rate: float) -> float:
    """Mean wait in a queue M/M/c whose jobs take a second on average."""
    terms = [rate**number / math.factorial(number) for number in range(servers + 1)]
    last = terms[servers] * servers / (servers - rate)
    return last / (sum(terms[:servers]) + last) / (servers - rate)


@pytest.mark.parametrize("workers", [1, 4, 12])
def test_fixed_fleet_waits_as_erlang_says(workers: int) -> None:
    """Workers that are always on are the servers of a queue M/M/c: the mean wait is that of Erlang's formula."""
    jobs = poisson_jobs(0.6 * workers, lambda chance: chance.expovariate(1.0))
    waits = Fleet(Endpoint(workers, workers), PLAIN, jobs).run().waits
    assert fmean(waits) == pytest.approx(erlang_wait(workers, 0.6 * workers), rel=0.1, abs=0.002)


@pytest.mark.parametrize("lanes", [1, 64])
def test_one_engine_is_a_queue_however_many_lanes(lanes: int) -> None:
    """With equal jobs the wait is that of M/D/1 (Pollaczek and Khinchine), before the worker or before its engine."""
    jobs = poisson_jobs(0.6, lambda _: 1.0)
    machine = Machine(lanes=lanes)
    totals = Fleet(Endpoint(1, 1), machine, jobs).run().totals
    assert fmean(totals) == pytest.approx(1 + 0.6 / (2 * (1 - 0.6)), rel=0.03)


def test_flex_worker_is_paid_from_its_start_to_its_stop() -> None:
    """A start at 5 s (queue delay 4 s, looked at each second), jobs from 14 s on, then idle for 5 s: 20 s cost."""
    result = Fleet(Endpoint(1, idle_timeout=5.0), PLAIN, [Job(0.0, 2.0)] * 3).run()
    assert result.waits == pytest.approx([14.0, 16.0, 18.0])
    assert result.paid == 9 + 3 * 2 + 5
    assert result.cost == pytest.approx(20 * Endpoint(1).flex_price)
    stopped, left = result.workers[-1]
    assert (round(stopped, 6), left) == (25.0, 0)


def test_active_worker_never_stops_and_has_its_own_price() -> None:
    """It takes the job at once, and is paid until the end, at the price of active workers."""
    result = Fleet(Endpoint(1, 1), PLAIN, [Job(100.0, 2.0)]).run()
    assert result.waits == [0.0]
    assert result.cost == pytest.approx(102 * Endpoint(1).active_price)


def test_requests_are_counted_as_documented() -> None:
    """Ten requests at four for each worker start three workers, and no more than are allowed."""
    jobs = [Job(0.0, 100.0)] * 10
    for most, started in ((5, 3), (2, 2)):
        endpoint = Endpoint(most, scaling="request_count", requests_per_worker=4)
        assert len(Fleet(endpoint, PLAIN, jobs).run().starts) == started


def test_sdk_looks_for_a_job_once_a_second() -> None:
    """In its own loop a lone lane waits for the next whole second; a second lane, or a loop without pause, goes on."""
    jobs = [Job(0.0, 1.2)] * 8

    def end(lanes: int, poll_gap: float) -> float:
        return Fleet(Endpoint(1, 1), Machine(lanes=lanes, poll_gap=poll_gap), jobs).run().end

    assert end(1, 1.0) == pytest.approx(7 * 2 + 1.2)
    assert end(2, 1.0) == end(1, 0.0) == pytest.approx(8 * 1.2)


def test_batch_shares_the_engine() -> None:
    """Four jobs in a batch that doubles the speed take half as long as one after another, and end together."""
    machine = Machine(lanes=4, batch=4, batch_gain=2.0)
    totals = Fleet(Endpoint(1, 1), machine, [Job(0.0, 3.0)] * 4).run().totals
    assert totals == pytest.approx([6.0] * 4)


def test_volume_is_shared_by_those_that_start() -> None:
    """Ten starts that read a volume at the same time take ten times as long, and are too long for RunPod."""
    machine = Machine(lanes=1, start=0.0, start_bytes=50e9, volume_rate=1e9, volume_total=1e9)
    jobs = [Job(0.0, 1.0)] * 10
    alone, together = (Fleet(Endpoint(most), machine, jobs).run() for most in (1, 10))
    assert max(alone.starts) == pytest.approx(50.0)
    assert together.starts == pytest.approx([500.0] * 10)
    assert (alone.unhealthy, together.unhealthy) == (0, 10)
    assert INIT_TIMEOUT_S < 500.0


def test_balancer_gives_up_where_a_queue_waits() -> None:
    """While no worker becomes ready in time, requests to a load balancer fail; in the queue they are done."""
    machine = Machine(start=BALANCER_PATIENCE_S)
    jobs = [Job(0.0, 1.0)] * 5
    queue, balancer = (Fleet(Endpoint(2, balancer=own), machine, jobs).run() for own in (False, True))
    assert (len(queue.totals), queue.failed) == (5, 0)
    assert (len(balancer.totals), balancer.failed) == (0, 5)
