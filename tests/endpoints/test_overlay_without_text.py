"""overlay without a text: what a video or a recording says is written down by Whisper base, and shown."""

from __future__ import annotations

import io
import subprocess
import urllib.request
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from handler import jobs
from handler.app import make_services
from handler.protocols import Services
from handler.settings import Settings
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.no_speech import NO_SPEECH
from tests.support.videos import H264, film, lavfi
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

PICTURE = "color=black:s=180x320:r=20:d=5.3"
SMALL = {"canvas": "1080x1080", "fps": 10}


@pytest.fixture
def whisper(environ: dict[str, str], whisper_models: Path) -> Services:
    return make_services(Settings.read(environ | {"MODELS_DIR": str(whisper_models), "ALIGNERS": "sphinx"}))


def bare(text: str) -> list[str]:
    return [word.strip(".,;!?").lower() for word in text.split()]


def bright(url: str, second: float) -> int:
    """The number of bright pixels of a video at a second."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", str(second), "-i", url.removeprefix("file://")]
    command += ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    pixels = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.uint8)
    return int((pixels > 128).sum())


def test_a_video_alone_gets_captions_of_what_it_says(whisper: Services, web: Web, tmp_path: Path) -> None:
    """The words are on the screen while they are said; the reply has the text, and its file where it is asked for."""
    video = lavfi(tmp_path / "me.mkv", PICTURE, "-i", str(HUMAN_CLIP), "-map", "0:v", "-map", "1:a", *H264)
    url = web.put("/me", video.read_bytes())
    reply = call(whisper, "overlay", video_url=url, transcript=True, prompt="Mother Nature")
    assert (bare(reply["text"]), reply["language"], reply["warnings"]) == (bare(HUMAN_TEXT), "en", [])
    assert urllib.request.urlopen(reply["transcript_url"]).read().decode() == reply["text"] + "\n"
    assert bright(reply["video_url"], 0.1) == 0
    assert bright(reply["video_url"], 1.5) > 50
    assert set(jobs.load(whisper.store, reply["job_id"]).outputs) == {"video", "transcript"}


def test_a_recording_alone_becomes_an_audiogram(whisper: Services, web: Web) -> None:
    """Of what it says, in the language that is named; no transcript is kept that nobody asked for."""
    url = web.put("/talk.wav", HUMAN_CLIP.read_bytes())
    reply = call(whisper, "overlay", audio_url=url, language="en-GB", **SMALL)
    assert (bare(reply["text"]), reply["language"]) == (bare(HUMAN_TEXT), "en-GB")
    assert "transcript_url" not in reply


def test_videos_in_which_nobody_speaks_are_refused(whisper: Services, web: Web, tmp_path: Path) -> None:
    """Without sound, and with music alone: each names the video."""
    silent = web.put("/silent", film(tmp_path, sound=False))
    refused(call(whisper, "overlay", video_url=silent), "bad_request", "video_url", "has no sound")
    soundfile.write(tmp_path / "tune.wav", NO_SPEECH["melody"], 16_000)
    tune = lavfi(tmp_path / "tune.mkv", PICTURE, "-i", str(tmp_path / "tune.wav"), *H264)
    url = web.put("/tune", tune.read_bytes())
    refused(call(whisper, "overlay", video_url=url), "bad_request", "video_url", "no speech was heard in it")
    body = io.BytesIO()
    soundfile.write(body, NO_SPEECH["silence"], 16_000, format="WAV")
    url = web.put("/silence.wav", body.getvalue())
    refused(call(whisper, "overlay", audio_url=url), "bad_request", "audio_url", "no speech was heard in it")


@pytest.mark.parametrize("field", [{"prompt": "Nguyen"}, {"transcript": True}])
@pytest.mark.parametrize(
    "words", [{"job_id": "a1"}, {"audio_url": "http://127.0.0.1:1/a", "text": "Hello."}], ids=["job_id", "text"]
)
def test_fields_about_a_transcript_need_one(
    services: Services, field: dict[str, object], words: dict[str, str]
) -> None:
    """They are refused with a job or a text, before anything is fetched."""
    (name,) = field
    brings = "job_id" if "job_id" in words else "text"
    refused(
        call(services, "overlay", **words, **field), "bad_request", "input", f"{name} is for a", f"and {brings} brings"
    )


def test_a_worker_without_transcriber_asks_for_the_text(services: Services, web: Web) -> None:
    """Where nothing can write, the error says what to send."""
    url = web.put("/talk.wav", HUMAN_CLIP.read_bytes())
    refused(call(services, "overlay", audio_url=url), "bad_request", "text: is missing and nothing here can write it")


def test_a_video_that_another_track_speaks_in(whisper: Services, web: Web, tmp_path: Path) -> None:
    """The track in which somebody speaks is found, shown and kept as the video's sound; a warning names it."""
    soundfile.write(tmp_path / "tune.wav", NO_SPEECH["melody"][: round(5.3 * 16_000)], 16_000)
    tracks = ["-i", str(tmp_path / "tune.wav"), "-i", str(HUMAN_CLIP), "-map", "0:v", "-map", "1:a", "-map", "2:a"]
    video = lavfi(tmp_path / "two.mkv", PICTURE, *tracks, *H264)
    reply = call(whisper, "overlay", video_url=web.put("/two", video.read_bytes()))
    assert bare(reply["text"]) == bare(HUMAN_TEXT)
    assert [warning["code"] for warning in reply["warnings"]] == ["audio_track_chosen"]
