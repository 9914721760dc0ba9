"""Draw captions on a video or an audiogram with libass in ffmpeg."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.captions.fonts import SHIPPED_FAMILY, font_replaced, lay_out, shipped
from handler.captions.formats import Captions
from handler.captions.render.document import Document
from handler.captions.render.emoji_track import MAX_AT_ONCE, track
from handler.captions.render.filtergraph import RenderPlan, filters
from handler.errors import EngineError
from handler.media import ffmpeg
from handler.media.ffmpeg import Input
from handler.types import JobWarning

_TIMEOUT_S = 600.0

_BROKEN = "check that the video, the audio and the caption style are sound"
_KILLED = "ffmpeg was killed, for too much memory or too large a file; send a shorter or smaller video"

_ENCODE = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-pix_fmt", "yuv420p"),
    *("-maxrate", "20M", "-bufsize", "40M"),
]
_ENCODE_SOUND = ["-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2"]
# Metadata of the source can hold, for one, the place where it was filmed.
_NO_METADATA = ["-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart"]


class DamagedPicture(EngineError):
    """Most of a client's video or picture cannot be decoded, though its beginning could be read."""


def render_video(
    plan: RenderPlan,
    captions: Captions | Document,
    out: Path,
    *,
    cancellation: Cancellation = NEVER,
    progress: Callable[[int, int], None] = lambda *_: None,
    timeout: float = _TIMEOUT_S,
) -> tuple[JobWarning, ...]:
    """Render the plan with the captions as an MP4 that phones and browsers play; returns warnings about fonts.

    The video is H.264 (High, yuv420p, constant frame rate) and AAC (48 kHz, stereo), with the index in front.
    ``progress`` gets the frames done and all frames, several times a second. Raises DamagedPicture, EngineError when
    ffmpeg fails otherwise, JobTimeout after ``timeout`` seconds, and what ``cancellation`` raises.
    """
    document, warnings = (captions, ()) if isinstance(captions, Document) else Document.of(captions)
    chosen: list[str] = []
    damages: list[str] = []
    damage = re.compile(rf"\[[av]ist#{len(plan.inputs) - 1}:.* Decode error rate .* exceeds")

    def on_line(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdecimal():
            progress(min(int(value), plan.frames), plan.frames)

    def on_log(line: str) -> None:
        if match := re.search(r"fontselect: .*\) -> ([^,]+), ", line):
            chosen.append(match[1])
        if damage.match(line):
            damages.append(line)

    with temporary.folder("video") as folder:
        # Short names in a folder of our own: a path in a filter would need escaping on two levels.
        (folder / "c.ass").write_bytes(document.body)
        lay_out(shipped(), folder / "fonts", *document.fonts)
        _configure_fonts(folder)
        emoji = track(document.captions, (plan.width, plan.height)) if document.captions else None
        inputs = plan.inputs
        if emoji is not None:
            emoji.sheet().save(folder / "emoji.png", compress_level=1)
            inputs = [*inputs, Input(folder / "emoji.png", "png_pipe", "png")]
            warnings = (*warnings, *_left_out(emoji.left_out))
        (folder / "graph").write_text(filters(plan, document.style, emoji))
        args = [*arguments(plan), "-progress", "pipe:1", "-stats_period", "0.5", "v.mp4"]
        try:
            ffmpeg.run(
                inputs, args, folder, cancellation=cancellation, timeout=timeout, on_output=on_line, on_log=on_log
            )
        except ffmpeg.Failed as error:
            kind = DamagedPicture if plan.source and damages else EngineError
            raise kind(f"the video could not be drawn; {_KILLED if error.returncode < 0 else _BROKEN}") from None
        shutil.move(folder / "v.mp4", out)
    # The first choice is for the style, later ones are for single glyphs.
    styled = not isinstance(captions, Document)
    if styled and chosen and _is_shipped(chosen[0]) and not _is_shipped(document.style.font):
        warnings = (font_replaced(document.style.font), *warnings)
    return warnings


def arguments(plan: RenderPlan) -> list[str]:
    """ffmpeg's arguments after the inputs of a plan and before the name of the output file.

    The filters are in the file ``graph``: those of many emoji are too long for a command line.
    """
    threads = str(ffmpeg.threads())
    options = ["-filter_complex_threads", threads, "-/filter_complex", "graph", "-map", "[v]"]
    options += [*_ENCODE, "-threads:v", threads]
    options += ["-map", "[a]", *_ENCODE_SOUND] if plan.has_sound else []
    return [*options, "-t", f"{plan.duration:.6f}", *_NO_METADATA]


def _left_out(count: int) -> tuple[JobWarning, ...]:
    if not count:
        return ()
    message = f"{count} emoji are left out of the video, which shows at most {MAX_AT_ONCE} at a time; send fewer"
    return (JobWarning("glyph_missing", message),)


def _is_shipped(font: str) -> bool:
    return re.sub(r"\W", "", font).lower().startswith(SHIPPED_FAMILY.lower())


def _configure_fonts(folder: Path) -> None:
    """Write a fontconfig that knows the fonts of the folder alone, and the shipped one as the first to fall back to."""
    fonts, cache = (escape(str(folder.resolve() / name)) for name in ("fonts", "cache"))
    prefer = f'<match><edit name="family" mode="append_last"><string>{SHIPPED_FAMILY}</string></edit></match>'
    text = f"<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir>{prefer}</fontconfig>"
    (folder / ffmpeg.FONT_CONFIGURATION).write_text(f'<?xml version="1.0"?>\n{text}\n', "utf-8")
