"""The Chebyshev series of a callable on an interval, to the accuracy that is needed or to rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.polynomials.chebyshev import ROUNDING, coefficients_from, grid, values_at

__all__ = ["evaluated", "resolved"]

RealVector = npt.NDArray[np.float64]

SMALLEST_GRID, LARGEST_GRID = 16, 2**18
CHECKED_POINTS = 997


def evaluated(function: Callable[[RealVector], RealVector], x: RealVector) -> RealVector:
    """Return function(x), point by point if it does not take arrays.

    Raises:
        ProblemError: a value that is not a finite real number.
    """
    try:
        with np.errstate(all="ignore"):  # what comes of it is checked below
            values = np.asarray(function(x))
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != x.shape:
        values = np.array([function(point) for point in x])
    if values.shape != x.shape or values.dtype.kind not in "fiub":
        raise ProblemError("the function does not return one real number per point; allowed: real functions of x")
    values = values.astype(np.float64)
    bad = ~np.isfinite(values)
    if np.any(bad):
        raise ProblemError(
            f"the function is {values[bad][0]} at x={x[bad][0]:.6g}; allowed: finite on the whole domain; "
            "shrink the domain"
        )
    return values


def resolved(
    function: Callable[[RealVector], RealVector], low: float, high: float, epsilon: float
) -> tuple[RealVector, float]:
    """Return (series in (2 x - low - high) / (high - low), bound of what it misses), the latter below epsilon / 10.

    The grid is doubled until the upper half of the coefficients is negligible; the series is then compared with the
    function at points of another kind.

    Raises:
        ConvergenceError: the function is not smooth enough for the largest grid.
        ProblemError: a value that is not a finite real number.
    """
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    others = np.cos(np.pi * np.mod(np.arange(1, CHECKED_POINTS + 1) * 0.6180339887498949, 1.0))
    at_others = evaluated(function, middle + half * others)
    intervals = SMALLEST_GRID
    while intervals <= LARGEST_GRID:
        x = grid(intervals)
        series = coefficients_from(evaluated(function, middle + half * x))
        largest = float(np.max(np.abs(series)))
        noise = 8.0 * ROUNDING * largest
        upper = np.abs(series[intervals // 2 :])
        if float(np.max(upper)) <= max(noise, 0.01 * epsilon / intervals):
            kept = int(np.flatnonzero(np.abs(series) > 0.5 * noise)[-1]) if largest > 0.0 else 0
            missed = float(np.sum(np.abs(series[kept + 1 :]))) + 4.0 * noise
            series = series[: kept + 1]
            seen = float(np.max(np.abs(values_at(others, series) - at_others)))
            if seen <= 0.1 * epsilon:
                return series, max(missed, seen)
        intervals *= 2
    raise ConvergenceError(
        f"the function is not resolved to {epsilon:.2g} on [{low:g}, {high:g}] by {LARGEST_GRID:,} points; "
        "raise epsilon, or leave out of the domain where it is not smooth (or noisy)"
    )
