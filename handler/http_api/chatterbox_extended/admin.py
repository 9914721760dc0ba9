"""Health, resources, clean-up and errors, as Chatterbox TTS Extended Plus answers them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from functools import partial
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query

from handler import jobs
from handler.backends import memory
from handler.http_api.api import Api
from handler.http_api.chatterbox_extended.errors import RESPONSES, ChatterboxRoute, iso, now
from handler.http_api.errors import in_thread
from handler.http_api.health import health_fields
from handler.http_api.queued_job import IN_PROGRESS, IN_QUEUE
from handler.http_api.readiness import State
from handler.protocols import list_all
from handler.removal import Sweep
from handler.sweeping import INTERVAL_S, sweep
from handler.telemetry import version
from handler.types import Failure

RESULTS = ("output/", "timings/", "videos/", "uploads/")
MAX_COUNTED = 10_000  # objects of each folder of the store: a bucket may hold millions
FULL_SHARE = 0.8  # of the disk, from which on there is a warning

SUMMARY_S = 86_400.0
SHOWN_IN_SUMMARY = 5
FREQUENT = 3  # failures of a kind that make it one of the most frequent
SHOWN_CLEANUPS = 5

CATEGORIES = {"config_error": "configuration", "out_of_memory": "resource", "too_large": "resource"}
"""That server's category of an error's code; others are ``transient`` if a retry may help, else ``permanent``."""

SEVERITIES = {
    "config_error": "critical", "internal": "high", "out_of_memory": "high", "storage_error": "high",
    "engine_error": "medium", "timeout": "medium",
}  # fmt: skip
"""That server's severity of an error's code; that of the others, which are about a request, is ``low``."""


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Chatterbox Extended"], route_class=ChatterboxRoute, responses=RESPONSES)
    started, busy = time.monotonic(), time.process_time()
    cleaning = asyncio.Lock()

    def cpu_percent() -> float:
        """The mean since the server started; 100 is one core."""
        return round(100 * (time.process_time() - busy) / max(time.monotonic() - started, 1.0), 1)

    @routes.get("/health", summary="Health, with metrics, resources and a summary of the errors")
    async def health() -> dict[str, Any]:
        services = api.services
        disk = await asyncio.to_thread(_disk)
        errors = _summary(api, SUMMARY_S)
        return {
            "status": health_fields(api)["status"],
            "models_loaded": {
                "tts": any(services.engines.loaded(name) for name in services.settings.engines),
                "vc": any(services.converters.loaded(name) for name in services.converters.names()),
            },
            "version": version(),
            "uptime_seconds": round(time.monotonic() - started, 1),
            "metrics": {
                "jobs_completed": services.tally[jobs.COMPLETED],
                "jobs_failed": services.tally.total() - services.tally[jobs.COMPLETED],
                "jobs_queued": api.queue.count(IN_QUEUE),
                "jobs_running": api.queue.count(IN_PROGRESS),
            },
            "system_info": {"cpu_percent": cpu_percent(), "memory": {"rss_mb": _rss_mb()}, "disk": disk},
            "resource_status": {"timestamp": now(), "directories": {}, "warnings": _warnings(disk)},
            "warnings": _warnings(disk) or None,
            "error_summary": errors if errors["total_errors"] else None,
        }

    @routes.get("/resources", summary="Disk and memory, and what results and uploads need in the store")
    async def resources() -> dict[str, Any]:
        disk, folders = await asyncio.gather(asyncio.to_thread(_disk), in_thread(_folders, api))
        return {
            "timestamp": now(),
            "directories": folders,
            "disk": disk,
            "memory": {"rss_mb": _rss_mb()},
            "warnings": _warnings(disk),
        }

    @routes.post("/cleanup", summary="Delete expired results, and what killed processes left on the disk")
    async def cleanup() -> dict[str, Any]:
        """As the worker does every hour: results older than RETENTION_DAYS, unless it is 0, and what killed workers
        left. Never a voice with a name.
        """
        async with cleaning:
            return _report(await in_thread(partial(sweep, api.services, forced=True)))

    @routes.get("/cleanup/status", summary="When results are deleted, and the last clean-ups that were asked for")
    async def cleanup_status() -> dict[str, Any]:
        done = list(api.services.sweeps)
        return {
            "scheduler": {
                "running": api.readiness.state is State.READY,
                "cleanup_on_startup": True,
                "retention_days": api.services.settings.retention_days,
                "cleanup_interval_hours": INTERVAL_S / 3600,
                "last_cleanup_time": iso(done[-1].time) if done else None,
                "cleanup_count": len(done),
                "next_cleanup_time": iso(done[-1].time + INTERVAL_S) if done else None,
            },
            "history": [_report(each) for each in done[-SHOWN_CLEANUPS:]],
        }

    @routes.get("/errors/summary", summary="The failed jobs of the last day, counted")
    async def errors_summary() -> dict[str, Any]:
        newest = [_shown(one) for one in _newest(api, SHOWN_IN_SUMMARY)]
        return _summary(api, SUMMARY_S) | {"recent_errors": newest}

    @routes.get("/errors/recent", summary="The last failed jobs, the newest first")
    async def errors_recent(count: Annotated[int, Query(ge=1, le=50)] = 10) -> dict[str, Any]:
        newest = [_shown(one) for one in _newest(api, count)]
        return {"recent_errors": newest, "total_stored": len(api.services.failures)}

    return routes


def _report(done: Sweep) -> dict[str, Any]:
    return {
        "timestamp": iso(done.time),
        "actions": {
            name: {"files_removed": each.count, "bytes_freed": each.bytes} for name, each in done.removed.items()
        },
        "total_files_removed": sum(each.count for each in done.removed.values()),
        "total_bytes_freed": sum(each.bytes for each in done.removed.values()),
        "start_time": iso(done.time),
        "end_time": iso(done.time + done.seconds),
        "duration_seconds": done.seconds,
        "forced": done.forced,
    }


def _folders(api: Api) -> dict[str, dict[str, Any]]:
    """How many objects the folders of results have, and their size; ``complete`` is false from `MAX_COUNTED` on."""
    shown = {}
    for prefix in RESULTS:
        found = list(islice(list_all(api.services.store, prefix), MAX_COUNTED))
        size = sum(item.size for item in found)
        shown[prefix.rstrip("/")] = {
            "file_count": len(found),
            "size_bytes": size,
            "size_mb": round(size / 1e6, 3),
            "complete": len(found) < MAX_COUNTED,
        }
    return shown


def _disk() -> dict[str, float]:
    usage = shutil.disk_usage(tempfile.gettempdir())
    return {"free_gb": round(usage.free / 1e9, 2), "usage_percent": round(100 * usage.used / usage.total, 1)}


def _warnings(disk: dict[str, float]) -> list[str]:
    used = disk["usage_percent"]
    return [f"{used:g} % of the worker's disk is in use"] if used >= 100 * FULL_SHARE else []


def _rss_mb() -> float:
    return round(memory.resident_bytes() / 1e6, 1)


def _newest(api: Api, count: int) -> list[Failure]:
    return list(api.services.failures)[::-1][:count]


def _summary(api: Api, window_s: float) -> dict[str, Any]:
    since = time.time() - window_s
    failures = [one for one in list(api.services.failures) if one.time >= since]
    kinds = Counter(f"{one.endpoint}:{one.code}" for one in failures)
    return {
        "total_errors": len(failures),
        "by_category": dict(Counter(map(_category, failures))),
        "by_severity": dict(Counter(map(_severity, failures))),
        "by_operation": dict(Counter(one.endpoint for one in failures)),
        "most_frequent": {kind: count for kind, count in kinds.items() if count >= FREQUENT},
        "unresolved_count": len(failures),
    }


def _category(failure: Failure) -> str:
    return CATEGORIES.get(failure.code, "transient" if failure.retryable else "permanent")


def _severity(failure: Failure) -> str:
    return SEVERITIES.get(failure.code, "low")


def _shown(failure: Failure) -> dict[str, Any]:
    return {
        "timestamp": iso(failure.time),
        "operation": failure.endpoint,
        "error_type": failure.code,
        "error_message": failure.message,
        "category": _category(failure),
        "severity": _severity(failure),
        "context": {"job_id": failure.job_id},
        "retry_count": 0,
        "resolved": False,
        "resolution_timestamp": None,
    }
