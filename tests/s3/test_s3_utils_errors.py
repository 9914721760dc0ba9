"""What goes wrong with a bucket is said in one sentence that helps, without a key, a secret or an address."""

from __future__ import annotations

import hashlib
import logging
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import s3_utils
from handler.errors import AlreadyExists, ConfigError, StorageError, StoreUnavailable, TooLarge
from handler.settings import Settings
from s3_utils import S3Store
from tests.support.fake_s3 import Answer, Asked, error_response, service

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAVISIBLE", "AWS_SECRET_ACCESS_KEY": "do-not-show-me"}


def store_at(endpoint: str, **environ: str) -> S3Store:
    return S3Store(Settings.read({"S3_BUCKET": "bucket", "AWS_ENDPOINT_URL": endpoint, **KEYS, **environ}))


def refused(store: S3Store, *words: str, retryable: bool, hidden: tuple[str, ...] = ()) -> None:
    """Putting is a StorageError with these words, and none of what must stay hidden."""
    with pytest.raises(StorageError) as caught:
        store.put("output/a.wav", b"sound", "audio/wav")
    message = str(caught.value)
    assert caught.value.retryable is retryable
    assert caught.value.code == "storage_error"
    for word in words:
        assert word in message
    for secret in (*KEYS.values(), "127.0.0.1", "hidden-message", "output/a.wav", "testing-Secret", *hidden):
        assert secret not in message


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_utils, "ATTEMPTS", 1)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's pauses between attempts take no time."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


def test_wrong_secret_is_named(s3_environ: dict[str, str]) -> None:
    """The service finds that the signature is wrong: the secret is the culprit."""
    store = S3Store(Settings.read(s3_environ | {"AWS_SECRET_ACCESS_KEY": "wrong-one"}))
    refused(store, "AWS_SECRET_ACCESS_KEY", retryable=False, hidden=("wrong-one", s3_environ["S3_BUCKET"]))
    with pytest.raises(StorageError, match="AWS_SECRET_ACCESS_KEY"):
        store.head("output/a.wav")
    with pytest.raises(StorageError, match="AWS_SECRET_ACCESS_KEY"):
        store.list("", 1)


def test_unknown_key_is_named(s3_environ: dict[str, str]) -> None:
    """The service does not know the key: the key is the culprit."""
    store = S3Store(Settings.read(s3_environ | {"AWS_ACCESS_KEY_ID": "test:nobody"}))
    refused(store, "AWS_ACCESS_KEY_ID", retryable=False, hidden=("nobody",))


def test_wrong_bucket_is_named(s3_environ: dict[str, str]) -> None:
    """A bucket that does not exist is S3_BUCKET's fault, whatever was asked of it."""
    store = S3Store(Settings.read(s3_environ | {"S3_BUCKET": "not-there"}))
    refused(store, "S3_BUCKET", retryable=False)
    for ask in (lambda: store.get("a"), lambda: store.list("", 1), lambda: store.delete("a")):
        with pytest.raises(StorageError, match="S3_BUCKET"):
            ask()


@pytest.mark.usefixtures("one_attempt")
def test_dead_endpoint_is_named() -> None:
    """Where nobody listens AWS_ENDPOINT_URL is to be checked, and trying again may help."""
    with socket.socket() as held:
        # Bound and not listening: connections are refused, and nobody else can take the port meanwhile.
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        refused(store_at(f"http://127.0.0.1:{port}"), "AWS_ENDPOINT_URL", retryable=True, hidden=(str(port),))


