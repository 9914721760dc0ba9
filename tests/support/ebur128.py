"""What ffmpeg's filter ebur128, an implementation of ITU-R BS.1770 by others, measures in an audio file."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from math import log10
from typing import NamedTuple

import imageio_ffmpeg
import soundfile

from handler.types import Samples

_FILTER = "ebur128=peak=true:metadata=1,ametadata=print:file=-"


class Metered(NamedTuple):
    """Integrated loudness in LUFS (-70 for none), true peak in dBTP, and loudness range in LU."""

    integrated: float
    true_peak: float
    range: float


def metered(body: bytes) -> Metered:
    """Measure the bytes of an audio file."""
    with tempfile.NamedTemporaryFile() as file:  # not all formats can be read from a pipe
        file.write(body)
        file.flush()
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", file.name, "-af", _FILTER, "-f", "null", "-"]
        printed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    last = dict(re.findall(r"lavfi\.r128\.(I|LRA|true_peak)=(\S+)", printed))
    return Metered(float(last["I"]), 20 * log10(max(float(last["true_peak"]), 1e-9)), float(last["LRA"]))


def metered_samples(samples: Samples, sample_rate: int) -> Metered:
    """Measure samples as they are, without rounding them to 16 bits."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, sample_rate, subtype="FLOAT", format="WAV")
    return metered(buffer.getvalue())
