r"""The exact posterior of theta (a = sin^2(theta)) given hits of Q^k A, on a grid that follows the posterior's lobes.

One shot of Q^k A is good with probability sin^2(K theta), K = 2k+1 (quant-ph/0005055, eq. 8), so that after h_K hits in
n_K shots

.. math:: p(\theta \mid \text{data}) \propto \pi(\theta)
          \prod_K \sin^{2h_K}(K\theta)\,\cos^{2(n_K-h_K)}(K\theta).

It has many lobes. The grid is a union of equal cells, halved whenever a larger K needs it; cells with next to no mass
are dropped first. The likelihood is evaluated from all data at the middle of every cell: nothing is resampled or
interpolated, so that no lobe is lost that still holds mass.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.angle_grid import HALF_PI, AngleGrid, FloatArray, Window

__all__ = ["AnglePosterior", "Window", "cusp_log_prior"]

SMALLEST = 1e-300


class AnglePosterior(AngleGrid):
    r"""Posterior of theta in [0, pi/2] on a multi-interval grid; deterministic given the data.

    The prior is flat in theta with a gentle cusp at theta = pi/4,

    .. math:: \pi(\theta) \propto 1 + \frac{c}{|\theta - \pi/4| + \delta}.

    At a = 1/2 every odd K gives the probability 1/2, so that its data say least about which lobe is the right one, and
    a flat prior covers less there than anywhere else. The cusp gives each octave of |theta - pi/4| down to delta the
    same additional mass: coverage becomes more even over a. c = 0 is the flat prior.

    Args:
        cusp: c in radians, weight of the cusp.
        cusp_width: delta in radians, > 0.

    Attributes:
        angles: (cells,) middles of the cells in radians, ascending.
        masses: (cells,) posterior mass of the cells, sum 1.
        width: width of every cell in radians.
    """

    def __init__(self, *, cusp: float = 0.0, cusp_width: float = 1.0) -> None:
        self._cusp, self._cusp_width = cusp, cusp_width
        super().__init__()
        self._data: dict[int, tuple[int, int]] = {}
        self._log: FloatArray = np.empty(0)
        self._evaluate()

    def observe(self, multiple: int, hits: int, shots: int) -> None:
        """Take in ``hits`` good outcomes of ``shots`` shots with K = ``multiple`` (odd)."""
        self.refine(multiple)
        earlier = self._data.get(multiple, (0, 0))
        self._data[multiple] = (earlier[0] + hits, earlier[1] + shots)
        self._log += self._log_likelihood(np.array([multiple]), np.array([hits]), np.array([shots - hits]))
        self._normalise()

    @property
    def information(self) -> float:
        """Fisher information on theta of the data, 4 n_K K^2 summed over K; it does not depend on theta."""
        return math.fsum(4.0 * shots * multiple**2 for multiple, (_, shots) in self._data.items())

    def _evaluate(self) -> None:
        self._set_angles()
        self._log = cusp_log_prior(self.angles, self._cusp, self._cusp_width)
        if self._data:
            counts = np.array(list(self._data.values()))
            self._log += self._log_likelihood(np.array(list(self._data)), counts[:, 0], counts[:, 1] - counts[:, 0])
        self._normalise()

    def _log_likelihood(
        self, multiples: npt.NDArray[np.int64], hits: npt.NDArray[np.int64], misses: npt.NDArray[np.int64]
    ) -> FloatArray:
        turned = np.cos(np.multiply.outer(2 * multiples, self.angles))
        good = np.log(np.maximum(0.5 - 0.5 * turned, SMALLEST))
        bad = np.log(np.maximum(0.5 + 0.5 * turned, SMALLEST))
        return np.asarray(hits @ good + misses @ bad, dtype=np.float64)

    def _normalise(self) -> None:
        self._log -= self._log.max()
        weights = np.exp(self._log)
        self.masses = weights / weights.sum()


def cusp_log_prior(angles: FloatArray, cusp: float, cusp_width: float) -> FloatArray:
    """Return the logarithm of the prior of :class:`AnglePosterior` at the angles, up to a constant."""
    distance = np.abs(angles - 0.5 * HALF_PI) + cusp_width
    return np.asarray(np.log1p(cusp / distance), dtype=np.float64)
