r"""From a function of a matrix to one or two polynomials of definite parity: what one QSVT sequence can carry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.chebyshev import coefficients_from, grid, grid_values, sup_norm

__all__ = ["FunctionLike", "FunctionParts", "Part", "function_parts"]

FunctionLike = Callable[..., npt.ArrayLike] | Polynomial | Sequence[Polynomial]
ComplexVector = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]

SUP = 0.999
"""Largest |P| of a part: what is lost in amplitude, against the length of transforms behind the phases."""
_LARGEST_GRID = 2**14
_ROUNDING = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Part:
    """A polynomial of definite parity and its complex weight."""

    weight: complex
    polynomial: Polynomial


@dataclass(frozen=True, slots=True)
class FunctionParts:
    """f(x) is the sum of weight * P(x / alpha), within ``error``."""

    parts: tuple[Part, ...]
    error: float
    """For a polynomial: on its domain. For a callable: on [-alpha, alpha], measured on a grid finer than the fit's."""
    proven: bool
    """Whether ``error`` is proven; False: measured on a grid."""
    description: str

    @property
    def scale(self) -> float:
        """Sum of the moduli of the weights: the circuit applies f / scale."""
        return float(sum(abs(part.weight) for part in self.parts))


def function_parts(function: FunctionLike, alpha: float, epsilon: float, weights: Sequence[complex]) -> FunctionParts:
    """Return the parts of a callable on [-alpha, alpha], or of polynomials in x / alpha.

    Raises:
        ProblemError: a callable with values that are not finite, or that needs more than two parts; polynomials with
            |P| > 1, of wrong number, or zero.
        ConvergenceError: a callable is too rough, or epsilon below rounding.
    """
    if isinstance(function, Polynomial):
        return _of_polynomials((function,), (1.0,))
    if isinstance(function, Sequence):
        return _of_polynomials(tuple(function), tuple(weights))
    if not callable(function):
        raise ProblemError(f"f is {function!r}; allowed: a callable, a Polynomial, or a pair of them with weights")
    coefficients, error = _fitted(function, alpha, epsilon)
    parts, dropped = _separated(coefficients, 0.05 * epsilon)
    name = getattr(function, "__name__", type(function).__name__)
    return FunctionParts(parts, error + dropped, proven=False, description=f"callable {name!r}")


def _of_polynomials(polynomials: tuple[Polynomial, ...], weights: tuple[complex, ...]) -> FunctionParts:
    if not 1 <= len(polynomials) <= 2 or (len(polynomials) == 2 and len(weights) != 2):
        raise ProblemError(f"f holds {len(polynomials)} polynomials; allowed: one, or two with two weights")
    parts: list[Part] = []
    error = 0.0
    for polynomial, weight in zip(polynomials, weights, strict=False):
        if not isinstance(polynomial, Polynomial):
            raise ProblemError(f"f holds a {type(polynomial).__name__}; allowed: Polynomial")
        if not polynomial.sup_bound <= 1.0 or sup_norm(polynomial.coefficients)[0] > 1.0:
            raise ProblemError("|P| exceeds 1 on [-1, 1]; allowed: at most 1; use Polynomial.scaled")
        mixed = polynomial.parity == "mixed"
        pieces = (polynomial.even_part(), polynomial.odd_part()) if mixed else (polynomial,)
        error += abs(weight) * polynomial.error
        for piece in pieces:
            factor = complex(weight) * piece.scale
            if np.any(piece.coefficients) and factor:
                parts.append(_normalised(piece.coefficients, factor, piece))
    description = " and ".join(polynomial.target or "polynomial" for polynomial in polynomials)
    return FunctionParts(_counted(parts), error, proven=True, description=description)


