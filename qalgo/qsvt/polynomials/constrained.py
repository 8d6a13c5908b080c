"""Minimax approximation on some intervals with a bound on the rest of [-1, 1], by linear programming."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.polynomials.chebyshev import ROUNDING, values_at
from qalgo.qsvt.polynomials.resolution import resolved

__all__ = ["constrained_series"]

RealVector = npt.NDArray[np.float64]
Interval = tuple[float, float]

MAX_CONSTRAINED_DEGREE = 200
"""A linear program of this degree takes a few seconds; the time grows with the cube."""
DENSITY = 6
"""Points per half oscillation of the fastest term in the linear program."""
MARGIN = 0.98
"""Share of epsilon that the program must reach on its points, so that the error between them is below epsilon."""
CERTIFYING_DENSITY = 32


def constrained_series(
    function: Callable[[RealVector], RealVector],
    epsilon: float,
    intervals: tuple[Interval, ...],
    parity: str | None,
    overshoot: float,
) -> tuple[RealVector, float]:
    """Return (coefficients, proven error) of the least degree found with error <= epsilon.

    Outside the intervals the polynomial stays below ``overshoot`` times the largest value of the function, on the
    points of the program; its true supremum is for the caller to bound.

    Raises:
        ConvergenceError: not reached at the largest degree.
        ProblemError: the function does not have the parity.
    """
    if parity is not None:
        _check_parity(function, epsilon, intervals, parity)
    pieces = [resolved(function, low, high, epsilon) for low, high in intervals]
    problem = _Problem(intervals, pieces, epsilon, overshoot)
    step, offset = (1, 0) if parity is None else (2, int(parity == "odd"))
    low, high = -1, 4
    best: tuple[RealVector, float] | None = None
    while best is None:
        degree = min(step * high + offset, MAX_CONSTRAINED_DEGREE - (MAX_CONSTRAINED_DEGREE - offset) % step)
        best = _attempt(problem, degree, step, offset)
        if best is None:
            if degree >= MAX_CONSTRAINED_DEGREE - 1:
                raise ConvergenceError(
                    f"degree {degree} does not reach epsilon={epsilon:.3g} on this domain; raise epsilon or overshoot, "
                    "widen the gaps between the intervals, or use the family made for the function (inverse, sign, ...)"
                )
            low, high = high, 2 * high
        else:
            high = (degree - offset) // step
    while high - low > 1:
        middle = (low + high) // 2
        found = _attempt(problem, step * middle + offset, step, offset)
        if found is None:
            low = middle
        else:
            high, best = middle, found
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    intervals: tuple[Interval, ...]
    pieces: list[tuple[RealVector, float]]
    """Series of the function on each interval, and what it misses."""
    epsilon: float
    overshoot: float


def _attempt(problem: _Problem, degree: int, step: int, offset: int) -> tuple[RealVector, float] | None:
    """Return the best series of a degree and its error on the intervals, or None if that is above epsilon."""
    from scipy.optimize import linprog

    intervals, epsilon = problem.intervals, problem.epsilon
    pieces = list(zip(intervals, problem.pieces, strict=True))
    points = [_points(interval, max(8, DENSITY * degree)) for interval in intervals]
    targets = [values_at(_local(x, interval), one[0]) for x, (interval, one) in zip(points, pieces, strict=True)]
    inside, wanted = np.concatenate(points), np.concatenate(targets)
    largest = float(np.max(np.abs(wanted)))
    outside = _complement(intervals, max(8, DENSITY * degree))
    orders = np.arange(offset, degree + 1, step)
    at_inside = np.cos(np.outer(np.arccos(inside), orders))
    at_outside = np.cos(np.outer(np.arccos(outside), orders))
    unit = max(largest, 1e-300)
    ones, zeros = np.ones((inside.size, 1)), np.zeros((outside.size, 1))
    rows = np.block([[at_inside, -ones], [-at_inside, -ones], [at_outside, zeros], [-at_outside, zeros]])
    right = np.concatenate([wanted / unit, -wanted / unit, np.full(2 * outside.size, problem.overshoot)])
    cost = np.zeros(orders.size + 1)
    cost[-1] = 1.0
    limits = [(None, None)] * orders.size + [(0.0, None)]
    outcome = linprog(cost, A_ub=rows, b_ub=right, bounds=limits, method="highs")
    if outcome.status != 0 or outcome.x[-1] * unit > MARGIN * epsilon:
        return None
    series = np.zeros(degree + 1)
    series[orders] = outcome.x[:-1] * unit
    error = max(_proven_error(series, interval, *one) for interval, one in pieces)
    return (series, error) if error <= epsilon else None


def _proven_error(series: RealVector, interval: Interval, target: RealVector, missed: float) -> float:
    """Bound of |P - function| on an interval: the difference is a polynomial there (Ehlich and Zeller 1964)."""
    degree = max(1, series.size - 1, target.size - 1)
    count = CERTIFYING_DENSITY * degree
    y = np.cos(np.pi * np.arange(count + 1) / count)
    x = np.clip(0.5 * (sum(interval) + (interval[1] - interval[0]) * y), -1.0, 1.0)
    seen = float(np.max(np.abs(values_at(x, series) - values_at(y, target))))
    rounding = 4.0 * ROUNDING * float(np.sum(np.abs(series)))
    return (seen + rounding) / math.cos(math.pi * degree / (2 * count)) + missed


def _points(interval: Interval, count: int) -> RealVector:
    """Return points of an interval, dense at its ends, as many as its share of the circle asks for."""
    low, high = interval
    share = (math.acos(low) - math.acos(high)) / math.pi
    number = max(16, math.ceil(share * count)) + 1
    return np.clip(0.5 * (low + high) - 0.5 * (high - low) * np.cos(np.linspace(0.0, np.pi, number)), -1.0, 1.0)


def _local(x: RealVector, interval: Interval) -> RealVector:
    low, high = interval
    return np.clip((2.0 * x - low - high) / (high - low), -1.0, 1.0)


def _complement(intervals: tuple[Interval, ...], count: int) -> RealVector:
    edges = [-1.0, *(edge for interval in intervals for edge in interval), 1.0]
    gaps = [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]
    return np.concatenate([_points(gap, count) for gap in gaps]) if gaps else np.zeros(0)


def _check_parity(
    function: Callable[[RealVector], RealVector], epsilon: float, intervals: tuple[Interval, ...], parity: str
) -> None:
    sign = 1.0 if parity == "even" else -1.0
    for low, high in intervals:
        for other_low, other_high in intervals:
            left, right = max(low, -other_high), min(high, -other_low)
            if left < right:
                x = np.linspace(left, right, 101)
                differences = [abs(float(function(point)) - sign * float(function(-point))) for point in x]
                if not max(differences) <= epsilon:
                    raise ProblemError(
                        f"the function is not {parity} on the domain: it differs by {max(differences):.3g}; "
                        "choose another parity, or a domain on one side of 0"
                    )
