r"""Adaptive Bayesian amplitude estimation on a noisy device: theta and the noise are estimated together.

The outcomes follow the depolarising law of :mod:`qalgo.amplitude_estimation.noise` with an unknown rate. Each round
takes the power with the largest expected fall of the log-variance of theta per use of A, the noise summed out. That
alone caps the depth: at K uses of A the contrast is v = e^(-gamma K), one shot at the steepest phase of its fringe
tells 4 K^2 v^2 about theta, and the information per use of A, 4 K v^2, is largest at K = 1/(2 gamma)
(:mod:`qalgo.amplitude_estimation.noise_bounds`). As long as the posterior is wider than the fringes of that K the run
goes as without noise; from there on shots are added at K near the cap, many in one round, until epsilon is reached:
the cost turns from 1/epsilon into gamma/epsilon^2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np

from qalgo.amplitude_estimation.angle_grid import FloatArray
from qalgo.amplitude_estimation.design import IntArray, odd_multiples, weighted_log_variance
from qalgo.amplitude_estimation.estimator import Bracket, check_accuracy
from qalgo.amplitude_estimation.noise import Depolarising, noise_model
from qalgo.amplitude_estimation.noisy_posterior import NoisyPosterior
from qalgo.errors import ProblemError
from qalgo.results import Interval, NoiseEstimate
from qalgo.transcript import GroverShots, Request, ReturnShots, Round

__all__ = ["NoiseAwareEstimator"]

MAX_CONFIDENCE = 1 - 1e-6
CUSP, CUSP_WIDTH = 0.1, 2.0
"""The prior of the noise-free method."""
DEVIATION = 1.4
"""Largest posterior standard deviation of a at the end, in units of epsilon/z, z the normal quantile of the mass."""
TAIL = 5e-5
TAIL_WIDTH = 2 * NormalDist().inv_cdf(1 - TAIL)
TRIMMED = 5e-5
ROUNDING = 1e-15

NOISY = 1.5
"""From this gamma/epsilon on noise decides the cost. A run then ends the sooner the smaller gamma happens to look, and
at a given gamma intervals cover less than they do averaged over its prior; the run goes on to a larger mass."""
NOISY_SHARE = 0.6
"""Share of 1 - confidence that this mass leaves out: 0.97 for 95 %."""

FIRST_SHOTS = 12
CANDIDATES = 40
SMALLEST_MULTIPLE, LARGEST_MULTIPLE = 0.15, 1.2
"""Range of K in units of 1/s, s the posterior width of theta, as in the noise-free method."""
SHALLOW, DEEP = 0.1, 1.5
"""Range of K in units of 1/gamma: the best K lies between 0.3 and 0.7 whatever its phase."""
LIGHT = 1e-7
SHOTS_BELOW = ((0.02, 4), (0.1, 2))
"""Below this K x epsilon so many shots go together, as in the noise-free method."""
GROWTH = 0.2
"""Fall of the log-variance that the shots of one round are planned for where one shot brings much less."""
LAST_GROWTH = 0.04
"""The same where the end is near: shots beyond it are wasted."""
MAX_SHOTS = 10**6
TINY_DECAY = 1e-15


class NoiseAwareEstimator:
    r"""Bayesian amplitude estimation under depolarising noise; interval of kind "credible".

    Args:
        epsilon: half-width on a, 0 < epsilon < 1/2. Every finished run has at most this; at a noise that asks for more
            uses of A than a budget allows, the run ends unfinished and says how many it would have needed.
        confidence: level of the interval, at most 0.999999.
        noise: the model; rate (and fixed point, if asked for) are estimated jointly unless they are given.

    Cost: near the optimum of the Fisher information at the true rate once noise decides, gamma z^2/(0.736 epsilon^2)
    uses of A at a = 1/2 (z = 1.96 at 95 %), and 1.2 to 1.6 times that of the noise-free method where epsilon decides:
    the price of not knowing the rate. Measured, with the coverage, by tests/benchmarks/noise_aware_estimation.py.

    Limits: coverage is that of the model. Noise of gates is not depolarising per use of A: on a three-qubit call with
    noisy gates (tests/benchmarks/noisy_call.py) the law is off by a few thousandths in a, and intervals of half-width
    0.005 held a in 9 of 16 runs; no epsilon below the error of the model is meaningful. If ``returns`` is False and a
    is near 1/2, or the offset is estimated as well, the rate may stay open and the run very long: set a budget.

    Source: likelihood arXiv:2006.16223 (two parameters, amplitude and noise); Bayesian inference with noise estimated
    alongside follows the idea of arXiv:2412.04394. Prior, grid, choice of powers and stopping rule are ours.

    Raises:
        ProblemError: an argument out of range.
    """

    references: tuple[str, ...]

    def __init__(
        self, epsilon: float, confidence: float, *, noise: Depolarising | Mapping[str, Any] | str = "depolarising"
    ) -> None:
        check_accuracy(epsilon, confidence)
        if confidence > MAX_CONFIDENCE:
            raise ProblemError(f"confidence is {confidence!r}; allowed for this method: at most {MAX_CONFIDENCE:g}")
        model = noise_model(noise)
        if model is None:
            raise ProblemError('noise is None; allowed here: "depolarising" or a Depolarising(...)')
        self._model = model
        self._epsilon, self._confidence = epsilon, confidence
        self._mass, self._unit = self._goal(noisy=False)
        self._posterior = NoisyPosterior(self._model, epsilon, cusp=CUSP, cusp_width=CUSP_WIDTH * epsilon)
        self._rounds = 0
        self._narrow = False
        self._deepest = 0
        self._forecast = math.inf
        self._requests: tuple[Request, ...] = (GroverShots(0, FIRST_SHOTS),)
        self.references = (_TANAKA, _RAMOA)

    def settings(self) -> Mapping[str, Any]:
        """Return the schedule and the noise model."""
        return {"schedule": "adaptive", "noise": self._model.to_dict()}

    def next_round(self) -> tuple[Request, ...]:
        """Return the next request; empty when an interval of half-width epsilon holds enough mass."""
        return self._requests

    def observe(self, finished: Round) -> None:
        """Update the joint posterior with the outcomes and plan the next round.

        Raises:
            ProblemError: the round is not the one asked for.
        """
        if not self._requests or finished.requests != self._requests:
            raise ProblemError(f"the round {finished.requests} was not asked for; feed the answer of next_round()")
        for request, hits in zip(finished.requests, finished.outcomes, strict=True):
            if isinstance(request, GroverShots | ReturnShots) and isinstance(hits, int):
                returns = isinstance(request, ReturnShots)
                self._posterior.observe(request.power, hits, request.shots, returns=returns)
                self._deepest = max(self._deepest, request.power)
        self._posterior.sharpen()
        self._rounds += 1
        self._requests = () if self._finished() else (self._plan(),)

    def bracket(self) -> Bracket:
        """Return the posterior mean, the interval and the noise; before the first round 1/2 and [0, 1]."""
        if not self._rounds:
            return Bracket(0.5, Interval(0.0, 1.0, self._confidence, "credible"))
        window = self._posterior.window(self._epsilon - ROUNDING)
        if window.mass < self._mass or self._requests:
            window = self._posterior.shortest(self._mass)
        first, last = self._posterior.central(TRIMMED)
        low, high = max(0.0, window.low, first), min(1.0, window.high, last)
        value = min(max(self._posterior.mean(), low), high)
        return Bracket(value, Interval(low, high, self._confidence, "credible"), self._noise())

    def _noise(self) -> NoiseEstimate:
        decay, low, high = self._posterior.decay(self._confidence)
        fixed, fixed_low, fixed_high = self._posterior.fixed_point(self._confidence)
        return NoiseEstimate(
            rate=-math.expm1(-decay),
            rate_interval=Interval(-math.expm1(-low), -math.expm1(-high), self._confidence, "credible"),
            fixed_point=fixed,
            fixed_point_interval=Interval(fixed_low, fixed_high, self._confidence, "credible"),
            largest_power=self._deepest,
            queries_to_go=0.0 if not self._requests else self._forecast,
        )

    def _goal(self, *, noisy: bool) -> tuple[float, float]:
        """Mass that the interval must hold, and the standard deviation of a that goes with it."""
        missed = 1.0 - self._confidence
        mass = 1.0 - missed * (NOISY_SHARE if noisy else min(0.9, 0.8 + 0.5 * missed))
        return mass, self._epsilon / NormalDist().inv_cdf(0.5 * (1.0 + mass))

    def _finished(self) -> bool:
        self._mass, self._unit = self._goal(noisy=self._posterior.decay(0.5)[0] > NOISY * self._epsilon)
        self._narrow = self._posterior.fits(self._epsilon - ROUNDING, self._mass)
        return self._narrow and self._posterior.deviation() <= DEVIATION * self._unit

    def _plan(self) -> GroverShots | ReturnShots:
        powers = self._candidates()
        self._posterior.refine(2 * int(powers[-1]) + 1)
        gains, uses = self._gains(powers, returns=False), 2 * powers + 1
        if self._model.returns is not False:
            gains = np.concatenate((gains, self._gains(powers, returns=True)))
            uses = np.concatenate((uses, 2 * powers + 2))
        best = int(np.argmax(gains / uses))
        power, gain = int(powers[best % powers.size]), max(float(gains[best]), 1e-12)
        excess = 2.0 * math.log(max(self._posterior.deviation() / self._unit, 1.0))
        # In the Gaussian regime information grows in proportion to the uses of A.
        self._forecast = math.expm1(excess) * int(uses[best]) / gain
        least = next((number for limit, number in SHOTS_BELOW if int(uses[best]) * self._epsilon < limit), 1)
        growth = min(GROWTH, max(LAST_GROWTH, excess))
        shots = min(MAX_SHOTS, max(least, int(growth / gain)))
        return ReturnShots(power, shots) if best >= powers.size else GroverShots(power, shots)

    def _candidates(self) -> IntArray:
        """Powers from shallow to deep, in the units of the posterior's width and of the noise."""
        posterior = self._posterior
        scale = posterior.spread(TAIL) / TAIL_WIDTH
        decay, low, high = posterior.decay(0.9)
        lowest, highest = SMALLEST_MULTIPLE / scale, LARGEST_MULTIPLE / scale
        if self._narrow:
            lowest = min(lowest, SMALLEST_MULTIPLE / posterior.angle_deviation())
        lowest = min(lowest, SHALLOW / max(decay, TINY_DECAY), SHALLOW / max(high, TINY_DECAY))
        highest = max(min(highest, DEEP / max(low, TINY_DECAY)), 3.0)
        lowest = min(lowest, highest)
        steps = np.linspace(0.0, 1.0, CANDIDATES)
        return (odd_multiples(lowest * (highest / lowest) ** steps) - 1) // 2

    def _gains(self, powers: IntArray, *, returns: bool) -> FloatArray:
        """Expected fall of the log-variance of theta of one shot at each power."""
        posterior = self._posterior
        heavy = posterior.masses * posterior.masses.size >= LIGHT
        offset = posterior.angles[heavy] - float(posterior.masses @ posterior.angles)
        moments = np.stack((np.ones_like(offset), offset, offset**2), axis=1)
        total = posterior.masses[heavy] @ moments
        hit = posterior.hit_moments(powers, heavy, moments, returns=returns)
        expected = weighted_log_variance(hit) + weighted_log_variance(total - hit)
        return np.asarray(weighted_log_variance(total[None, :]) - expected, dtype=np.float64)


_TANAKA = (
    "@article{tanaka2021, author = {Tanaka, Tomoki and Suzuki, Yohichi and Uno, Shumpei and Raymond, Rudy and Onodera, "
    "Tamiya and Yamamoto, Naoki}, title = {Amplitude estimation via maximum likelihood on noisy quantum computer}, "
    "journal = {Quantum Information Processing}, volume = {20}, pages = {293}, year = {2021}, "
    "eprint = {2006.16223}, archivePrefix = {arXiv}}"
)
_RAMOA = (
    "@misc{ramoa2024, author = {Ram{\\^o}a, Alexandra and Santos, Luis Paulo}, title = {Bayesian quantum amplitude "
    "estimation}, year = {2024}, eprint = {2412.04394}, archivePrefix = {arXiv}}"
)
