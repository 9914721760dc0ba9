"""Links over HTTP to files of a folder: each is for one method and one key, expires, and is signed with a secret.

The secret is a file in the folder, so links live over restarts, and any process that has the folder can check them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

from handler.errors import ConfigError, LinkInvalid
from handler.types import Grant

SECRET_NAME = ".link-secret"
SECRET_BYTES = 32
PREFIX = "/files/"  # of the paths, below the server's base URL

READ, WRITE = "GET", "PUT"


class SignedLinks:
    """Signs and checks links below ``base_url``."""

    def __init__(self, base_url: str, secret: bytes) -> None:
        self._base_url = base_url.rstrip("/")
        self._secret = secret

    def sign(self, method: str, grant: Grant, expires_in: int) -> str:
        """A link that permits ``grant`` for ``expires_in`` seconds."""
        expires = str(int(time.time()) + expires_in)
        query = {"expires": expires, "type": grant.media_type, "name": grant.filename}
        query["signature"] = self._signature(method, grant, expires)
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self._base_url}{PREFIX}{quote(grant.key)}?{urlencode(given)}"

    def check(self, method: str, key: str, query: Mapping[str, str]) -> Grant:
        """What the link permits. Raises LinkInvalid for one that was not signed for this method, and for an old one."""
        grant = Grant(key, query.get("type"), query.get("name"))
        expires = query.get("expires", "")
        expected = self._signature(method, grant, expires)
        # As bytes: strings with letters beyond ASCII cannot be compared.
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode("utf-8", "replace")):
            use = "reading" if method == READ else "writing"
            raise LinkInvalid(f"is not one that this worker signed for {use}; send it whole and unchanged")
        if int(expires) < time.time():
            raise LinkInvalid("has expired; ask for a new one")
        return grant

    def key_of(self, url: str) -> str | None:
        """The key that a link permits to read; None for a URL that is not below the base URL. Raises LinkInvalid."""
        prefix = self._base_url + PREFIX
        if not url.startswith(prefix):
            return None
        path, _, query = url.removeprefix(prefix).partition("?")
        return self.check(READ, unquote(path), dict(parse_qsl(query, keep_blank_values=True))).key

    def _signature(self, method: str, grant: Grant, expires: str) -> str:
        signed = json.dumps([method, grant.key, expires, grant.media_type, grant.filename])
        return hmac.new(self._secret, signed.encode(), hashlib.sha256).hexdigest()


def secret_of(folder: Path) -> bytes:
    """The folder's secret, made by the first process that asks. Raises ConfigError if it cannot be kept there."""
    path = folder / SECRET_NAME
    try:
        if not path.exists():
            _make(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            # A copy of the folder may have made it readable by others.
            os.fchmod(descriptor, stat.S_IRUSR | stat.S_IWUSR)
            secret = file.read(SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the secret of signed links cannot be kept in LOCAL_STORE: {error.strerror}") from error
    if len(secret) != SECRET_BYTES:
        raise ConfigError(f"the file {SECRET_NAME} in LOCAL_STORE is damaged; remove it, and links made so far end")
    return secret


def _make(path: Path) -> None:
    """Write a new secret, unless another process has written one meanwhile."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{SECRET_NAME}-") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            # A link appears whole, and never replaces another process's.
            path.hardlink_to(file.name)
