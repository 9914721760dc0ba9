"""A bucket as a store: any service that speaks S3 (AWS, Backblaze B2, Cloudflare R2, MinIO, Spaces, Swift, …).

The only module that imports boto3. It is long because services fail in some 40 ways, and for each a message here names
the setting to check. boto3 gets every setting explicitly: otherwise it would read the machine's own.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import logging
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

import boto3
import botocore.auth
import botocore.exceptions as failures
import botocore.session
from botocore.config import Config
from pydantic import SecretStr

from handler.errors import AlreadyExists, BadRequest, ConfigError, NotFound, StorageError, StoreUnavailable, TooLarge
from handler.removal import ExpiryRule
from handler.settings import MAX_PRESIGN, Settings
from handler.storage import lifecycle
from handler.storage.bucket_clock import BucketClock
from handler.storage.keys import check_key
from handler.types import ObjectInfo, Page

logger = logging.getLogger(__name__)

ATTEMPTS = 3
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 10.0
"""Three attempts and their pauses take up to 35 s: the client is still waiting when the job fails."""
MAX_CONNECTIONS = 32  # two jobs upload eight files each, write records and list
MAX_PAGE_KEYS = 1000
READ_BLOCK_BYTES = 1 << 20
PIECE_BYTES = 1 << 18

BODY_BROKE = (failures.IncompleteReadError, failures.ReadTimeoutError, failures.ResponseStreamingError)


@dataclass(frozen=True)
class ErrorText:
    """The message for one kind of failure, and whether a retry can help."""

    message: str
    retryable: bool = False

    def error(self) -> StorageError:
        if self.retryable:
            return StoreUnavailable(self.message)
        return StorageError(self.message, retryable=False)


_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_REFUSED = ErrorText("the bucket refused the request; check the rights of AWS_ACCESS_KEY_ID: put, get, list and delete")
_FORBIDDEN = ErrorText(f"the bucket refused the request; check {_KEYS}, and their rights to put, get, list and delete")
_NO_BUCKET = ErrorText("there is no bucket of this name; check S3_BUCKET, AWS_ENDPOINT_URL and AWS_REGION")
_BAD_BUCKET = ErrorText("S3_BUCKET is not a valid name of a bucket: 3 to 63 small letters, digits, dots and hyphens")
_NO_KEY = ErrorText("the bucket's service does not know AWS_ACCESS_KEY_ID; check it, and AWS_ENDPOINT_URL")
_BAD_SECRET = ErrorText("AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID; copy both again")
_BAD_TOKEN = ErrorText("AWS_SESSION_TOKEN has expired or does not fit the keys; get new keys, or leave it out")
_CLOCK = ErrorText("the bucket refused the request because this machine's clock is wrong by minutes; set the clock")
_REGION = ErrorText("the bucket is in another region; correct AWS_REGION, and the region in AWS_ENDPOINT_URL")
_MOVED = ErrorText("the bucket's service redirects requests; check AWS_REGION, and http or https in AWS_ENDPOINT_URL")
_UNREADABLE = ErrorText("the bucket's service did not understand the request; check AWS_REGION and the keys")
_FULL = ErrorText("the bucket's quota is used up; remove old files, or raise the quota")
_BUSY = ErrorText("the bucket's service is too busy; try again in a minute", retryable=True)
_BROKEN = ErrorText("the bucket's service had an internal error; try again", retryable=True)
_UNREACHED = ErrorText("the bucket's service cannot be reached; check AWS_ENDPOINT_URL and the network", retryable=True)
_SILENT = ErrorText("the bucket's service did not answer in time; try again, check AWS_ENDPOINT_URL", retryable=True)
_CUT = ErrorText("the connection to the bucket's service broke off; try again", retryable=True)
_TLS = ErrorText("the certificate of the bucket's service is not trusted; check AWS_ENDPOINT_URL and AWS_CA_BUNDLE")
_NO_BUCKETS_URL = ErrorText("the bucket's service did not find the bucket; check the path in AWS_ENDPOINT_URL")
_NO_KEYS = ErrorText(f"there are no keys for the bucket; set {_KEYS}")

CODES: dict[str, ErrorText] = {
    code: text
    for text, codes in (
        (_NO_BUCKET, "NoSuchBucket"),
        (_BAD_BUCKET, "InvalidBucketName"),
        # To a list, which asks for no key: the service takes the bucket for an object of the one that the URL names.
        (_NO_BUCKETS_URL, "NoSuchKey"),
        (_REFUSED, "AccessDenied AllAccessDisabled"),
        # The answer to a HEAD has no body: its status is all there is, also for a wrong secret.
        (_FORBIDDEN, "403 Forbidden"),
        (_NO_KEY, "InvalidAccessKeyId"),
        (_BAD_SECRET, "SignatureDoesNotMatch"),
        (_BAD_TOKEN, "ExpiredToken InvalidToken TokenRefreshRequired"),
        (_CLOCK, "RequestTimeTooSkewed"),
        (_REGION, "AuthorizationHeaderMalformed IllegalLocationConstraintException PermanentRedirect"),
        (_MOVED, "301 302 307 308 TemporaryRedirect"),
        (_UNREADABLE, "400"),
        (_FULL, "QuotaExceeded InsufficientStorage XMinioStorageFull"),
        (_BUSY, "SlowDown ServiceUnavailable TooManyRequests Throttling ThrottlingException"),
        (_CUT, "RequestTimeout"),
        (_BROKEN, "InternalError"),
    )
    for code in codes.split()
}
"""Messages by the service's error code. Most services use the codes of AWS."""

