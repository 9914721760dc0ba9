"""The fields of every request that makes an audio file: its format, and how loud it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from handler.requests.fields import lower
from handler.settings import MAX_LOUDNESS_LUFS, MIN_LOUDNESS_LUFS

MIN_TRUE_PEAK_DBTP, MAX_TRUE_PEAK_DBTP = -9.0, 0.0

AudioFormat = Annotated[
    Literal["wav", "mp3", "flac", "ogg", "opus", "m4a"],
    BeforeValidator(lower),
    Field(description="Format of the audio file."),
]
Loudness = Annotated[
    float | None,
    Field(
        ge=MIN_LOUDNESS_LUFS,
        le=MAX_LOUDNESS_LUFS,
        description="Integrated loudness of the whole audio, in LUFS (ITU-R BS.1770). Default: `LOUDNESS`.",
    ),
]
TruePeak = Annotated[
    float | None,
    Field(
        ge=MIN_TRUE_PEAK_DBTP,
        le=MAX_TRUE_PEAK_DBTP,
        description="Highest true peak, in dBTP: a limiter keeps the audio below it. Default: -1 with a loudness.",
    ),
]
