"""A user's own file gets in: PUT to a signed URL, then read by the link that came with it, wherever the store is."""

from __future__ import annotations

import subprocess
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import MAX_PRESIGN, Settings
from s3_utils import S3Store
from tests.endpoints.conftest import call, refused
from tests.support.fake_s3 import Answer, service
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.s3_server import Swift
from tests.support.videos import film

WAY_OUT = "send a public or a signed link, whole; or ask for a file_url by endpoint upload with create_upload_url"
LIMITS = {"MAX_UPLOAD_BYTES": "1000000", "MAX_VIDEO_BYTES": "3000000"}
JOB_ID = "tts-1"
PICTURE = Path(__file__).parents[2] / "docs/gallery/word-1080x1080.webp"


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    film(folder, seconds=1)
    return folder / "v.mp4"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"LOCAL_STORE": str(tmp_path / "store")}


@pytest.fixture(params=["s3_environ", "home"])
def services(request: pytest.FixtureRequest) -> Services:
    """A worker with a bucket on 127.0.0.1 or a folder, links to private addresses not allowed, and a job's speech."""
    environ = request.getfixturevalue(request.param) | LIMITS
    services = make_services(Settings.read(environ | {"TTS_ENGINE": "espeak", "ALIGNERS": "engine,sphinx"}))
    assert services.settings.allow_private_urls is False
    dispatch({"id": JOB_ID, "input": {"text": "Hello.", "return_word_timings": True}}, services)
    return services


@pytest.fixture
def bucket(s3_environ: dict[str, str]) -> Services:
    return make_services(Settings.read(s3_environ | {"TTS_ENGINE": "espeak"}))


def handed_over(services: Services, file: Path) -> dict[str, Any]:
    """The reply of the first step, after the line of API.md that is the second."""
    ticket = call(services, "upload", create_upload_url=True)
    subprocess.run(["curl", "-sSf", "-T", str(file), ticket["upload_url"]], check=True)
    return ticket


def overlay(services: Services, **links: str) -> dict[str, Any]:
    return call(services, "overlay", job_id=JOB_ID, **links)


def test_uploaded_video_is_captioned(services: Services, video: Path) -> None:
    """The uploaded file can be used as a video repeatedly, and a result as the next job's input."""
    link = handed_over(services, video)["file_url"]
    for _ in range(2):
        reply = overlay(services, video_url=link)
        assert (reply.get("status"), reply.get("width")) == ("completed", 320), reply
    assert overlay(services, video_url=reply["video_url"])["status"] == "completed"


def test_uploaded_recording_and_picture(services: Services) -> None:
    """An uploaded file can be align's recording, overlay's picture or a voice whose transcript are captions."""
    link = handed_over(services, HUMAN_CLIP)["file_url"]
    aligned = call(services, "align", audio_url=link, text=HUMAN_TEXT)
    assert aligned.get("word_count") == len(HUMAN_TEXT.split()), aligned
    captions_url = aligned["timing_files"]["srt"]
    voice = call(services, "upload", voice_name="anna", voice_file_url=link, transcript_url=captions_url)
    assert voice.get("voice", {}).get("text") == HUMAN_TEXT, voice
    assert overlay(services, image_url=handed_over(services, PICTURE)["file_url"]).get("status") == "completed"


def test_size_limit_depends_on_the_field(services: Services, tmp_path: Path) -> None:
    """A file too large for a voice is accepted as a video, up to the video's limit."""
    large = tmp_path / "large"
    large.write_bytes(bytes(2_000_000))
    link = handed_over(services, large)["file_url"]
    refused(overlay(services, video_url=link), "bad_request", "video_url", "no video that can be read")
    voice = call(services, "upload", voice_name="a", voice_file_url=link, ref_text="Hi.")
    refused(voice, "too_large", "voice_file_url", "1 MB")
    large.write_bytes(bytes(3_000_001))
    refused(overlay(services, video_url=handed_over(services, large)["file_url"]), "too_large", "video_url", "3 MB")


def test_link_without_a_file_is_refused(services: Services) -> None:
    """A link to which no file was uploaded is refused with that reason."""
    ticket = call(services, "upload", create_upload_url=True)
    refused(overlay(services, video_url=ticket["file_url"]), "bad_request", "video_url", "no file")


def test_other_links_are_refused(services: Services, tmp_path: Path) -> None:
    """Paths, local files and private addresses are refused with advice."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    for link in (str(secret), secret.as_uri(), "file:///etc/passwd", "http://127.0.0.1:9999/v.mp4"):
        refused(overlay(services, video_url=link), "bad_request", "video_url", WAY_OUT)


def test_file_url_outlives_the_upload_url(s3_environ: dict[str, str]) -> None:
    """The file URL lasts a day or as long as reply URLs, whichever is longer; the upload URL lasts 15 minutes."""
    for ttl, lives in ((60, 86_400), (MAX_PRESIGN, MAX_PRESIGN)):
        services = make_services(Settings.read(s3_environ | {"TTS_ENGINE": "espeak", "PRESIGN_TTL": str(ttl)}))
        ticket = call(services, "upload", create_upload_url=True)
        assert (ticket["expires_in"], ticket["file_expires_in"]) == (900, lives)
        granted = [parse_qs(urlsplit(ticket[name]).query)["X-Amz-Expires"] for name in ("upload_url", "file_url")]
        assert granted == [["900"], [str(lives)]]
        assert urlsplit(ticket["upload_url"]).path == urlsplit(ticket["file_url"]).path


def test_private_bucket_opens_no_other_address(bucket: Services, swift: Swift, video: Path) -> None:
    """Another bucket, no key, an unsigned link or another port at the bucket's server is not connected to."""
    mine = handed_over(bucket, video)["file_url"]
    other = S3Store(Settings.read(swift.environ(swift.new_bucket())))
    other.put("uploads/a", video.read_bytes(), "video/mp4")
    theirs = other.presign_get("uploads/a", 60, media_type="video/mp4", filename="a")
    with urllib.request.urlopen(theirs) as reply:
        assert reply.status == 200
    parts = urlsplit(mine)
    links = [
        theirs,
        parts._replace(query="").geturl(),
        parts._replace(path=parts.path.partition("/uploads/")[0] + "/").geturl(),
        parts._replace(path="/healthcheck").geturl(),
        parts._replace(netloc=f"localhost:{parts.port}").geturl(),
    ]
    with service(lambda _: Answer(200, b"secret")) as (address, asked):
        links.append(mine.replace(f"http://{parts.netloc}", address))
        for link in links:
            refused(call(bucket, "align", audio_url=link, text="Hi."), "bad_request", "not public", WAY_OUT)
    assert asked == []


def test_signature_of_another_object_is_refused(bucket: Services) -> None:
    """A link signed for another object is sent unchanged, and the bucket refuses it."""
    bucket.store.put("voices/secret.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    ticket = call(bucket, "upload", create_upload_url=True)
    link = ticket["file_url"].replace(f"uploads/{ticket['upload_token']}", "voices/secret.wav")
    assert "voices/secret.wav" in link
    reply = call(bucket, "align", audio_url=link, text="Hi.")
    assert reply["error_code"] == "bad_request"
    assert "audio_url: answers 403" in reply["error"]
