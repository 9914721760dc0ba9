"""Whatever people upload → samples, decoded in a child process that may crash, hang or swell without harm.

soundfile reads the usual formats, PyAV the rest (m4a, mp4, mov, aac, amr, webm …). The child gets two open files and
no path: it reads one, writes raw samples to the other and reports one line of JSON.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from handler.errors import BadReference
from handler.types import Samples

if TYPE_CHECKING:
    import av
    import numpy.typing as npt
    import soxr
    from av.container import InputContainer

    Frames = npt.NDArray[np.float32]
    """Shape [frames, channels]."""

log = logging.getLogger(__name__)

SLOWEST_RATE, FASTEST_RATE = 4_000, 192_000
"""Samples a second: beyond these a header is damaged or made to harm."""

MOST_KEPT = 48_000
"""Samples a second that the caller gets: what a file has above is nothing that anybody hears."""

_MEMORY = 2 << 30
"""Bytes of address space that decoding may take beyond what the child has when it starts."""

_BLOCK = 1 << 13
"""Frames decoded at a time: what a damaged file loses beyond the damage."""

_UNTIDY = 0.1
"""Seconds by which times may be off without a gap in the sound: as much as ffmpeg leaves alone as well."""

_LONGEST_GAP = 10.0
"""Seconds that sound may be missing in a file of a kind that is _RESTARTING."""

_RESTARTING = frozenset({"mpegts", "mpeg", "ogg"})
"""FFmpeg's demuxers of files that are joined end to end: a longer step, or one back, is a clock that starts anew."""

_CANCELLED = 0.01
"""Of the energy of the first channel (-20 dB): a mix that is fainter is of channels that cancel each other out."""

_CONTAINERS = (
    "mov,matroska,ogg,aac,amr,amrnb,amrwb,mp3,wav,w64,flac,aiff,caf,au,asf,avi,flv,mpeg,mpegts,ac3,eac3,ape,wv,tta"
)
"""FFmpeg's demuxers that read one file and nothing else. Playlists (hls, dash, concat) and devices are not among
them, for they open what they name."""

_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "LANG", "LC_ALL")
"""What the child keeps of the environment: no keys are in reach of a decoder."""

PACKAGE = str(Path(__file__).resolve().parents[2])
"""Where the child finds this module."""

_PROBLEMS = {
    "undecodable": "the clip is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm",
    "no_audio": "the clip has no audio track; send a file with sound in it",
    "too_long": "the clip is longer than {limit}; send {limit} at most",
    "timeout": "the clip took more than {timeout:g} seconds to decode; send it as wav",
    "empty": "the clip is an empty file; send it again",
    "no_av": "the clip is no wav, mp3, flac or ogg; other kinds need the package av, which is not installed here",
    "crashed": "the clip broke its decoder; convert it to wav and send that",
}


@dataclass(frozen=True)
class Sound:
    """A decoded recording: float32 mono samples, full scale ±1 (a file may hold more), and their rate in Hz, at most
    MOST_KEPT."""

    samples: Samples
    sample_rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


class _Problem(Exception):
    """A row of _PROBLEMS, as the child finds it."""


def decode(source: Path, *, max_seconds: float = 600.0, timeout: float = 30.0) -> Sound:
    """The first audio track of a file as one channel.

    At most ``max_seconds`` and a little are ever decoded, in ``timeout`` seconds of wall clock. Raises BadReference
    for a file that cannot be decoded, has no audio track, is longer, takes longer or breaks the decoder.
    """
    with tempfile.TemporaryFile() as raw:
        rate = decode_to(source, cast(BinaryIO, raw), max_seconds=max_seconds, timeout=timeout)
        raw.seek(0)
        samples = np.fromfile(raw, np.float32)
    return Sound(samples, rate)


def decode_to(
    source: Path, raw: BinaryIO, *, max_seconds: float, timeout: float = 30.0, most_kept: int = MOST_KEPT
) -> int:
    """The same, written to the empty file ``raw`` as float32 samples, at ``most_kept`` a second or fewer.

    Returns their rate. A recording of hours takes no more memory than one of seconds. Raises as `decode` does.
    """
    if source.stat().st_size == 0:
        raise BadReference(_PROBLEMS["empty"])
    with source.open("rb") as clip:
        report = _run_child(clip, raw, max_seconds, timeout, most_kept)
    problem = report.get("problem")
    rate = report.get("sample_rate")
    if problem is None and isinstance(rate, int):
        return rate
    limit = f"{max_seconds / 60:g} minutes" if max_seconds >= 120 else f"{max_seconds:g} seconds"
    log.info("a clip was not decoded: %s", report)
    sentence = _PROBLEMS.get(str(problem), _PROBLEMS["crashed"])
    raise BadReference(sentence.format(limit=limit, timeout=timeout))


