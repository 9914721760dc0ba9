"""overlay: a job's captions on a video or an audiogram; what strangers send can neither reach out nor run away."""

from __future__ import annotations

import io
import json
import random
import subprocess
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from handler import jobs
from handler.app import make_services
from handler.cancellation import Cancellation
from handler.captions import Captions, Style, render
from handler.captions.fonts import SHIPPED_FOLDER
from handler.dispatch import dispatch
from handler.jobs import Listener
from handler.marks.metadata import Metadata
from handler.media import probe
from handler.media.audio import resample
from handler.media.decode import decode
from handler.media.ffmpeg import run as run_ffmpeg
from handler.net.fetch import Fetched
from handler.net.fetch import fetch as fetch_it
from handler.protocols import Origin, Services
from handler.settings import Settings
from tests.endpoints.conftest import Web, call, refused
from tests.support.listening import lag
from tests.support.sentences import of
from tests.support.stub_backends import Even, run, with_backends
from tests.support.videos import FPS, LATE, SECONDS, SIZE, TONE, film, talk

TEXT = "Every word of this [pause:2s] is shown on the screen."
ONE_CAPTION = "1\n00:00:00,000 --> 00:00:01,000\nHello"
"""Hertz of the video's own sound, where espeak's voice has little."""


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"MAX_VIDEO_BYTES": "3000000", "MAX_VIDEO_SECONDS": "30"}


@pytest.fixture(scope="module")
def a_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return film(tmp_path_factory.mktemp("film"))


@pytest.mark.parametrize(("language", "found"), [("auto", "de"), ("de", "de")])
def test_language_of_the_text_is_found(services: Services, web: Web, language: str, found: str) -> None:
    """Words that still have to be aligned are in the language asked for, which `auto` finds in the text."""
    services = with_backends(services, sphinx=Even("sphinx"))
    speech = run(services, " ".join(of("de")[:2]), language="de")
    link = web.put("/speech", urllib.request.urlopen(speech["audio_url"]).read())
    fields = {"text": speech["text"], "language": language, "canvas": "1080x1080", "fps": 10}
    reply = call(services, "overlay", audio_url=link, **fields)
    assert (reply["language"], reply["warnings"]) == (found, [])
    of_job = call(services, "overlay", job_id=speech["job_id"], language=language, canvas="1080x1080", fps=10)
    assert of_job["language"] == found


def test_text_of_annotations_is_refused_before_the_video_is_fetched(services: Services) -> None:
    """A text without words to align is a bad request, whatever is at the link."""
    link = "http://127.0.0.1:1/none"
    refused(call(services, "overlay", video_url=link, text="[Music] (applause)"), "bad_request", "text: has sound")


@pytest.fixture
def spoken(services: Services) -> dict[str, Any]:
    """The reply of a job that made captions, but no JSON."""
    return dispatch({"id": "tts-1", "input": {"text": TEXT, "return_word_timings": True}}, services)


@dataclass(frozen=True)
class Seen:
    """A result, decoded: gray frames (frames, height, width), mono sound at 48 kHz, and what it says of itself."""

    frames: npt.NDArray[np.uint8]
    sound: npt.NDArray[np.float32]
    facts: dict[str, Any]

    def level(self, start: float, end: float, *, tone: bool) -> float:
        """Decibels of the tone, or of all that is below it, between two seconds."""
        part = self.sound[int(start * 48000) : int(end * 48000)]
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2 / len(part) ** 2
        hertz = np.fft.rfftfreq(len(part), 1 / 48000)
        chosen = abs(hertz - TONE) < 30 if tone else hertz < 2000
        return float(10 * np.log10(power[chosen].sum() + 1e-12))


def seen(url: str) -> Seen:
    body = urllib.request.urlopen(url).read()
    path = Path(urllib.request.url2pathname(url.removeprefix("file://")))
    frames, sound = [], []
    facts: dict[str, Any] = {"moov_first": body.index(b"moov") < body.index(b"mdat")}
    with av.open(str(path)) as container:
        for stream in container.streams:
            codec = stream.codec_context
            facts[stream.type] = {"codec": codec.name, "profile": codec.profile}
        times = []
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    frames.append(frame.to_ndarray(format="gray"))
                    colours = (int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc))
                    facts["video"] |= {"pix_fmt": frame.format.name, "colours": colours}
                    assert frame.time is not None
                    times.append(frame.time)
                elif isinstance(frame, av.AudioFrame):
                    facts["audio"] |= {"rate": frame.sample_rate, "layout": frame.layout.name}
                    sound.append(frame.to_ndarray())
    facts["steps"] = {round(after - before, 5) for before, after in pairwise(times)}
    mono = np.concatenate(sound, axis=1).mean(axis=0) if sound else np.zeros(0, np.float32)
    return Seen(np.stack(frames), mono, facts)


def lit(picture: npt.NDArray[np.uint8]) -> int:
    """Bright pixels: those of captions, which are white, on what is black or gray."""
    return int((picture > 200).sum())