FAILURES: dict[type[Exception], ErrorText] = {
    failures.NoCredentialsError: _NO_KEYS,
    failures.PartialCredentialsError: _NO_KEYS,
    failures.CredentialRetrievalError: _NO_KEYS,
    failures.SSLError: _TLS,
    failures.ReadTimeoutError: _SILENT,
    failures.EndpointConnectionError: _UNREACHED,
    failures.ConnectTimeoutError: _UNREACHED,
    failures.ProxyConnectionError: _UNREACHED,
    failures.ConnectionClosedError: _CUT,
    failures.IncompleteReadError: _CUT,
    failures.HTTPClientError: _CUT,
    failures.ParamValidationError: _BAD_BUCKET,
}
"""Messages by exception, for failures without a complete response. The first match counts."""

_NAMED_TWICE = "AWS_ENDPOINT_URL has the bucket's name in it: take it off, and leave it in S3_BUCKET alone"
_ANOTHER_REASON = frozenset({_BUSY, _BROKEN, _SILENT, _CUT, _CLOCK, _FULL})
"""Failures that do not come from a bucket's name in AWS_ENDPOINT_URL."""

MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
NO_CONDITIONS = frozenset({"NotImplemented", "501", "InvalidArgument"})
"""Codes by which services refuse ``If-None-Match`` on a put because they do not implement it."""

NO_RULES = frozenset({"NoSuchLifecycleConfiguration"})
NO_LIFECYCLE = frozenset({"NotImplemented", "501", "MethodNotAllowed", "405", "NotSupported"})
"""Codes of services that have no lifecycle rules."""

DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403", "Forbidden"})
OK_STATUS, REFUSED_STATUS = 200, 403
HEAD_FIELDS = {"ContentLength", "ContentType", "ETag", "LastModified"}
LENGTHS = {"content-length", "transfer-encoding"}
"""Headers one of which every answer with 200 has."""
_MIN_SIZE = "TransitionDefaultMinimumObjectSize"  # of a lifecycle configuration, beside its rules

_PORTS = {"http": 80, "https": 443}
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNATURE_FIELDS = tuple(
    f"X-Amz-{part}" for part in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
)
"""Query fields of a signed URL. Some services treat a request without one of them as unsigned."""

_UNSAFE_PART = re.compile(r"(^|[/\\])\.{0,2}(;[^/\\]*)?([/\\]|$)")
"""An empty, ``.`` or ``..`` part of a path, in every spelling that some server resolves."""


