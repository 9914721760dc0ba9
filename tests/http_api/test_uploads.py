"""PUT /v1/uploads: a file goes through the server into the store, and jobs read it by its link or its token."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from handler.app import make_services
from handler.settings import Settings
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worker's temporary folder, its own for each test: what is left there can be seen."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(params=["folder", "bucket"])
def environ(request: pytest.FixtureRequest, environ: dict[str, str]) -> dict[str, str]:
    """Of a worker whose store is a folder, and of one with a bucket."""
    bucket = request.getfixturevalue("s3_environ") if request.param == "bucket" else {}
    return environ | {"ALLOW_PRIVATE_URLS": "true"} | bucket


def uploads(server: RunningServer) -> list[str]:
    return [found.key for found in server.api.services.store.list("uploads/", 10).objects]


def test_upload_is_read_by_its_link(server: RunningServer) -> None:
    """The link of the answer is an audio_url: the recording in it is aligned with its text."""
    answer = server.client.put("/v1/uploads", content=HUMAN_CLIP.read_bytes(), headers={"Content-Type": "audio/flac"})
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    assert (sent["bytes"], sent["expires_in"]) == (HUMAN_CLIP.stat().st_size, 86_400)
    job = {"endpoint": "align", "audio_url": sent["file_url"], "text": HUMAN_TEXT}
    output = server.client.post("/runsync", json={"input": job}).json()["output"]
    assert output["word_count"] == len(HUMAN_TEXT.split())


def test_upload_becomes_a_voice_by_its_token(server: RunningServer) -> None:
    """The token of the answer is that of `upload`, after which the file is gone."""
    token = server.client.put("/v1/uploads", content=HUMAN_CLIP.read_bytes()).json()["upload_token"]
    assert uploads(server) == [f"uploads/{token}"]
    job = {"endpoint": "upload", "upload_token": token, "voice_name": "anna", "ref_text": HUMAN_TEXT}
    assert server.client.post("/runsync", json={"input": job}).json()["status"] == "COMPLETED"
    assert uploads(server) == []


def test_name_of_a_file_is_that_of_its_link(server: RunningServer) -> None:
    """A transcript is read by the ending of its name; a path in the name is left out."""
    words = "WEBVTT\n\n00:00.000 --> 00:02.000\nHello there.\n"
    url = "/v1/uploads?filename=../../etc/hello%20%E4%BD%A0.vtt"
    sent = server.client.put(url, content=words.encode()).json()
    named = server.client.get(sent["file_url"]).headers["content-disposition"]
    assert "hello%20%E4%BD%A0.vtt" in named
    assert "etc" not in named


def test_refused_upload_leaves_nothing(environ: dict[str, str], disk: Path) -> None:
    """A file over the largest limit and an empty one are refused; neither the store nor the disk keeps anything."""
    limits = dict.fromkeys(("MAX_UPLOAD_BYTES", "MAX_AUDIO_BYTES", "MAX_VIDEO_BYTES"), "1000")
    with running(make_services(Settings.read(environ | limits))) as server:
        for content in (b"x" * 1001, iter([b"x" * 600, b"x" * 600])):
            answer = server.client.put("/v1/uploads", content=content)
            assert (answer.status_code, answer.json()["error_code"]) == (413, "too_large")
        empty = server.client.put("/v1/uploads", content=b"")
        assert (empty.status_code, empty.json()["error"]) == (400, "body: is empty; send the file as the body")
        assert (uploads(server), list(disk.iterdir())) == ([], [])


def test_broken_upload_leaves_nothing(server: RunningServer, disk: Path, tmp_path: Path) -> None:
    """A client that hangs up in the middle has uploaded nothing."""

    def unfinished() -> list[Path]:
        return [*disk.iterdir(), *tmp_path.glob("store/uploads/*")]

    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as client:
        head = f"PUT /v1/uploads HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 100\r\n\r\n"
        client.sendall(head.encode() + b"x" * 50)
        while not unfinished():
            server.client.get("/ping")
    while unfinished():
        server.client.get("/ping")
    assert uploads(server) == []


def test_key_is_asked_for(environ: dict[str, str]) -> None:
    """With API_KEYS an upload without a key is refused before its body is read."""
    keys = {"API_KEYS": "studio:0123456789abcdef0123456789abcdef"}
    with running(make_services(Settings.read(environ | keys))) as server:
        assert server.client.put("/v1/uploads", content=b"x").status_code == 401
        assert uploads(server) == []
