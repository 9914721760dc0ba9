"""ffmpeg as a child process: it sees open files and one folder, is listened to, and ends with whoever asked for it."""

from __future__ import annotations

import logging
import os
import resource
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError, JobTimeout

logger = logging.getLogger(__name__)

LARGEST_SIDE = 4096
"""Pixels: what a video may have on either side, and a picture that is read ever has."""

MOST_TRACKS = 64

THREADS = 8
"""Of each decoder, filter and encoder at most: a machine of the cloud shows a hundred cores and lends a few."""

_MEMORY = 6 << 30
"""Bytes of data that ffmpeg may hold; 4096 × 4096 pixels at 8 threads take 3.8 GB (2.8 in memory)."""

_LARGEST_FILE = 4 << 30
"""Bytes: what ffmpeg may write into one file."""

_TICK = 0.2
"""Seconds between two looks at whether the job should go on, while ffmpeg says nothing."""

_LONGEST_LINE = 1 << 14

_KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
"""What ffmpeg gets of the environment: no keys are in reach of a decoder."""

FONT_CONFIGURATION = "fonts.conf"
"""The name of fontconfig's file in ffmpeg's folder."""

Hear = Callable[[str], None]


class Failed(Exception):
    """ffmpeg ended with an error; what it said is in the log. The caller knows what that means to a client."""


@dataclass(frozen=True)
class Input:
    """A file that ffmpeg reads as an open file, with its options: what is in it can name no other, and no address.

    ``formats`` and ``codecs`` are names of FFmpeg's demuxers and decoders; no others touch the file.
    """

    path: Path
    formats: str
    codecs: str
    options: tuple[str, ...] = ()

    def arguments(self, number: int) -> list[str]:
        """The input on ffmpeg's command line, once it is open under this number."""
        limits = ["-protocol_whitelist", "fd", "-format_whitelist", self.formats, "-codec_whitelist", self.codecs]
        limits += ["-max_pixels", str(LARGEST_SIDE**2), "-max_streams", str(MOST_TRACKS)]
        return [*limits, "-threads", str(threads()), *self.options, "-fd", str(number), "-i", "fd:"]


def threads() -> int:
    """As many as x264 takes by itself, within THREADS."""
    return max(1, min(THREADS, len(os.sched_getaffinity(0)) * 3 // 2))


def run(
    inputs: Sequence[Input],
    arguments: Sequence[str],
    folder: Path,
    *,
    cancellation: Cancellation = NEVER,
    timeout: float,
    told: Hear = lambda _: None,
    logged: Hear = lambda _: None,
) -> None:
    """Run ffmpeg in ``folder``, where its outputs and whatever its filters read have short names.

    ``told`` hears each line of its standard output, ``logged`` of its log; an exception of
    theirs or a cancellation ends it at once. Raises Failed, or JobTimeout after ``timeout`` seconds.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(given.path.open("rb")) for given in inputs]
        opened = [part for given, file in zip(inputs, files, strict=True) for part in given.arguments(file.fileno())]
        child = subprocess.Popen(
            [_program(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-y", *opened, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[file.fileno() for file in files],
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | _only_fonts_of(folder),
            start_new_session=True,
        )
        last: deque[str] = deque(maxlen=12)
        try:
            _limit(child.pid)
            for line, from_log in _lines(child, cancellation, time.monotonic() + timeout, timeout):
                if from_log:
                    last.append(line)
                (logged if from_log else told)(line)
            returned = child.wait()
        finally:
            _end(child)
    if returned:
        logger.warning("ffmpeg ended with %d: %s", returned, " | ".join(last))
        raise Failed


def _program() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ConfigError("ffmpeg is missing on this worker; install the package imageio-ffmpeg") from error


def _only_fonts_of(folder: Path) -> dict[str, str]:
    """The environment in which fontconfig knows the fonts in ``folder/fonts`` and none of the machine's.

    It picks one of them for a family that is not among them, where libass by itself would draw nothing.
    """
    return {"FONTCONFIG_FILE": str(folder.resolve() / FONT_CONFIGURATION)}


def _limit(pid: int) -> None:
    for what, most in (
        (resource.RLIMIT_DATA, _MEMORY),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ProcessLookupError):
            resource.prlimit(pid, what, (most, most))


def _lines(
    child: subprocess.Popen[bytes], cancellation: Cancellation, end: float, timeout: float
) -> Iterator[tuple[str, bool]]:
    """Each line that the child says until it falls silent for good, and whether it is of its log."""
    assert child.stdout
    assert child.stderr
    with selectors.DefaultSelector() as selector:
        rest = {child.stdout: b"", child.stderr: b""}
        for pipe in rest:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            cancellation.check()
            if time.monotonic() > end:
                raise JobTimeout(f"the video was not done after {timeout:g} s; send a shorter one")
            for key, _ in selector.select(_TICK):
                pipe = child.stdout if key.fileobj is child.stdout else child.stderr
                read = os.read(key.fd, 1 << 16)
                if not read:
                    selector.unregister(pipe)
                *whole, rest[pipe] = (rest[pipe] + read).split(b"\n")
                rest[pipe] = rest[pipe][-_LONGEST_LINE:]
                for line in whole:
                    yield line[:_LONGEST_LINE].decode(errors="replace").strip("\r"), pipe is child.stderr


def _end(child: subprocess.Popen[bytes]) -> None:
    """Whatever ffmpeg may have started ends with it."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
