"""A bucket as a store: any service that speaks S3 (AWS, Backblaze B2, Cloudflare R2, MinIO, Spaces, Swift, …).

The only module that imports boto3.
"""

from __future__ import annotations

import itertools
import logging
import mimetypes
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

import boto3
import botocore.exceptions as failures
import botocore.session
from botocore.config import Config
from pydantic import SecretStr

from handler.errors import AlreadyExists, BadRequest, ConfigError, NotFound, StorageError, TooLarge
from handler.settings import MAX_PRESIGN, Settings
from handler.types import ObjectInfo, Page, check_key

logger = logging.getLogger(__name__)

ATTEMPTS = 3
CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 10.0
"""Seconds without an answer. Three attempts and the pauses between them end within about 35 s, so that a job whose
bucket is gone fails while somebody still waits for it."""
CONNECTIONS = 32
"""Kept open to the service: two jobs that upload eight files each, their records, and listings beside them."""
LONGEST_PAGE = 1000
READ_BLOCK = 1 << 20

BODY_BROKE = (failures.IncompleteReadError, failures.ReadTimeoutError, failures.ResponseStreamingError)


@dataclass(frozen=True)
class Trouble:
    """What a client reads when the service fails in one way, and whether trying again can help."""

    message: str
    retryable: bool = False


_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_REFUSED = Trouble(
    "the bucket refused the request; check the rights of AWS_ACCESS_KEY_ID: it needs put, get, list and delete"
)
_FORBIDDEN = Trouble(
    f"the bucket refused the request; check that {_KEYS} belong together and that their rights hold put, get, list"
    " and delete"
)
_NO_BUCKET = Trouble(
    "the bucket named in S3_BUCKET does not exist there; check S3_BUCKET, AWS_ENDPOINT_URL, AWS_REGION"
)
_BAD_BUCKET = Trouble("S3_BUCKET is not a valid name of a bucket: 3 to 63 small letters, digits, dots and hyphens")
_NO_KEY = Trouble("the bucket's service does not know AWS_ACCESS_KEY_ID; check it, and AWS_ENDPOINT_URL")
_BAD_SECRET = Trouble("AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID; copy both again")
_BAD_TOKEN = Trouble("AWS_SESSION_TOKEN has expired or does not fit the keys; get new keys, or leave it out")
_CLOCK = Trouble("the bucket refused the request because this machine's clock is wrong by minutes; set the clock")
_REGION = Trouble(
    "the bucket is in another region; set AWS_REGION, and AWS_ENDPOINT_URL if it names a region, to its own"
)
_MOVED = Trouble(
    "the bucket's service sends its clients elsewhere; check AWS_REGION, and that AWS_ENDPOINT_URL begins as it should,"
    " https:// or http://"
)
_UNREADABLE = Trouble("the bucket's service could not make sense of the request; check AWS_REGION and the keys")
_FULL = Trouble("the bucket's quota is used up; remove old files, or raise the quota")
_BUSY = Trouble("the bucket's service is too busy; try again in a minute", retryable=True)
_BROKEN = Trouble("the bucket's service failed for a reason of its own; try again", retryable=True)
_UNREACHED = Trouble(
    "the bucket's service could not be reached; check AWS_ENDPOINT_URL and the network", retryable=True
)
_SILENT = Trouble("the bucket's service did not answer in time; try again, and check AWS_ENDPOINT_URL", retryable=True)
_CUT = Trouble("the connection to the bucket's service broke off; try again", retryable=True)
_TLS = Trouble("the certificate of the bucket's service is not trusted; check AWS_ENDPOINT_URL and AWS_CA_BUNDLE")
_NO_KEYS = Trouble(f"there are no keys for the bucket; set {_KEYS}")

