"""What is told of files and objects that are removed: by a sweep of the worker, or by a rule of the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Removed:
    """What a sweep has removed: how many files or objects, and how many bytes they had."""

    count: int = 0
    bytes: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(self.count + other.count, self.bytes + other.bytes)


@dataclass(frozen=True)
class ExpiryRule:
    """A rule of a bucket: all objects whose keys start with ``prefix`` are removed so many days after their writing."""

    id: str
    prefix: str
    days: int


@dataclass(frozen=True)
class Sweep:
    """A sweep of this process: when (Unix time), and what it has removed, by kind."""

    time: float
    removed: Mapping[str, Removed]
    seconds: float
    forced: bool = False
    """Whether somebody has asked for it."""


MAX_SWEEPS = 10  # that a process remembers
