r"""The complementary polynomial: outer a(z) with |a|^2 + |b|^2 = 1 on the unit circle (Weiss; 2407.05634, 2406.04246).

With z = exp(2 i theta) the polynomial b has |b| = |P(cos theta)|. R = log(1 - P^2) / 2 is real and even in
phi = 2 theta, so everything is cosine and sine transforms on half a period: R^ = cepstrum of R,
G(z) = R^_0 + 2 sum_k R^_k z^k, a = exp(G). Only the first half of a is needed, whose error is the part of R^ near index
N that the grid of N points folds onto it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.sup_norm import Peaks, samples

__all__ = ["complement", "needed_samples"]

RealVector = npt.NDArray[np.float64]

# Most samples of half a period, 256 MiB an array; three are alive at a time.
MOST_SAMPLES = 1 << 25
_PRECISION = 2.0**-52
# The exponential series needs |G|^j / j! below rounding: |G| is about 10 for sup |P| = 1 - 1e-8.
_SERIES_TERMS = 96


def needed_samples(peaks: Peaks, degree: int) -> int:
    r"""Return how many samples of half a period make the folded part of the cepstrum negligible.

    log(1 - P^2) is singular where |P| = 1: near a peak of height h and frequency w at the imaginary part
    :math:`\mathrm{arccosh}(1/h)/w` of theta, so that the cepstrum falls like exp(-2 k arccosh(1/h) / w).
    """
    height = np.clip(peaks.height, 1e-3, 1.0 - 1e-16)
    # Twice the degree is more than the frequency of any peak (Bernstein).
    frequency = np.clip(peaks.frequency, 1e-3 * (degree + 1), 2.0 * (degree + 1))
    rate = float(np.min(2.0 * np.arccosh(1.0 / height) / frequency))
    return math.ceil(0.5 * (38.0 / rate + 0.5 * degree)) + 16


def complement(coefficients: RealVector, count: int, values: RealVector | None, start: int) -> RealVector:
    """Return the first ``count`` coefficients of a(z).

    Args:
        coefficients: Chebyshev coefficients of P, definite parity, sup |P| < 1.
        count: coefficients wanted, at most (degree + 2) / 2.
        values: ``samples`` of P of length ``start`` if at hand.
        start: samples of half a period to begin with; doubled until the cepstrum is resolved.

    Raises:
        ConvergenceError: |P| comes so close to 1 that more than ``MOST_SAMPLES`` would be needed.
    """
    from scipy.fft import dct, next_fast_len

    size = start if values is not None else int(next_fast_len(max(start, 16), real=True))
    while True:
        if size > MOST_SAMPLES:
            raise ConvergenceError(
                f"|P| comes too close to 1 for degree {len(coefficients) - 1}: the complementary polynomial needs "
                f"{size} samples, allowed are {MOST_SAMPLES}; scale the polynomial down, for instance by 1 - 1e-6"
            )
        if values is None:
            values = samples(coefficients, size)
        logarithm: RealVector | None = _half_log(values)
        values = None
        cepstrum = np.asarray(dct(logarithm, 2)) / (2 * size)
        if _resolved(cepstrum):
            break
        size = int(next_fast_len(2 * size, real=True))
    if size > 2 * _SERIES_TERMS * count:
        cepstrum = cepstrum[:count]
        size = int(next_fast_len(_SERIES_TERMS * count, real=True))
        logarithm = None
    return _exponential(cepstrum, logarithm, size)[:count]


def _half_log(values: RealVector) -> RealVector:
    np.multiply(values, values, out=values)
    largest = float(np.max(values))
    if not largest < 1.0:
        raise ProblemError(
            f"|P| reaches {math.sqrt(largest):.17g} on [-1, 1]; allowed: below 1; scale the polynomial down"
        )
    np.negative(values, out=values)
    np.log1p(values, out=values)
    values *= 0.5
    return values


def _resolved(cepstrum: RealVector) -> bool:
    """Tell whether what is folded onto the first half of a, from index N on, is below rounding.

    It is the square of what is left at index N / 2, where ``cepstrum`` ends, up to the sixteenth of the way that the
    first half takes; the largest entry of the last quarter stands for that, with a factor for the sum.
    """
    last = float(np.max(np.abs(cepstrum[3 * len(cepstrum) // 4 :])))
    return bool(8.0 * last**1.8 <= 2 * _PRECISION)


def _exponential(cepstrum: RealVector, logarithm: RealVector | None, size: int) -> RealVector:
    """Return the Taylor coefficients of exp(R^_0 + 2 sum_k R^_k z^k) on a grid of ``size`` points in half a period."""
    from scipy.fft import dct, dst

    if logarithm is None:
        logarithm = np.asarray(dct(cepstrum, 3, n=size))
    phase = np.asarray(dst(cepstrum[1:], 3, n=size))
    np.exp(logarithm, out=logarithm)
    np.cos(phase, out=phase)
    logarithm *= phase
    taylor = np.asarray(dct(logarithm, 2)) / size
    taylor[0] *= 0.5
    return taylor
