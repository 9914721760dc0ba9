"""Run ffmpeg as a sandboxed child process: it gets open files and one folder, no keys, limited memory and time."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import selectors
import signal
import socket
import subprocess
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

from handler.cancellation import NEVER, Cancellation
from handler.errors import DISK_FULL, ConfigError, disk_full, without_quotes

logger = logging.getLogger(__name__)

MAX_SIDE_PX = 4096  # the largest width and height of a video that is taken, and of a picture that is read
MAX_TRACKS = 64
MAX_THREADS = 8  # for each decoder, filter and encoder: a machine of the cloud shows a hundred cores and lends a few
_POLL_S = 0.2  # between checks while ffmpeg, which has closed its output, does not end
_MAX_LINE_BYTES = 1 << 14
_PIPE_BYTES = 1 << 16  # read at once
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # the variables that ffmpeg inherits: no keys
_DISK_FULL = tuple(map(os.strerror, DISK_FULL))  # as ffmpeg writes it
FONT_CONFIGURATION = "fonts.conf"  # the name of fontconfig's file in ffmpeg's folder

LineCallback = Callable[[str], None]


class Failed(Exception):
    """ffmpeg ended with an error; its last log lines are in ``log`` and our log. The caller explains it to the client.

    ``returncode`` is negative where a signal ended it.
    """

    def __init__(self, returncode: int, log: Iterable[str] = ()) -> None:
        super().__init__(returncode)
        self.returncode = returncode
        self.log = tuple(log)


@dataclass(frozen=True)
class Limits:
    """The kernel's limits for ffmpeg: data in memory, each file that it writes, processor time (None: any)."""

    memory_bytes: int = 6 << 30  # 4096 × 4096 pixels at 8 threads take 3.8 GB (2.8 in memory)
    file_bytes: int = 4 << 30
    cpu_s: int | None = None


@dataclass(frozen=True)
class Input:
    """A file that ffmpeg reads through an open descriptor, with its options: it cannot make ffmpeg open anything else.

    ``formats`` and ``codecs`` are the names of the FFmpeg demuxers and decoders that may read the file.
    """

    path: Path
    formats: str
    codecs: str
    options: tuple[str, ...] = ()

    def arguments(self, number: int) -> list[str]:
        """Return the part of ffmpeg's command line for this input, open as descriptor ``number``."""
        limits = ["-protocol_whitelist", "fd", "-format_whitelist", self.formats, "-codec_whitelist", self.codecs]
        limits += ["-max_pixels", str(MAX_SIDE_PX**2), "-max_streams", str(MAX_TRACKS)]
        return [*limits, "-threads", str(threads()), *self.options, "-fd", str(number), "-i", "fd:"]


