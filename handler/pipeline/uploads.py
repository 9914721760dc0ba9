"""The files that clients put into the store for a job: their keys, and the links that read them."""

from __future__ import annotations

import secrets

from handler.protocols import Store
from handler.settings import Settings

MEDIA_TYPE = "application/octet-stream"
"""Of every upload, whatever it holds: no browser runs what a client has put there."""

FOLDER = "uploads/"
FILE_NAME = "upload"
FILE_SECONDS = 86_400  # life of the URL that reads it, if PRESIGN_TTL is not longer: time for more than one job


def new_token() -> str:
    """The name of an upload, which nobody can guess."""
    return secrets.token_urlsafe(24)


def key(token: str) -> str:
    return f"{FOLDER}{token}"


def file_seconds(settings: Settings) -> int:
    """How many seconds the link to an upload lives."""
    return max(FILE_SECONDS, settings.presign_ttl)


def file_url(store: Store, token: str, seconds: int, filename: str = FILE_NAME) -> str:
    """The link by which a job reads an upload, as it would a file on the web."""
    return store.presign_get(key(token), seconds, media_type=MEDIA_TYPE, filename=filename)
