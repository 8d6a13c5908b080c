"""What theory says about the cost of a price, and the ladder of accuracies on which it is measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from qalgo.amplitude_estimation.bounds import AMPLITUDE_ESTIMATION, MONTE_CARLO, quadratic_bound
from qalgo.comparable import Bound, Theorem
from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qalgo.option_pricing.contract import Contract

__all__ = [
    "AMPLITUDE_ESTIMATION",
    "CLOSED_FORM",
    "LINEARISED_ESTIMATION",
    "MONTE_CARLO",
    "QUADRATURE",
    "QUASI_MONTE_CARLO",
    "TABULATED",
    "accuracies",
    "caveats",
    "quadratic_bound_for",
]

CLOSED_FORM = Theorem(0.0, "the value itself, at every accuracy", "Black and Scholes (1973); Merton (1973)")
TABULATED = Theorem(
    0.0, "on bins with an edge at every kink the tables give the value itself, at every 2^n", "by construction"
)
QUADRATURE = Theorem(
    0.0,
    "the error of Gauss-Legendre on an analytic piece falls geometrically with the nodes: N = O(log(1/epsilon)), "
    "below every power of 1/epsilon",
    "Trefethen, Is Gauss quadrature better than Clenshaw-Curtis?, SIAM Review 50 (2008) 67",
)
QUASI_MONTE_CARLO = Theorem(
    1.0,
    "error O(1/N) up to logarithms for integrands of bounded variation in fixed dimension",
    "Koksma-Hlawka; Niederreiter, Random Number Generation and Quasi-Monte Carlo Methods (1992), theorem 2.11",
)
LINEARISED_ESTIMATION = Theorem(
    1.5,
    "error O(M^-2/3) in the queries M, once the rescaling c is balanced: bias ~ c^2, sampling ~ 1/(c M)",
    "arXiv:1905.02666 and arXiv:1806.06893 (rate M^-2/3 of the linearised payoff)",
)
LADDER_STEPS = 8
COARSEST = 0.25
"""Coarsest half-width, in standard deviations of the discounted payoff; each further one is half as wide."""


def accuracies(contract: Contract) -> tuple[float, ...]:
    """Return eight half-widths from a quarter of the payoff's standard deviation on, each about half the one before.

    Raises:
        ProblemError: the payoff has no spread: there is nothing to estimate.
    """
    spread = contract.discount * payoff_deviation(contract)
    if not spread > 1e-12 * contract.forward:
        raise ProblemError("the payoff is constant where the price has probability: there is nothing to compare")
    return tuple(_rounded(COARSEST * spread * 0.5**step) for step in range(LADDER_STEPS))


def payoff_deviation(contract: Contract) -> float:
    """Return the standard deviation of the payoff (currency units, undiscounted) from 256 bins of equal probability."""
    from qalgo.option_pricing.lognormal import split_evenly

    law = contract.law
    masses, means = law.masses_and_means([-math.inf, *split_evenly(-math.inf, math.inf, 256), math.inf])
    paid = contract.payoff(means)
    mean = float(masses @ paid)
    return math.sqrt(max(0.0, float(masses @ (paid - mean) ** 2)))


def _rounded(value: float) -> float:
    return float(np.format_float_scientific(value, precision=1, unique=False))


def quadratic_bound_for(contract: Contract) -> Bound:
    """Return the quadratic bound of amplitude estimation against plain Monte Carlo."""
    del contract  # the bound holds for every payoff
    return quadratic_bound()


def caveats(contract: Contract) -> tuple[str, ...]:
    """Return what belongs to every verdict on a European contract."""
    kinks = len(contract.pieces().kinks)
    return (
        "Both encodings tabulate the density at 2^n points, and the exact encoding the payoff too, which alone gives "
        "the answer: no encoding here supports an end-to-end speed-up claim. That needs a loader and a payoff without "
        "a 2^n table.",
        f"A European payoff on one log-normal price is a one-dimensional integral with {kinks} kink"
        f"{'' if kinks == 1 else 's'}: it has a closed form, and quadrature solves it to rounding with tens of "
        "evaluations. It demonstrates the method, it does not need it.",
        "A query is not a sample: one use of A is a circuit of many gates, one sample some dozens of operations.",
    )