CODES: dict[str, Trouble] = {
    "NoSuchBucket": _NO_BUCKET,
    "InvalidBucketName": _BAD_BUCKET,
    "AccessDenied": _REFUSED,
    "AllAccessDisabled": _REFUSED,
    # A HEAD has no body, so its status is all there is; it also stands for a wrong secret.
    "403": _FORBIDDEN,
    "Forbidden": _FORBIDDEN,
    "InvalidAccessKeyId": _NO_KEY,
    "SignatureDoesNotMatch": _BAD_SECRET,
    "ExpiredToken": _BAD_TOKEN,
    "InvalidToken": _BAD_TOKEN,
    "TokenRefreshRequired": _BAD_TOKEN,
    "RequestTimeTooSkewed": _CLOCK,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "PermanentRedirect": _REGION,
    "301": _MOVED,
    "302": _MOVED,
    "307": _MOVED,
    "308": _MOVED,
    "TemporaryRedirect": _MOVED,
    "400": _UNREADABLE,
    "QuotaExceeded": _FULL,
    "InsufficientStorage": _FULL,
    "XMinioStorageFull": _FULL,
    "SlowDown": _BUSY,
    "ServiceUnavailable": _BUSY,
    "TooManyRequests": _BUSY,
    "Throttling": _BUSY,
    "ThrottlingException": _BUSY,
    "RequestTimeout": _CUT,
    "InternalError": _BROKEN,
}
"""The service's error codes, as AWS names them and others mostly do too."""

