"""Captions as pixels: drawn on a video or an audiogram by libass in ffmpeg, and a contact sheet to look at them."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from handler.cancellation import NEVER, Cancellation
from handler.captions.fonts import Font
from handler.captions.formats import FORMATS, Captions
from handler.captions.render.filtergraph import BACKGROUND, Shot, audiogram, filters
from handler.captions.render.missing_glyphs import drawable, replaced
from handler.captions.styles import FONT, FONTS, Look
from handler.errors import EngineError
from handler.media import ffmpeg
from handler.media.ffmpeg import Input
from handler.media.probe import constant_rate
from handler.types import JobWarning

_TIMEOUT = 600.0

_ENCODE = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-pix_fmt", "yuv420p"),
    *("-maxrate", "20M", "-bufsize", "40M"),
]
_ENCODE_SOUND = ["-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2"]
# Nothing of what the source said of itself, the place where it was filmed for one.
_BARE = ["-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart"]


def render(
    audio: Path, captions: Captions, out: Path, *, background: str = BACKGROUND, fonts: Path = FONTS,
    timeout: float = _TIMEOUT,
) -> None:  # fmt: skip
    """Draw an audiogram on the look's canvas at its frame rate, as long as the captions' ``duration``; see `draw`."""
    look = captions.look
    shot = audiogram(audio, captions.duration, look.canvas, constant_rate(look.fps), background)
    draw(shot, captions, out, fonts=fonts, timeout=timeout)


def draw(
    shot: Shot,
    captions: Captions,
    out: Path,
    *,
    fonts: Path = FONTS,
    cancellation: Cancellation = NEVER,
    progress: Callable[[int, int], None] = lambda *_: None,
    timeout: float = _TIMEOUT,
) -> tuple[JobWarning, ...]:
    """Draw the captions on a shot: an MP4 as phones and browsers play it, and what libass had to make do with.

    H.264 (High, yuv420p, constant frame rate) and AAC (48 kHz, stereo), with the index in front. ``fonts`` is a
    folder of fonts, of which only those that it holds are used; ``progress`` hears of frames done and all. Raises
    EngineError when ffmpeg fails, JobTimeout after ``timeout`` seconds.
    """
    captions, warnings = drawable(captions)
    chosen: list[str] = []

    def told(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdecimal():
            progress(min(int(value), shot.frames), shot.frames)

    def logged(line: str) -> None:
        if found := re.search(r"fontselect: .*\) -> ([^,]+), ", line):
            chosen.append(found[1])

    with tempfile.TemporaryDirectory(prefix="video-") as name:
        folder = Path(name)
        # Short names in a folder of our own: a path in a filter would need escaping on two levels.
        (folder / "c.ass").write_bytes(FORMATS["ass"].write(captions))
        _lay_out(fonts, captions.look.typeface, folder)
        command = [*arguments(shot, captions.look), "-progress", "pipe:1", "-stats_period", "0.5", "v.mp4"]
        try:
            ffmpeg.run(
                shot.inputs, command, folder, cancellation=cancellation, timeout=timeout, told=told, logged=logged
            )
        except ffmpeg.Failed:
            message = "the video could not be drawn; check that the video, the audio and the caption style are sound"
            raise EngineError(message) from None
        _move(folder / "v.mp4", out)
    # Fonts that are chosen later stand in for single glyphs.
    return (*(replaced(captions, chosen[0]) if chosen else ()), *warnings)


def arguments(shot: Shot, look: Look) -> list[str]:
    """What ffmpeg is told after the inputs of a shot and before the name of the file that it writes."""
    threads = str(ffmpeg.threads())
    told = ["-filter_complex_threads", threads, "-filter_complex", filters(shot, look), "-map", "[v]"]
    told += [*_ENCODE, "-threads:v", threads]
    told += ["-map", "[a]", *_ENCODE_SOUND] if shot.audible else []
    return [*told, "-t", f"{shot.duration:.6f}", *_BARE]


def contact_sheet(video: Path, times: Sequence[float], out: Path, *, height: int = 640, columns: int = 5) -> None:
    """Save the frames of a video at these times (seconds) side by side as one PNG, each ``height`` pixels high.

    Raises EngineError when the video has no frame at any of them.
    """
    rows = -(-len(times) // columns)
    inputs = [Input(video, "mov", "h264,aac", ("-ss", f"{time:.3f}")) for time in times]
    frames = "".join(f"[{i}:v]trim=end_frame=1,setpts=0,scale=-2:{height},setsar=1[f{i}];" for i in range(len(times)))
    names = "".join(f"[f{i}]" for i in range(len(times)))
    tile = f"tile={min(columns, len(times))}x{rows}:padding=12:margin=12:color=white"
    graph = f"{frames}{names}concat=n={len(times)}:v=1,{tile}[v]"
    with tempfile.TemporaryDirectory(prefix="sheet-") as name:
        folder = Path(name)
        command = ["-filter_complex", graph, "-map", "[v]", "-frames:v", "1", "-update", "1", "sheet.png"]
        try:
            ffmpeg.run(inputs, command, folder, timeout=_TIMEOUT)
        except ffmpeg.Failed:
            raise EngineError("the frames of the video could not be read; make the video anew") from None
        _move(folder / "sheet.png", out)


def _lay_out(fonts: Path, typeface: Font, folder: Path) -> None:
    """The fonts where libass looks for them, and a fontconfig that knows these alone."""
    shutil.copytree(fonts, folder / "fonts", copy_function=shutil.copyfile)
    if isinstance(typeface.body, bytes):
        (folder / "fonts" / "typeface").write_bytes(typeface.body)
    place, cache = (escape(str(folder.resolve() / name)) for name in ("fonts", "cache"))
    # The shipped font before any other, where the one asked for is not there.
    prefer = f'<match><edit name="family" mode="append_last"><string>{FONT}</string></edit></match>'
    text = f"<fontconfig><dir>{place}</dir><cachedir>{cache}</cachedir>{prefer}</fontconfig>"
    (folder / ffmpeg.FONT_CONFIGURATION).write_text(f'<?xml version="1.0"?>\n{text}\n', "utf-8")


def _move(made: Path, out: Path) -> None:
    """Bring a finished file to its place in one step. Raises EngineError when ffmpeg made nothing."""
    if not made.is_file():
        raise EngineError("the video has no frame at the times asked for; ask for times within its length")
    shutil.move(made, out)
