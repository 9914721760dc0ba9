"""What a browser makes of captions and videos: a headless Chromium plays them."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from handler.dispatch import dispatch
from handler.protocols import Services
from tests.support.chromium import play, program

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium here; apt-get install chromium")

SCRIPT = (
    "It cost $4.50 & <one> hour, or less. [pause:1.2s] Every word is on screen, exactly while it is spoken: "
    "that is what captions are for."
)
NEAR = 0.003
"""Seconds from a bound of a cue, on either side: VTT's own times are milliseconds."""


def speak(services: Services, folder: Path, **fields: Any) -> dict[str, Any]:
    """Speak and copy the files into the folder; returns the captions as JSON has them."""
    job = {"text": SCRIPT, "timing_format": ["vtt", "json"], **fields}
    reply = dispatch({"id": "spoken", "input": job}, services)
    assert "error" not in reply, reply
    folder.mkdir()
    for url, name in ((reply["audio_url"], "speech.wav"), (reply["timing_files"]["vtt"], "speech.vtt")):
        shutil.copy(local(url), folder / name)
    return dict(json.loads(local(reply["timing_files"]["json"]).read_text("utf-8")))


def local(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


@pytest.mark.parametrize("style", ["word", "classic"])
def test_text_track_shows_cues_in_time(style: str, services: Services, tmp_path: Path) -> None:
    """The browser shows each VTT cue within its bounds, and no other."""
    captions = speak(services, tmp_path / "site", caption_style=style)
    times: list[float] = []
    shown: list[list[str]] = []
    for cue, after in pairwise([*captions["cues"], {"start": captions["duration"], "text": ""}]):
        inside = [cue["start"] + NEAR, (cue["start"] + cue["end"]) / 2, cue["end"] - NEAR]
        times += inside
        shown += [[cue["text"]]] * len(inside)
        # Where the next cue follows at once it is that which is tested there.
        if after["start"] - cue["end"] > 2 * NEAR:
            times += [cue["end"] + NEAR, after["start"] - NEAR]
            shown += [[], []]
    if captions["cues"][0]["start"] > NEAR:
        times, shown = [captions["cues"][0]["start"] - NEAR, *times], [[], *shown]
    assert len(captions["cues"]) == {"word": 24, "classic": 2}[style]
    assert [] in shown

    plan = {"kind": "audio", "media": "speech.wav", "track": "speech.vtt", "times": times, "rate": 4}
    result = play(tmp_path / "site", plan)

    assert result["duration"] == pytest.approx(captions["duration"], abs=0.001)
    assert [moment["time"] for moment in result["seen"]] == pytest.approx(times, abs=1e-5)
    assert [moment["texts"] for moment in result["seen"]] == shown
    cues = [(cue["start"], cue["end"], cue["text"]) for cue in captions["cues"]]
    assert [tuple(cue) for cue in result["cues"]] == cues
    # And played from the beginning to the end, each comes once, in order.
    assert result["entered"] == [cue["text"] for cue in captions["cues"]]


def test_overlay_video_plays(services: Services, tmp_path: Path) -> None:
    """The MP4 loads with the right size, length and colours, shows the words in time, and plays."""
    captions = speak(services, tmp_path / "site", text="[pause:0.5s] Hello, browser.")
    fields = {"endpoint": "overlay", "job_id": "spoken", "canvas": "1080x1080", "background": "#3B5BA9", "fps": 20}
    reply = dispatch({"input": fields}, services)
    shutil.copy(local(reply["video_url"]), tmp_path / "site" / "v.mp4")
    times = [0.2, *((word["start"] + word["end"]) / 2 for word in captions["words"])]

    result = play(tmp_path / "site", {"kind": "video", "media": "v.mp4", "times": times, "rate": 2})

    assert (result["width"], result["height"]) == (1080, 1080)
    assert result["duration"] == pytest.approx(reply["duration"], abs=0.06)
    assert result["stopped"] == pytest.approx(result["duration"], abs=0.06)
    assert result["frames"] > 5
    before, *words = (moment["bright"] for moment in result["seen"])
    assert before == 0
    assert min(words) > 1000
    assert result["seen"][0]["corner"] == pytest.approx([0x3B, 0x5B, 0xA9], abs=4)
