"""URLs that the store signs, opened by plain urllib: they work as signed, and in no other way."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from email.message import Message
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from handler.errors import BadRequest
from handler.settings import Settings
from s3_utils import S3Store, attachment
from tests.support.s3_server import Swift


def ask(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes, Message]:
    """Status, body and headers of an answer, whether it refuses or not."""
    request = urllib.request.Request(url, data=body, method=method)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.read(), reply.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


@pytest.fixture
def url(s3_store: S3Store) -> str:
    s3_store.put("output/a.wav", b"sound", "application/octet-stream")
    return s3_store.presign_get("output/a.wav", 60, media_type="audio/wav", filename="a.wav")


@pytest.mark.parametrize("filename", ["a.wav", 'my "best" take; v2.wav', "Grüße & 日本 100%.srt"])
def test_url_carries_file_name_and_media_type(s3_store: S3Store, filename: str) -> None:
    """A browser saves under the name given, whatever is in it, and hears the media type given."""
    s3_store.put("output/a", b"sound", "application/octet-stream")
    status, body, headers = ask(s3_store.presign_get("output/a", 60, media_type="audio/wav", filename=filename))
    assert (status, body, headers["Content-Type"]) == (200, b"sound", "audio/wav")
    said = Message()
    said["Content-Disposition"] = headers["Content-Disposition"]
    assert said.get_content_disposition() == "attachment"
    # The standard library prefers the plain name where both are; a browser prefers the other.
    extended = headers["Content-Disposition"].rsplit("; ", 1)[1]
    alone = Message()
    alone["Content-Disposition"] = f"attachment; {extended}"
    assert alone.get_filename() == filename


def test_attachment_has_an_ascii_name() -> None:
    """Old clients read the plain name: ASCII, with nothing that could end the quotes or the header."""
    header = attachment('é"\\\r\nX: 1.wav')
    assert header.startswith('attachment; filename="_____X: 1.wav"; ')
    assert header.endswith("filename*=UTF-8''%C3%A9%22%5C%0D%0AX%3A%201.wav")


def test_url_expires_as_asked(s3_store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL signed two minutes ago for one minute is refused, one for an hour is not."""
    s3_store.put("output/a.wav", b"sound", "audio/wav")
    import botocore.auth
    import botocore.compat

    real = botocore.compat.get_current_datetime

    def earlier(*args: bool, **named: bool) -> object:
        import datetime

        return real(*args, **named) - datetime.timedelta(seconds=120)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", earlier)
    short = s3_store.presign_get("output/a.wav", 60, media_type="audio/wav", filename="a.wav")
    long = s3_store.presign_get("output/a.wav", 3600, media_type="audio/wav", filename="a.wav")
    signed = parse_qs(urlsplit(short).query)["X-Amz-Date"][0]
    assert signed < time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - 100))
    assert ask(short)[0] == 403
    assert ask(long)[:2] == (200, b"sound")


def test_changed_signature_is_refused(url: str) -> None:
    """One changed character of the signature opens nothing."""
    status, body, _ = ask(url[:-1] + ("0" if url[-1] != "0" else "1"))
    assert (status, b"sound" in body) == (403, False)


def test_url_opens_no_other_key(s3_store: S3Store, url: str) -> None:
    """The signature of one object does not open another."""
    s3_store.put("output/b.wav", b"secret", "audio/wav")
    status, body, _ = ask(url.replace("output/a.wav", "output/b.wav"))
    assert (status, b"secret" in body) == (403, False)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("life", "X-Amz-Expires=60", "X-Amz-Expires=600"),
        ("name", "a.wav%22", "b.wav%22"),
        ("type", "audio%2Fwav", "text%2Fhtml"),
    ],
)
def test_signed_fields_cannot_be_changed(url: str, what: str, old: str, new: str) -> None:
    """A longer life, another file name or another type than was signed is refused."""
    assert old in url, what
    assert ask(url.replace(old, new))[0] == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_get_url_does_not_write(s3_store: S3Store, url: str, method: str) -> None:
    """What was signed for GET neither overwrites nor deletes."""
    assert ask(url, method, b"new" if method == "PUT" else None)[0] == 403
    assert s3_store.get("output/a.wav") == b"sound"


