"""What lies around all routes."""

from __future__ import annotations

from handler.http_api.api import Api
from handler.http_api.application import Application
from handler.http_api.job_queue import JobQueue
from handler.protocols import Services


def test_framework_sends_no_telemetry_of_its_own(services: Services) -> None:
    """FastAPI's own spans and logs, which hold what a refused request sent, are off."""
    app = Application(Api(services, JobQueue(services)), local_only=False)
    assert not [name for name, on in app._telemetry.items() if on]
