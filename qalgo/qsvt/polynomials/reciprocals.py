"""inverse and positive_definite_inverse: 1/x and 1/(1-x), both optimal in closed form."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import ROUNDING, SMALL, coefficients_from, fast_intervals, grid, grid_residuals
from qalgo.qsvt.polynomials.checks import between, checked_degree, checked_sup, reachable

__all__ = ["inverse", "positive_definite_inverse"]

RealVector = npt.NDArray[np.float64]

AVERAGING, LARGEST_AVERAGED = 4, 60_000
"""Beyond that degree the rounding of the transform itself dominates: 3e-16 of the peak of 1/x."""


def inverse(kappa: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the odd polynomial of least degree that is 1/x within ``epsilon`` on [1/kappa, 1] and its mirror.

    The error is absolute: |scale * P(x) - 1/x| <= epsilon, where 1/x reaches kappa. No odd polynomial of this degree
    does better. Degree 2 n - 1 with n = ln((1 + a) / (a epsilon)) / ln((1 + a) / (1 - a)), a = 1/kappa, rounded up:
    about kappa ln(kappa / epsilon) queries.

    Args:
        kappa: largest over smallest singular value that is inverted, above 1. For a block encoding it is
            alpha / smallest singular value, not the condition number of the matrix.
        epsilon: largest absolute error, between 0 and 1.
        sup: bound that |P| keeps on [-1, 1]. What is below 1 costs success probability, sup^2 in all (2 % at 0.99);
            phases need a transform of length ~ degree / sqrt(1 - sup).

    Returns:
        A polynomial with scale ~ (1.1 .. 2.2) kappa / sup, the largest value of the optimal polynomial.

    Raises:
        ProblemError: kappa <= 1, epsilon outside (0, 1), or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of coefficients of size kappa.

    Source: arXiv:2507.15537 (minimax polynomial of 1/x in closed form).
    """
    kappa = between("kappa", kappa, 1.0, math.inf, "kappa is alpha / smallest singular value")
    epsilon = between("epsilon", epsilon, 0.0, 1.0, "1/x is at least 1 on the domain")
    sup = checked_sup(sup)
    averaged = kappa * math.log(2.0 * kappa / epsilon) < LARGEST_AVERAGED
    rounding = ROUNDING * (16.0 + (0.5 if averaged else 2.0) * kappa)
    reachable(rounding, epsilon)
    a = 1.0 / kappa
    rate = 2.0 * math.atanh(a)
    half = max(1, math.ceil((math.log1p(kappa) - math.log(epsilon - rounding)) / rate))
    degree = checked_degree(2 * half - 1, "lower kappa or raise epsilon")
    exact = (1.0 + kappa) * math.exp(-half * rate)
    # More points than coefficients average the rounding of the values.
    intervals = fast_intervals((AVERAGING if averaged else 1) * (degree + 1))
    coefficients = coefficients_from(_inverse_values(a, half, intervals))
    coefficients[0::2] = 0.0
    return bounded(
        coefficients[: degree + 1],
        sup,
        error=exact + rounding,
        domain=((-1.0, -a), (a, 1.0)),
        target=f"1/x, kappa={kappa:g}",
        source="arXiv:2507.15537, minimax polynomial of 1/x",
        function=np.reciprocal,
    )


