r"""The joint posterior of theta and of the noise, for outcomes that follow the depolarising law.

.. math:: p(\theta, \gamma, f \mid \text{data}) \propto \pi(\theta)\,\pi(\gamma)\,\pi(f)
          \prod_K p_K^{h_K}\,(1-p_K)^{n_K-h_K},
          \qquad p_K = f + e^{-\gamma(K+o)}(\sin^2 K\theta - f)

for Q^k A and the return law for A^dagger Q^k A, with the read-out errors (:mod:`qalgo.amplitude_estimation.noise`).
theta lives on the grid of the noise-free posterior; gamma on nodes evenly spaced in log(gamma + gamma_0), in which its
prior is flat, gamma_0 = epsilon/4 being a rate too small to matter; f and o, where they are estimated, on evenly spaced
nodes with a flat prior. The joint likelihood is evaluated from all data at every node and cell, and the marginal of
theta is a sum over nodes. The trapezoidal rule on a smooth bell converges faster than any power of the spacing once
that is about a standard deviation, so that few nodes suffice as long as they follow the posterior: when it has become
narrow beside its nodes, they are laid anew over what is left of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.angle_grid import AngleGrid, FloatArray
from qalgo.amplitude_estimation.design import IntArray
from qalgo.amplitude_estimation.noise import Depolarising
from qalgo.amplitude_estimation.posterior import cusp_log_prior

__all__ = ["NoisyPosterior"]

SMALL_DECAY = 0.25
"""gamma_0 in units of epsilon: at the largest K that resolves epsilon, 0.6/epsilon, it takes 14 % of the contrast."""
LARGEST_DECAY = 3.0
"""Upper end of the prior of gamma when no bounds are given."""
NODES = 22
OTHER_NODES = 10
FIXED_POINT_RANGE = (0.0, 1.0)
OFFSET_RANGE = (-0.9, 1.0)
NEGLIGIBLE = 1e-6
"""Nodes whose mass is below this share of the largest may be left out when nodes are laid anew."""
STILL_HEAVY = 1e-3
"""An end node that is heavier than this, and not an end of the prior, means that nodes were cut too closely."""
SHARE = 0.55
"""Nodes are laid anew when the posterior fills at most this share of them."""
CELLS_PER_SPREAD = 26
"""Cells that the central interval of theta, tails of 5e-5 outside, is divided into at least."""
TAIL = 5e-5
SMALLEST = 1e-300


@dataclass(slots=True)
class _Axis:
    """One noise parameter: its nodes and the ends of its prior."""

    nodes: FloatArray
    low: float
    high: float

    @classmethod
    def evenly(cls, low: float, high: float, number: int) -> _Axis:
        return cls(np.linspace(low, high, number if high > low else 1), low, high)

    @classmethod
    def of(cls, value: float | str, bounds: tuple[float, float]) -> _Axis:
        """A single node for a number, evenly spaced nodes between the bounds for what is to be estimated."""
        return cls.evenly(*bounds, OTHER_NODES) if isinstance(value, str) else cls.evenly(value, value, 1)

    def relaid(self, masses: FloatArray) -> bool:
        """Lay the nodes anew where the masses ask for it; returns whether they were."""
        if self.nodes.size == 1:
            return False
        step = float(self.nodes[1] - self.nodes[0])
        heavy = np.flatnonzero(masses > NEGLIGIBLE * masses.max())
        first, last = int(heavy[0]), int(heavy[-1])
        low = self.nodes[max(0, first - 1)]
        high = self.nodes[min(self.nodes.size - 1, last + 1)]
        cut = [
            masses[0] > STILL_HEAVY * masses.max() and self.nodes[0] > self.low,
            masses[-1] > STILL_HEAVY * masses.max() and self.nodes[-1] < self.high,
        ]
        if not any(cut) and high - low > SHARE * (self.nodes[-1] - self.nodes[0]):
            return False
        span = self.nodes.size * step
        low = max(self.low, low - span if cut[0] else low)
        high = min(self.high, high + span if cut[1] else high)
        self.nodes = np.linspace(low, high, self.nodes.size)
        return True


class NoisyPosterior(AngleGrid):
    """Posterior of theta in [0, pi/2] with the noise parameters summed out; deterministic given the data.

    Args:
        model: the noise; a fixed point of None counts as 1/2.
        epsilon: the half-width aimed at, which sets the smallest rate that can matter.
        cusp: weight of the prior's cusp, as in :class:`qalgo.amplitude_estimation.posterior.AnglePosterior`.
        cusp_width: its width.

    Attributes:
        decays: (nodes,) gamma of every node.
        fixed_points: (nodes,) f of every node.
        joint: (nodes, cells) joint mass, sum 1.
    """

    def __init__(self, model: Depolarising, epsilon: float, *, cusp: float = 0.0, cusp_width: float = 1.0) -> None:
        super().__init__()
        self._model, self._cusp, self._cusp_width = model, cusp, cusp_width
        low, high = _decay_range(model)
        # The rate of a device known to be perfect is a single node at 0.
        self._small = SMALL_DECAY * epsilon
        self._decay_axis = _Axis.evenly(math.log(low + self._small), math.log(high + self._small), NODES)
        fixed = 0.5 if model.fixed_point is None else model.fixed_point
        self._fixed_axis = _Axis.of(fixed, FIXED_POINT_RANGE)
        self._offset_axis = _Axis.of(model.offset, OFFSET_RANGE)
        self._data: dict[tuple[int, bool], tuple[int, int]] = {}
        self.joint: FloatArray = np.empty((0, 0))
        self._log: FloatArray = np.empty((0, 0))
        self._evaluate()

    @property
    def decays(self) -> FloatArray:
        """(nodes,) gamma of every node."""
        return np.repeat(
            self._decay(self._decay_axis.nodes), self._fixed_axis.nodes.size * self._offset_axis.nodes.size
        )

    @property
    def fixed_points(self) -> FloatArray:
        """(nodes,) f of every node."""
        return np.tile(np.repeat(self._fixed_axis.nodes, self._offset_axis.nodes.size), self._decay_axis.nodes.size)

    @property
    def offsets(self) -> FloatArray:
        """(nodes,) o of every node."""
        return np.tile(self._offset_axis.nodes, self._decay_axis.nodes.size * self._fixed_axis.nodes.size)

    def observe(self, power: int, hits: int, shots: int, *, returns: bool = False) -> None:
        """Take in ``hits`` outcomes of ``shots`` shots of Q^power A, or of A^dagger Q^power A if ``returns``."""
        self.refine(2 * power if returns else 2 * power + 1)
        earlier = self._data.get((power, returns), (0, 0))
        self._data[power, returns] = (earlier[0] + hits, earlier[1] + shots)
        self._log += self._log_likelihood(power, returns, hits, shots)
        self._normalise()

    def sharpen(self) -> None:
        """Lay the nodes anew and halve the cells where the posterior has become narrow beside them."""
        masses = [self._noise_masses(axis) for axis in range(len(self._axes))]
        relaid = [axis.relaid(mass) for axis, mass in zip(self._axes, masses, strict=True)]
        if any(relaid):
            self._evaluate()
        while CELLS_PER_SPREAD * self.width > self.spread(TAIL):
            self.halve()

    def hit_moments(
        self, powers: IntArray, cells: npt.NDArray[np.bool_], functions: FloatArray, *, returns: bool = False
    ) -> FloatArray:
        """Return (powers, functions) the integral of each function over theta, with "one shot of that power is a hit".

        Args:
            powers: (powers,) powers of Q.
            cells: (cells,) which cells take part.
            functions: (chosen cells, functions) their values at the angles.
            returns: whether the shot is one of A^dagger Q^power A.
        """
        base, slope = self._affine(powers, returns)
        joint, ideal = self.joint[:, cells], _ideal(powers, self.angles[cells], returns)
        ideal *= slope @ joint
        return np.asarray(base @ (joint @ functions) + ideal @ functions, dtype=np.float64)

    def _affine(self, powers: IntArray, returns: bool) -> tuple[FloatArray, FloatArray]:
        """(powers, nodes) base and slope of the probability of a hit as a function of the one without noise."""
        preparations = 2 if returns else 1
        uses = np.add.outer(2.0 * powers + preparations, preparations * self.offsets)
        visible = np.exp(-uses * self.decays)
        if returns:
            nothing, intact = self._model.return_range
            return nothing * (1.0 - visible), intact * visible
        wrong, right = self._model.readout[0], 1.0 - sum(self._model.readout)
        return wrong + right * self.fixed_points * (1.0 - visible), right * visible

    def decay(self, level: float) -> tuple[float, float, float]:
        """Return the posterior median of gamma and the ends of its central interval of the given level."""
        middle, low, high = self._decay(_quantiles(self._decay_axis, self._noise_masses(0), level))
        return float(middle), float(low), float(high)

    def fixed_point(self, level: float) -> tuple[float, float, float]:
        """Return the posterior median of f and the ends of its central interval of the given level."""
        middle, low, high = _quantiles(self._fixed_axis, self._noise_masses(1), level)
        return float(middle), float(low), float(high)

    def _decay(self, nodes: FloatArray) -> FloatArray:
        # Exactly 0 at the low end of the prior, which the difference of two exponentials would miss.
        return np.asarray(self._small * np.maximum(np.expm1(nodes - math.log(self._small)), 0.0), dtype=np.float64)

    @property
    def _axes(self) -> tuple[_Axis, _Axis, _Axis]:
        return self._decay_axis, self._fixed_axis, self._offset_axis

    def _noise_masses(self, axis: int) -> FloatArray:
        """Marginal of one noise parameter: 0 gamma, 1 f, 2 o."""
        table = self.joint.sum(axis=1).reshape([each.nodes.size for each in self._axes])
        others = tuple(other for other in range(table.ndim) if other != axis)
        return np.asarray(table.sum(axis=others), dtype=np.float64)

    def _evaluate(self) -> None:
        self._set_angles()
        log = np.zeros((self.decays.size, self.angles.size))
        log += cusp_log_prior(self.angles, self._cusp, self._cusp_width)
        for (power, returns), (hits, shots) in self._data.items():
            log += self._log_likelihood(power, returns, hits, shots)
        self._log = log
        self._normalise()

    def _log_likelihood(self, power: int, returns: bool, hits: int, shots: int) -> FloatArray:
        """(nodes, cells) log-likelihood of the hits."""
        powers = np.array([power])
        base, slope = self._affine(powers, returns)
        good = base[0][:, None] + np.multiply.outer(slope[0], _ideal(powers, self.angles, returns)[0])
        total = np.zeros_like(good)
        if hits:
            total += hits * np.log(np.maximum(good, SMALLEST))
        if shots > hits:
            total += (shots - hits) * np.log(np.maximum(1.0 - good, SMALLEST))
        return np.asarray(total, dtype=np.float64)

    def _normalise(self) -> None:
        self._log -= self._log.max()
        weights = np.exp(self._log)
        self.joint = weights / weights.sum()
        self.masses = self.joint.sum(axis=0)


def _ideal(powers: IntArray, angles: FloatArray, returns: bool) -> FloatArray:
    """(powers, angles) probability of a hit without noise."""
    if returns:
        return np.asarray(0.5 + 0.5 * np.cos(np.multiply.outer(4 * powers, angles)))
    return np.asarray(0.5 - 0.5 * np.cos(np.multiply.outer(4 * powers + 2, angles)))


def _decay_range(model: Depolarising) -> tuple[float, float]:
    """Ends of the prior of gamma = -log(1 - rate)."""
    if model.rate is None:
        return 0.0, LARGEST_DECAY
    ends = model.rate if isinstance(model.rate, tuple) else (model.rate, model.rate)
    return -math.log1p(-ends[0]), -math.log1p(-ends[1])


def _quantiles(axis: _Axis, masses: FloatArray, level: float) -> FloatArray:
    """Median and ends of the central interval; the distribution is linear between the middles of neighbouring nodes."""
    if axis.nodes.size == 1:
        return np.repeat(axis.nodes, 3)
    step = float(axis.nodes[1] - axis.nodes[0])
    ends = np.append(axis.nodes - 0.5 * step, axis.nodes[-1] + 0.5 * step)
    cumulative = np.append(0.0, np.cumsum(masses))
    wanted = np.array([0.5, 0.5 - 0.5 * level, 0.5 + 0.5 * level]) * cumulative[-1]
    return np.asarray(np.clip(np.interp(wanted, cumulative, ends), axis.low, axis.high), dtype=np.float64)
