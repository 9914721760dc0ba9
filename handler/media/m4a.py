"""Encode speech as AAC in an MP4 file (.m4a), by ffmpeg."""

from __future__ import annotations

import numpy as np

from handler import temporary
from handler.cancellation import Cancellation
from handler.errors import EngineError
from handler.media import ffmpeg
from handler.types import Samples

BITS_PER_S = 96_000  # at low rates AAC has room for less, and ffmpeg takes that
ENCODED_PER_S = 10  # seconds of speech at least, on a slow machine
MIN_TIMEOUT_S = 60.0


def encode_m4a(samples: Samples, sample_rate: int, cancellation: Cancellation) -> bytes:
    """The bytes of an .m4a file whose header comes first, so that players can begin before they have all of it.

    An edit list skips what the encoder puts before the first sample: captions are in time. Raises EngineError where
    ffmpeg fails.
    """
    with temporary.folder("m4a") as folder:
        np.clip(samples, -1.0, 1.0).astype("<f4").tofile(folder / "speech.raw")
        given = ffmpeg.Input(
            folder / "speech.raw", "f32le", "pcm_f32le", ("-f", "f32le", "-ar", str(sample_rate), "-ch_layout", "mono")
        )
        arguments = f"-map_metadata -1 -c:a aac -b:a {BITS_PER_S} -movflags +faststart"
        timeout = max(MIN_TIMEOUT_S, len(samples) / sample_rate / ENCODED_PER_S)
        try:
            ffmpeg.run(
                [given],
                [*arguments.split(), "-fflags", "+bitexact", "-f", "ipod", "speech.m4a"],
                folder,
                cancellation=cancellation,
                timeout=timeout,
                what="the audio",
            )
        except ffmpeg.Failed as error:
            raise EngineError("the audio could not be encoded as m4a; send another audio_format") from error
        return (folder / "speech.m4a").read_bytes()