@pytest.mark.usefixtures("one_attempt")
def test_silent_endpoint_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that takes the request and says nothing is not waited for without end."""
    monkeypatch.setattr(s3_utils, "READ_TIMEOUT_S", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        refused(store_at(f"http://127.0.0.1:{listener.getsockname()[1]}"), "in time", retryable=True)


@pytest.mark.usefixtures("one_attempt")
def test_https_to_a_plain_http_service_is_named() -> None:
    """https where there is none is told apart from a service that is not there."""
    with service(lambda _: Answer(200)) as (endpoint, _):
        refused(store_at(endpoint.replace("http:", "https:")), "AWS_ENDPOINT_URL", retryable=False)


def test_all_attempts_end_within_half_a_minute() -> None:
    """All attempts with their longest silences end within about half a minute."""
    assert s3_utils.ATTEMPTS * max(s3_utils.CONNECT_TIMEOUT_S, s3_utils.READ_TIMEOUT_S) <= 30


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize(
    ("status", "code", "word", "retryable"),
    [
        (403, "AccessDenied", "put, get, list and delete", False),
        (403, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID", False),
        (403, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY", False),
        (403, "RequestTimeTooSkewed", "clock", False),
        (400, "ExpiredToken", "AWS_SESSION_TOKEN", False),
        (404, "NoSuchBucket", "S3_BUCKET", False),
        (400, "AuthorizationHeaderMalformed", "AWS_REGION", False),
        (301, "PermanentRedirect", "AWS_REGION", False),
        (403, "QuotaExceeded", "quota", False),
        (503, "SlowDown", "busy", True),
        (503, "ServiceUnavailable", "busy", True),
        (500, "InternalError", "try again", True),
        (400, "SomethingNew", "SomethingNew", False),
        (418, "see http://inside.example/", "418", False),
        (599, "SomethingElse", "599", True),
    ],
)
def test_each_error_code_has_its_message(status: int, code: str, word: str, retryable: bool) -> None:
    """The code of the service decides what is said and whether to try again."""
    with service(lambda _: error_response(status, code)) as (endpoint, _):
        refused(store_at(endpoint), word, retryable=retryable, hidden=("inside.example",))


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    """An address that sends everything elsewhere, as http:// often does to https://, is the setting to mend."""
    elsewhere = Answer(status, b"", {"Location": "http://127.0.0.1:9/"})
    with service(lambda _: elsewhere) as (endpoint, asked):
        refused(store_at(endpoint), "AWS_ENDPOINT_URL", retryable=False)
    assert len(asked) == 1


@pytest.mark.usefixtures("one_attempt")
def test_html_answer_is_a_storage_error() -> None:
    """A gateway's HTML page is no answer of S3, and its text goes no further."""
    with service(lambda _: Answer(502, b"<html>hidden-message</html>")) as (endpoint, _):
        refused(store_at(endpoint), "502", retryable=True)


@pytest.mark.usefixtures("no_pauses")
def test_transient_failures_are_retried() -> None:
    """A service that is busy once and hangs up once is asked a third time, with the whole body."""
    answers = [error_response(503, "SlowDown"), None, Answer(200, headers={"ETag": '"tag"'})]
    with service(lambda _: answers.pop(0)) as (endpoint, asked):
        assert store_at(endpoint).put("a", b"sound", "audio/wav") == "tag"
    assert [request.body for request in asked] == [b"sound"] * 3


@pytest.mark.usefixtures("no_pauses")
def test_retries_end_after_three_attempts() -> None:
    """A service that stays busy is asked three times, no more."""
    with service(lambda _: error_response(503, "SlowDown")) as (endpoint, asked):
        refused(store_at(endpoint), "busy", retryable=True)
    assert len(asked) == 3


@pytest.mark.parametrize("max_bytes", [None, 5, 1_000])
def test_truncated_body_is_fetched_again(max_bytes: int | None) -> None:
    """Half an object is never taken for the whole: it is read anew, and if that breaks too it is an error."""
    half, whole = Answer(200, b"soun", cut=True), Answer(200, b"sound")
    answers = [half, half, whole]
    with service(lambda _: answers.pop(0)) as (endpoint, _):
        assert store_at(endpoint).get("a", max_bytes) == b"sound"
    with service(lambda _: half) as (endpoint, asked), pytest.raises(StorageError, match="broke off"):
        store_at(endpoint).get("a", max_bytes)
    assert len(asked) == 3


def test_body_announced_too_large_is_not_read() -> None:
    """The length that the service tells is enough: of such a body, which breaks off here, nothing is waited for."""
    with service(lambda _: Answer(200, b"soun", cut=True)) as (endpoint, asked), pytest.raises(TooLarge):
        store_at(endpoint).get("a", 4)
    assert len(asked) == 1


