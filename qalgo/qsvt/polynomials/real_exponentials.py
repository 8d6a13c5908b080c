"""exponential and gaussian: series of modified Bessel functions, cut where their tail is measured to be small."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import ROUNDING
from qalgo.qsvt.polynomials.checks import between, checked_degree, checked_sup, reachable, real_number

__all__ = ["exponential", "gaussian", "modified_bessel"]

RealVector = npt.NDArray[np.float64]

SOURCE = "Jacobi-Anger expansion at imaginary argument, cut at the measured tail"
SUM_ROUNDING = 8.0 * ROUNDING
"""The coefficients sum to at most 2, whatever the argument."""


def exponential(beta: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the polynomial that is exp(-beta (1 - x)) within ``epsilon`` on [-1, 1].

    The thermal factor of a Hamiltonian H whose encoding is I - H / (its half range): beta is that many times the
    inverse temperature. Negative beta gives exp(-\|beta\| (1 + x)). Degree about sqrt(2 beta ln(1/epsilon)).

    Args:
        beta: any real number.
        epsilon: largest absolute error, between 0 and 1.
        sup: bound that |P| keeps on [-1, 1]; scale ~ 1 / sup.

    Raises:
        ProblemError: beta is not finite, epsilon outside (0, 1), or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of double precision.

    Source: Jacobi-Anger expansion at imaginary argument; arXiv:1806.01838, Section 5.
    """
    beta = real_number("beta", beta)
    series = _checked_series(abs(beta), epsilon)
    series[1:] *= 2.0
    if beta < 0.0:
        series[1::2] *= -1.0
    sign = "-" if beta >= 0.0 else "+"
    return _cut(
        series,
        1,
        epsilon,
        sup,
        f"exp(-{abs(beta):g} (1 {sign} x))",
        lambda x: np.exp(-abs(beta) * (1.0 - math.copysign(1.0, beta) * x)),
    )


def gaussian(width: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the even polynomial that is exp(-x^2 / (2 width^2)) within ``epsilon`` on [-1, 1].

    Degree about sqrt(2 ln(1/epsilon)) / width.

    Args:
        width: standard deviation, above 0.
        epsilon: largest absolute error, between 0 and 1.
        sup: bound that |P| keeps on [-1, 1]; scale ~ 1 / sup.

    Raises:
        ProblemError: width <= 0, epsilon outside (0, 1), or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of double precision.

    Source: Jacobi-Anger expansion at imaginary argument; arXiv:1707.05391.
    """
    width = between("width", width, 0.0, math.inf, "it is a standard deviation")
    series = _checked_series(0.25 / width / width if width > 1e-150 else math.inf, epsilon)
    series[1:] *= 2.0
    series[1::2] *= -1.0
    return _cut(
        series, 2, epsilon, sup, f"exp(-x^2 / (2 * {width:g}^2))", lambda x: np.exp(-0.5 * np.square(x / width))
    )


def modified_bessel(argument: float) -> RealVector:
    """Return exp(-z) I_j(z), j = 0, 1, ..., for z >= 0 until they are below 1e-30, by backward recurrence.

    All terms are positive, so that nothing cancels; exp(-z) (I_0 + 2 I_1 + 2 I_2 + ...) = 1 fixes the scale.
    """
    if argument < 1e-30:
        return np.array([1.0, 0.5 * argument, 0.0])
    # exp(-z) I_j(z) <= exp(-j^2 / (2 z + j)) or so for large z, (z / 2)^j / j! for small z.
    size = int(math.sqrt(160.0 * argument)) + 60
    above, here = 0.0, 1e-250
    column = [0.0] * size
    for j in range(size - 1, -1, -1):
        column[j] = here
        above, here = here, 2.0 * j / argument * here + above
        if here > 1e200:
            above, here = above * 1e-250, here * 1e-250
            column[j:] = [value * 1e-250 for value in column[j:]]
    total = column[0] + 2.0 * math.fsum(column[1:])
    return np.asarray(np.array(column) / total)


def _checked_series(argument: float, epsilon: float) -> RealVector:
    reachable(SUM_ROUNDING, between("epsilon", epsilon, 0.0, 1.0))
    checked_degree(2.0 * math.sqrt(160.0 * argument), "choose a smaller beta or a larger width")
    return modified_bessel(argument)


def _cut(
    series: RealVector, step: int, epsilon: float, sup: float, target: str, function: Callable[[RealVector], RealVector]
) -> Polynomial:
    """Keep the terms of T_(step j) beyond which the rest sums to at most epsilon."""
    tails = np.append(np.cumsum(np.abs(series[::-1]))[::-1], 0.0)
    kept = max(1, int(np.argmax(tails <= epsilon - SUM_ROUNDING)))
    coefficients = np.zeros(step * (kept - 1) + 1)
    coefficients[::step] = series[:kept]
    return bounded(
        coefficients,
        checked_sup(sup),
        error=float(tails[kept]) + SUM_ROUNDING,
        domain=((-1.0, 1.0),),
        target=target,
        source=SOURCE,
        function=function,
    )
