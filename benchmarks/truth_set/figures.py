"""How well an aligner does in a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from benchmarks.recordings import PAUSE_S
from benchmarks.truth_set.speech import Clip
from handler.types import WordTime

FAR_MS = 200.0
"""A word that is farther off is seen to be wrong."""
NEAR_MS = 40.0
"""A word after a pause should be so near."""
_ALL_LOST = (np.inf, np.inf, np.inf)


class Placed(NamedTuple):
    """Where an aligner has put the words of a clip, and which of them it says are not spoken."""

    times: Sequence[WordTime | None]
    unspoken: frozenset[int] = frozenset()


@dataclass
class Tally:
    """What is counted of the words of a condition.

    A lost word has no time, or the aligner says that it is not spoken. One without a time is far off, and has no part
    in the errors; the others are where captions show them.
    """

    errors: list[float] = field(default_factory=list)
    """Of word starts in milliseconds, later ones above 0."""
    words: int = 0
    lost: int = 0
    far: int = 0
    paused: int = 0
    near: int = 0
    """Of those after pauses."""
    end_errors: list[float] = field(default_factory=list)
    """Of the ends of words before pauses, or before the end of the recording."""

    def add(self, clip: Clip, found: Sequence[WordTime | None], unspoken: frozenset[int] = frozenset()) -> None:
        """Count the words whose true times are known."""
        for number, (true, time) in enumerate(zip(clip.times, found, strict=True)):
            if true is None:
                continue
            error = 1000 * (time.start - true.start) if time else np.inf
            paused = clip.pause_before(number) >= PAUSE_S
            self.words += 1
            self.lost += time is None or number in unspoken
            self.far += abs(error) > FAR_MS
            self.paused += paused
            self.near += paused and abs(error) <= NEAR_MS
            self.errors += [error] if time else []
            if time and clip.pause_after(number) >= PAUSE_S:
                self.end_errors.append(1000 * (time.end - true.end))

    def figures(self) -> dict[str, float]:
        """Milliseconds, shares in percent, and counts."""
        distances = np.abs(self.errors)
        spread = (np.median(distances), np.mean(distances), np.percentile(distances, 90)) if self.errors else _ALL_LOST
        median, mean, p90 = map(float, spread)
        ends = np.abs(self.end_errors or [np.inf])
        return {
            "words": self.words,
            "median_ms": median,
            "mean_ms": mean,
            "p90_ms": p90,
            "far_percent": 100 * self.far / max(1, self.words),
            "paused": self.paused,
            "paused_near_percent": 100 * self.near / self.paused if self.paused else 100.0,
            "lost": self.lost,
            "end_median_ms": float(np.median(ends)),
            "end_p90_ms": float(np.percentile(ends, 90)),
        }


_HEADS = (
    "words",
    "median",
    "mean",
    "p90",
    f"> {FAR_MS:.0f} ms",
    "paused",
    f"≤ {NEAR_MS:.0f} ms",
    "lost",
    "ends",
    "ends p90",
)


def head() -> str:
    """The line above those of `line`."""
    return f"{'(starts, ms)':16}" + "".join(f"{name:>10}" for name in _HEADS)


def line(name: str, figures: Mapping[str, float]) -> str:
    """A line of the table."""
    cells = []
    for key, value in figures.items():
        unit = " %" if key.endswith("percent") else ""
        cells.append(f"{value:{10 - len(unit)}.{0 if isinstance(value, int) else 1}f}{unit}")
    return f"{name:16}" + "".join(cells)


def worst(conditions: Mapping[str, Mapping[str, float]]) -> dict[str, float | str | None]:
    """The worst figure of all conditions and the condition that has it, for each of the measures."""
    measures = {"median_ms": max, "mean_ms": max, "p90_ms": max, "far_percent": max, "paused_near_percent": min}
    found: dict[str, float | str | None] = {}
    for key, pick in measures.items():
        name = pick(conditions, key=lambda each, key=key: conditions[each][key])  # type: ignore[misc]
        value = conditions[name][key]
        # JSON has no infinity.
        found |= {f"worst_{key}": round(value, 2) if np.isfinite(value) else None, f"worst_{key}_in": name}
    return found
