"""The ffmpeg command with which a client burns captions into a video of their own."""

from __future__ import annotations

import shlex

OUTPUT = "captioned.mp4"


def burn_in_command(ass: str, audio: str | None, duration: float) -> str:
    """The command that draws ``ass`` on ``video.mp4`` and gives it ``audio``, with the font in the folder ``fonts``.

    The fonts have a folder of their own, since libass tries every file next to a font. The result lasts ``duration``
    seconds, as the audio does: a shorter video stands still at its last frame, a longer one ends. Without ``audio``
    the video keeps its own sound and its own length.
    """
    if audio is None:
        return shlex.join(["ffmpeg", "-i", "video.mp4", "-vf", f"ass={ass}:fontsdir=fonts", "-c:a", "copy", OUTPUT])
    command = ["ffmpeg", "-i", "video.mp4", "-i", audio, "-map", "0:V:0", "-map", "1:a"]
    filters = f"tpad=stop=-1:stop_mode=clone,ass={ass}:fontsdir=fonts"
    return shlex.join([*command, "-vf", filters, "-t", f"{duration:.3f}", OUTPUT])
