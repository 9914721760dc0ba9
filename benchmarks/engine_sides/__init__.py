"""Each engine of this worker and its own package used plainly, for `benchmarks/engines.py`.

A module of an engine has the functions of `Engine`. Imports of heavy packages are inside, since they are measured.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Speak = Callable[[float, int], float]
"""Speaks about so many seconds in each of so many rows, and returns the seconds of speech that it made in all."""

SEED = 7
TEXT = (
    "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and "
    "should act towards one another in a spirit of brotherhood."
)
TRANSCRIPT = "Some call me nature, others call me mother nature."


class Side(NamedTuple):
    """What is measured of one program: its imports, its loading from a folder to a device, its speech."""

    imports: Callable[[], object]
    load: Callable[[Path, str], Speak]


class Engine(NamedTuple):
    """Both sides, and what writes the model's files: full size, random weights, where they are not there."""

    write: Callable[[Path], None]
    ours: Side
    upstream: Side
    batches: bool = False
    """Whether it speaks several rows in one batch."""