class S3Store:
    """Objects of one bucket. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Send no request. Raises ConfigError for invalid settings."""
        if settings.s3_bucket is None:
            raise ConfigError("S3_BUCKET is not set")
        self._bucket = settings.s3_bucket
        # Their debug lines contain signatures and the bucket's content.
        for name in ("boto3", "botocore"):
            logging.getLogger(name).setLevel(logging.INFO)
        self._client = _client(settings)
        self._conditional_puts = True
        self._named_twice = _names_bucket(settings.aws_endpoint_url or "", settings.s3_bucket)

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        request = {"Bucket": self._bucket, "Key": check_key(key), "ContentType": media_type}
        with self._translated():
            reply = self._put_new(request, body) if only_new else self._put(request, body)
        # Swift sends no etag if another write of the same key came first.
        return str(reply.get("ETag", "")).strip('"')

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        check_key(key)
        with self._translated(key):
            for attempt in itertools.count(1):
                reply = self._client.get_object(Bucket=self._bucket, Key=key)
                body = reply["Body"]
                try:
                    if max_bytes is None:
                        return bytes(body.read())
                    return _read_at_most(max_bytes, body, reply.get("ContentLength", 0))
                except BODY_BROKE:
                    # boto3 retries only until it has the headers.
                    if attempt == ATTEMPTS:
                        raise
                finally:
                    body.close()
        raise AssertionError("the loop above returns or raises")

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """One request for all of them; a connection that breaks between two raises StorageError."""
        if start >= end:
            return
        wanted = f"bytes={start}-{end - 1}"
        with self._translated(key):
            body = self._client.get_object(Bucket=self._bucket, Key=check_key(key), Range=wanted)["Body"]
            with closing(body):
                yield from body.iter_chunks(PIECE_BYTES)

    def head(self, key: str) -> ObjectInfo | None:
        try:
            with self._translated(key):
                found = self._client.head_object(Bucket=self._bucket, Key=check_key(key))
                if not found.keys() >= HEAD_FIELDS:
                    raise _broken_head()
        except NotFound:
            return None
        return ObjectInfo(
            key=key,
            size=found["ContentLength"],
            modified=found["LastModified"].timestamp(),
            etag=found["ETag"].strip('"'),
            media_type=found["ContentType"],
            told_at=_date(found),
        )

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        """The cursor is the last key of the page before, and stays valid if that object is deleted.

        Media types are guessed from the keys, because S3 does not list them.
        """
        found: list[ObjectInfo] = []
        more = True
        while more and len(found) < limit:
            after = found[-1].key if found else cursor
            start = {"StartAfter": check_key(after)} if after else {}
            size = min(limit - len(found), MAX_PAGE_KEYS)
            with self._translated():
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=size, **start)
            found += [_object_info(entry) for entry in page.get("Contents", [])]
            more = bool(page["IsTruncated"] and page.get("Contents"))
        return Page(tuple(found), found[-1].key if found and more else None)

    def delete(self, key: str) -> None:
        try:
            with self._translated(key):
                self._client.delete_object(Bucket=self._bucket, Key=check_key(key))
        except NotFound:
            logger.debug("deleted before: %s", key)

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        return self._signed(
            "get_object",
            expires_in,
            Key=check_key(key),
            ResponseContentType=media_type,
            ResponseContentDisposition=attachment(filename),
        )

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        """``media_type`` is signed: the client must send exactly that ``Content-Type``. None accepts any."""
        signed = {} if media_type is None else {"ContentType": media_type}
        return self._signed("put_object", expires_in, Key=check_key(key), **signed)

    def is_own_link(self, url: str) -> bool:
        """Whether a URL leads to an object of this bucket and has a signature, which the service will check."""
        link, bucket = urlsplit(url), self._bucket_url
        if _origin(link) != _origin(bucket) or not link.path.startswith(bucket.path):
            return False
        query = parse_qs(link.query)
        signed = all(len(query.get(name, ())) == 1 for name in _SIGNATURE_FIELDS)
        signed = signed and query["X-Amz-Algorithm"] == [_ALGORITHM]
        return signed and _is_object_path(link.path.removeprefix(bucket.path))

    def expiry_rules(self) -> tuple[ExpiryRule, ...] | None:
        found = self._lifecycle()
        return None if found is None else lifecycle.expiry_rules(found["Rules"])

    def set_expiry_rules(self, rules: Sequence[ExpiryRule]) -> None:
        found = self._lifecycle()
        if found is None:
            raise StorageError("the bucket's service has no lifecycle rules")
        # What else stands in the configuration would be set back to its default.
        size = {name: found[name] for name in (_MIN_SIZE,) if name in found}
        merged = {"Rules": lifecycle.merged(found["Rules"], rules)}
        with self._translated(), _allowed("s3:PutLifecycleConfiguration"):
            self._client.put_bucket_lifecycle_configuration(Bucket=self._bucket, LifecycleConfiguration=merged, **size)

    def _lifecycle(self) -> dict[str, Any] | None:
        """The lifecycle configuration of the bucket; None if the service knows none."""
        try:
            with self._translated(), _allowed("s3:GetLifecycleConfiguration"):
                found: dict[str, Any] = self._client.get_bucket_lifecycle_configuration(Bucket=self._bucket)
        except StorageError as error:
            if isinstance(error.__cause__, failures.ClientError):
                code = _code(error.__cause__)
                if code in NO_RULES:
                    return {"Rules": []}
                if code in NO_LIFECYCLE:
                    return None
            raise
        # A bucket without rules is answered with an error. Swift takes the question for one about the bucket's objects.
        return found if "Rules" in found else None

    def open_link(self, url: str) -> BufferedReader | None:  # noqa: ARG002
        return None

    def describe(self) -> str:
        return f"S3 bucket {self._bucket}"

    @cached_property
    def _bucket_url(self) -> SplitResult:
        """The URL of the bucket as boto3 signs it; the path ends with a slash."""
        signed = urlsplit(self._signed("get_object", 60, Key="x"))
        return signed._replace(path=signed.path.removesuffix("x"), query="")

    def _signed(self, operation: str, expires_in: int, **fields: str) -> str:
        if not 1 <= expires_in <= MAX_PRESIGN:
            raise BadRequest.of("expires_in", f"must be 1 to {MAX_PRESIGN} seconds, which is seven days")
        with self._translated():
            url = self._client.generate_presigned_url(
                operation, Params={"Bucket": self._bucket, **fields}, ExpiresIn=expires_in
            )
        return str(url)

    @contextmanager
    def _translated(self, key: str | None = None) -> Iterator[None]:
        """Turn boto3's exceptions into StorageError; with ``key``, a missing object into NotFound."""
        try:
            yield
        except failures.ClientError as error:
            code = _code(error)
            if key is not None and code in MISSING:
                raise NotFound(f"{key} does not exist") from None
            raise self._error(CODES.get(code) or _unknown(error, code)) from error
        except failures.BotoCoreError as error:
            text = next((row for kind, row in FAILURES.items() if isinstance(error, kind)), _BROKEN)
            raise self._error(text) from error

    def _error(self, text: ErrorText) -> StorageError:
        if self._named_twice and text not in _ANOTHER_REASON:
            return ErrorText(f"{text.message.partition(';')[0]}; {_NAMED_TWICE}", text.retryable).error()
        return text.error()

    def _put(self, request: dict[str, str], body: bytes | Path, **conditions: str) -> Any:
        if isinstance(body, bytes):
            return self._client.put_object(**request, **conditions, Body=body)
        try:
            file = body.open("rb")
        except OSError as error:
            raise StorageError(f"the file for {request['Key']} cannot be read: {error.strerror}") from error
        with file:
            return self._client.put_object(**request, **conditions, Body=file)

    def _put_new(self, request: dict[str, str], body: bytes | Path) -> Any:
        """Put an object; raises AlreadyExists if the key is taken.

        A service without ``If-None-Match`` lets two puts at the same moment both succeed. If the answer to a put gets
        lost, the retry finds its own object and reports the key as taken.
        """
        taken = AlreadyExists(f"{request['Key']} exists already")
        if self.head(request["Key"]) is not None:
            raise taken
        if self._conditional_puts:
            try:
                return self._put(request, body, IfNoneMatch="*")
            except failures.ClientError as error:
                if _code(error) in TAKEN:
                    raise taken from None
                if _code(error) not in NO_CONDITIONS:
                    raise
        reply = self._put(request, body)
        # Only this success proves that the service refused the condition, and not something else in the request.
        if self._conditional_puts:
            self._conditional_puts = False
            logger.warning("the bucket's service has no If-None-Match: two uploads of a new key at once both succeed")
        return reply


