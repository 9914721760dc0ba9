"""A RunPod endpoint and its workers as a discrete-event simulation: who waits, who starts, who is paid for.

What RunPod's documentation says is a field of `Endpoint`; what it leaves open is one too, and says so. A worker asks
for as many jobs as it has free lanes, and again as soon as one is free; the SDK's own loop looks once a second.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

BALANCER_PATIENCE_S = 120.0  # a request to a load balancer fails when no worker is ready for so long
INIT_TIMEOUT_S = 420.0  # RUNPOD_INIT_TIMEOUT: a start that takes longer makes the worker unhealthy


@dataclass(frozen=True)
class Job:
    """A job by the seconds of its stages: what comes before the engine, the engine alone, and what comes after."""

    arrival: float
    engine: float
    before: float = 0.0
    after: float = 0.0
    speech: float = 0.0


@dataclass(frozen=True)
class Endpoint:
    """An endpoint's settings, and its prices per second."""

    max_workers: int
    min_workers: int = 0
    scaling: str = "queue_delay"
    """Or ``request_count``."""
    queue_delay: float = 4.0
    requests_per_worker: int = 4
    idle_timeout: float = 5.0
    execution_timeout: float = 600.0
    flex_price: float = 0.00019
    active_price: float = 0.00013
    balancer: bool = False
    """A load-balancing endpoint: no queue, each request goes to the worker with the fewest."""
    flashboot: float = 0.0
    """Share of the starts that find a stopped worker's state (not documented)."""
    revival: float = 7.0
    check: float = 1.0
    """Seconds between two looks at the queue (not documented)."""
    starts_per_check: int = 1_000_000
    """Most workers that one look starts (not documented)."""
    jobs_per_start: int = 1
    """Overdue jobs for which one worker starts (not documented)."""


@dataclass(frozen=True)
class Machine:
    """What a worker is and what it starts from."""

    lanes: int = 2
    """WORKER_CONCURRENCY."""
    batch: int = 1
    """Jobs that the engine serves at a time."""
    batch_gain: float = 1.0
    """How much faster a full batch is than its jobs one after another."""
    start: float = 9.0
    start_bytes: float = 0.0
    """Read from the network volume."""
    volume_rate: float = 300e6
    """Bytes a second for a worker that reads alone."""
    volume_total: float = math.inf
    """Bytes a second for all that read at once (not documented)."""
    poll_gap: float = 0.0
    """Between two looks at the queue of a worker whose lanes are full: none here, a second in the SDK's own loop."""
    pickup: float = 0.0
    """A job starts up to so much after the worker has got it: 0.1 s in the SDK's own loop."""


@dataclass
class Result:
    """What a run was like."""

    waits: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    speech: float = 0.0
    engine: float = 0.0
    paid: float = 0.0
    cost: float = 0.0
    end: float = 0.0
    starts: list[float] = field(default_factory=list)
    failed: int = 0
    """Requests that a load balancer gave up."""
    overtime: int = 0
    """Jobs that RunPod would have stopped at executionTimeout; here they run to their end."""
    workers: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)])
    """How many are paid for, at each change."""

    @property
    def unhealthy(self) -> int:
        """Starts that took longer than RunPod waits."""
        return sum(seconds > INIT_TIMEOUT_S for seconds in self.starts)


class Clock:
    """Simulated time: calls what was planned, in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Plan a call."""
        heapq.heappush(self._plans, (self.now + seconds, next(self._numbers), call))

    def run(self) -> None:
        """Make all planned calls, and those that they plan."""
        while self._plans:
            self.now, _, call = heapq.heappop(self._plans)
            call()


class Shared:
    """Serves up to ``limit`` at once, each at the same speed; others wait. An engine is one, and so is a volume.

    ``speed(n)`` is the speed of each of n. All get the same, so one level of service done tells who is ready.
    """

    def __init__(self, clock: Clock, speed: Callable[[int], float], limit: int | None = None) -> None:
        self._clock, self._speed, self._limit = clock, speed, limit
        self._level = self._since = 0.0
        self._served: list[tuple[float, int, Callable[[], None]]] = []
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._numbers = itertools.count()
        self._version = 0

    def serve(self, work: float, done: Callable[[], None]) -> None:
        """Call ``done`` once so much has been served."""
        self._advance()
        self._waiting.append((work, done))
        self._fill()

    def _advance(self) -> None:
        if self._served:
            self._level += (self._clock.now - self._since) * self._speed(len(self._served))
        self._since = self._clock.now

    def _fill(self) -> None:
        while self._waiting and (self._limit is None or len(self._served) < self._limit):
            work, done = self._waiting.popleft()
            heapq.heappush(self._served, (self._level + work, next(self._numbers), done))
        self._version += 1
        if self._served:
            version, left = self._version, max(0.0, self._served[0][0] - self._level)
            self._clock.after(left / self._speed(len(self._served)), lambda: self._finish(version))

    def _finish(self, version: int) -> None:
        # Somebody joined meanwhile: a later plan has the right time.
        if version != self._version:
            return
        self._advance()
        _, _, done = heapq.heappop(self._served)
        self._fill()
        done()


