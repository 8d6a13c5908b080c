"""Chebyshev series: values from coefficients, coefficients from values, and a proven bound of the supremum."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = [
    "coefficients_from",
    "cosine_series_at",
    "fast_intervals",
    "grid",
    "grid_residuals",
    "grid_values",
    "sup_norm",
    "values_at",
]

RealVector = npt.NDArray[np.float64]

ROUNDING = float(np.finfo(np.float64).eps)
PI_LOW = 1.2246467991473532e-16
"""pi minus its double."""
SMALL = 0.2
BLOCK_ENTRIES = 4_000_000
"""Largest number of entries of a matrix that evaluation holds at a time (32 MB)."""
DIRECT_TERMS = 200_000_000
"""Terms (degree times points) up to which a series is summed; beyond, it is interpolated on a grid."""
FINE_GRID = 2**21
"""Intervals of the grid behind a supremum, unless the degree needs more."""


def grid(intervals: int) -> RealVector:
    """Return the points cos(pi j / intervals), j = 0 .. intervals, symmetric to the last bit and exactly 0 inside."""
    return np.sin(np.pi * np.arange(intervals, -intervals - 1, -2) / (2 * intervals))


def fast_intervals(least: int) -> int:
    """Return the smallest even 2^i 3^j 5^k >= ``least``: other lengths make the transform slower and less exact."""
    best = 2 << max(0, least - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            size = 2 * three
            while size < least:
                size *= 2
            best = min(best, size)
            three *= 3
        five *= 5
    return best


def grid_residuals(intervals: int) -> RealVector:
    """Return by how much the exact points are larger than those of :func:`grid`, where these are in (0, SMALL).

    sin(s) = s - s^3 / 6 + ... with s = pi k / (2 M) as a sum of two numbers: products of halves of pi and of s with
    integers are exact.
    """
    k = np.arange(intervals, -intervals - 1, -2).astype(np.float64)
    points, divisor = grid(intervals), 2.0 * intervals
    s = np.pi * k / divisor
    pi_high, s_high = _high_part(np.float64(np.pi)), _high_part(s)
    s_low = ((k * pi_high - s_high * divisor) + (k * (np.pi - pi_high) - (s - s_high) * divisor) + k * PI_LOW) / divisor
    square = s * s
    series = np.ones_like(s)
    for divisor_of_term in (156.0, 110.0, 72.0, 42.0, 20.0):
        series = 1.0 - square / divisor_of_term * series
    bend = -s * square / 6.0 * series
    return np.where((points > 0.0) & (points < SMALL), (s - points) + (s_low + bend), 0.0)


def _high_part(value: RealVector | np.float64) -> RealVector:
    """Return the upper 26 bits (Veltkamp's splitting)."""
    scaled = value * 134217729.0
    return np.asarray(scaled - (scaled - value))


def grid_values(coefficients: RealVector, intervals: int) -> RealVector:
    """Return the series on :func:`grid` by one FFT; ``intervals`` is at least the degree."""
    padded = np.zeros(intervals + 1)
    padded[: coefficients.size] = coefficients
    padded[[0, -1]] *= 2.0
    return np.fft.irfft(padded * intervals, 2 * intervals)[: intervals + 1]


def coefficients_from(values: RealVector) -> RealVector:
    """Return the Chebyshev coefficients of the interpolant of values on :func:`grid`, same length."""
    intervals = values.size - 1
    coefficients = 2.0 * np.fft.irfft(values, 2 * intervals)[: intervals + 1]
    coefficients[[0, -1]] *= 0.5
    return coefficients


def values_at(x: npt.ArrayLike, coefficients: RealVector) -> RealVector:
    r"""Return sum_k c_k T_k(x), same shape as x.

    With x = sin(s) the even part is a sum of (-1)^j c_2j cos(2 j s) and the odd part one of (-1)^j c_(2j+1)
    sin((2 j + 1) s): the angle s keeps the relative accuracy of a small x, which arccos would lose. With j = q B + r
    each part is two products of matrices of about sqrt(d) rows: as many operations as Clenshaw's recurrence, but at the
    speed of a matrix product.
    """
    points = np.asarray(x, dtype=np.float64)
    flat = points.ravel()
    if flat.size and not np.max(np.abs(flat)) <= 1.0:
        # Outside [-1, 1] there is no angle; eigenvalues may overshoot by rounding.
        return np.asarray(np.polynomial.chebyshev.chebval(points, coefficients))
    result = np.zeros_like(flat)
    for offset in (0, 1):
        if np.any(coefficients[offset::2]):
            result += _part_at(np.arcsin(flat), coefficients[offset::2], offset)
    return result.reshape(points.shape)


def _part_at(s: RealVector, kept: RealVector, offset: int) -> RealVector:
    """Return sum_j (-1)^j c_j cos(2 j s) for offset 0, sum_j (-1)^j c_j sin((2 j + 1) s) for offset 1."""
    width = max(1, math.isqrt(kept.size))
    rows = -(-kept.size // width)
    padded = np.zeros(rows * width)
    padded[: kept.size] = kept
    padded[1::2] *= -1.0
    table = padded.reshape(rows, width)
    result = np.empty_like(s)
    chunk = max(1, BLOCK_ENTRIES // max(rows, width))
    for start in range(0, s.size, chunk):
        part = s[start : start + chunk]
        inner = np.outer(2.0 * np.arange(width), part)
        outer = np.outer(2.0 * width * np.arange(rows) + offset, part)
        cosines, sines = table @ np.cos(inner), table @ np.sin(inner)
        if offset:
            terms = np.sin(outer) * cosines + np.cos(outer) * sines
        else:
            terms = np.cos(outer) * cosines - np.sin(outer) * sines
        result[start : start + chunk] = np.sum(terms, axis=0)
    return result


def cosine_series_at(angles: RealVector, coefficients: RealVector) -> RealVector:
    """Return sum_k c_k cos(k angle) for angles in [0, pi], from a grid of 8 points per oscillation.

    Lagrange interpolation through the 24 nearest points leaves an error of (pi / 16)^24 (12!)^2 / 24! < 1e-23 of the
    fastest term, so that rounding dominates.
    """
    intervals = 1 << max(5, (8 * coefficients.size - 1).bit_length())
    values = grid_values(coefficients, intervals)
    near = 24
    position = angles * (intervals / np.pi)
    first = np.floor(position).astype(np.int64) - (near // 2 - 1)
    weights = np.array([(-1.0) ** k * math.comb(near - 1, k) for k in range(near)])
    above, below = np.zeros_like(position), np.zeros_like(position)
    exact = np.full(position.shape, -1, dtype=np.int64)
    for k in range(near):
        index = first + k
        distance = position - index
        hit = distance == 0.0
        exact[hit] = index[hit]
        term = weights[k] / np.where(hit, 1.0, distance)
        folded = np.abs(index)
        above += term * values[np.where(folded > intervals, 2 * intervals - folded, folded)]
        below += term
    result = above / below
    on_grid = exact >= 0
    result[on_grid] = values[exact[on_grid]]
    return result


def sup_norm(coefficients: RealVector) -> tuple[float, float]:
    r"""Return a lower and a proven upper bound of sup |P| over [-1, 1].

    On M + 1 points cos(pi j / M) with M > d the largest |P| is at least cos(pi d / (2 M)) of the supremum (Ehlich and
    Zeller 1964); M = 64 d makes that 0.03 %. The rounding of the transform is added to the upper bound.
    """
    degree = coefficients.size - 1
    if degree == 0:
        return abs(float(coefficients[0])), abs(float(coefficients[0]))
    intervals = max(8 * degree, min(64 * degree, FINE_GRID))
    intervals = 1 << (intervals - 1).bit_length()
    seen = float(np.max(np.abs(grid_values(coefficients, intervals))))
    rounding = ROUNDING * math.log2(intervals) * float(np.linalg.norm(coefficients)) * 2.0
    return seen, (seen + rounding) / math.cos(math.pi * degree / (2 * intervals))
