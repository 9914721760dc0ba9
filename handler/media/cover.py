"""Covers of audiobooks: any picture that clients send becomes a JPEG of a size that players like."""

from __future__ import annotations

from pathlib import Path

from handler.cancellation import Cancellation
from handler.errors import BadRequest
from handler.media import ffmpeg, probe

MAX_SIDE_PX = 1600
_TIMEOUT_S = 60.0
_SCALED = f"scale=w={MAX_SIDE_PX}:h={MAX_SIDE_PX}:force_original_aspect_ratio=decrease:flags=lanczos"


def write_cover(source: Path, path: Path, *, field: str, cancellation: Cancellation) -> None:
    """Write a picture as a JPEG of at most MAX_SIDE_PX a side. Raises as `probe.picture` does."""
    picture = probe.picture(source, field=field, cancellation=cancellation)
    filters = [_SCALED] if max(picture.width, picture.height) > MAX_SIDE_PX else []
    filters += ["setsar=1", "format=yuvj420p"]
    arguments = ["-map", "0:V:0", "-frames:v", "1", "-map_metadata", "-1", "-vf", ",".join(filters)]
    arguments += ["-c:v", "mjpeg", "-q:v", "3", "-fflags", "+bitexact", "-f", "image2", "-update", "1", path.name]
    try:
        ffmpeg.run(
            [picture.given],
            arguments,
            path.parent,
            cancellation=cancellation,
            timeout=_TIMEOUT_S,
            what="the cover",
        )
    except ffmpeg.Failed as error:
        raise BadRequest.of(field, "is no picture that can be read; send a png, jpeg or webp") from error
