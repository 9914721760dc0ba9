"""Files come from URLs that strangers send; addresses that are not public are never connected to."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.errors import BadRequest, Cancelled, StorageError, TooLarge, WorkerError
from handler.net.connection import INTERNET, Network
from handler.net.fetch import Fetched, fetch
from handler.net.public_address import is_public
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from s3_utils import S3Store
from tests.support.cancellations import Checked

Answer = Callable[[BaseHTTPRequestHandler], None]

LOOPBACK = ipaddress.ip_address("127.0.0.1")


class Web:
    """A local HTTP server: an answer for each path, and what was asked of it."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                with suppress(OSError):
                    web.routes.get(self.path, answer(404))(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """A client that hangs up is what some tests are about."""

        self._server = Server((host, port), Handler)
        self.host, self.port = str(self._server.server_address[0]), int(self._server.server_address[1])
        self.scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """A complete answer; ``Content_Type`` is the header Content-Type."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


def raw(data: bytes) -> Answer:
    """Exactly these bytes, then the end of the connection."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return send


def in_turn(*answers: Answer) -> Answer:
    """Each of the answers once, then the last one again and again."""
    left = list(answers)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture
def elsewhere(web: Web) -> Iterator[Web]:
    """A second server on the same port of another address."""
    server = Web("127.0.0.2", web.port)
    server.routes["/"] = answer(body=b"secret")
    yield server
    server.close()


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "body"


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", connect)


def names(**table: list[str]) -> Network:
    """A network where only 127.0.0.1 is public; ``voices`` in the table is the host ``voices.example``."""
    return Network(
        resolve=lambda host: table.get(host.partition(".")[0], [host]), is_public=lambda address: address == LOOPBACK
    )


def get(url: str, to: Path, max_bytes: int = 1000, allow_private: bool = True, **options: Any) -> Fetched:
    options.setdefault("network", Network(sleep=lambda _: None))
    return fetch(url, to, field="voice_file_url", max_bytes=max_bytes, allow_private=allow_private, **options)


def test_a_file_is_fetched_whole(web: Web, to: Path) -> None:
    """The body lands in the file given, with its size, media type and name."""
    body = bytes(range(256)) * 1000
    web.routes["/a/voice%20one.wav?x=%2F"] = answer(body=body, Content_Type="Audio/WAV; charset=x")
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
    ],
)  # fmt: skip
def test_a_file_is_called_what_the_server_calls_it(
    web: Web, to: Path, headers: dict[str, str], media_type: str, filename: str
) -> None:
    """The name is the header's or the link's last part, never a path; a media type that is none is left out."""
    web.routes["/the/path"] = answer(200, b"x", **headers)
    fetched = get(web.url("/the/path"), to)
    assert (fetched.media_type, fetched.filename) == (media_type, filename)


def test_bodies_without_a_length_are_whole(web: Web, to: Path) -> None:
    """A chunked body and one that ends with the connection are fetched to their ends."""
    web.routes["/chunked"] = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    web.routes["/open"] = raw(b"HTTP/1.0 200 OK\r\n\r\nabcde")
    for path in ("/chunked", "/open"):
        assert get(web.url(path), to).size == 5
        assert to.read_bytes() == b"abcde"


def test_the_environments_proxies_are_ignored(
    web: Web, elsewhere: Web, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy set in the environment is not asked: it would look the name up anew."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.url())
    web.routes["/"] = answer(body=b"direct")
    get(web.url(), to)
    assert to.read_bytes() == b"direct"
    assert elsewhere.asked == []


NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "evil.example": ["10.0.0.7"],
    "both.example": ["93.184.216.34", "192.168.1.1"],
    "six.example": ["2606:4700:4700::1111", "fd00::1"],
    "public.example": ["93.184.216.34"],
}


def figures_only(host: str) -> list[str]:
    """The system's reading of numeric hosts, and a table of names; nothing leaves the machine."""
    if host in NAMES:
        return NAMES[host]
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(info[4][0]) for info in found]


