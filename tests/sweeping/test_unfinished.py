"""Files that no record of a complete job names: what runs leave that are killed, and write too late, is swept."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import pytest

from handler import jobs
from handler.dispatch import dispatch
from handler.errors import Cancelled
from handler.jobs import records
from handler.protocols import Services, Store
from handler.settings import Settings
from handler.sweeping import litter, unfinished
from handler.types import JobRecord

HOUR, DAY = 3600.0, 86_400.0
FILES = (
    "output/job-1.wav", "timings/job-1.srt", "timings/job-1.remotion.json", "output/job-1/job-1-01.mp3",
    "timings/job-1/job-1-01.srt", "jobs/job-1/words.json",
)  # fmt: skip
OTHERS = (
    "output/job-1.r1.wav",
    "output/job-10.wav",
    "timings/job-1.r1.srt",
    "output/a-job-1.wav",
    "output/job-1/mine.mp3",
)
"""Files of other jobs, and of other programs, whose names are alike."""
UPLOADS = {"stage": "upload", "done": 0, "total": 4}


@pytest.fixture(params=["folder", "bucket"])
def either(request: pytest.FixtureRequest) -> Store:
    """A store of each kind."""
    found: Store = request.getfixturevalue("store" if request.param == "folder" else "s3_store")
    return found


def left_behind(store: Store, **changes: Any) -> None:
    """A job as its worker leaves it that is killed while it stores the files."""
    for key in (*FILES, *OTHERS):
        store.put(key, b"x", "text/plain")
    record = JobRecord("job-1", "generate", jobs.IN_PROGRESS, 1.0, worker="gone", run="r0", heartbeat_at=1.0)
    records.put(store, replace(record, **changes))


def keys(store: Store) -> set[str]:
    """What is in the store, without the record."""
    return {info.key for info in store.list("", 1000).objects} - {"jobs/job-1.json"}


def clean(settings: Settings, store: Store, later_s: float, times: dict[str, float] | None = None) -> dict[str, Any]:
    return litter.Cleaning(store, settings, time.time() + later_s, times={} if times is None else times).run()


@pytest.mark.parametrize(
    "changes",
    [{}, {"state": jobs.CANCELLED, "progress": UPLOADS}, {"state": jobs.FAILED, "attempt": 2, "progress": UPLOADS}],
    ids=["lost", "cancelled", "failed"],
)
def test_files_of_a_job_that_did_not_complete_go(settings: Settings, either: Store, changes: dict[str, Any]) -> None:
    """Once no run can be at it any more all of its files go, and those of jobs with like names stay."""
    left_behind(either, **changes)
    after = litter.unfinished_s(settings)
    assert clean(settings, either, after) == {}
    assert clean(settings, either, after + 2 * HOUR)[unfinished.KIND].count == len(FILES)
    assert keys(either) == set(OTHERS)


def test_results_stay(settings: Settings, services: Services) -> None:
    """Without RETENTION_DAYS the files of a complete job stay for ever, and so does a refused job's record."""
    dispatch({"id": "job-1", "input": {"text": "Hello.", "timing_format": ["srt", "remotion"]}}, services)
    dispatch({"id": "job-2", "input": {"text": ""}}, services)
    before = keys(services.store)
    clean(settings, services.store, 1000 * DAY)
    assert keys(services.store) == before


def test_files_of_todays_run_stay(settings: Settings, store: Store) -> None:
    """A job that is sent again while its old record is read keeps what the new run writes."""
    left_behind(store)
    now = time.time() + 9 * DAY
    assert settings.local_store is not None
    os.utime(settings.local_store / FILES[0], (now, now))
    clean(settings, store, 9 * DAY)
    assert keys(store) == {FILES[0], *OTHERS}


def test_each_record_is_read_once(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps read those that have become old since the last one, also where they stop in the middle of the listing."""
    monkeypatch.setattr(litter, "PAGE_KEYS", 2)
    monkeypatch.setattr(litter, "MAX_PAGES", 1)
    read: list[str] = []
    find = records.find

    def reading(where: Store, job_id: str) -> JobRecord | None:
        read.append(job_id)
        return find(where, job_id)

    monkeypatch.setattr(records, "find", reading)
    for number in range(5):
        records.put(store, JobRecord(f"job-{number}", "generate", jobs.COMPLETED, 1.0))
    cursors: dict[str, str] = {}
    times: dict[str, float] = {}
    after = litter.unfinished_s(settings)
    for hours in (0, 2, 3, 4, 5, 6, 7):
        litter.Cleaning(store, settings, time.time() + after + hours * HOUR, cursors, times).run()
    assert read == ["job-0", "job-1", "job-2", "job-3", "job-4"]


def test_stopped_sweep_is_gone_on_with(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends in the middle of a listing has kept where the next one goes on, page by page."""
    monkeypatch.setattr(litter, "PAGE_KEYS", 2)
    for number in range(4):
        records.put(store, JobRecord(f"job-{number}", "generate", jobs.COMPLETED, 1.0))
    cursors: dict[str, str] = {}
    times: dict[str, float] = {}
    kept: list[tuple[dict[str, str], dict[str, float]]] = []

    def keep() -> None:
        kept.append((dict(cursors), dict(times)))
        raise Cancelled("the worker stops")

    now = time.time() + 9 * DAY
    with pytest.raises(Cancelled):
        litter.Cleaning(store, settings, now, cursors, times, keep=keep).run()
    assert kept == [({"jobs/": "jobs/job-1.json"}, {unfinished.READING: now - 8 * DAY - HOUR})]


def test_listing_of_an_older_version_is_gone_on_with(settings: Settings, store: Store) -> None:
    """Its worker has kept no times: the next listing reads the records that this one has not."""
    left_behind(store)
    times: dict[str, float] = {}
    litter.Cleaning(store, settings, time.time() + 9 * DAY, {"jobs/": "jobs/job-0.json"}, times).run()
    assert times == {}
    assert keys(store) == set(OTHERS)


def test_files_of_a_job_that_is_sent_again_stay(
    settings: Settings, either: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A book that goes on after its record was listed finds the chapters that there are."""
    left_behind(either)
    find = records.find

    def sent_again(store: Store, job_id: str) -> JobRecord | None:
        found = find(store, job_id)
        assert found is not None
        records.put(store, replace(found, run="r1", attempt=2))
        return found

    monkeypatch.setattr(records, "find", sent_again)
    assert clean(settings, either, 9 * DAY) == {}
    assert keys(either) == {*FILES, *OTHERS}