def threads() -> int:
    """Return as many threads as x264 takes by default, at most MAX_THREADS."""
    return max(1, min(MAX_THREADS, len(os.sched_getaffinity(0)) * 3 // 2))


def run(
    inputs: Sequence[Input],
    arguments: Sequence[str],
    folder: Path,
    *,
    cancellation: Cancellation = NEVER,
    timeout: float,
    what: str = "the video",
    limits: Limits = Limits(),
    on_output: LineCallback = lambda _: None,
    on_log: LineCallback = lambda _: None,
) -> None:
    """Run ffmpeg in ``folder``, where its outputs and the files that its filters read have short names.

    ``on_output`` gets each line of its standard output, ``on_log`` of its log. An exception of theirs or a
    cancellation kills it at once. Raises Failed, StorageError if the disk is full, or JobTimeout, which names ``what``
    is made, after ``timeout`` seconds.
    """
    message = f"{what} was not done after {timeout:g} s; send a shorter one"
    limited = Cancellation(parent=cancellation, timeout_s=timeout, timeout_message=message)
    # The fonts in ``folder/fonts`` and none of the machine's: a missing family is replaced by one of them.
    environment = _environment() | {"FONTCONFIG_FILE": str(folder.resolve() / FONT_CONFIGURATION)}
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
            env=environment,
            start_new_session=True,
        )
        last: deque[str] = deque(maxlen=12)
        no_space = False
        try:
            _limit(child.pid, limits)
            for line, from_log in _lines(child, limited):
                if from_log:
                    last.append(line)
                    # An encoder's statistics may follow. Metadata of the file, which may say anything, is indented.
                    no_space |= not line.startswith(" ") and any(reason in line for reason in _DISK_FULL)
                (on_log if from_log else on_output)(line)
            while child.poll() is None:
                limited.check()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(min(_POLL_S, limited.remaining_s() or _POLL_S))
        finally:
            _end(child)
    if child.returncode:
        _log_end(child.returncode, last)
        if no_space:
            raise disk_full()
        raise Failed(child.returncode, last)


def _log_end(code: int, last: Iterable[str]) -> None:
    """Log why ffmpeg failed: without what it quotes, and without metadata of the client's file, which is indented."""
    told = " | ".join(without_quotes(line) for line in last if not line.startswith(" "))
    logger.warning("ffmpeg ended with %d: %s", code, told)


async def piped(
    source: AsyncGenerator[bytes], arguments: Sequence[str], limits: Limits = Limits()
) -> AsyncGenerator[bytes]:
    """Yield what ffmpeg makes of the bytes of ``source``, as soon as it writes it; the event loop is never blocked.

    ``arguments`` say what ffmpeg reads from ``pipe:0`` and writes to ``pipe:1``. It is killed when this generator is
    closed, and when ``source`` raises: then this raises the same, after what was written before. Raises Failed where
    ffmpeg ends with an error.
    """
    child = await asyncio.create_subprocess_exec(
        *(_program(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-protocol_whitelist", "pipe"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
        start_new_session=True,
    )
    assert child.stdin
    assert child.stdout
    assert child.stderr
    last: deque[str] = deque(maxlen=12)
    feeding = asyncio.create_task(_feed(source, child))
    reading = asyncio.create_task(_read_log(child.stderr, last))
    try:
        _limit(child.pid, limits)
        while made := await child.stdout.read(_PIPE_BYTES):
            yield made
        await child.wait()
        if feeding.done():
            feeding.result()
        await reading
    finally:
        feeding.cancel()
        reading.cancel()
        await asyncio.gather(feeding, reading, return_exceptions=True)
        if child.returncode is None:
            _kill(child.pid)
        child.stdin.close()
        # What is left in its pipes is read, or they would stay open.
        await child.communicate()
    if child.returncode:
        _log_end(child.returncode, last)
        raise Failed(child.returncode, last)


async def _feed(source: AsyncGenerator[bytes], child: asyncio.subprocess.Process) -> None:
    assert child.stdin
    try:
        async with aclosing(source):
            async for given in source:
                child.stdin.write(given)
                await child.stdin.drain()
        child.stdin.close()
    except ConnectionError:
        pass  # It has ended: its exit code says why.
    except BaseException:
        _kill(child.pid)
        raise


async def _read_log(log: asyncio.StreamReader, last: deque[str]) -> None:
    while part := await log.read(_MAX_LINE_BYTES):
        last.extend(part.decode(errors="replace").splitlines())


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def _program() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ConfigError("ffmpeg is missing on this worker; install the package imageio-ffmpeg") from error


def _limit(pid: int, limits: Limits) -> None:
    wanted = {resource.RLIMIT_DATA: limits.memory_bytes, resource.RLIMIT_FSIZE: limits.file_bytes}
    wanted |= {resource.RLIMIT_CORE: 0} | ({resource.RLIMIT_CPU: limits.cpu_s} if limits.cpu_s else {})
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ProcessLookupError):
            resource.prlimit(pid, kind, (most, most))


def _lines(child: subprocess.Popen[bytes], cancellation: Cancellation) -> Iterator[tuple[str, bool]]:
    """Yield each line of the child until it closes its output and log, and whether the line is from the log."""
    assert child.stdout
    assert child.stderr
    wake, woken = socket.socketpair()

    def wake_up() -> None:
        with suppress(OSError):
            wake.send(b"\0")

    with wake, woken, selectors.DefaultSelector() as selector, cancellation.notifying(wake_up):
        selector.register(woken, selectors.EVENT_READ)
        rest = {child.stdout: b"", child.stderr: b""}
        for pipe in rest:
            selector.register(pipe, selectors.EVENT_READ)
        while len(selector.get_map()) > 1:
            cancellation.check()
            for key, _ in selector.select(cancellation.remaining_s()):
                if key.fileobj is woken:
                    continue
                pipe = child.stdout if key.fileobj is child.stdout else child.stderr
                read = os.read(key.fd, 1 << 16)
                if not read:
                    selector.unregister(pipe)
                *whole, rest[pipe] = (rest[pipe] + read).split(b"\n")
                rest[pipe] = rest[pipe][-_MAX_LINE_BYTES:]
                for line in whole:
                    yield line[:_MAX_LINE_BYTES].decode(errors="replace").strip("\r"), pipe is child.stderr


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill ffmpeg, if it still runs."""
    if child.poll() is None:
        _kill(child.pid)
        child.wait()
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()


def _kill(pid: int) -> None:
    """Kill ffmpeg with every process that it started."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
