"""Fetches: bodies, retries, redirects, limits, and links of the worker's own store."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.cancellation import Cancellation
from handler.errors import BadRequest, Cancelled, StorageError, TooLarge, WorkerError
from handler.net.connection import INTERNET, Network
from handler.net.fetch import Fetched, fetch
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from s3_utils import S3Store
from tests.support.cancellations import Checked
from tests.support.web_server import (
    LOOPBACK,
    WAY_OUT,
    Answer,
    Web,
    answer,
    figures_only,
    get,
    get_own,
    in_turn,
    own_link,
    raw,
)


def test_fetch_saves_the_whole_body(web: Web, to: Path) -> None:
    """The body is written to the given file; its size, media type and name are returned."""
    body = bytes(range(256)) * 1000
    web.routes["/a/voice%20one.wav?x=%2F"] = answer(body=body, Content_Type="Audio/WAV; rate=x")
    fetched = get(web.url("/a/voice one.wav?x=%2F#part"), to, max_bytes=len(body))
    assert fetched == Fetched(to, len(body), "audio/wav", "voice one.wav")
    assert to.read_bytes() == body
    [(_, headers)] = web.asked
    assert headers["host"] == f"127.0.0.1:{web.port}"
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("headers", "media_type", "filename"),
    [
        ({"Content_Disposition": 'attachment; filename="my clip.mp3"', "Content_Type": "audio/mpeg"},
         "audio/mpeg", "my clip.mp3"),
        ({"Content_Disposition": "attachment; filename*=UTF-8''na%C3%AFve.wav"},
         "application/octet-stream", "naïve.wav"),
        ({"Content_Disposition": 'attachment; filename="../../etc/passwd"', "Content_Type": "nonsense"},
         "application/octet-stream", "passwd"),
        ({"Content_Disposition": r'attachment; filename="C:\\temp\\..\\x.wav"'}, "application/octet-stream", "x.wav"),
        ({"Content_Disposition": 'attachment; filename=".."'}, "application/octet-stream", ""),
        ({"Content_Disposition": f'attachment; filename="{"ü".encode().decode("latin-1")}.wav"'},
         "application/octet-stream", "ü.wav"),
        ({"Content_Encoding": "aws-chunked"}, "application/octet-stream", "path"),
        ({"Content_Type": "Text/Plain; x=1; Charset=\"ISO-8859-2\""}, "text/plain; charset=iso-8859-2", "path"),
        ({"Content_Type": "text/plain; charset=a b"}, "text/plain", "path"),
        ({"Content_Type": "text/plain; charset*=utf-8''x; charset*0=y"}, "text/plain", "path"),
        ({"Content_Type": f"text/plain; charset*{'9' * 5000}=x"}, "text/plain", "path"),
        ({"Content_Type": "text/plain; charset*=a\0b'en'utf-8"}, "text/plain", "path"),
        ({"Content_Disposition": "attachment; filename*=utf-8''x; filename*0=y"}, "application/octet-stream", "path"),
    ],
)  # fmt: skip
def test_filename_and_media_type_come_from_the_headers(
    web: Web, to: Path, headers: dict[str, str], media_type: str, filename: str
) -> None:
    """The name comes from the header or the link, never with a path; an invalid media type is replaced."""
    web.routes["/the/path"] = answer(200, b"x", **headers)
    fetched = get(web.url("/the/path"), to)
    assert (fetched.media_type, fetched.filename) == (media_type, filename)


def test_bodies_without_a_length_are_read_to_the_end(web: Web, to: Path) -> None:
    """A chunked body and one that ends with the connection are fetched to their ends."""
    web.routes["/chunked"] = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    web.routes["/open"] = raw(b"HTTP/1.0 200 OK\r\n\r\nabcde")
    for path in ("/chunked", "/open"):
        assert get(web.url(path), to).size == 5
        assert to.read_bytes() == b"abcde"


def test_retry_checks_the_address_again(web: Web, elsewhere: Web, to: Path) -> None:
    """A host that became private between two tries is refused at the second."""
    web.routes["/"] = answer(503)
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    network = Network(
        resolve=lambda _: answers.pop(0),
        is_public=lambda address: address == LOOPBACK,
        sleep=lambda _: None,
    )
    with pytest.raises(BadRequest, match="not public"):
        get(web.url(host="voices.example"), to, allow_private=False, network=network)
    assert len(web.asked) == 1
    assert elsewhere.asked == []


def test_redirects_are_followed(web: Web, to: Path) -> None:
    """Relative and absolute redirects, five in a row, lead to the file, whose name is the last link's."""
    for number, status in enumerate((301, 302, 303, 307)):
        web.routes[f"/{number}"] = answer(status, b"moved", Location=f"../{number + 1}")
    web.routes["/4"] = answer(308, Location=web.url("/ü ber.wav").encode().decode("latin-1"))
    web.routes["/%C3%BC%20ber.wav"] = answer(body=b"here")
    assert get(web.url("/0"), to).filename == "ü ber.wav"
    assert to.read_bytes() == b"here"


