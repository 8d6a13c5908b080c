"""The smallest order whose error is at most epsilon, when the error of one order is expensive to find."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError
from qalgo.qsvt.polynomials.checks import checked_degree

__all__ = ["least_order"]

RealVector = npt.NDArray[np.float64]

ATTEMPTS = 24
MAX_ORDER = 150_000
"""Exchanges on more extrema take longer than some ten seconds."""


def least_order(
    solve: Callable[[int], tuple[float, RealVector]], guess: int, rate: float, epsilon: float
) -> tuple[RealVector, float]:
    """Return (coefficients, error) of the smallest order with error <= epsilon.

    Args:
        solve: order -> (error, coefficients); the error falls at least as fast as exp(-rate * order), asymptotically.
        guess: where to begin.
        rate: of the geometric decay, by which the next order is foreseen.
        epsilon: largest error.

    Raises:
        ProblemError: the order is beyond what can be solved.
        ConvergenceError: no order was found.
    """
    failing, passing, result = -1, math.inf, None
    order = guess
    for _ in range(ATTEMPTS):
        checked_degree(order if order <= MAX_ORDER else math.inf, f"raise epsilon or the gap (order <= {MAX_ORDER:,})")
        error, coefficients = solve(order)
        steps = math.log(error / epsilon) / rate if error > 0.0 else -math.inf
        if error <= epsilon:
            passing, result = order, (coefficients, error)
            # The foreseen error of the order before is above epsilon by more than the guess can be wrong.
            if order == failing + 1 or order == 0 or steps > -0.999:
                break
            order = max(failing + 1, order - max(1, math.floor(-steps))) if steps > -math.inf else failing + 1
        else:
            failing = order
            order = order + max(1, math.ceil(steps))
            if order >= passing:
                order = int(passing) - 1
            if order == failing:
                break
    if result is None:
        raise ConvergenceError(f"no order up to {order} reaches epsilon={epsilon:.3g}; raise epsilon")
    return result
