"""Keys of objects that a bucket and a folder can both hold."""

from __future__ import annotations

from handler.errors import BadRequest, quoted

MAX_KEY_BYTES = 1024  # of UTF-8, the limit of S3 itself


def check_key(key: str) -> str:
    """The key, if it is one that a bucket and a folder can both hold; raises BadRequest."""
    if not key or "\0" in key or any(part in {"", ".", ".."} for part in key.split("/")):
        raise BadRequest(f"{quoted(key)} is not the key of an object")
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise BadRequest("the key of an object holds half of a character") from None
    if length > MAX_KEY_BYTES:
        raise BadRequest(f"the key of an object has at most {MAX_KEY_BYTES} bytes")
    return key
