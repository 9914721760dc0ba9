"""The doctor says who removes old results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.doctor import OK, lifecycle
from handler.protocols import Services
from handler.settings import Settings
from handler.sweeping import sweeper
from s3_utils import S3Store
from tests.support.lifecycle_service import lifecycle_service
from tests.support.stub_backends import with_settings

BY_WORKERS = "the workers remove results after 7 days, every hour"


def with_bucket(services: Services, environ: dict[str, str]) -> Services:
    settings = Settings.read(environ | {"RETENTION_DAYS": "7"})
    return replace(services, settings=settings, store=S3Store(settings))


def finding(services: Services) -> str:
    (check,) = lifecycle.deletion(services)
    assert (check.name, check.state) == ("deletion", OK)
    return check.finding


def test_without_days_nothing_is_said(services: Services) -> None:
    """Without RETENTION_DAYS nobody has asked for it."""
    assert list(lifecycle.deletion(services)) == []


def test_a_folder(services: Services) -> None:
    """Its workers do it."""
    assert finding(with_settings(services, retention_days=7)) == BY_WORKERS


def test_a_service_without_rules(services: Services, s3_environ: dict[str, str]) -> None:
    """Swift has none, and takes the question for one about the objects of the bucket."""
    assert finding(with_bucket(services, s3_environ)) == f"{BY_WORKERS}; the bucket's service has no lifecycle rules"


def test_a_service_with_rules(services: Services) -> None:
    """Without rules it says how to get them, with them that they are there; then a sweep lists nothing for it."""
    with lifecycle_service() as service:
        bucket = with_bucket(services, service.environ())
        assert "--fix-lifecycle" in finding(bucket)
        store = bucket.store
        assert isinstance(store, S3Store)
        store.set_expiry_rules(lifecycle.wanted(bucket.settings, 7))
        assert finding(bucket) == "the bucket removes results after 7 days, by its lifecycle rules"
        assert len(sweeper._rules(store)) == 5


def test_a_missing_right_is_named(services: Services) -> None:
    """Keys that may not look leave it open, and the sweep of a worker goes on without it."""
    with lifecycle_service() as service:
        service.denied = ("GET",)
        bucket = with_bucket(services, service.environ())
        assert "s3:GetLifecycleConfiguration" in finding(bucket)
        assert sweeper._rules(bucket.store) == ()


@pytest.mark.parametrize(("ttl", "days", "kept"), [(60, 30, 2), (604_800, 30, 8), (604_800, 3, 3)])
def test_uploads_stay_as_long_as_their_links(services: Services, ttl: int, days: int, kept: int) -> None:
    """An upload is removed once its link has expired, and no later than results."""
    settings = with_settings(services, presign_ttl=ttl).settings
    (uploads,) = [rule for rule in lifecycle.wanted(settings, days) if rule.prefix == "uploads/"]
    assert uploads.days == kept
