r"""1/(1 - x) with a small largest value: a few more queries for a much larger success probability.

The shortest polynomial for 1/(1 - x) on [-1, 1 - 2/kappa] overshoots between the domain and x = 1, where nothing is to
be approximated: it reaches (sqrt(kappa)/2)(m + 1), while kappa/2 would do. As the circuit carries P over its largest
value, the success probability pays for that squared. A linear program over the Chebyshev coefficients finds, for a
given degree, the polynomial of least largest value that keeps the relative error; degree times largest value, the order
of the cost with amplification, falls by 1.2 (epsilon = 1e-2) to 2.5 (1e-6) at kappa = 117.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.chebyshev import coefficients_from, grid, sup_norm
from qalgo.qsvt.polynomials.reciprocals import positive_definite_inverse

__all__ = ["likely_positive_definite_inverse", "quick_likely_inverse"]

RealVector = npt.NDArray[np.float64]

_STRETCHES = (1.15, 1.3, 1.5, 1.7, 2.0)
"""Degrees that are tried, in units of the least one."""
_GOOD_ENOUGH = 1.05
_MARGIN = 0.97
"""Share of epsilon that the linear program may use: the rest is for what lies between its points."""
LONGEST = 200
"""Largest degree of a linear program: seconds."""
LEAST, QUICK = 16, 80
"""Least degrees between which one program pays and takes at most about 0.1 s."""
_QUICK_STRETCH = 1.5


def quick_likely_inverse(kappa: float, epsilon: float, *, sup: float = 0.99) -> Polynomial | None:
    """Return one program's polynomial, 1.5 times the least degree, if that is below ``QUICK``; None without a gain."""
    shortest = positive_definite_inverse(kappa, epsilon, sup=sup)
    if not LEAST <= shortest.degree <= QUICK:
        return None
    found = _programmed(kappa, epsilon, math.ceil(_QUICK_STRETCH * shortest.degree), sup)
    gains = found is not None and found.degree * found.scale < shortest.degree * shortest.scale
    return found if gains else None


def likely_positive_definite_inverse(kappa: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return a polynomial for 1/(1 - x) as :func:`positive_definite_inverse`, of higher degree and smaller scale.

    Of the degrees tried it takes the shortest whose degree times scale is within 5 % of the best. The relative error is
    proven on a grid with the bound of Ehlich and Zeller, not taken from the program.

    Args:
        kappa: largest over smallest eigenvalue of A, above 1.
        epsilon: largest relative error, between 0 and 1.
        sup: bound that |P| keeps on [-1, 1].

    Raises:
        ProblemError: as :func:`positive_definite_inverse`.
        ConvergenceError: the least degree is above 100, or double precision does not reach epsilon.
    """
    shortest = positive_definite_inverse(kappa, epsilon, sup=sup)
    if 2 * shortest.degree > LONGEST:
        raise ConvergenceError(
            f"kappa={kappa:g} and epsilon={epsilon:g} take degree {shortest.degree} at least; allowed: at most "
            f"{LONGEST // 2} for a linear program; take the shortest polynomial"
        )
    found = [shortest]
    for stretch in _STRETCHES:
        one = _programmed(kappa, epsilon, max(shortest.degree + 1, math.ceil(stretch * shortest.degree)), sup)
        if one is not None:
            found.append(one)
    if len(found) == 1:
        raise ConvergenceError(
            f"no linear program keeps epsilon={epsilon:g} at kappa={kappa:g} in double precision; take the shortest "
            "polynomial, or a larger epsilon"
        )
    best = min(one.degree * one.scale for one in found)
    return next(one for one in found if one.degree * one.scale <= _GOOD_ENOUGH * best)


def _programmed(kappa: float, epsilon: float, degree: int, sup: float) -> Polynomial | None:
    """Return the polynomial of least largest value, or None if its proven error is above epsilon."""
    from scipy.optimize import linprog

    gap = 2.0 / kappa
    inside = -1.0 + (2.0 - gap) * (grid(6 * degree + 60) + 1.0) / 2.0
    beyond = 1.0 - gap * (grid(60) + 1.0) / 2.0
    # In units of kappa/2, the value at the end of the domain; errors in units of epsilon.
    rows = (1.0 - inside)[:, None] * np.polynomial.chebyshev.chebvander(inside, degree) / (gap * epsilon)
    values = np.polynomial.chebyshev.chebvander(beyond, degree)
    ones, none = np.ones((beyond.size, 1)), np.zeros((inside.size, 1))
    table = np.block([[rows, none], [-rows, none], [values, -ones], [-values, -ones]])
    limits = np.concatenate(
        [
            np.full(inside.size, 1.0 / epsilon + _MARGIN),
            np.full(inside.size, -1.0 / epsilon + _MARGIN),
            np.zeros(2 * beyond.size),
        ]
    )
    goal = np.zeros(degree + 2)
    goal[-1] = 1.0
    bounds = [(None, None)] * (degree + 1) + [(0.0, None)]
    solved = linprog(goal, A_ub=table, b_ub=limits, bounds=bounds, method="highs")
    if solved.status != 0:
        return None
    coefficients = np.asarray(solved.x[:-1]) / gap
    error = _proven_relative_error(coefficients, gap)
    if error > epsilon:
        return None
    largest = sup_norm(coefficients)[1] / sup
    return Polynomial(
        coefficients / largest,
        sup_bound=sup,
        scale=largest,
        error=error / gap,
        domain=((-1.0, 1.0 - gap),),
        target=f"1/(1-x), kappa={kappa:g}, small values",
        source="linear program over Chebyshev coefficients; access to I - C as in arXiv:2101.11868",
        relative_error=error,
        function=lambda x: np.reciprocal(1.0 - x),
    )


def _proven_relative_error(coefficients: RealVector, gap: float) -> float:
    """Bound |(1 - x) P(x) - 1| on [-1, 1 - gap]: a polynomial of degree d + 1, mapped to [-1, 1]."""
    points = grid(coefficients.size + 1)
    x = -1.0 + (2.0 - gap) * (points + 1.0) / 2.0
    residual = (1.0 - x) * np.polynomial.chebyshev.chebval(x, coefficients) - 1.0
    rounding = 16.0 * float(np.finfo(np.float64).eps) * float(np.sum(np.abs(coefficients)))
    return sup_norm(coefficients_from(residual))[1] + rounding
