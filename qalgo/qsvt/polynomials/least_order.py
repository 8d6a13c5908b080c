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
    failing, passing = (-1, math.inf), (math.inf, -math.inf)  # (order, log of error / epsilon)
    result: tuple[RealVector, float] | None = None
    order = guess
    for _ in range(ATTEMPTS):
        checked_degree(order if order <= MAX_ORDER else math.inf, f"raise epsilon or the gap (order <= {MAX_ORDER:,})")
        error, coefficients = solve(order)
        excess = math.log(error / epsilon)
        if error <= epsilon:
            passing, result = (order, excess), (coefficients, error)
        else:
            failing = (order, excess)
        # One order less is at least a factor exp(rate) worse.
        if passing[0] == failing[0] + 1 or passing[1] > -0.999 * rate:
            break
        order = _next_order(failing, passing, rate)
    if result is None:
        raise ConvergenceError(f"no order up to {order} reaches epsilon={epsilon:.3g}; raise epsilon")
    return result


def _next_order(failing: tuple[float, float], passing: tuple[float, float], rate: float) -> int:
    """Return the next order: by the secant between a failing and a passing one, by the rate from one of them alone."""
    if failing[0] < 0:
        order = int(passing[0])
        return max(0, order - max(1, min(math.floor(-passing[1] / rate), order // 8 + 1)))
    if math.isinf(passing[0]):
        order = int(failing[0])
        return order + max(1, min(math.ceil(failing[1] / rate), order // 8 + 1))
    slope = (passing[1] - failing[1]) / (passing[0] - failing[0])
    return min(max(math.ceil(failing[0] - failing[1] / slope), int(failing[0]) + 1), int(passing[0]) - 1)
