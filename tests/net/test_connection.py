"""Connections: to public addresses only, verified by TLS, and within the total time."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.errors import BadRequest, TooLarge
from handler.net.connection import Network
from handler.settings import Settings
from s3_utils import S3Store
from tests.support.web_server import LOOPBACK, WAY_OUT, Answer, Web, answer, figures_only, get, get_own, own_link


def test_proxies_of_the_environment_are_ignored(
    web: Web, elsewhere: Web, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's proxy is not used: it would look up the name again."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.url())
    web.routes["/"] = answer(body=b"direct")
    get(web.url(), to)
    assert to.read_bytes() == b"direct"
    assert elsewhere.asked == []


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
""".split()


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize("url", NOT_PUBLIC)
def test_private_address_is_never_connected_to(to: Path, url: str) -> None:
    """A private address is refused before a connection is made, in every spelling and behind every name."""
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
def test_malformed_url_is_refused_with_its_reason(to: Path, url: str, reason: str) -> None:
    """Schemes, ports, credentials and spellings that no public file needs are refused, each with its reason."""
    with pytest.raises(BadRequest, match=reason) as caught:
        get(url, to, allow_private=False, network=Network(resolve=figures_only))
    assert caught.value.retryable is False


HOSTS = st.text(max_size=30) | st.from_regex(r"[0-9a-fx.:\[\]%]{1,20}", fullmatch=True)


@settings(max_examples=300)
@given(st.text(max_size=60) | st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS"]), HOSTS, st.text()))
def test_no_url_reaches_a_private_address(url: str) -> None:
    """If every name is private, any text in place of a URL gives BadRequest."""
    with pytest.raises(BadRequest) as caught:
        get(url, Path("never-written"), allow_private=False, network=Network(resolve=lambda _: ["10.0.0.1"]))
    assert caught.value.retryable is False


def names(**table: list[str]) -> Network:
    """A network where only 127.0.0.1 is public; ``voices`` in the table is the host ``voices.example``."""
    return Network(
        resolve=lambda host: table.get(host.partition(".")[0], [host]), is_public=lambda address: address == LOOPBACK
    )


def test_one_private_address_refuses_the_host(web: Web, to: Path) -> None:
    """All addresses of a host are checked, not only the one that would be used."""
    web.routes["/"] = answer(body=b"x")
    for addresses in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]):
        with pytest.raises(BadRequest, match="not public"):
            get(web.url(host="voices.example"), to, allow_private=False, network=names(voices=addresses))
    assert web.asked == []


def test_connection_goes_to_the_checked_address(web: Web, elsewhere: Web, to: Path) -> None:
    """The host is resolved once, and the connection goes to the checked address: DNS rebinding has no effect."""
    web.routes["/"] = answer(body=b"public")
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]
    network = Network(resolve=lambda _: answers.pop(0), is_public=lambda address: address == LOOPBACK)
    get(web.url(host="voices.example"), to, allow_private=False, network=network)
    assert to.read_bytes() == b"public"
    assert web.asked[0][1]["host"] == f"voices.example:{web.port}"
    assert len(answers) == 2
    assert elsewhere.asked == []


def test_next_address_is_used_if_the_first_fails(web: Web, to: Path) -> None:
    """The second address of a host is used if the first does not answer."""
    web.routes["/"] = answer(body=b"x")
    network = Network(resolve=lambda _: ["127.0.0.3", "127.0.0.1"])
    assert get(web.url(host="voices.example"), to, network=network).size == 1


def test_refused_connection_is_retryable(web: Web, to: Path) -> None:
    """A port where nobody listens gives a retryable error."""
    web.close()
    with pytest.raises(BadRequest, match="cannot be reached") as caught:
        get(web.url(), to)
    assert caught.value.retryable is True


