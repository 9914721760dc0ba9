"""Logistic regression, for the numbers that turn evidence into probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

STEPS = 25


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
        likely = 1 / (1 + np.exp(-(rows @ found + offset)))
        slope = rows.T @ (weights * (right - likely)) - penalty @ found
        found += np.linalg.solve((rows.T * (weights * likely * (1 - likely))) @ rows + penalty, slope)
    return found
