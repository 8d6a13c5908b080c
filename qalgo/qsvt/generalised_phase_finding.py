r"""generalised_phases(coefficients): GQSP phases of a complex (Laurent) polynomial, with a certified error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from circuits.generalised_signal_processing import GQSPPhases
from circuits.validation import checked_number
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.circle_completion import complete, sup_on_circle
from qalgo.qsvt.complex_nonlinear_fft import layers, product_entry, stripped_layers
from qalgo.qsvt.walk_series import LaurentSeries

__all__ = ["generalised_phases", "mw_angles"]

ComplexVector = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]

MOST_COEFFICIENTS = 1 << 20
"""Largest degree plus one: about 1 GiB of working memory."""

# Above this error plain layer stripping is tried too, up to this many coefficients (O(n^2): seconds).
_FAST_ERROR = 2e-14
_MOST_STRIPPED = 1 << 14

# pi = _PI + _PI_REST to twice the precision.
_PI = float(np.pi)
_PI_REST = 1.2246467991473532e-16
_GRID = 2.0**51


def generalised_phases(
    coefficients: npt.ArrayLike | LaurentSeries, *, lowest: int = 0, tolerance: float = 1e-12
) -> GQSPPhases:
    r"""Return phases of :math:`P(z) = \sum_k c_k z^{lowest + k}` in the convention of 2308.01501 (theorem 3).

    That convention: :mod:`circuits.generalised_signal_processing`. Completion by FFT with automatic length, inverse
    nonlinear FFT, O(d log^2 d) operations (2503.03026, 2505.12615); every phase carries the one before, so that no
    rounding accumulates and coefficients that are negligible or zero do no harm. A P of which every second coefficient
    is exactly zero is treated as a polynomial in z^2 (``stride`` 2): half the steps, and no controlled encoding.

    Args:
        coefficients: c_0 .. c_d, complex, at most 2^20 of them; |P| < 1 on the unit circle. Or a ``LaurentSeries``,
            as :func:`qalgo.qsvt.walk_exponential` returns it, which brings its lowest power.
        lowest: power of z of the first coefficient; -K for a Laurent polynomial of degree K.
        tolerance: largest certified error that is accepted. The error is evaluated by the forward transform from the
            phases as they are returned, on a grid fine enough to bound it between the points too.

    Raises:
        ProblemError: no or too many coefficients, infinite ones, or |P| >= 1 somewhere on the circle.
        ConvergenceError: the certified error is above ``tolerance``, or |P| comes too close to 1.
    """
    tolerance = checked_number(tolerance, "tolerance")
    if isinstance(coefficients, LaurentSeries):
        return phases_of(coefficients.coefficients, coefficients.lowest, 1, tolerance, coefficients.deficit)
    if isinstance(lowest, bool) or not isinstance(lowest, int | np.integer):
        raise ProblemError(f"lowest is {lowest!r}; allowed: an integer, the power of the first coefficient")
    try:
        given = np.array(coefficients, dtype=np.complex128)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProblemError(f"coefficients cannot be read; allowed: a vector of complex numbers: {error}") from None
    if given.ndim != 1 or not 1 <= given.size <= MOST_COEFFICIENTS or not np.all(np.isfinite(given)):
        raise ProblemError(
            f"coefficients have shape {given.shape}; allowed: one axis of 1 to {MOST_COEFFICIENTS} finite numbers"
        )
    if np.max(np.abs(given)) > 1.0:
        raise ProblemError(f"a coefficient has modulus {np.max(np.abs(given)):.6g}; allowed: below 1, so that |P| < 1")
    stride = 2 if given.size > 2 and not np.any(given[1::2]) else 1
    return phases_of(given[::stride].copy(), int(lowest), stride, tolerance)


def phases_of(
    target: ComplexVector,
    lowest: int,
    stride: int,
    tolerance: float,
    deficit: Callable[[int], RealVector] | None = None,
) -> GQSPPhases:
    """Return phases of the polynomial ``target``; ``deficit`` as in :func:`circle_completion.complete`."""
    complement = complete(target, deficit)
    theta, phi = mw_angles(layers(target, complement))
    error = sup_on_circle(product_entry(theta, phi) - target)
    if not error <= min(tolerance, _FAST_ERROR) and target.size <= _MOST_STRIPPED:
        slow = mw_angles(stripped_layers(target, complement))
        slow_error = sup_on_circle(product_entry(*slow) - target)
        if not slow_error >= error:
            (theta, phi), error = slow, slow_error
    if not error <= tolerance:
        raise ConvergenceError(
            f"phases have error {error:.3g}, above the tolerance {tolerance:.3g}; |P| is too close to 1 for double "
            "precision: scale the polynomial down, or raise the tolerance"
        )
    return GQSPPhases(theta, phi, 0.0, target, error, lowest, stride)


def mw_angles(found: ComplexVector) -> tuple[RealVector, RealVector]:
    r"""Return theta and phi of 2308.01501, index 0 acting first, for layers F_k = tan(psi_k) exp(i chi_k).

    With D(chi) = diag(e^{i chi}, 1), a layer is D(chi) Rot(psi) D(-chi), and D commutes with the signal operator: only
    differences of chi remain. R(theta, phi, 0) = D(phi) Rot(-theta) Z; the Z are pulled to the right and alternate the
    sign of psi. The last layer is exchanged (times X), which brings the polynomial to the upper left. chi is continued
    from the layer before, mod pi (psi takes the sign), on a grid of 2^-51: all differences are exact and the phases of
    neighbours add up to chi without accumulated rounding.
    """
    count = len(found)
    nonzero = found != 0
    carried = np.maximum.accumulate(np.where(nonzero, np.arange(count), -1))
    chi = np.where(carried >= 0, np.angle(found[np.maximum(carried, 0)]), 0.0)
    half_turns = -np.rint(np.diff(chi, prepend=0.0) / _PI)
    winding = np.cumsum(half_turns)
    psi = np.arctan(np.abs(found)) * np.where(winding % 2, -1.0, 1.0)
    gridded = np.rint((chi + winding * _PI_REST) * _GRID).astype(np.int64)
    phi = (np.diff(gridded, prepend=0) + half_turns.astype(np.int64) * int(_PI * _GRID)) / _GRID
    signs = np.where(np.arange(count) % 2, 1.0, -1.0)
    theta = signs * psi
    theta[-1] = (1.0 if count % 2 else -1.0) * (np.pi / 2 - psi[-1])
    return theta[::-1].copy(), phi[::-1].copy()
