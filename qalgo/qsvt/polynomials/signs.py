"""The sign function outside a gap: the optimal odd polynomial, or an error function."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import ROUNDING
from qalgo.qsvt.polynomials.checks import between, checked_degree, checked_sup, reachable
from qalgo.qsvt.polynomials.equioscillation import PEAK_ALLOWANCE, equioscillating, expanded
from qalgo.qsvt.polynomials.least_order import least_order
from qalgo.qsvt.polynomials.real_exponentials import modified_bessel

__all__ = ["sign", "sign_series"]

RealVector = npt.NDArray[np.float64]


def sign(
    delta: float, epsilon: float, *, method: Literal["minimax", "erf"] = "minimax", sup: float = 0.99
) -> Polynomial:
    r"""Return the odd polynomial of least degree that is the sign of x within ``epsilon`` for delta <= |x| <= 1.

    "minimax": the unique best odd polynomial, found by exchanges of extrema; its error oscillates between +-E, E <=
    epsilon, with (d + 3) / 2 extrema on [delta, 1]. Its largest value 1 + E becomes ``sup``. Asymptotically
    (1 - delta) / sqrt(pi delta m) ((1 - delta) / (1 + delta))^m for degree 2 m + 1 (Eremenko and Yuditskii 2007).
    "erf": erf(k x) cut where its Chebyshev tail is small; nearly twice the degree, but a closed form for any degree.

    Args:
        delta: half width of the gap around 0 where nothing is promised, between 0 and 1.
        epsilon: largest absolute error of scale * P, between 0 and 1.
        method: "minimax" or "erf".
        sup: bound that |P| keeps on [-1, 1]. The optimal polynomial touches it everywhere on the domain, so that 1
            itself makes phases hard to find.

    Raises:
        ProblemError: delta or epsilon outside (0, 1), an unknown method, or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of double precision.

    Source: A. Eremenko and P. Yuditskii, J. Anal. Math. 101 (2007), 313; arXiv:1707.05391 for erf.
    """
    coefficients, error = sign_series(delta, epsilon, method)
    sup = checked_sup(sup)
    return bounded(
        coefficients,
        sup,
        error=error,
        domain=((-1.0, -float(delta)), (float(delta), 1.0)),
        target=f"sign(x), gap {delta:g}",
        source=SOURCES[method],
        function=np.sign,
    )


SOURCES = {
    "minimax": "best odd polynomial, A. Eremenko and P. Yuditskii, J. Anal. Math. 101 (2007), 313",
    "erf": "erf(k x), arXiv:1707.05391, cut at the measured tail",
}


def sign_series(delta: float, epsilon: float, method: str = "minimax") -> tuple[RealVector, float]:
    """Return the coefficients of a sign polynomial, not scaled (|S| <= 1 + error), and its error."""
    delta = between("delta", delta, 0.0, 1.0, "it is half the width of the gap around 0")
    epsilon = between("epsilon", epsilon, 0.0, 1.0)
    if method not in SOURCES:
        raise ProblemError(f"method is {method!r}; allowed: {', '.join(map(repr, SOURCES))}")
    rounding = ROUNDING * (8.0 + delta**-0.5)
    reachable(8.0 * rounding, epsilon)
    if method == "erf":
        return _error_function(delta, epsilon, rounding)

    def solve(order: int) -> tuple[float, RealVector]:
        found = equioscillating(delta, order, np.reciprocal, lambda x: x)
        return found.largest * PEAK_ALLOWANCE + rounding, found.coefficients

    coefficients, error = least_order(solve, _asymptotic_order(delta, epsilon), 2.0 * math.atanh(delta), epsilon)
    return expanded(coefficients, delta, odd=True), error


def _asymptotic_order(delta: float, epsilon: float) -> int:
    """Return m at which the asymptotic error of degree 2 m + 1 reaches epsilon."""
    rate = 2.0 * math.atanh(delta)
    order = 0.0
    # log((1 - delta) / sqrt(pi delta m)) - m rate = log(epsilon), by iteration: the square root varies slowly.
    for _ in range(50):
        prefactor = (1.0 - delta) / math.sqrt(math.pi * delta * max(order, 0.3 / delta))
        order = max(0.0, math.log(prefactor / epsilon) / rate)
    return math.ceil(order)


def _error_function(delta: float, epsilon: float, rounding: float) -> tuple[RealVector, float]:
    """Coefficients of erf(k x), erfc(k delta) = epsilon / 2, and at most epsilon / 2 in the tail."""
    k = -NormalDist().inv_cdf(0.25 * epsilon) / math.sqrt(2.0) / delta
    argument = 0.5 * k * k
    checked_degree(2.0 * math.sqrt(160.0 * argument), "choose a larger delta")
    values = modified_bessel(argument)
    orders = np.arange(values.size - 1)
    series = 2.0 * k / math.sqrt(math.pi) * (values[:-1] + values[1:]) / (2.0 * orders + 1.0)
    tails = np.append(np.cumsum(series[::-1])[::-1], 0.0)
    kept = max(1, int(np.argmax(tails <= 0.5 * epsilon - rounding)))
    coefficients = np.zeros(2 * kept)
    coefficients[1::2] = series[:kept] * (1.0 - 2.0 * (orders[:kept] % 2))
    return coefficients, 0.5 * epsilon + float(tails[kept]) + rounding
