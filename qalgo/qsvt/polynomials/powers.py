"""power and square_root: |x|^c outside a gap, by the best polynomial of a parity."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import ROUNDING
from qalgo.qsvt.polynomials.checks import between, checked_sup, reachable, real_number
from qalgo.qsvt.polynomials.equioscillation import PEAK_ALLOWANCE, equioscillating, expanded, likely_order
from qalgo.qsvt.polynomials.least_order import least_order

__all__ = ["power", "square_root"]

RealVector = npt.NDArray[np.float64]

SOURCE = "best polynomial of its parity by exchange of extrema (Remez)"
LARGEST_EXPONENT = 100.0
LARGEST_EVEN_ORDER = 1500
"""The exchanges of even powers, whose extrema are shifted most, take seconds beyond."""


def square_root(
    delta: float, epsilon: float, *, parity: Literal["even", "odd"] = "even", sup: float = 0.99
) -> Polynomial:
    r"""Return the best polynomial for sqrt(|x|), delta <= |x| <= 1, within ``epsilon``: :func:`power` with c = 1/2."""
    return power(0.5, delta, epsilon, parity=parity, sup=sup)


def power(
    exponent: float, delta: float, epsilon: float, *, parity: Literal["even", "odd"] = "even", sup: float = 0.99
) -> Polynomial:
    r"""Return the polynomial of least degree and given parity that is |x|^c within ``epsilon`` for delta <= |x| <= 1.

    For "odd" the target is sign(x) |x|^c. The error is absolute; for negative exponents the target reaches delta^c.
    Nothing is promised inside the gap but |P| <= sup. A natural number c of the same parity gives x^c itself.

    Args:
        exponent: c, between -100 and 100.
        delta: half width of the gap around 0, between 0 and 1.
        epsilon: largest absolute error of scale * P, between 0 and 1.
        parity: "even" or "odd".
        sup: bound that |P| keeps on [-1, 1]; scale is the largest value of the polynomial over it.

    Raises:
        ProblemError: an argument out of range, or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of values of this size.
    """
    exponent = real_number("exponent", exponent)
    if not abs(exponent) <= LARGEST_EXPONENT:
        raise ProblemError(f"exponent is {exponent:g}; allowed: between -100 and 100")
    delta = between("delta", delta, 0.0, 1.0, "it is half the width of the gap around 0")
    epsilon = between("epsilon", epsilon, 0.0, 1.0)
    if parity not in ("even", "odd"):
        raise ProblemError(f"parity is {parity!r}; allowed: 'even' or 'odd'")
    odd = parity == "odd"
    largest = max(1.0, math.exp(min(700.0, exponent * math.log(delta))))
    # Calibrated by long double: errors up to twice a quarter of this were seen at large negative exponents.
    rounding = 4.0 * ROUNDING * (8.0 + delta**-0.5) * largest
    reachable(8.0 * rounding, epsilon)
    if exponent >= 0.0 and exponent == int(exponent) and int(exponent) % 2 == odd:
        series, error = _monomial(int(exponent)), rounding
    else:
        series, error = _best(exponent, delta, epsilon, odd, rounding)
    return bounded(
        series,
        checked_sup(sup),
        error=error,
        domain=((-1.0, -delta), (delta, 1.0)),
        target=f"{'sign(x) ' if odd else ''}|x|^{exponent:g}, gap {delta:g}",
        source=SOURCE,
        function=lambda x: np.abs(x) ** exponent * (np.sign(x) if odd else 1.0),
    )


def _best(exponent: float, delta: float, epsilon: float, odd: bool, rounding: float) -> tuple[RealVector, float]:
    # An odd polynomial is x q(x^2): q approximates |x|^(c - 1) with weight |x|.
    shifted = exponent - 1.0 if odd else exponent

    def function(x: RealVector) -> RealVector:
        return np.asarray(x**shifted)

    def weight(x: RealVector) -> RealVector:
        return x if odd else np.ones_like(x)

    def solve(order: int) -> tuple[float, RealVector]:
        if not odd and order > LARGEST_EVEN_ORDER:
            raise ProblemError(
                f"the degree would be about {2 * order:,}; allowed: at most {2 * LARGEST_EVEN_ORDER:,} "
                "for even powers; raise epsilon or delta, or take parity='odd'"
            )
        found = equioscillating(delta, order, function, weight)
        return found.largest * PEAK_ALLOWANCE + rounding, found.coefficients

    guess = likely_order(delta, epsilon - rounding, function, weight)
    coefficients, error = least_order(solve, guess, 2.0 * math.atanh(delta), epsilon)
    return expanded(coefficients, delta, odd), error


def _monomial(exponent: int) -> RealVector:
    """Return the Chebyshev coefficients of x^c: binomials / 2^(c - 1)."""
    coefficients = np.zeros(exponent + 1)
    for k in range(exponent % 2, exponent + 1, 2):
        coefficients[k] = math.comb(exponent, (exponent - k) // 2) / 2.0 ** (exponent - (k > 0))
    return coefficients