def _inverse_values(a: float, half: int, intervals: int) -> RealVector:
    """Values of the minimax polynomial on the grid, an odd function with 0 at the point in the middle."""
    x = grid(intervals)[: intervals // 2]
    # sqrt(1 - x^2) from the angle: the rounding of x next to 1 would come back times the square of the degree.
    ahead = _minimax(x, np.sin(np.pi * np.arange(x.size) / intervals), a, half)
    # Where P is as large as 1/x, the rounding of x itself would be an error of kappa units in the last place.
    small = x < SMALL
    step = x[small] * 1e-7
    moved = x[small] + step
    slope = (_minimax(moved, np.sqrt((1.0 - moved) * (1.0 + moved)), a, half) - ahead[small]) / step
    ahead[small] += slope * grid_residuals(intervals)[: intervals // 2][small]
    return np.concatenate([ahead, [0.0], -ahead[::-1]])


def _minimax(x: RealVector, sine: RealVector, a: float, half: int) -> RealVector:
    """Return [1 - L_n(y(x)) / L_n(y(0))] / x for x > 0, sine = sqrt(1 - x^2); no difference cancels."""
    rate = 2.0 * math.atanh(a)
    rest = np.empty_like(x)
    # |x| >= a: L_n oscillates between bounds that decay as exp(-n rate).
    out = x >= a
    # pi minus the angle of T_n: small, and so exact, at a, where 1 / x magnifies what n multiplies.
    psi = 2.0 * np.arctan2(np.sqrt((x[out] - a) * (x[out] + a)), sine[out])
    q = (1.0 - a) / (1.0 + a)
    ratio = (np.cos(half * psi) - q * np.cos((half - 1) * psi)) * 2.0 / -math.expm1(-2.0 * rate)
    rest[out] = 1.0 - ratio * math.exp(-half * rate)
    # |x| < a: L_n grows to L_n(y(0)); mu falls from ``rate`` at 0 to 0 at a, and ``drop`` is rate - mu.
    x_in = x[~out]
    mu = 2.0 * np.arcsinh(np.sqrt((a - x_in) * (a + x_in) / ((1.0 - a) * (1.0 + a))))
    drop = 2.0 * np.arcsinh(x_in**2 / ((1.0 - a) * (1.0 + a) * np.sinh((rate + mu) / 2.0)))
    tail = np.exp(-2.0 * half * mu)
    amplitude = -np.expm1(drop - 2.0 * rate) - tail * np.expm1(-drop)
    difference = math.exp(-2.0 * rate) * np.expm1(drop) + tail * np.expm1(-drop)
    rest[~out] = (difference - amplitude * np.expm1(-half * drop)) / -math.expm1(-2.0 * rate)
    return rest / x


def positive_definite_inverse(kappa: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the polynomial of least degree that is 1/(1 - x) within a relative error on [-1, 1 - 2/kappa].

    For a positive definite matrix A of eigenvalues in [lambda / kappa, lambda] the matrix C = I - (2/lambda) A has its
    eigenvalues in [-1, 1 - 2/kappa], and A^-1 = (2/lambda) (I - C)^-1. It takes m ~ (sqrt(kappa)/2) ln(2/epsilon)
    queries of an encoding of C with alpha = 1; an encoding of A alone does not give that (arXiv:2101.11868).

    Every eigenvector is multiplied by 1/(1 - x) times a factor within 1 +- ``epsilon``: |(1 - x) scale P(x) - 1| <=
    epsilon on the domain, the residual of the linear system, so that the normalised solution is within ``epsilon`` of
    the truth up to second order. In absolute terms the error is at most epsilon * kappa / 2, kept in ``error``.

    Args:
        kappa: largest over smallest eigenvalue of A, above 1; the largest may be any upper bound.
        epsilon: largest relative error, between 0 and 1.
        sup: bound that |P| keeps on [-1, 1], see :func:`inverse`.

    Returns:
        A polynomial of mixed parity, ``relative_error`` <= epsilon; its largest value is at x = 1, beyond the domain:
        scale ~ (sqrt(kappa)/2) (m + 1) / sup, against kappa / 2 on the domain.

    Raises:
        ProblemError: kappa <= 1, epsilon outside (0, 1), or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of coefficients of this size.

    Source: Chebyshev iteration as one polynomial; arXiv:2101.11868 for the encoding it needs.
    """
    kappa = between("kappa", kappa, 1.0, math.inf, "kappa is the largest over the smallest eigenvalue")
    epsilon = between("epsilon", epsilon, 0.0, 1.0, "it is a relative error")
    sup = checked_sup(sup)
    gap = 2.0 / kappa
    rate = 2.0 * math.asinh(math.sqrt(gap / (2.0 - gap)))
    order = max(1, math.ceil(math.acosh(1.0 / epsilon) / rate))
    checked_degree(order - 1, "lower kappa or raise epsilon")
    # Relative to 1/(1-x) >= 1/2: the coefficients are as large as P(1) ~ order sqrt(kappa) / 2,
    # and the transform leaves about that many units in the last place everywhere.
    rounding = ROUNDING * math.sqrt(kappa) * (order + 1)
    reachable(rounding, epsilon)
    while 1.0 / math.cosh(order * rate) + rounding > epsilon:
        order += 1
    relative = 1.0 / math.cosh(order * rate) + rounding
    values = _positive_definite_values(gap, order, fast_intervals(AVERAGING * order))
    return bounded(
        coefficients_from(values)[:order],
        sup,
        error=relative / gap,
        domain=((-1.0, 1.0 - gap),),
        target=f"1/(1-x), kappa={kappa:g}",
        source="Chebyshev iteration as one polynomial; access to I - C as in arXiv:2101.11868",
        function=lambda x: np.reciprocal(1.0 - x),
        relative_error=relative,
    )


def _positive_definite_values(gap: float, order: int, intervals: int) -> RealVector:
    """Values of [1 - T_M(phi(x)) / T_M(phi(1))] / (1 - x) on the grid, phi(x) = (2 x + gap) / (2 - gap)."""
    u = 2.0 * np.sin(np.pi * np.arange(intervals + 1) / (2 * intervals)) ** 2  # 1 - x
    rate = 2.0 * math.asinh(math.sqrt(gap / (2.0 - gap)))
    last = math.exp(-2.0 * order * rate)
    rest = np.empty_like(u)
    out = u >= gap
    psi = 2.0 * np.arccos(np.minimum(1.0, np.sqrt((2.0 - u[out]) / (2.0 - gap))))
    rest[out] = 1.0 - np.cos(order * psi) * 2.0 * math.exp(-order * rate) / (1.0 + last)
    mu = 2.0 * np.arcsinh(np.sqrt((gap - u[~out]) / (2.0 - gap)))
    drop = 2.0 * np.arcsinh(u[~out] / (2.0 - gap) / np.sinh((rate + mu) / 2.0))
    rest[~out] = np.expm1(-order * drop) * np.expm1(order * (drop - 2.0 * rate)) / (1.0 + last)
    values = np.empty_like(u)
    values[1:] = rest[1:] / u[1:]
    values[0] = order * 2.0 / ((2.0 - gap) * math.sinh(rate)) * (1.0 - last) / (1.0 + last)
    return values
