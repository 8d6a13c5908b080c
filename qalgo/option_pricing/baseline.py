"""The classical methods for a European contract, each run for real and counted in evaluations of the payoff."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qalgo.comparable import PLAIN_MONTE_CARLO, GateCost, Method, Preprocessing, Theorem, Trial
from qalgo.option_pricing import bounds
from qalgo.option_pricing.lognormal import LogNormal
from qalgo.option_pricing.payoff import PiecewiseAffine

if TYPE_CHECKING:
    from qalgo.option_pricing.contract import Contract

__all__ = [
    "ClosedForm",
    "ControlVariate",
    "Integrand",
    "PlainMonteCarlo",
    "Quadrature",
    "QuasiMonteCarlo",
    "baselines",
]

Floats = npt.NDArray[np.float64]
Z95 = 1.959963984540054
PILOT_SEED = 20_110_415
"""Pilots always draw the same numbers, so that the sizes they fix do not depend on the seed of a comparison."""
PILOT_DRAWS = 16_384
PILOT_RANDOMISATIONS = 32
BATCH = 2**17


@dataclass(frozen=True, slots=True)
class Integrand:
    """The discounted payoff as a function of the standard score of the log price."""

    payoff: PiecewiseAffine
    law: LogNormal
    discount: float
    reference: float
    """Closed-form value: errors are measured against it, no method uses it."""

    @classmethod
    def of(cls, contract: Contract) -> Integrand:
        """Take what the classical methods need from a contract."""
        return cls(contract.pieces(), contract.law, contract.discount, contract.reference().value)

    def prices(self, scores: Floats) -> Floats:
        """Prices at maturity, currency units."""
        prices: Floats = np.exp(self.law.log_mean + self.law.deviation * scores)
        return prices

    def values(self, scores: Floats) -> Floats:
        """Discounted payoffs, currency units: one evaluation each."""
        return self.discount * self.payoff(self.prices(scores))


def baselines(contract: Contract) -> tuple[Method, ...]:
    """Return the classical methods: closed form, quadrature, three kinds of Monte Carlo, and the tables themselves."""
    from qalgo.option_pricing.tabulated import TabulatedSum, TensorContraction

    integrand = Integrand.of(contract)
    return (
        ClosedForm(integrand),
        Quadrature(integrand),
        PlainMonteCarlo(integrand),
        ControlVariate(integrand),
        QuasiMonteCarlo(integrand),
        TabulatedSum(contract),
        TensorContraction(contract),
    )


@dataclass(frozen=True)
class _Classical:
    """What all of them have in common."""

    kind: ClassVar[Literal["classical"]] = "classical"
    execution: ClassVar[Literal["executed"]] = "executed"
    gates: GateCost | None = None
    success_probability: float = 1.0
    theorem: Theorem | None = None
    preprocessing: Preprocessing = Preprocessing(0, "none", False)

    integrand: Integrand


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """Black-Scholes: the value itself."""

    integrand: Integrand
    name: str = "closed form"
    kind: Literal["classical"] = "classical"
    unit: str = "evaluations"
    execution: Literal["executed"] = "executed"
    deterministic: bool = True
    theorem: Theorem | None = bounds.CLOSED_FORM
    preprocessing: Preprocessing = Preprocessing(0, "none", False)
    gates: GateCost | None = None
    operations_per_unit: float | None = 200.0
    success_probability: float = 1.0