NOT_PUBLIC = """
http://127.0.0.1/ http://127.1/ http://127.255.255.254:8080/ http://2130706433/ http://0x7f000001/ http://0x7f.1/
http://017700000001/ http://0177.0.0.1/ http://0/ http://0.0.0.0/ http://00000000000000000177.1/
http://10.0.0.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.0.1/ http://3232235777/
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/ http://169.254.170.2/v2/credentials
http://100.64.0.1/ http://100.100.100.200/ http://192.0.0.192/opc/v2/ http://168.63.129.16/ http://198.18.0.1/
http://192.0.2.1/ http://203.0.113.9/ http://224.0.0.1/ http://239.255.255.250/ http://240.0.0.1/
http://255.255.255.255/ http://192.88.99.1/
http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/ http://[::ffff:a9fe:a9fe]/ http://[::ffff:0:127.0.0.1]/
http://[::127.0.0.1]/ http://[64:ff9b::10.0.0.1]/ http://[64:ff9b:1::8.8.8.8]/ http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::808:808]/ http://[2001:0:808:808::80ff:fffe]/ http://[2001:db8::1]/ http://[3fff::1]/
http://[fe80::1]/ http://[fec0::1]/ http://[fd00:ec2::254]/ http://[ff02::1]/ http://[5f00::1]/
http://localhost/ http://LOCALHOST:8000/ http://localhost./ https://metadata.google.internal/computeMetadata/v1/
http://kubernetes.default.svc/ http://evil.example/ http://both.example/ http://six.example/
http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://１２７.0.0.1/ http://ⓛocalhost/ http://evil.example#@public.example/
http://evil.example?@public.example/
""".split()  # noqa: SIM905 (a table to be read)


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize("url", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_never_connected_to(to: Path, url: str) -> None:
    """However it is written and whatever name leads there: the request is refused before a connection is made."""
    with pytest.raises(BadRequest, match=r"^voice_file_url: points to an address that is not public; ") as caught:
        get(url, to, allow_private=False, network=Network(resolve=figures_only))
    assert caught.value.retryable is False
    assert caught.value.issues[0].field == "voice_file_url"


MALFORMED = [
    ("ftp://public.example/a.wav", "http:// or https://"),
    ("file:///etc/passwd", "http:// or https://"),
    ("gopher://127.0.0.1:6379/_x", "http:// or https://"),
    ("data:audio/wav;base64,AAAA", "http:// or https://"),
    ("javascript:alert(1)", "http:// or https://"),
    ("//public.example/a", "http:// or https://"),
    ("public.example/a.wav", "http:// or https://"),
    ("", "http:// or https://"),
    ("http:public.example", "host name"),
    ("http:///a.wav", "host name"),
    ("http://", "host name"),
    ("http://?x", "host name"),
    ("http://%31%32%37.0.0.1/", "host name"),
    ("http://public.example%2f@evil/", "user name"),
    ("http://public example/", "host name"),
    ("http://-$.example/", "host name"),
    ("http://user@public.example/", "user name"),
    ("http://user:secret@public.example/", "user name"),
    ("http://public.example:80@evil.example/", "user name"),
    ("http://:@public.example/", "user name"),
    ("http://public.example\\@evil.example/", "backslashes"),
    ("http://public.example/\r\nHost: evil", "control characters"),
    ("http://public.example\t/", "control characters"),
    ("http://public.example/\x00", "control characters"),
    ("http://public.example/" + "a" * 9000, "longer than"),
    ("http://public.example:22/", "port 22"),
    ("http://public.example:0/", "port 0"),
    ("http://public.example:25/", "port 25"),
    ("http://public.example:65536/", "spelling"),
    ("http://public.example:-80/", "spelling"),
    ("http://public.example:8o/", "spelling"),
    ("http://[::1/", "spelling"),
    ("http://[fe80::1%25eth0]/", "spelling|not public"),
    ("http://[fe80::1%eth0]/", "spelling|not public"),
    ("http://[v1.x]/", "spelling|host name"),
    ("http://::1/", "spelling"),
    ("http://a..b/", "spelling"),
    ("http://" + "a" * 64 + ".example/", "spelling"),
    ("http://" + "a." * 200 + "example/", "host name"),
    ("http://public.example\ud800/", "spelling"),
    ("http://public.example/\ud800", "spelling"),
    ("http://unknown.example/", "unknown host"),
    ("http://256.256.256.256/", "unknown host"),
]


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize(("url", "reason"), MALFORMED)
def test_a_url_that_is_none_is_refused_with_its_reason(to: Path, url: str, reason: str) -> None:
    """Schemes, ports, credentials and spellings that no file on the web needs are refused, each with its sentence."""
    with pytest.raises(BadRequest, match=reason) as caught:
        get(url, to, allow_private=False, network=Network(resolve=figures_only))
    assert caught.value.retryable is False


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    """Ordinary addresses pass, those of an IPv6-only network's gateway included."""
    assert is_public(ipaddress.ip_address(address))


HOSTS = st.text(max_size=30) | st.from_regex(r"[0-9a-fx.:\[\]%]{1,20}", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS"]), HOSTS, st.text()))
def test_no_url_gets_through_to_a_private_address(url: str) -> None:
    """Whatever is sent as a URL, the only outcome is a BadRequest while every name is private."""
    with pytest.raises(BadRequest) as caught:
        get(url, Path("never-written"), allow_private=False, network=Network(resolve=lambda _: ["10.0.0.1"]))
    assert caught.value.retryable is False


def test_one_private_address_among_public_ones_is_enough(web: Web, to: Path) -> None:
    """All addresses of a name are checked, not the one that would be used."""
    web.routes["/"] = answer(body=b"x")
    for addresses in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]):
        with pytest.raises(BadRequest, match="not public"):
            get(web.url(host="voices.example"), to, allow_private=False, network=names(voices=addresses))
    assert web.asked == []


