"""Statistics of a comparison: percentiles, power laws and their bootstrap intervals.

One statistic for all methods: the 95th percentile (and the root mean square) of |error| over independent runs.
Exponents come from a regression of log cost on log error; seconds never enter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from qalgo.comparable import Theorem, Trial

__all__ = [
    "LARGEST_LOG",
    "LEVEL",
    "MIN_ACCURACIES",
    "FitSample",
    "PowerLaw",
    "Statistics",
    "fit_power_law",
    "interval_of",
    "regenerated",
    "summarise",
]

MIN_ACCURACIES = 6
"""Fewest accuracies from which an exponent is fitted."""
PERCENTILE = 0.95
LEVEL = 0.99
"""Level of all bootstrap intervals: 99 %, since a comparison looks at about ten of them at once."""
RESAMPLES = 1000
SMALLEST_SPAN = math.log(2.0)
LARGEST_LOG = 690.0
"""Natural logarithm of 1e300 or so: numbers beyond are left to their logarithms."""

Floats = npt.NDArray[np.float64]
ExponentSource = Literal["theorem", "fitted", "constant cost"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Error and cost of one method at one target accuracy, over all its runs."""

    runs: int
    percentile_95: float
    """95th percentile of |error| (linear interpolation between order statistics), problem's unit."""
    rmse: float
    """Root mean square of the error, problem's unit."""
    mean_cost: float
    """Mean over runs, in the method's unit, divided by the method's success probability."""
    coverage: float | None
    """Fraction of runs whose own interval held the reference; None when the method claims no interval."""


def summarise(trials: Sequence[Trial], success_probability: float = 1.0) -> Statistics:
    """Return the statistics of the runs of one cell; the cost of failed runs is charged by dividing by the success."""
    errors = np.abs([trial.error for trial in trials])
    claims = [abs(trial.error) <= trial.half_width for trial in trials if trial.half_width is not None]
    return Statistics(
        runs=len(trials),
        percentile_95=float(np.quantile(errors, PERCENTILE)),
        rmse=float(np.sqrt(np.mean(errors**2))),
        mean_cost=float(np.mean([trial.cost for trial in trials])) / success_probability,
        coverage=float(np.mean(claims)) if claims else None,
    )


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """cost = constant x error^(-exponent), error being the 95th percentile of |error|."""

    exponent: float
    """The exponent in use: the theorem's where the data allow it or it is proven optimal, else the fitted one."""
    constant: float
    constant_low: float
    constant_high: float
    fitted_exponent: float
    exponent_low: float
    exponent_high: float
    """Bootstrap interval of the fitted exponent, level ``LEVEL``."""
    source: ExponentSource
    error_min: float
    error_max: float
    """Range of the measured 95th percentiles: outside it the law is an extrapolation."""
    accuracies: int
    pivot: float | None = None
    """Error at which log cost and exponent are uncorrelated over the bootstrap; None where the exponent is fixed."""
    pivot_deviation: float | None = None
    """Standard deviation of the natural logarithm of the cost at the pivot."""

    def cost(self, error: float) -> float:
        """Cost at a 95th percentile ``error``."""
        return float(self.constant * error**-self.exponent)

    def extrapolates(self, error: float) -> bool:
        """Whether ``error`` lies outside the measured range by more than a factor 1.5 (noise of a percentile).

        A method of constant cost has no range: it reaches every error down to the smallest it showed.
        """
        if self.source == "constant cost":
            return error < self.error_min
        return not self.error_min / 1.5 <= error <= self.error_max * 1.5


@dataclass(frozen=True, slots=True, eq=False)
class FitSample:
    """A power law with its bootstrap replicates (not stored in results)."""

    law: PowerLaw
    exponents: Floats  # (resamples,)
    log_constants: Floats  # (resamples,)

    def log_costs(self, error: float) -> Floats:
        """Natural logarithm of the cost at ``error`` for each replicate."""
        return self.log_constants - self.exponents * math.log(error)


def interval_of(values: Floats) -> tuple[float, float]:
    """Return the central interval of level ``LEVEL`` of bootstrap replicates."""
    tail = 0.5 * (1.0 - LEVEL)
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def regenerated(law: PowerLaw, random: np.random.Generator) -> FitSample:
    """Return replicates of a law whose own were not kept: normal, with its bootstrap intervals of level ``LEVEL``.

    Exponent and constant of a regression are correlated; exponent and cost at the pivot are not, and are drawn
    independently. Files older than the pivot have it guessed in the middle of the measured range, which is good for
    errors far from that range, and rough inside it.

    Args:
        law: a stored fit.
        random: shuffles the normal quantiles; equal streams give equal replicates.
    """
    if law.source == "constant cost":
        return _constant_sample(law)
    quantile = NormalDist().inv_cdf(0.5 * (1.0 + LEVEL))
    scores = np.array([NormalDist().inv_cdf((index + 0.5) / RESAMPLES) for index in range(RESAMPLES)])
    log_low, log_high = math.log(law.constant_low), math.log(law.constant_high)
    centre, spread = 0.5 * (log_low + log_high), 0.5 * (log_high - log_low) / quantile
    if law.source == "theorem":
        return FitSample(law, np.full(RESAMPLES, law.exponent), centre + spread * random.permutation(scores))
    exponent, exponent_spread = (
        0.5 * (law.exponent_low + law.exponent_high),
        0.5 * (law.exponent_high - law.exponent_low) / quantile,
    )
    log_pivot = math.log(math.sqrt(law.error_min * law.error_max) if law.pivot is None else law.pivot)
    left = law.pivot_deviation
    if left is None:
        left = math.sqrt(max(0.0, spread**2 - (log_pivot * exponent_spread) ** 2))
    slopes = exponent + exponent_spread * random.permutation(scores)
    heights = centre - log_pivot * exponent + left * random.permutation(scores)
    return FitSample(law, slopes, heights + log_pivot * slopes)


