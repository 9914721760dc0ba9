"""``handler bench``: how fast a worker speaks, cold and warm."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence

from handler.cli import inputs, opening
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, FAILED, UsageError
from handler.cli.workers import Worker

TEXT = (
    "The quick brown fox jumps over the lazy dog. It is a quarter past nine, and the train to the coast leaves in "
    "twenty minutes. Whoever wants a window seat had better hurry."
)
RUNS = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", metavar="TEXT", default=TEXT, help="what is said, a file of it, or -")
    parser.add_argument("--engine", metavar="NAME", help="the engine that speaks")
    parser.add_argument("--voice", metavar="VOICE", help="the voice (`handler voices list`)")
    parser.add_argument("--language", metavar="TAG", help="the language of the text")
    parser.add_argument("--captions", metavar="FORMATS", type=inputs.names_of, help=inputs.FORMATS_HELP)
    parser.add_argument("--runs", metavar="N", type=int, default=RUNS, help="so many warm runs (%(default)s)")
    parser.add_argument(
        "--rtf-threshold", metavar="X", type=float, help="exit with 1 if the median RTF of the warm runs is higher"
    )
    opening.add_arguments(parser)


def run(context: Context) -> int:
    options = context.options
    if options.runs < 1:
        raise UsageError("--runs must be at least 1")
    given = {
        "text": inputs.text_of(options.text),
        "engine": options.engine,
        "voice": options.voice,
        "language": options.language,
        "timing_format": options.captions,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    started = time.perf_counter()
    with opening.opened(context, engine=options.engine, language=options.language or "en") as worker:
        _, audio_s = _run(worker, fields)
        cold_s = time.perf_counter() - started
        warm = [_run(worker, {**fields, "seed": seed}) for seed in range(options.runs)]
    times, rtfs = [seconds for seconds, _ in warm], [seconds / length for seconds, length in warm]
    figures = {
        "cold_s": cold_s,
        "warm_p50_s": percentile(times, 50),
        "warm_p95_s": percentile(times, 95),
        "rtf_p50": percentile(rtfs, 50),
        "rtf_p95": percentile(rtfs, 95),
        "audio_s": audio_s,
        "runs": options.runs,
    }
    if context.terminal.json:
        context.terminal.out_json({name: round(value, 4) for name, value in figures.items()})
    else:
        context.terminal.table(("measure", "figure"), _rows(figures))
    limit = options.rtf_threshold
    if limit is not None and figures["rtf_p50"] > limit:
        context.terminal.error(f"bench: the RTF is {figures['rtf_p50']:.3f}, more than {limit:g}")
        return FAILED
    return DONE


def _run(worker: Worker, fields: dict[str, object]) -> tuple[float, float]:
    """Do a job; returns the seconds that it took, and those of its audio."""
    started = time.perf_counter()
    reply = worker.run(fields)
    return time.perf_counter() - started, float(reply["duration"])


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many per cent of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _rows(figures: dict[str, float]) -> list[list[str]]:
    return [
        ["first job, with the engine's start", f"{figures['cold_s']:.2f} s"],
        [f"further jobs ({figures['runs']}), p50", f"{figures['warm_p50_s']:.2f} s"],
        ["further jobs, p95", f"{figures['warm_p95_s']:.2f} s"],
        ["RTF (seconds for a second of speech), p50", f"{figures['rtf_p50']:.3f}"],
        ["RTF, p95", f"{figures['rtf_p95']:.3f}"],
        ["the speech", f"{figures['audio_s']:.1f} s"],
    ]


COMMAND = Command(
    "measure how fast it speaks: the first job, further ones (p50, p95), and the RTF",
    run,
    arguments,
    examples=(
        ("handler bench", "the default engine of this machine"),
        ("handler bench --engine piper --runs 20 --captions srt --json", "with captions, as JSON"),
        ("handler bench --rtf-threshold 0.5", "exit code 1 if two seconds of speech take more than one"),
        ("handler bench --endpoint ENDPOINT_ID", "a worker on RunPod, with the way to it"),
    ),
)