def test_a_second_answer_of_the_resolver_counts_for_nothing(web: Web, elsewhere: Web, to: Path) -> None:
    """A name is resolved once and the connection goes to the address that was checked: rebinding is no way in."""
    web.routes["/"] = answer(body=b"public")
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]
    network = Network(resolve=lambda _: answers.pop(0), is_public=lambda address: address == LOOPBACK)
    get(web.url(host="voices.example"), to, allow_private=False, network=network)
    assert to.read_bytes() == b"public"
    assert web.asked[0][1]["host"] == f"voices.example:{web.port}"
    assert len(answers) == 2
    assert elsewhere.asked == []


def test_a_retry_is_checked_like_the_first_try(web: Web, elsewhere: Web, to: Path) -> None:
    """A name that became private between two tries is refused at the second."""
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


def test_the_next_address_is_used_when_the_first_does_not_answer(web: Web, to: Path) -> None:
    """A host with several addresses is reached by whichever works."""
    web.routes["/"] = answer(body=b"x")
    network = Network(resolve=lambda _: ["127.0.0.3", "127.0.0.1"])
    assert get(web.url(host="voices.example"), to, network=network).size == 1


def test_redirects_are_followed_to_the_file(web: Web, to: Path) -> None:
    """Relative and absolute redirects, five in a row, lead to the file, whose name is the last link's."""
    for number, status in enumerate((301, 302, 303, 307)):
        web.routes[f"/{number}"] = answer(status, b"moved", Location=f"../{number + 1}")
    web.routes["/4"] = answer(308, Location=web.url("/ü ber.wav").encode().decode("latin-1"))
    web.routes["/%C3%BC%20ber.wav"] = answer(body=b"here")
    assert get(web.url("/0"), to).filename == "ü ber.wav"
    assert to.read_bytes() == b"here"


def test_a_circle_of_redirects_ends(web: Web, to: Path) -> None:
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
        ("", "answers 302 without saying where to"),
    ],
)
def test_a_redirects_target_is_checked_like_the_link_itself(
    web: Web, elsewhere: Web, to: Path, location: str, reason: str
) -> None:
    """No redirect leads to where the link itself could not."""
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
def test_an_answer_that_is_no_file_is_refused_at_once(web: Web, to: Path, status: int, reason: str) -> None:
    """The status is named with what to do about it, and the link is not asked again."""
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
def test_what_is_transient_is_tried_again(web: Web, to: Path, first: Answer) -> None:
    """A busy server and a broken-off body are followed by another try, which gives the whole file alone."""
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
def test_after_three_tries_the_client_may_try_later(web: Web, to: Path, last: Answer, reason: str) -> None:
    """A server that stays broken gives a retryable error after three tries, growing waits between, and no file."""
    web.routes["/"] = last
    waits: list[float] = []
    with pytest.raises(BadRequest, match=reason) as caught:
        get(web.url(), to, network=Network(sleep=waits.append))
    assert caught.value.retryable is True
    assert len(web.asked) == 3
    assert waits == sorted(waits)
    assert len(waits) == 2
    assert not to.exists()


