"""phases(poly): QSP phases of a real polynomial of definite parity, with a certified error."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from circuits.signal_processing import QSPPhases
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.certificate import forward_error
from qalgo.qsvt.completion import complement, needed_samples
from qalgo.qsvt.nonlinear_fft import reflection_coefficients
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.sup_norm import find_peaks, grid_bound, highest, samples

__all__ = ["phases"]

RealVector = npt.NDArray[np.float64]

# Trailing coefficients that add up to less than this, relative to the largest, only add uses of the encoding.
_NEGLIGIBLE = 2.0**-55
# Coefficients of the wrong parity that are rounding of whatever fitted the polynomial.
_STRAY = 1e-12
_ATTEMPTS = 3


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
    coefficients, dropped = _definite(_real_vector(given), tolerance)
    degree = len(coefficients) - 1
    values, error = _constant(coefficients) if degree == 0 else _solved(coefficients, tolerance)
    error += dropped
    if not error <= tolerance:
        raise ConvergenceError(
            f"phases have error {error:.3g}, above the tolerance {tolerance:.3g}; allow more, or scale the polynomial "
            "down, away from |P| = 1"
        )
    return QSPPhases(values=values, coefficients=coefficients, error=error)


def evaluate(values: RealVector, theta: RealVector) -> npt.NDArray[np.complex128]:
    """Return <0|U|0> at x = cos(theta)."""
    x, s = np.cos(theta), 1j * np.sin(theta)
    upper: npt.NDArray[np.complex128] = np.full(theta.shape, np.exp(1j * values[0]))
    lower = np.zeros_like(upper)
    for value in values[1:]:
        upper, lower = (upper * x + lower * s) * np.exp(1j * value), (upper * s + lower * x) * np.exp(-1j * value)
    return upper


def _real_vector(given: npt.ArrayLike) -> RealVector:
    array = np.asarray(given)
    if array.dtype.kind not in "fiub" or array.ndim != 1 or array.size == 0:
        raise ProblemError(
            f"coefficients have shape {array.shape} and type {array.dtype}; allowed: a vector of real Chebyshev "
            "coefficients c_0 .. c_d; for complex ones take the real and the imaginary part apart"
        )
    vector = array.astype(np.float64)
    if not np.all(np.isfinite(vector)):
        place = int(np.flatnonzero(~np.isfinite(vector))[0])
        raise ProblemError(f"coefficient c_{place} is {vector[place]}; allowed: finite numbers")
    return vector


def _definite(vector: RealVector, tolerance: float) -> tuple[RealVector, float]:
    """Return coefficients without negligible trailing and stray ones, and the sum of what was left out."""
    sizes = np.abs(vector)
    total, largest = float(np.sum(sizes)), float(np.max(sizes))
    if largest == 0.0:
        return np.zeros(1), 0.0
    tails = np.cumsum(sizes[::-1])[::-1]
    length = int(np.count_nonzero(tails > _NEGLIGIBLE * largest))
    dropped = float(tails[length]) if length < len(vector) else 0.0
    kept = vector[:length].copy()
    even, odd = float(np.sum(sizes[:length:2])), float(np.sum(sizes[1:length:2]))
    stray = min(even, odd)
    if stray > min(_STRAY * total, 0.25 * tolerance):
        raise ProblemError(
            f"coefficients have mixed parity: those of even index add up to {even:.3g}, those of odd index to "
            f"{odd:.3g}; allowed: one parity; split P into c[0::2] and c[1::2] (with zeros between), find phases of "
            "each, and join them by a linear combination of the two circuits"
        )
    first = 0 if even >= odd else 1
    kept[1 - first :: 2] = 0.0
    if (length - 1) % 2 != first:
        kept = kept[:-1]
    return kept, dropped + stray


def _constant(coefficients: RealVector) -> tuple[RealVector, float]:
    value = float(coefficients[0])
    if not abs(value) <= 1.0:
        raise ProblemError(_too_large(abs(value), 0.0))
    angle = math.acos(value)
    return np.array([angle]), abs(math.cos(angle) - value) + 2.0**-53


def _too_large(value: float, x: float) -> str:
    return (
        f"|P| reaches {value:.17g} on [-1, 1], at x = {x:.9g}; allowed: at most 1, and less than 1 but for a multiple "
        f"of a Chebyshev polynomial; scale the polynomial by {(1.0 - 1e-6) / value:.9g} or less"
    )


def _solved(coefficients: RealVector, tolerance: float) -> tuple[RealVector, float]:
    degree = len(coefficients) - 1
    if abs(coefficients[-1]) == 1.0 and not np.any(coefficients[:-1]):
        values = np.zeros(degree + 1)
        if coefficients[-1] < 0:
            values[0] = values[-1] = math.pi / 2
        return values, forward_error(values, coefficients)
    grid = samples(coefficients, 4 * (degree + 1))
    peaks = find_peaks(grid)
    if grid_bound(float(np.max(np.abs(grid))), degree, len(grid)) >= 0.99:
        norm, peaks = highest(coefficients, grid, peaks)
        if norm.value >= 1.0:
            raise ProblemError(_too_large(norm.value, norm.x))
    needed = needed_samples(peaks, degree)
    start: RealVector | None = grid if needed <= len(grid) else None
    count = degree // 2 + 1
    for _ in range(_ATTEMPTS):
        a = complement(coefficients, count, start, max(needed, len(grid)))
        values = _values(coefficients, a, count)
        error = forward_error(values, coefficients)
        if error <= tolerance:
            break
        start, needed = None, 2 * max(needed, len(grid))
    return values, error


def _values(coefficients: RealVector, a: RealVector, count: int) -> RealVector:
    """Return symmetric phases from the first half of a."""
    degree = len(coefficients) - 1
    # b(z) with z = exp(2 i theta), its first half; the sign is that of the convention Re.
    b = -0.5 * coefficients[::-1][: 2 * count : 2]
    if degree % 2 == 0:
        b[-1] *= 2.0
    angles = np.arctan(reflection_coefficients(a, b, count))
    values = np.concatenate([angles, angles[::-1] if degree % 2 else angles[-2::-1]])
    values[0] += np.pi / 4
    values[-1] += np.pi / 4
    return values
