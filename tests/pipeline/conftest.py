"""The worker and the web host of the endpoints' tests."""

from tests.endpoints.conftest import disk, services, web

__all__ = ["disk", "services", "web"]
