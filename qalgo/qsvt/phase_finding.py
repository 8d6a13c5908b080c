"""phases(poly): QSP phases of a real polynomial of definite parity, with a certified error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from circuits.signal_processing import QSPPhases
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.polynomial import Polynomial

__all__ = ["phases"]

RealVector = npt.NDArray[np.float64]


def phases(polynomial: Polynomial | npt.ArrayLike, *, tolerance: float = 1e-12) -> QSPPhases:
    """Return phases in the convention "Wx, Re" of :mod:`circuits.signal_processing`.

    Args:
        polynomial: a ``Polynomial`` or its Chebyshev coefficients c_0 .. c_d; definite parity, |P| <= 1 on [-1, 1].
        tolerance: largest certified error that is accepted.

    Raises:
        ProblemError: mixed parity, or |P| > 1 somewhere on [-1, 1].
        ConvergenceError: the certified error is above ``tolerance``.
    """
    given = polynomial.coefficients if isinstance(polynomial, Polynomial) else polynomial
    coefficients = np.trim_zeros(np.array(given, dtype=np.float64), "b")
    if coefficients.size == 0:
        coefficients = np.zeros(1)
    degree = coefficients.size - 1
    if np.any(coefficients[(degree + 1) % 2 :: 2]) and degree > 0:
        raise ProblemError("coefficients have mixed parity; allowed: even or odd; split into two polynomials")
    values = _stripped(coefficients)
    theta = np.linspace(0.0, np.pi, 16 * (degree + 1) + 1)
    target = np.polynomial.chebyshev.chebval(np.cos(theta), coefficients)
    error = float(np.max(np.abs(evaluate(values, theta).real - target)))
    if not error <= tolerance:
        raise ConvergenceError(f"phases have error {error:.3g}, above the tolerance {tolerance:.3g}")
    return QSPPhases(values=values, coefficients=coefficients, error=error)


def evaluate(values: RealVector, theta: RealVector) -> npt.NDArray[np.complex128]:
    """Return <0|U|0> at x = cos(theta)."""
    x, s = np.cos(theta), 1j * np.sin(theta)
    upper: npt.NDArray[np.complex128] = np.full(theta.shape, np.exp(1j * values[0]))
    lower = np.zeros_like(upper)
    for value in values[1:]:
        upper, lower = (upper * x + lower * s) * np.exp(1j * value), (upper * s + lower * x) * np.exp(-1j * value)
    return upper


def _stripped(coefficients: RealVector) -> RealVector:
    degree = coefficients.size - 1
    # b(z) with z = exp(2 i theta); the sign is that of the convention Re.
    half = -coefficients[degree % 2 :: 2] / 2
    b = np.concatenate([half[::-1], half]) if degree % 2 else np.concatenate([half[:0:-1], [2 * half[0]], half[1:]])
    size = 1 << max(10, int(np.ceil(np.log2(64 * (degree + 1)))))
    a = _complement(b, size)
    while size < 2**21:
        size *= 4
        previous, a = a, _complement(b, size)
        if np.max(np.abs(a - previous)) < 1e-16:
            break
    angles = np.empty(degree + 1)
    for index in range(degree + 1):
        ratio = b[0] / a[0]
        angles[index] = np.arctan(ratio)
        cosine = 1.0 / np.hypot(1.0, ratio)
        a, b = ((a + ratio * b) * cosine)[: len(a) - 1], ((b - ratio * a) * cosine)[1:]
        if len(a) == 0:
            break
    values = angles
    values[0] += np.pi / 4
    values[-1] += np.pi / 4
    return values


def _complement(b: RealVector, size: int) -> RealVector:
    samples = np.abs(np.fft.rfft(b, size)) ** 2
    if np.max(samples) > 1.0 - 1e-15:
        raise ProblemError(f"|P| reaches {np.sqrt(np.max(samples)):.9g} on [-1, 1]; allowed: below 1; scale it down")
    cepstrum = np.fft.irfft(0.5 * np.log1p(-samples), size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    return np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[: len(b)]