def test_redirects_are_limited(web: Web, to: Path) -> None:
    """After five redirects the link is refused."""
    web.routes["/"] = answer(302, Location="/")
    with pytest.raises(BadRequest, match="redirects more than 5 times"):
        get(web.url(), to)
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://voices.example:{port}/", "redirects to a link that points to an address that is not public"),
        ("http://127.0.0.2:{port}/", "redirects to a link that points to an address that is not public"),
        ("//127.0.0.2:{port}/", "redirects to a link that points to an address that is not public"),
        ("http://2130706434:{port}/", "redirects to a link that points to an address that is not public"),
        ("file:///etc/passwd", "redirects to a link that is not an http:// or https:// URL"),
        ("http://user:secret@127.0.0.1:{port}/", "redirects to a link that holds a user name"),
        ("http://127.0.0.1:22/", "redirects to a link that has port 22"),
        ("http://[", "redirects to something that is not a URL"),
        ("", "answers 302 without a target"),
    ],
)
def test_redirect_target_is_checked(web: Web, elsewhere: Web, to: Path, location: str, reason: str) -> None:
    """A redirect's target is held to the same rules as the link."""
    web.routes["/start"] = answer(302, Location=location.format(port=web.port))

    def resolve(host: str) -> list[str]:
        return ["127.0.0.2"] if host == "voices.example" else figures_only(host)

    network = Network(resolve=resolve, is_public=lambda address: address == LOOPBACK)
    with pytest.raises(BadRequest, match=reason) as caught:
        get(web.url("/start"), to, allow_private=False, network=network)
    assert "secret" not in caught.value.message
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "answers 401: check that the link opens in a browser without a login"),
        (403, "answers 403: check that the link opens in a browser without a login"),
        (404, "answers 404: there is no file at this link"),
        (410, "answers 410: the file is gone"),
        (204, "answers 204"),
        (206, "answers 206"),
        (304, "answers 304"),
    ],
)
def test_error_status_is_refused_without_a_retry(web: Web, to: Path, status: int, reason: str) -> None:
    """The error names the status and a remedy, and the link is requested once."""
    web.routes["/"] = answer(status, b"page")
    with pytest.raises(BadRequest, match=reason) as caught:
        get(web.url(), to)
    assert caught.value.retryable is False
    assert len(web.asked) == 1
    assert not to.exists()


