"""The bucket: credentials that can be right, the rights that jobs need, signed URLs that work, and the clock."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from handler.doctor.finding import FAILURE, OK, WARNING, Check
from handler.errors import StorageError, WorkerError, reason
from handler.protocols import Services, Store

NORMAL_SKEW_S = 60.0  # A synchronised clock is never so far off
TIMEOUT_S = 10.0  # for one request by a signed URL

_URL_LIFE_S = 60
_AWS_KEY = re.compile(r"A[A-Z]{3}[A-Z0-9]{16}")


def credentials(services: Services) -> Iterable[Check]:
    """The bucket's keys, as far as they can be checked without a request."""
    settings = services.settings
    if settings.s3_bucket is None:
        return []
    name, key, secret = "credentials", settings.aws_access_key_id, settings.aws_secret_access_key
    if key is None and secret is None:
        return [Check(name, OK, "the machine's own")]
    if settings.urls_may_end_early(settings.presign_ttl):
        finding = (
            f"AWS_SESSION_TOKEN is temporary, and URLs that PRESIGN_TTL gives {settings.presign_ttl} s end with it"
        )
        return [Check(name, WARNING, finding, "set keys that stay, or a PRESIGN_TTL of 3600")]
    if key is None or secret is None:
        missing = "AWS_ACCESS_KEY_ID" if key is None else "AWS_SECRET_ACCESS_KEY"
        return [Check(name, FAILURE, f"{missing} is not set, and the other half is", "set both, or neither")]
    if settings.aws_endpoint_url:
        return [Check(name, OK, "set")]
    # Keys of AWS have a fixed form, other services' need not.
    if not _AWS_KEY.fullmatch(key.get_secret_value()) or len(secret.get_secret_value()) != 40:
        finding = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY do not have AWS's form (20 and 40 letters)"
        remedy = "copy both again, or set AWS_ENDPOINT_URL if they are another service's"
        return [Check(name, WARNING, finding, remedy)]
    if key.get_secret_value().startswith("ASIA") and settings.aws_session_token is None:
        finding = "AWS_ACCESS_KEY_ID is a temporary one, which needs a session token"
        return [Check(name, FAILURE, finding, "set AWS_SESSION_TOKEN, too")]
    return [Check(name, OK, "well-formed")]


def probe_store(store: Store) -> None:
    """Write, read, list and delete one small object; raises WorkerError for what does not work."""
    key = _key()
    store.put(key, b"ok", "text/plain")
    whole = store.get(key) == b"ok" and any(info.key == key for info in store.list(key, 1).objects)
    store.delete(key)
    if not whole:
        raise StorageError("what was written could not be read back; check the store's consistency")


def store(services: Services) -> Iterable[Check]:
    """What every job does in the store."""
    try:
        probe_store(services.store)
    except WorkerError as error:
        fault, _, remedy = error.message.partition("; ")
        return [Check("store", FAILURE, fault, remedy or "check the bucket's name, its keys and their rights")]
    return [Check("store", OK, f"{services.store.describe()}: put, get, list and delete work")]


def signed_urls(services: Services) -> Iterable[Check]:
    """Write and read by signed URLs, as clients do; compare the clocks by the answers."""
    if services.settings.s3_bucket is None:
        return []
    key = _key()
    try:
        url = services.store.presign_put(key, _URL_LIFE_S)
        put, date = _ask(Request(url, b"ok", method="PUT"))
        url = services.store.presign_get(key, _URL_LIFE_S, media_type="text/plain", filename="check.txt")
        got, _ = _ask(Request(url))
    except (WorkerError, OSError) as error:
        why = reason(error, f"no answer ({type(error).__name__})")
        return [Check("signed URLs", FAILURE, why, "check AWS_ENDPOINT_URL, and that this machine can reach it")]
    finally:
        with suppress(WorkerError):  # `store` reports a bucket that cannot delete
            services.store.delete(key)
    checks = [_judge(put, got)]
    if date:
        checks.append(clock(parsedate_to_datetime(date).timestamp() - time.time()))
    return checks


def _judge(put: int | bytes, got: int | bytes) -> Check:
    name, remedy = "signed URLs", "check AWS_REGION, S3_ADDRESSING_STYLE and the rights of AWS_ACCESS_KEY_ID"
    if isinstance(put, int):
        return Check(name, FAILURE, f"a signed PUT was answered with HTTP {put}: clients cannot upload", remedy)
    if got != b"ok":
        what = f"HTTP {got}" if isinstance(got, int) else "something else than was put"
        return Check(name, FAILURE, f"a signed GET was answered with {what}: clients cannot read results", remedy)
    return Check(name, OK, "they can be read and written with")


def clock(ahead: float) -> Check:
    """How far the bucket's clock is ahead of this machine's, in seconds, as a finding."""
    if abs(ahead) < NORMAL_SKEW_S:
        return Check("clock", OK, "as the bucket's")
    finding = f"this machine's is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the bucket's"
    return Check("clock", WARNING, finding, "set it; until then the worker signs by the bucket's clock")


def _ask(request: Request) -> tuple[int | bytes, str | None]:
    """The body of an answer, or the status of a refusal; and the time that its server says it is."""
    try:
        with urlopen(request, timeout=TIMEOUT_S) as reply:  # nosec B310 # a setting of the operator's
            return reply.read(), reply.headers.get("Date")
    except HTTPError as error:
        return error.code, error.headers.get("Date")


def _key() -> str:
    return f"uploads/check-{uuid.uuid4().hex}"