def test_captions_are_drawn_on_the_video_with_the_speech(
    services: Services, web: Web, spoken: dict[str, Any], disk: Path, a_film: bytes
) -> None:
    """The words are on the frames at their times, and the video is cut shortly after the speech."""
    reply = call(services, "overlay", job_id="tts-1", video_url=web.put("/v", a_film))
    assert set(reply) == {
        "job_id", "status", "video_url", "duration", "language", "width", "height", "fps", "metrics", "warnings",
    }, reply  # fmt: skip
    assert reply["status"] == "completed"
    # The film goes on for longer, and somebody may have wanted all of it.
    [warning] = reply["warnings"]
    assert warning["code"] == "video_cut"
    assert "s before the video, and so does the result; send audio: duck or keep" in warning["message"]
    assert (reply["width"], reply["height"], reply["fps"]) == (*SIZE, FPS)
    assert reply["duration"] == pytest.approx(spoken["duration"] + 0.5, abs=0.001)
    result = seen(reply["video_url"])
    assert len(result.frames) == pytest.approx(reply["duration"] * FPS, abs=1)
    assert result.facts["steps"] == {1 / FPS}
    assert result.facts["moov_first"]
    assert result.facts["video"] == {"codec": "h264", "profile": "High", "pix_fmt": "yuv420p", "colours": (1, 1, 1)}
    assert result.facts["audio"] == {"codec": "aac", "profile": "LC", "rate": 48000, "layout": "stereo"}
    kept = json.loads(services.store.get("jobs/tts-1/words.json"))
    for word in kept["words"]:
        assert lit(result.frames[round((word["start"] + word["end"]) / 2 * FPS)]) > 20, word
    pause = (kept["words"][3]["end"] + kept["words"][4]["start"]) / 2
    assert lit(result.frames[round(pause * FPS)]) == 0
    assert lit(result.frames[-1]) == 0
    assert result.level(0.3, 2, tone=False) > result.level(0.3, 2, tone=True) + 15
    again = call(services, "download", job_id=reply["job_id"], type="video")
    assert again["content_type"] == "video/mp4"
    assert urllib.request.urlopen(again["video_url"]).read() == urllib.request.urlopen(reply["video_url"]).read()
    assert not list(disk.iterdir())


