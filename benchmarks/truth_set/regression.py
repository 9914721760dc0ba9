"""Logistic regression, for the numbers that turn evidence into probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

STEPS = 25


class TooLittle(Exception):
    """The words that there are tell nothing of what is to be fitted; ``reason`` is which they are."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"there is too little to fit: {reason}; take more clips, or harder ones")


def require_both(right: BoolArray, what: str) -> None:
    """Raise TooLittle unless some words (N) are right and some are not; ``what`` says what the right ones are."""
    if not 0 < right.sum() < len(right):
        raise TooLittle(f"{right.sum()} of {len(right)} words {what}")


def logistic(
    rows: FloatArray,
    right: FloatArray,
    *,
    ridge: FloatArray | float = 0.0,
    weights: FloatArray | float = 1.0,
    offset: FloatArray | float = 0.0,
) -> FloatArray:
    """The coefficients of the columns of ``rows`` (N x K) for log odds of ``right`` (N, 0 or 1), by Newton's method.

    ``ridge`` is the penalty of each coefficient's square, ``offset`` what the log odds have beside the columns.
    """
    penalty = np.diag(np.broadcast_to(ridge, rows.shape[1]))
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        likely = np.exp(-np.logaddexp(0, -(rows @ found + offset)))
        slope = rows.T @ (weights * (right - likely)) - penalty @ found
        found += np.linalg.solve((rows.T * (weights * likely * (1 - likely))) @ rows + penalty, slope)
    return found
