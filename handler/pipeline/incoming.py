"""Files that a client links to, fetched for a job."""

from __future__ import annotations

from pathlib import Path

from handler import jobs, temporary
from handler.captions import reading
from handler.jobs import Job
from handler.net import fetch as net
from handler.net.fetch import Fetched
from handler.protocols import Services
from handler.types import JobRecord


def fetch(
    url: str, to: Path, *, field: str, max_bytes: int, job: Job, services: Services, timeout: float = 180.0
) -> Fetched:
    """Write the file behind a URL to ``to``, within ``timeout`` seconds: 500 MB from a host that sends three a second.

    Links to this worker's own store are taken, private addresses if the settings allow them. Raises as `net.fetch`
    does, and as ``job.check`` does.
    """
    fetched = net.fetch(
        url,
        to,
        field=field,
        max_bytes=max_bytes,
        allow_private=services.settings.allow_private_urls,
        own=services.store,
        timeout=timeout,
        cancellation=job.cancellation,
    )
    job.measure("fetch", files=1, bytes=fetched.size)
    return fetched


def read_captions(
    text: str | None, url: str | None, field: str, job: Job, services: Services, *, unseen: bool = False
) -> reading.Read:
    """The captions that a client sends as ``text``, or links to. Raises as `fetch` and `reading.read` do."""
    if text is not None:
        return reading.read(text, field=field, unseen=unseen)
    with job.timed("fetch"), temporary.folder("captions") as folder:
        path = folder / "captions"
        found = fetch(url or "", path, field=field, max_bytes=reading.MAX_BYTES, job=job, services=services)
        return reading.read(path.read_bytes(), field=field, media_type=found.media_type, unseen=unseen)


def fetch_recording(url: str | None, source: JobRecord | None, to: Path, job: Job, services: Services) -> None:
    """Write the recording that a client links to as ``audio_url``, or the speech of a finished job, to ``to``.

    Raises NotFound for a job without speech, TooLarge over MAX_AUDIO_BYTES, and as `fetch` does.
    """
    limit = services.settings.max_audio_bytes
    if source is None:
        fetch(url or "", to, field="audio_url", max_bytes=limit, job=job, services=services)
        return
    jobs.require_audio(source)
    to.write_bytes(jobs.audio(source, services.store, limit))