def _run_child(clip: BinaryIO, raw: BinaryIO, max_seconds: float, timeout: float, most_kept: int) -> dict[str, object]:
    """What the child reports: its ``sample_rate``, or its ``problem``."""
    environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # One thread: the others' stacks and arenas would be most of what the child costs to start.
    environ |= {"PYTHONPATH": PACKAGE, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    given = [str(number) for number in (raw.fileno(), max_seconds, timeout, most_kept)]
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "handler.media.decode", *given],
        stdin=clip,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(raw.fileno(),),
        env=environ,
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return {"problem": "timeout"}
    finally:
        _end(child)
    if child.returncode == -signal.SIGXCPU:
        return {"problem": "timeout"}
    try:
        report = json.loads(output)
    except ValueError:
        return {"problem": "crashed", "returncode": child.returncode}
    return report if isinstance(report, dict) else {"problem": "crashed"}


def _end(child: subprocess.Popen[bytes]) -> None:
    """Whatever a decoder may have started ends with it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _limit_child(max_seconds: float, timeout: float) -> None:
    import resource

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0]) if Path("/proc/self/statm").exists() else 0
    memory = pages * resource.getpagesize() + _MEMORY
    written = int((max_seconds + 1) * MOST_KEPT) * 4 + _BLOCK * 4
    seconds = max(1, int(timeout))
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_FSIZE, written, written),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, most = resource.getrlimit(what)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(what, (soft, hard))


def _decode(raw: BinaryIO, max_seconds: float, most_kept: int) -> int:
    """Write the samples of the file on standard input, return their rate."""
    energy = {"mix": 0.0, "first": 0.0}

    def mixed() -> Iterator[tuple[int, Samples]]:
        for rate, block in _blocks(max_seconds):
            mix = block.mean(axis=1, dtype=np.float32)
            energy["mix"] += float(np.square(mix, dtype=np.float64).sum())
            energy["first"] += float(np.square(block[:, 0], dtype=np.float64).sum())
            yield rate, mix

    sample_rate = _write(raw, mixed(), most_kept)
    if energy["mix"] < _CANCELLED * energy["first"]:
        # One channel of a badly wired balanced cable is the other upside down: their mean is silence.
        raw.seek(0)
        raw.truncate()
        first = ((rate, np.ascontiguousarray(block[:, 0])) for rate, block in _blocks(max_seconds))
        _write(raw, first, most_kept)
    return sample_rate


def _write(raw: BinaryIO, pieces: Iterator[tuple[int, Samples]], most_kept: int) -> int:
    """Write one channel that comes in pieces of one rate, at ``most_kept`` if lower; return the rate written."""
    kept = 0
    stream: soxr.ResampleStream | None = None
    for rate, samples in pieces:
        if rate > most_kept and stream is None:
            import soxr

            stream = soxr.ResampleStream(rate, most_kept, 1, dtype="float32", quality="HQ")
        kept = min(rate, most_kept)
        raw.write((samples if stream is None else stream.resample_chunk(samples)).tobytes())
    if stream is not None:
        raw.write(stream.resample_chunk(np.empty(0, np.float32), last=True).tobytes())
    return kept


def _blocks(max_seconds: float) -> Iterator[tuple[int, Frames]]:
    """The sound of the file on standard input in blocks, each with the rate; too much or none at all is a problem."""
    frames = 0
    for rate, block in _read_any():
        if not SLOWEST_RATE <= rate <= FASTEST_RATE:
            raise _Problem("undecodable")
        frames += len(block)
        if frames > max_seconds * rate:
            raise _Problem("too_long")
        yield rate, block
    if frames == 0:
        raise _Problem("undecodable")


def _read_any() -> Iterator[tuple[int, Frames]]:
    import soundfile

    os.lseek(0, 0, os.SEEK_SET)
    try:
        file = soundfile.SoundFile(0, closefd=False)
    except soundfile.LibsndfileError:
        yield from _read_by_av()
        return
    with file:
        heard = False
        try:
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                heard = True
                yield file.samplerate, block
        except soundfile.LibsndfileError:
            # A file that breaks off is used as far as it goes.
            if not heard:
                raise _Problem("undecodable") from None


def _read_by_av() -> Iterator[tuple[int, Frames]]:
    try:
        import av
    except ImportError:
        raise _Problem("no_av") from None

    os.lseek(0, 0, os.SEEK_SET)
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "none"}
    with open(0, "rb", closefd=False) as clip:
        try:
            container = av.open(clip, "r", container_options=options, metadata_errors="ignore")
        except (av.FFmpegError, ValueError):
            raise _Problem("undecodable") from None
        with container:
            if not container.streams.audio:
                raise _Problem("no_audio")
            yield from _frames(container, container.streams.audio[0])


class _Clock:
    """Where the sound of a video is silent: words found in it belong to the picture, so its seconds are the picture's.

    Sound that begins late and sound that is missing on the way have no samples in the file, only a later time.
    """

    def __init__(self, container: InputContainer) -> None:
        import av
        from av.stream import Disposition

        # The picture on a record's sleeve has no clock.
        moving = any(not shown.disposition & Disposition.attached_pic for shown in container.streams.video)
        begun = container.start_time if moving else None
        self._begun = None if begun is None else begun / av.time_base
        self._restarts = container.format.name in _RESTARTING
        self._next: float | None = None

    def missing(self, frame: av.AudioFrame, heard: float) -> float:
        """Seconds of silence between the ``heard`` seconds so far and a frame; 0 where the file does not tell."""
        if self._begun is None or frame.pts is None or frame.time_base is None:
            return 0.0
        time = float(frame.pts * frame.time_base) - self._begun
        if self._restarts and self._next is not None and not -_UNTIDY <= time - self._next <= _LONGEST_GAP:
            self._begun += time - self._next
            time = self._next
        self._next = time + frame.samples / frame.sample_rate
        # How late the first sample is, is exact. After it, times are rounded, and clocks are not quite even.
        missing = time - heard
        return missing if missing > (_UNTIDY if heard else 0.0) else 0.0


def _silence(seconds: float, rate: int, channels: int) -> Iterator[tuple[int, Frames]]:
    """Nothing, a second at a time: how long it is, is what a stranger's file says."""
    left = round(seconds * rate)
    while left > 0:
        yield rate, np.zeros((min(left, rate), channels), np.float32)
        left -= rate


