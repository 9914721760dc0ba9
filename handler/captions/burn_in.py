"""What a client needs to burn captions into a video of their own: the font, and the line for ffmpeg."""

from __future__ import annotations

import shlex


def burn_in_command(ass: str, audio: str, duration: float) -> str:
    """The line that draws ``ass`` on ``video.mp4`` and gives it ``audio``, with the font in the folder ``fonts``.

    A folder of its own, since libass reads every file beside a font to see whether it is one. What comes of it lasts
    as long as the audio, ``duration`` seconds: a shorter video stands still at its last frame, a longer one ends.
    """
    command = ["ffmpeg", "-i", "video.mp4", "-i", audio, "-map", "0:v", "-map", "1:a"]
    drawn = f"tpad=stop=-1:stop_mode=clone,ass={ass}:fontsdir=fonts"
    return shlex.join([*command, "-vf", drawn, "-t", f"{duration:.3f}", "captioned.mp4"])