def _date(reply: Any) -> float | None:
    """When the service answered, by its own clock; None where it does not say so."""
    date = reply["ResponseMetadata"]["HTTPHeaders"].get("date")
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _names_bucket(endpoint_url: str, bucket: str) -> bool:
    """Whether the host of a service's URL begins with the bucket's name, or its path ends with it."""
    url = urlsplit(endpoint_url)
    return (url.hostname or "").startswith(f"{bucket.lower()}.") or url.path.rstrip("/").endswith(f"/{bucket}")


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _is_object_path(path: str) -> bool:
    """Whether a percent-encoded path stays in the bucket, however often a server decodes it."""
    while (plain := unquote(path)) != path:
        path = plain
    return not _UNSAFE_PART.search(path)


def attachment(filename: str) -> str:
    """A Content-Disposition that saves under ``filename`` (RFC 6266): plain for old clients, UTF-8 for the others."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "_" for letter in filename)
    plain = plain.replace("\\", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _client(settings: Settings) -> Any:
    """A boto3 client that no AWS_… variable or file of the machine changes.

    Without keys in the settings boto3 looks for the machine's own: an instance's role, a profile.
    """
    keys = _keys(settings)
    session = botocore.session.Session(session_vars=_default_settings() if keys else None)
    try:
        client = boto3.session.Session(botocore_session=session).client(
            "s3",
            region_name=settings.aws_region,
            endpoint_url=settings.aws_endpoint_url,
            config=_config(settings),
            **keys,
        )
        client.meta.events.register_last("before-parameter-build.s3", _no_region_redirect)
        client.meta.events.register_last("before-call.s3.PutBucketLifecycleConfiguration", _with_md5)
        client.meta.events.register("before-parse.s3", _check_head)
        client.meta.events.register("response-received.s3", _note_time)
        client.meta.events.register("needs-retry.s3", _signed_by_wrong_time)
        # Signing needs no request, and checks the endpoint, the region and the bucket's name.
        if keys:
            client.generate_presigned_url("get_object", Params={"Bucket": settings.s3_bucket, "Key": "x"})
    except failures.ParamValidationError:
        raise ConfigError(_BAD_BUCKET.message) from None
    except failures.InvalidRegionError:
        raise ConfigError("AWS_REGION is not a valid name of a region, such as us-east-1") from None
    except (failures.BotoCoreError, ValueError):
        raise ConfigError(
            "the bucket's settings do not work; check AWS_ENDPOINT_URL (such as https://s3.example.com), AWS_REGION and"
            " S3_BUCKET"
        ) from None
    return client


def _no_region_redirect(context: dict[str, Any], **_: Any) -> None:
    """Keep boto3 from following a bucket to another region: tell it that it has done so already.

    URLs would still be signed for the region of the settings and would not open. An endpoint that redirects every
    request, such as http:// instead of https://, sends boto3 1.44 into an endless recursion.
    """
    context.setdefault("s3_redirect", {})["redirected"] = True


_bucket_clock = BucketClock()


def _bucket_time(remove_tzinfo: bool = True) -> datetime:
    return _bucket_clock.time().replace(tzinfo=None) if remove_tzinfo else _bucket_clock.time()


# What botocore signs with, in headers and in URLs: it has no setting for a clock that is wrong.
botocore.auth.get_current_datetime = _bucket_time


def _check_head(response_dict: Mapping[str, Any], **_: Any) -> None:
    """Raise for an answer whose head broke off: Python takes it for a whole one, and an object's body for empty."""
    headers = {name.lower(): value for name, value in response_dict["headers"].items()}
    whole = headers.keys() & LENGTHS and headers.get("last-modified", "GMT").endswith("GMT")
    if response_dict["status_code"] == OK_STATUS and not whole:
        raise _broken_head()


