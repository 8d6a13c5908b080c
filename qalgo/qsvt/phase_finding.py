"""phases(poly): QSP phases of a real polynomial of definite parity, with a certified error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from circuits.signal_processing import QSPPhases
from circuits.validation import checked_number
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.certificate import certify
from qalgo.qsvt.completion import MOST_SAMPLES, complement, needed_samples
from qalgo.qsvt.nonlinear_fft import reflection_coefficients
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.sup_norm import SupNorm, find_peaks, grid_bound, highest, samples

__all__ = ["CertifiedPhases", "phases"]

RealVector = npt.NDArray[np.float64]
GivenKind = Literal["bound", "sampled", "none"]
Kind = Literal["auto", "bound", "sampled", "none"]

# Trailing coefficients that add up to less than this, relative to the largest, only add uses of the encoding.
_NEGLIGIBLE = 2.0**-55
# Coefficients of the wrong parity that are rounding of whatever fitted the polynomial.
_STRAY = 1e-12
_ATTEMPTS = 3
LARGEST_DEGREE = MOST_SAMPLES // 16
# Above this proven bound the highest peaks are looked at one by one.
_CLOSE = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class CertifiedPhases(QSPPhases):
    """Phases of :func:`phases`, and what their ``error`` rests on."""

    certificate: GivenKind = "none"
    """Either "bound": ``error`` is proven, or "sampled": measured, see :mod:`qalgo.qsvt.certificate`; or "none"."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary; ``circuits.QSPPhases.from_dict`` reads it, too, without the certificate."""
        return {**QSPPhases.to_dict(self), "certificate": self.certificate}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`; the error is the one on record, not certified again.

        Raises:
            ProblemError: another schema or version, no certificate, or arrays that do not belong together.
        """
        kind = data.get("certificate")
        if kind not in ("bound", "sampled", "none"):
            raise ProblemError(f'certificate is {kind!r}; allowed: "bound", "sampled", "none"')
        plain = QSPPhases.from_dict(data)
        return cls(plain.values, plain.coefficients, plain.error, kind)

    def _rows(self) -> list[tuple[str, object]]:
        meaning = {"bound": "proven", "sampled": "measured", "none": "not evaluated"}[self.certificate]
        return [*QSPPhases._rows(self)[:-1], ("error", f"{self.error:.3g} ({meaning})")]


def phases(
    polynomial: Polynomial | npt.ArrayLike,
    *,
    tolerance: float = 1e-12,
    certificate: Kind = "auto",
) -> CertifiedPhases:
    r"""Return phases in the convention "Wx, Re" of :mod:`circuits.signal_processing`, in O(d log^2 d) operations.

    The complementary polynomial by cosine transforms (2407.05634), its layers by the inverse nonlinear FFT
    (2505.12615): the symmetric phases, values_k = values_{d-k}. Where |P| comes close to 1 the transforms grow as
    d / sqrt(1 - sup |P|) by themselves. Compiled code is used where numba is installed, once a process has stripped
    a million layers without it (or after ``qalgo.qsvt.nonlinear_fft.compile_leaf()``); the phases agree to rounding.

    Args:
        polynomial: a ``Polynomial`` or its Chebyshev coefficients c_0 .. c_d; definite parity, |P| <= 1 on [-1, 1].
            Trailing coefficients that add up to less than 2^-55 of the largest one are left out, and so are stray ones
            of the other parity that are rounding (1e-12 of the sum of all, or 2^-55); ``error`` includes them.
        tolerance: largest certified error that is accepted.
        certificate: "auto" proves a bound up to degree 64 and samples above, at most about the cost of the phases;
            "bound" proves one up to degree 20,000 in O(d^2) operations; "none" returns with error = NaN.

    Returns:
        The phases, shape (d + 1,) radians, d the degree after trimming; ``error`` bounds
        sup over [-1, 1] of \|Re <0|U|0> - P\| in the sense of ``certificate``.

    Raises:
        ProblemError: coefficients that are not real and finite, or more than two millions; mixed parity; |P| > 1
            somewhere on [-1, 1], or |P| = 1 for other than constants and the Chebyshev polynomials themselves.
        ConvergenceError: the certified error is above ``tolerance``, or |P| is too close to 1 for the memory allowed.
    """
    _check_options(tolerance, certificate)
    given = polynomial.coefficients if isinstance(polynomial, Polynomial) else polynomial
    coefficients, dropped = _definite(_real_vector(given), tolerance)
    values, error, kind = _solved(coefficients, tolerance - dropped, certificate)
    if error + dropped > tolerance:
        raise ConvergenceError(
            f"phases of degree {len(values) - 1} have error {error + dropped:.3g}, above the tolerance "
            f"{tolerance:.3g}; allow more, or scale the polynomial down, away from |P| = 1"
        )
    return CertifiedPhases(values=values, coefficients=coefficients, error=error + dropped, certificate=kind)


def _check_options(tolerance: float, certificate: str) -> None:
    if not checked_number(tolerance, "tolerance") > 0:
        raise ProblemError(f"tolerance is {tolerance}; allowed: above 0; 1e-12 is the default")
    if certificate not in ("auto", "bound", "sampled", "none"):
        raise ProblemError(f'certificate is {certificate!r}; allowed: "auto", "bound", "sampled", "none"')


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
    if stray > min(max(_STRAY * total, _NEGLIGIBLE), 0.25 * tolerance):
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


def _too_large(norm: SupNorm) -> str:
    return (
        f"|P| reaches {norm.value:.17g} on [-1, 1], at x = {norm.x:.9g}; allowed: below 1 (and 1 only for constants "
        "and for plus or minus a Chebyshev polynomial); scale the polynomial by "
        f"{(1.0 - 1e-6) / norm.value:.9g} or less"
    )


def _solved(coefficients: RealVector, tolerance: float, certificate: Kind) -> tuple[RealVector, float, GivenKind]:
    """Return phases with their error and what it rests on; tries again with longer transforms if it must."""
    known = _known(coefficients)
    if known is not None:
        return known, *_certified(known, coefficients, certificate)
    from scipy.fft import next_fast_len

    degree = len(coefficients) - 1
    if degree > LARGEST_DEGREE:
        raise ProblemError(
            f"degree is {degree}; allowed: at most {LARGEST_DEGREE}, for memory; cut the polynomial where its tail is "
            "below the accuracy that is needed"
        )
    # Mostly enough for the complementary polynomial too.
    grid = samples(coefficients, int(next_fast_len(8 * (degree + 1), real=True)))
    peaks = find_peaks(grid)
    if grid_bound(float(np.max(np.abs(grid))), degree, len(grid)) >= _CLOSE:
        norm, peaks = highest(coefficients, grid, peaks)
        if norm.value >= 1.0:
            raise ProblemError(_too_large(norm))
    needed = needed_samples(peaks, degree)
    start: RealVector | None = grid if needed <= len(grid) else None
    size = max(needed, len(grid))
    count = degree // 2 + 1
    for attempt in range(_ATTEMPTS):
        values = _values(coefficients, complement(coefficients, count, start, size), count)
        error, kind = _certified(values, coefficients, certificate)
        if not error > tolerance or 2 * size > MOST_SAMPLES or attempt == _ATTEMPTS - 1:
            break
        start, size = None, 2 * size
    return values, error, kind


def _certified(values: RealVector, coefficients: RealVector, certificate: Kind) -> tuple[float, GivenKind]:
    if certificate == "none":
        return math.nan, "none"
    found = certify(values, coefficients, certificate)
    return found.error, found.kind


def _known(coefficients: RealVector) -> RealVector | None:
    """Return the phases of a constant and of plus or minus T_d, where |P| = 1 is no obstacle."""
    last = float(coefficients[-1])
    values = np.zeros(len(coefficients))
    if len(coefficients) == 1 and abs(last) <= 1.0:
        values[0] = math.acos(last)
        return values
    if abs(last) == 1.0 and not np.any(coefficients[:-1]):
        values[0] = values[-1] = math.pi / 2 if last < 0 else 0.0
        return values
    return None


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
