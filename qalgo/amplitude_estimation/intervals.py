r"""Intervals for a probability from hits, and the way back from sin^2(K theta) to theta.

Throughout, K = 2k+1 is the odd multiple of theta that Q^k A measures: its probability of a good outcome is
sin^2(K theta), which is monotone while K theta stays in one quadrant [R pi/2, (R+1) pi/2].
"""

from __future__ import annotations

import math

import numpy as np

from qalgo.errors import ConvergenceError, ProblemError

__all__ = [
    "QuadrantLadder",
    "chernoff_interval",
    "clopper_pearson",
    "next_multiple",
    "quadrant_of",
    "quadrant_preimage",
]

HALF_PI = 0.5 * math.pi
ROUNDING = 1e-9
"""In quadrants: an end that lies on the border up to rounding counts as on the border."""
MAX_RESTARTS = 50


def clopper_pearson(hits: int, shots: int, alpha: float) -> tuple[float, float]:
    r"""Return the exact two-sided binomial interval of level 1 - alpha (each side alpha/2; 0 hits: low = 0).

    low = I^{-1}(alpha/2; h, n-h+1), high = I^{-1}(1 - alpha/2; h+1, n-h) with the inverse of the regularised incomplete
    beta function.

    Raises:
        ProblemError: not 0 <= hits <= shots, no shots, or alpha outside (0, 1).
    """
    _check_counts(hits, shots, alpha)
    from scipy.special import betaincinv

    low = 0.0 if hits == 0 else float(betaincinv(hits, shots - hits + 1, alpha / 2))
    high = 1.0 if hits == shots else float(betaincinv(hits + 1, shots - hits, 1 - alpha / 2))
    return low, high


def chernoff_interval(hits: int, shots: int, alpha: float) -> tuple[float, float]:
    r"""Return hits/shots +- sqrt(ln(2/alpha) / (2 shots)), cut to [0, 1] (Chernoff-Hoeffding).

    Hits and shots must be pooled over the same batches: the frequency of one batch with the shots of all is not an
    interval of any level.

    Raises:
        ProblemError: as :func:`clopper_pearson`.
    """
    _check_counts(hits, shots, alpha)
    half_width = math.sqrt(math.log(2 / alpha) / (2 * shots))
    frequency = hits / shots
    return max(0.0, frequency - half_width), min(1.0, frequency + half_width)


def quadrant_of(theta_low: float, theta_high: float, multiple: int) -> int | None:
    """Return R when both ends of K theta lie in the quadrant [R pi/2, (R+1) pi/2] (borders included), else None."""
    first = math.floor(multiple * theta_low / HALF_PI + ROUNDING)
    last = math.ceil(multiple * theta_high / HALF_PI - ROUNDING) - 1
    return first if last <= first else None


def quadrant_preimage(low: float, high: float, multiple: int, quadrant: int) -> tuple[float, float]:
    r"""Return the interval of theta whose sin^2(K theta) lies in [low, high] and K theta in quadrant R.

    R even: K theta = R pi/2 + asin sqrt(p), rising; R odd: K theta = (R+1) pi/2 - asin sqrt(p), falling, so that the
    ends change places.

    Raises:
        ProblemError: not 0 <= low <= high <= 1.
    """
    if not 0.0 <= low <= high <= 1.0:
        raise ProblemError(f"low={low!r}, high={high!r}; allowed: probabilities with low <= high")
    first, last = _arcsine_root(low), _arcsine_root(high)
    if quadrant % 2:
        border = (quadrant + 1) * HALF_PI
        return (border - last) / multiple, (border - first) / multiple
    border = quadrant * HALF_PI
    return (border + first) / multiple, (border + last) / multiple


def next_multiple(theta_low: float, theta_high: float, current: int, ratio: float) -> int:
    """Return the largest odd K >= ratio x current with K theta in one quadrant for all of the interval, else current.

    ``FindNextK`` of arXiv:1912.05559, Algorithm 2 (its K is twice ours) and of arXiv:2208.14612.
    """
    largest = math.floor(HALF_PI / (theta_high - theta_low))
    smallest = math.ceil(ratio * current)
    candidates = np.arange(largest - (1 - largest % 2), smallest - 1, -2, dtype=np.float64)
    if not candidates.size:
        return current
    first = np.floor(candidates * (theta_low / HALF_PI) + ROUNDING)
    last = np.ceil(candidates * (theta_high / HALF_PI) - ROUNDING) - 1
    fitting = np.flatnonzero(last <= first)
    return int(candidates[fitting[0]]) if fitting.size else current


