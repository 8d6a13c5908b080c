"""From coefficients of any size to a Polynomial with |P| <= sup, proven."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.chebyshev import ROUNDING, sup_norm

__all__ = ["bounded"]

RealVector = npt.NDArray[np.float64]


def bounded(
    coefficients: RealVector,
    sup: float,
    *,
    error: float,
    domain: tuple[tuple[float, float], ...],
    target: str,
    source: str,
    function: Callable[[RealVector], RealVector],
    relative_error: float | None = None,
    at_least: float = 0.0,
    known: float = math.inf,
) -> Polynomial:
    """Divide the series, which is the target, by its proven bound or ``at_least``, and multiply it by ``sup``.

    ``known``: a bound that the construction proves; the one found on a grid is 0.03 % too large.

    One rounded division and a scale that is the divisor itself: no error that all coefficients have in common.
    """
    bound = min(sup_norm(coefficients)[1], known)
    # The margin covers the rounding of the division. The zero polynomial is bounded as it is.
    divisor = max(bound, at_least) / sup * (1.0 + 4.0 * ROUNDING) if bound > 0.0 or at_least > 0.0 else 1.0
    return Polynomial(
        coefficients / divisor,
        sup_bound=min(sup, bound / divisor * (1.0 + 4.0 * ROUNDING)),
        scale=divisor,
        error=error,
        domain=domain,
        target=target,
        source=source,
        relative_error=relative_error,
        function=function,
    )
