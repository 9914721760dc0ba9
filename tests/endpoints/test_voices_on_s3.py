"""Voices on a real S3 service: the two steps through a signed PUT, previews, races, pages."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from handler.app import make_services
from handler.protocols import Services
from handler.settings import Settings
from handler.voices import library, registry
from s3_utils import S3Store
from tests.endpoints.conftest import call, refused
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.voice_recordings import Cloner, human, unheard
from tests.voices.test_registry import assert_no_mixture, at_once, names, publish


@pytest.fixture
def services(s3_environ: dict[str, str]) -> Services:
    return make_services(Settings.read(s3_environ | {"TTS_ENGINE": "espeak", "ALIGNERS": "engine,sphinx"}))


def send(url: str, body: bytes, **headers: str) -> int:
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT", headers=headers)) as reply:
        return int(reply.status)


def test_voice_from_upload_url_to_deletion(services: Services) -> None:
    """A voice is uploaded by signed URL and token, listed, previewed as audio/wav, spoken and deleted."""
    first = call(services, "upload", create_upload_url=True)
    assert send(first["upload_url"], human()) == 200
    reply = call(services, "upload", voice_name="anna", upload_token=first["upload_token"], ref_text=TEXT)
    assert reply["voice"]["text"] == TEXT
    refused(
        call(services, "upload", voice_name="anna", upload_token=first["upload_token"], ref_text=TEXT),
        "not_found",
        "PUT",
    )
    (voice,) = call(services, "list_voices")["voices"]
    with urllib.request.urlopen(voice["preview_url"]) as preview:
        assert preview.headers["Content-Type"] == "audio/wav"
        assert "anna.wav" in preview.headers["Content-Disposition"]
        assert registry.digest(preview.read()) == voice["sha256"] == reply["voice"]["sha256"]
    clip = library.resolve("anna", None, Cloner(), services, warn=unheard).clip
    assert clip
    assert clip.read_bytes() == services.store.get(registry.prepared_key(registry.digest(clip.read_bytes())))
    assert call(services, "delete_voice", voice_name="anna")["status"] == "deleted"
    assert not [info for prefix in ("voices", "prepared", "uploads") for info in services.store.list(prefix, 9).objects]


def test_upload_url_allows_nothing_else(services: Services) -> None:
    """The URL accepts any media type for its key, no other key, and no reading."""
    url = call(services, "upload", create_upload_url=True)["upload_url"]
    assert send(url, b"x", **{"Content-Type": "audio/x-m4a"}) == 200
    with pytest.raises(urllib.error.HTTPError) as caught:
        send(url.replace("/uploads/", "/voices/"), b"x")
    caught.value.close()
    with pytest.raises(urllib.error.HTTPError) as read:
        urllib.request.urlopen(url)
    read.value.close()
    assert (caught.value.code, read.value.code) == (403, 403)


def test_concurrent_uploads_of_a_voice_do_not_mix(s3_store: S3Store) -> None:
    """After eight concurrent uploads, wav, clip and json belong to one of them."""
    for turn in range(3):
        results = at_once(8, lambda number, turn=turn: publish(s3_store, "anna", f"{turn}-{number}"))  # type: ignore[misc]
        assert_no_mixture(s3_store, "anna", results)


def test_pages_list_every_voice_once(s3_store: S3Store) -> None:
    """Following the cursor gives each voice once, in order."""
    expected = [f"v{number:02}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: publish(s3_store, name, name), expected))
    assert names(s3_store, "", 7) == (expected, 3)


def test_concurrent_jobs_download_a_clip_once(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight concurrent jobs with one voice download its clip once."""
    clip = b"clip"
    record = library.PreparedVoice(clip, TEXT, "en", 1.0, ()).to_record("anna", b"wav", "en")
    registry.publish(services.store, record, b"wav", clip, overwrite=True)
    together, downloads = threading.Barrier(8), []
    real = S3Store.get

    def spy(self: S3Store, key: str, max_bytes: int | None = None) -> bytes:
        if key.startswith("prepared/"):
            downloads.append(key)
        return real(self, key, max_bytes)

    monkeypatch.setattr(S3Store, "get", spy)

    def ask(_: int) -> bytes:
        together.wait()
        path = library.resolve("anna", None, Cloner(), services, warn=unheard).clip
        assert path
        return path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {clip}
    assert len(downloads) == 1
