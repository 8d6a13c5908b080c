r"""Adaptive Bayesian amplitude estimation with the exact posterior: the default method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qalgo.amplitude_estimation.estimator import Bracket, check_accuracy
from qalgo.amplitude_estimation.posterior import AnglePosterior
from qalgo.errors import ProblemError
from qalgo.results import Interval
from qalgo.transcript import GroverShots, Request, Round

__all__ = ["BayesianEstimator"]

SCHEDULES = ("adaptive", "batched")
FIRST_SHOTS = 12
TAIL = 5e-5
TAIL_WIDTH = 7.78
"""Width of the central interval with TAIL outside on each side, of a normal law of standard deviation 1."""


class BayesianEstimator:
    """First version; see the module."""

    references: tuple[str, ...] = ()

    def __init__(self, epsilon: float, confidence: float, *, schedule: str = "adaptive") -> None:
        check_accuracy(epsilon, confidence)
        if schedule not in SCHEDULES:
            raise ProblemError(f"schedule is {schedule!r}; allowed: {', '.join(SCHEDULES)}")
        self._epsilon, self._confidence, self._schedule = epsilon, confidence, schedule
        self._mass = 1 - 0.55 * (1 - confidence)
        self._posterior = AnglePosterior()
        self._seen = False
        self._requests: tuple[Request, ...] = (GroverShots(0, FIRST_SHOTS),)

    def settings(self) -> Mapping[str, Any]:
        """Return the schedule."""
        return {"schedule": self._schedule}

    def next_round(self) -> tuple[Request, ...]:
        """Return the next requests; empty when a window of half-width epsilon holds enough mass."""
        return self._requests

    def observe(self, finished: Round) -> None:
        """Update the posterior."""
        if finished.requests != self._requests:
            raise ProblemError(f"the round {finished.requests} was not asked for; feed the answer of next_round()")
        for request, hits in zip(finished.requests, finished.outcomes, strict=True):
            if isinstance(request, GroverShots) and isinstance(hits, int):
                self._posterior.observe(2 * request.power + 1, hits, request.shots)
        self._seen = True
        self._requests = self._plan()

    def bracket(self) -> Bracket:
        """Return the best interval so far."""
        if not self._seen:
            return Bracket(0.5, Interval(0.0, 1.0, self._confidence, "credible"))
        low, high, mass = self._posterior.window(self._epsilon)
        if mass < self._mass:
            low, high = self._posterior.shortest(self._mass)
        low, high = max(0.0, low), min(1.0, high)
        return Bracket(0.5 * (low + high), Interval(low, high, self._confidence, "credible"))

    def _plan(self) -> tuple[Request, ...]:
        posterior = self._posterior
        if posterior.window(self._epsilon)[2] >= self._mass:
            return ()
        scale = posterior.spread(TAIL) / TAIL_WIDTH
        multiples = np.unique(2 * (np.geomspace(0.2, 1.2, 40) / scale / 2).astype(np.int64) + 1)
        posterior.refine(int(multiples[-1]))
        middle = float(posterior.masses @ posterior.angles)
        offset = posterior.angles - middle
        moments = posterior.masses[:, None] * np.stack([np.ones_like(offset), offset, offset**2], axis=1)
        total = moments.sum(axis=0)
        good = (0.5 - 0.5 * np.cos(2.0 * multiples[:, None] * posterior.angles)) @ moments
        gain = np.full(multiples.size, np.log(total[2] / total[0] - (total[1] / total[0]) ** 2))
        for part in (good, total - good):
            weight = np.maximum(part[:, 0], 1e-12)
            variance = np.maximum(part[:, 2] / weight - (part[:, 1] / weight) ** 2, 1e-30)
            gain -= weight * np.log(variance)
        best = int(multiples[int(np.argmax(gain / multiples))])
        shots = 2 if best * self._epsilon < 0.1 else 1
        return (GroverShots((best - 1) // 2, shots),)
