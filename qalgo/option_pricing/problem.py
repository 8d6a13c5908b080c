"""The contracts: vanilla calls and puts, digitals, spreads, and any piecewise-linear portfolio.

All arguments are keywords; :class:`qalgo.option_pricing.contract.Contract` says which units they have and what spots
or strikes given as sequences mean.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from qalgo.errors import ProblemError
from qalgo.option_pricing.contract import Amounts, Contract
from qalgo.option_pricing.payoff import Leg, PiecewiseAffine

__all__ = [
    "KINDS",
    "BearSpread",
    "BullSpread",
    "Butterfly",
    "Contract",
    "DigitalCall",
    "DigitalPut",
    "EuropeanCall",
    "EuropeanPut",
    "Leg",
    "PiecewiseLinear",
    "Straddle",
    "Strangle",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneStrike(Contract):
    spot: Amounts
    strike: Amounts
    rate: float
    volatility: float
    maturity: float
    dividend_yield: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EuropeanCall(_OneStrike):
    """Pays max(S - strike, 0) at maturity.

    Raises:
        ProblemError: a value that is not finite, or a spot, strike, volatility or maturity that is not positive.
    """

    kind: ClassVar[str] = "european-call"

    def positions(self) -> tuple[Leg, ...]:
        """Return one call."""
        return (Leg("call", self._single("strike")),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EuropeanPut(_OneStrike):
    """Pays max(strike - S, 0) at maturity; errors as for :class:`EuropeanCall`."""

    kind: ClassVar[str] = "european-put"

    def positions(self) -> tuple[Leg, ...]:
        """Return one put."""
        return (Leg("put", self._single("strike")),)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalCall(_OneStrike):
    """Pays ``payout`` (currency units) at maturity if S >= strike; errors as for :class:`EuropeanCall`."""

    payout: float = 1.0
    kind: ClassVar[str] = "digital-call"

    def positions(self) -> tuple[Leg, ...]:
        """Return ``payout`` digital calls."""
        return (Leg("digital-call", self._single("strike"), self.payout),)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalPut(_OneStrike):
    """Pays ``payout`` (currency units) at maturity if S < strike; errors as for :class:`EuropeanCall`."""

    payout: float = 1.0
    kind: ClassVar[str] = "digital-put"

    def positions(self) -> tuple[Leg, ...]:
        """Return ``payout`` digital puts."""
        return (Leg("digital-put", self._single("strike"), self.payout),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Straddle(_OneStrike):
    """Pays abs(S - strike): a call and a put; errors as for :class:`EuropeanCall`."""

    kind: ClassVar[str] = "straddle"

    def positions(self) -> tuple[Leg, ...]:
        """Return a call and a put."""
        strike = self._single("strike")
        return (Leg("put", strike), Leg("call", strike))


@dataclass(frozen=True, slots=True, kw_only=True)
class _TwoStrikes(Contract):
    spot: Amounts
    lower_strike: Amounts
    upper_strike: Amounts
    rate: float
    volatility: float
    maturity: float
    dividend_yield: float = 0.0

    def _check_strikes(self) -> None:
        _check_order(self, "lower_strike", "upper_strike")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangle(_TwoStrikes):
    """A put at the lower strike and a call at the upper one.

    Raises:
        ProblemError: strikes not in order; otherwise as for :class:`EuropeanCall`.
    """

    kind: ClassVar[str] = "strangle"

    def positions(self) -> tuple[Leg, ...]:
        """Return a put and a call."""
        return (Leg("put", self._single("lower_strike")), Leg("call", self._single("upper_strike")))


@dataclass(frozen=True, slots=True, kw_only=True)
class BullSpread(_TwoStrikes):
    """A call bought at the lower strike, one sold at the upper strike; errors as for :class:`Strangle`."""

    kind: ClassVar[str] = "bull-spread"

    def positions(self) -> tuple[Leg, ...]:
        """Return two calls."""
        return (Leg("call", self._single("lower_strike")), Leg("call", self._single("upper_strike"), -1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class BearSpread(_TwoStrikes):
    """A put bought at the upper strike, one sold at the lower strike; errors as for :class:`Strangle`."""

    kind: ClassVar[str] = "bear-spread"

    def positions(self) -> tuple[Leg, ...]:
        """Return two puts."""
        return (Leg("put", self._single("upper_strike")), Leg("put", self._single("lower_strike"), -1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Butterfly(Contract):
    """Calls: one bought at the lower strike, two sold at the middle strike, one bought at the upper strike.

    The middle strike is half-way unless given; elsewhere the payoff beyond the upper strike is not zero.
    Errors as for :class:`Strangle`.
    """

    spot: Amounts
    lower_strike: Amounts
    middle_strike: Amounts | None = None
    upper_strike: Amounts
    rate: float
    volatility: float
    maturity: float
    dividend_yield: float = 0.0
    kind: ClassVar[str] = "butterfly"

    def _check_strikes(self) -> None:
        if self.middle_strike is None:
            _check_order(self, "lower_strike", "upper_strike")
        else:
            _check_order(self, "lower_strike", "middle_strike")
            _check_order(self, "middle_strike", "upper_strike")

    def positions(self) -> tuple[Leg, ...]:
        """Return three calls."""
        low, high = self._single("lower_strike"), self._single("upper_strike")
        middle = 0.5 * (low + high) if self.middle_strike is None else self._single("middle_strike")
        return (Leg("call", low), Leg("call", middle, -2.0), Leg("call", high))


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecewiseLinear(Contract):
    """Any piecewise-linear payoff, given as a portfolio of ``legs`` or by ``points``.

    ``legs``: :class:`Leg` objects, or mappings with their fields. ``points``: (price, value) pairs joined by straight
    lines, with ``left_slope`` below the first and ``right_slope`` above the last; a price given twice is a jump.

    Raises:
        ProblemError: both or none of legs and points, slopes beside legs; a leg or point that is not acceptable;
            otherwise as for :class:`EuropeanCall`.
    """

    spot: Amounts
    rate: float
    volatility: float
    maturity: float
    dividend_yield: float = 0.0
    legs: Sequence[Leg | Mapping[str, Any]] = ()
    points: Sequence[tuple[float, float]] = ()
    left_slope: float = 0.0
    right_slope: float = 0.0
    kind: ClassVar[str] = "piecewise-linear"

    def _check_strikes(self) -> None:
        if bool(self.legs) == bool(self.points):
            given = "both" if self.legs else "neither"
            raise ProblemError(f"{given} of legs and points given; allowed: one of them, with at least one entry")
        if self.legs and (self.left_slope or self.right_slope):
            raise ProblemError("left_slope and right_slope belong to points: leave them out beside legs")
        object.__setattr__(self, "legs", tuple(_leg(entry) for entry in self.legs))
        object.__setattr__(self, "points", tuple(tuple(entry) for entry in self.points))
        if self.points:
            self._from_points()

    def positions(self) -> tuple[Leg, ...]:
        """Return the legs; for points, the calls, digitals, stock and cash that pay the same."""
        if self.legs:
            return tuple(_leg(entry) for entry in self.legs)
        found = self._from_points()
        legs = [Leg("cash", quantity=found.intercepts[0]), Leg("stock", quantity=found.slopes[0])]
        for index, kink in enumerate(found.kinks):
            below = found.intercepts[index] + found.slopes[index] * kink
            above = found.intercepts[index + 1] + found.slopes[index + 1] * kink
            legs.append(Leg("digital-call", kink, above - below))
            legs.append(Leg("call", kink, found.slopes[index + 1] - found.slopes[index]))
        return tuple(leg for leg in legs if leg.quantity != 0.0) or (Leg("cash", quantity=0.0),)

    def pieces(self) -> PiecewiseAffine:
        """Return the payoff at maturity as kinks, intercepts and slopes."""
        self._one("pieces")
        return PiecewiseAffine.from_legs(self.positions()) if self.legs else self._from_points()

    def terms(self) -> str:
        """Return the terms of the contract in words."""
        if self.legs:
            described = "; ".join(
                f"{leg.quantity:+g} {leg.kind}" + (f" at {leg.strike:g}" if leg.strike is not None else "")
                for leg in self.positions()
            )
        else:
            described = f"{len(self.points)} points"
        return f"{described}; {Contract.terms(self)}"

    def _from_points(self) -> PiecewiseAffine:
        return PiecewiseAffine.from_points(self.points, self.left_slope, self.right_slope)


KINDS: Mapping[str, type[Contract]] = MappingProxyType(
    {
        factory.kind: factory
        for factory in (
            EuropeanCall,
            EuropeanPut,
            DigitalCall,
            DigitalPut,
            Straddle,
            Strangle,
            Butterfly,
            BullSpread,
            BearSpread,
            PiecewiseLinear,
        )
    }
)
"""Name on the command line and in files -> contract."""


def _leg(entry: Leg | Mapping[str, Any]) -> Leg:
    if isinstance(entry, Leg):
        return entry
    names = [field.name for field in dataclasses.fields(Leg)]
    if not isinstance(entry, Mapping) or "kind" not in entry or set(entry) - set(names):
        raise ProblemError(f"leg is {entry!r}; allowed: a Leg or a mapping with {', '.join(names)}")
    return Leg(**entry)


def _check_order(contract: Contract, *names: str) -> None:
    """Raise ProblemError unless the strikes increase, element by element."""
    for low, high in pairwise(names):
        below, above = np.atleast_1d(getattr(contract, low)), np.atleast_1d(getattr(contract, high))
        if below.size == above.size or 1 in (below.size, above.size):
            wrong = np.broadcast_to(below >= above, np.broadcast_shapes(below.shape, above.shape))
            if wrong.any():
                raise ProblemError(
                    f"{low} is {getattr(contract, low)!r} and {high} is {getattr(contract, high)!r}; "
                    f"allowed: {low} < {high}"
                )