def fit_power_law(
    cells: Sequence[Sequence[Trial]],
    theorem: Theorem | None,
    random: Callable[[int], np.random.Generator],
    *,
    success_probability: float = 1.0,
    resolution: float = 0.0,
) -> FitSample | None:
    """Fit cost = constant x error^(-exponent) to the measured cells of one method.

    Stochastic cells are resampled over their runs (seeds); deterministic methods, which have one run per accuracy,
    over the accuracies. The theorem's exponent is used when it lies in the interval of the fitted one, and when the
    fitted one is smaller although the theorem's is proven optimal: such a fit is not asymptotic yet, and no
    extrapolation may beat a lower bound.

    Args:
        cells: runs of each accuracy.
        theorem: what is known about the exponent.
        random: from the index of a cell to its random stream.
        success_probability: costs are divided by it.
        resolution: smallest error that arithmetic resolves; smaller ones are raised to it.

    Returns:
        None with fewer than six accuracies, or errors that span less than a factor of two.
    """
    if len(cells) < MIN_ACCURACIES:
        return None
    errors, costs = _resampled(cells, random, resolution)
    costs = costs / success_probability
    if np.all(costs == costs[0, 0]):
        return _constant_cost(float(costs[0, 0]), errors[0], len(cells))
    if not np.all(errors[0] > 0) or float(np.ptp(np.log(errors[0]))) < SMALLEST_SPAN:
        return None
    x, y = np.log(np.maximum(errors, np.finfo(float).tiny)), np.log(costs)
    slopes, intercepts = _regressions(x, y)
    low, high = interval_of(slopes[1:])
    fitted = float(slopes[0])
    consistent = theorem is not None and (
        low <= theorem.exponent <= high or (theorem.optimal and fitted < theorem.exponent)
    )
    if consistent and theorem is not None:
        slopes = np.full_like(slopes, theorem.exponent)
        intercepts = np.mean(y + theorem.exponent * x, axis=1)
    constant_low, constant_high = interval_of(np.exp(intercepts[1:]))
    pivot, deviation = (None, None) if consistent else _pivot(slopes[1:], intercepts[1:])
    law = PowerLaw(
        exponent=float(slopes[0]),
        constant=float(np.exp(intercepts[0])),
        constant_low=constant_low,
        constant_high=constant_high,
        fitted_exponent=fitted,
        exponent_low=low,
        exponent_high=high,
        source="theorem" if consistent else "fitted",
        error_min=float(errors[0].min()),
        error_max=float(errors[0].max()),
        accuracies=len(cells),
        pivot=pivot,
        pivot_deviation=deviation,
    )
    return FitSample(law, slopes[1:], intercepts[1:])


def _pivot(slopes: Floats, intercepts: Floats) -> tuple[float | None, float | None]:
    """Where the cost of a fitted law does not depend on its exponent, and how sure it is there."""
    variance = float(np.var(slopes))
    if variance < 1e-24:
        return None, None
    log_error = float(np.mean((slopes - slopes.mean()) * intercepts)) / variance
    if abs(log_error) > LARGEST_LOG:
        return None, None
    return math.exp(log_error), float(np.std(intercepts - slopes * log_error))


def _resampled(
    cells: Sequence[Sequence[Trial]], random: Callable[[int], np.random.Generator], resolution: float
) -> tuple[Floats, Floats]:
    """Percentiles and mean costs, shape (1 + resamples, accuracies); row 0 is the data itself."""
    columns = [_resample_cell(cell, random(index)) for index, cell in enumerate(cells)]
    errors = np.maximum(np.stack([column[0] for column in columns], axis=1), resolution)
    costs = np.stack([column[1] for column in columns], axis=1)
    if all(len(cell) == 1 for cell in cells):
        chosen = random(len(cells)).integers(0, len(cells), (RESAMPLES, len(cells)))
        # Rows where one accuracy was drawn every time fix no slope; the data themselves stand in.
        chosen[np.ptp(errors[0][chosen], axis=1) == 0] = np.arange(len(cells))
        errors = np.concatenate([errors[:1], errors[0][chosen]])
        costs = np.concatenate([costs[:1], costs[0][chosen]])
    return errors, costs


def _resample_cell(cell: Sequence[Trial], random: np.random.Generator) -> tuple[Floats, Floats]:
    errors = np.abs([trial.error for trial in cell])
    costs = np.array([trial.cost for trial in cell], dtype=float)
    chosen = random.integers(0, len(cell), (RESAMPLES, len(cell)))
    chosen = np.concatenate([np.arange(len(cell))[None, :], chosen])
    return np.quantile(errors[chosen], PERCENTILE, axis=1), costs[chosen].mean(axis=1)


def _regressions(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Least squares y = intercept - slope x, row by row."""
    dx = x - x.mean(axis=1, keepdims=True)
    slopes = -np.sum(dx * y, axis=1) / np.sum(dx**2, axis=1)
    return slopes, y.mean(axis=1) + slopes * x.mean(axis=1)


def _constant_cost(cost: float, errors: Floats, accuracies: int) -> FitSample:
    law = PowerLaw(
        exponent=0.0,
        constant=cost,
        constant_low=cost,
        constant_high=cost,
        fitted_exponent=0.0,
        exponent_low=0.0,
        exponent_high=0.0,
        source="constant cost",
        error_min=float(errors.min()),
        error_max=float(errors.max()),
        accuracies=accuracies,
    )
    return _constant_sample(law)


def _constant_sample(law: PowerLaw) -> FitSample:
    return FitSample(law, np.zeros(RESAMPLES), np.full(RESAMPLES, math.log(law.constant)))
