"""The worker and the web host of the endpoints' tests."""

from tests.endpoints.conftest import disk, services, sphinx, web

__all__ = ["disk", "services", "sphinx", "web"]
