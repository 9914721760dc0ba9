"""The sound of a video as a recording of its own, on the clock of its picture."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from handler.cancellation import NEVER, Cancellation
from handler.captions.render.filtergraph import on_time
from handler.errors import BadRequest
from handler.media import ffmpeg
from handler.media.probe import Source

SAMPLE_RATE = 16_000
"""What aligners hear."""


def soundtrack(
    source: Source,
    out: Path,
    *,
    field: str,
    max_seconds: float,
    cancellation: Cancellation = NEVER,
    timeout: float = 600.0,
) -> None:
    """Write the first sound track of a moving source to ``out``, a wav whose seconds are those of the picture.

    At most ``max_seconds`` and a little are written: the sound may be longer than the picture. ``field`` is the
    request's field that errors name, ``cancellation`` is asked several times a second and raises to end it.
    Raises BadRequest for a video without sound, or with sound that cannot be decoded; JobTimeout.
    """
    if not source.sound:
        raise BadRequest.of(
            field, "the video has no sound to find the words in; send audio_url with text, or job_id, beside it"
        )
    # The picture is read along: of some containers ffmpeg begins to count with the first packet that it reads.
    command = ["-map", "0:V:0", "-c:v", "copy", "-f", "null", "-"]
    command += [
        "-map",
        "0:a:0",
        "-af",
        on_time(max_seconds, f"aresample={SAMPLE_RATE},aformat=channel_layouts=stereo"),
        "-t",
        f"{max_seconds + 1:g}",
        "-c:a",
        "pcm_s16le",
        "-f",
        "wav",
        "sound.wav",
    ]
    with tempfile.TemporaryDirectory(prefix="sound-") as name:
        folder = Path(name)
        try:
            ffmpeg.run([source.given], command, folder, cancellation=cancellation, timeout=timeout)
        except ffmpeg.Failed:
            raise BadRequest.of(field, "the video's sound cannot be decoded; send it as AAC, MP3 or Opus") from None
        shutil.move(folder / "sound.wav", out)