@pytest.mark.parametrize(
    "first",
    [
        answer(500),
        answer(502),
        answer(503),
        answer(504),
        answer(429),
        answer(503, Retry_After="9" * 5000),
        raw(b""),
        answer(body=b"half", Content_Length="100"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf"),
    ],
)
def test_transient_failure_is_retried(web: Web, to: Path, first: Answer) -> None:
    """After a busy server or a truncated body the next try gives the whole file."""
    web.routes["/"] = in_turn(first, answer(body=b"whole"))
    waits: list[float] = []
    assert get(web.url(), to, network=Network(sleep=waits.append)).size == 5
    assert to.read_bytes() == b"whole"
    assert len(waits) == 1
    assert 0 < waits[0] < 2


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (answer(503), "answers 503; try again later"),
        (raw(b""), "hangs up without an answer; try again later"),
        (answer(body=b"half", Content_Length="100"), "breaks off before the file's end; try again later"),
    ],
)
def test_third_failure_is_a_retryable_error(web: Web, to: Path, last: Answer, reason: str) -> None:
    """A server that keeps failing gives a retryable error after three tries with growing waits, and no file."""
    web.routes["/"] = last
    waits: list[float] = []
    with pytest.raises(BadRequest, match=reason) as caught:
        get(web.url(), to, network=Network(sleep=waits.append))
    assert caught.value.retryable is True
    assert len(web.asked) == 3
    assert waits == sorted(waits)
    assert len(waits) == 2
    assert not to.exists()


def test_retry_after_is_obeyed_within_bounds(web: Web, to: Path) -> None:
    """A short Retry-After is waited for; a long one ends the fetch with a retryable error at once."""
    web.routes["/soon"] = in_turn(answer(429, Retry_After="7"), answer(body=b"x"))
    web.routes["/late"] = answer(429, Retry_After="3600")
    waits: list[float] = []
    network = Network(sleep=waits.append)
    get(web.url("/soon"), to, network=network)
    assert waits == [7.0]
    with pytest.raises(BadRequest, match="answers 429; try again later") as caught:
        get(web.url("/late"), to, timeout=5000, network=network)
    assert caught.value.retryable is True
    assert waits == [7.0]


def test_no_wait_exceeds_the_timeout(web: Web, to: Path) -> None:
    """A wait that is longer than the remaining time does not begin."""
    web.routes["/"] = answer(429, Retry_After="9")
    waits: list[float] = []
    with pytest.raises(BadRequest, match="answers 429"):
        get(web.url(), to, timeout=8, network=Network(sleep=waits.append))
    assert waits == []


def endless(head: bytes, piece: bytes) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(1000):
            handler.wfile.write(piece)

    return send


@pytest.mark.parametrize(
    "send",
    [
        answer(body=b"12345678901"),
        answer(Content_Length="99999999999999999999"),
        endless(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 10_000),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b"x" * 10_000 + b"\r\n"),
        endless(b"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", b"x" * 10_000),
    ],
    ids=["one over", "announced", "endless", "endless chunks", "negative length"],
)
def test_body_over_the_limit_is_refused(web: Web, to: Path, send: Answer) -> None:
    """A body that is too large is refused by its announced or its real length, and no file stays."""
    web.routes["/"] = send
    with pytest.raises(TooLarge, match=r"^voice_file_url: the file is larger than 1e-05 MB") as caught:
        get(web.url(), to, max_bytes=10)
    assert caught.value.issues[0].field == "voice_file_url"
    assert len(web.asked) == 1
    assert not to.exists()


def test_limit_is_inclusive_and_named_in_megabytes(web: Web, to: Path) -> None:
    """A body of exactly the limit passes, and the error names the limit in MB."""
    web.routes["/"] = answer(body=b"1234567890")
    assert get(web.url(), to, max_bytes=10).size == 10
    web.routes["/"] = answer(Content_Length="50000001")
    with pytest.raises(TooLarge, match="larger than 50 MB"):
        get(web.url(), to, max_bytes=50_000_000)


