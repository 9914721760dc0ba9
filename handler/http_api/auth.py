"""API_KEYS: who may send requests."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

from starlette.datastructures import Headers

from handler.http_api.errors import Refused

HOW = "send one of the server's keys as `Authorization: Bearer KEY` or `X-API-Key: KEY`"


class Keys:
    """The keys by name. All are compared each time, as hashes: no timing tells how far a guess is right."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._hashes = {name: _hash(key) for name, key in keys.items()}

    def name_of(self, headers: Headers) -> str:
        """The name of the key that a request has. Raises Refused for one without a key, or with another."""
        given = _key(headers)
        if not given:
            raise _refused(f"the request has no API key; {HOW}", "Bearer")
        hashed = _hash(given)
        names = [name for name, known in self._hashes.items() if hmac.compare_digest(known, hashed)]
        if not names:
            raise _refused(f"the API key is not known; {HOW}", 'Bearer error="invalid_token"')
        return names[0]


def _key(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    # Where a gateway has an Authorization of its own, such as RunPod's, the key comes in the other header.
    return headers.get("x-api-key", "").strip() or bearer


def _hash(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def _refused(message: str, challenge: str) -> Refused:
    return Refused.of("unauthorized", message, headers={"WWW-Authenticate": challenge})
