r"""Adaptive Bayesian amplitude estimation with the exact posterior: the default method.

Each shot of Q^k A is chosen where it is expected to reduce the logarithm of the posterior variance of theta most per
use of A. The run ends when some interval of half-width epsilon holds enough posterior mass, and the posterior standard
deviation is no larger than that mass asks for: a light lobe far away would not show in the mass, but would in the mean
squared error. The posterior is exact up to its grid (:mod:`qalgo.amplitude_estimation.posterior`), so that a credible
interval keeps its meaning whatever rule ended the run.

For devices where a submission is dear, the batched schedule asks for several powers at once
(:mod:`qalgo.amplitude_estimation.batching`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.batching import LARGEST_MULTIPLE as BATCH_LARGEST
from qalgo.amplitude_estimation.batching import plan_batch
from qalgo.amplitude_estimation.design import odd_multiples, weighted_log_variance
from qalgo.amplitude_estimation.estimator import Bracket, Estimator, check_accuracy
from qalgo.amplitude_estimation.noise import Depolarising, noise_model
from qalgo.amplitude_estimation.posterior import AnglePosterior
from qalgo.errors import ProblemError
from qalgo.results import Interval
from qalgo.transcript import GroverShots, Request, Round

__all__ = ["BayesianEstimator", "bayesian_estimator"]

FloatArray = npt.NDArray[np.float64]

SCHEDULES = ("adaptive", "batched")
MAX_CONFIDENCE = 1 - 1e-6
"""The grid drops cells of 1e-9 mass in all per halving: masses nearer to 1 than this are not resolved."""
CUSP = 0.1
"""Weight of the prior's cusp at theta = pi/4, in radians."""
CUSP_WIDTH = 2.0
"""Width of the cusp in units of epsilon."""
DEVIATION = 1.4
"""Largest posterior standard deviation of a at the end, in units of epsilon/z, z the normal quantile of the mass."""
TAIL = 5e-5
TAIL_WIDTH = 2 * NormalDist().inv_cdf(1 - TAIL)
"""Width of the central interval with TAIL outside on each side, for a normal law of standard deviation 1."""
TRIMMED = 5e-5
"""Mass that may be cut from each end of the interval, where the posterior has ended before it."""
ROUNDING = 1e-15
"""Kept from epsilon, so that the half-width is at most epsilon to the last bit."""

FIRST_SHOTS = 12
SMALLEST_MULTIPLE, LARGEST_MULTIPLE = 0.15, 1.2
"""Range of K in units of 1/s, s the width of that central interval over TAIL_WIDTH: far lobes keep K small."""
STEPS = np.linspace(0.0, 1.0, 36)
"""The candidates are spaced evenly in log K."""
LIGHT = 1e-7
"""Cells that together hold less do not take part in the choice of K."""
SHOTS_BELOW = ((0.02, 4), (0.1, 2))
"""Below this K x epsilon so many shots go together: they cost little, and rounds are saved."""

COARSE_BATCHES = 4
"""Submissions that go down in equal ratios; most runs need one or two more."""
FIRST_WIDTH = 0.3
"""Standard deviation of theta in radians from which they go down."""
BATCH_GOALS = (1.6, 1.0, 0.85, 0.7, 0.5)
"""Standard deviations of a aimed at with the last coarse submission and with each later one, in units of epsilon/z."""
MORE_INFORMATION = 1.2
"""Every submission aims at so many times the information of the data before it, at least: no run creeps to its end."""


