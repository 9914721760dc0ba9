"""Files of a store that is a folder: links of replies open over HTTP, in parts too, and uploads arrive whole or not."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.open_files import open_below

BODY = bytes(range(256)) * 40


def link(server: RunningServer, key: str = "output/a.wav", media_type: str = "audio/wav", name: str = "a.wav") -> str:
    return server.api.services.store.presign_get(key, 60, media_type=media_type, filename=name)


@pytest.fixture
def url(server: RunningServer) -> str:
    """A link to a file that is there."""
    server.api.services.store.put("output/a.wav", BODY, "audio/wav")
    return link(server)


def test_reply_opens_in_a_browser(server: RunningServer) -> None:
    """The URLs of a job's reply are served with their type, and shown rather than downloaded, under their name."""
    job = {"text": "Hello there.", "timing_format": ["srt", "json"]}
    reply = server.client.post("/runsync", json={"input": job}).json()["output"]
    audio = server.client.get(reply["audio_url"])
    assert audio.status_code == 200
    assert audio.headers["content-type"] == "audio/wav"
    assert audio.headers["content-disposition"] == f'inline; filename="{reply["job_id"]}.wav"'
    assert audio.content.startswith(b"RIFF")
    assert int(audio.headers["content-length"]) == len(audio.content)
    assert "-->" in server.client.get(reply["timing_files"]["srt"]).text
    assert server.client.get(reply["timing_files"]["json"]).json()["version"] == 1


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, 10240),
        ("bytes=100-199", 100, 200),
        ("bytes=-5", 10235, 10240),
        ("bytes=10000-99999", 10000, 10240),
    ],
)
def test_part_of_a_file(server: RunningServer, url: str, asked: str, start: int, end: int) -> None:
    """A range is answered with 206 and exactly those bytes, as players ask when they seek."""
    answer = server.client.get(url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == BODY[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/10240"
    assert answer.headers["accept-ranges"] == "bytes"


def test_range_beyond_the_end(server: RunningServer, url: str) -> None:
    """A range that begins behind the end is answered with 416 and the size."""
    answer = server.client.get(url, headers={"Range": "bytes=10240-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10240")


@pytest.mark.parametrize(
    "asked", ["bytes=abc", "bytes=", "bytes=9-5", "lines=1-2", "bytes 1-2", "bytes=1-2,x", "bytes=--5"]
)
def test_range_that_cannot_be_read_is_ignored(server: RunningServer, url: str, asked: str) -> None:
    """RFC 9110: the answer is the whole file, as without a range."""
    answer = server.client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, BODY)


def test_range_of_a_replaced_file(server: RunningServer, url: str) -> None:
    """If-Range with the ETag of the file gives the part, and with that of an older file the whole new one."""
    seen = server.client.get(url).headers["etag"]
    part = {"Range": "bytes=0-9", "If-Range": seen}
    assert server.client.get(url, headers=part).status_code == 206
    server.api.services.store.put("output/a.wav", BODY[::-1], "audio/wav")
    answer = server.client.get(url, headers=part)
    assert (answer.status_code, answer.content) == (200, BODY[::-1])
    assert server.client.get(url, headers={"If-None-Match": seen}).status_code == 200


def test_known_file_is_not_sent_again(server: RunningServer, url: str) -> None:
    """A client that has the file is answered 304 without a body."""
    seen = server.client.get(url).headers["etag"]
    answer = server.client.get(url, headers={"If-None-Match": seen})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", seen)


def test_head_has_no_body(server: RunningServer, url: str) -> None:
    """HEAD tells the size and the type, by the same link."""
    answer = server.client.head(url)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "10240")


@pytest.mark.parametrize(
    ("media_type", "contained"), [("text/html", True), ("image/svg+xml", True), ("audio/wav", False)]
)
def test_stored_page_never_runs(server: RunningServer, media_type: str, contained: bool) -> None:
    """A stored page or drawing is sandboxed and no type is guessed; what plays is left as it is."""
    server.api.services.store.put("output/a", b"<script>alert(1)</script>", media_type)
    answer = server.client.get(link(server, "output/a", media_type))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers.get("content-security-policy", "").startswith("sandbox") == contained


def test_expired_and_changed_links_are_forbidden(server: RunningServer, url: str) -> None:
    """An expired link and a changed one are answered 403, each with its sentence."""
    store = server.api.services.store
    expired = store.presign_get("output/a.wav", -1, media_type="audio/wav", filename="a.wav")
    answer = server.client.get(expired)
    assert (answer.status_code, answer.json()["error"]) == (403, "the link has expired; ask for a new one")
    for changed in (url.replace("a.wav", "b.wav", 1), url[:-1], url.partition("?")[0], url + "&type=text/html"):
        answer = server.client.get(changed)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
        assert answer.json()["error"].startswith("the link is not one that this worker signed for reading")
    assert server.client.put(url, content=b"mine").status_code == 403
    assert store.get("output/a.wav") == BODY


@pytest.mark.parametrize("path", ["../secret", "%2e%2e/secret", "..%2f..%2fsecret", "", "a//b", ".link-secret", "%00"])
def test_no_path_leads_out_of_the_folder(server: RunningServer, url: str, path: str) -> None:
    """However a path is written, with the signature of another file it opens nothing."""
    host, query = urlsplit(server.url).netloc, urlsplit(url).query
    with socket.create_connection((host.partition(":")[0], int(host.partition(":")[2]))) as raw:
        # As it is: a client would tidy up the path.
        raw.sendall(f"GET /files/{path}?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status = raw.makefile("rb").readline().split()[1]
    assert status == b"403"


def test_symbolic_link_is_not_followed(server: RunningServer, tmp_path: Path) -> None:
    """A signed link to a name that has become a symbolic link is answered 404, without the path."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "store" / "output"
    folder.mkdir(parents=True)
    (folder / "a.wav").symlink_to(tmp_path / "secret")
    answer = server.client.get(link(server))
    assert answer.status_code == 404
    assert "leads to no file" in answer.json()["error"]
    assert str(tmp_path) not in answer.text


def test_descriptors_are_closed(server: RunningServer, url: str, tmp_path: Path) -> None:
    """After whole, partial, refused and broken-off answers no file is left open."""
    server.api.services.store.put("output/a.wav", bytes(20_000_000), "audio/wav")
    for headers in ({}, {"Range": "bytes=1-2"}, {"Range": "bytes=99999999-"}, {"Range": "lines=1"}):
        server.client.get(url, headers=headers)
    server.client.head(url)
    with server.client.stream("GET", url) as broken:
        next(broken.iter_raw(10))
    for _ in range(1000):
        server.client.get("/ping")
        if not open_below(tmp_path / "store"):
            break
    assert open_below(tmp_path / "store") == []


def put_link(server: RunningServer, media_type: str | None = None) -> str:
    return server.api.services.store.presign_put("uploads/token", 60, media_type=media_type)


def test_upload_arrives(server: RunningServer, tmp_path: Path) -> None:
    """curl -T, with and without a known size, puts the file at its place."""
    file = tmp_path / "film"
    file.write_bytes(BODY)
    for command in (["curl", "-sSf", "-T", str(file)], ["sh", "-c", f'cat {file} | curl -sSf -T - "$1"', "sh"]):
        subprocess.run([*command, put_link(server)], check=True)
        assert server.api.services.store.get("uploads/token") == BODY
        server.api.services.store.delete("uploads/token")


def test_upload_over_the_limit(environ: dict[str, str], tmp_path: Path) -> None:
    """More bytes than any job takes are answered 413, and leave nothing, whether the size was announced or not."""
    limits = dict.fromkeys(("MAX_UPLOAD_BYTES", "MAX_AUDIO_BYTES", "MAX_VIDEO_BYTES"), "1000")
    with running(make_services(Settings.read(environ | limits))) as server:
        for content in (b"x" * 1001, iter([b"x" * 600, b"x" * 600])):
            answer = server.client.put(put_link(server), content=content)
            assert (answer.status_code, answer.json()["error_code"]) == (413, "too_large")
        assert uploads(tmp_path) == []
        assert server.client.put(put_link(server), content=b"x" * 1000).status_code == 200


def uploads(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "store" / "uploads").iterdir()]


def test_half_an_upload_leaves_nothing(server: RunningServer, tmp_path: Path) -> None:
    """A client that hangs up within the body leaves neither the file nor a part of it, and an older one stands."""
    server.api.services.store.put("uploads/token", b"old", "audio/wav")
    parts = urlsplit(put_link(server))
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as client:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        client.sendall(head.encode() + b"x" * 50)
        while len(uploads(tmp_path)) < 2:
            server.client.get("/ping")
    while len(uploads(tmp_path)) > 1:
        server.client.get("/ping")
    assert server.api.services.store.get("uploads/token") == b"old"


def test_upload_of_a_signed_type(server: RunningServer) -> None:
    """A link that was signed for a type takes that type alone; one to read, an expired and a changed one take none."""
    url = put_link(server, "audio/wav")
    answer = server.client.put(url, content=b"x", headers={"Content-Type": "text/html"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
    assert server.client.put(url, content=b"x", headers={"Content-Type": "audio/wav"}).status_code == 200
    expired = server.api.services.store.presign_put("uploads/token", -1)
    for refused in (expired, put_link(server).replace("token", "other"), link(server, "uploads/token")):
        assert server.client.put(refused, content=b"x").status_code == 403


def test_links_are_read_without_http(services: Services) -> None:
    """An uploaded file and a result go into further jobs by their links, also while nothing answers at the address."""
    with running(services) as server:
        ticket = server.client.post("/runsync", json={"input": {"endpoint": "upload", "create_upload_url": True}})
        output = ticket.json()["output"]
        assert server.client.put(output["upload_url"], content=HUMAN_CLIP.read_bytes()).status_code == 200
        fields = {"endpoint": "align", "audio_url": output["file_url"], "text": HUMAN_TEXT}
        aligned = server.client.post("/runsync", json={"input": fields}).json()["output"]
        assert aligned["status"] == "completed", aligned
        behind = server.api.services
    voice = {"endpoint": "upload", "voice_name": "anna", "voice_file_url": output["file_url"], "ref_text": HUMAN_TEXT}
    assert dispatch({"id": "a", "input": voice}, behind).get("status") == "uploaded"
    refused = dispatch({"id": "b", "input": voice | {"voice_file_url": output["file_url"][:-1]}}, behind)
    assert refused["error"].startswith("voice_file_url: is not one that this worker signed")


def test_bucket_serves_its_own_files(s3_environ: dict[str, str]) -> None:
    """A worker with a bucket has no files here, and says where they are."""
    with running(make_services(Settings.read(s3_environ | {"TTS_ENGINE": "espeak"}))) as server:
        answer = server.client.get("/files/output/a.wav")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")
        assert "bucket" in answer.json()["error"]
