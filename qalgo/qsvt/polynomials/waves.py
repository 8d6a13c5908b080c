"""cosine, sine and complex_exponential: the Jacobi-Anger expansion, cut where its tail is measured to be small."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import ROUNDING
from qalgo.qsvt.polynomials.checks import between, checked_degree, checked_sup, reachable, real_number

__all__ = ["bessel", "complex_exponential", "cosine", "sine", "truncation_degree"]

RealVector = npt.NDArray[np.float64]

SOURCE = "Jacobi-Anger expansion (arXiv:1806.01838, Lemma 57), cut at the measured tail"


def cosine(t: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the even polynomial that is cos(t x) within ``epsilon`` on [-1, 1].

    The degree is the smallest even one for which the neglected terms 2 |J_k(t)| sum to at most ``epsilon``: about
    t + c t^(1/3), at large t a quarter less than closed formulas give.

    Args:
        t: any real number; for exp(-i H t) with an encoding of H it is alpha times the time.
        epsilon: largest absolute error, between 0 and 1.
        sup: scale is (1 + epsilon) / sup, the same for :func:`cosine` and :func:`sine`, so that they can be combined.

    Raises:
        ProblemError: t is not finite, epsilon outside (0, 1), or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of the coefficients.

    Source: arXiv:1806.01838, Lemma 57.
    """
    return _wave(t, epsilon, sup, 0)


def sine(t: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the odd polynomial that is sin(t x) within ``epsilon`` on [-1, 1]; arguments as in :func:`cosine`."""
    return _wave(t, epsilon, sup, 1)


def complex_exponential(t: float, epsilon: float, *, sup: float = 0.99) -> tuple[Polynomial, Polynomial]:
    r"""Return (cosine, sine) with |scale (C(x) - i S(x)) - exp(-i t x)| <= ``epsilon`` on [-1, 1].

    Both are cut at the same order K, the smallest for which all terms beyond it, 2 |J_k(t)|, sum to at most
    ``epsilon``: degrees K and K - 1, the pair that one parity-multiplexed sequence of K queries carries. ``error`` of
    each part is what belongs to its own parity.

    Args:
        t: any real number.
        epsilon: largest modulus of the complex error, between 0 and 1.
        sup: scale is (1 + epsilon) / sup for both.

    Raises:
        ProblemError: t is not finite, epsilon outside (0, 1), or a degree beyond memory.
        ConvergenceError: epsilon is below the rounding of the coefficients.
    """
    t, epsilon, sup, rounding = _checked(t, epsilon, sup)
    even, odd = (_tails(t, parity) for parity in (0, 1))
    orders = np.arange(2 * min(even.size, odd.size) - 2)
    # Beyond order K the parts neglect their terms of order above K; real and imaginary part add as squares.
    neglected = np.hypot(even[(orders + 2) // 2], odd[(orders + 1) // 2])
    order = int(np.argmax(neglected <= epsilon - 1.5 * rounding))
    return (
        _cut(t, epsilon, sup, 0, order - order % 2, rounding),
        _cut(t, epsilon, sup, 1, max(1, order - (order + 1) % 2), rounding),
    )


def truncation_degree(t: float, epsilon: float, parity: int) -> int:
    """Return the smallest degree of this parity beyond which all terms 2 |J_k(t)| sum to at most ``epsilon``."""
    return 2 * int(np.argmax(_tails(t, parity)[1:] <= epsilon)) + parity


def bessel(t: float, size: int) -> RealVector:
    """Return J_0(t) .. J_(size-1)(t) for t >= 0 by Miller's backward recurrence, exact to a few 1e-16.

    scipy's jv loses digits as t grows (1e-14 at t = 1000); the recurrence does not, since its errors are not amplified
    where J oscillates and shrink where it decays. ``size`` must reach far enough that J is negligible there.
    """
    values = np.zeros(size + 1)
    if t < 1e-30:
        values[:2] = 1.0, 0.5 * t
        return values[:size]
    above, here = 0.0, 1e-280
    column = [0.0] * size
    for k in range(size - 1, -1, -1):
        column[k] = here
        above, here = here, 2.0 * k / t * here - above
        if abs(here) > 1e200:
            # Where the start was unnecessarily far out: what is already known is negligible beside what comes.
            above, here = above * 1e-250, here * 1e-250
            column[k:] = [value * 1e-250 for value in column[k:]]
    found = np.array(column)
    total = float(found[0]) + 2.0 * math.fsum(found[2::2])
    return np.asarray(found / total)


def _checked(t: float, epsilon: float, sup: float) -> tuple[float, float, float, float]:
    t = real_number("t", t)
    epsilon = between("epsilon", epsilon, 0.0, 1.0)
    checked_degree(abs(t), "split the time into shorter steps")
    # Of some t terms of size t^(-1/2), each rounded when computed and when scaled.
    rounding = 4.0 * ROUNDING * (1.0 + abs(t) ** 0.5 / 8.0)
    reachable(1.5 * rounding, epsilon)
    return t, epsilon, checked_sup(sup), rounding


def _tails(t: float, parity: int) -> RealVector:
    """Return at j the sum of 2 |J_k(t)| over k = 2 j + parity and all larger k of the same parity; 0 at the end."""
    terms = 2.0 * np.abs(bessel(abs(t), _orders(abs(t))))[parity::2]
    return np.append(np.cumsum(terms[::-1])[::-1], 0.0)


def _orders(t: float) -> int:
    """Return an order beyond which J_k(t) is below 1e-30: J_k(t) <= (t / 2)^k / k! and the Airy decay for large t."""
    return int(t + 18.0 * t ** (1.0 / 3.0) + 40.0)


def _wave(t: float, epsilon: float, sup: float, parity: int) -> Polynomial:
    t, epsilon, sup, rounding = _checked(t, epsilon, sup)
    return _cut(t, epsilon, sup, parity, truncation_degree(t, epsilon - rounding, parity), rounding)


def _cut(t: float, epsilon: float, sup: float, parity: int, degree: int, rounding: float) -> Polynomial:
    checked_degree(degree, "split the time into shorter steps")
    orders = bessel(abs(t), max(_orders(abs(t)), degree + 3))
    coefficients = np.zeros(degree + 1)
    kept = orders[parity : degree + 1 : 2] * 2.0
    kept[1::2] *= -1.0
    if parity == 0:
        kept[0] *= 0.5
    coefficients[parity::2] = kept if t >= 0.0 or parity == 0 else -kept
    tail = 2.0 * float(np.sum(np.abs(orders[degree + 2 :: 2])))
    return bounded(
        coefficients,
        sup,
        error=tail + rounding,
        domain=((-1.0, 1.0),),
        target=f"{'sin' if parity else 'cos'}({t:g} x)",
        source=SOURCE,
        function=lambda x: (np.sin if parity else np.cos)(t * x),
        at_least=1.0 + epsilon,
        # Within its error of a function that is bounded by 1: the scales of cosine and sine are the same.
        known=1.0 + tail + rounding,
    )
