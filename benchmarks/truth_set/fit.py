"""The coefficients of the confidence of sphinx, fitted to words of which is known whether they are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import numpy as np

from benchmarks.truth_set.regression import logistic, require_both
from handler.aligners import sphinx_confidence
from handler.aligners.sphinx_confidence import Evidence

RIDGE = 1.0
"""Keeps coefficients finite where a kind of evidence tells nothing."""


@dataclass
class Fit:
    """The evidence for words, and whether they are right, by the condition that they come from."""

    evidence: list[Evidence] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    _last: list[Evidence] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[Callable[[str, Sequence[bool | None]], None]]:
        """While it lasts, what sphinx makes of a text's words is kept.

        The function that it gives takes whether each of the words with a time is right, None for one to leave out.
        """
        rate = sphinx_confidence.calibrated

        def heard(each: Sequence[Evidence]) -> list[float]:
            self._last = list(each)
            return rate(each)

        with patch.object(sphinx_confidence, "calibrated", heard):
            yield self._judge

    def _judge(self, condition: str, right: Sequence[bool | None]) -> None:
        for evidence, each in zip(self._last, right, strict=True):
            if each is not None:
                self.evidence.append(evidence)
                self.right.append(each)
                self.conditions.append(condition)

    def coefficients(self) -> tuple[float, Evidence]:
        """The constant and the coefficients; conditions weigh alike, and so do right words and wrong ones.

        Raises TooLittle where no word is right, or every one.
        """
        require_both(np.array(self.right, np.bool_), "are right")
        given, right = np.array(self.evidence), np.array(self.right, np.float64)
        names, which, counts = np.unique(self.conditions, return_inverse=True, return_counts=True)
        weights = len(right) / len(names) / counts[which]
        share = float(weights @ right / len(right))
        weights *= np.where(right, 0.5 / share, 0.5 / (1 - share))
        mean, spread = given.mean(axis=0), given.std(axis=0) + 1e-9
        rows = np.column_stack([np.ones(len(right)), (given - mean) / spread])
        ridge = RIDGE * np.array([0.0, *np.ones(given.shape[1])])
        found = logistic(rows, right, ridge=ridge, weights=weights)
        each = found[1:] / spread
        return round(float(found[0] - each @ mean), 3), Evidence(*(round(float(value), 3) for value in each))