class Unconditional:
    """A service that answers conditional puts with ``refusal``, and keeps the bodies of the others."""

    def __init__(self, refusal: Answer) -> None:
        self.refusal = refusal
        self.objects: dict[str, bytes] = {}

    def __call__(self, asked: Asked) -> Answer:
        if "If-None-Match" in asked.headers:
            return self.refusal
        if asked.method == "PUT":
            self.objects[asked.path] = asked.body
        elif asked.path not in self.objects:
            return Answer(404)
        etag = hashlib.md5(self.objects[asked.path]).hexdigest()
        headers = {"ETag": f'"{etag}"', "Content-Type": "a/b", "Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}
        return Answer(200, b"", headers)


@pytest.mark.parametrize(
    "refusal", [error_response(501, "NotImplemented"), error_response(400, "InvalidArgument"), Answer(501)]
)
def test_only_new_without_if_none_match_looks_first(
    refusal: Answer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A service without If-None-Match still refuses taken keys; the log says so once, and it is asked once."""
    file = tmp_path / "clip"
    file.write_bytes(b"from a file")
    unconditional = Unconditional(refusal)
    with service(unconditional) as (endpoint, asked), caplog.at_level(logging.WARNING, "s3_utils"):
        store = store_at(endpoint)
        store.put("a", file, "a/b", only_new=True)
        store.put("b", b"first", "a/b", only_new=True)
        for key in ("a", "b"):
            with pytest.raises(AlreadyExists, match=f"{key} exists"):
                store.put(key, b"second", "a/b", only_new=True)
    assert unconditional.objects == {"/bucket/a": b"from a file", "/bucket/b": b"first"}
    assert sum("If-None-Match" in request.headers for request in asked) == 1
    assert [record.levelname for record in caplog.records if record.name == "s3_utils"] == ["WARNING"]


def free_until_put(asked: Asked, refusal: Answer) -> Answer:
    """A service where the key is free, and every put is refused."""
    return Answer(404) if asked.method == "HEAD" else refusal


def test_only_new_put_that_comes_second_is_refused() -> None:
    """A key that was free at the look and taken at the put is AlreadyExists, and no unconditional put follows."""
    answer = partial(free_until_put, refusal=error_response(412, "PreconditionFailed"))
    with service(answer) as (endpoint, asked), pytest.raises(AlreadyExists, match="a exists"):
        store_at(endpoint).put("a", b"second", "a/b", only_new=True)
    assert [(request.method, request.headers["If-None-Match"]) for request in asked] == [("HEAD", None), ("PUT", "*")]


def test_only_new_put_without_rights_is_not_repeated() -> None:
    """A refusal that has nothing to do with the condition is a StorageError, and no unconditional put follows."""
    answer = partial(free_until_put, refusal=error_response(403, "AccessDenied"))
    with service(answer) as (endpoint, asked), pytest.raises(StorageError, match="rights"):
        store_at(endpoint).put("a", b"new", "a/b", only_new=True)
    assert [request.method for request in asked] == ["HEAD", "PUT"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("S3_BUCKET", "no bucket!"), ("AWS_REGION", "not a region"), ("AWS_ENDPOINT_URL", "http://[half")],
)
def test_invalid_settings_are_config_errors(name: str, value: str) -> None:
    """A name that no bucket or region has, or an address that is none, is found before the first job."""
    with pytest.raises(ConfigError, match=name):
        store_at("http://127.0.0.1:9", **{name: value})


def test_aws_variables_of_the_machine_are_ignored(
    s3_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With keys in the settings no AWS variable or file of the machine counts."""
    config = tmp_path / "config"
    config.write_text("[default]\ns3 =\n  addressing_style = virtual\nendpoint_url = http://127.0.0.1:9\n")
    strange = {
        "AWS_PROFILE": "nobody",
        "AWS_CONFIG_FILE": str(config),
        "AWS_DEFAULT_REGION": "eu-moon-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_MAX_ATTEMPTS": "many",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "nonsense",
    }
    for name, value in strange.items():
        monkeypatch.setenv(name, value)
    store = S3Store(Settings.read(s3_environ))
    store.put("a", b"a", "text/plain")
    assert store.get("a") == b"a"
    monkeypatch.delenv("AWS_PROFILE")
    assert S3Store(Settings.read(s3_environ)).get("a") == b"a"


def test_default_endpoint_is_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the settings name another service than AWS: the machine's variables do not redirect a bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    store = S3Store(Settings.read({"S3_BUCKET": "bucket", **KEYS}))
    url = store.presign_get("a", 60, media_type="text/plain", filename="a")
    assert url.startswith("https://bucket.s3.us-east-1.amazonaws.com/a?")


def test_without_keys_boto3_finds_its_own(s3_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket without keys in the settings means boto3's own search for them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, s3_environ.pop(name))
    store = S3Store(Settings.read(s3_environ))
    store.put("a", b"a", "text/plain")
    assert store.get("a") == b"a"


def test_missing_keys_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When boto3 finds no keys either, their two names are given."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    store = S3Store(Settings.read({"S3_BUCKET": "bucket", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}))
    refused(store, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", retryable=False)


@pytest.mark.parametrize(
    "broken", ["Last-Modified: Mon, 30 Nov 20", "Content-Type: text/plain\r\nContent-Le", 'ETag: "x']
)
def test_head_that_breaks_off_tells_nothing(one_attempt: None, broken: str) -> None:
    """Where the connection breaks in the head of an answer, the object is not taken for an empty or a missing one."""
    with service(lambda _: Answer(200, broken=f"HTTP/1.1 200 OK\r\n{broken}".encode())) as (endpoint, _):
        store = store_at(endpoint)
        asks: tuple[Callable[[str], object], ...] = (store.get, store.head, lambda key: list(store.pieces(key, 0, 5)))
        for ask in asks:
            with pytest.raises(StoreUnavailable, match="broke off"):
                ask("a/b")


def test_debug_log_has_no_keys_or_signatures(s3_environ: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    """Even at LOG_LEVEL=DEBUG neither keys nor signatures are logged."""
    with caplog.at_level(logging.DEBUG):
        store = S3Store(Settings.read(s3_environ))
        store.put("a", b"a", "text/plain")
        store.presign_get("a", 60, media_type="text/plain", filename="a")
    text = "\n".join(record.getMessage() for record in caplog.records)
    for hidden in (s3_environ["AWS_SECRET_ACCESS_KEY"], s3_environ["AWS_ACCESS_KEY_ID"], "Signature", "AWS4"):
        assert hidden not in text


@pytest.mark.parametrize("style", ["auto", "path", "virtual"])
@pytest.mark.parametrize("place", ["{scheme}://{host}/{bucket}", "{scheme}://{host}/{bucket}/"])
def test_bucket_in_the_path_is_named(s3_environ: dict[str, str], place: str, style: str) -> None:
    """A bucket's name that was pasted with the service's URL is to be taken off it."""
    scheme, _, host = s3_environ["AWS_ENDPOINT_URL"].partition("://")
    url = place.format(scheme=scheme, host=host, bucket=s3_environ["S3_BUCKET"])
    wrong = s3_environ | {"AWS_ENDPOINT_URL": url, "S3_ADDRESSING_STYLE": style}
    with pytest.raises(StorageError, match="AWS_ENDPOINT_URL has the bucket's name in it: take it off"):
        S3Store(Settings.read(wrong)).list("", 1)


@pytest.mark.usefixtures("one_attempt")
def test_bucket_in_the_host_is_named() -> None:
    """So is one in the host: the service takes the bucket for an object, or the host has no address."""
    refused(store_at("http://bucket.localhost:9"), "bucket's name in it: take it off", retryable=True)


@pytest.mark.usefixtures("one_attempt")
def test_busy_service_is_busy_whatever_its_url() -> None:
    """A failure that has another reason is told as it is."""
    with service(lambda _: error_response(503, "SlowDown")) as (endpoint, _):
        refused(store_at(f"{endpoint}/bucket"), "too busy; try again in a minute", retryable=True)
