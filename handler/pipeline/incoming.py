"""Files that a client links to, fetched for a job."""

from __future__ import annotations

from pathlib import Path

from handler.jobs import Job
from handler.net import fetch as net
from handler.net.fetch import Fetched
from handler.protocols import Services


def fetch(
    url: str, to: Path, *, field: str, max_bytes: int, job: Job, services: Services, timeout: float = 180.0
) -> Fetched:
    """Write the file behind a URL to ``to``, within ``timeout`` seconds: 500 MB from a host that sends three a second.

    Links to this worker's own store are taken, private addresses if the settings allow them. Raises as `net.fetch`
    does, and as ``job.check`` does.
    """
    return net.fetch(
        url,
        to,
        field=field,
        max_bytes=max_bytes,
        allow_private=services.settings.allow_private_urls,
        own=services.store,
        timeout=timeout,
        cancellation=job.cancellation,
    )
