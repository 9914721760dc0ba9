"""The audio track that says the text is found, or chosen, by every endpoint that takes recordings."""

from __future__ import annotations

import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from handler.media.decode import decode
from handler.protocols import Services
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.videos import H264, lavfi

# A system's sound first, as screen recordings have it, and the microphone second.
BELLS = ("-f", "lavfi", "-i", "aevalsrc=0.3*sin(880*2*PI*t)*exp(-3*mod(t\\,0.7)):s=48000:d=5.3")
TWO = (*BELLS, "-i", str(HUMAN_CLIP), "-map", "0:v", "-map", "1:a", "-map", "2:a", *H264, "-c:a", "aac")
TAGS = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu")


@pytest.fixture
def screen(tmp_path: Path, web: Web) -> str:
    """The link to a video with two audio tracks, of which the second says the text."""
    path = lavfi(tmp_path / "screen.mkv", "color=gray:s=64x64:r=20:d=5.3", *TWO, *TAGS)
    return web.put("/screen", path.read_bytes())


def codes(reply: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in reply["warnings"]]


def test_align_finds_the_track_that_says_the_text(services: Services, screen: str) -> None:
    """Where the first track says none of the words, the next is tried, and a warning names it."""
    reply = call(services, "align", audio_url=screen, text=HUMAN_TEXT, timing_format="json")
    assert codes(reply) == ["audio_track_chosen"]
    assert "audio track 1" in reply["warnings"][0]["message"]
    words = json.loads(urllib.request.urlopen(reply["timing_files"]["json"]).read())["words"]
    assert words[3]["start"] == pytest.approx(1.42, abs=0.1)


@pytest.mark.parametrize("track", [1, "de", "ger"])
def test_requested_track_is_aligned(services: Services, screen: str, track: int | str) -> None:
    """A requested track is used without a warning."""
    assert codes(call(services, "align", audio_url=screen, text=HUMAN_TEXT, audio_track=track)) == []


@pytest.mark.parametrize(
    ("track", "message"),
    [
        (2, "audio_track: there is no track 2; the file has the audio tracks 0 (eng), 1 (deu)"),
        ("fr", "audio_track: there is no track fr"),
        (64, "audio_track: must be the number of a track, 0 to 63, or a language such as de or deu"),
        (True, "audio_track: must be the number of a track"),
        (["de"], "audio_track: must be the number of a track"),
        ("x" * 50, "audio_track: must be the number of a track"),
    ],
)
def test_unknown_track_is_refused(services: Services, screen: str, track: object, message: str) -> None:
    """A track that is not there is refused with those that are."""
    reply = call(services, "align", audio_url=screen, text=HUMAN_TEXT, audio_track=track)
    refused(reply, "bad_request", message)
    assert [issue["field"] for issue in reply["issues"]] == ["audio_track"]


def test_requested_track_without_the_text_is_refused(services: Services, screen: str) -> None:
    """Where a track was requested, no other is tried."""
    reply = call(services, "align", audio_url=screen, text=HUMAN_TEXT, audio_track=0)
    refused(reply, "alignment_error", "none of the text's words were found")


def test_upload_finds_the_track_that_says_the_text(services: Services, screen: str, tmp_path: Path) -> None:
    """The voice is made of the track that says its transcript, found or requested."""
    fields = {"voice_file_url": screen, "ref_text": HUMAN_TEXT}
    found = call(services, "upload", voice_name="found", **fields)
    assert codes(found) == ["audio_track_chosen"]
    asked = call(services, "upload", voice_name="asked", audio_track="deu", **fields)
    assert codes(asked) == []
    assert found["voice"]["sha256"] == asked["voice"]["sha256"]
    sound, rate = soundfile.read(io.BytesIO(urllib.request.urlopen(asked["voice"]["preview_url"]).read()))
    assert rate == 24_000
    assert len(sound) / rate == pytest.approx(5.33, abs=0.02)


@pytest.mark.parametrize("track", [None, 1])
def test_overlay_keeps_the_track_that_says_the_text(
    services: Services, screen: str, tmp_path: Path, track: int | None
) -> None:
    """The result has the words of the second track, and its sound in place of the first one's."""
    reply = call(services, "overlay", video_url=screen, text=HUMAN_TEXT, audio_track=track)
    assert codes(reply) == (["audio_track_chosen"] if track is None else [])
    (tmp_path / "result.mp4").write_bytes(urllib.request.urlopen(reply["video_url"]).read())
    sound = decode(tmp_path / "result.mp4")
    human = decode(HUMAN_CLIP)
    one = np.interp(np.arange(0, 5, 1 / 8_000), np.arange(len(sound.samples)) / sound.sample_rate, sound.samples)
    other = np.interp(np.arange(0, 5, 1 / 8_000), np.arange(len(human.samples)) / human.sample_rate, human.samples)
    assert np.corrcoef(one, other)[0, 1] > 0.9
