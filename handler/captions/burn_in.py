"""What a client needs to burn captions into a video of their own: the font, and the line for ffmpeg."""

from __future__ import annotations

import shlex

CAPTIONED = "captioned.mp4"


def burn_in_command(ass: str, audio: str | None, duration: float) -> str:
    """The line that draws ``ass`` on ``video.mp4`` and gives it ``audio``, with the font in the folder ``fonts``.

    Without ``audio`` the video keeps its own sound and its own length: what is said is in it already.

    A folder of its own, since libass reads every file beside a font to see whether it is one. What comes of it lasts
    as long as the audio, ``duration`` seconds: a shorter video stands still at its last frame, a longer one ends.
    """
    if audio is None:
        return shlex.join(["ffmpeg", "-i", "video.mp4", "-vf", f"ass={ass}:fontsdir=fonts", "-c:a", "copy", CAPTIONED])
    command = ["ffmpeg", "-i", "video.mp4", "-i", audio, "-map", "0:V:0", "-map", "1:a"]
    drawn = f"tpad=stop=-1:stop_mode=clone,ass={ass}:fontsdir=fonts"
    return shlex.join([*command, "-vf", drawn, "-t", f"{duration:.3f}", CAPTIONED])