def _fitted(function: Callable[..., npt.ArrayLike], alpha: float, epsilon: float) -> tuple[ComplexVector, float]:
    """Chebyshev interpolation, doubled until the tail that is cut and the measured error are within epsilon."""
    intervals = 16
    while intervals <= _LARGEST_GRID:
        values = _values(function, alpha * grid(intervals))
        largest = float(np.max(np.abs(values)))
        if largest * 16.0 * _ROUNDING > epsilon:
            raise ConvergenceError(
                f"epsilon={epsilon:.3g} is below the rounding of f, whose values reach {largest:.3g}; raise epsilon"
            )
        coefficients = coefficients_from(values.real) + 1j * coefficients_from(values.imag)
        tails = np.cumsum(np.abs(coefficients[::-1]))[::-1]
        degree = max(0, int(np.count_nonzero(tails > 0.5 * epsilon)) - 1)
        if degree <= intervals // 2:
            cut = coefficients[: degree + 1]
            fine = _values(function, alpha * grid(4 * intervals))
            fitted = grid_values(cut.real, 4 * intervals) + 1j * grid_values(cut.imag, 4 * intervals)
            error = float(np.max(np.abs(fine - fitted)))
            if error <= 0.9 * epsilon:
                return cut, error
        intervals *= 2
    raise ConvergenceError(
        f"f is not within {epsilon:.3g} of a polynomial of degree {_LARGEST_GRID // 2:,} on [-alpha, alpha], alpha = "
        f"{alpha:.6g}; raise epsilon, or give a Polynomial that is good on the spectrum only (qalgo.qsvt.inverse, ...)"
    )


def _values(function: Callable[..., npt.ArrayLike], points: RealVector) -> ComplexVector:
    with np.errstate(all="ignore"):
        try:
            values = np.asarray(function(points), dtype=np.complex128)
        except (TypeError, ValueError):
            values = np.array([function(float(point)) for point in points], dtype=np.complex128)
    if values.shape == ():
        values = np.full(points.shape, complex(values))
    if values.shape != points.shape:
        raise ProblemError(f"f of {points.size} points has shape {values.shape}; allowed: one value per point")
    bad = ~np.isfinite(values)
    if np.any(bad):
        raise ProblemError(
            f"f({points[bad][0]:.6g}) is {values[bad][0]!r}; allowed: finite values on the whole of [-alpha, alpha]; "
            "give a Polynomial that is good on the spectrum only"
        )
    return values


def _separated(coefficients: ComplexVector, negligible: float) -> tuple[tuple[Part, ...], float]:
    """Return real parts of definite parity with complex weights, and the error of those that were dropped."""
    parts: list[Part] = []
    dropped = 0.0
    for parity in (0, 1):
        kept = coefficients.copy()
        kept[1 - parity :: 2] = 0.0
        turn = np.exp(0.5j * np.angle(np.sum(kept**2)))
        turned = kept / turn
        # One phase for all coefficients, or the real and the imaginary part each for itself.
        if float(np.sum(np.abs(turned.imag))) <= negligible:
            pieces = [(turn, turned.real)]
            dropped += float(np.sum(np.abs(turned.imag)))
        else:
            pieces = [(1.0 + 0j, kept.real), (1j, kept.imag)]
        for weight, series in pieces:
            size = float(np.sum(np.abs(series)))
            if size <= negligible:
                dropped += size
                continue
            trimmed = np.trim_zeros(series, "b")
            parts.append(_normalised(trimmed, weight, None))
    return _counted(parts), dropped


def _normalised(series: RealVector, weight: complex, source: Polynomial | None) -> Part:
    _, bound = sup_norm(series)
    factor = bound / SUP
    target = source.target if source is not None else ""
    return Part(weight * factor, Polynomial(series / factor, sup_bound=SUP, scale=factor, target=target))


def _counted(parts: list[Part]) -> tuple[Part, ...]:
    if not parts:
        raise ProblemError("f is zero within epsilon; allowed: a function that is not; lower epsilon")
    if len(parts) > 2:
        raise ProblemError(
            f"f has {len(parts)} real parts of definite parity; allowed: two, which one sequence can carry; "
            "apply the real and the imaginary part, or the even and the odd part, for themselves"
        )
    return tuple(parts)
