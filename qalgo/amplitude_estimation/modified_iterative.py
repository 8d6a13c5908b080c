r"""Modified iterative quantum amplitude estimation (MIQAE): arXiv:2208.14612, Algorithm 1.

The failure probability is split in proportion to K, alpha_i = (2 alpha/3) K_i/K_max, so that the cheap shallow rounds
are the safest ones and the double logarithm of IQAE disappears from the cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qalgo.amplitude_estimation.estimator import Bracket, check_accuracy
from qalgo.amplitude_estimation.intervals import QuadrantLadder, clopper_pearson, next_multiple
from qalgo.errors import ProblemError
from qalgo.results import Interval
from qalgo.transcript import GroverShots, Request, Round

__all__ = ["ModifiedIterativeEstimator"]

MIN_RATIO = 3.0
"""Smallest growth of K between rounds: the levels then sum to at most alpha."""


class ModifiedIterativeEstimator:
    r"""MIQAE. Like IQAE, with level alpha_i ~ K_i, K growing at least threefold, and counts reset in each round.

    The paper leaves the batch size free. Here a batch is the smallest that is foreseen to end its round, at most
    ``shots``: nothing is overshot and few looks are needed. The paper's union bound runs over the rounds, not over the
    looks at growing counts within one round; the measured coverage is about 99 % for a confidence of 95 %.

    Args:
        epsilon: half-width on a, 0 < epsilon < 1/2; the run ends when the half-width on a (not on theta) reaches it.
        confidence: level of the interval, kind "confidence".
        shots: largest batch.

    Cost: uses of A about 14/epsilon at a = 1/2 and 11/epsilon averaged over a, at 95 %. The
    proven bound on the uses of Q is :func:`qalgo.amplitude_estimation.bounds.modified_iterative_queries`.

    Raises:
        ProblemError: an argument out of range.
    """

    references: tuple[str, ...]

    def __init__(self, epsilon: float, confidence: float, *, shots: int = 50) -> None:
        check_accuracy(epsilon, confidence)
        if isinstance(shots, bool) or not isinstance(shots, int) or shots < 1:
            raise ProblemError(f"shots is {shots!r}; allowed: a positive integer, e.g. 50")
        self._epsilon, self._confidence, self._shots = epsilon, confidence, shots
        self._largest_multiple = math.pi / (4 * epsilon)
        self._ladder = QuadrantLadder()
        self._batch = self._plan()
        self.references = (_FUKUZAWA,)

    def settings(self) -> Mapping[str, Any]:
        """Return the largest batch."""
        return {"shots": self._shots}

    def next_round(self) -> tuple[Request, ...]:
        """Return the next batch; empty when the half-width on a is at most epsilon."""
        if self._ladder.half_width <= self._epsilon:
            return ()
        return (GroverShots(self._ladder.power, self._batch),)

    def observe(self, finished: Round) -> None:
        """Pool the batch, narrow the interval and choose the next power and batch."""
        (request,), (hits,) = finished.requests, finished.outcomes
        if not isinstance(request, GroverShots) or not isinstance(hits, int) or request.power != self._ladder.power:
            raise ProblemError(f"the round {finished.requests} was not asked for; feed the answer of next_round()")
        ladder = self._ladder
        ladder.add(hits, request.shots)
        ladder.narrow(*clopper_pearson(ladder.hits, ladder.shots, self._alpha()))
        if ladder.shots:
            ladder.climb(MIN_RATIO)
        self._batch = self._plan()

    def bracket(self) -> Bracket:
        """Return the interval for a and its midpoint."""
        low, high = self._ladder.probabilities
        return Bracket(0.5 * (low + high), Interval(low, high, self._confidence, "confidence"))

    def _alpha(self) -> float:
        """Failure probability of the round: (2 alpha/3) K/K_max."""
        share = min(1.0, self._ladder.multiple / self._largest_multiple)
        return 2 * (1 - self._confidence) / 3 * share

    def _plan(self) -> int:
        """Return the smallest batch foreseen to end the round: by the target or by a next K; at most ``shots``."""
        low, high = 0, self._shots
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._foreseen(middle) else (middle, high)
        return high

    def _foreseen(self, batch: int) -> bool:
        """Whether ``batch`` more shots end the round, if they fall as the middle of the interval for theta says."""
        ladder = self._ladder
        middle = 0.5 * (ladder.low + ladder.high)
        shots = ladder.shots + batch
        expected = ladder.hits + batch * math.sin(ladder.multiple * middle) ** 2
        low, high = ladder.preimage(*clopper_pearson(min(shots, round(expected)), shots, self._alpha()))
        if low >= high or math.sin(high) ** 2 - math.sin(low) ** 2 <= 2 * self._epsilon:
            return True
        return next_multiple(low, high, ladder.multiple, MIN_RATIO) > ladder.multiple


_FUKUZAWA = (
    "@inproceedings{fukuzawa2023, author = {Fukuzawa, Shion and Ho, Christopher and Irani, Sandy and Zion, Jasen}, "
    "title = {Modified iterative quantum amplitude estimation is asymptotically optimal}, "
    "booktitle = {Proceedings of the Symposium on Algorithm Engineering and Experiments (ALENEX)}, "
    "pages = {135--147}, year = {2023}, eprint = {2208.14612}, archivePrefix = {arXiv}}"
)