def test_a_server_may_ask_for_a_longer_wait_within_bounds(web: Web, to: Path) -> None:
    """Retry-After is kept where it is short; a long one ends the fetch with a retryable error at once."""
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


def test_a_wait_never_leads_past_the_total_time(web: Web, to: Path) -> None:
    """A wait that would not fit into the time that is left is not begun."""
    web.routes["/"] = answer(429, Retry_After="9")
    waits: list[float] = []
    with pytest.raises(BadRequest, match="answers 429"):
        get(web.url(), to, timeout=8, network=Network(sleep=waits.append))
    assert waits == []


def test_nobody_at_the_port_is_transient(web: Web, to: Path) -> None:
    """A refused connection is retryable, after tries."""
    web.close()
    with pytest.raises(BadRequest, match="cannot be reached") as caught:
        get(web.url(), to)
    assert caught.value.retryable is True


def dripping(web: Web, head: bytes, drop: bytes) -> Answer:
    """The head at once, then a drop at a time for some seconds: every single read succeeds soon."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(300):
            if web.closing.wait(0.02):
                return
            handler.wfile.write(drop)

    return send


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n", b"."),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n"),
        (b"HTTP/1.0 200 OK\r\nX: ", b"."),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "chunks", "header", "continue"],
)
def test_a_server_that_drips_is_cut(web: Web, to: Path, head: bytes, drop: bytes) -> None:
    """The total time ends a fetch even when each byte comes soon after the last, in the body or before."""
    web.routes["/"] = dripping(web, head, drop)
    with pytest.raises(BadRequest, match=r"took longer than 0\.3 s") as caught:
        get(web.url(), to, timeout=0.3)
    assert caught.value.retryable is True
    assert not to.exists()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_says_nothing_is_cut(to: Path, scheme: str) -> None:
    """The total time ends the wait for an answer, and for the hands that TLS shakes."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(BadRequest, match="took longer") as caught:
        get(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", to, timeout=0.2)
    assert caught.value.retryable is True


def test_a_resolver_that_hangs_is_cut(to: Path) -> None:
    """The total time counts while a name is looked up, too."""
    release = threading.Event()
    network = Network(resolve=lambda _: [str(release.wait(10))])
    try:
        with pytest.raises(BadRequest, match=r"took longer than 0\.2 s") as caught:
            get("http://voices.example/", to, timeout=0.2, network=network)
    finally:
        release.set()
    assert caught.value.retryable is True


def test_a_resolver_without_an_answer_is_transient(to: Path) -> None:
    """A name server that is away for the moment is asked again, and the client may come back."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    with pytest.raises(BadRequest, match="cannot be looked up") as caught:
        get("http://bücher.example/", to, network=Network(resolve=resolve, sleep=lambda _: None))
    assert caught.value.retryable is True
    assert asked == ["xn--bcher-kva.example"] * 3


def test_a_name_that_the_resolver_cannot_read_is_refused(to: Path) -> None:
    """A host that passes for a name but cannot be encoded as one is the request's fault."""

    def resolve(host: str) -> list[str]:
        raise UnicodeError("label too long")

    with pytest.raises(BadRequest, match="no valid host name") as caught:
        get("http://voices.example/", to, network=Network(resolve=resolve))
    assert caught.value.retryable is False


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
def test_a_body_over_the_limit_is_refused(web: Web, to: Path, send: Answer) -> None:
    """A body too large is given up at its announcement or while it streams, with the limit named, and is not kept."""
    web.routes["/"] = send
    with pytest.raises(TooLarge, match=r"^voice_file_url: the file is larger than 1e-05 MB") as caught:
        get(web.url(), to, max_bytes=10)
    assert caught.value.issues[0].field == "voice_file_url"
    assert len(web.asked) == 1
    assert not to.exists()


def test_the_limit_itself_is_allowed_and_named_in_megabytes(web: Web, to: Path) -> None:
    """A body of exactly the limit passes; the limit is written as people write it."""
    web.routes["/"] = answer(body=b"1234567890")
    assert get(web.url(), to, max_bytes=10).size == 10
    web.routes["/"] = answer(Content_Length="50000001")
    with pytest.raises(TooLarge, match="larger than 50 MB"):
        get(web.url(), to, max_bytes=50_000_000)


def test_more_than_was_promised_is_not_read(web: Web, to: Path) -> None:
    """What follows after the promised length does not belong to the file."""
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
def test_what_cannot_be_used_is_refused(web: Web, to: Path, send: Answer, reason: str) -> None:
    """Compressed and empty bodies and answers that are no HTTP are refused at once, and no file is left."""
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


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(LINES | st.binary(max_size=20), max_size=12))
def test_whatever_a_server_sends_ends_well(strange: Web, tmp_path_factory: pytest.TempPathFactory, pieces: Any) -> None:
    """Any bytes for an answer give a file or an error of ours, never another exception."""
    strange.routes["/"] = raw(b"".join(pieces))
    to = tmp_path_factory.getbasetemp() / "strange"
    try:
        assert get(strange.url(), to, timeout=5).size == to.stat().st_size
    except WorkerError:
        assert not to.exists()