@pytest.mark.parametrize(
    ("fields", "type_"),
    [
        ({}, "trainedAlgorithmicMedia"),
        ({"video_url": "film"}, "compositeWithTrainedAlgorithmicMedia"),
        ({"video_url": "film", "audio": "keep"}, None),
        ({"video_url": "marked", "audio": "keep"}, "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_video_says_what_of_it_is_synthetic(
    fields: dict[str, str], type_: str | None, services: Services, web: Web, spoken: dict[str, Any], a_film: bytes
) -> None:
    """Heard speech of a job is marked; a client's video keeps its own mark, and gets none for its captions."""
    made_before = Metadata(services.settings).mark(a_film, "video/mp4", Origin("another model"))
    assert made_before
    links = {"film": web.put("/film", a_film), "marked": web.put("/marked", made_before)}
    given = {name: links.get(value, value) for name, value in fields.items()}
    reply = call(services, "overlay", job_id=spoken["job_id"], canvas="1080x1080", fps=10, **given)
    path = Path(urllib.request.url2pathname(reply["video_url"].removeprefix("file://")))
    found = Metadata(services.settings).read(path)
    assert (found and found["digital_source_type"].rpartition("/")[2]) == type_
    if found:
        assert found["system"] == ("another model" if fields.get("video_url") == "marked" else "espeak")
    assert av.open(str(path)).duration


def test_kept_words_are_not_in_the_reply(services: Services, spoken: dict[str, Any]) -> None:
    """The store keeps the words of each captioned job once for overlay, in the client's JSON if there is one."""
    assert set(spoken["timing_files"]) == {"srt"}
    assert "words.json" not in json.dumps(spoken)
    dispatch({"id": "tts-2", "input": {"text": TEXT, "timing_format": "json"}}, services)
    assert services.store.head("jobs/tts-1/words.json")
    assert not services.store.head("jobs/tts-2/words.json")
    reply = call(services, "overlay", job_id="tts-2", canvas="1080x1080", fps=10)
    assert (reply["width"], reply["height"], reply["fps"]) == (1080, 1080, 10)


def test_last_frame_is_held_until_the_speech_ends(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path
) -> None:
    """A video that is shorter than the speech holds its last frame to the end of the speech."""
    reply = call(services, "overlay", job_id="tts-1", video_url=web.put("/v", film(tmp_path, seconds=1)))
    assert reply["duration"] == spoken["duration"]
    frames = seen(reply["video_url"]).frames
    assert len(frames) == pytest.approx(spoken["duration"] * FPS, abs=1)
    assert abs(frames[-1][:60, :60].astype(int) - frames[10][:60, :60]).mean() < 3


def test_keep_and_duck_mix_the_videos_sound(
    services: Services, web: Web, spoken: dict[str, Any], a_film: bytes
) -> None:
    """`keep` has only the video's sound at its own level; `duck` lowers it while there is speech."""
    url = web.put("/v", a_film)
    kept = call(services, "overlay", job_id="tts-1", video_url=url, audio="keep")
    ducked = call(services, "overlay", job_id="tts-1", video_url=url, audio="duck")
    assert kept["duration"] == ducked["duration"] == SECONDS
    keep, duck = seen(kept["video_url"]), seen(ducked["video_url"])
    end = spoken["duration"]
    assert keep.level(0.1, 0.9, tone=False) < keep.level(0.1, 0.9, tone=True) - 40
    assert duck.level(0.1, 0.9, tone=True) < keep.level(0.1, 0.9, tone=True) - 8
    assert duck.level(end + 1.5, SECONDS, tone=True) == pytest.approx(keep.level(end + 1.5, SECONDS, tone=True), abs=2)
    speech = seen(call(services, "overlay", job_id="tts-1", video_url=url)["video_url"])
    assert duck.level(0.1, 0.9, tone=False) == pytest.approx(speech.level(0.1, 0.9, tone=False), abs=2)
    assert abs(np.abs(speech.sound).max() - np.abs(wav(spoken["audio_url"])).max()) < 0.05


def test_duck_keeps_speech_after_the_videos_sound(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path
) -> None:
    """`duck` has all of the speech, even where the sound track is shorter than its video."""
    url = web.put("/v", film(tmp_path, "v.mp4", SECONDS, "-af", "atrim=end=0.5"))
    ducked = seen(call(services, "overlay", job_id="tts-1", video_url=url, audio="duck")["video_url"])
    speech = seen(call(services, "overlay", job_id="tts-1", video_url=url)["video_url"])
    last = json.loads(services.store.get("jobs/tts-1/words.json"))["words"][-1]
    times = last["start"], last["end"]
    assert speech.level(*times, tone=False) > -50
    assert ducked.level(*times, tone=False) == pytest.approx(speech.level(*times, tone=False), abs=2)


def wav(url: str) -> npt.NDArray[np.float32]:
    samples, _ = soundfile.read(urllib.request.url2pathname(url.removeprefix("file://")), dtype="float32")
    return np.asarray(samples, np.float32)


def test_silent_and_short_videos_are_warnings(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path
) -> None:
    """Warnings report a video without sound and speech that the video's length cuts."""
    url = web.put("/v", film(tmp_path, seconds=1, sound=False))
    kept = call(services, "overlay", job_id="tts-1", video_url=url, audio="keep")
    assert [warning["code"] for warning in kept["warnings"]] == ["video_silent", "captions_cut"]
    assert "audio" not in seen(kept["video_url"]).facts
    ducked = call(services, "overlay", job_id="tts-1", video_url=url, audio="duck")
    assert [warning["code"] for warning in ducked["warnings"]] == ["video_silent", "speech_cut"]
    assert "replace" in ducked["warnings"][1]["message"]
    assert "replace" not in str(kept["warnings"])
    assert seen(ducked["video_url"]).level(0.3, 0.9, tone=False) > -60


def speech_of(reply: dict[str, Any]) -> Path:
    return Path(urllib.request.url2pathname(reply["audio_url"].removeprefix("file://")))


class Watched(dict[str, tuple[bytes, str]]):
    """The files of a web host, and which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.append(key)
        return super().get(key, default)


@pytest.mark.parametrize("name", ["v.mp4", "v.ts", "v.mkv"])
def test_captions_on_a_video_of_a_speaker(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path, disk: Path, name: str
) -> None:
    """A video and its text give every word on the frames where it is spoken; sound and length stay."""
    web.files = files = Watched()
    url = web.put(f"/{name}", talk(tmp_path, speech_of(spoken), name))
    reply = call(services, "overlay", video_url=url, text=TEXT)
    assert reply.get("status") == "completed", reply
    assert files.asked == [f"/{name}"]
    assert reply["warnings"] == []
    assert reply["duration"] == pytest.approx(7, abs=0.1)
    result = seen(reply["video_url"])
    for word in json.loads(services.store.get("jobs/tts-1/words.json"))["words"]:
        middle = round((word["start"] + word["end"]) / 2 * FPS + LATE * FPS)
        assert lit(result.frames[middle]) > 20, word
    first = next(at for at, frame in enumerate(result.frames) if lit(frame))
    assert first == pytest.approx(LATE * FPS, abs=3)
    assert result.level(LATE + 0.3, LATE + 1.3, tone=False) > -50
    assert result.level(0.2, LATE - 0.2, tone=False) < -70
    assert not list(disk.iterdir())


def test_replace_keeps_the_sound_of_a_speakers_video(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path
) -> None:
    """`replace` has the same sound and length; a picture that ends before its sound is a warning."""
    url = web.put("/v", talk(tmp_path, speech_of(spoken)))
    kept, replaced = (call(services, "overlay", video_url=url, text=TEXT, audio=sound) for sound in ("keep", "replace"))
    assert kept["duration"] == replaced["duration"]
    assert np.array_equal(seen(kept["video_url"]).sound, seen(replaced["video_url"]).sound)
    short = call(services, "overlay", video_url=web.put("/s", talk(tmp_path, speech_of(spoken), seconds=3)), text=TEXT)
    assert [warning["code"] for warning in short["warnings"]] == ["speech_cut"]
    assert "picture ends before its sound" in short["warnings"][0]["message"]


def test_decoding_of_endless_sound_stops(
    services: Services, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short picture with sound over the length limit is refused before more of it is decoded."""
    body = film(tmp_path, "v.mp4", 1, "-af", "apad=whole_dur=200", "-b:a", "16k")
    sizes: list[int] = []

    def run(inputs: Any, arguments: Any, folder: Path, **options: Any) -> None:
        run_ffmpeg(inputs, arguments, folder, **options)
        sizes.extend(path.stat().st_size for path in folder.glob("*.f32"))

    monkeypatch.setattr("handler.media.ffmpeg.run", run)
    reply = call(services, "overlay", video_url=web.put("/v", body), text=TEXT)
    refused(reply, "bad_request", "video_url", "longer than 30 seconds")
    assert 0 < sizes[0] < 32 * 16000 * 4


def test_videos_without_the_text_are_refused(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path
) -> None:
    """A video without sound, without words or with broken sound is refused with advice."""

    def sent(body: bytes, **fields: Any) -> dict[str, Any]:
        return call(services, "overlay", video_url=web.put("/v", body), **{"text": TEXT, **fields})

    refused(sent(film(tmp_path, sound=False)), "bad_request", "video_url", "has no sound", "audio_url with text")
    refused(sent(film(tmp_path)), "alignment_error", "none of the text's words were found", "belong together")
    refused(sent(b"no video"), "bad_request", "video_url", "no video that can be read")
    refused(call(services, "overlay", audio_url=web.put("/a.wav", tone()), text=TEXT), "alignment_error", "none of")


def test_video_that_breaks_while_it_is_drawn_is_the_clients(services: Services, web: Web, tmp_path: Path) -> None:
    """A video whose frames are damaged behind a sound beginning is refused on its field."""
    video = bytearray(film(tmp_path, "v.mp4", SECONDS, "-g", "1", sound=False))
    start = video.index(b"mdat") - 4
    size = int.from_bytes(video[start : start + 4])
    damaged = slice(start + size // 5, start + size)
    video[damaged] = random.Random(1).randbytes(len(video[damaged]))
    reply = call(services, "overlay", video_url=web.put("/v", bytes(video)), captions=ONE_CAPTION)
    refused(reply, "bad_request", "video_url", "is damaged, most of it cannot be decoded")


def test_fault_of_the_worker_while_it_draws_is_not_the_clients(
    services: Services, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A video that can be decoded is not blamed for an ffmpeg that fails."""
    monkeypatch.setattr("handler.captions.render.render.arguments", lambda _: ["-no-such-option"])
    reply = call(services, "overlay", video_url=web.put("/v", film(tmp_path)), captions=ONE_CAPTION)
    refused(reply, "engine_error", "are sound")


def tone() -> bytes:
    body = io.BytesIO()
    soundfile.write(body, 0.3 * np.sin(np.arange(64000) * 0.2), 16000, format="WAV")
    return body.getvalue()


@pytest.fixture
def aligned(services: Services, web: Web, spoken: dict[str, Any]) -> dict[str, Any]:
    """The reply of a job that found the words of a recording; it keeps no sound."""
    url = web.put("/a.wav", urllib.request.urlopen(spoken["audio_url"]).read())
    event = {"endpoint": "align", "audio_url": url, "text": TEXT, "caption_style": {"preset": "box", "size": 60}}
    return dispatch({"id": "align-1", "input": event}, services)


@pytest.mark.parametrize("format_", ["srt", "json"])
def test_align_job_is_drawn_on_its_video(
    services: Services, web: Web, spoken: dict[str, Any], aligned: dict[str, Any], a_film: bytes, format_: str
) -> None:
    """The words of an align job are drawn over a video that keeps its sound, as the job has none."""
    recording = {
        "endpoint": "align",
        "audio_url": web.put("/a.wav", urllib.request.urlopen(spoken["audio_url"]).read()),
    }
    dispatch({"id": "align-2", "input": {**recording, "text": TEXT, "timing_format": format_}}, services)
    url = web.put("/v", a_film)
    reply = call(services, "overlay", job_id="align-2", video_url=url)
    assert reply.get("status") == "completed", reply
    assert reply["duration"] == SECONDS
    assert reply["warnings"] == []
    result = seen(reply["video_url"])
    for word in json.loads(services.store.get("jobs/tts-1/words.json"))["words"]:
        assert lit(result.frames[round((word["start"] + word["end"]) / 2 * FPS)]) > 20, word
    assert result.level(0.1, 0.9, tone=True) > result.level(0.1, 0.9, tone=False) + 40
    for sound in ("replace", "duck"):
        reply = call(services, "overlay", job_id="align-2", video_url=url, audio=sound)
        refused(reply, "bad_request", "audio: job align-2 has words and no speech", sound, "leave it out")
    refused(
        call(services, "overlay", job_id="align-2"),
        "bad_request",
        "job_id",
        "words and no speech",
        "send the video_url",
    )
    services.store.delete("timings/align-2.json" if format_ == "json" else "jobs/align-2/words.json")
    refused(call(services, "overlay", job_id="align-2", video_url=url), "not_found", "words of job align-2", "removed")


def test_style_of_the_job_is_the_default(
    services: Services,
    web: Web,
    spoken: dict[str, Any],
    aligned: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    a_film: bytes,
) -> None:
    """The style is the request's, else that of the generate or align job, else `word`."""
    styles: list[Style] = []
    drawn = render.render_video

    def draw(plan: render.RenderPlan, captions: Captions, *given: Any, **options: Any) -> Any:
        styles.append(captions.style)
        return drawn(plan, captions, *given, **options)

    monkeypatch.setattr(render, "render_video", draw)
    wanted = {"preset": "karaoke", "colour": "#FF0000", "canvas": "1080x1080", "fps": 12}
    dispatch({"id": "tts-3", "input": {"text": TEXT, "caption_style": wanted, "words_per_cue": 2}}, services)
    url = web.put("/v", a_film)
    gram = call(services, "overlay", job_id="tts-3")
    assert (gram["width"], gram["height"], gram["fps"]) == (1080, 1080, 12)
    over = call(services, "overlay", job_id="tts-3", video_url=url)
    assert (over["width"], over["height"], over["fps"]) == (*SIZE, FPS)
    for style in styles:
        assert (style.name, style.colour, style.words_per_cue) == ("karaoke", "#FF0000", 2)
    styles.clear()
    call(services, "overlay", job_id="align-1", video_url=url)
    call(services, "overlay", job_id="align-1", video_url=url, caption_style="pop")
    call(services, "overlay", job_id="tts-1", video_url=url)
    assert [style.name for style in styles] == ["box", "pop", "word"]
    assert styles[0].size == 60
    record = json.loads(services.store.get("jobs/tts-3.json"))
    for captions in ({}, {"style": {"preset": "of another version"}, "paragraphs": []}):
        services.store.put("jobs/tts-3.json", json.dumps(record | {"captions": captions}).encode(), "application/json")
        assert "align" not in call(services, "overlay", job_id="tts-3", video_url=url)["metrics"]
        assert styles[-1].name == "word"


def test_recording_and_text_replace_a_job(services: Services, web: Web, spoken: dict[str, Any]) -> None:
    """A link to a recording and its text work as a job's speech does."""
    recording = web.put("/a.wav", urllib.request.urlopen(spoken["audio_url"]).read())
    reply = call(
        services,
        "overlay",
        audio_url=recording,
        text=TEXT,
        image_url=web.put("/i.png", png()),
        canvas="1080x1080",
        fps=10,
    )
    assert reply.get("status") == "completed", reply
    assert reply["duration"] == pytest.approx(spoken["duration"], abs=0.002)
    result = seen(reply["video_url"])
    word = json.loads(services.store.get("jobs/tts-1/words.json"))["words"][4]
    middle = result.frames[round((word["start"] + word["end"]) / 2 * 10)]
    assert lit(middle[600:]) > 500
    assert middle[:200].mean() == pytest.approx(60, abs=4)


def png(size: str = "640x360") -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", f"color=c=0x3C3C3C:s={size}"]
    command += ["-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_job_without_captions_is_aligned(services: Services, web: Web, a_film: bytes) -> None:
    """The words of a job without captions are aligned when overlay needs them."""
    dispatch({"id": "mute", "input": {"text": TEXT}}, services)
    reply = call(services, "overlay", job_id="mute", video_url=web.put("/v", a_film), audio="keep")
    assert "align" in reply["metrics"], reply
    frames = seen(reply["video_url"]).frames
    assert max(map(lit, frames)) > 20


def test_long_recording_is_aligned(environ: dict[str, str], web: Web, tmp_path: Path) -> None:
    """The words of a recording of over a minute are found, also after a long silence."""
    services = make_services(Settings.read(environ | {"MAX_VIDEO_SECONDS": "100"}))
    made = dispatch({"id": "mute", "input": {"text": TEXT}}, services)
    samples = wav(made["audio_url"])
    rate = round(len(samples) / made["duration"])
    body = io.BytesIO()
    later = np.concatenate([np.zeros(65 * rate, np.float32), samples])
    soundfile.write(body, later, rate, format="FLAC")
    url = web.put("/v", film(tmp_path, seconds=75))
    reply = call(
        services, "overlay", audio_url=web.put("/a.flac", body.getvalue()), text=TEXT, video_url=url, audio="keep"
    )
    assert reply.get("status") == "completed", reply
    frames = seen(reply["video_url"]).frames
    assert not any(map(lit, frames[: 64 * FPS]))
    assert max(map(lit, frames[65 * FPS :])) > 20


def test_speech_as_m4a_is_heard_in_time(services: Services, tmp_path: Path) -> None:
    """A job's m4a is read like its other formats, and its first sound is where it was."""
    made = run(services, text="Hello, world!", audio_format="m4a", timing_format="srt")
    video = call(services, "overlay", job_id=made["job_id"])["video_url"]
    for name, url in (("a", made["audio_url"]), ("b", video)):
        (tmp_path / name).write_bytes(urllib.request.urlopen(url).read())
    given, heard = decode(tmp_path / "a"), decode(tmp_path / "b")
    samples = resample(heard.samples, heard.sample_rate, given.sample_rate)
    assert abs(lag(samples, given.samples)) <= 0.01 * given.sample_rate


def test_cancellation_ends_a_fetch(
    services: Services, web: Web, spoken: dict[str, Any], a_film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled job stops while it fetches a link."""
    cancellation = Cancellation()

    def fetch(*given: Any, **options: Any) -> Fetched:
        cancellation.cancel()
        return fetch_it(*given, **options)

    monkeypatch.setattr("handler.net.fetch.fetch", fetch)
    monkeypatch.setattr(probe, "video", None)
    event = {"input": {"endpoint": "overlay", "job_id": "tts-1", "video_url": web.put("/v", a_film)}}
    refused(dispatch(event, services, cancellation=cancellation), "cancelled")


def test_too_long_speech_is_refused(services: Services, web: Web) -> None:
    """A recording or a job's speech over the length limit of videos is refused with the limit."""
    made = dispatch({"id": "mute", "input": {"text": TEXT}}, services)
    recording = web.put("/a.wav", urllib.request.urlopen(made["audio_url"]).read())
    short = make_services(services.settings.model_copy(update={"max_video_seconds": 1.0}))
    refused(
        call(short, "overlay", audio_url=recording, text=TEXT), "bad_request", "audio_url", "the recording", "1 second"
    )
    refused(call(short, "overlay", job_id="mute"), "too_large", "the speech lasts", "at most 1 s")


@pytest.mark.parametrize(
    "body",
    [
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:5,\nfile:///etc/passwd\n#EXTINF:5,\nURL\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\nfile 'URL'\n",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>URL</BaseURL></MPD>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="URL" width="9" height="9"/></svg>',
        b"v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    ],
)
def test_links_in_files_are_not_opened(
    services: Services, web: Web, spoken: dict[str, Any], body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Playlists and lists of other files are refused, and no link in them is opened."""
    web.files = files = Watched()
    body = body.replace(b"URL", web.put("/inner.mp4", b"inner").encode())
    reply = call(services, "overlay", job_id="tts-1", video_url=web.put("/outer", body, "video/mp4"))
    refused(reply, "bad_request", "video_url", "no video that can be read")
    reply = call(services, "overlay", job_id="tts-1", image_url=web.put("/outer", body, "image/png"))
    refused(reply, "bad_request", "image_url", "no picture that can be read")
    assert files.asked == ["/outer", "/outer"]


def test_video_limits_are_named(services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path) -> None:
    """Too many bytes, seconds or pixels and unknown codecs are refused, with the limit."""

    def sent(body: bytes) -> dict[str, Any]:
        return call(services, "overlay", job_id="tts-1", video_url=web.put("/v", body))

    refused(sent(b"\0" * 3_000_001), "too_large", "video_url", "larger than 3 MB")
    refused(sent(film(tmp_path, "long.mp4", 31, "-r", "2")), "too_large", "video_url", "longer than 30 s")
    refused(sent(film(tmp_path, "wide.mp4", 0.2, "-vf", "scale=4100:64,setsar=1")), "too_large", "4100x64", "4096")
    refused(sent(film(tmp_path, "large.mp4", 0.1, "-s", "4400x4400")), "too_large", "4096 x 4096 pixels")
    refused(sent(film(tmp_path, "odd.mkv", 0.2, "-c:v", "ffv1")), "bad_request", "codec ffv1 is not taken", "H.264")
    refused(sent(film(tmp_path)[:3000]), "bad_request", "no video that can be read")
    picture = call(services, "overlay", job_id="tts-1", image_url=web.put("/i", png("4400x4400")))
    refused(picture, "too_large", "image_url", "4096")


def test_sound_with_a_clock_jump_is_refused(
    services: Services, web: Web, spoken: dict[str, Any], tmp_path: Path
) -> None:
    """A video whose sound jumps ahead by hours is refused before the gap is decoded."""
    jump = ("-bsf:a", "setts=ts='if(gt(N,20),PTS+40000/TB,PTS)'")
    url = web.put("/v", film(tmp_path, "jump.mkv", 2, *jump))
    for fields in ({"text": TEXT}, {"job_id": "tts-1", "audio": "duck"}):
        reply = call(services, "overlay", video_url=url, **fields)
        refused(reply, "too_large", "video_url", "sound has a gap", "at most 30 s", "send it with a sound track")


def children() -> set[str]:
    """Processes that this one has started and that still are, zombies too."""
    found: set[str] = set()
    for thread in Path("/proc/self/task").iterdir():
        # A thread may end meanwhile; its children are then those of another one.
        with suppress(FileNotFoundError, ProcessLookupError):
            found.update((thread / "children").read_text().split())
    return found


def test_cancellation_ends_ffmpeg(services: Services, spoken: dict[str, Any], disk: Path) -> None:
    """A job that is cancelled during rendering ends at once and leaves no process and no file."""
    cancellation, reports = Cancellation(), []

    def notify(progress: dict[str, Any]) -> None:
        reports.append(progress)
        if progress["stage"] == "render" and progress["done"] > 0:
            cancellation.cancel()

    before = children()
    event = {"id": "stop", "input": {"endpoint": "overlay", "job_id": "tts-1", "fps": 60}}
    reply = dispatch(event, services, listener=Listener(on_progress=notify), cancellation=cancellation)
    refused(reply, "cancelled")
    assert reports[-1]["done"] < reports[-1]["total"]
    assert children() <= before
    assert not list(disk.iterdir())
    assert jobs.load(services.store, "stop").state == jobs.CANCELLED
    assert services.store.head("videos/stop.mp4") is None


def test_job_timeout_ends_ffmpeg(environ: dict[str, str], services: Services, spoken: dict[str, Any]) -> None:
    """A video that takes longer than JOB_TIMEOUT fails with timeout, and its ffmpeg ends."""
    hasty = make_services(Settings.read(environ | {"JOB_TIMEOUT": "0.5"}))
    before = children()
    refused(call(hasty, "overlay", job_id="tts-1", fps=60), "timeout", "JOB_TIMEOUT")
    assert children() <= before


def test_progress_counts_frames_and_a_second_delivery_uses_the_record(
    services: Services, web: Web, spoken: dict[str, Any], a_film: bytes
) -> None:
    """Progress counts up to the last frame; a second delivery gets the recorded reply."""
    reports: list[dict[str, Any]] = []
    event = {"id": "twice", "input": {"endpoint": "overlay", "job_id": "tts-1", "video_url": web.put("/v", a_film)}}
    first = dispatch(event, services, listener=Listener(on_progress=reports.append))
    render = [progress["done"] for progress in reports if progress["stage"] == "render"]
    assert render == sorted(render)
    assert render[0] == 0
    assert reports[-1] == {"stage": "upload", "done": 1, "total": 1}
    reports.clear()
    web.files.clear()
    second = dispatch(event, services, listener=Listener(on_progress=reports.append))
    assert reports == []
    assert second["video_url"]
    assert {**second, "video_url": ""} == {**first, "video_url": ""}


def test_speakers_keep_the_colours_of_their_job(services: Services) -> None:
    """A video has the speakers' colours that the job asked for, unless its own request has others."""
    asked = {"return_word_timings": True, "timing_format": "json", "speaker_colours": {"Ben": "#FF0000"}}
    reply = dispatch({"id": "tts-9", "input": {"text": "Hello there, Ben."} | asked}, services)
    assert [warning["code"] for warning in reply["warnings"]] == ["option_ignored"]
    file = Path(urllib.request.url2pathname(reply["timing_files"]["json"].removeprefix("file://")))
    timed = json.loads(file.read_text("utf-8"))
    for word in timed["words"]:
        word["speaker"] = "Ben"
    file.write_text(json.dumps(timed), "utf-8")
    look: dict[str, Any] = {"canvas": "1080x1080", "fps": 10, "background": "#808080"}
    for colours, channel in ((None, 0), ({"Ben": "#0000FF"}, 2)):
        more = {"speaker_colours": colours} if colours else {}
        reply = call(services, "overlay", job_id="tts-9", **look, **more)
        assert reply["warnings"] == []
        with av.open(urllib.request.url2pathname(reply["video_url"].removeprefix("file://"))) as container:
            pictures = [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]
        picture = pictures[int(10 * timed["words"][1]["start"]) + 2]
        others = [each for each in (0, 1, 2) if each != channel]
        assert (picture[..., channel] - picture[..., others].max(axis=-1) > 150).sum() > 1000


def test_missing_fonts_and_glyphs_are_warnings(services: Services, web: Web, a_film: bytes) -> None:
    """A missing font is replaced by the shipped one, never by the machine's; missing glyphs are named."""
    dispatch({"id": "tts-3", "input": {"text": "Hello 漢字 there, great 🎉!", "return_word_timings": True}}, services)
    reply = call(
        services, "overlay", job_id="tts-3", video_url=web.put("/v", a_film), caption_style={"font": "DejaVu Sans"}
    )
    warnings = {warning["code"]: warning["message"] for warning in reply["warnings"]}
    assert set(warnings) == {"font_replaced", "glyph_missing", "video_cut"}
    assert "DejaVu Sans" in warnings["font_replaced"]
    assert "Inter" in warnings["font_replaced"]
    assert " 漢 字," in warnings["glyph_missing"]
    assert max(map(lit, seen(reply["video_url"]).frames)) > 20


def test_font_from_the_bucket_is_drawn(services: Services, web: Web, spoken: dict[str, Any], a_film: bytes) -> None:
    """A font in the bucket is found by its family name and drawn."""
    font = TTFont(SHIPPED_FOLDER / "Inter-Bold.ttf")
    for name in font["name"].names:
        name.string = str(name).replace("Inter", "Harbour")
    font["hmtx"].metrics = {glyph: (advance * 2, side) for glyph, (advance, side) in font["hmtx"].metrics.items()}
    body = io.BytesIO()
    font.save(body)
    services.store.put("fonts/Harbour-Bold.ttf", body.getvalue(), "font/ttf")
    url, widths = web.put("/v", a_film), []
    word = json.loads(services.store.get("jobs/tts-1/words.json"))["words"][0]
    for style in ({"size": 100}, {"size": 100, "font": "Harbour"}):
        reply = call(services, "overlay", job_id="tts-1", video_url=url, caption_style=style)
        assert [warning["code"] for warning in reply["warnings"]] == ["video_cut"]
        columns = np.flatnonzero((seen(reply["video_url"]).frames[round(word["end"] / 2 * FPS)] > 200).any(axis=0))
        widths.append(columns[-1] - columns[0])
    assert widths[1] > widths[0] * 1.5


def test_align_job_records_paragraphs(services: Services, web: Web, spoken: dict[str, Any]) -> None:
    """The record of an align job has the paragraphs of its text."""
    url = web.put("/a.wav", urllib.request.urlopen(spoken["audio_url"]).read())
    script = "Every word of this\n\nis shown on the\n\nscreen."
    dispatch({"id": "align-3", "input": {"endpoint": "align", "audio_url": url, "text": script}}, services)
    assert jobs.load(services.store, "align-3").captions == {"style": {}, "paragraphs": [3, 7]}


def test_jobs_without_speech_are_refused(services: Services, spoken: dict[str, Any]) -> None:
    """Unknown jobs, failed jobs, jobs without speech and removed speech are refused by name."""
    refused(call(services, "overlay", job_id="nobody"), "not_found", "there is no job nobody")
    dispatch({"id": "bad", "input": {"text": ""}}, services)
    refused(call(services, "overlay", job_id="bad"), "not_found", "job bad has no speech", "generate or align")
    services.store.delete("output/tts-1.wav")
    refused(call(services, "overlay", job_id="tts-1"), "not_found", "audio of job tts-1 has been removed")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "send video_url or audio_url, in which the words are said; or job_id"),
        ({"text": "a"}, "send video_url or audio_url, in which the words are said"),
        ({"text": "a", "image_url": "http://x/i"}, "send video_url or audio_url, in which the words are said"),
        ({"job_id": "a", "audio_url": "http://x/a", "text": "a"}, "job_id brings its own speech and words"),
        ({"job_id": "a", "audio_url": "http://x/a"}, "job_id brings its own speech and words"),
        ({"job_id": "a", "text": "a"}, "job_id brings its own speech and words; send it alone"),
        ({"text": "a", "video_url": "http://x/v", "audio": "duck"}, "duck lowers the video's sound, which here is"),
        ({"job_id": "a", "video_url": "http://x", "background": "#000000"}, "send one of video_url"),
        ({"job_id": "a", "audio": "keep"}, "send video_url with it"),
        ({"job_id": "a", "background": "red"}, "#RRGGBB"),
        ({"audio_url": "http://x/a", "text": " "}, "text: is empty"),
        ({"job_id": "a", "fps": 61}, "fps"),
        ({"job_id": "a", "caption_style": {"font": "Inter, Lato"}}, "caption_style.font: does not have the form of a"),
        ({"job_id": "a", "caption_style": {"font": "Inter\n"}}, "caption_style.font"),
        ({"job_id": "a", "caption_style": {"font": "{\\fs9}"}}, "caption_style.font"),
    ],
)
def test_contradicting_fields_are_refused(services: Services, fields: dict[str, Any], message: str) -> None:
    """Fields that contradict each other are refused before anything is fetched."""
    refused(call(services, "overlay", **fields), "bad_request", message)