class Worker:
    """A worker with its lanes and its one engine."""

    def __init__(self, fleet: Fleet, *, active: bool) -> None:
        self.fleet, self.active = fleet, active
        self.began = self.idle_since = fleet.clock.now
        self.busy = 0
        self.ready = self.stopped = False
        self.own: deque[Job] = deque()
        self._full_since: float | None = None
        machine = fleet.machine
        step = (machine.batch_gain - 1) / max(1, machine.batch - 1)
        self.engine = Shared(fleet.clock, lambda count: (1 + (count - 1) * step) / count, machine.batch)

    def poll(self) -> None:
        """Ask for jobs, as many as there are free lanes; with none, once one is free and ``poll_gap`` is over."""
        if self.busy < self.fleet.machine.lanes:
            self._full_since = None
            self.fleet.ask(self, self.fleet.machine.lanes - self.busy)
        else:
            self._full_since = self.fleet.clock.now

    def take(self, jobs: Sequence[Job]) -> None:
        """Run jobs that the queue handed over."""
        for job in jobs:
            self.busy += 1
            delay = self.fleet.random.uniform(0, self.fleet.machine.pickup)
            self.fleet.clock.after(delay + job.before, self._into_engine(job, self.fleet.clock.now))

    def _into_engine(self, job: Job, taken: float) -> Callable[[], None]:
        clock = self.fleet.clock

        def spoken() -> None:
            clock.after(job.after, lambda: self._done(job, taken))

        return lambda: self.engine.serve(job.engine, spoken)

    def _done(self, job: Job, taken: float) -> None:
        self.busy -= 1
        self.idle_since = self.fleet.clock.now
        self.fleet.finished(job, taken)
        if self.own:
            self.fleet.start(self, [self.own.popleft()])
        elif self._full_since is not None and not self.fleet.endpoint.balancer:
            gap, asleep = self.fleet.machine.poll_gap, self.fleet.clock.now - self._full_since
            self._full_since = None
            self.fleet.clock.after(math.ceil(asleep / gap) * gap - asleep if gap else 0.0, self.poll)
        if not self.busy:
            self.fleet.idle(self)


