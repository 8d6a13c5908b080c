r"""Adaptive Bayesian amplitude estimation with the exact posterior: the default method.

Each shot of Q^k A is chosen where it is expected to reduce the logarithm of the posterior variance of theta most per
use of A. The run ends when some interval of half-width epsilon holds enough posterior mass, and the posterior standard
deviation is no larger than that mass asks for: a light lobe far away would not show in the mass, but would in the mean
squared error. The posterior is exact (:mod:`qalgo.amplitude_estimation.posterior`), so that stopping early costs no
credibility: a credible interval means the same whatever rule ended the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np

from qalgo.amplitude_estimation.batching import LARGEST_MULTIPLE as BATCH_LARGEST
from qalgo.amplitude_estimation.batching import plan_batch
from qalgo.amplitude_estimation.estimator import Bracket, check_accuracy
from qalgo.amplitude_estimation.posterior import AnglePosterior
from qalgo.errors import ProblemError
from qalgo.results import Interval
from qalgo.transcript import GroverShots, Request, Round

__all__ = ["BayesianEstimator"]

SCHEDULES = ("adaptive", "batched")
CUSP = 0.1
"""Weight of the prior's cusp at theta = pi/4, in radians."""
CUSP_WIDTH = 2.0
"""Width of the cusp in units of epsilon."""
DEVIATION = 1.4
"""Largest posterior standard deviation at the end, in units of epsilon/z, z the normal quantile of the mass."""
FIRST_SHOTS = 12
TAIL = 5e-5
TAIL_WIDTH = 2 * NormalDist().inv_cdf(1 - TAIL)
"""Width of the central interval with TAIL outside on each side, for a normal law of standard deviation 1."""
SMALLEST_MULTIPLE, LARGEST_MULTIPLE = 0.15, 1.2
"""Range of K in units of 1/s, s the width of that interval over TAIL_WIDTH: far lobes keep K small."""
STEPS = np.linspace(0.0, 1.0, 36)
"""The candidates are spaced evenly in log K."""
LIGHT = 1e-7
"""Cells that together hold less do not take part in the choice of K."""
SHOTS_BELOW = ((0.02, 4), (0.1, 2))
"""Below this K x epsilon so many shots go together: they cost little, and rounds are saved."""
TRIMMED = 5e-5
"""Mass that may be cut from each end of the final interval where the posterior has ended before it."""
COARSE_BATCHES = 4
BATCH_GOALS = (1.6, 1.0, 0.85, 0.7, 0.5)
"""Widths aimed at after submission 5 and after 6, 7 and 8 each, in units of epsilon/z. Most runs end with 6 or 7."""
MORE_INFORMATION = 1.2
"""Every submission aims at so many times the information of the data before it, at least: no run creeps to its end."""
FIRST_WIDTH = 0.3
"""Standard deviation of theta in radians from which the coarse submissions go down in equal ratios."""


