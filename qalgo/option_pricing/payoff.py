"""Piecewise-affine payoffs: what every contract of this family pays, as kinks, intercepts and slopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

__all__ = ["LEG_KINDS", "Leg", "PiecewiseAffine"]

LEG_KINDS = ("call", "put", "digital-call", "digital-put", "stock", "cash")
_WITHOUT_STRIKE = ("stock", "cash")


@dataclass(frozen=True, slots=True)
class Leg:
    """One position of a portfolio: ``quantity`` (negative: sold) of a call, put, digital, the stock or cash.

    A digital leg pays 1 per unit, "cash" pays 1 per unit at maturity, "stock" pays the price at maturity.

    Raises:
        ProblemError: unknown kind, a strike that is missing, not positive or not needed, a quantity that is not finite.
    """

    kind: str
    strike: float | None = None
    quantity: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in LEG_KINDS:
            raise ProblemError(f"leg kind is {self.kind!r}; allowed: {', '.join(LEG_KINDS)}")
        if not _is_number(self.quantity):
            raise ProblemError(f"quantity of a {self.kind} leg is {self.quantity!r}; allowed: a finite number")
        if self.kind in _WITHOUT_STRIKE:
            if self.strike is not None:
                raise ProblemError(f"a {self.kind} leg has strike {self.strike!r}; allowed: none (leave it out)")
        elif self.strike is None or not _is_number(self.strike) or not self.strike > 0:
            raise ProblemError(f"strike of a {self.kind} leg is {self.strike!r}; allowed: a positive finite number")

    def lines(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return (intercept, slope) below and at or above the strike, per unit of quantity."""
        if self.kind == "stock":
            return (0.0, 1.0), (0.0, 1.0)
        if self.kind == "cash":
            return (1.0, 0.0), (1.0, 0.0)
        if self.kind == "digital-call":
            return (0.0, 0.0), (1.0, 0.0)
        if self.kind == "digital-put":
            return (1.0, 0.0), (0.0, 0.0)
        strike = float(self.strike or 0.0)
        if self.kind == "call":
            return (0.0, 0.0), (-strike, 1.0)
        return (strike, -1.0), (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PiecewiseAffine:
    """f(S) = intercepts[j] + slopes[j] S for kinks[j-1] <= S < kinks[j]; jumps are allowed, right-continuous."""

    kinks: tuple[float, ...]
    """Increasing positive prices, m of them."""
    intercepts: tuple[float, ...]
    """m + 1 values."""
    slopes: tuple[float, ...]
    """m + 1 values."""

    def __call__(self, prices: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the payoff at each price; the shape is kept."""
        values = np.asarray(prices, dtype=np.float64)
        piece = np.searchsorted(np.asarray(self.kinks), values, side="right")
        paid: npt.NDArray[np.float64] = np.asarray(self.intercepts)[piece] + np.asarray(self.slopes)[piece] * values
        return paid

    def piece_at(self, price: float) -> int:
        """Return the index of the piece that holds at a price."""
        return int(np.searchsorted(np.asarray(self.kinks), price, side="right"))

    def segments(self) -> tuple[tuple[float, float], ...]:
        """Return the m + 1 intervals of prices between kinks, from 0 to infinity."""
        return tuple(pairwise((0.0, *self.kinks, math.inf)))

    @classmethod
    def from_legs(cls, legs: Sequence[Leg]) -> PiecewiseAffine:
        """Add up a portfolio."""
        strikes = sorted({float(leg.strike) for leg in legs if leg.strike is not None})
        starts = [-math.inf, *strikes]
        intercepts, slopes = [], []
        for start in starts:
            lines = [leg.lines()[leg.strike is not None and start >= leg.strike] for leg in legs]
            weights = [leg.quantity for leg in legs]
            intercepts.append(math.fsum(w * line[0] for w, line in zip(weights, lines, strict=True)))
            slopes.append(math.fsum(w * line[1] for w, line in zip(weights, lines, strict=True)))
        return cls(tuple(strikes), tuple(intercepts), tuple(slopes))._without_idle_kinks()

    @classmethod
    def from_points(
        cls, points: Sequence[tuple[float, float]], left_slope: float = 0.0, right_slope: float = 0.0
    ) -> PiecewiseAffine:
        """Join (price, value) points by straight lines; a price given twice is a jump: left limit, then right value.

        Raises:
            ProblemError: no points, prices that are not positive or not in order, more than two points at a price.
        """
        _check_points(points)
        kinks, intercepts, slopes = [points[0][0]], [points[0][1] - left_slope * points[0][0]], [left_slope]
        for (start, low), (end, high) in pairwise(points):
            if start == end:
                continue
            slope = (high - low) / (end - start)
            intercepts.append(low - slope * start)
            slopes.append(slope)
            kinks.append(end)
        last_price, last_value = points[-1]
        intercepts.append(last_value - right_slope * last_price)
        slopes.append(right_slope)
        return cls(tuple(kinks), tuple(intercepts), tuple(slopes))._without_idle_kinks()

    def _without_idle_kinks(self) -> PiecewiseAffine:
        """Drop kinks at which nothing changes: they would cost qubits."""
        kept = [
            index
            for index in range(len(self.kinks))
            if self.intercepts[index] != self.intercepts[index + 1] or self.slopes[index] != self.slopes[index + 1]
        ]
        pieces = [0, *(index + 1 for index in kept)]
        return PiecewiseAffine(
            tuple(self.kinks[index] for index in kept),
            tuple(self.intercepts[index] for index in pieces),
            tuple(self.slopes[index] for index in pieces),
        )


def _check_points(points: Sequence[tuple[float, float]]) -> None:
    if not points:
        raise ProblemError("points is empty; allowed: at least one (price, value) pair")
    for entry in points:
        if len(entry) != 2 or not all(_is_number(value) for value in entry) or not entry[0] > 0:
            raise ProblemError(f"points has the entry {entry!r}; allowed: (price, value), finite, with price > 0")
    prices = [price for price, _ in points]
    if any(b < a for a, b in pairwise(prices)) or any(prices.count(price) > 2 for price in prices):
        raise ProblemError(
            f"prices of points are {prices}; allowed: increasing, a price twice at a jump (left limit, right value)"
        )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return math.isfinite(value)
