"""The road between the queue and the handler: jobs in, results out, in place of the SDK's own loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Collection, Coroutine
from typing import Any

from runpod.http_client import AsyncClientSession
from runpod.serverless.modules import rp_job, rp_scale

from handler.sdk import asking, posting
from handler.sdk.asking import NoAnswer
from handler.sdk.batches import Delivery, safe
from handler.sdk.pauses import Pauses

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0  # after an answer that is none
AT_ONCE_S = 0.1  # an answer sooner than that was not held back by the queue
FIRST_IDLE_S, LONGEST_IDLE_S = 0.05, 1.0  # between two answers at once that there is no job
STOPS_INTERVAL_S = 1.0  # between two questions for cancelled jobs
LONGEST_STOPS_PAUSE_S = 5.0  # after an answer that is none: whoever cancels a job waits for it
MAX_UNPOSTED = 16  # results that the queue does not take; no more jobs are taken then
STOP_POSTING_S = 60.0  # how long a worker that has nothing else to do goes on posting results


class QueueLoop(rp_scale.JobScaler):  # type: ignore[misc]
    """Takes jobs while there is a free lane, and runs, stops and answers them; see the table of `patches` for why.

    ``config`` is that of the SDK with ``lanes``, ``max_jobs`` and ``is_counted``: how many jobs run at a time, after
    how many the worker ends (0: never), and which of them count; and with ``leave``, which is called on a signal: it
    ends jobs that need not be ended here.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._lanes: int = config["lanes"]
        self._counted = 0
        self._running: dict[asyncio.Task[None], str] = {}
        self._posting: dict[asyncio.Task[None], str] = {}
        self._ids: Counter[str] = Counter()
        self._replaced = False
        """Whether RunPod shall put another worker in the place of this one."""
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_shutdown(self, signum: int, frame: Any) -> None:
        """End the loop on a signal. Only so does one wake that waits for the network."""
        if self._loop is None:
            super().handle_shutdown(signum, frame)
        else:
            self._loop.call_soon_threadsafe(self.kill_worker)
            self._loop.call_soon_threadsafe(self.config["leave"])

    async def run(self) -> None:
        """Work until the worker shall stop, then end what runs, and post what is done."""
        self._loop = asyncio.get_running_loop()
        async with AsyncClientSession() as session:
            stops = asyncio.create_task(self._hear_stops(session))
            await self._take_jobs(session)
            while self._running:
                await asyncio.wait(self._running)
            await _finished(self._posting, STOP_POSTING_S)
            for job_id in self._posting.values():
                logger.error("the worker ends, and the queue has not taken a result", extra={"job_id": job_id})
            for task in (stops, *self._posting):
                task.cancel()
            await asyncio.gather(stops, *self._posting, return_exceptions=True)

    async def _take_jobs(self, session: Any) -> None:
        refused, idle = Pauses(FIRST_PAUSE_S, LONGEST_PAUSE_S), Pauses(FIRST_IDLE_S, LONGEST_IDLE_S)
        while self.is_alive():
            if not (count := self._wanted()):
                await self._first_of(asyncio.wait({*self._running, *self._posting}, return_when="FIRST_COMPLETED"))
                continue
            asked = time.monotonic()
            try:
                began = await self._take(session, count)
            except Exception as error:  # noqa: BLE001 - whatever it is, the worker asks again
                await self._pause_after(error, refused)
                continue
            refused.reset()
            if began or time.monotonic() - asked > AT_ONCE_S:
                idle.reset()
            else:
                await self._sleep(idle.next_s())

    async def _take(self, session: Any, count: int) -> bool:
        """Ask once and begin the jobs that come; whether there are any. Raises NoAnswer."""
        batch = await self._first_of(asking.jobs(session, count))
        if batch is None:
            return False
        for line in batch.lost:
            logger.warning("%s; it is passed over", line)
        for delivery in batch.jobs:
            self._begin(session, delivery)
        return bool(batch.jobs)

    def _wanted(self) -> int:
        """How many jobs may be taken now."""
        if len(self._posting) >= MAX_UNPOSTED:
            return 0
        left = self.config["max_jobs"] - self._counted if self.config["max_jobs"] else self._lanes
        return max(0, min(self._lanes - len(self._running), left))

    async def _pause_after(self, error: Exception, pauses: Pauses) -> None:
        pause = pauses.next_s(error.wait_s if isinstance(error, NoAnswer) else None)
        if isinstance(error, NoAnswer):
            logger.warning("the queue gives no jobs (%s): asked again in %.1f s", error, pause)
        else:
            logger.error("jobs could not be taken: asked again in %.1f s", pause, exc_info=error)
        await self._sleep(pause)

    async def _first_of(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        """What the coroutine returns, None if the worker shall stop before: what comes later is for another."""
        work, stopped = asyncio.ensure_future(waiting), asyncio.ensure_future(self._shutdown_event.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return await work if work.done() else None
        finally:
            stopped.cancel()
            work.cancel()

    async def _sleep(self, seconds: float) -> None:
        await self._first_of(asyncio.sleep(seconds))

    def _begin(self, session: Any, delivery: Delivery) -> None:
        """Run a job in a lane of its own."""
        if delivery.fault is None and self.config["is_counted"](delivery.job):
            self._counted += 1
        if self.config["max_jobs"] and self._counted >= self.config["max_jobs"]:
            self._replace("it has taken MAX_JOBS_PER_WORKER jobs")
        self._hold(delivery.id)
        task = asyncio.create_task(self._run(session, delivery))
        self._running[task] = delivery.id
        task.add_done_callback(lambda _: self._running.pop(task, None))

    async def _run(self, session: Any, delivery: Delivery) -> None:
        """Do one job; its result is posted beside the next job, since the queue may be long in taking it."""
        job_id = delivery.id

        def refuse(_: dict[str, Any]) -> dict[str, object]:
            logger.warning("refused: %s", delivery.fault, extra={"job_id": job_id})
            return delivery.fault.reply() if delivery.fault else {}

        handler = refuse if delivery.fault else self.config["handler"]
        try:
            result = await rp_job.run_job(handler, delivery.job | {"id": job_id})
        except asyncio.CancelledError:
            logger.info("stopped", extra={"job_id": job_id})
            self._release(job_id)
            return
        if result.pop("stopPod", False):
            self._replace("a job broke its device or ran out of memory")
        # With the last result: whatever else runs here would be stopped, too.
        if self._replaced and len(self._running) == 1:
            result["stopPod"] = True
        others = list(self._posting)
        task = asyncio.create_task(self._post(session, job_id, result, others))
        self._posting[task] = job_id
        task.add_done_callback(lambda _: self._posting.pop(task, None))

    async def _post(
        self, session: Any, job_id: str, result: dict[str, Any], others: Collection[asyncio.Task[None]]
    ) -> None:
        try:
            if "stopPod" in result:
                await _finished(others, STOP_POSTING_S)
            await posting.post_result(session, job_id, result)
        except Exception:
            logger.exception("a result could not be posted", extra={"job_id": job_id})
        finally:
            self._release(job_id)

    def _replace(self, why: str) -> None:
        """Take no more jobs, and let RunPod replace this worker."""
        if not self._replaced:
            logger.warning("the worker takes no more jobs, and ends: %s", why)
        self._replaced = True
        self.kill_worker()

    def _hold(self, job_id: str) -> None:
        """Have the SDK's ping say that the job is in work; the queue may hand out the same job twice."""
        self._ids[job_id] += 1
        self.job_progress.add(safe(job_id))

    def _release(self, job_id: str) -> None:
        self._ids[job_id] -= 1
        if not self._ids[job_id]:
            del self._ids[job_id]
            self.job_progress.remove(safe(job_id))

    async def _hear_stops(self, session: Any) -> None:
        """Stop jobs that were cancelled, until the last has ended."""
        pauses = Pauses(STOPS_INTERVAL_S, LONGEST_STOPS_PAUSE_S)
        while True:
            asked = time.monotonic()
            try:
                for job_id in await asking.stops(session):
                    await self.stop_job(job_id)
                pauses.reset()
                await asyncio.sleep(max(0.0, asked + STOPS_INTERVAL_S - time.monotonic()))
            except Exception as error:  # noqa: BLE001 - whatever it is, the worker asks again
                pause = pauses.next_s(error.wait_s if isinstance(error, NoAnswer) else None)
                logger.info("cancellations cannot be heard (%s): asked again in %.1f s", error, pause)
                await asyncio.sleep(pause)

    async def stop_job(self, job_id: str) -> bool:
        """Cancel the job, whatever of it runs here; a result that is being posted still is."""
        tasks = [task for task, running in self._running.items() if running == job_id and not task.cancelling()]
        for task in tasks:
            task.cancel()
        return bool(tasks)


async def _finished(tasks: Collection[asyncio.Task[None]], timeout_s: float) -> None:
    """Wait for the tasks, so long at most."""
    if tasks:
        await asyncio.wait(list(tasks), timeout=timeout_s)