def dripping(web: Web, head: bytes, drop: bytes) -> Answer:
    """The head at once, then a few bytes at a time for seconds: every single read succeeds soon."""

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
def test_timeout_ends_a_dripping_answer(web: Web, to: Path, head: bytes, drop: bytes) -> None:
    """The timeout ends a fetch even if each byte comes soon after the last, in the body or before it."""
    web.routes["/"] = dripping(web, head, drop)
    with pytest.raises(BadRequest, match=r"took longer than 0\.3 s") as caught:
        get(web.url(), to, timeout=0.3)
    assert caught.value.retryable is True
    assert not to.exists()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_timeout_ends_the_wait_for_a_silent_server(to: Path, scheme: str) -> None:
    """The timeout ends the wait for an answer and for a TLS handshake."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(BadRequest, match="took longer") as caught:
        get(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", to, timeout=0.2)
    assert caught.value.retryable is True


def test_timeout_ends_the_wait_for_the_resolver(to: Path) -> None:
    """The timeout counts while the host name is resolved too."""
    release = threading.Event()
    network = Network(resolve=lambda _: [str(release.wait(10))])
    try:
        with pytest.raises(BadRequest, match=r"took longer than 0\.2 s") as caught:
            get("http://voices.example/", to, timeout=0.2, network=network)
    finally:
        release.set()
    assert caught.value.retryable is True


def test_temporary_resolver_failure_is_retryable(to: Path) -> None:
    """A name server that does not answer is asked three times; then the error is retryable."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    with pytest.raises(BadRequest, match="cannot be looked up") as caught:
        get("http://bücher.example/", to, network=Network(resolve=resolve, sleep=lambda _: None))
    assert caught.value.retryable is True
    assert asked == ["xn--bcher-kva.example"] * 3


def test_name_that_cannot_be_encoded_is_refused(to: Path) -> None:
    """A host name that the resolver cannot encode is the client's error."""

    def resolve(host: str) -> list[str]:
        raise UnicodeError("label too long")

    with pytest.raises(BadRequest, match="no valid host name") as caught:
        get("http://voices.example/", to, network=Network(resolve=resolve))
    assert caught.value.retryable is False


def test_certificate_must_match_the_host(secure: Web, to: Path, trusting: Network) -> None:
    """The connection goes to an address, but the certificate must be valid for the host name."""
    assert get(secure.url(host="voices.example"), to, network=trusting).size == 7
    assert get(secure.url(host="voices.example."), to, network=trusting).size == 7
    with pytest.raises(BadRequest, match="certificate cannot be verified for its name") as caught:
        get(secure.url(host="other.example"), to, network=trusting)
    assert caught.value.retryable is False
    assert len(secure.asked) == 2


def test_unknown_authority_is_refused(secure: Web, to: Path) -> None:
    """A certificate of an authority that is not trusted is refused."""
    with pytest.raises(BadRequest, match="certificate cannot be verified"):
        get(secure.url(host="voices.example"), to, network=Network(resolve=lambda _: ["127.0.0.1"]))
    assert secure.asked == []


def test_https_to_a_plain_http_port_is_refused(web: Web, to: Path) -> None:
    """A server without TLS is refused with that reason and not tried again."""
    with pytest.raises(BadRequest, match="makes no secure connection") as caught:
        get(web.url().replace("http://", "https://"), to)
    assert caught.value.retryable is False


def test_signed_link_of_the_own_bucket_is_fetched(web: Web, to: Path, bucket: S3Store) -> None:
    """The link is fetched although its address is private, and without the worker's keys."""
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
def test_other_links_to_the_bucket_host_are_refused(web: Web, to: Path, bucket: S3Store, old: str, new: str) -> None:
    """Another bucket, another name of its host or a missing signature is refused before a connection is made."""
    link = own_link(bucket, web, answer(body=b"film"))
    with pytest.raises(BadRequest, match=f"points to an address that is not public{WAY_OUT}"):
        get_own(link.replace(old, new, 1), to, bucket, Network(resolve=figures_only))
    assert web.asked == []


def test_other_port_of_the_bucket_host_is_refused(web: Web, to: Path, bucket: S3Store) -> None:
    """Another service on the bucket's machine is not fetched from."""
    other = Web()
    try:
        link = own_link(bucket, web, answer(body=b"film")).replace(str(web.port), str(other.port))
        with pytest.raises(BadRequest, match="not public"):
            get_own(link, to, bucket)
        assert other.asked == []
    finally:
        other.close()


def test_virtual_hosted_bucket_excludes_other_hosts(web: Web, to: Path) -> None:
    """If the host names the bucket, another bucket's host on the same machine is refused."""
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
