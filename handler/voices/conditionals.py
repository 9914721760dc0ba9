"""What engines compute from a voice's clip: kept on the worker's disk and in the bucket, each with its sha256."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable

from handler.cancellation import Cancellation
from handler.errors import NotFound, StorageError, TooLarge
from handler.protocols import Store
from handler.types import KeepConditionals
from handler.voices import registry
from handler.voices.clip_cache import ClipCache

logger = logging.getLogger(__name__)

MAX_BYTES = 100_000_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_MEDIA_TYPE = "application/octet-stream"
_DIGEST_BYTES = 32


def keeper(store: Store, cache: ClipCache, clip_sha256: str, cancellation: Cancellation) -> KeepConditionals:
    """A function that returns the conditionals of one clip by name, computed once for this machine and the bucket.

    One job computes, the others wait for it. A damaged file is computed anew; a bucket or disk that cannot be used is
    logged. The function raises ValueError for a name that is not a file's, what ``compute`` raises, and as
    `Cancellation.check` does while it waits.
    """

    def conditionals(name: str, compute: Callable[[], bytes]) -> bytes:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a name for conditionals; use letters, digits, '.', '_' and '-'")
        made: list[bytes] = []

        def make() -> bytes:
            key = registry.conditionals_key(clip_sha256, name)
            body = _read(store, key)
            if body is None:
                body = compute()
                _write(store, key, body, registry.prepared_key(clip_sha256))
            made.append(body)
            return _sealed(body)

        file = f"{clip_sha256}.{name}.conditionals"
        try:
            sealed = cache.get_bytes(file, make, lambda kept: _opened(kept) is not None, cancellation)
        except StorageError as error:
            if not made:
                raise
            logger.warning("the conditionals %s of a voice are not kept on this disk: %s", name, error)
            return made[0]
        return sealed[_DIGEST_BYTES:]

    return conditionals


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).digest() + body


def _opened(sealed: bytes) -> bytes | None:
    """The content behind its sha256; None if they differ."""
    digest, body = sealed[:_DIGEST_BYTES], sealed[_DIGEST_BYTES:]
    return body if hashlib.sha256(body).digest() == digest else None


def _read(store: Store, key: str) -> bytes | None:
    try:
        body = _opened(store.get(key, MAX_BYTES))
    except NotFound:
        return None
    except (StorageError, TooLarge) as error:
        logger.warning("the conditionals of a voice cannot be read from the bucket: %s", error)
        return None
    if body is None:
        logger.warning("the conditionals of a voice in the bucket are damaged; they are computed again")
    return body


def _write(store: Store, key: str, body: bytes, clip_key: str) -> None:
    """Keep the conditionals in the bucket as long as their clip is there.

    A voice is deleted clip first: if that happens meanwhile, one of the two jobs removes the conditionals.
    """
    try:
        store.put(key, _sealed(body), _MEDIA_TYPE)
        if store.head(clip_key) is None:
            store.delete(key)
    except StorageError as error:
        logger.warning("the conditionals of a voice cannot be kept in the bucket: %s", error)
