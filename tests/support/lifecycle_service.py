"""A bucket's lifecycle configuration as AWS keeps it, on 127.0.0.1.

A fake: the S3 service that can run here, Swift, has no lifecycle rules. It keeps the XML that is put, and refuses one
whose checksum is wrong, as AWS does.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.fake_s3 import Answer, Asked, error_response, service


@dataclass
class LifecycleService:
    """``body`` is the configuration, None if there is none; ``denied`` has the methods that are refused."""

    url: str = ""
    body: bytes | None = None
    denied: tuple[str, ...] = ()

    def answer(self, asked: Asked) -> Answer:
        """Answer ``?lifecycle``; anything else is not there."""
        if "lifecycle" not in asked.path.partition("?")[2]:
            return error_response(404, "NoSuchKey")
        if asked.method in self.denied:
            return error_response(403, "AccessDenied")
        if asked.method == "PUT":
            digest = base64.b64encode(hashlib.md5(asked.body, usedforsecurity=False).digest()).decode()
            if asked.headers["Content-MD5"] != digest:
                return error_response(400, "BadDigest")
            self.body = asked.body
            return Answer(200)
        if self.body is None:
            return error_response(404, "NoSuchLifecycleConfiguration")
        return Answer(200, self.body, {"Content-Type": "application/xml"})

    def environ(self) -> dict[str, str]:
        """The settings of a worker that uses its bucket."""
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        return keys | {"AWS_ENDPOINT_URL": self.url, "S3_BUCKET": "bucket"}


@contextmanager
def lifecycle_service() -> Iterator[LifecycleService]:
    """A service for the block."""
    made = LifecycleService()
    with service(made.answer) as (made.url, _):
        yield made
