r"""The log-normal law of the price at maturity, with interval moments that keep their digits in both tails.

ln S is normal with mean ln F - s^2/2 and standard deviation s (F: forward, s = volatility sqrt(maturity)). Prices are
often given as standard scores z = (ln S - ln F + s^2/2)/s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from qalgo.option_pricing.payoff import PiecewiseAffine

__all__ = ["LogNormal", "normal_interval", "split_evenly"]

_SQRT2 = math.sqrt(2.0)
_SCORE_LIMIT = 37.0
"""Beyond this score the normal tail (below 1e-299) is not a normal floating-point number any more."""


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A log-normal law by its mean and the standard deviation of its logarithm."""

    forward: float
    """Mean of the price at maturity, currency units."""
    deviation: float
    """Standard deviation of the log price, dimensionless."""

    @property
    def log_mean(self) -> float:
        """Mean of the log price."""
        return math.log(self.forward) - 0.5 * self.deviation**2

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the price, currency units."""
        return self.forward * math.sqrt(math.expm1(self.deviation**2))

    def score(self, price: float) -> float:
        """Return the standard score of a price; -inf for 0, inf for inf."""
        if price <= 0.0:
            return -math.inf
        if math.isinf(price):
            return math.inf
        return (math.log(price) - self.log_mean) / self.deviation

    def price_at(self, score: float) -> float:
        """Return the price at a standard score."""
        if math.isinf(score):
            return 0.0 if score < 0 else math.inf
        return math.exp(self.log_mean + self.deviation * score)

    def density(self, prices: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the density at each price (0 at and below price 0), per currency unit."""
        values = np.asarray(prices, dtype=np.float64)
        positive = values > 0
        safe = np.where(positive, values, 1.0)
        scores = (np.log(safe) - self.log_mean) / self.deviation
        height = np.exp(-0.5 * scores**2) / (safe * self.deviation * math.sqrt(2.0 * math.pi))
        density: npt.NDArray[np.float64] = np.where(positive, height, 0.0)
        return density

    def mass(self, low: float, high: float) -> float:
        """Return the probability of prices in [low, high]."""
        return normal_interval(self.score(low), self.score(high))

    def partial_mean(self, low: float, high: float) -> float:
        """Return E[S; low <= S <= high], currency units."""
        return self.forward * normal_interval(self.score(low) - self.deviation, self.score(high) - self.deviation)

    def partial_payoff(self, payoff: PiecewiseAffine, low: float = 0.0, high: float = math.inf) -> float:
        """Return E[f(S); low <= S <= high] in closed form, for a piecewise-affine payoff."""
        terms = []
        for index, (start, end) in enumerate(payoff.segments()):
            left, right = max(low, start), min(high, end)
            if left < right:
                terms.append(payoff.intercepts[index] * self.mass(left, right))
                terms.append(payoff.slopes[index] * self.partial_mean(left, right))
        return math.fsum(terms)

    def masses_and_means(self, scores: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return probability and conditional mean price of each bin between consecutive scores.

        A bin without mass (beyond about 37 standard deviations) gets the price of its finite edge.
        """
        edges = [float(score) for score in np.asarray(scores, dtype=np.float64)]
        masses, means = [], []
        for low, high in pairwise(edges):
            mass = normal_interval(low, high)
            shifted = normal_interval(low - self.deviation, high - self.deviation)
            inner, outer = self.price_at(low), self.price_at(high)
            mean = self.forward * shifted / mass if mass > 0 else (inner if math.isfinite(outer) else outer)
            masses.append(mass)
            # The ratio of two tiny differences may leave the bin by rounding.
            means.append(min(max(mean, inner), outer))
        return np.array(masses), np.array(means)


def normal_interval(low: float, high: float) -> float:
    """Return P(low < Z < high) of a standard normal Z; tails are subtracted where they are small, so digits survive."""
    if low > 0.0:
        return _upper_tail(low) - _upper_tail(high)
    if high < 0.0:
        return _upper_tail(-high) - _upper_tail(-low)
    return 0.5 * (math.erf(high / _SQRT2) - math.erf(low / _SQRT2))


def split_evenly(low: float, high: float, count: int) -> list[float]:
    """Return count - 1 scores that cut (low, high) into parts of equal probability."""
    if low >= 0.0:
        return [-score for score in reversed(split_evenly(-high, -low, count))]
    below, above = _upper_tail(-low), 1.0 - _upper_tail(high) if high > 0 else _upper_tail(-high)
    normal = NormalDist()
    parts = [below + (above - below) * index / count for index in range(1, count)]
    scores = [normal.inv_cdf(part) if 0.0 < part < 1.0 else math.nan for part in parts]
    ends = [low, *scores, high]
    if all(a < b for a, b in pairwise(ends)):
        return scores
    left, right = max(low, -_SCORE_LIMIT), min(high, _SCORE_LIMIT)
    return [left + (right - left) * index / count for index in range(1, count)]


def _upper_tail(score: float) -> float:
    return 0.5 * math.erfc(score / _SQRT2)
