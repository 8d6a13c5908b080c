r"""Laurent series of functions of a qubitised walk: exp(-i t cos theta) by Jacobi-Anger, cut at its measured tail."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

__all__ = ["LaurentSeries", "cut_series", "jacobi_anger", "walk_exponential"]

ComplexVector = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]

MOST_TIME = 2.0e5
"""Largest |t|: the series then has about 4e5 coefficients."""


@dataclass(frozen=True, slots=True, eq=False)
class LaurentSeries:
    r"""P(z) = sum_k c_k z^{lowest + k}, |P| < 1 on the circle, near to a function of theta, z = exp(i theta)."""

    coefficients: ComplexVector  # shape (highest - lowest + 1,)
    lowest: int
    """Lowest power of z; -K for a Laurent polynomial of degree K."""
    error: float
    """Bound on sup |scale * P - f| over the circle."""
    scale: float
    """f is approximated by scale * P; what the bound |P| < 1 costs, at most about 1 + error."""
    target: str
    """f in words."""
    deficit: Callable[[int], RealVector] | None = field(default=None, repr=False)
    """1 - |P|^2 at ``size`` equidistant points, without cancellation."""

    def __post_init__(self) -> None:
        self.coefficients.setflags(write=False)

    @property
    def degree(self) -> int:
        """K: the largest power of z in modulus."""
        return max(abs(self.lowest), abs(self.lowest + self.coefficients.size - 1))


def walk_exponential(time: float, epsilon: float) -> LaurentSeries:
    r"""Return :math:`e^{-i t \cos\theta} = \sum_k (-i)^k J_k(t) e^{ik\theta}` (Jacobi-Anger), cut at the smallest K.

    On a qubitised walk of H / alpha, with t = alpha * time, its block is :math:`e^{-iHt}`. The cut is the smallest for
    which sup over theta of the terms left out, measured, is at most ``epsilon``: closed-form bounds ask for up to 36 %
    more. Where |P| would reach 1 it is scaled down, by no more than about the terms left out: a state that is
    post-selected and normalised has error ``epsilon`` at success probability 1 / scale^2.

    Args:
        time: t, |t| at most 2e5, in units of 1 / (norm of what the walk encodes).
        epsilon: largest sup |scale * P - f|, from 1e-13 (5e-16 |t| above t = 200, where rounding is larger) to 1.

    Raises:
        ProblemError: t or epsilon outside these ranges.
    """
    smallest = 1e-13 * max(1.0, abs(time) / 200.0)
    if not (math.isfinite(time) and abs(time) <= MOST_TIME):
        raise ProblemError(f"time is {time!r}; allowed: at most {MOST_TIME:g} in modulus; split the evolution")
    if not smallest <= epsilon <= 1.0:
        raise ProblemError(f"epsilon is {epsilon!r}; allowed at time {time:g}: from {smallest:.2g} to 1")
    terms = jacobi_anger(time)
    # Sum of what is left out by a cut at K; twice for both signs of k. The sup is between half of it and all.
    sums = 2.0 * np.concatenate([np.cumsum(np.abs(terms[::-1]))[::-1][1:], [0.0]])
    cut = int(np.argmax(sums <= epsilon))
    series = cut_series(terms, cut, time)
    while cut > 0:
        shorter = cut_series(terms, cut - 1, time)
        if shorter.error > epsilon:
            break
        cut, series = cut - 1, shorter
    while series.error > epsilon:
        cut += 1
        series = cut_series(terms, cut, time)
    return series


def jacobi_anger(time: float) -> ComplexVector:
    """Return (-i)^k J_k(t) for k = 0, 1, ... until they are below 1e-19."""
    bessel = _bessel(abs(time))
    unit = np.array([1.0, -1.0j, -1.0, 1.0j]) if time >= 0 else np.array([1.0, 1.0j, -1.0, -1.0j])
    return np.asarray(bessel * unit[np.arange(bessel.size) % 4], dtype=np.complex128)


def cut_series(terms: ComplexVector, cut: int, time: float) -> LaurentSeries:
    """Return the series of degree ``cut``, scaled so that |P| < 1."""
    kept = terms[: min(cut + 1, terms.size)]
    size = 1 << (16 * terms.size - 1).bit_length()
    rest, gap = _rest(terms, cut, size, time)
    tail = float(np.max(np.abs(rest))) / math.sqrt(math.cos(math.pi / 16))
    # 1 - |sum|^2 = gap; 1 - s^2 (1 - gap) > 0 with a margin for what happens between the points.
    excess = max(0.0, -float(np.min(gap)))
    shrink = 1.0 / math.sqrt(1.0 + 1.25 * excess + 0.02 * tail + 1e-15)

    def deficit(points: int) -> RealVector:
        return (1.0 - shrink) * (1.0 + shrink) + shrink**2 * _rest(terms, cut, points, time)[1]

    rounding = 1e-16 * math.sqrt(1.0 + abs(time))
    return LaurentSeries(
        coefficients=np.asarray(shrink * np.concatenate([kept[:0:-1], kept]), dtype=np.complex128),
        lowest=1 - kept.size,
        error=tail + rounding,
        scale=1.0 / shrink,
        target=f"exp(-i {time:g} cos(theta))",
        deficit=deficit,
    )


def _rest(terms: ComplexVector, cut: int, size: int, time: float) -> tuple[ComplexVector, RealVector]:
    """Return f - (sum to the cut) and 1 - |sum to the cut|^2 at ``size`` points of the circle."""
    from scipy.fft import ifft

    folded = np.zeros(size, dtype=np.complex128)
    left = np.arange(cut + 1, terms.size)
    np.add.at(folded, left % size, terms[left])
    np.add.at(folded, -left % size, terms[left])
    rest = np.asarray(ifft(folded, norm="forward"))
    value = np.exp(-1j * time * np.cos(2.0 * np.pi / size * np.arange(size)))
    return rest, 2.0 * (np.conj(value) * rest).real - (rest.real**2 + rest.imag**2)


def _bessel(time: float) -> RealVector:
    """Return J_0(t), J_1(t), ... until they are below 1e-19, accurate relative to each where they decay.

    Miller's backward recurrence, normalised by 1 = J_0 + 2 (J_2 + J_4 + ...). scipy.special.jv loses three digits.
    """
    if time < 1e-19:  # J_1(t) = t / 2
        return np.array([1.0])
    last = math.ceil(time + 14.0 * time ** (1.0 / 3.0) + 24.0)
    start = last + 20 + math.ceil(4.0 * time ** (1.0 / 3.0))
    values = [0.0] * (start + 2)
    values[start] = 1e-290
    for k in range(start, 0, -1):
        values[k - 1] = (2.0 * k / time) * values[k] - values[k + 1]
        if abs(values[k - 1]) > 1e250:
            for index in range(k - 1, min(start, k + last) + 1):
                values[index] *= 1e-250
    norm = values[0] + 2.0 * math.fsum(values[2::2])
    result = np.array(values[: last + 1]) / norm
    keep = np.flatnonzero(np.abs(result) > 1e-19)
    return result[: int(keep[-1]) + 1]
