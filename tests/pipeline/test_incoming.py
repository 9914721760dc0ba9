"""Files that a client links to are fetched with the limits and rights of the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler import jobs
from handler.cancellation import Cancellation
from handler.errors import BadRequest, Cancelled, TooLarge
from handler.jobs import Job
from handler.pipeline import incoming
from handler.protocols import Services
from handler.storage.local_store import LocalStore
from handler.types import JobRecord
from tests.endpoints.conftest import Web
from tests.support.stub_backends import with_settings

BODY = b"sound" * 100


def job(services: Services, cancellation: Cancellation) -> Job:
    record = JobRecord("j1", "upload", jobs.IN_PROGRESS, 0.0)
    return Job(record, services.store, timeout=60.0, cancellation=cancellation)


def fetch(services: Services, url: str, to: Path, *, allow_private_urls: bool = True, max_bytes: int = 1000) -> bytes:
    services = with_settings(services, allow_private_urls=allow_private_urls)
    fetched = incoming.fetch(
        url, to, field="audio_url", max_bytes=max_bytes, job=job(services, Cancellation()), services=services
    )
    assert fetched.size == to.stat().st_size
    return to.read_bytes()


def test_private_addresses_need_the_setting(services: Services, web: Web, tmp_path: Path) -> None:
    """A link to this machine is fetched only where ALLOW_PRIVATE_URLS allows it."""
    url = web.put("/a.wav", BODY)
    assert fetch(services, url, tmp_path / "a") == BODY
    with pytest.raises(BadRequest, match="audio_url"):
        fetch(services, url, tmp_path / "b", allow_private_urls=False)


def test_links_of_the_workers_own_store_are_fetched(services: Services, tmp_path: Path) -> None:
    """A signed link of the worker's store needs no setting."""
    assert isinstance(services.store, LocalStore)
    services.store.put("uploads/a.wav", BODY, "audio/wav")
    url = services.store.presign_get("uploads/a.wav", 60, media_type="audio/wav", filename="a.wav")
    assert fetch(services, url, tmp_path / "a", allow_private_urls=False) == BODY


def test_size_limit_is_passed_on(services: Services, web: Web, tmp_path: Path) -> None:
    """A file of more than ``max_bytes`` bytes is too large."""
    with pytest.raises(TooLarge, match="audio_url"):
        fetch(services, web.put("/a.wav", BODY), tmp_path / "a", max_bytes=len(BODY) - 1)


def test_cancelled_job_fetches_nothing(services: Services, web: Web, tmp_path: Path) -> None:
    """The fetch stops when its job is cancelled."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        incoming.fetch(
            web.put("/a.wav", BODY),
            tmp_path / "a",
            field="audio_url",
            max_bytes=1000,
            job=job(services, cancellation),
            services=services,
        )