class BayesianEstimator:
    r"""Bayesian amplitude estimation; interval of kind "credible", half-width <= epsilon in every finished run.

    Args:
        epsilon: half-width on a, 0 < epsilon < 1/2.
        confidence: level of the interval, at most 0.999999. A credible interval covers its level on average over the
            prior, and less than that at the worst a, which is 1/2. The adaptive schedule therefore goes on to the mass
            1 - f (1 - confidence), f = 0.8 + (1 - confidence)/2 but at most 0.9: 0.712, 0.959 and 0.992 for 0.68, 0.95
            and 0.99. The batched one, whose last submission overshoots anyway, ends at the confidence itself.
        schedule: "adaptive" has one power in each round; "batched" several, in 5 or 6 rounds, at 1.3 times the queries.

    Cost at 95 %: about 4.2/epsilon uses of A at a = 1/2 and 3.4/epsilon averaged over a, up to 5.2/epsilon where
    |a - 1/2| is 1 to 3 epsilon; 25 to 45 rounds for epsilon 1e-3 to 1e-5. Measured, with the coverage, by
    tests/benchmarks/estimator_quality.py.

    Source: the likelihood is quant-ph/0005055, eq. 8; Bayesian inference of an amplitude with powers chosen as the data
    come in follows the idea of arXiv:2412.04394. Prior, grid, choice of powers, batches and stopping rule are ours.

    Raises:
        ProblemError: an argument out of range.
    """

    references: tuple[str, ...]

    def __init__(self, epsilon: float, confidence: float, *, schedule: str = "adaptive") -> None:
        check_accuracy(epsilon, confidence)
        if schedule not in SCHEDULES:
            raise ProblemError(f"schedule is {schedule!r}; allowed: {', '.join(SCHEDULES)}")
        self._epsilon, self._confidence, self._schedule = epsilon, confidence, schedule
        if confidence > MAX_CONFIDENCE:
            raise ProblemError(f"confidence is {confidence!r}; allowed for this method: at most {MAX_CONFIDENCE:g}")
        missed = 1.0 - confidence
        self._mass = 1.0 - missed * (1.0 if schedule == "batched" else min(0.9, 0.8 + 0.5 * missed))
        self._unit = epsilon / NormalDist().inv_cdf(0.5 * (1.0 + self._mass))
        self._posterior = AnglePosterior(cusp=CUSP, cusp_width=CUSP_WIDTH * epsilon)
        self._rounds = 0
        self._narrow = False
        self._requests = self._plan()
        self.references = (_BRASSARD, _RAMOA)

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
        window = self._posterior.window(self._epsilon - ROUNDING)
        if window.mass < self._mass or self._requests:
            window = self._posterior.shortest(self._mass)
        first, last = self._posterior.central(TRIMMED)
        low, high = max(0.0, window.low, first), min(1.0, window.high, last)
        value = min(max(self._posterior.mean(), low), high)
        return Bracket(value, Interval(low, high, self._confidence, "credible"))

    def _finished(self) -> bool:
        self._narrow = self._posterior.fits(self._epsilon - ROUNDING, self._mass)
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
        multiples = odd_multiples(lowest * (LARGEST_MULTIPLE / scale / lowest) ** STEPS)
        posterior.refine(int(multiples[-1]))
        heavy = posterior.masses * posterior.masses.size >= LIGHT
        angles, masses = posterior.angles[heavy], posterior.masses[heavy]
        offset = angles - float(masses @ angles)
        moments = np.stack((masses, masses * offset, masses * offset**2), axis=1)
        total = moments.sum(axis=0)
        half = 0.5 * (np.cos(np.multiply.outer(2 * multiples, angles)) @ moments)
        expected = weighted_log_variance(0.5 * total + half) + weighted_log_variance(0.5 * total - half)
        gain = weighted_log_variance(total[None, :]) - expected
        return int(multiples[int(np.argmax(gain / multiples))])

    def _batch(self) -> tuple[Request, ...]:
        """Return the submission after which one lobe of this round's goal is expected to be left."""
        posterior = self._posterior
        final = self._unit / max(posterior.slope(), self._unit)
        later = self._rounds + 1 - COARSE_BATCHES
        if later <= 0:
            share = (self._rounds + 1) / COARSE_BATCHES
            target = FIRST_WIDTH * (BATCH_GOALS[0] * final / FIRST_WIDTH) ** share
        else:
            target = final * BATCH_GOALS[min(later, len(BATCH_GOALS) - 1)]
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


def bayesian_estimator(
    epsilon: float,
    confidence: float,
    *,
    schedule: str = "adaptive",
    noise: Depolarising | Mapping[str, Any] | str | None = None,
) -> Estimator:
    """Return the Bayesian estimator for outcomes without noise or, given a noise model, the noise-aware one.

    Args:
        epsilon: half-width on a, 0 < epsilon < 1/2.
        confidence: level of the interval.
        schedule: "adaptive", or without noise "batched".
        noise: None, "depolarising", or a :class:`qalgo.amplitude_estimation.noise.Depolarising`.

    Raises:
        ProblemError: an argument out of range, or a batched schedule with noise.
    """
    model = noise_model(noise)
    if model is None:
        return BayesianEstimator(epsilon, confidence, schedule=schedule)
    if schedule != "adaptive":
        raise ProblemError(
            f"schedule is {schedule!r} and noise is given; allowed with noise: 'adaptive', whose rounds hold many "
            "shots once noise decides"
        )
    from qalgo.amplitude_estimation.noise_aware import NoiseAwareEstimator

    return NoiseAwareEstimator(epsilon, confidence, noise=model)


_BRASSARD = (
    "@incollection{brassard2002, author = {Brassard, Gilles and H{\\o}yer, Peter and Mosca, Michele and Tapp, Alain}, "
    "title = {Quantum amplitude amplification and estimation}, booktitle = {Quantum Computation and Information}, "
    "series = {Contemporary Mathematics}, volume = {305}, pages = {53--74}, year = {2002}, "
    "eprint = {quant-ph/0005055}, archivePrefix = {arXiv}}"
)
_RAMOA = (
    "@misc{ramoa2024, author = {Ram{\\^o}a, Alexandra and Santos, Luis Paulo}, title = {Bayesian quantum amplitude "
    "estimation}, year = {2024}, eprint = {2412.04394}, archivePrefix = {arXiv}}"
)