def _frames(container: InputContainer, stream: av.AudioStream) -> Iterator[tuple[int, Frames]]:
    """The frames of one track at the rate of its first one. Packets that are damaged are left out, within reason."""
    import av

    rate, good, bad, heard, clock = 0, 0, 0, 0, _Clock(container)
    resampler: av.AudioResampler | None = None
    setup: tuple[object, ...] = ()
    try:
        for packet in container.demux(stream):
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                bad += 1
                continue
            good += bool(decoded)
            for frame in decoded:
                rate = rate or frame.sample_rate
                silence = clock.missing(frame, heard / rate)
                yield from _silence(silence, rate, frame.layout.nb_channels)
                heard += round(silence * rate)
                # Some streams (AAC with SBR) change their rate or layout on the way.
                if resampler is None or setup != (frame.format.name, frame.layout.name, frame.sample_rate):
                    setup = (frame.format.name, frame.layout.name, frame.sample_rate)
                    resampler = av.AudioResampler("fltp", frame.layout, rate)
                for even in resampler.resample(frame):
                    heard += even.samples
                    yield rate, cast("Frames", even.to_ndarray().T)
        if resampler is not None:
            for even in resampler.resample(None):
                yield rate, cast("Frames", even.to_ndarray().T)
    except av.FFmpegError as error:
        log.debug("the file breaks off: %s", error)
    if bad > good:
        raise _Problem("undecodable")


def _main(raw_number: str, max_seconds: str, timeout: str, most_kept: str) -> None:
    _limit_child(float(max_seconds), float(timeout))
    report: dict[str, object]
    try:
        with open(int(raw_number), "wb", closefd=False) as raw:
            report = {"sample_rate": _decode(raw, float(max_seconds), int(most_kept))}
    except _Problem as problem:
        report = {"problem": str(problem)}
    except (MemoryError, OSError) as error:
        report = {"problem": "crashed", "reason": type(error).__name__}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    _main(*sys.argv[1:])
