"""What the log says of a job that has ended: a line for each stage, then one for the job. docs/telemetry.md shows them.

A stage's line counts all its blocks: those of a book's thousand chunks are one line.
"""

from __future__ import annotations

import logging
from typing import Any

from handler.telemetry.job_trace import JobTrace

logger = logging.getLogger(__name__)


def write(trace: JobTrace) -> None:
    """Log a job that has ended, in its own context, which adds its id. Numbers and names of ours alone."""
    first: dict[str, float] = {}
    for stage in trace.stages:
        first.setdefault(stage.name, stage.started)
    for name, blocks in trace.blocks.items():
        line = {"endpoint": trace.endpoint, "stage": name, "seconds": trace.seconds[name], "blocks": blocks}
        if name in first:
            line["after"] = round(first[name] - trace.started, 4)
        logger.info("stage", extra=line | _worked_on(trace.sizes.get(name, {}), trace.seconds[name]))
    logger.info("job", extra=_of_job(trace))


def _of_job(trace: JobTrace) -> dict[str, Any]:
    line: dict[str, Any] = {
        "endpoint": trace.endpoint,
        "outcome": trace.outcome,
        "seconds": round(trace.ended - trace.started, 4),
    }
    if trace.audio_s:
        line |= {"engine": trace.engine, "audio_s": trace.audio_s, "rtf": trace.seconds["rtf"]}
    return line


def _worked_on(sizes: dict[str, float], seconds: float) -> dict[str, float]:
    """The sizes, and where they have sound the seconds of work for one of it."""
    audio_s = sizes.get("audio_s")
    return sizes | ({"rtf": round(seconds / audio_s, 4)} if audio_s else {})