class QuadrantLadder:
    """The state that IQAE and MIQAE share: an interval for theta, narrowed in rounds of growing K.

    A round is all batches with the same K, pooled. The interval of a round is always intersected with the interval at
    its start. When they do not meet, a round has failed: the n-th time that happens the last n rounds are thrown away
    with this one, and the earliest of them is run again from its start. An interval known to be wrong is therefore
    never returned, and a failure however early is left behind after a few restarts.
    """

    def __init__(self) -> None:
        self.low, self.high = 0.0, HALF_PI
        self.multiple = 1
        self.hits = self.shots = 0
        self.restarts = 0
        self._start = (0.0, HALF_PI)
        self._earlier: list[tuple[int, tuple[float, float]]] = []

    @property
    def power(self) -> int:
        """The power k = (K-1)/2 of the round."""
        return (self.multiple - 1) // 2

    @property
    def probabilities(self) -> tuple[float, float]:
        """The interval for a = sin^2(theta)."""
        return math.sin(self.low) ** 2, math.sin(self.high) ** 2

    @property
    def half_width(self) -> float:
        """Half-width on a."""
        low, high = self.probabilities
        return 0.5 * (high - low)

    def add(self, hits: int, shots: int) -> None:
        """Pool one more batch of the round."""
        self.hits += hits
        self.shots += shots

    def preimage(self, low: float, high: float) -> tuple[float, float]:
        """Return the interval of theta for an interval of sin^2(K theta), intersected with the start of the round."""
        middle = 0.5 * (self._start[0] + self._start[1])
        quadrant = math.floor(self.multiple * middle / HALF_PI)
        theta_low, theta_high = quadrant_preimage(low, high, self.multiple, quadrant)
        return max(theta_low, self._start[0]), min(theta_high, self._start[1])

    def narrow(self, low: float, high: float) -> None:
        """Take the pooled interval [low, high] of the round's probability.

        Raises:
            ConvergenceError: contradictions keep coming, as they do when the outcomes do not follow sin^2(K theta).
        """
        theta_low, theta_high = self.preimage(low, high)
        if theta_low < theta_high:
            self.low, self.high = theta_low, theta_high
            return
        self.restarts += 1
        if self.restarts > MAX_RESTARTS:
            raise ConvergenceError(
                f"the intervals of successive rounds contradicted one another {self.restarts} times: the outcomes do "
                "not follow sin^2((2k+1) theta); look for noise, a wrong Grover operator or wrong objective qubits"
            )
        for _ in range(min(self.restarts, len(self._earlier))):
            self.multiple, self._start = self._earlier.pop()
        self.low, self.high = self._start
        self.hits = self.shots = 0

    def climb(self, ratio: float) -> bool:
        """Go to the next K if there is one; returns whether a new round has begun."""
        multiple = next_multiple(self.low, self.high, self.multiple, ratio)
        if multiple == self.multiple:
            return False
        self._earlier.append((self.multiple, self._start))
        self.multiple, self._start = multiple, (self.low, self.high)
        self.hits = self.shots = 0
        return True


def _arcsine_root(probability: float) -> float:
    # atan2 keeps the full accuracy near 1, where arcsin(sqrt(p)) loses half of the digits.
    return math.atan2(math.sqrt(probability), math.sqrt(1.0 - probability))


def _check_counts(hits: int, shots: int, alpha: float) -> None:
    if shots < 1 or not 0 <= hits <= shots:
        raise ProblemError(f"hits={hits!r} of shots={shots!r}; allowed: 0 <= hits <= shots, shots >= 1")
    if not 0.0 < alpha < 1.0:
        raise ProblemError(f"alpha is {alpha!r}; allowed: 0 < alpha < 1")
