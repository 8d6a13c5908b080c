"""What the measured fits allow to be said: speed-ups at equal error, shares of the bound, and a verdict in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qalgo.comparable import PLAIN_MONTE_CARLO, USES_OF_A, GateCost, Method, Preprocessing, Theorem
from qalgo.crossings import MIN_EXPONENT_GAP
from qalgo.fitting import FitSample, PowerLaw, Statistics, interval_of

__all__ = [
    "SOLVED",
    "AccuracyRow",
    "MethodRow",
    "Scaling",
    "SpeedUp",
    "Verdict",
    "decide",
    "method_row",
    "scaling",
    "speed_up",
]

SOLVED = "demonstration: already solved classically"
NO_ADVANTAGE = "no asymptotic advantage over the best classical methods"
NOT_ESTABLISHED = "not established: the exponents do not allow a claim"
IN_QUERIES = "fewer queries than every classical method measured"


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """One method at one target accuracy."""

    accuracy: float
    """Half-width that was asked for, problem's unit."""
    statistics: Statistics | None
    """None when the runs would have taken too long."""
    cost: float | None
    """Measured mean cost, or the fit's cost where ``extrapolated``; None when there is neither."""
    extrapolated: bool
    predicted_seconds: float
    """Announced duration of all runs in this process; never part of a fit, a verdict or a break-even."""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """Everything the comparison says about one method."""

    name: str
    kind: Literal["quantum", "classical"]
    unit: str
    execution: Literal["executed", "emulated"]
    deterministic: bool
    theorem: Theorem | None
    preprocessing: Preprocessing
    gates: GateCost | None
    operations_per_unit: float | None
    success_probability: float
    fit: PowerLaw | None
    accuracies: tuple[AccuracyRow, ...]

    @property
    def finest(self) -> AccuracyRow:
        """The row of the smallest accuracy."""
        return self.accuracies[-1]


