"""Searches for the likeliest path through a CTC model's emissions: ours in numpy, ours in torch, and torchaudio's.

    python benchmarks/ctc_search.py [--minutes 0.5 1 5] [--device cuda] [--seed 1]

Emissions are random, and the text has fourteen characters in a second, as people say. All searches must find paths of
the same score, or this ends with 1. Each runs in a process of its own: "memory" is by how much the process grew at
most, without the emissions; a device's is what torch took of it. The last line, and the JSON object, say from how many
cells (frames times states) on torch is faster than numpy: `LONG_CELLS` of `handler/aligners/ctc.py`. torchaudio's
`forced_align` is left out where it is not there; it is gone from 2.9 on.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from handler.aligners import viterbi
from handler.aligners.viterbi import Lattice
from handler.types import Samples

FRAMES_PER_S, CHARACTERS_PER_S = 50, 14
CHARACTERS = 30  # of the model, the blank included
WARM_UP = 0.05  # minutes: libraries are loaded by it, and a device is started
REPEATS = 3
SAME_SCORE = 1e-5  # relative: torchaudio adds in float32


class Asked(NamedTuple):
    """A search to be measured."""

    name: str
    minutes: float
    device: str
    seed: int

    @property
    def on_device(self) -> bool:
        return self.name != "numpy" and self.device != "cpu"


class Measured(NamedTuple):
    """Seconds of the fastest of REPEATS, the megabytes that the search took, and the log probability of its path."""

    seconds: float
    memory_mb: float
    score: float


Labels = np.ndarray
"""The character of each frame, int [frames]."""
Searching = Callable[[Samples, np.ndarray], Labels]


def problem(minutes: float, seed: int) -> tuple[Samples, np.ndarray]:
    """Emissions of so many minutes, float32 [frames, CHARACTERS], and the characters of a text for them."""
    draw = np.random.default_rng(seed)
    scores = 4 * draw.standard_normal((round(60 * minutes * FRAMES_PER_S), CHARACTERS), np.float32)
    log_probs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return log_probs, draw.integers(1, CHARACTERS, round(60 * minutes * CHARACTERS_PER_S))


def cells(minutes: float) -> int:
    """The frames of a problem times the states of its lattice."""
    return round(60 * minutes * FRAMES_PER_S) * (2 * round(60 * minutes * CHARACTERS_PER_S) + 1)


def score(emissions: Samples, labels: Labels) -> float:
    """The log probability of a path."""
    return float(emissions[np.arange(len(labels)), labels].sum(dtype=np.float64))


def ours(emissions: Samples, tokens: np.ndarray) -> Labels:
    """The search in numpy."""
    lattice = _lattice(tokens)
    return _characters(viterbi.search(lattice, emissions).path(), tokens)


def ours_torch(device: str, emissions: Samples, tokens: np.ndarray) -> Labels:
    """The search in torch."""
    from handler.aligners import viterbi_torch

    lattice = _lattice(tokens)
    return _characters(viterbi_torch.search(lattice, emissions, device).path(), tokens)


def torchaudio_own(device: str, emissions: Samples, tokens: np.ndarray) -> Labels:
    """torchaudio's search."""
    import torch
    from torchaudio import functional  # type: ignore[import-untyped]

    given = torch.from_numpy(emissions)[None].to(device)
    with warnings.catch_warnings():  # that it is deprecated
        warnings.simplefilter("ignore")
        path, _ = functional.forced_align(given, torch.from_numpy(tokens)[None].to(device))
    characters: Labels = path[0].cpu().numpy()
    return characters


def searches(device: str) -> dict[str, Searching]:
    """Those that there are here, by name; numpy's is on the processor whatever the device."""
    found: dict[str, Searching] = {"numpy": ours, "torch": partial(ours_torch, device)}
    try:
        from torchaudio import functional
    except ImportError:
        return found
    return {**found, "torchaudio": partial(torchaudio_own, device)} if hasattr(functional, "forced_align") else found


def _lattice(tokens: np.ndarray) -> Lattice:
    return Lattice(tokens.astype(np.intp), 0, np.zeros(len(tokens) + 1, np.bool_))


def _characters(states: np.ndarray, tokens: np.ndarray) -> Labels:
    return np.where(states % 2, np.append(tokens, 0)[states // 2], 0)


def measure(asked: Asked) -> Measured:
    """Search in this process, which must have searched nothing yet, and whose VmHWM is set back."""
    search = searches(asked.device)[asked.name]
    search(*problem(WARM_UP, asked.seed))
    emissions, tokens = problem(asked.minutes, asked.seed)
    before = _start_peak_mb(asked)
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        labels = search(emissions, tokens)
        seconds.append(time.perf_counter() - began)
    return Measured(min(seconds), _peak_mb(asked) - before, score(emissions, labels))


def _start_peak_mb(asked: Asked) -> float:
    """Forget how much memory was used so far; return how much is now."""
    if asked.on_device:
        import torch

        torch.cuda.reset_peak_memory_stats()
    else:
        Path("/proc/self/clear_refs").write_text("5")  # sets VmHWM back, proc(5)
    return _peak_mb(asked)


def _peak_mb(asked: Asked) -> float:
    if asked.on_device:
        import torch

        return torch.cuda.max_memory_allocated() / 1e6
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def faster_from(measured: Mapping[float, Mapping[str, Measured]]) -> int | None:
    """The cells from which on torch was faster than numpy in all that was measured, by minutes; None if nowhere."""
    least = None
    for minutes in sorted(measured, reverse=True):
        if measured[minutes]["torch"].seconds >= measured[minutes]["numpy"].seconds:
            break
        least = cells(minutes)
    return least


def main() -> int:
    """Print a table, then one JSON object of figures; 1 if two searches found paths of other scores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, nargs="+", default=[0.5, 1.0, 5.0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    names, differ = list(searches(arguments.device)), False
    measured: dict[float, dict[str, Measured]] = {}
    print(f"{'minutes':>8}{'cells':>9}{'':>4}" + "".join(f"{name:>22}" for name in names))
    for minutes in arguments.minutes:
        found = measured[minutes] = {}
        for name in names:
            with multiprocessing.get_context("spawn").Pool(1) as process:
                found[name] = process.apply(measure, (Asked(name, minutes, arguments.device, arguments.seed),))
        texts = [f"{each.seconds:10.3f} s{each.memory_mb:7.0f} MB" for each in found.values()]
        print(f"{minutes:8g}{cells(minutes) / 1e6:7.1f} M{'':>4}" + "".join(f"{text:>22}" for text in texts))
        scores = [each.score for each in found.values()]
        differ |= max(scores) - min(scores) > SAME_SCORE * abs(scores[0])
    least = faster_from(measured)
    where = "nowhere" if least is None else f"from {least / 1e6:.1f} M cells on"
    print(f"\ntorch on {arguments.device} is faster than numpy {where}")
    figures = {f"{minutes:g}": {name: each._asdict() for name, each in of.items()} for minutes, of in measured.items()}
    made = {"device": arguments.device, "same_scores": not differ, "faster_from_cells": least, "minutes": figures}
    print("\n" + json.dumps(made))
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
