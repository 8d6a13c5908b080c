r"""Largest |P| on [-1, 1] of a polynomial of definite parity, from samples on an oversampled grid and Newton's method.

In :math:`\theta = \arccos x` the polynomial is a trigonometric polynomial of degree d, so N samples per half turn bound
it everywhere: :math:`\sup |P| \le \max_j |P(\theta_j)| / \cos(\pi d / 2 N)` (Ehlich and Zeller, Math. Z. 86, 1964).
Parity leaves the samples in [0, pi/2] to be taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Peaks", "SupNorm", "find_peaks", "grid_bound", "highest", "samples", "sup_norm"]

RealVector = npt.NDArray[np.float64]

# Work allowed for the evaluation of candidates: peaks times coefficients.
_CANDIDATE_WORK = 20_000_000


@dataclass(frozen=True, slots=True)
class SupNorm:
    """Largest |P| found, where, and a proven bound."""

    value: float
    """Largest |P| found: on the grid, or at a peak refined by Newton's method."""
    theta: float
    """Where, in [0, pi/2]: x = cos(theta)."""
    bound: float
    """Proven: sup |P| is at most this, up to rounding."""

    @property
    def x(self) -> float:
        """Where, in [0, 1]."""
        return math.cos(self.theta)


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Local maxima of |P| on a grid, by the parabola through three samples."""

    theta: RealVector  # shape (peaks,)
    height: RealVector  # |P|, shape (peaks,)
    frequency: RealVector  # omega of height * cos(omega (theta - theta_peak)), shape (peaks,)


def samples(coefficients: RealVector, count: int) -> RealVector:
    r"""Return P at :math:`\theta_j = \pi (j + 1/2) / (2\,\mathrm{count})`, shape (count,), by one cosine transform.

    Args:
        coefficients: Chebyshev coefficients of definite parity, shape (d + 1,), count > d / 2.
        count: number of samples in (0, pi/2).
    """
    from scipy.fft import dct

    odd = (len(coefficients) - 1) % 2
    half = 0.5 * coefficients[odd::2]
    if odd:
        return np.asarray(dct(half, 4, n=count))
    half[0] *= 2.0
    return np.asarray(dct(half, 3, n=count))


def grid_angle(index: npt.ArrayLike, count: int) -> RealVector:
    """Return theta of a sample of ``samples``."""
    return np.asarray((np.asarray(index) + 0.5) * (math.pi / (2 * count)))


def grid_bound(largest: float, degree: int, count: int) -> float:
    """Return the bound on sup |P| that ``count`` samples in (0, pi/2) prove (``count`` > degree / 2)."""
    return largest / math.cos(math.pi * degree / (4 * count))


def find_peaks(values: RealVector) -> Peaks:
    """Return the local maxima of |P| given its samples; beyond 0 and pi/2 the samples go on by symmetry."""
    heights = np.abs(values)
    padded = np.concatenate([heights[:1], heights, heights[-1:]])
    # A local maximum may lie between two equal samples: the left one counts.
    inner = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]))
    if heights[0] >= heights[1]:
        inner = np.concatenate([[0], inner])
    left, middle, right = padded[inner], padded[inner + 1], padded[inner + 2]
    bend = np.maximum(2 * middle - left - right, 0.0)
    slope = 0.5 * (right - left)
    shift = np.where(bend > 0, np.clip(slope / np.where(bend > 0, bend, 1.0), -1.0, 1.0), 0.0)
    step = math.pi / (2 * heights.size)
    height = middle + 0.5 * slope * shift
    frequency = np.sqrt(bend / np.maximum(height, 1e-300)) / step
    theta = np.clip((inner + 0.5 + shift) * step, 0.0, math.pi / 2)
    return Peaks(theta, height, frequency)


def sup_norm(coefficients: RealVector) -> SupNorm:
    """Return the largest |P|: samples, 16 per wave length of T_d, then Newton's method at the highest peaks.

    Args:
        coefficients: Chebyshev coefficients of definite parity, shape (d + 1,).
    """
    degree = len(coefficients) - 1
    if degree == 0:
        height = abs(float(coefficients[0]))
        return SupNorm(height, 0.0, height)
    values = samples(coefficients, 4 * (degree + 1))
    return highest(coefficients, values, find_peaks(values))[0]


def highest(coefficients: RealVector, values: RealVector, peaks: Peaks) -> tuple[SupNorm, Peaks]:
    """Refine the highest peaks; return the highest of them and all peaks, the refined ones in their new places."""
    degree = len(coefficients) - 1
    best = int(np.argmax(np.abs(values)))
    largest = abs(float(values[best]))
    bound = grid_bound(largest, degree, len(values))
    # The parabola errs by less than a quarter of what the grid can miss.
    keep = np.flatnonzero(peaks.height >= largest - 0.25 * (bound - largest))
    limit = max(16, _CANDIDATE_WORK // (degree + 1))
    keep = keep[np.argsort(-peaks.height[keep], kind="stable")[:limit]]
    theta = refined_peaks(coefficients, peaks.theta[keep])
    value, _, second = derivatives(coefficients, theta)
    heights = np.abs(value)
    refined = Peaks(peaks.theta.copy(), peaks.height.copy(), peaks.frequency.copy())
    refined.theta[keep], refined.height[keep] = theta, heights
    refined.frequency[keep] = np.sqrt(np.abs(second) / np.maximum(heights, 1e-300))
    top = int(np.argmax(heights))
    if heights[top] > largest:
        return SupNorm(float(heights[top]), float(theta[top]), bound), refined
    return SupNorm(largest, float(grid_angle(best, len(values))), bound), refined


def refined_peaks(coefficients: RealVector, theta: RealVector, steps: int = 3) -> RealVector:
    """Return extrema of P near ``theta`` by Newton's method on dP/dtheta."""
    radius = math.pi / max(len(coefficients), 2) / 4
    start = theta
    for _ in range(steps):
        _, first, second = derivatives(coefficients, theta)
        move = np.divide(first, second, out=np.zeros_like(first), where=second != 0)
        theta = np.clip(theta - move, start - radius, start + radius)
    return theta


def derivatives(coefficients: RealVector, theta: RealVector) -> tuple[RealVector, RealVector, RealVector]:
    """Return P, dP/dtheta and d2P/dtheta2 at angles theta, shape (k,) each, in O(k d)."""
    odd = (len(coefficients) - 1) % 2
    kept = coefficients[odd::2]
    orders = np.arange(odd, len(coefficients), 2, dtype=np.float64)
    out = np.empty((3, len(theta)))
    block = max(1, 1_000_000 // len(orders))
    for begin in range(0, len(theta), block):
        phase = np.multiply.outer(theta[begin : begin + block], orders)
        cosine, sine = np.cos(phase), np.sin(phase)
        out[0, begin : begin + block] = cosine @ kept
        out[1, begin : begin + block] = -(sine @ (kept * orders))
        out[2, begin : begin + block] = -(cosine @ (kept * orders**2))
    return out[0], out[1], out[2]
