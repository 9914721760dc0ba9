"""Files of finished jobs and samples of voices, sent by the server itself, from a folder and from a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from handler.app import make_services
from handler.dispatch import dispatch
from handler.settings import Settings
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(params=["folder", "bucket"])
def server(request: pytest.FixtureRequest, environ: dict[str, str]) -> Iterator[RunningServer]:
    """A server with a key, whose store is a folder, and one with a bucket; its client sends the key."""
    bucket = request.getfixturevalue("s3_environ") if request.param == "bucket" else {}
    keys = {"API_KEYS": f"studio:{KEY}"}
    with running(make_services(Settings.read(environ | keys | bucket))) as server:
        server.client.headers["Authorization"] = f"Bearer {KEY}"
        yield server


def ran(server: RunningServer, **fields: Any) -> dict[str, Any]:
    """The reply of a job that this server has not run itself."""
    reply = dispatch({"id": "elsewhere-1", "input": fields}, server.api.services)
    assert "error" not in reply, reply
    return reply


def test_file_of_a_job_is_sent(server: RunningServer) -> None:
    """The audio and each caption format have their types and names; ``download`` makes browsers save them."""
    ran(server, text="Hello there.", timing_format=["srt", "json"])
    audio = server.client.get("/v1/jobs/elsewhere-1/files/audio")
    assert (audio.status_code, audio.headers["content-type"]) == (200, "audio/wav")
    assert audio.headers["content-disposition"] == "inline; filename*=UTF-8''elsewhere-1.wav"
    stored = server.api.services.store.get("output/elsewhere-1.wav")
    assert (audio.content, audio.headers["content-length"]) == (stored, str(len(stored)))
    saved = server.client.get("/v1/jobs/elsewhere-1/files/srt?download=1")
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''elsewhere-1.srt"
    assert "-->" in saved.text
    assert server.client.get("/v1/jobs/elsewhere-1/files/json").json()["version"] == 1


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-", 0, None), ("bytes=100-199", 100, 200), ("bytes=-5", -5, None), ("BYTES=44-99999999", 44, None)],
)
def test_part_of_a_file_is_sent(server: RunningServer, asked: str, start: int, end: int | None) -> None:
    """A range is answered with 206 and exactly its bytes, as players ask when they seek."""
    ran(server, text="Hello there.")
    url, stored = "/v1/jobs/elsewhere-1/files/audio", server.api.services.store.get("output/elsewhere-1.wav")
    answer = server.client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, stored[start:end])
    first, after, _ = slice(start, end).indices(len(stored))
    assert answer.headers["content-range"] == f"bytes {first}-{after - 1}/{len(stored)}"


def test_ranges_that_a_file_does_not_have(server: RunningServer) -> None:
    """Beyond the end is a 416 with the size; what cannot be read, and several, is the whole file."""
    ran(server, text="Hello there.")
    url, stored = "/v1/jobs/elsewhere-1/files/audio", server.api.services.store.get("output/elsewhere-1.wav")
    for beyond in (f"bytes={len(stored)}-", "bytes=-0"):
        answer = server.client.get(url, headers={"Range": beyond})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(stored)}")
    for odd in ("bytes=", "bytes=-", "bytes=9-5", "bytes=0-1,5-6", "lines=1-2"):
        answer = server.client.get(url, headers={"Range": odd})
        assert (answer.status_code, answer.content) == (200, stored)


def test_known_file_is_not_sent_again(server: RunningServer) -> None:
    """A client that has the file is answered 304; a range of a file that was replaced is the whole new one."""
    ran(server, text="Hello there.")
    url = "/v1/jobs/elsewhere-1/files/audio"
    etag = server.client.get(url).headers["etag"]
    assert server.client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert server.client.get(url, headers={"Range": "bytes=0-3", "If-Range": etag}).content == b"RIFF"
    assert server.client.get(url, headers={"Range": "bytes=0-3", "If-Range": '"other"'}).status_code == 200
    head = server.client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 1000


def test_files_of_a_book_are_sent(server: RunningServer) -> None:
    """The whole is a kind of file; ``chapter`` chooses the sound and the captions of one."""
    ran(server, endpoint="book", text="# One\n\nHello.\n\n# Two\n\nBye.", timing_format="srt", audio_format="flac")
    url = "/v1/jobs/elsewhere-1/files"
    assert server.client.get(f"{url}/book").headers["content-type"] == "audio/mp4"
    second = server.client.get(f"{url}/audio?chapter=2")
    assert (second.headers["content-type"], second.content[:4]) == ("audio/flac", b"fLaC")
    assert "Bye." in server.client.get(f"{url}/srt?chapter=2").text
    assert server.client.get(f"{url}/audio?chapter=3").status_code == 404
    assert server.client.get(f"{url}/audio?chapter=0").status_code == 400


def test_only_files_for_clients_are_sent(server: RunningServer) -> None:
    """What a job keeps for later ones, and the fonts of its captions, are no kinds of files."""
    ran(server, text="Hello there.", timing_format="ass")
    for kind in ("words", "font.Inter", "timing.ass", "chapter.1.audio"):
        assert server.client.get(f"/v1/jobs/elsewhere-1/files/{kind}").status_code == 404


def test_file_that_is_not_there(server: RunningServer) -> None:
    """A kind that the job has not made names those that it has; a job and a file that are gone are a 404 too."""
    ran(server, text="Hello there.")
    for kind in ("video", "srt", "nonsense", "<img>"):
        answer = server.client.get(f"/v1/jobs/elsewhere-1/files/{kind}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")
        assert answer.json()["error"].endswith("it has audio")
    assert server.client.get("/v1/jobs/nobody/files/audio").status_code == 404
    server.api.services.store.delete("output/elsewhere-1.wav")
    assert "has been removed" in server.client.get("/v1/jobs/elsewhere-1/files/audio").json()["error"]


def test_files_of_a_book(server: RunningServer) -> None:
    """The m4b of a book, and the audio and the captions of a chapter, which ``chapter`` names, are sent."""
    ran(server, endpoint="book", text="# One\n\nHello.\n\n# Two\n\nGoodbye.", timing_format="srt")
    url = "/v1/jobs/elsewhere-1/files"
    book = server.client.get(f"{url}/book")
    assert (book.status_code, book.headers["content-type"], book.content[4:8]) == (200, "audio/mp4", b"ftyp")
    assert book.headers["content-disposition"].endswith("elsewhere-1.m4b")
    chapter = server.client.get(f"{url}/audio?chapter=2")
    assert chapter.headers["content-type"] == "audio/mpeg"
    assert chapter.headers["content-disposition"].endswith("elsewhere-1-02.mp3")
    assert "Goodbye." in server.client.get(f"{url}/srt?chapter=2").text
    assert "Hello." not in server.client.get(f"{url}/srt?chapter=2").text
    assert server.client.get(f"{url}/audio?chapter=3").status_code == 404
    assert server.client.get(f"{url}/audio?chapter=x").status_code == 400


@pytest.mark.parametrize("job_id", ["%2e%2e%2fsecret", ".hidden", "a%00b", "%0aX", "a" * 200])
def test_hostile_id_is_refused(server: RunningServer, job_id: str) -> None:
    """An id that no job can have reads nothing of the store."""
    answer = server.client.get(f"/v1/jobs/{job_id}/files/audio")
    assert answer.status_code in (400, 404)
    assert "error_code" in answer.json()


def test_sample_of_a_voice(server: RunningServer) -> None:
    """The recording of an uploaded voice plays; a voice of an engine's own, and one that is not there, are a 404."""
    server.api.services.store.put("uploads/token-of-20-characters", HUMAN_CLIP.read_bytes(), "audio/wav")
    token = {"upload_token": "token-of-20-characters", "voice_name": "anna", "ref_text": HUMAN_TEXT}
    ran(server, endpoint="upload", **token)
    sample = server.client.get("/v1/voices/anna/preview", headers={"Range": "bytes=0-3"})
    assert (sample.status_code, sample.content, sample.headers["content-type"]) == (206, b"RIFF", "audio/wav")
    builtin = server.client.get("/v1/voices/piper:en_US-joe-medium/preview")
    assert builtin.status_code == 404
    assert builtin.json()["error"].endswith("has no recording; speak a sentence with it")
    assert "did you mean anna?" in server.client.get("/v1/voices/ana/preview").json()["error"]
    for name in ("..%2f..%2fjobs", "<img onerror>"):
        assert server.client.get(f"/v1/voices/{name}/preview").status_code in (400, 404)


def test_files_need_the_key(server: RunningServer) -> None:
    """Without a key there is neither a file nor a word about it."""
    for path in ("/v1/jobs/elsewhere-1/files/audio", "/v1/voices/anna/preview", "/v1/jobs"):
        assert httpx.get(server.url + path).status_code == 401


def test_stored_page_never_runs(server: RunningServer) -> None:
    """What is no sound and no film is in a sandbox, and no type is guessed."""
    ran(server, text="Hello there.", timing_format="vtt")
    answer = server.client.get("/v1/jobs/elsewhere-1/files/vtt")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"
