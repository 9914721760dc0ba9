"""Chunks as requests to an engine, with the seeds of a job without takes."""

from __future__ import annotations

from collections.abc import Iterable

from handler.pipeline.takes import seed_of
from handler.types import Chunk, SpeechRequest


def requests_for(chunks: Iterable[Chunk], seed: int = 0, takes: int = 1) -> list[SpeechRequest]:
    """Each chunk with the seeds of its takes, in a job with ``seed``."""
    return [SpeechRequest(chunk, seed_of(seed, chunk.index, take)) for chunk in chunks for take in range(takes)]
