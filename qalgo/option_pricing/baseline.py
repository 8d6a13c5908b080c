"""The classical methods for a European contract, each run for real and counted in evaluations of the payoff."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.baseline import PILOT_SEED, Z95, ClassicalMethod, SampleMean, calibrated
from qalgo.comparable import Method, Preprocessing, Trial
from qalgo.errors import ConvergenceError
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
PILOT_DRAWS = 16_384
PILOT_RANDOMISATIONS = 32
PILOT_MARGIN = 1.27
"""sqrt(31/chi2), chi2 the 5 % quantile with 31 degrees of freedom: what a pilot of 32 may underrate a deviation by."""
OPERATIONS = 50.0
"""Rough arithmetic operations of one draw: a normal number, an exponential, a payoff."""


@dataclass(frozen=True, slots=True)
class Integrand:
    """The discounted payoff as a function of the standard score of the log price."""

    payoff: PiecewiseAffine
    law: LogNormal
    discount: float
    reference: float
    """Closed-form value: errors are measured against it; no method but the closed form uses it."""

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

    def draw(self, random: np.random.Generator, size: int) -> Floats:
        """Discounted payoffs of ``size`` draws of the price."""
        return self.values(random.standard_normal(size))


def baselines(contract: Contract) -> tuple[Method, ...]:
    """Return the classical methods: closed form, quadrature, three kinds of Monte Carlo, and the tables themselves."""
    from qalgo.option_pricing.tabulated import TabulatedSum, TensorContraction

    integrand = Integrand.of(contract)
    return (
        ClosedForm(contract),
        Quadrature(integrand),
        PlainMonteCarlo(integrand),
        ControlVariate(integrand),
        QuasiMonteCarlo(integrand, contract.accuracies()[-1]),
        TabulatedSum(contract),
        TensorContraction(contract),
    )


class ClosedForm(ClassicalMethod):
    """Black-Scholes: the value itself, one evaluation."""

    name = "closed form"
    deterministic = True
    operations_per_unit: float | None = 200.0

    def __init__(self, contract: Contract) -> None:
        self.theorem = bounds.CLOSED_FORM
        self._contract = contract

    def predicted_cost(self, accuracy: float) -> float:
        """Return 1."""
        return 1.0

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one evaluation."""
        return calibrated(lambda _: self._contract.black_scholes(), 1)

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Evaluate it; the reference is the same formula."""
        return Trial(float(self._contract.black_scholes()) - self._contract.reference().value, 1.0, accuracy)


class PlainMonteCarlo(SampleMean):
    """The mean of discounted payoffs of independent draws."""

    def __init__(self, integrand: Integrand) -> None:
        super().__init__(integrand.draw, integrand.reference, operations_per_unit=OPERATIONS)


class ControlVariate(SampleMean):
    """Monte Carlo with the discounted price of the underlying, whose mean is the forward, as control variate."""

    def __init__(self, integrand: Integrand) -> None:
        self._integrand = integrand
        super().__init__(
            self._controlled,
            integrand.reference,
            name="Monte Carlo with control variate",
            operations_per_unit=OPERATIONS + 4,
        )
        words = f"two pilots; the control variate divides the variance by {self.variance_reduction:.3g}"
        self.preprocessing = Preprocessing(2 * PILOT_DRAWS, words, False)

    @cached_property
    def coefficient(self) -> float:
        """Regression of the payoff on the price, from the pilot."""
        return self._pilot[0]

    @property
    def variance_reduction(self) -> float:
        """Variance without over variance with the control variate, from the pilot; capped at 1e12."""
        return self._pilot[1]

    @cached_property
    def _pilot(self) -> tuple[float, float]:
        scores = np.random.default_rng(PILOT_SEED + 1).standard_normal(PILOT_DRAWS)
        paid, control = self._integrand.values(scores), self._control(scores)
        coefficient = float(np.cov(paid, control)[0, 1] / control.var(ddof=1))
        left = float(np.var(paid - coefficient * control, ddof=1))
        before = float(np.var(paid, ddof=1))
        return coefficient, before / max(left, 1e-12 * before) if before > 0 else 1.0

    def _control(self, scores: Floats) -> Floats:
        return self._integrand.discount * (self._integrand.prices(scores) - self._integrand.law.forward)

    def _controlled(self, random: np.random.Generator, size: int) -> Floats:
        scores = random.standard_normal(size)
        return self._integrand.values(scores) - self.coefficient * self._control(scores)


class Quadrature(ClassicalMethod):
    """Gauss-Legendre on each piece between kinks where the payoff is not zero; nodes are doubled until two agree."""

    name = "Gauss-Legendre quadrature"
    deterministic = True
    operations_per_unit: float | None = OPERATIONS + 20
    _FIRST, _MOST = 2, 256

    def __init__(self, integrand: Integrand) -> None:
        self.theorem = bounds.QUADRATURE
        self._integrand = integrand

    def predicted_cost(self, accuracy: float) -> float:
        """Return a rough number of evaluations."""
        return 2.0 * len(self._integrand.payoff.slopes) * (8 + 4 * max(0.0, -math.log10(accuracy)))

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one evaluation."""
        return calibrated(lambda size: self._sum(size, 8.0), 64)

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Run it; all evaluations made on the way are counted.

        Raises:
            ConvergenceError: two results never agreed (the accuracy is below rounding).
        """
        limit = self._limit(accuracy)
        before, cost = math.nan, 0
        for nodes in self._sizes():
            value, evaluations = self._sum(nodes, limit)
            cost += evaluations
            if abs(value - before) <= 0.5 * accuracy:
                return Trial(value - self._integrand.reference, float(max(cost, 1)), accuracy)
            before = value
        raise ConvergenceError(
            f"quadrature did not reach {accuracy:g} with {self._MOST} nodes per piece; use a larger accuracy"
        )

    def _sizes(self) -> Iterator[int]:
        size = self._FIRST
        while size <= self._MOST:
            yield size
            size *= 2

    def _limit(self, accuracy: float) -> float:
        """Standard score beyond which both tails together pay less than a tenth of the accuracy."""
        payoff, law = self._integrand.payoff, self._integrand.law
        ends = (0, -1)
        scale = max(abs(payoff.intercepts[end]) + abs(payoff.slopes[end]) * law.forward for end in ends)
        # E[|payoff|; |Z| > L] <= scale * 2 exp(-(L - deviation)^2 / 2).
        ratio = max(1.0, 20.0 * self._integrand.discount * scale / accuracy)
        return law.deviation + math.sqrt(2.0 * math.log(2.0 * ratio))

    def _sum(self, nodes: int, limit: float) -> tuple[float, int]:
        payoff, law = self._integrand.payoff, self._integrand.law
        places, weights = _gauss_legendre(nodes)
        total, evaluations = [], 0
        for index, (start, end) in enumerate(payoff.segments()):
            low, high = max(law.score(start), -limit), min(law.score(end), limit)
            if low >= high or (payoff.intercepts[index] == 0.0 and payoff.slopes[index] == 0.0):
                continue
            scores = 0.5 * (low + high) + 0.5 * (high - low) * places
            paid = payoff.intercepts[index] + payoff.slopes[index] * self._integrand.prices(scores)
            density = np.exp(-0.5 * scores**2) / math.sqrt(2.0 * math.pi)
            total.append(0.5 * (high - low) * float(weights @ (paid * density)))
            evaluations += nodes
        return self._integrand.discount * math.fsum(total), evaluations


@lru_cache(maxsize=32)
def _gauss_legendre(nodes: int) -> tuple[Floats, Floats]:
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return places, weights


class QuasiMonteCarlo(ClassicalMethod):
    """Randomised quasi-Monte Carlo: one scrambled Sobol set of 2^m points per run.

    m is the smallest size at which 32 randomisations of a pilot show a 95 % half-width within the accuracy.

    Args:
        integrand: the discounted payoff.
        finest: the accuracy up to which the evaluations of the pilot are declared.
    """

    name = "quasi-Monte Carlo (scrambled Sobol)"
    unit = "evaluations"
    operations_per_unit: float | None = OPERATIONS + 30
    _LEAST, _MOST = 1, 22

    def __init__(self, integrand: Integrand, finest: float) -> None:
        self.theorem = bounds.QUASI_MONTE_CARLO
        self._integrand = integrand
        points = 2 * int(self.predicted_cost(finest)) - 2**self._LEAST
        self.preprocessing = Preprocessing(PILOT_RANDOMISATIONS * points, "pilot of 32 randomisations per size", False)

    def predicted_cost(self, accuracy: float) -> float:
        """Return the number of points."""
        return float(2 ** _sobol_size(self._integrand, accuracy, self._LEAST, self._MOST))

    def predicted_seconds(self, accuracy: float) -> float:
        """Return the rough wall seconds of one run: making a scrambled sequence costs more than its points."""
        return 3e-4 + 1e-7 * self.predicted_cost(accuracy)

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one point."""
        return 1e-7

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Run one randomisation."""
        size = int(self.predicted_cost(accuracy))
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        value = _sobol_mean(self._integrand, size.bit_length() - 1, random)
        return Trial(value - self._integrand.reference, float(size), None)


def _sobol_mean(integrand: Integrand, exponent: int, random: np.random.Generator) -> float:
    from scipy.special import ndtri
    from scipy.stats import qmc

    points = qmc.Sobol(1, scramble=True, rng=random).random_base2(exponent)[:, 0]
    # Points are multiples of 2^-30; half a step keeps the first one away from minus infinity.
    return float(integrand.values(ndtri(points + 2.0**-31)).mean())


@lru_cache(maxsize=1024)
def _sobol_half_width(integrand: Integrand, exponent: int) -> float:
    """95 % half-width of one randomisation, from the spread of a pilot's randomisations and with its margin."""
    values = [
        _sobol_mean(integrand, exponent, np.random.default_rng([PILOT_SEED, exponent, index]))
        for index in range(PILOT_RANDOMISATIONS)
    ]
    return PILOT_MARGIN * Z95 * float(np.std(values, ddof=1))


def _sobol_size(integrand: Integrand, accuracy: float, least: int, most: int) -> int:
    for exponent in range(least, most):
        if _sobol_half_width(integrand, exponent) <= accuracy:
            return exponent
    raise ConvergenceError(
        f"{integrand.law}: 2^{most} points of quasi-Monte Carlo do not reach {accuracy:g}; use a larger accuracy"
    )