def test_bytes_after_the_content_length_are_ignored(web: Web, to: Path) -> None:
    """Bytes after the announced length are not part of the file."""
    web.routes["/"] = answer(body=b"whole and more", Content_Length="5")
    assert get(web.url(), to, max_bytes=5).size == 5
    assert to.read_bytes() == b"whole"


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (answer(body=b"x", Content_Encoding="gzip"), "compressed body"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), "compressed body"),
        (answer(), "empty file"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "does not speak HTTP"),
        (raw(b"ICY 200 OK\r\n\r\nnoise"), "does not speak HTTP"),
        (raw(b"HTTP/1.0 200 OK\r\nX: " + b"x" * 70_000), "does not speak HTTP"),
        (raw(b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), "does not speak HTTP"),
    ],
)
def test_unusable_answer_is_refused(web: Web, to: Path, send: Answer, reason: str) -> None:
    """Compressed and empty bodies and answers that are not HTTP are refused at once, and no file stays."""
    web.routes["/"] = send
    with pytest.raises(BadRequest, match=reason) as caught:
        get(web.url(), to)
    assert caught.value.retryable is False
    assert len(web.asked) == 1
    assert not to.exists()


@pytest.fixture(scope="module")
def strange() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


LINES = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 Found\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
     b"Location: ", b"Content-Disposition: attachment; filename*=", b"\r\n", b"-1\r\n", b"fff\r\n", b"utf-8'x'%ff"]
)  # fmt: skip


@settings(max_examples=60)
@given(pieces=st.lists(LINES | st.binary(max_size=20), max_size=12))
def test_any_answer_gives_a_file_or_a_worker_error(
    strange: Web, tmp_path_factory: pytest.TempPathFactory, pieces: Any
) -> None:
    """Any bytes as an answer give a file or a WorkerError."""
    strange.routes["/"] = raw(b"".join(pieces))
    to = tmp_path_factory.getbasetemp() / "strange"
    try:
        assert get(strange.url(), to, timeout=5).size == to.stat().st_size
    except WorkerError:
        assert not to.exists()


def test_unwritable_destination_is_a_storage_error(web: Web, tmp_path: Path) -> None:
    """A file that cannot be written gives a retryable StorageError without a path."""
    web.routes["/"] = answer(body=b"x")
    with pytest.raises(StorageError, match="voice_file_url") as caught:
        get(web.url(), tmp_path / "missing" / "body")
    assert str(tmp_path) not in caught.value.message
    assert caught.value.retryable is True


def test_redirect_from_https_to_http_is_refused(secure: Web, web: Web, to: Path, trusting: Network) -> None:
    """A redirect from https to http is refused; one from http to https is followed."""
    secure.routes["/down"] = answer(302, Location=web.url())
    web.routes["/up"] = answer(302, Location=secure.url(host="voices.example"))
    with pytest.raises(BadRequest, match="redirects to a link that is no longer https"):
        get(secure.url("/down", host="voices.example"), to, network=trusting)
    assert web.asked == []
    assert get(web.url("/up"), to, network=trusting).size == 7


