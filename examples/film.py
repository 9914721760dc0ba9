"""What an editor does to the demo's two videos: join them below a title, and set the loudness that platforms want."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from handler.captions.fonts import lay_out, shipped
from handler.media import ffmpeg
from handler.media.ffmpeg import Input

LOUDNESS_LUFS = -14.0
MAX_PEAK_DBTP = -1.0
# The limiter works on samples, and AAC moves them a little.
_LIMIT_DBFS = MAX_PEAK_DBTP - 1.0

# On a canvas of 1080 x 1920, in the font of the captions: the name, a rule, and what it is. Colours are BGR.
_TITLE = """\
[Script Info]
ScriptType: v4.00+
PlayResX: 1080
PlayResY: 1920
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, BorderStyle, Outline, Shadow, Alignment
Style: Title, Inter, 196, &H00FFFFFF, 1, 1, 0, 0, 1
[Events]
Format: Start, End, Style, Text
Dialogue: 0:00:00.00, {end}, Title, {{\\pos(104,860)\\fad(0,200)\\fsp-4}}Speech
Dialogue: 0:00:00.00, {end}, Title, {{\\pos(104,1030)\\fad(0,200)\\fsp-4}}with captions
Dialogue: 0:00:00.00, {end}, Title, {{\\an7\\pos(112,1064)\\fad(0,200)\\c&H0AD6FF&\\p1}}m 0 0 l 150 0 150 14 0 14
Dialogue: 0:00:00.00, {end}, Title, {{\\pos(110,1196)\\fad(0,200)\\fs70}}A script in, a video out. On RunPod.
"""


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness (LUFS) and true peak (dBTP), after EBU R 128."""

    lufs: float
    peak_dbtp: float


def loudness(video: Path, filters: str = "anull") -> Loudness:
    """Measure the sound of an MP4 behind ffmpeg's ``filters``. Raises ffmpeg.Failed where there is none."""
    log: list[str] = []
    with tempfile.TemporaryDirectory(prefix="loudness-") as name:
        measure = ["-map", "0:a", "-af", f"{filters},ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
        ffmpeg.run([_mp4(video)], measure, Path(name), timeout=300, on_log=log.append)
    found = re.search(r"Integrated loudness:\s+I:\s+(\S+) LUFS.*True peak:\s+Peak:\s+(\S+) dBFS", "\n".join(log), re.S)
    assert found, log
    return Loudness(float(found[1]), float(found[2]))


def join(first: Path, second: Path, change: int, title_seconds: float, out: Path) -> Loudness:
    """Show the first MP4, then the second from its frame ``change`` on, with the second's sound; return how loud it is.

    Raises ffmpeg.Failed or OSError where it cannot be written.
    """
    graph = (
        f"[0:v]trim=end_frame={change}[f];[1:v]trim=start_frame={change},setpts=PTS-STARTPTS[s];"
        f"[f][s]concat=n=2,ass=title.ass:fontsdir=fonts[v];[1:a]{_as_loud_as_wanted(second)}[a]"
    )
    # The bit rate is limited: a video of 20 s has less than 5 MB.
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", "1800k", "-bufsize", "1800k"]
    encode += ["-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"]
    with tempfile.TemporaryDirectory(prefix="film-") as name:
        folder = Path(name)
        (folder / "title.ass").write_text(_TITLE.format(end=f"0:00:{title_seconds:05.2f}"), "utf-8")
        lay_out(shipped(), folder / "fonts")
        arguments = ["-filter_complex", graph, "-map", "[v]", "-map", "[a]", *encode, "f.mp4"]
        ffmpeg.run([_mp4(first), _mp4(second)], arguments, folder, timeout=300)
        shutil.move(folder / "f.mp4", out)
    return loudness(out)


def _as_loud_as_wanted(video: Path) -> str:
    """The filters that bring its sound to LOUDNESS_LUFS. The limiter takes some of it away, so they are tried."""
    gain, filters = 0.0, "anull"
    for _ in range(3):
        gain += LOUDNESS_LUFS - loudness(video, filters).lufs
        # The limiter sees peaks between samples at four times the rate.
        limiter = f"alimiter=limit={_LIMIT_DBFS}dB:level=0:attack=2:release=60:latency=1"
        filters = f"volume={gain:.2f}dB,aresample=192000,{limiter},aresample=48000"
    return filters


def _mp4(path: Path) -> Input:
    return Input(path, "mov", "h264,aac")