def test_a_file_that_cannot_be_written_is_our_fault(web: Web, tmp_path: Path) -> None:
    """A full or missing disk is a storage error that shows no path."""
    web.routes["/"] = answer(body=b"x")
    with pytest.raises(StorageError, match="voice_file_url") as caught:
        get(web.url(), tmp_path / "missing" / "body")
    assert str(tmp_path) not in caught.value.message
    assert caught.value.retryable is True


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate, its own authority, for ``voices.example``."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voices.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("voices.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Web(tls=context)
    server.routes["/"] = answer(body=b"secured")
    yield server
    server.close()


@pytest.fixture
def trusting(certificate: Path) -> Network:
    """A network that trusts the certificate and knows every name at 127.0.0.1."""
    return Network(resolve=lambda _: ["127.0.0.1"], tls=ssl.create_default_context(cafile=str(certificate)))


def test_a_certificate_is_verified_for_the_hosts_name(secure: Web, to: Path, trusting: Network) -> None:
    """The connection goes to an address, but the certificate must be the name's: this one's passes, another's not."""
    assert get(secure.url(host="voices.example"), to, network=trusting).size == 7
    assert get(secure.url(host="voices.example."), to, network=trusting).size == 7
    with pytest.raises(BadRequest, match="certificate cannot be verified for its name") as caught:
        get(secure.url(host="other.example"), to, network=trusting)
    assert caught.value.retryable is False
    assert len(secure.asked) == 2


def test_an_unknown_authority_is_refused(secure: Web, to: Path) -> None:
    """A self-made certificate does not pass with the authorities that everyone trusts."""
    with pytest.raises(BadRequest, match="certificate cannot be verified"):
        get(secure.url(host="voices.example"), to, network=Network(resolve=lambda _: ["127.0.0.1"]))
    assert secure.asked == []


def test_https_at_a_port_without_it_is_refused(web: Web, to: Path) -> None:
    """A server that makes no secure connection is named as such, not tried three times."""
    with pytest.raises(BadRequest, match="makes no secure connection") as caught:
        get(web.url().replace("http://", "https://"), to)
    assert caught.value.retryable is False


