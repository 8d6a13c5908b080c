r"""The exact posterior of theta (a = sin^2(theta)) given hits of Q^k A, on a grid that follows the posterior's lobes.

One shot of Q^k A is good with probability sin^2(K theta), K = 2k+1, so that the posterior of a flat prior on theta is

.. math:: p(\theta \mid \text{data}) \propto \prod_K \sin^{2h_K}(K\theta)\,\cos^{2(n_K-h_K)}(K\theta),

with h_K hits in n_K shots. It has many lobes. The grid is a union of equal cells, halved whenever a larger K needs it;
cells with next to no mass are dropped first. The likelihood is evaluated from all data at the middle of every cell:
nothing is resampled or interpolated, so that no lobe is lost that still holds mass.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["AnglePosterior"]

FloatArray = npt.NDArray[np.float64]

HALF_PI = 0.5 * math.pi
FIRST_CELLS = 64
RESOLUTION = 0.15
"""Largest K x (cell width) in radians: 2 K theta then turns by at most 0.3 within a cell."""
DROPPED_MASS = 1e-9
"""Mass of all the cells together that one halving may drop."""
SMALLEST = 1e-300


class AnglePosterior:
    r"""Posterior of theta in [0, pi/2], flat prior; deterministic given the data.

    Attributes:
        angles: (cells,) middles of the cells in radians, ascending.
        masses: (cells,) posterior mass of the cells, sum 1.
        width: width of every cell in radians.
    """

    def __init__(self) -> None:
        self.width = HALF_PI / FIRST_CELLS
        self._index = np.arange(FIRST_CELLS, dtype=np.int64)
        self.angles: FloatArray = (self._index + 0.5) * self.width
        self._log: FloatArray = np.zeros(FIRST_CELLS)
        self.masses: FloatArray = np.full(FIRST_CELLS, 1.0 / FIRST_CELLS)
        self._data: dict[int, tuple[int, int]] = {}

    def observe(self, multiple: int, hits: int, shots: int) -> None:
        """Take in ``hits`` good outcomes of ``shots`` shots with K = ``multiple`` (odd)."""
        self.refine(multiple)
        earlier = self._data.get(multiple, (0, 0))
        self._data[multiple] = (earlier[0] + hits, earlier[1] + shots)
        self._log += _log_likelihood(self.angles, multiple, hits, shots - hits)
        self._normalise()

    def refine(self, multiple: int) -> None:
        """Halve the cells until they resolve sin^2(K theta) for K = ``multiple``."""
        while self.width * multiple > RESOLUTION:
            self._drop()
            self.width *= 0.5
            self._index = (2 * self._index[:, None] + np.array([0, 1])).ravel()
            self.angles = (self._index + 0.5) * self.width
            self._log = np.zeros(self.angles.size)
            for known, (hits, shots) in self._data.items():
                self._log += _log_likelihood(self.angles, known, hits, shots - hits)
            self._normalise()

    def spread(self, tail: float) -> float:
        """Width in radians of the central interval that leaves ``tail`` outside on each side."""
        cumulative = np.cumsum(self.masses)
        low, high = np.searchsorted(cumulative, (tail, 1.0 - tail))
        last = self.angles.size - 1
        return float(self.angles[min(high, last)] - self.angles[min(low, last)]) + self.width

    def window(self, epsilon: float) -> tuple[float, float, float]:
        """Return (low, high, mass) of the interval of a of half-width ``epsilon`` that holds the most mass.

        The interval is not cut at 0 and 1.
        """
        ends, cumulative = self._distribution()
        from_low = np.interp(ends + 2 * epsilon, ends, cumulative) - cumulative
        to_high = cumulative - np.interp(ends - 2 * epsilon, ends, cumulative)
        first, second = int(np.argmax(from_low)), int(np.argmax(to_high))
        # With linear pieces the best window begins or ends on the border of a cell.
        if from_low[first] >= to_high[second]:
            low = float(ends[first])
            return low, low + 2 * epsilon, float(from_low[first])
        high = float(ends[second])
        return high - 2 * epsilon, high, float(to_high[second])

    def shortest(self, mass: float) -> tuple[float, float]:
        """Return the shortest interval of a that holds at least ``mass``."""
        ends, cumulative = self._distribution()
        whole = float(cumulative[-1])
        begin = np.flatnonzero(cumulative <= whole - mass)
        finish = np.interp(cumulative[begin] + mass, cumulative, ends)
        best = int(np.argmin(finish - ends[begin]))
        return float(ends[begin[best]]), float(finish[best])

    def _distribution(self) -> tuple[FloatArray, FloatArray]:
        """Borders of the cells in a (both ends of each cell, ascending) and the cumulative mass there."""
        borders = np.empty(2 * self.angles.size)
        borders[0::2] = np.sin(self._index * self.width) ** 2
        borders[1::2] = np.sin((self._index + 1) * self.width) ** 2
        cumulative = np.cumsum(self.masses)
        values = np.empty(borders.size)
        values[0] = 0.0
        values[2::2] = cumulative[:-1]
        values[1::2] = cumulative
        return borders, values

    def _drop(self) -> None:
        light = self.masses * self.masses.size < DROPPED_MASS
        if light.any():
            kept = ~light
            self._index, self.angles = self._index[kept], self.angles[kept]
            self._log, self.masses = self._log[kept], self.masses[kept]

    def _normalise(self) -> None:
        self._log -= self._log.max()
        weights = np.exp(self._log)
        self.masses = weights / weights.sum()


def _log_likelihood(angles: FloatArray, multiple: int, hits: int, misses: int) -> FloatArray:
    good = np.sin(multiple * angles) ** 2
    total: FloatArray = np.zeros(angles.size)
    if hits:
        total += hits * np.log(np.maximum(good, SMALLEST))
    if misses:
        total += misses * np.log(np.maximum(1.0 - good, SMALLEST))
    return total
