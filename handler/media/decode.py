"""Decode the sound of any file that people upload, recording or video: ffmpeg does it, where it can do no harm."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadReference, JobTimeout
from handler.media import ffmpeg, probe
from handler.media.ffmpeg import Input, Limits
from handler.types import Samples

SAMPLE_RATES = range(4_000, 192_001)  # a header with another rate is damaged or made to harm
MAX_SAMPLE_RATE = 48_000  # nobody hears what higher rates add

_MEMORY_BYTES = 2 << 30
_SAMPLE_BYTES = np.dtype(np.float32).itemsize
_TIMED_OUT = (255, -signal.SIGXCPU)  # how ffmpeg ends at the limit of its processor time: it catches the signal

_UNDECODABLE = "is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm"
_MEAN = "pan=mono|c0<" + "+".join(f"c{channel}" for channel in range(64))  # of all channels, however many there are
# The length is that of the samples, whatever the file's clock says; long frames make fewer writes.
_COUNTED = "asetpts=N/SR/TB,asetnsamples=n=32768:p=0"
_RAW = "sound.f32"


@dataclass(frozen=True)
class Sound:
    """A decoded recording: float32 mono samples, full scale ±1 (a file may hold more), and their rate in Hz, at most
    MAX_SAMPLE_RATE."""

    samples: Samples
    sample_rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


def decode(
    source: Path,
    *,
    max_seconds: float = 600,
    timeout: float = 30,
    name: str = "clip",
    cancellation: Cancellation = NEVER,
) -> Sound:
    """Return the first audio track of a file as one channel. Raises as `decoded` does."""
    with decoded(source, max_seconds=max_seconds, timeout=timeout, name=name, cancellation=cancellation) as (raw, rate):
        return Sound(np.fromfile(raw, np.float32), rate)


@contextmanager
def decoded(
    source: Path,
    *,
    max_seconds: float,
    timeout: float,
    max_rate: int = MAX_SAMPLE_RATE,
    name: str = "clip",
    cancellation: Cancellation = NEVER,
) -> Iterator[tuple[BinaryIO, int]]:
    """Decode the first audio track of a file into a temporary file of float32 mono samples; yield it and their rate.

    The rate is the track's own, or ``max_rate`` if that is lower. At most ``max_seconds`` and a little are decoded, in
    ``timeout`` seconds. Raises BadReference, which calls the file ``name``, for one that is empty, cannot be decoded,
    has no audio track, is longer, takes longer or crashes the decoder; and as ``cancellation.check`` does.
    """
    if source.stat().st_size == 0:
        raise BadReference(f"the {name} is an empty file; send it again")
    limited = Cancellation(parent=cancellation, timeout_s=timeout)
    with tempfile.TemporaryDirectory(prefix="decode-") as folder:
        try:
            rate = _decode(source, Path(folder), max_seconds, timeout, max_rate, name, limited)
        except JobTimeout:
            cancellation.check()
            raise _too_slow(name, timeout) from None
        except ffmpeg.Failed as error:
            if error.returncode in _TIMED_OUT:
                raise _too_slow(name, timeout) from None
            crashed = "crashed the decoder; convert it to wav and send that"
            raise BadReference(f"the {name} {_UNDECODABLE if error.returncode > 0 else crashed}") from None
        with (Path(folder) / _RAW).open("rb") as raw:
            yield raw, rate


def _decode(
    source: Path, folder: Path, max_seconds: float, timeout: float, max_rate: int, name: str, cancellation: Cancellation
) -> int:
    """Decode into the file _RAW of ``folder`` and return the sample rate."""
    most = int(max_seconds + 2) * MAX_SAMPLE_RATE * _SAMPLE_BYTES
    limits = Limits(_MEMORY_BYTES, most, cpu_s=max(1, int(timeout)))
    track = probe.audio_track(source, timeout=timeout, limits=limits, cancellation=cancellation)
    if track is None:
        raise BadReference(f"the {name} has no audio track; send a file with sound in it")
    if track.sample_rate not in SAMPLE_RATES:
        raise BadReference(f"the {name} {_UNDECODABLE}")
    rate = min(track.sample_rate, max_rate)
    filters = f"{_MEAN},aresample={rate}"
    command = []
    if track.timed:
        filters = on_time(max_seconds, filters)
        # The picture is read along: in some containers ffmpeg counts from the first packet that it reads.
        command = ["-map", "0:V:0", "-c:v", "copy", "-f", "null", "-"]
    command += ["-map", "0:a:0", "-af", f"{filters},{_COUNTED}", "-t", f"{max_seconds + 1:g}"]
    given = Input(source, probe.CONTAINERS, probe.DECODERS, ("-threads", "1", "-max_error_rate", "0.5"))
    command += ["-f", "f32le", _RAW]
    ffmpeg.run([given], command, folder, cancellation=cancellation, timeout=timeout, limits=limits)
    raw = folder / _RAW
    size = raw.stat().st_size if raw.exists() else 0
    if size == 0:
        raise BadReference(f"the {name} {_UNDECODABLE}")
    if size > max_seconds * rate * _SAMPLE_BYTES:
        limit = f"{max_seconds / 60:g} minutes" if max_seconds >= 120 else f"{max_seconds:g} seconds"
        raise BadReference(f"the {name} is longer than {limit}; send {limit} at most")
    return rate


def _too_slow(name: str, timeout: float) -> BadReference:
    return BadReference(f"the {name} took more than {timeout:g} seconds to decode; send it as wav")


def on_time(seconds: float, filters: str) -> str:
    """Return ffmpeg filters that put a video's sound on the clock of its picture, with silence in the gaps.

    ``filters`` reduce the sound to few samples a second: ffmpeg makes the silence of a gap at once, of those samples.
    Sound after the first ``seconds`` is moved to just behind them: a damaged clock would make days of silence.
    """
    late = f"gt(T\\,{seconds + 1:g})"
    return f"aselect=gte(t\\,-1),asetpts=if({late}\\,{seconds + 1:g}/TB\\,PTS),{filters},aresample=async=1:first_pts=0"
