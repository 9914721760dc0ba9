"""Fixtures of a real bucket. A folder's conftest has them by
``from tests.support.s3_fixtures import s3_environ, s3_store, swift``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from handler.settings import Settings
from s3_utils import S3Store
from tests.support.s3_server import Swift

__all__ = ["s3_environ", "s3_store", "swift"]


@pytest.fixture(scope="session")
def swift() -> Iterator[Swift]:
    """One server for all tests of this process."""
    with Swift() as server:
        yield server


@pytest.fixture
def s3_environ(swift: Swift) -> dict[str, str]:
    """The bucket's part of a worker's environment: a fresh bucket for each test."""
    return swift.environ(swift.new_bucket())


@pytest.fixture
def s3_store(s3_environ: dict[str, str]) -> S3Store:
    return S3Store(Settings.read(s3_environ))
