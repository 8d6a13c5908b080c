"""fit: a polynomial for any callable, on all of [-1, 1] or on parts of it with a bound elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import sup_norm
from qalgo.qsvt.polynomials.checks import between, checked_sup, real_number
from qalgo.qsvt.polynomials.constrained import constrained_series
from qalgo.qsvt.polynomials.resolution import evaluated, resolved

__all__ = ["fit"]

RealVector = npt.NDArray[np.float64]
Function = Callable[[RealVector], RealVector]
Interval = tuple[float, float]

NEGLIGIBLE = 1e-14
"""Coefficients of the other parity below this share of the largest are rounding."""


def fit(
    function: Function,
    epsilon: float,
    *,
    domain: Interval | Sequence[Interval] = (-1.0, 1.0),
    parity: Literal["even", "odd"] | None = None,
    overshoot: float = 1.25,
    sup: float = 0.99,
    name: str = "",
) -> Polynomial:
    r"""Return a polynomial of nearly the least degree that is ``function`` within ``epsilon`` on ``domain``.

    On all of [-1, 1]: the Chebyshev series, found by interpolation on doubled grids, cut where its tail is measured to
    be below epsilon; no polynomial of the same degree has an error smaller than that by more than a factor of about
    log(degree). On one or several intervals: the minimax problem as a linear program, with |P| outside the domain
    bounded by ``overshoot`` times the largest |function| inside it; of the least degree, at most 200.

    Args:
        function: real function of x, on arrays or point by point, smooth on each interval of the domain.
        epsilon: largest absolute error of scale * P, above 0.
        domain: (low, high) or a sequence of such intervals inside [-1, 1].
        parity: "even" or "odd" for a polynomial of this parity: on a domain that contains x and -x the function must
            have it too. None: found out on [-1, 1], mixed elsewhere.
        overshoot: at least 1; more of it outside the domain shortens the polynomial and enlarges the scale.
        sup: bound that |P| keeps on [-1, 1]; scale ~ largest value over it.
        name: what to call the function in tables and plots.

    Raises:
        ProblemError: an argument out of range, values that are not finite, or a function without the parity.
        ConvergenceError: not smooth enough, not reachable in double precision, or not reached at the largest degree.

    Source: L. N. Trefethen, Approximation Theory and Approximation Practice (2019), chapters 3-8 and 16.
    """
    epsilon = between("epsilon", epsilon, 0.0, float("inf"))
    sup = checked_sup(sup)
    if parity not in (None, "even", "odd"):
        raise ProblemError(f"parity is {parity!r}; allowed: 'even', 'odd' or None")
    if not real_number("overshoot", overshoot) >= 1.0:
        raise ProblemError(f"overshoot is {overshoot!r}; allowed: at least 1")
    if not callable(function):
        raise ProblemError(f"function is {type(function).__name__}; allowed: a callable of x")
    intervals = _checked_domain(domain)
    if intervals == ((-1.0, 1.0),):
        series, error = _interpolated(function, epsilon, parity)
        source = "Chebyshev interpolation, cut at the measured tail"
    else:
        series, error = constrained_series(function, epsilon, intervals, parity, overshoot)
        source = "minimax on the domain, bounded elsewhere, by linear programming"
    return bounded(
        series,
        sup,
        error=error,
        domain=intervals,
        target=name or getattr(function, "__name__", "function"),
        source=source,
        function=lambda x: evaluated(function, np.atleast_1d(x)).reshape(np.shape(x)),
    )


def _interpolated(function: Function, epsilon: float, parity: str | None) -> tuple[RealVector, float]:
    series, missed = resolved(function, -1.0, 1.0, epsilon)
    largest = float(np.max(np.abs(series)))
    for wrong, name in ((1, "even"), (0, "odd")):
        other = float(np.sum(np.abs(series[wrong::2])))
        if parity == name and not other <= 0.1 * epsilon:
            raise ProblemError(
                f"the function is not {name}: its other part reaches {other:.3g}; "
                f"allowed: at most epsilon / 10; choose another parity or None"
            )
        if parity == name or (parity is None and largest > 0.0 and other <= NEGLIGIBLE * largest):
            series[wrong::2] = 0.0
            missed += other
    size = np.abs(series)
    tails = np.append(np.cumsum(size[::-1])[::-1], 0.0)
    # The sum of the coefficients is a bound of the tail that is easily too large by a factor; its supremum is not.
    low, kept = 1, max(1, int(np.argmax(tails <= epsilon - missed)))
    while low < kept:
        middle = (low + kept) // 2
        if sup_norm(_without(series, middle))[1] + missed <= epsilon:
            kept = middle
        else:
            low = middle + 1
    nonzero = np.flatnonzero(series[:kept])
    last = int(nonzero[-1]) if nonzero.size else 0
    rest = _without(series, last + 1)
    return series[: last + 1], min(float(np.sum(np.abs(rest))), sup_norm(rest)[1]) + missed


def _without(series: RealVector, kept: int) -> RealVector:
    rest = series.copy()
    rest[:kept] = 0.0
    return rest


def _checked_domain(domain: Interval | Sequence[Interval]) -> tuple[Interval, ...]:
    """Return the intervals sorted, disjoint and inside [-1, 1]."""
    try:
        array = np.atleast_2d(np.asarray(domain, dtype=np.float64))
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 2 or array.shape[1] != 2 or array.shape[0] == 0:
        raise ProblemError(f"domain is {domain!r}; allowed: (low, high) or a sequence of such pairs")
    intervals = sorted((real_number("domain", low), real_number("domain", high)) for low, high in array.tolist())
    for low, high in intervals:
        if not -1.0 <= low < high <= 1.0:
            raise ProblemError(f"domain contains ({low:g}, {high:g}); allowed: -1 <= low < high <= 1")
    for (_, end), (start, _) in pairwise(intervals):
        if not end < start:
            raise ProblemError(f"domain: intervals overlap at {start:g}; allowed: disjoint intervals")
    return tuple(intervals)