def test_a_redirect_may_not_give_up_security(secure: Web, web: Web, to: Path, trusting: Network) -> None:
    """From https there is no way on to http; from http to https there is."""
    secure.routes["/down"] = answer(302, Location=web.url())
    web.routes["/up"] = answer(302, Location=secure.url(host="voices.example"))
    with pytest.raises(BadRequest, match="redirects to a link that is no longer https"):
        get(secure.url("/down", host="voices.example"), to, network=trusting)
    assert web.asked == []
    assert get(web.url("/up"), to, network=trusting).size == 7


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_a_fetch_can_be_stopped(pieces: int, web: Web, to: Path) -> None:
    """A job that is cancelled reads no more of a file, tries nothing again and leaves nothing behind."""
    web.routes["/"] = in_turn(answer(503), answer(body=bytes(10_000_000)))
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 2 + pieces:
            assert to.exists() == bool(pieces)
            raise Cancelled("the job was cancelled")

    with pytest.raises(Cancelled):
        get(web.url(), to, max_bytes=10_000_000, cancellation=Checked(check))
    assert asked == 2 + pieces
    assert len(web.asked) == 1 + bool(pieces)
    assert not to.exists()


WAY_OUT = r"; send a public or a signed link, whole; or ask for a file_url by endpoint upload with create_upload_url$"


@pytest.fixture
def bucket(web: Web) -> S3Store:
    """A store that signs for a bucket at the server of the test."""
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "S3_BUCKET": "mine"}
    return S3Store(Settings.read(keys | {"AWS_ENDPOINT_URL": web.url("")}))


def own_link(bucket: S3Store, web: Web, send: Answer, key: str = "videos/a b.mp4") -> str:
    """A signed link of the bucket, whose server answers it so."""
    link = bucket.presign_get(key, 60, media_type="video/mp4", filename="a")
    web.routes[link.removeprefix(web.url(""))] = send
    return link


def get_own(url: str, to: Path, own: S3Store | LocalStore, network: Network = INTERNET, **options: Any) -> Fetched:
    return get(url, to, allow_private=False, own=own, network=network, **options)


def test_a_link_of_the_own_bucket_is_taken(web: Web, to: Path, bucket: S3Store) -> None:
    """It is fetched though its address is not public, as it was sent: nothing of the worker's is added to it."""
    link = own_link(bucket, web, answer(body=b"film"))
    assert get_own(f" {link}", to, bucket).size == 4
    [(path, headers)] = web.asked
    assert link.endswith(path)
    assert not {"authorization", "cookie", "x-amz-security-token"} & set(headers)
    with pytest.raises(TooLarge):
        get_own(link, to, bucket, max_bytes=3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/mine/", "/other/"),
        ("/mine/", "/mine/../other/"),
        ("/mine/", "/mine/%2e%2e/other/"),
        ("?", "?x=1#"),
        ("X-Amz-Signature", "X-Amz-Signatur"),
        ("http://127.0.0.1", "https://127.0.0.1"),
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "localhost"),
        ("http://127.0.0.1", "HTTP://2130706433"),
    ],
)
def test_nothing_else_at_its_address_is(web: Web, to: Path, bucket: S3Store, old: str, new: str) -> None:
    """Another bucket, another name for its host, no signature: each is refused before a connection is made."""
    link = own_link(bucket, web, answer(body=b"film"))
    with pytest.raises(BadRequest, match=f"points to an address that is not public{WAY_OUT}"):
        get_own(link.replace(old, new, 1), to, bucket, Network(resolve=figures_only))
    assert web.asked == []


def test_another_port_of_its_host_is_refused(web: Web, to: Path, bucket: S3Store) -> None:
    """What else listens on the machine of the bucket is none of the bucket."""
    other = Web()
    try:
        link = own_link(bucket, web, answer(body=b"film")).replace(str(web.port), str(other.port))
        with pytest.raises(BadRequest, match="not public"):
            get_own(link, to, bucket)
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize("where", ["http://127.0.0.2:{port}/", "http://127.0.0.1:{port}/mine/a", "/other/a?{query}"])
def test_the_own_bucket_leads_on_to_nothing(web: Web, elsewhere: Web, to: Path, bucket: S3Store, where: str) -> None:
    """A redirect from there is judged by itself: to another address or without a signature it is refused."""
    link = own_link(bucket, web, answer(body=b"film"))
    location = where.format(port=web.port, query=link.partition("?")[2])
    own_link(bucket, web, answer(302, Location=location))
    with pytest.raises(BadRequest, match="redirects to a link that points to an address that is not public"):
        get_own(link, to, bucket)
    assert (len(web.asked), elsewhere.asked) == (1, [])