def _broken_head() -> Any:
    return failures.ConnectionClosedError(endpoint_url="of the bucket")


def _note_time(response_dict: dict[str, Any] | None, context: dict[str, Any], **_: Any) -> None:
    """Learn the bucket's time from any answer, a refusal too."""
    date = response_dict["headers"].get("Date") if response_dict else None
    context["time_corrected"] = bool(date) and _bucket_clock.note(str(date))


def _signed_by_wrong_time(request_dict: dict[str, Any], response: Any, attempts: int, **_: Any) -> int | None:
    """Sign a request again, at once, that was refused when its answer told the time."""
    refused = response is not None and response[0].status_code == REFUSED_STATUS
    return 0 if refused and attempts == 1 and request_dict["context"].get("time_corrected") else None


def _default_settings() -> dict[str, tuple[None, None, Any, Any]]:
    """boto3's variables with their defaults: it reads none from the environment or from a file.

    Otherwise AWS_PROFILE, AWS_MAX_ATTEMPTS and others would take effect. AWS_CA_BUNDLE still does.
    """
    known = botocore.session.Session.SESSION_VARIABLES
    own = {name: (None, None, default, cast) for name, (_, _, default, cast) in known.items() if name != "ca_bundle"}
    return own | dict.fromkeys(("config_file", "credentials_file"), (None, None, None, None))


