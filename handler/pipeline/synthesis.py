"""Speak the chunks of a job and join them: each chunk is joined as soon as its take is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from handler.errors import EngineError
from handler.jobs import Job
from handler.media import audio
from handler.pipeline.takes import Take, TakeSelector, seed_of
from handler.protocols import Engine
from handler.types import Chunk, ChunkAudio, Span, Speech, SpeechOptions, SpeechRequest, Voice

ChunkListener = Callable[[Chunk, Take, Span], None]
"""Called for each chunk in order, with its take and its span in the whole speech. Must not block."""


def synthesize(
    chunks: Sequence[Chunk],
    voice: Voice,
    options: SpeechOptions,
    seed: int,
    engine: Engine,
    job: Job,
    selector: TakeSelector | None = None,
    listeners: Sequence[ChunkListener] = (),
) -> tuple[Speech, Sequence[Take]]:
    """Speak the chunks and join them; return the speech and the take that was kept of each chunk.

    A ``selector`` chooses the best of several takes while the next chunk is spoken. The chunk after that is not asked
    for before, so that the losing takes of only two chunks are held. Seconds spent waiting for the engine count as the
    job's stage ``speak``, those for the selector as ``align``.
    """
    joiner = audio.Joiner(engine.sample_rate, engine.cross_fade_s(options))
    kept: list[Take] = []

    def keep(take: Take) -> None:
        chunk = chunks[len(kept)]
        for warning in take.spoken.warnings:
            job.warn(warning.code, warning.message)
        span = joiner.add(take.spoken.samples, chunk.pause_before, chunk.pause_after)
        kept.append(take)
        for on_chunk in listeners:
            on_chunk(chunk, take, span)

    def keep_selected(selection: Callable[[], Take] | None) -> None:
        if selection is not None:
            with job.timed("align"):
                take = selection()
            keep(take)

    count = selector.takes if selector else 1
    requests = [SpeechRequest(chunk, seed_of(seed, chunk.index, take)) for chunk in chunks for take in range(count)]
    selection = None
    job.progress("speak", 0, len(chunks))
    with job.timed("speak"):
        speaking = engine.speak(requests, voice, options, job.cancellation)
    with _closing(speaking):
        for done, chunk in enumerate(chunks, 1):
            with job.timed("speak"):
                spoken = tuple(islice(speaking, count))
            if len(spoken) < count:
                raise EngineError("the engine stopped before the end of the text; send the job again")
            takes = [Take(each, seed_of(seed, chunk.index, take)) for take, each in enumerate(spoken)]
            job.progress("speak", done, len(chunks))
            keep_selected(selection)
            if selector:
                selection = selector.submit(chunk, takes)
            else:
                keep(takes[0])
        keep_selected(selection)
    with job.timed("speak"):
        samples, spans = joiner.joined()
    return Speech(samples, engine.sample_rate, spans), kept


@contextmanager
def _closing(speaking: Iterator[ChunkAudio]) -> Iterator[None]:
    """Abandon what is not spoken yet when the block is left: an engine may have begun it."""
    try:
        yield
    finally:
        close = getattr(speaking, "close", None)
        if close is not None:
            close()