class BayesianEstimator:
    r"""Bayesian amplitude estimation; interval of kind "credible" and half-width <= epsilon.

    Args:
        epsilon: half-width on a, 0 < epsilon < 1/2.
        confidence: level of the interval. The run ends at a larger posterior mass, 1 - f (1 - confidence) with
            f = 0.8 + (1 - confidence)/2 (0.9588 for 0.95), since a credible interval covers its level on average over
            the prior, and less at the worst a.
        schedule: "adaptive" has one power in each round; "batched" has several, and at most 8 rounds in practice.

    Source: the likelihood is quant-ph/0005055, eq. 8; Bayesian estimation of an amplitude with chosen powers follows
    the idea of arXiv:2412.04394. Prior, grid, choice of powers and stopping rule are this package's own.

    Raises:
        ProblemError: an argument out of range.
    """

    references: tuple[str, ...]

    def __init__(self, epsilon: float, confidence: float, *, schedule: str = "adaptive") -> None:
        check_accuracy(epsilon, confidence)
        if schedule not in SCHEDULES:
            raise ProblemError(f"schedule is {schedule!r}; allowed: {', '.join(SCHEDULES)}")
        self._epsilon, self._confidence, self._schedule = epsilon, confidence, schedule
        missed = 1.0 - confidence
        self._mass = 1.0 - missed * (1.0 if schedule == "batched" else min(1.0, 0.8 + 0.5 * missed))
        self._unit = epsilon / NormalDist().inv_cdf(0.5 * (1.0 + self._mass))
        self._posterior = AnglePosterior(cusp=CUSP, cusp_width=CUSP_WIDTH * epsilon)
        self._rounds = 0
        self._narrow = False
        self._requests = self._plan()
        self.references = (_BRASSARD,)

    def settings(self) -> Mapping[str, Any]:
        """Return the schedule."""
        return {"schedule": self._schedule}

    def next_round(self) -> tuple[Request, ...]:
        """Return the next requests; empty when an interval of half-width epsilon holds enough mass."""
        return self._requests

    def observe(self, finished: Round) -> None:
        """Update the posterior with the outcomes and plan the next round.

        Raises:
            ProblemError: the round is not the one asked for.
        """
        if not self._requests or finished.requests != self._requests:
            raise ProblemError(f"the round {finished.requests} was not asked for; feed the answer of next_round()")
        for request, hits in zip(finished.requests, finished.outcomes, strict=True):
            if isinstance(request, GroverShots) and isinstance(hits, int):
                self._posterior.observe(2 * request.power + 1, hits, request.shots)
        self._rounds += 1
        self._requests = () if self._finished() else self._plan()

    def bracket(self) -> Bracket:
        """Return the posterior mean and the interval, cut to [0, 1]; before the first round 1/2 and [0, 1]."""
        if not self._rounds:
            return Bracket(0.5, Interval(0.0, 1.0, self._confidence, "credible"))
        window = self._posterior.window(self._epsilon)
        if window.mass < self._mass or self._requests:
            window = self._posterior.shortest(self._mass)
        first, last = self._posterior.central(TRIMMED)
        low, high = max(0.0, window.low, first), min(1.0, window.high, last)
        value = min(max(self._posterior.mean(), low), high)
        return Bracket(value, Interval(low, high, self._confidence, "credible"))

    def _finished(self) -> bool:
        self._narrow = self._posterior.fits(self._epsilon, self._mass)
        return self._narrow and self._posterior.deviation() <= DEVIATION * self._unit

    def _plan(self) -> tuple[Request, ...]:
        if self._schedule == "batched":
            return self._batch()
        if not self._rounds:
            return (GroverShots(0, FIRST_SHOTS),)
        best = self._best_multiple()
        shots = next((number for limit, number in SHOTS_BELOW if best * self._epsilon < limit), 1)
        return (GroverShots((best - 1) // 2, shots),)

    def _best_multiple(self) -> int:
        """Return the odd K with the largest expected fall of the log-variance of theta, per use of A, of one shot."""
        posterior = self._posterior
        scale = posterior.spread(TAIL) / TAIL_WIDTH
        lowest = SMALLEST_MULTIPLE / scale
        if self._narrow:
            # What keeps the run going is a light lobe far away: a small K tells it apart at little cost.
            lowest = min(lowest, SMALLEST_MULTIPLE / posterior.angle_deviation())
        multiples = _odd(lowest * (LARGEST_MULTIPLE / scale / lowest) ** STEPS)
        posterior.refine(int(multiples[-1]))
        heavy = posterior.masses * posterior.masses.size >= LIGHT
        angles, masses = posterior.angles[heavy], posterior.masses[heavy]
        offset = angles - float(masses @ angles)
        moments = np.stack((masses, masses * offset, masses * offset**2), axis=1)
        total = moments.sum(axis=0)
        half = 0.5 * (np.cos(np.multiply.outer(2 * multiples, angles)) @ moments)
        expected = sum(_weighted_log_variance(part) for part in (0.5 * total + half, 0.5 * total - half))
        gain = _weighted_log_variance(total[None, :]) - expected
        return int(multiples[int(np.argmax(gain / multiples))])

    def _batch(self) -> tuple[Request, ...]:
        posterior = self._posterior
        final = self._unit / max(posterior.slope(), self._unit)
        coarse = (self._rounds + 1) / COARSE_BATCHES
        if coarse <= 1.0:
            target = FIRST_WIDTH * (BATCH_GOALS[0] * final / FIRST_WIDTH) ** coarse
        else:
            target = final * BATCH_GOALS[min(self._rounds - COARSE_BATCHES + 1, len(BATCH_GOALS) - 1)]
        target = min(target, (MORE_INFORMATION * posterior.information + 1.0) ** -0.5)
        posterior.refine(math.ceil(BATCH_LARGEST / target))
        plan = plan_batch(
            posterior.angles,
            posterior.masses,
            information=posterior.information,
            scale=max(posterior.spread(TAIL) / TAIL_WIDTH, posterior.angle_deviation()),
            target=target,
        )
        return tuple(GroverShots((multiple - 1) // 2, shots) for multiple, shots in plan.items())


def _odd(values: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.int64]:
    """Return the odd integers at or above the even parts of positive values, each once, ascending."""
    return np.unique(2 * (0.5 * values).astype(np.int64) + 1)


def _weighted_log_variance(moments: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
    """Return weight x log(variance) from (.., 3) weights, first and second moments."""
    weight = np.maximum(moments[:, 0], 1e-12)
    variance = np.maximum(moments[:, 2] / weight - (moments[:, 1] / weight) ** 2, 1e-300)
    return np.asarray(weight * np.log(variance), dtype=np.float64)


_BRASSARD = ""
