r"""Complementary polynomial on the unit circle: outer Q(z) with |P|^2 + |Q|^2 = 1 for a complex P(z).

Weiss' construction (2407.05634, 2406.04246): with R = log(1 - |P|^2) / 2 and its Fourier coefficients R^_k,
Q = exp(R^_0 + 2 sum_{k > 0} R^_k z^k) has no zero in the disc and Q(0) > 0. It is a polynomial of the degree of P.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError

__all__ = ["MOST_SAMPLES", "complete", "samples_on_circle", "sup_on_circle"]

ComplexVector = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]

MOST_SAMPLES = 1 << 23
"""Most points on the circle: 128 MiB a complex array, four are alive at a time."""

_PRECISION = 2.0**-52


def samples_on_circle(coefficients: ComplexVector, size: int) -> ComplexVector:
    """Return P(exp(2 pi i j / size)) for j = 0 .. size - 1 by one FFT; ``size`` at least the number of coefficients."""
    from scipy.fft import ifft

    return np.asarray(ifft(coefficients, size, norm="forward"))


def sup_on_circle(coefficients: ComplexVector, oversampling: int = 8) -> float:
    r"""Return a bound on sup |P| over the circle that is at most 1 / sqrt(cos(pi / oversampling)) too large.

    |P|^2 is a trigonometric polynomial of degree d; on N equidistant points its maximum is missed by no more than the
    factor cos(pi d / N) (Ehlich and Zeller 1964).
    """
    size = oversampling * max(len(coefficients), 2)
    largest = float(np.max(np.abs(samples_on_circle(coefficients, size))))
    return largest / math.sqrt(math.cos(math.pi * (len(coefficients) - 1) / size))


def complete(coefficients: ComplexVector, deficit: Callable[[int], RealVector] | None = None) -> ComplexVector:
    """Return the coefficients of Q, as many as P has.

    Args:
        coefficients: P, ascending powers of z, |P| < 1 on the circle.
        deficit: returns 1 - |P|^2 at ``size`` points, for a P so near to 1 everywhere that the difference cancels.

    Raises:
        ProblemError: |P| reaches 1.
        ConvergenceError: |P| comes so close to 1 that more than ``MOST_SAMPLES`` points are needed.
    """
    from scipy.fft import irfft, rfft

    count = len(coefficients)
    size = 1 << max(6, (16 * count - 1).bit_length())
    while True:
        if size > MOST_SAMPLES:
            raise ConvergenceError(
                f"|P| comes too close to 1 for degree {count - 1}: its complementary polynomial needs more than "
                f"{MOST_SAMPLES} points; scale the polynomial down, for instance by 1 - 1e-6"
            )
        logarithm = _half_logarithm(coefficients, size) if deficit is None else 0.5 * np.log(deficit(size))
        cepstrum = np.asarray(rfft(logarithm, norm="forward"))
        # What the grid folds onto index k <= d of the cepstrum stands at size - k: about the square of what is left
        # near size / 2, where the last quarter of ``cepstrum`` lies.
        tail = float(np.max(np.abs(cepstrum[3 * size // 8 :])))
        level = max(1.0, float(np.max(np.abs(cepstrum))))
        if 8.0 * (tail / level) ** 1.75 <= 2.0 * _PRECISION:
            break
        size *= 2
    # exp(R + i H) with H, the conjugate function of R.
    cepstrum[0] = 0.0
    cepstrum *= -1j
    conjugate = np.asarray(irfft(cepstrum, size, norm="forward"))
    return _taylor(np.exp(logarithm) * np.exp(1j * conjugate), count)


def _half_logarithm(coefficients: ComplexVector, size: int) -> RealVector:
    values = samples_on_circle(coefficients, size)
    modulus = values.real**2 + values.imag**2
    largest = float(np.max(modulus))
    if not largest < 1.0:
        raise ProblemError(
            f"|P| reaches {math.sqrt(largest):.17g} on the unit circle; allowed: below 1; scale the polynomial down"
        )
    return 0.5 * np.log1p(-modulus)


def _taylor(values: ComplexVector, count: int) -> ComplexVector:
    from scipy.fft import fft

    taylor = np.array(fft(values, norm="forward")[:count])
    taylor[0] = taylor[0].real
    return taylor
