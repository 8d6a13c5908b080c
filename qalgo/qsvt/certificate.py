r"""How far the polynomial of given phases is from the one that was asked for: |Re <0|U|0> - P| over [-1, 1].

Both are trigonometric polynomials of degree d in theta, so is their difference E, and M equispaced points per turn
bound it: :math:`\sup |E| \le \max_j |E(\theta_j)| / \cos(\pi d / M)` (Ehlich and Zeller, Math. Z. 86, 1964). Two kinds
of certificate, both computed from the phases and the coefficients alone:

- "bound": E on such a grid in 79-bit arithmetic (:mod:`qalgo.qsvt.extended_precision`), O(d^2), plus a bound on the
  rounding of that arithmetic. A proof, up to the correctness of the program.
- "sampled": E on such a grid from a forward nonlinear FFT in double precision, O(d log^2 d), and in 79-bit arithmetic
  at 9 fixed points, among them both ends. What the two disagree by there is the noise of the first; twice the largest
  is added. Not a proof: the noise between the 9 points is inferred.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.extended_precision import (
    ROUNDING,
    SHIFT,
    multiply,
    multiply_all,
    multiply_phases,
    phase_factors,
    root_powers,
    split,
)
from qalgo.qsvt.nonlinear_fft import compiled, forward
from qalgo.qsvt.sup_norm import grid_bound, samples

__all__ = ["Certificate", "certify", "exact_errors"]

RealVector = npt.NDArray[np.float64]
IntVector = npt.NDArray[np.int64]

# Up to this degree a bound costs no more than finding the phases.
BOUND_DEGREE = 64
LARGEST_BOUND_DEGREE = 20_000
# Sample points theta = pi p / q: both ends of [0, pi/2], and multiples of the golden section between them.
_GRID = 1024
_SAMPLES = np.unique(np.append(np.floor(np.arange(8) * 0.6180339887498949 % 1.0 * 512), 512)).astype(np.int64)
# Layers times points that are worked on at once: they stay in the cache.
_BLOCK = 1 << 13


@dataclass(frozen=True, slots=True)
class Certificate:
    """A bound on the error of phases, and what stands behind it."""

    error: float
    """sup over [-1, 1] of |Re <0|U|0> - P|."""
    kind: Literal["bound", "sampled"]
    """Either "bound": proven, or "sampled": measured, see :mod:`qalgo.qsvt.certificate`."""


def certify(
    values: RealVector, coefficients: RealVector, kind: Literal["auto", "bound", "sampled"] = "auto"
) -> Certificate:
    """Return a certificate for symmetric phases (values_k = values_{d-k}).

    Args:
        values: phases in the convention "Wx, Re", shape (d + 1,), at most 3.9 in modulus.
        coefficients: Chebyshev coefficients of P, same parity as d, shape (d + 1,).
        kind: "auto" is a bound to degree 64 and sampled above.

    Raises:
        ProblemError: a bound for a degree above 20,000, which would take minutes.
    """
    degree = len(values) - 1
    if kind == "bound" and degree > LARGEST_BOUND_DEGREE:
        raise ProblemError(
            f"a bound was asked for degree {degree}; allowed: degree <= {LARGEST_BOUND_DEGREE}, since it takes O(d^2); "
            'use certificate="sampled"'
        )
    if kind == "bound" or (kind == "auto" and degree <= BOUND_DEGREE) or degree == 0:
        grid = 1 << max(2, (3 * degree).bit_length())
        errors = exact_errors(values, coefficients, np.arange(grid // 2 + 1), grid)
        bound = float(np.max(np.abs(errors))) / math.cos(math.pi * degree / (2 * grid))
        return Certificate(bound + (degree + 8) * ROUNDING, "bound")
    difference = forward_coefficients(values) - coefficients
    count = 2 * (degree + 1)
    measured = grid_bound(float(np.max(np.abs(samples(difference, count)))), degree, count)
    exact = exact_errors(values, coefficients, _SAMPLES, _GRID)
    noise = float(np.max(np.abs(_cosines() @ _folded(difference, 2 * _GRID) - exact)))
    return Certificate(max(measured, float(np.max(np.abs(exact)))) + 2.0 * noise, "sampled")


def exact_errors(values: RealVector, coefficients: RealVector, points: IntVector, grid: int) -> RealVector:
    r"""Return Re <0|U|0> - P at theta = pi points / grid, shape (points,), by 79-bit arithmetic in O(d points).

    :math:`U = \prod_k e^{i k \theta X} e^{i \phi_k Z} e^{-i k \theta X} \, e^{i d \theta X}`: layer k is the unit
    quaternion :math:`\cos \phi_k + \sin \phi_k e^{2 i k \theta} j`, and the second half of symmetric phases is the
    first one, reversed.
    """
    degree = len(values) - 1
    roots = _roots(grid) if grid & (grid - 1) == 0 else root_powers(grid)
    half = (degree + 1) // 2
    circle = phase_factors(values[: degree // 2 + 1])
    turn = roots[:, degree * points % (2 * grid)]
    if half:
        first = _first_half(circle[:, :half], roots, points)
        mirrored = first.copy()
        mirrored[:, 1] = np.conj(first[:, 1])
        middle = np.zeros_like(first)
        middle[:, 0] = turn
        if degree % 2 == 0:
            middle[:, 0] = multiply_phases(circle[:, half, None].real + 0j, turn)
            middle[:, 1] = circle[:, half, None].imag
        total = multiply(multiply(first, middle), mirrored)[:, 0].real
    else:
        total = np.repeat(circle.real, len(points), axis=1)
    whole, rest = _polynomial(coefficients, points, roots)
    return np.asarray((total[0] - whole) + (total[1] - rest))


@functools.lru_cache(maxsize=16)
def _roots(grid: int) -> npt.NDArray[Any]:
    """Powers of two are asked for again and again."""
    return root_powers(grid)


def _as_rows(pair: npt.NDArray[Any]) -> RealVector:
    """Return (real, imaginary) of the high parts, then of the low parts, a row for each number."""
    rows = np.empty((pair.shape[1], 4))
    rows[:, 0::2], rows[:, 1::2] = pair.real.T, pair.imag.T
    return rows


@functools.lru_cache(maxsize=1)
def _cosines() -> RealVector:
    """Return cos(k theta) at the sample points, shape (points, 2 _GRID)."""
    orders = np.arange(2 * _GRID)
    return np.asarray(np.cos((orders * _SAMPLES[:, None] % (2 * _GRID)) * (math.pi / _GRID)))


def _first_half(circle: npt.NDArray[Any], roots: npt.NDArray[Any], points: IntVector) -> npt.NDArray[Any]:
    """Return the product of the layers at each point, shape (2, 2, points)."""
    half, loops = circle.shape[1], compiled()
    if loops is not None:
        tables = [_as_rows(part) for part in (circle, roots)]
        product = np.empty((8, len(points)))
        loops.multiply_quaternions(*tables, (2 * points % roots.shape[1]).astype(np.int64), SHIFT, product)
        return np.asarray((product[0::2] + 1j * product[1::2]).reshape(2, 2, -1))
    block = max(2, _BLOCK // len(points))
    parts = [
        multiply_all(_layers(circle[:, begin : begin + block], begin, roots, points)) for begin in range(0, half, block)
    ]
    return multiply_all(np.stack(parts, axis=2))


def _layers(
    circle: npt.NDArray[Any],
    begin: int,
    roots: npt.NDArray[Any],
    points: IntVector,
) -> npt.NDArray[Any]:
    """Return layers begin .. as quaternions, shape (2, 2, layers, points)."""
    count = circle.shape[1]
    step = 2 * points % roots.shape[1]
    turns = roots.take(np.arange(begin, begin + count)[:, None] * step % roots.shape[1], axis=1)
    out = np.empty((2, 2, count, len(points)), dtype=np.complex128)
    out[:, 0] = circle.real[:, :, None]
    # The sine is real: as doubles, real and imaginary parts of the turns are just more numbers.
    sine, sine_low = circle.imag[:, :, None]
    high, low = turns.view(np.float64)
    beta = out[:, 1].view(np.float64)
    beta[0], beta[1] = split(sine * high, (sine + sine_low) * low + sine_low * high)
    return out


def _polynomial(coefficients: RealVector, points: IntVector, roots: npt.NDArray[Any]) -> tuple[RealVector, RealVector]:
    """Return P at the points as (multiple of 2^-26, rest); its large part in integers, exact while sum |c_k| < 2^11."""
    period = roots.shape[1]
    units = np.rint(coefficients * 2.0**26)
    rests = _folded(coefficients - units * 2.0**-26, period)
    whole = _folded(units.astype(np.int64), period)
    used = np.flatnonzero((whole != 0) | (rests != 0))
    index = used * points[:, None] % period
    cosine, cosine_low = roots.real
    integers = (cosine * 2.0**26).astype(np.int64)[index] @ whole[used]
    low = cosine_low[index] @ (whole[used] * 2.0**-26) + (cosine + cosine_low)[index] @ rests[used]
    return (integers >> 26) * 2.0**-26, (integers & (2**26 - 1)) * 2.0**-52 + low


def _folded(vector: npt.NDArray[Any], period: int) -> npt.NDArray[Any]:
    """Add up the entries whose indices agree modulo ``period``: cos(k theta) does not tell them apart."""
    padded = np.zeros(-(-len(vector) // period) * period, dtype=vector.dtype)
    padded[: len(vector)] = vector
    return np.asarray(padded.reshape(-1, period).sum(axis=0))


def forward_coefficients(values: RealVector) -> RealVector:
    """Return the Chebyshev coefficients of Re <0|U|0> for symmetric phases, shape (d + 1,), d >= 1, in double."""
    from scipy.fft import irfft, next_fast_len, rfft

    degree = len(values) - 1
    half = (degree + 1) // 2
    layers = values[: degree // 2 + 1].copy()
    layers[0] -= math.pi / 4
    gamma = np.tan(layers)
    pair, factor = forward(gamma[:half])
    length = 2 * int(next_fast_len(half, real=True))
    spectra = rfft(factor * pair[:, :half], length)
    product = irfft(spectra[0] * spectra[1], length)
    if length < degree + 1:
        product = np.append(product, 0.0)
    # b = w + w reversed for odd degree; for even degree the middle layer adds the difference of the moduli.
    terms = product[: degree + 1]
    full = terms + terms[::-1]
    if degree % 2 == 0:
        power = irfft(np.abs(spectra[1]) ** 2 - np.abs(spectra[0]) ** 2, length)[: half + 1]
        power[half:] = 0.0
        cosine, sine = math.cos(layers[half]), math.sin(layers[half])
        full = cosine * full
        full[half:] += sine * power
        full[:half] += sine * power[:0:-1]
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = -2.0 * full[half:]
    if degree % 2 == 0:
        coefficients[0] *= 0.5
    return coefficients