FAILURES: dict[type[Exception], Trouble] = {
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
"""What goes wrong before there is an answer, or within it; the first row that fits counts."""

MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
NO_CONDITIONS = frozenset({"NotImplemented", "501", "InvalidArgument"})
"""How services that do not know ``If-None-Match`` on a put say so."""

_PORTS = {"http": 80, "https": 443}
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNATURE = tuple(
    f"X-Amz-{part}" for part in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
)
"""What a signed URL of ours says, each once. Of fewer, some services would make a request that is not signed at all."""

_ODD_PART = re.compile(r"(^|[/\\])\.{0,2}(;[^/\\]*)?([/\\]|$)")
"""A part of a path that is empty or leads up, in the spellings that one server or another resolves."""


class S3Store:
    """Objects of one bucket. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError for settings that no bucket could work with; asks the bucket nothing."""
        if settings.s3_bucket is None:
            raise ConfigError("S3_BUCKET is not set")
        self._bucket = settings.s3_bucket
        # Their debug lines hold signatures, and their answers what is in the bucket.
        for name in ("boto3", "botocore"):
            logging.getLogger(name).setLevel(logging.INFO)
        self._client = _client(settings)
        self._creating = _Stripes()
        self._conditions = True

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        wanted: dict[str, Any] = {"Bucket": self._bucket, "Key": check_key(key), "ContentType": media_type}
        with ExitStack() as held, _told():
            if isinstance(body, Path):
                try:
                    wanted["Body"] = held.enter_context(body.open("rb"))
                except OSError as error:
                    raise StorageError(f"the file for {key} cannot be read: {error.strerror}") from error
            else:
                wanted["Body"] = body
            reply = self._create(wanted) if only_new else self._client.put_object(**wanted)
        # Where another write of the same key overtook this one, Swift accepts it without an etag: it is not there.
        return str(reply.get("ETag", "")).strip('"')

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        check_key(key)
        with _told(key):
            for attempt in itertools.count(1):
                reply = self._client.get_object(Bucket=self._bucket, Key=key)
                body = reply["Body"]
                try:
                    if max_bytes is None:
                        return bytes(body.read())
                    return _bounded(body, reply.get("ContentLength", 0), max_bytes)
                except BODY_BROKE:
                    # boto3 tries a request again until its headers are there; from then on it is up to us.
                    if attempt == ATTEMPTS:
                        raise
                finally:
                    body.close()
        raise AssertionError("the loop above returns or raises")

    def head(self, key: str) -> ObjectInfo | None:
        with _told():
            found = self._head(check_key(key))
        if found is None:
            return None
        return ObjectInfo(
            key=key,
            size=found["ContentLength"],
            modified=found["LastModified"].timestamp(),
            etag=found["ETag"].strip('"'),
            media_type=found["ContentType"],
        )

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        """The cursor is the last key of the page before; it stays good when that object is deleted.

        A listing does not hold media types: here they are guessed from the names.
        """
        found: list[ObjectInfo] = []
        more = True
        while more and len(found) < limit:
            after = found[-1].key if found else cursor
            start = {"StartAfter": check_key(after)} if after else {}
            size = min(limit - len(found), LONGEST_PAGE)
            with _told():
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=size, **start)
            found += [_listed(entry) for entry in page.get("Contents", [])]
            more = bool(page["IsTruncated"] and page.get("Contents"))
        return Page(tuple(found), found[-1].key if found and more else None)

    def delete(self, key: str) -> None:
        try:
            with _told(key):
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
        """With ``media_type`` the client must send exactly that ``Content-Type``: it is signed. None takes any."""
        signed = {} if media_type is None else {"ContentType": media_type}
        return self._signed("put_object", expires_in, Key=check_key(key), **signed)

    def is_own_link(self, url: str) -> bool:
        """Without a signature it is none: what a service shows to anyone in its network is not for strangers."""
        link, home = urlsplit(url), self._home
        if _address(link) != _address(home) or not link.path.startswith(home.path):
            return False
        said = parse_qs(link.query)
        signed = all(len(said.get(name, ())) == 1 for name in _SIGNATURE) and said["X-Amz-Algorithm"] == [_ALGORITHM]
        return signed and _is_key(link.path.removeprefix(home.path))

    def open_link(self, url: str) -> BufferedReader | None:  # noqa: ARG002
        return None

    @cached_property
    def _home(self) -> SplitResult:
        """The URL of the bucket, its path with a slash at the end: what URLs are signed for, and nothing guessed."""
        signed = urlsplit(self._signed("get_object", 60, Key="x"))
        return signed._replace(path=signed.path.removesuffix("x"), query="")

    def describe(self) -> str:
        return f"S3 bucket {self._bucket}"

    def _signed(self, operation: str, expires_in: int, **wanted: str) -> str:
        if not 1 <= expires_in <= MAX_PRESIGN:
            raise BadRequest.of("expires_in", f"must be 1 to {MAX_PRESIGN} seconds, which is seven days")
        with _told():
            url = self._client.generate_presigned_url(
                operation, Params={"Bucket": self._bucket, **wanted}, ExpiresIn=expires_in
            )
        return str(url)

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.head_object(Bucket=self._bucket, Key=key)
        except failures.ClientError as error:
            if _code(error) in MISSING:
                return None
            raise
        return found

    def _create(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Put an object that must not be there yet.

        Between workers this is as exact as the service (AWS, R2 and MinIO: exact; Swift 2.38 looks before it writes
        and can let two through; others know no condition at all); within this worker the lock makes it exact.
        """
        key = wanted["Key"]
        # Told apart by this mark: a write that was heard but whose answer got lost meets itself when it is repeated.
        writer = uuid.uuid4().hex
        with self._creating.of(key):
            if self._conditions:
                try:
                    return self._put_if_none(wanted, writer)
                except failures.ClientError as error:
                    if _code(error) not in NO_CONDITIONS:
                        raise
                    wanted["Body"] = _rewound(wanted["Body"])
            if self._head(key) is not None:
                raise AlreadyExists(f"{key} exists already")
            reply: dict[str, Any] = self._client.put_object(**wanted)
            # Only now is it known that it was the condition which the service did not like.
            if self._conditions:
                self._conditions = False
                logger.warning("the bucket's service knows no If-None-Match: two workers may write one new key at once")
            return reply

    def _put_if_none(self, wanted: dict[str, Any], writer: str) -> dict[str, Any]:
        try:
            reply: dict[str, Any] = self._client.put_object(**wanted, IfNoneMatch="*", Metadata={"writer": writer})
        except failures.ClientError as error:
            if _code(error) not in TAKEN:
                raise
            if error.response["ResponseMetadata"].get("RetryAttempts"):
                found = self._head(wanted["Key"])
                if found is not None and found["Metadata"].get("writer") == writer:
                    return found
            raise AlreadyExists(f"{wanted['Key']} exists already") from None
        return reply


class _Stripes:
    """Locks for any number of keys in bounded memory: keys that share a stripe only wait for each other."""

    def __init__(self) -> None:
        self._locks = tuple(threading.Lock() for _ in range(64))

    def of(self, key: str) -> threading.Lock:
        return self._locks[hash(key) % len(self._locks)]


def _address(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _is_key(path: str) -> bool:
    """Whether a percent-encoded path is that of an object, however often a server on the way decodes it."""
    while (plain := unquote(path)) != path:
        path = plain
    return not _ODD_PART.search(path)


def attachment(filename: str) -> str:
    """A Content-Disposition that saves under ``filename`` (RFC 6266): plain for old clients, UTF-8 for the others."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "_" for letter in filename)
    plain = plain.replace("\\", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _client(settings: Settings) -> Any:
    """A boto3 client that is told everything, so that no AWS_… variable or file of the machine changes it.

    Without keys in the settings the machine's own are meant (an instance's role, a profile), and boto3 finds them.
    """
    keys = _keys(settings)
    session = botocore.session.Session(session_vars=_own_settings() if keys else None)
    try:
        client = boto3.session.Session(botocore_session=session).client(
            "s3",
            region_name=settings.aws_region,
            endpoint_url=settings.aws_endpoint_url,
            config=_config(settings),
            **keys,
        )
        client.meta.events.register_last("before-parameter-build.s3", _stay)
        # Signing asks nobody, and checks the endpoint, the region and the bucket's name on the way.
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


def _stay(context: dict[str, Any], **_: Any) -> None:
    """Keep boto3 from following a bucket to another region, by saying that it has done so.

    URLs would still be signed for the region of the settings and not open; and an address that answers every request
    with a redirect, such as http:// in place of https://, sends boto3 (1.44) into a recursion without end.
    """
    context.setdefault("s3_redirect", {})["redirected"] = True


def _own_settings() -> dict[str, tuple[None, None, Any, Any]]:
    """boto3's variables with their defaults alone: none is read from the environment or from a file.

    Otherwise AWS_PROFILE would have to exist, and AWS_MAX_ATTEMPTS and many like it would count. The certificates
    that the machine trusts stay the machine's.
    """
    known = botocore.session.Session.SESSION_VARIABLES
    own = {name: (None, None, default, cast) for name, (_, _, default, cast) in known.items() if name != "ca_bundle"}
    return own | dict.fromkeys(("config_file", "credentials_file"), (None, None, None, None))


def _keys(settings: Settings) -> dict[str, str]:
    """The keys as boto3 names them, none when it should find its own. ConfigError when one of the two is missing."""
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
        # With boto3's own "auto" AWS's signed URLs name no region, and buckets outside us-east-1 redirect them.
        style = "virtual"
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional", "use_accelerate_endpoint": False},
        # The newer checksums are refused by some services that are not AWS.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        max_pool_connections=CONNECTIONS,
        ignore_configured_endpoint_urls=True,
        use_dualstack_endpoint=False,
        use_fips_endpoint=False,
        defaults_mode="legacy",
    )


@contextmanager
def _told(key: str | None = None) -> Iterator[None]:
    """Say what the service or the way to it did in a sentence of ours. ``key``: a missing object is NotFound."""
    try:
        yield
    except failures.ClientError as error:
        code = _code(error)
        if key is not None and code in MISSING:
            raise NotFound(f"{key} does not exist") from None
        trouble = CODES.get(code) or _unknown(error, code)
        raise StorageError(trouble.message, retryable=trouble.retryable) from error
    except failures.BotoCoreError as error:
        trouble = next((row for kind, row in FAILURES.items() if isinstance(error, kind)), _BROKEN)
        raise StorageError(trouble.message, retryable=trouble.retryable) from error


def _code(error: failures.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _unknown(error: failures.ClientError, code: str) -> Trouble:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    # The code comes from outside: only a word is passed on.
    word = code if code.isalnum() and len(code) <= 64 else "no code"
    return Trouble(f"the bucket's service refused the request ({status}, {word})", retryable=status >= 500)


def _bounded(body: Any, length: int, max_bytes: int) -> bytes:
    """The whole body, or TooLarge: by the length that is announced, and by what comes."""
    read = bytearray()
    if length <= max_bytes:
        # To the empty end: only there does boto3 see that a body has broken off.
        while len(read) <= max_bytes and (block := body.read(min(READ_BLOCK, max_bytes + 1 - len(read)))):
            read += block
    if length > max_bytes or len(read) > max_bytes:
        raise TooLarge(f"an object of the bucket has more than {max_bytes / 1e6:g} MB; put a smaller one there")
    return bytes(read)


def _listed(entry: dict[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        key=entry["Key"],
        size=entry["Size"],
        modified=entry["LastModified"].timestamp(),
        etag=entry["ETag"].strip('"'),
        media_type=mimetypes.guess_type(entry["Key"])[0] or "application/octet-stream",
    )


def _rewound(body: Any) -> Any:
    if hasattr(body, "seek"):
        body.seek(0)
    return body