@pytest.mark.parametrize("first", [answer(503), raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")])
def test_cancelled_fetch_is_not_tried_again(first: Answer, web: Web, to: Path) -> None:
    """After a cancellation the server is not asked again, and no file is left."""
    cancellation = Cancellation()

    def cancelling(handler: BaseHTTPRequestHandler) -> None:
        cancellation.cancel()
        first(handler)

    web.routes["/"] = in_turn(cancelling, answer(body=b"x"))
    with pytest.raises(Cancelled):
        get(web.url(), to, cancellation=cancellation)
    assert (len(web.asked), to.exists()) == (1, False)


@pytest.mark.parametrize("where", ["http://127.0.0.2:{port}/", "http://127.0.0.1:{port}/mine/a", "/other/a?{query}"])
def test_redirect_from_the_own_bucket_is_checked(
    web: Web, elsewhere: Web, to: Path, bucket: S3Store, where: str
) -> None:
    """A redirect from the bucket to another address, or to a link without a signature, is refused."""
    link = own_link(bucket, web, answer(body=b"film"))
    location = where.format(port=web.port, query=link.partition("?")[2])
    own_link(bucket, web, answer(302, Location=location))
    with pytest.raises(BadRequest, match="redirects to a link that points to an address that is not public"):
        get_own(link, to, bucket)
    assert (len(web.asked), elsewhere.asked) == (1, [])


def test_redirect_to_the_own_bucket_needs_a_signature(web: Web, elsewhere: Web, to: Path, bucket: S3Store) -> None:
    """A public server may redirect to a signed link of the bucket, and to nothing else there."""
    network = Network(is_public=lambda address: address == ipaddress.ip_address("127.0.0.2"))
    link = own_link(bucket, web, answer(body=b"film"))
    elsewhere.routes["/signed"] = answer(302, Location=link)
    elsewhere.routes["/bare"] = answer(302, Location=link.partition("?")[0])
    elsewhere.routes["/file"] = answer(302, Location="file:///etc/passwd")
    assert get_own(elsewhere.url("/signed"), to, bucket, network).size == 4
    with pytest.raises(BadRequest, match="not public"):
        get_own(elsewhere.url("/bare"), to, bucket, network)
    with pytest.raises(BadRequest, match=f"redirects to a link that is not an http:// or https:// URL{WAY_OUT}"):
        get_own(elsewhere.url("/file"), to, bucket, network)
    assert len(web.asked) == 1


def test_file_link_of_the_local_store_is_copied(to: Path, store: LocalStore) -> None:
    """A file:// URL of the store is copied within the size limit; the original stays."""
    body = bytes(range(256)) * 1000
    store.put("timings/said 1.srt", body, "application/x-subrip")
    link = store.presign_get("timings/said 1.srt", 60, media_type="", filename="")
    fetched = get_own(link, to, store, max_bytes=len(body))
    assert fetched == Fetched(to, len(body), "application/octet-stream", "said 1.srt")
    assert to.read_bytes() == store.get("timings/said 1.srt") == body
    with pytest.raises(TooLarge, match=r"^voice_file_url: the file is larger than"):
        get_own(link, to, store, max_bytes=len(body) - 1)
    assert not to.exists()


def test_file_link_without_a_plain_file_is_refused(to: Path, store: LocalStore, tmp_path: Path) -> None:
    """A missing file, a symbolic link and an empty file are refused, and the error shows no path."""
    empty, none, linked = (store.presign_put(f"uploads/{name}", 60) for name in ("empty", "none", "linked"))
    store.put("uploads/empty", b"", "audio/wav")
    (tmp_path / "store" / "uploads" / "linked").symlink_to(__file__)
    for link, reason in ((empty, "an empty file"), (none, "no file"), (linked, "not a symbolic link")):
        with pytest.raises(BadRequest, match=f"^voice_file_url: leads to .*{reason}") as caught:
            get_own(link, to, store)
        assert str(tmp_path) not in caught.value.message
        assert not to.exists()


def test_cancelled_copy_stops(to: Path, store: LocalStore) -> None:
    """A cancelled job copies no further and leaves no file."""
    store.put("videos/a", bytes(10_000_000), "video/mp4")
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Cancelled("the job was cancelled")

    link = store.presign_get("videos/a", 60, media_type="", filename="")
    with pytest.raises(Cancelled):
        get_own(link, to, store, max_bytes=10_000_000, cancellation=Checked(check))
    assert not to.exists()


def test_path_in_place_of_a_link_is_refused_with_a_remedy(to: Path, store: LocalStore, bucket: S3Store) -> None:
    """A path or a foreign file:// link is refused with a remedy, whatever the store."""
    for own in (store, bucket):
        for link in ("/home/me/talk.mp4", "talk.mp4", "C:/talk.mp4", "file:///etc/passwd", "file:talk.mp4"):
            with pytest.raises(BadRequest, match=f"is not an http:// or https:// URL{WAY_OUT}"):
                get_own(link, to, own)


def test_private_addresses_are_refused_by_default(web: Web, to: Path) -> None:
    """Both the setting and the parameter are off by default."""
    assert Settings.read({}).allow_private_urls is False
    assert Settings.read({"ALLOW_PRIVATE_URLS": "true"}).allow_private_urls is True
    with pytest.raises(BadRequest, match="not public"):
        fetch(web.url(), to, field="audio_url", max_bytes=10, network=INTERNET)
    assert web.asked == []
