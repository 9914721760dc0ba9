"""Decode the sound of any file that people upload, recording or video: ffmpeg does it, where it can do no harm."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.errors import BadReference, JobTimeout
from handler.media import audio, ffmpeg, mixing, tracks
from handler.media.containers import CUT_OFF, is_cut_off, opened
from handler.media.ffmpeg import Limits
from handler.media.tracks import MAX_TRIED, AudioTrack
from handler.types import Samples

SAMPLE_RATES = range(4_000, 192_001)  # a header with another rate is damaged or made to harm
MAX_SAMPLE_RATE = 48_000  # nobody hears what higher rates add

_MEMORY_BYTES = 2 << 30
_SAMPLE_BYTES = np.dtype(np.float32).itemsize
_TIMED_OUT = (255, -signal.SIGXCPU)  # how ffmpeg ends at the limit of its processor time: it catches the signal

_UNDECODABLE = "is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm"
# The length is that of the samples, whatever the file's clock says; long frames make fewer writes.
_COUNTED = "asetpts=N/SR/TB,asetnsamples=n=32768:p=0"
_RAW = "sound.f32"


@dataclass(frozen=True)
class Sound:
    """A decoded recording: float32 mono samples, full scale ±1, and their rate in Hz, at most MAX_SAMPLE_RATE.

    ``track`` is the number of the audio track that was decoded, ``others`` are those to try if it is the wrong one.
    """

    samples: Samples
    sample_rate: int
    track: int = 0
    others: tuple[int, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True)
class Decoded:
    """A file of float32 mono samples, their rate in Hz, and the tracks as in `Sound`."""

    raw: BinaryIO
    sample_rate: int
    track: int
    others: tuple[int, ...]


def decode(
    source: Path,
    *,
    max_seconds: float = 600,
    timeout: float = 30,
    name: str = "clip",
    track: int | str | None = None,
    cancellation: Cancellation = NEVER,
) -> Sound:
    """Return an audio track of a file as one channel; one that is above full scale is brought down as a whole.

    Raises as `decoded` does.
    """
    given = decoded(source, max_seconds=max_seconds, timeout=timeout, name=name, track=track, cancellation=cancellation)
    with given as found:
        samples = audio.within_full_scale(np.fromfile(found.raw, np.float32))
    return Sound(samples, found.sample_rate, found.track, found.others)


@contextmanager
def decoded(
    source: Path,
    *,
    max_seconds: float,
    timeout: float,
    max_rate: int = MAX_SAMPLE_RATE,
    name: str = "clip",
    track: int | str | None = None,
    cancellation: Cancellation = NEVER,
) -> Iterator[Decoded]:
    """Decode an audio track of a file into a temporary file of float32 mono samples.

    The track is the default one, or the first one after it that can be decoded and is not silent; with ``track`` that
    number or language (see `tracks.chosen`). The rate is the track's own, or ``max_rate`` if that is lower. At most
    ``max_seconds`` and a little are decoded, in ``timeout`` seconds. Raises BadReference, which calls the file
    ``name``, for one that is empty, cannot be decoded, has no audio track, is longer, takes longer or crashes the
    decoder; BadRequest for a ``track`` that is not there; and as ``cancellation.check`` does.
    """
    if source.stat().st_size == 0:
        raise BadReference(f"the {name} is an empty file; send it again")
    limited = Cancellation(parent=cancellation, timeout_s=timeout)
    most = int(max_seconds + 2) * MAX_SAMPLE_RATE * _SAMPLE_BYTES
    limits = Limits(_MEMORY_BYTES, most, cpu_s=max(1, int(timeout)))
    with temporary.folder("decode") as folder:
        decoder = _Decoder(source, folder / _RAW, max_seconds, timeout, max_rate, name, limits, limited)
        try:
            used, rate, others = decoder.decode(track)
        except JobTimeout:
            cancellation.check()
            raise _too_slow(name, timeout) from None
        except ffmpeg.Failed as error:
            raise _unreadable(error, name, timeout) from None
        with decoder.raw.open("rb") as raw:
            yield Decoded(raw, rate, used.number, tuple(track.number for track in others))


@dataclass(frozen=True)
class _Decoder:
    """Decodes the tracks of one file, one after another, into the file ``raw``."""

    source: Path
    raw: Path
    max_seconds: float
    timeout: float
    max_rate: int
    name: str
    limits: Limits
    cancellation: Cancellation

    def decode(self, wanted: int | str | None) -> tuple[AudioTrack, int, tuple[AudioTrack, ...]]:
        """Decode the best track; return it, the sample rate and the tracks that were not tried."""
        found = tracks.audio_tracks(
            self.source, timeout=self.timeout, limits=self.limits, cancellation=self.cancellation
        )
        if not found:
            raise BadReference(f"the {self.name} has no audio track; send a file with sound in it")
        candidates = [track for track in tracks.chosen(found, wanted) if track.sample_rate in SAMPLE_RATES]
        silent: AudioTrack | None = None
        failure: ffmpeg.Failed | None = None
        for at, track in enumerate(candidates[:MAX_TRIED], start=1):
            try:
                rate, heard = self._decode(track)
            except ffmpeg.Failed as error:
                if error.returncode in _TIMED_OUT:
                    raise
                failure = failure or error
                continue
            others = tuple(candidates[at:])
            if heard or (len(candidates) == 1):
                return track, rate, () if wanted is not None else others
            silent = silent or track
        if silent is None:
            raise failure or BadReference(f"the {self.name} {_UNDECODABLE}")
        return silent, self._decode(silent)[0], ()

    def _decode(self, track: AudioTrack) -> tuple[int, bool]:
        """Decode a track; return the sample rate, and whether anything is heard. Raises ffmpeg.Failed."""
        levels = self._run(track, mixing.MEAN)
        if mix := mixing.remix(levels):
            levels = self._run(track, mix)
        rate = min(track.sample_rate, self.max_rate)
        size = self.raw.stat().st_size if self.raw.exists() else 0
        if size == 0:
            raise ffmpeg.Failed(1)
        if size > self.max_seconds * rate * _SAMPLE_BYTES:
            most = self.max_seconds
            limit = f"{most / 60:g} minutes" if most >= 120 else f"{most:g} seconds"
            raise BadReference(f"the {self.name} is longer than {limit}; send {limit} at most")
        return rate, levels.heard

    def _run(self, track: AudioTrack, mix: str) -> mixing.Levels:
        """Decode a track with this mix of its channels; return their levels."""
        filters = f"{mixing.measured(mix)},aresample={min(track.sample_rate, self.max_rate)}"
        command = []
        if track.timed:
            filters = on_time(self.max_seconds, filters)
            # The picture is read along: in some containers ffmpeg counts from the first packet that it reads.
            command = ["-map", "0:V:0", "-c:v", "copy", "-f", "null", "-"]
        command += ["-map", f"0:a:{track.number}", "-af", f"{filters},{_COUNTED}", "-t", f"{self.max_seconds + 1:g}"]
        levels = mixing.Levels()
        ffmpeg.run(
            [opened(self.source, ("-threads", "1", "-max_error_rate", "0.5"))],
            [*command, "-f", "f32le", _RAW],
            self.raw.parent,
            cancellation=self.cancellation,
            timeout=self.timeout,
            limits=self.limits,
            on_log=lambda line: self._read_log(line, levels),
        )
        return levels

    def _read_log(self, line: str, levels: mixing.Levels) -> None:
        if "Channel change is not supported" in line or "Sample rate change is not supported" in line:
            change = "are recordings in a row of different rates or numbers of channels"
            raise BadReference(f"the {self.name}: these {change}; convert it to one wav and send that")
        levels.read_log(line)


def _unreadable(error: ffmpeg.Failed, name: str, timeout: float) -> BadReference:
    if error.returncode in _TIMED_OUT:
        return _too_slow(name, timeout)
    if error.returncode < 0:
        return BadReference(f"the {name} crashed the decoder; convert it to wav and send that")
    if is_cut_off(error):
        return BadReference(f"the {name} is no audio file that can be read: {CUT_OFF}")
    return BadReference(f"the {name} {_UNDECODABLE}")


def _too_slow(name: str, timeout: float) -> BadReference:
    return BadReference(f"the {name} took more than {timeout:g} seconds to decode; send it as wav")


def on_time(seconds: float, filters: str) -> str:
    """Return ffmpeg filters that put a video's sound on the clock of its picture, with silence in the gaps.

    ``filters`` reduce the sound to few samples a second: ffmpeg makes the silence of a gap at once, of those samples.
    Sound after the first ``seconds`` is moved to just behind them: a damaged clock would make days of silence.
    """
    late = f"gt(T\\,{seconds + 1:g})"
    return f"aselect=gte(t\\,-1),asetpts=if({late}\\,{seconds + 1:g}/TB\\,PTS),{filters},aresample=async=1:first_pts=0"