def test_unsigned_requests_are_refused(url: str) -> None:
    """Nothing is public: the bare address of an object or of the bucket is refused."""
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    bucket = urlunsplit((parts.scheme, parts.netloc, "/" + parts.path.split("/")[1], "", ""))
    for address in (bare, bucket):
        status, body, _ = ask(address)
        assert status in {400, 401, 403, 412}
        assert b"sound" not in body
    assert ask(bare, "PUT", b"new")[0] in {400, 401, 403, 412}


def test_put_url_uploads_without_keys(s3_store: S3Store) -> None:
    """A client without keys uploads to the key that was signed, with the type that was signed."""
    url = s3_store.presign_put("uploads/token", 60, media_type="audio/wav")
    assert ask(url, "PUT", b"clip", Content_Type="audio/wav")[0] == 200
    info = s3_store.head("uploads/token")
    assert info is not None
    assert (info.size, info.media_type) == (4, "audio/wav")


@pytest.mark.parametrize("sent", ["audio/mpeg", "application/x-www-form-urlencoded"])
def test_put_url_without_media_type_accepts_any(s3_store: S3Store, sent: str) -> None:
    """Where no type was signed, what curl, a browser or urllib happens to send is accepted."""
    url = s3_store.presign_put("uploads/token", 60)
    assert ask(url, "PUT", b"clip", Content_Type=sent)[0] == 200
    assert s3_store.get("uploads/token") == b"clip"


def test_put_url_does_nothing_else(s3_store: S3Store) -> None:
    """Another type, another key and another method than were signed are refused."""
    url = s3_store.presign_put("uploads/token", 60, media_type="audio/wav")
    assert ask(url, "PUT", b"clip", Content_Type="text/html")[0] == 403
    assert ask(url.replace("/token", "/other"), "PUT", b"clip", Content_Type="audio/wav")[0] == 403
    s3_store.put("uploads/token", b"there", "audio/wav")
    assert ask(url)[0] == 403
    assert ask(url, "DELETE")[0] == 403
    assert s3_store.get("uploads/token") == b"there"


@pytest.mark.parametrize("expires_in", [0, -1, 604_801])
def test_expiry_out_of_range_is_refused(s3_store: S3Store, expires_in: int) -> None:
    """More than seven days, or no time at all, is refused before anything is signed."""
    with pytest.raises(BadRequest, match="604800"):
        s3_store.presign_get("a", expires_in, media_type="audio/wav", filename="a")
    with pytest.raises(BadRequest, match="604800"):
        s3_store.presign_put("a", expires_in, media_type="audio/wav")


def test_longest_expiry_works(swift: Swift, s3_store: S3Store) -> None:
    """The longest life that S3 knows works."""
    s3_store.put("a", b"a", "text/plain")
    assert ask(s3_store.presign_get("a", 604_800, media_type="text/plain", filename="a"))[:2] == (200, b"a")


