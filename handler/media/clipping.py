"""The share of clipped samples: a clipped wave has flat tops, a loud or a pure one has round ones.

Nearness to the peak does not tell them apart: a sine spends a sixth of its time within 3 % of it, at any frequency.
Within one top, though, it spends less than half of the time that it is above 94 % in the last 0.5 % (at most three of
five samples, wherever they fall), and a flat top nearly all of it.
"""

from __future__ import annotations

import numpy as np

from handler.types import Samples

_TOP, _HIGHEST = 0.94, 0.97  # of the recording's extreme: samples above the first are a top, if it reaches the second
_FLAT = 0.005  # of the extreme: a top is flat to this depth below its highest sample; more than a step of 8-bit sound
_SHORTEST = 3  # samples of the shortest flat top; any tone whose frequency divides the rate has two in a row
_MOSTLY = 0.7  # share of a top's samples that are flat in a flat top


def clipping_ratio(samples: Samples) -> float:
    """Share of the samples that lie in flat tops. The mean must have been taken out; 0 for silence.

    Positive and negative tops are measured each from its own extreme, for an offset parts them. Clipping is seen
    after the level was changed, but not after mp3 or a change of the rate: those make the tops round again.
    """
    flat = _flat(samples, float(samples.max()), np.greater_equal) + _flat(samples, float(samples.min()), np.less_equal)
    return flat / len(samples)


def _flat(samples: Samples, extreme: float, beyond: np.ufunc) -> int:
    where = np.flatnonzero(beyond(samples, np.float32(_TOP * extreme))) if extreme else np.empty(0, np.int64)
    if not len(where):
        return 0
    first = np.flatnonzero(np.diff(where, prepend=-2) > 1)
    heights = samples[where] / np.float32(extreme)
    lengths = np.diff(first, append=len(where))
    highest = np.maximum.reduceat(heights, first)
    flat = np.add.reduceat(heights >= np.repeat(highest - np.float32(_FLAT), lengths), first, dtype=np.int64)
    return int(flat[(flat >= _SHORTEST) & (flat >= _MOSTLY * lengths) & (highest >= _HIGHEST)].sum())