@dataclass(frozen=True, slots=True)
class SpeedUp:
    """Cost of a classical method over the cost of a quantum one at the same 95th percentile of |error|."""

    quantum: str
    classical: str
    error: float
    """The common 95th percentile, i.e. the half-width that holds in 95 % of the runs; problem's unit."""
    ratio: float
    """Classical units per quantum query: counts, not seconds."""
    ratio_low: float
    ratio_high: float
    share: float | None
    """(N_classical / N_quantum) / sqrt(N_classical); only for amplitude estimation against plain Monte Carlo."""
    share_low: float | None
    share_high: float | None
    extrapolated: bool
    """True when one of the two was not measured at this error."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Whether a quantum method's exponent is below a classical one's."""

    quantum: str
    classical: str
    gap: float | None
    """Classical minus quantum exponent; None when one of them could not be fitted."""
    gap_low: float | None
    gap_high: float | None

    @property
    def better(self) -> bool:
        """True when the whole interval of the gap is above ``MIN_EXPONENT_GAP``."""
        return self.gap_low is not None and self.gap_low > MIN_EXPONENT_GAP


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in words."""

    headline: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((self.headline, *self.sentences))


def method_row(method: Method, fit: FitSample | None, accuracies: Sequence[AccuracyRow]) -> MethodRow:
    """Put together what a method says of itself and what was measured."""
    return MethodRow(
        name=method.name,
        kind=method.kind,
        unit=method.unit,
        execution=method.execution,
        deterministic=method.deterministic,
        theorem=method.theorem,
        preprocessing=method.preprocessing,
        gates=method.gates,
        operations_per_unit=method.operations_per_unit,
        success_probability=method.success_probability,
        fit=None if fit is None else fit.law,
        accuracies=tuple(accuracies),
    )


def scaling(quantum: tuple[str, FitSample | None], classical: tuple[str, FitSample | None]) -> Scaling:
    """Compare two exponents over their bootstrap replicates."""
    (name, fit), (other, baseline) = quantum, classical
    if fit is None or baseline is None:
        return Scaling(name, other, None, None, None)
    low, high = interval_of(baseline.exponents - fit.exponents)
    return Scaling(name, other, baseline.law.exponent - fit.law.exponent, low, high)


def speed_up(
    quantum: tuple[MethodRow, FitSample | None], classical: tuple[MethodRow, FitSample | None], error: float
) -> SpeedUp | None:
    """Compare two methods at equal 95th percentile ``error``; None when one of them has no fit."""
    (row, fit), (other, baseline) = quantum, classical
    if fit is None or baseline is None:
        return None
    n_quantum, n_classical = fit.law.cost(error), baseline.law.cost(error)
    log_ratios = baseline.log_costs(error) - fit.log_costs(error)
    low, high = interval_of(np.exp(log_ratios))
    share, share_low, share_high = None, None, None
    if row.unit == USES_OF_A and other.name == PLAIN_MONTE_CARLO:
        share = n_classical / n_quantum / math.sqrt(n_classical)
        share_low, share_high = interval_of(np.exp(log_ratios - 0.5 * baseline.log_costs(error)))
    return SpeedUp(
        quantum=row.name,
        classical=other.name,
        error=error,
        ratio=n_classical / n_quantum,
        ratio_low=low,
        ratio_high=high,
        share=share,
        share_low=share_low,
        share_high=share_high,
        extrapolated=fit.law.extrapolates(error) or baseline.law.extrapolates(error),
    )


def decide(rows: Sequence[MethodRow], scalings: Sequence[Scaling], speed_ups: Sequence[SpeedUp]) -> Verdict:
    """Put the findings into words, for the first (default) quantum method."""
    quantum = [row for row in rows if row.kind == "quantum"]
    default = quantum[0]
    own = [item for item in scalings if item.quantum == default.name]
    equal = [item for item in own if item.gap is not None and not item.better]
    better = [item for item in own if item.better]
    unknown = [item for item in own if item.gap is None]
    sentences = [
        *_against_monte_carlo(default, own, speed_ups),
        *_no_advantage_over(default, rows, equal),
        *_advantage_over(default, [item for item in better if item.classical != PLAIN_MONTE_CARLO]),
        *(f"No exponent of {item.classical} could be fitted: nothing is claimed against it." for item in unknown),
        *_preprocessing(quantum),
    ]
    return Verdict(_headline(quantum, equal, better, unknown), tuple(sentences))


def _headline(
    quantum: Sequence[MethodRow], equal: Sequence[Scaling], better: Sequence[Scaling], unknown: Sequence[Scaling]
) -> str:
    if all(row.preprocessing.contains_answer for row in quantum):
        return SOLVED
    if equal:
        return NO_ADVANTAGE
    if better and not unknown:
        return IN_QUERIES
    return NOT_ESTABLISHED


def _against_monte_carlo(default: MethodRow, own: Sequence[Scaling], speed_ups: Sequence[SpeedUp]) -> list[str]:
    partner = next((item for item in own if item.classical == PLAIN_MONTE_CARLO), None)
    found = [item for item in speed_ups if (item.quantum, item.classical) == (default.name, PLAIN_MONTE_CARLO)]
    if partner is None or not found:
        return [f"No measured {PLAIN_MONTE_CARLO}: no share of the quadratic bound is stated."]
    last = found[-1]
    note = ", extrapolated" if last.extrapolated else ""
    text = (
        f"Against {PLAIN_MONTE_CARLO}, {default.name} needs {last.ratio:.3g} times fewer queries than samples "
        f"[{last.ratio_low:.3g}, {last.ratio_high:.3g}] at the same 95th percentile {last.error:.2g} of |error|{note}"
    )
    if last.ratio < 1:
        text = text.replace(f"{last.ratio:.3g} times fewer queries than samples", "more queries than samples, ratio")
    if last.share is not None and last.share_low is not None and last.share_high is not None:
        text += f": {last.share:.0%} [{last.share_low:.0%}, {last.share_high:.0%}] of the quadratic bound"
    if not partner.better:
        text += "; a crossover is not established"
    return [text + "."]


def _no_advantage_over(default: MethodRow, rows: Sequence[MethodRow], equal: Sequence[Scaling]) -> list[str]:
    if not equal:
        return []
    laws = {row.name: row.fit for row in rows}
    own = laws[default.name]
    listed = ", ".join(f"{item.classical} ({_exponent(laws[item.classical])})" for item in equal)
    return [
        f"No asymptotic advantage is left over {listed}: {'their' if len(equal) > 1 else 'its'} cost grows no faster "
        f"with 1/error than that of {default.name} ({_exponent(own)}), within {MIN_EXPONENT_GAP}."
    ]


def _advantage_over(default: MethodRow, better: Sequence[Scaling]) -> list[str]:
    if not better:
        return []
    listed = ", ".join(f"{item.classical} (by {_gap(item)})" for item in better)
    return [f"In queries, {default.name} has the lower exponent than {listed}; constants and clocks are not in this."]


def _gap(item: Scaling) -> str:
    if item.gap_low == item.gap_high:
        return f"{item.gap:.2f}, from the theorems"
    return f"{item.gap:.2f} [{item.gap_low:.2f}, {item.gap_high:.2f}]"


def _preprocessing(quantum: Sequence[MethodRow]) -> list[str]:
    holders = [row for row in quantum if row.preprocessing.contains_answer]
    if not holders:
        return []
    counts = sorted({row.preprocessing.evaluations for row in holders})
    listed = " or ".join(f"{count:,}" for count in counts)
    names = "every quantum method here" if len(holders) == len(quantum) else ", ".join(row.name for row in holders)
    return [
        f"No end-to-end claim: the circuits of {names} are built from {listed} classical evaluations, and these alone "
        "already give the answer."
    ]


def _exponent(law: PowerLaw | None) -> str:
    if law is None:
        return "exponent unknown"
    return f"exponent {law.exponent:.2f}{', from the theorem' if law.source == 'theorem' else ''}"