AWS = {"S3_BUCKET": "my-bucket", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "https://my-bucket.s3.us-east-1.amazonaws.com/a"),
        ({"AWS_REGION": "eu-west-1"}, "https://my-bucket.s3.eu-west-1.amazonaws.com/a"),
        ({"S3_ADDRESSING_STYLE": "path"}, "https://s3.us-east-1.amazonaws.com/my-bucket/a"),
        ({"S3_BUCKET": "my.bucket"}, "https://s3.us-east-1.amazonaws.com/my.bucket/a"),
        ({"AWS_ENDPOINT_URL": "http://10.1.2.3:9000"}, "http://10.1.2.3:9000/my-bucket/a"),
        ({"AWS_ENDPOINT_URL": "http://localhost:9000"}, "http://localhost:9000/my-bucket/a"),
        ({"AWS_ENDPOINT_URL": "https://s3.eu.example.com"}, "https://s3.eu.example.com/my-bucket/a"),
        (
            {"AWS_ENDPOINT_URL": "https://s3.eu.example.com", "S3_ADDRESSING_STYLE": "virtual"},
            "https://my-bucket.s3.eu.example.com/a",
        ),
    ],
)
def test_urls_follow_the_addressing_style(environ: dict[str, str], address: str) -> None:
    """AWS gets the bucket in the region's host, other services in the path, and either can be asked for."""
    url = S3Store(Settings.read(AWS | environ)).presign_get("a", 60, media_type="text/plain", filename="a")
    assert url.startswith(address + "?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url


OWN = {
    "aws": {},
    "region": {"AWS_REGION": "eu-west-1"},
    "path": {"S3_ADDRESSING_STYLE": "path"},
    "home": {"AWS_ENDPOINT_URL": "http://10.1.2.3:9000"},
    "below": {"AWS_ENDPOINT_URL": "http://Bucket.Home/s3/"},
    "port": {"AWS_ENDPOINT_URL": "https://s3.home:443"},
    "virtual": {"AWS_ENDPOINT_URL": "http://s3.home:9000", "S3_ADDRESSING_STYLE": "virtual"},
    "six": {"AWS_ENDPOINT_URL": "http://[fd00::1]:9000"},
}


SAID = [f"X-Amz-{part}" for part in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")]


@pytest.mark.parametrize("environ", OWN.values(), ids=OWN)
def test_own_links_are_recognised(environ: dict[str, str]) -> None:
    """Whatever the style, what it signs is its own, and nothing of another scheme, host, port or bucket."""
    store = S3Store(Settings.read(AWS | environ))
    signed = store.presign_get("videos/a b.mp4", 60, media_type="video/mp4", filename="a")
    parts = urlsplit(signed)
    host, _, port = parts.netloc.rpartition(":") if parts.port else (parts.netloc, "", "443")
    assert store.is_own_link(signed)
    assert store.is_own_link(store.presign_put("uploads/a", 60))
    others = [
        parts._replace(scheme={"http": "https", "https": "http"}[parts.scheme]),
        parts._replace(netloc=f"{host}:4321"),
        parts._replace(netloc=f"127.0.0.1:{port}"),
        parts._replace(netloc=f"evil.example:{port}"),
        parts._replace(netloc=f"{host.strip('[]')}.evil.example:{port}".replace("::", "")),
        parts._replace(query=""),
        parts._replace(query="X-Amz-Signature=0"),
        *(parts._replace(query=re.sub(rf"(^|&){name}=[^&]*", "", parts.query)) for name in SAID),
        *(parts._replace(query=f"{parts.query}&{name}=0") for name in SAID),
        parts._replace(query=parts.query.replace("AWS4-HMAC-SHA256", "none")),
    ]
    assert not [other.geturl() for other in others if store.is_own_link(other.geturl())]
    elsewhere = S3Store(Settings.read(AWS | environ | {"S3_BUCKET": "my-bucket-2"}))
    assert not store.is_own_link(elsewhere.presign_get("a", 60, media_type="video/mp4", filename="a"))


@pytest.mark.parametrize(
    "path",
    ["", "my-bucket", "my-bucket/", "my-bucket/../a", "my-bucket/a/../../other/a", "my-bucket/%2e%2e/a",
     "my-bucket/a/..", "my-bucket/%252e%252E/a", "my-bucket/..%2fa", "my-bucket/..%5ca", "my-bucket//a",
     "my-bucket/./a", "my-bucket/%2Fa", "my-bucket/..;/a", "my-bucket/..;x%2fa", "my-bucket%2fa", "My-Bucket/a",
     "./my-bucket/a", "/my-bucket/a", "other/a", "minio/health/live", "my-bucket-2/a"],
)  # fmt: skip
def test_no_path_leads_out_of_the_bucket(path: str) -> None:
    """A path that some server on the way could resolve to a place outside is not the bucket's, signature or not."""
    store = S3Store(Settings.read(AWS | {"AWS_ENDPOINT_URL": "http://10.1.2.3:9000"}))
    signed = store.presign_get("a", 60, media_type="video/mp4", filename="a").partition("?")[2]
    assert store.is_own_link(f"http://10.1.2.3:9000/my-bucket/..a/.b/c..d;e/%25?{signed}")
    assert not store.is_own_link(f"http://10.1.2.3:9000/{path}?{signed}")


def test_bucket_opens_no_file_links(s3_store: S3Store) -> None:
    """A file:// link is never the bucket's."""
    assert s3_store.open_link("file:///etc/passwd") is None
