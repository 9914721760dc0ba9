"""Feed ffmpeg with samples while they are made: hours of speech pass through it, and are never on the disk at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from handler.cancellation import in_thread
from handler.media import ffmpeg
from handler.media.audio import pcm16
from handler.types import Samples

_PIPE = "speech.pipe"


@contextmanager
def fed(folder: Path, pieces: Iterable[Samples], sample_rate: int) -> Iterator[ffmpeg.Input]:
    """An input of ffmpeg that consists of the pieces, one after another, as 16 bits; they are made in a thread.

    ``folder`` holds a named pipe for the block. What making the pieces raises is raised at the end of the block.
    """
    pipe = folder / _PIPE
    os.mkfifo(pipe)
    feeding = in_thread(lambda: _feed(pipe, pieces))
    try:
        yield ffmpeg.Input(pipe, "s16le", "pcm_s16le", ("-f", "s16le", "-ar", str(sample_rate), "-ch_layout", "mono"))
    finally:
        # A thread that still waits for a reader gets one, which is gone at once: it ends by an error of the pipe. One
        # that has not opened it yet finds none.
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        pipe.unlink()
        os.close(reader)
    feeding.result()


def _feed(pipe: Path, pieces: Iterable[Samples]) -> None:
    # Not to be created: the samples of a book would go to the disk, for nobody.
    with suppress(BrokenPipeError), os.fdopen(os.open(pipe, os.O_WRONLY), "wb") as file:
        for samples in pieces:
            file.write(pcm16(samples))
