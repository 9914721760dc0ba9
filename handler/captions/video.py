"""Captions as pixels: ffmpeg draws an audiogram, and a contact sheet to look at it."""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from handler.captions.files import FORMATS, Captions
from handler.captions.looks import FONTS, Look
from handler.errors import ConfigError, EngineError, JobTimeout

logger = logging.getLogger(__name__)

# Where the middle of the waveform stands, as a share of the height: clear of the captions.
_WAVE_MIDDLE = {"top": 0.5, "middle": 0.25, "bottom": 0.47}
_BARS = 48
_TIMEOUT = 600.0


def render(
    audio: Path,
    captions: Captions,
    out: Path,
    *,
    background: str = "#12141C",
    fonts: Path = FONTS,
    timeout: float = _TIMEOUT,
) -> None:
    """Draw an audiogram: a plain background, the waveform, the captions in their look; MP4 with the audio.

    H.264 (yuv420p) and AAC with the index in front, on the look's canvas at its frame rate: what phones and
    browsers play. ``background`` is ``#RRGGBB``; ``fonts`` is a folder of fonts beside those of the machine,
    ``timeout`` in seconds. Raises EngineError when ffmpeg fails, JobTimeout when it takes too long.
    """
    look = captions.look
    width, height = look.canvas
    with tempfile.TemporaryDirectory(prefix="video-") as name:
        folder = Path(name)
        # Short names in a folder of our own: a path in a filter would need escaping on two levels.
        (folder / "c.ass").write_bytes(FORMATS["ass"].write(captions))
        (folder / "fonts").symlink_to(fonts.resolve(), target_is_directory=True)
        canvas = f"color=c={_hex(background)}:s={width}x{height}:r={look.fps:g}"
        command = ["-protocol_whitelist", "file", "-i", f"file:{audio.resolve()}", "-f", "lavfi", "-i", canvas]
        command += ["-filter_complex", _audiogram(look), "-map", "[v]", "-map", "0:a:0"]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"]
        command += ["-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", "-shortest", "v.mp4"]
        _ffmpeg(command, folder, timeout)
        _move(folder / "v.mp4", out)


def contact_sheet(video: Path, times: Sequence[float], out: Path, *, height: int = 640, columns: int = 5) -> None:
    """Save the frames of a video at these times (seconds) side by side as one PNG, each ``height`` pixels high.

    Raises EngineError when the video has no frame at any of them.
    """
    rows = -(-len(times) // columns)
    inputs = [part for time in times for part in ("-ss", f"{time:.3f}", "-i", f"file:{video.resolve()}")]
    frames = "".join(f"[{i}:v]trim=end_frame=1,setpts=0,scale=-2:{height},setsar=1[f{i}];" for i in range(len(times)))
    names = "".join(f"[f{i}]" for i in range(len(times)))
    tile = f"tile={min(columns, len(times))}x{rows}:padding=12:margin=12:color=white"
    with tempfile.TemporaryDirectory(prefix="sheet-") as name:
        folder = Path(name)
        graph = f"{frames}{names}concat=n={len(times)}:v=1,{tile}[v]"
        _ffmpeg([*inputs, "-filter_complex", graph, "-map", "[v]", "-frames:v", "1", "sheet.png"], folder, _TIMEOUT)
        _move(folder / "sheet.png", out)


def _audiogram(look: Look) -> str:
    """The filter graph: the voice as a row of bars, then the captions over everything."""
    width, height = look.canvas
    bar = max(2, _even(width * 0.8 / _BARS))
    wave_width, wave_height = bar * _BARS, _even(min(look.canvas) * 0.24)
    top = round(height * _WAVE_MIDDLE[look.position] - wave_height / 2)
    # One column of the waveform a bar, made wide without smoothing, with a transparent gap cut between bars.
    bars = (
        f"showwaves=s={_BARS}x{wave_height}:mode=cline:rate={look.fps:g}:scale=sqrt:draw=full"
        f":colors={_hex(look.highlight)},format=rgba,scale={wave_width}:{wave_height}:flags=neighbor,"
        f"drawgrid=w={bar}:h=0:t={max(1, bar * 2 // 5)}:c=black@0:replace=1"
    )
    left = (width - wave_width) // 2
    return f"[0:a]{bars}[w];[1:v][w]overlay={left}:{top}:shortest=1,ass=c.ass:fontsdir=fonts[v]"


def _ffmpeg(arguments: list[str], folder: Path, timeout: float) -> None:
    import imageio_ffmpeg

    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise ConfigError("ffmpeg is missing on this worker; install the package imageio-ffmpeg") from error
    command = [program, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise JobTimeout(f"The video was not done after {timeout:g} s; send a shorter script") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        logger.error("ffmpeg failed with %d: %s", done.returncode, " | ".join(said[-8:]))
        raise EngineError("The video could not be drawn; check that the audio and the caption style are sound")


def _move(made: Path, out: Path) -> None:
    """Bring a finished file to its place in one step. Raises EngineError when ffmpeg made nothing."""
    if not made.is_file():
        raise EngineError("The video has no frame at the times asked for; ask for times within its length")
    shutil.move(made, out)


def _hex(colour: str) -> str:
    return "0x" + colour.removeprefix("#")


def _even(pixels: float) -> int:
    return int(pixels) // 2 * 2