class Fleet:
    """An endpoint, its queue or balancer, and its scaling."""

    def __init__(self, endpoint: Endpoint, machine: Machine, jobs: Sequence[Job], seed: int = 0) -> None:
        self.endpoint, self.machine = endpoint, machine
        self.clock, self.random = Clock(), random.Random(seed)
        self.result = Result()
        self._jobs = sorted(jobs, key=lambda job: job.arrival)
        self._arrivals = [job.arrival for job in self._jobs]
        self._left = len(self._jobs)
        self._taken = self._starting = 0
        self._waiting: deque[Job] = deque()
        self._asking: deque[tuple[Worker, int]] = deque()
        self._workers: list[Worker] = []
        self._checking = False
        self._volume = Shared(self.clock, lambda count: min(machine.volume_rate, machine.volume_total / count))

    def run(self) -> Result:
        """Let all jobs arrive and end."""
        for _ in range(self.endpoint.min_workers):
            self._ready(self._hire(active=True))
        self._next(0)
        self.clock.run()
        for worker in self._workers:
            self._pay(worker)
        return self.result

    def _next(self, number: int) -> None:
        # One at a time, so that the plans stay few.
        if number < len(self._jobs):
            self.clock.after(self._arrivals[number] - self.clock.now, lambda: self._arrive(number))

    def _arrive(self, number: int) -> None:
        self._waiting.append(self._jobs[number])
        self._hand_over()
        self._watch()
        self._next(number + 1)

    def ask(self, worker: Worker, count: int) -> None:
        """A worker's poll; it is held open until there is a job."""
        self._asking.append((worker, count))
        self._hand_over()

    def _hand_over(self) -> None:
        if self.endpoint.balancer:
            self._balance()
            return
        while self._waiting and self._asking:
            worker, count = self._asking.popleft()
            if not worker.stopped:
                self.start(worker, [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))])
                worker.poll()

    def _balance(self) -> None:
        ready = [worker for worker in self._workers if worker.ready]
        while ready and self._waiting:
            job = self._waiting.popleft()
            worker = min(ready, key=lambda worker: worker.busy + len(worker.own))
            if self.clock.now - job.arrival > BALANCER_PATIENCE_S:
                self.result.failed += 1
                self._taken += 1
                self._left -= 1
            elif worker.busy < self.machine.lanes:
                self.start(worker, [job])
            else:
                worker.own.append(job)

    def start(self, worker: Worker, jobs: Sequence[Job]) -> None:
        """Jobs leave the queue."""
        self._taken += len(jobs)
        self.result.waits += [self.clock.now - job.arrival for job in jobs]
        worker.take(jobs)

    def finished(self, job: Job, taken: float) -> None:
        """A job has ended."""
        self._left -= 1
        self.result.totals.append(self.clock.now - job.arrival)
        self.result.engine += job.engine
        self.result.speech += job.speech
        self.result.overtime += self.clock.now - taken > self.endpoint.execution_timeout
        self.result.end = self.clock.now

    def _watch(self) -> None:
        if not self._checking and self._left:
            self._checking = True
            self.clock.after(self.endpoint.check, self._check)

    def _check(self) -> None:
        """Start or stop workers, as RunPod's documentation has it."""
        self._checking = False
        endpoint = self.endpoint
        arrived = bisect_left(self._arrivals, self.clock.now)
        if endpoint.scaling == "request_count":
            inside = arrived - (len(self._jobs) - self._left)
            wanted = math.ceil(inside / endpoint.requests_per_worker) - len(self._workers)
            for worker in [each for each in self._workers if each.ready and not each.busy and not each.active]:
                if wanted < 0:
                    self._stop(worker)
                    wanted += 1
        else:
            overdue = bisect_left(self._arrivals, self.clock.now - endpoint.queue_delay) - self._taken
            wanted = math.ceil(overdue / endpoint.jobs_per_start) - self._starting
        room = endpoint.max_workers - len(self._workers)
        for _ in range(min(wanted, room, endpoint.starts_per_check)):
            self._begin_start()
        if self._waiting or endpoint.scaling == "request_count":
            self._watch()

    def _hire(self, *, active: bool = False) -> Worker:
        worker = Worker(self, active=active)
        self._workers.append(worker)
        self.result.workers.append((self.clock.now, len(self._workers)))
        return worker

    def _begin_start(self) -> None:
        worker = self._hire()
        self._starting += 1

        def started() -> None:
            self._starting -= 1
            self.result.starts.append(self.clock.now - worker.began)
            self._ready(worker)

        if self.random.random() < self.endpoint.flashboot:
            self.clock.after(self.endpoint.revival, started)
        else:
            read = self.machine.start_bytes
            self.clock.after(self.machine.start, lambda: self._volume.serve(read, started))

    def _ready(self, worker: Worker) -> None:
        worker.ready = True
        worker.idle_since = self.clock.now
        if self.endpoint.balancer:
            self._balance()
        else:
            worker.poll()
        if not worker.busy:
            self.idle(worker)

    def idle(self, worker: Worker) -> None:
        """Stop a worker that stays idle for the idle timeout; with requests counted, `_check` does."""
        if worker.active or (self.endpoint.scaling == "request_count" and self._left):
            return
        since = worker.idle_since

        def stop() -> None:
            if not worker.busy and worker.idle_since == since and not worker.stopped:
                self._stop(worker)

        self.clock.after(self.endpoint.idle_timeout, stop)

    def _stop(self, worker: Worker) -> None:
        worker.stopped, worker.ready = True, False
        self._workers.remove(worker)
        self.result.workers.append((self.clock.now, len(self._workers)))
        self._pay(worker)

    def _pay(self, worker: Worker) -> None:
        price = self.endpoint.active_price if worker.active else self.endpoint.flex_price
        seconds = math.ceil((self.result.end if worker.active else self.clock.now) - worker.began)
        self.result.paid += seconds
        self.result.cost += seconds * price
