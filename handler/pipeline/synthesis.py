"""Chunks become one speech: the engine speaks them one by one, and each is placed as soon as its take is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from handler.errors import EngineError
from handler.jobs import Job
from handler.media import audio
from handler.pipeline.takes import Ranking, Take
from handler.protocols import Engine
from handler.types import Chunk, ChunkAudio, Span, Speech, SpeechOptions, Voice

Placed = Callable[[Chunk, Take, Span], None]
"""Told of each chunk in order: the take that was kept, and where it stands in the whole. Must not block."""


def synthesize(
    chunks: Sequence[Chunk],
    voice: Voice,
    options: SpeechOptions,
    engine: Engine,
    job: Job,
    ranking: Ranking | None = None,
    placed: Sequence[Placed] = (),
) -> tuple[Speech, Sequence[Take]]:
    """Speak the chunks and join them; also the take that was kept of each.

    With a ``ranking`` that is the best of its takes, chosen while the next chunk is spoken; the chunk after that is not
    asked for before, so that the losing takes of few chunks are held. Seconds spent waiting for the engine count as
    the job's stage ``speak``, those for a choice as ``align``.
    """
    joiner = audio.Joiner(engine.sample_rate, _cross_fade(options, engine))
    kept: list[Take] = []

    def place(take: Take) -> None:
        chunk = chunks[len(kept)]
        for warning in take.spoken.warnings:
            job.warn(warning.code, warning.message)
        span = joiner.add(take.spoken.samples, chunk.pause_before, chunk.pause_after)
        kept.append(take)
        for tell in placed:
            tell(chunk, take, span)

    def place_chosen(choice: Callable[[], Take] | None) -> None:
        if choice is not None:
            with job.stage("align"):
                take = choice()
            place(take)

    if ranking and not ranking.possible:
        options = replace(options, takes=1)
    choice = None
    job.progress("speak", 0, len(chunks))
    with job.stage("speak"):
        speaking = engine.speak(chunks, voice, options, job.cancellation)
    with _closing(speaking):
        for done, chunk in enumerate(chunks, 1):
            with job.stage("speak"):
                takes = tuple(islice(speaking, options.takes))
            if len(takes) < options.takes:
                raise EngineError("the engine stopped before the end of the text; send the job again")
            job.progress("speak", done, len(chunks))
            place_chosen(choice)
            if ranking:
                choice = ranking.begin(chunk, takes)
            else:
                place(Take(takes[0]))
        place_chosen(choice)
    with job.stage("speak"):
        samples, spans = joiner.joined()
    words = tuple(take.spoken.words for take in kept)
    return Speech(samples, engine.sample_rate, options.seed, engine.name, spans, words), kept


def _cross_fade(options: SpeechOptions, engine: Engine) -> float:
    # With a target_duration each chunk is given its exact share: an overlap would take from it.
    given = options.target_duration is not None and "target_duration" in engine.options
    return options.cross_fade_duration if "cross_fade_duration" in engine.options and not given else 0.0


@contextmanager
def _closing(speaking: Iterator[ChunkAudio]) -> Iterator[None]:
    """Abandon what is not spoken yet when the block is left: an engine may have begun it."""
    try:
        yield
    finally:
        close = getattr(speaking, "close", None)
        if close is not None:
            close()
