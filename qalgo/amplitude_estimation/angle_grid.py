"""An angle theta on a grid that follows the lobes of its distribution, and what that says of a = sin^2(theta).

The grid is a union of equal cells of theta, halved whenever a larger K = 2k+1 needs it; cells with next to no mass are
dropped first. How the masses come about is left to the posteriors built on it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["FIRST_CELLS", "HALF_PI", "AngleGrid", "FloatArray", "Window"]

FloatArray = npt.NDArray[np.float64]

HALF_PI = 0.5 * math.pi
FIRST_CELLS = 64
RESOLUTION = 0.25
"""Largest K x (cell width) in radians: 2 K theta turns by at most half a radian within a cell."""
DROPPED_MASS = 1e-9
"""Mass of all the cells together that one halving may drop."""


class Window(NamedTuple):
    """An interval of the probability a, not cut at 0 and 1, and the posterior mass in it."""

    low: float
    high: float
    mass: float


class AngleGrid(ABC):
    r"""Masses of theta in [0, pi/2] on a multi-interval grid.

    Attributes:
        angles: (cells,) middles of the cells in radians, ascending.
        masses: (cells,) mass of the cells, sum 1.
        width: width of every cell in radians.
    """

    def __init__(self) -> None:
        self.width = HALF_PI / FIRST_CELLS
        self._index = np.arange(FIRST_CELLS, dtype=np.int64)
        self.angles: FloatArray = np.empty(0)
        self.masses: FloatArray = np.empty(0)

    @abstractmethod
    def _evaluate(self) -> None:
        """Set ``angles`` and ``masses`` for the cells in ``_index``, from all data."""

    def refine(self, multiple: int) -> None:
        """Halve the cells until they resolve sin^2(K theta) for K = ``multiple``."""
        while self.width * multiple > RESOLUTION:
            self.halve()

    def halve(self) -> None:
        """Drop the light cells and halve all others."""
        kept = self._index[self.masses * self.masses.size >= DROPPED_MASS]
        self.width *= 0.5
        self._index = np.stack((2 * kept, 2 * kept + 1), axis=1).ravel()
        self._evaluate()

    def slope(self) -> float:
        """Posterior root mean square of da/dtheta = sin(2 theta)."""
        return math.sqrt(float(self.masses @ np.sin(2 * self.angles) ** 2))

    def mean(self) -> float:
        """Posterior mean of a."""
        return float(self.masses @ np.sin(self.angles) ** 2)

    def deviation(self) -> float:
        """Posterior standard deviation of a."""
        values = np.sin(self.angles) ** 2
        values -= float(self.masses @ values)
        return math.sqrt(float(self.masses @ values**2))

    def angle_deviation(self) -> float:
        """Posterior standard deviation of theta in radians."""
        offset = self.angles - float(self.masses @ self.angles)
        return math.sqrt(float(self.masses @ offset**2))

    def fits(self, epsilon: float, mass: float) -> bool:
        """Whether some interval of a of half-width ``epsilon`` holds ``mass``."""
        # Such an interval leaves at most 1 - mass on either side: this quick look spares most of the full ones.
        low, high = self._cells(1.0 - mass)
        if (
            math.sin(self._index[high] * self.width) ** 2 - math.sin((self._index[low] + 1) * self.width) ** 2
            > 2 * epsilon
        ):
            return False
        return self.window(epsilon).mass >= mass

    def spread(self, tail: float) -> float:
        """Width in radians of the central interval of theta that leaves ``tail`` outside on each side."""
        low, high = self._cells(tail)
        return float(self.angles[high] - self.angles[low]) + self.width

    def central(self, tail: float) -> tuple[float, float]:
        """Interval of a that leaves at most ``tail`` outside on each side, in whole cells."""
        low, high = self._cells(tail)
        return math.sin(self._index[low] * self.width) ** 2, math.sin((self._index[high] + 1) * self.width) ** 2

    def window(self, epsilon: float) -> Window:
        """Return the interval of a of half-width ``epsilon`` that holds the most mass."""
        ends, cumulative = self._distribution()
        rising = np.interp(ends + 2 * epsilon, ends, cumulative) - cumulative
        falling = cumulative - np.interp(ends - 2 * epsilon, ends, cumulative)
        first, last = int(np.argmax(rising)), int(np.argmax(falling))
        # The distribution is taken as linear within a cell: the best window begins or ends on the border of one.
        if rising[first] >= falling[last]:
            return Window(float(ends[first]), float(ends[first]) + 2 * epsilon, float(rising[first]))
        return Window(float(ends[last]) - 2 * epsilon, float(ends[last]), float(falling[last]))

    def shortest(self, mass: float) -> Window:
        """Return the shortest interval of a that begins on the border of a cell and holds ``mass``."""
        ends, cumulative = self._distribution()
        begin = np.flatnonzero(cumulative <= cumulative[-1] - mass)
        finish = np.interp(cumulative[begin] + mass, cumulative, ends)
        best = int(np.argmin(finish - ends[begin]))
        return Window(float(ends[begin[best]]), float(finish[best]), mass)

    def _cells(self, tail: float) -> tuple[int, int]:
        cumulative = np.cumsum(self.masses)
        low, high = np.searchsorted(cumulative, (tail, cumulative[-1] - tail))
        last = self.angles.size - 1
        return min(int(low), last), min(int(high), last)

    def _distribution(self) -> tuple[FloatArray, FloatArray]:
        """Return both ends of every cell in a, ascending, and the cumulative mass there."""
        borders = np.empty((self.angles.size, 2))
        borders[:, 0] = np.sin(self._index * self.width)
        borders[:, 1] = np.sin((self._index + 1) * self.width)
        cumulative = np.cumsum(self.masses)
        values = np.stack((np.concatenate(([0.0], cumulative[:-1])), cumulative), axis=1)
        return borders.ravel() ** 2, values.ravel()

    def _set_angles(self) -> None:
        self.angles = np.asarray((self._index + 0.5) * self.width, dtype=np.float64)