def test_a_redirect_to_the_own_bucket_needs_a_signature(web: Web, elsewhere: Web, to: Path, bucket: S3Store) -> None:
    """From the web one may be led to a signed link of the bucket, as if it had been sent, and to nothing beside it."""
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


def test_a_bucket_with_a_name_of_its_own(web: Web, to: Path) -> None:
    """Where the host names the bucket, another bucket's host is refused though it is the same machine."""
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "S3_ADDRESSING_STYLE": "virtual"}
    environ = keys | {"AWS_ENDPOINT_URL": web.url("", host="s3.example"), "S3_BUCKET": "mine"}
    bucket = S3Store(Settings.read(environ))
    network = Network(resolve=lambda _: ["127.0.0.1"])
    link = bucket.presign_get("a", 60, media_type="video/mp4", filename="a")
    assert "//mine.s3.example:" in link
    web.routes[link.removeprefix(web.url("", host="mine.s3.example"))] = answer(body=b"film")
    assert get_own(link, to, bucket, network).size == 4
    for host in ("other.s3.example", "s3.example", "mine.s3.example."):
        with pytest.raises(BadRequest, match="not public"):
            get_own(link.replace("mine.s3.example", host), to, bucket, network)


def test_a_link_of_the_own_folder_is_copied(to: Path, store: LocalStore) -> None:
    """A file:// URL that the store gave is read within the same limits; the original stays."""
    body = bytes(range(256)) * 1000
    store.put("timings/said 1.srt", body, "application/x-subrip")
    link = store.presign_get("timings/said 1.srt", 60, media_type="", filename="")
    fetched = get_own(link, to, store, max_bytes=len(body))
    assert fetched == Fetched(to, len(body), "application/octet-stream", "said 1.srt")
    assert to.read_bytes() == store.get("timings/said 1.srt") == body
    with pytest.raises(TooLarge, match=r"^voice_file_url: the file is larger than"):
        get_own(link, to, store, max_bytes=len(body) - 1)
    assert not to.exists()


def test_a_link_of_the_own_folder_without_a_file(to: Path, store: LocalStore, tmp_path: Path) -> None:
    """Nothing there, a symbolic link or an empty file: each is the client's to mend, and no path is told."""
    empty, none, linked = (store.presign_put(f"uploads/{name}", 60) for name in ("empty", "none", "linked"))
    store.put("uploads/empty", b"", "audio/wav")
    (tmp_path / "store" / "uploads" / "linked").symlink_to(__file__)
    for link, reason in ((empty, "an empty file"), (none, "no file"), (linked, "not a symbolic link")):
        with pytest.raises(BadRequest, match=f"^voice_file_url: leads to .*{reason}") as caught:
            get_own(link, to, store)
        assert str(tmp_path) not in caught.value.message
        assert not to.exists()


def test_copying_can_be_stopped(to: Path, store: LocalStore) -> None:
    """A job that is cancelled copies no further, and leaves nothing."""
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


def test_a_file_without_a_link_is_told_the_way(to: Path, store: LocalStore, bucket: S3Store) -> None:
    """A path or a file:// link is refused with what to do in its place, whatever the store."""
    for own in (store, bucket):
        for link in ("/home/me/talk.mp4", "talk.mp4", "C:/talk.mp4", "file:///etc/passwd", "file:talk.mp4"):
            with pytest.raises(BadRequest, match=f"is not an http:// or https:// URL{WAY_OUT}"):
                get_own(link, to, own)


def test_private_urls_are_off_unless_asked_for(web: Web, to: Path) -> None:
    """The setting is off by default, and so is the parameter."""
    assert Settings.read({}).allow_private_urls is False
    assert Settings.read({"ALLOW_PRIVATE_URLS": "true"}).allow_private_urls is True
    with pytest.raises(BadRequest, match="not public"):
        fetch(web.url(), to, field="audio_url", max_bytes=10, network=INTERNET)
    assert web.asked == []