def _keys(settings: Settings) -> dict[str, str]:
    """The keys as boto3 names them; none if both are unset. Raises ConfigError if one of the two is missing."""
    pair = {name: getattr(settings, name) for name in ("aws_access_key_id", "aws_secret_access_key")}
    missing = [name.upper() for name, value in pair.items() if value is None]
    if len(missing) == 2:
        return {}
    if missing:
        raise ConfigError(f"{missing[0]} is not set; {_KEYS} go together")
    given: dict[str, SecretStr | None] = pair | {"aws_session_token": settings.aws_session_token}
    return {name: value.get_secret_value() for name, value in given.items() if value is not None}


def _config(settings: Settings) -> Config:
    style = settings.s3_addressing_style
    if style == "auto" and settings.aws_endpoint_url is None:
        # boto3's "auto" signs AWS URLs without the region, and buckets outside us-east-1 redirect them.
        style = "virtual"
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional", "use_accelerate_endpoint": False},
        # Some services other than AWS refuse the newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=MAX_CONNECTIONS,
        ignore_configured_endpoint_urls=True,
        use_dualstack_endpoint=False,
        use_fips_endpoint=False,
        defaults_mode="legacy",
    )


@contextmanager
def _allowed(right: str) -> Iterator[None]:
    """Name the right that the keys lack where the service refuses what the other requests of a worker do not need."""
    try:
        yield
    except failures.ClientError as error:
        if _code(error) in DENIED:
            raise StorageError(f"the keys may not do that; allow them {right} on the bucket") from None
        raise


def _with_md5(params: dict[str, Any], **_: Any) -> None:
    """Add the checksum that services ask for that do not know the newer ones."""
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


def _code(error: failures.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _unknown(error: failures.ClientError, code: str) -> ErrorText:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    # The code comes from outside: the client gets it only if it is one word.
    word = code if code.isalnum() and len(code) <= 64 else "no code"
    return ErrorText(f"the bucket's service refused the request ({status}, {word})", retryable=status >= 500)


def _read_at_most(max_bytes: int, body: Any, length: int) -> bytes:
    """The whole body; raises TooLarge if its announced or its real length is over ``max_bytes``."""
    read = bytearray()
    if length <= max_bytes:
        # Up to the empty block at the end: only there does boto3 notice a body that broke off.
        while len(read) <= max_bytes and (block := body.read(min(READ_BLOCK_BYTES, max_bytes + 1 - len(read)))):
            read += block
    if length > max_bytes or len(read) > max_bytes:
        raise TooLarge(f"an object of the bucket has more than {max_bytes / 1e6:g} MB; put a smaller one there")
    return bytes(read)


def _object_info(entry: dict[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        key=entry["Key"],
        size=entry["Size"],
        modified=entry["LastModified"].timestamp(),
        etag=entry["ETag"].strip('"'),
        media_type=mimetypes.guess_type(entry["Key"])[0] or "application/octet-stream",
    )
