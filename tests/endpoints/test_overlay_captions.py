"""overlay with captions of the client: each cue on the frames of its own time, in a style or as ASS has it."""

from __future__ import annotations

import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from handler.aligners.sphinx import SphinxAligner
from handler.dispatch import dispatch
from handler.protocols import Services
from tests.endpoints.conftest import Web, call, refused
from tests.endpoints.test_overlay import lit, seen
from tests.support.stub_backends import codes, with_backends, with_settings
from tests.support.videos import FPS, LATE, SIZE, film, talk


@pytest.fixture
def services(services: Services, sphinx: SphinxAligner) -> Services:
    return with_backends(services, sphinx=sphinx)


SRT = "1\n00:00:00,400 --> 00:00:00,800\nFirst\n\n2\n00:00:01,000 --> 00:00:01,600\nSecond line\nand third\n"
ASS = (
    "[Script Info]\nScriptType: v4.00+\nPlayResX: 320\nPlayResY: 180\n\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, BackColour, Bold, BorderStyle, Outline, Shadow, Alignment, "
    "MarginL, MarginR, MarginV, Encoding\n"
    "Style: Red,Inter,30,&H000000FF,&H00000000,-1,1,0,0,7,0,0,0,1\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:00.40,0:00:00.80,Red,,0,0,0,,HERE\n"
    "Dialogue: 0,0:00:01.00,0:00:01.60,Red,,0,0,0,,{\\an3\\c&H00FF00&}THERE\n"
)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of black with a gray square and a tone."""
    return film(tmp_path_factory.mktemp("film"), seconds=2)


def coloured(url: str) -> npt.NDArray[np.uint8]:
    """The frames of a result: (frames, height, width, red green blue)."""
    with av.open(urllib.request.url2pathname(url.removeprefix("file://"))) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def frames_with_text(url: str) -> set[int]:
    return {at for at, frame in enumerate(seen(url).frames) if lit(frame) > 3}


def between(start: float, end: float) -> set[int]:
    return set(range(round(start * FPS), round(end * FPS)))


@pytest.mark.parametrize("style", [None, "karaoke", "pop", "box", {"size": 90, "words_per_cue": 20}])
def test_cues_are_on_the_frames_of_their_own_time(services: Services, web: Web, short: bytes, style: Any) -> None:
    """A cue is seen on every frame of its time and on no other one; the video keeps its sound and its length."""
    fields = {"caption_style": style} if style else {}
    reply = call(services, "overlay", video_url=web.put("/v", short), captions=SRT, **fields)
    assert reply.get("status") == "completed", reply
    assert reply["duration"] == pytest.approx(2, abs=0.05)
    shown = frames_with_text(reply["video_url"])
    if style == "pop":  # whose words appear one by one
        assert between(0.44, 0.8) <= shown <= between(0.4, 0.8) | between(1, 1.6)
    else:
        assert shown == between(0.4, 0.8) | between(1, 1.6)
    assert seen(reply["video_url"]).level(0.3, 1.7, tone=True) > -30


def test_captions_behind_a_link_are_read(services: Services, web: Web, short: bytes) -> None:
    """VTT in UTF-16 behind `captions_url` gives what the same text in the request does."""
    vtt = "WEBVTT\n\n" + SRT.replace(",", ".")
    link = web.put("/c.vtt", vtt.encode("utf-16"), "text/vtt")
    reply = call(services, "overlay", video_url=web.put("/v", short), captions_url=link)
    assert frames_with_text(reply["video_url"]) == between(0.4, 0.8) | between(1, 1.6)


def test_kept_style_has_its_colours_places_and_times(services: Services, web: Web, short: bytes) -> None:
    """ASS with `keep_style` is drawn in its own colours, where it says, in the size of its own canvas."""
    reply = call(services, "overlay", video_url=web.put("/v", short), captions=ASS, keep_style=True)
    assert reply["warnings"] == []
    frames = coloured(reply["video_url"]).astype(int)
    red = (frames[..., 0] - frames[..., 1] > 100).sum(axis=0)
    green = (frames[..., 1] - frames[..., 0] > 100).sum(axis=0)
    height, width = red.shape
    assert red[: height // 3, : width // 2].sum() == red.sum() > 100
    assert green[-height // 3 :, width // 2 :].sum() == green.sum() > 100
    for mask, span in (
        (frames[..., 0] - frames[..., 1] > 100, (0.4, 0.8)),
        (frames[..., 1] - frames[..., 0] > 100, (1, 1.6)),
    ):
        assert {at for at, frame in enumerate(mask) if frame.sum() > 20} == between(*span)
    rows = np.flatnonzero(red.sum(axis=1))
    assert 30 * 0.4 < rows.max() - rows.min() < 30  # capitals of a line 30 high on a canvas of the video's size


def test_words_have_the_times_of_the_sound_that_says_them(services: Services, web: Web, tmp_path: Path) -> None:
    """Words in a cue get their times from the sound where it says them, and by their length where it does not."""
    text = "Every word of this [pause:2s] is shown on the screen."
    spoken = dispatch({"id": "tts-1", "input": {"text": text, "timing_format": "json"}}, services)
    words = json.loads(services.store.get("timings/tts-1.json"))["words"]
    sound = Path(urllib.request.url2pathname(spoken["audio_url"].removeprefix("file://")))
    video = web.put("/v", talk(tmp_path, sound))
    end = LATE + words[-1]["end"]

    def shown(caption: str) -> tuple[dict[str, Any], set[int]]:
        """The reply for one cue whose words are shown one by one, and the frames with any of them."""
        vtt = f"WEBVTT\n\n00:01.500 --> 00:{end:06.3f}\n{caption}\n"
        style = {"preset": "word", "words_per_cue": 1}
        reply = call(services, "overlay", video_url=video, captions=vtt, caption_style=style)
        return reply, frames_with_text(reply["video_url"])

    heard, frames = shown("Every word of this is shown on the screen.")
    assert codes(heard) == []
    pause = LATE + (words[3]["end"] + words[4]["start"]) / 2
    assert not frames & between(pause - 0.5, pause + 0.5)
    for word in words:
        assert round((LATE + (word["start"] + word["end"]) / 2) * FPS) in frames
    guessed, frames = shown("Quite other things than that are written down here now.")
    assert codes(guessed) == ["words_guessed"]
    assert between(LATE + 0.1, end - 0.1) <= frames


@pytest.mark.parametrize("video", [False, True])
def test_captions_on_a_recording(services: Services, web: Web, short: bytes, video: bool) -> None:
    """Captions with `audio_url` are shown on an audiogram as long as the recording, or on a video with that sound."""
    body = io.BytesIO()
    soundfile.write(body, 0.1 * np.sin(np.arange(24000 * 3) * 0.2), 24000, format="WAV")
    fields = {"video_url": web.put("/v", short)} if video else {"canvas": "1080x1080", "fps": 10}
    reply = call(services, "overlay", audio_url=web.put("/a", body.getvalue()), captions=SRT, **fields)
    assert reply.get("status") == "completed", reply
    assert reply["duration"] == pytest.approx(3, abs=0.05)
    result = seen(reply["video_url"])
    fps = reply["fps"]
    share = result.frames.shape[1] * 3 // 5  # the waveform is above the captions
    shown = {at for at, frame in enumerate(result.frames) if lit(frame[share:]) > 3}
    assert shown == set(range(round(0.4 * fps), round(0.8 * fps))) | set(range(round(fps), round(1.6 * fps)))


def test_cues_at_the_same_time_are_stacked(services: Services, web: Web, short: bytes) -> None:
    """While two cues are on, both are seen, one above the other; before and after, the one that is on."""
    srt = "00:00:00,400 --> 00:00:01,200\nMMMM\n\n00:00:00,800 --> 00:00:01,600\nMMMM\n"
    reply = call(services, "overlay", video_url=web.put("/v", short), captions=srt)
    rows = [int((frame > 200).any(axis=1).sum()) for frame in seen(reply["video_url"]).frames]
    one, both = rows[round(0.6 * FPS)], rows[round(FPS)]
    assert both > 1.7 * one > 0
    assert rows[round(1.4 * FPS)] == pytest.approx(one, abs=2)
    assert [at for at, count in enumerate(rows) if count] == sorted(between(0.4, 1.6))


def test_speakers_arabic_and_long_lines_are_drawn(services: Services, web: Web, short: bytes) -> None:
    """Lines that do not fit are broken anew; right-to-left text and what no font has are as in other captions."""
    vtt = (
        "WEBVTT\n\n00:00.400 --> 00:00.800\n<v Anna>" + "word " * 30 + "\n\n"
        "00:01.000 --> 00:01.600\nA \U0001f9ff \u0628\u0643\u0645\n"
    )
    reply = call(services, "overlay", video_url=web.put("/v", short), captions=vtt, language="en")
    assert codes(reply) == ["glyph_missing"]
    frames = seen(reply["video_url"]).frames
    wide = np.flatnonzero((frames[round(0.6 * FPS)] > 200).any(axis=0))
    assert wide.min() > 5
    assert wide.max() < SIZE[0] - 5
    rows = (frames[round(0.6 * FPS)] > 200).any(axis=1)
    assert np.abs(np.diff(rows.astype(int))).sum() >= 8  # four lines or more


def test_captions_after_the_end_are_reported(services: Services, web: Web, short: bytes) -> None:
    """Cues that the video is too short for are a warning; captions that are all later are refused."""
    later = SRT + "\n3\n00:00:09,000 --> 00:00:10,000\nNobody sees this\n"
    for fields in (
        {"captions": later},
        {"captions": ASS + "Dialogue: 0,0:00:09.00,0:00:10.00,Red,,0,0,0,,No\n", "keep_style": True},
    ):
        reply = call(services, "overlay", video_url=web.put("/v", short), **fields)
        [warning] = reply["warnings"]
        assert warning["code"] == "captions_cut"
        assert "the last cue ends at 10.0 s and the video at 2.0 s" in warning["message"]
    late = "00:00:05,000 --> 00:00:06,000\nLate\n"
    words = "captions: the first cue begins at 5.0 s, and the video ends at 2.0 s"
    refused(call(services, "overlay", video_url=web.put("/v", short), captions=late), "bad_request", words)


ONE = "00:00:01,000 --> 00:00:02,000\nHello\n\n"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"captions": ONE, "captions_url": "http://127.0.0.1:1/c"}, "send captions or captions_url, not both"),
        ({"captions": ONE, "job_id": "tts-1"}, "job_id brings its own words, and captions theirs"),
        ({"captions": ONE, "text": "Hello"}, "captions bring their own words; leave text out"),
        ({"captions": ONE, "video_url": None}, "send video_url or audio_url, on which the captions are shown"),
        ({"captions": ONE, "keep_style": True}, "keep_style: is about ASS, and these captions are srt"),
        ({"captions": "WEBVTT\n\n" + ONE.replace(",", "."), "keep_style": True}, "these captions are vtt"),
        ({"text": "Hello", "keep_style": True}, "keep_style is about captions"),
        ({"captions": ASS, "keep_style": True, "caption_style": "pop"}, "leave caption_style out, or keep_style"),
        ({"captions": ASS, "keep_style": True, "speaker_labels": True}, "leave speaker_labels out, or keep_style"),
        ({"captions": ONE, "annotations": "show"}, "annotations is about the text"),
        ({"captions": ONE, "audio": "duck"}, "audio: duck lowers the video's sound"),
        ({"captions": ""}, "captions: is empty"),
        ({"captions": "Hello"}, "captions: has no cues in it"),
        (
            {"captions": ONE + "00:00:05,000 --> 00:00:04,000\nNo\n"},
            "captions: cue 2 begins at 5.000 s and ends before",
        ),
        ({"captions": ONE * 6}, "completed"),
        (
            {"captions": "".join(ONE.replace("Hello", f"n{at}") for at in range(6))},
            "captions: 6 cues are shown at 1.000 s",
        ),
        ({"captions": "1" * 10_000_000}, "captions"),
    ],
)
def test_captions_that_cannot_be_are_refused(services: Services, fields: dict[str, Any], words: str) -> None:
    """Each has its own sentence, before anything is fetched."""
    link = {"video_url": "http://127.0.0.1:1/none"}
    reply = call(services, "overlay", **link | fields)
    if words == "completed":  # copies of a cue are one
        assert "captions" not in reply["error"]
        assert reply["error_code"] != "internal"
    else:
        refused(reply, "bad_request", words)


def test_large_files_of_captions_are_refused(services: Services, web: Web) -> None:
    """Ten megabytes behind a link are refused while they are fetched."""
    link = web.put("/c.srt", ONE.encode() * 250_000)
    reply = call(services, "overlay", video_url="http://127.0.0.1:1/none", captions_url=link)
    refused(reply, "too_large", "captions_url")


@pytest.mark.parametrize(
    "text", ["{\\blur999\\bord999\\shad999}Huge", "{\\blur99\\p1}m 0 0 " + "b 0 0 900 800 10 10 " * 300]
)
def test_hostile_ass_ends_with_the_time_of_the_job(services: Services, web: Web, short: bytes, text: str) -> None:
    """A document that would be drawn for minutes is an error of its own once the time is over; nothing is left."""
    services = with_settings(services, job_timeout=2)
    rows = "".join(f"Dialogue: {at},0:00:00.00,0:00:02.00,Red,,0,0,0,,{{\\frz{at}}}{text}\n" for at in range(290))
    reply = call(services, "overlay", video_url=web.put("/v", short), captions=ASS + rows, keep_style=True)
    refused(reply, "timeout", "took longer than JOB_TIMEOUT")
    assert not services.store.list("videos/", 10, None).objects
