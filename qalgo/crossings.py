"""Where two measured power laws cross on a machine model: error, queries, run time, and what a query may cost."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from qalgo.comparable import GateCost
from qalgo.crossover import BUDGET_SECONDS
from qalgo.fitting import LARGEST_LOG, FitSample, interval_of
from qalgo.machines import MachineModel

__all__ = ["MIN_EXPONENT_GAP", "BreakEven", "laws_break_even", "time_span"]

MIN_EXPONENT_GAP = 0.1
"""No crossover is claimed unless the quantum exponent is below the classical one by more than this."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From which accuracy and run time a quantum method would be faster on a machine model, or why never."""

    quantum: str
    classical: str
    machine: str
    error_low: float | None = None
    """Interval of the error below which the quantum method wins (bootstrap of the fits), problem's unit."""
    error_high: float | None = None
    seconds_low: float | None = None
    """Interval of the run time at that error."""
    seconds_high: float | None = None
    reason: str = ""
    """Why there is none; empty when there is one."""
    queries_low: float | None = None
    """Interval of the quantum queries of one run at that error: the crossover size."""
    queries_high: float | None = None
    budget_low: float | None = None
    """Interval of the operation budget: most T gates per query with which the quantum method wins in time."""
    budget_high: float | None = None
    undecided: bool = False
    """True when the data neither show a crossover nor exclude one: "not established"."""

    @property
    def exists(self) -> bool:
        """Whether a break-even point was found."""
        return not self.reason

    @property
    def status(self) -> Literal["crossover", "none", "not established"]:
        """What is claimed."""
        if self.exists:
            return "crossover"
        return "not established" if self.undecided else "none"

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return asdict(self)

    def __str__(self) -> str:
        if not self.exists:
            return f"{self.quantum} against {self.classical}: {self.status} - {self.reason}"
        ends = (self.seconds_low, self.seconds_high, self.error_low, self.error_high)
        low, high, fine, coarse = (float(value or 0.0) for value in ends)
        return (
            f"{self.quantum} against {self.classical}: {time_span(low)} to {time_span(high)}, "
            f"at errors {fine:.1e} to {coarse:.1e}"
        )


def laws_break_even(
    quantum: tuple[str, FitSample | None, GateCost | None],
    classical: tuple[str, FitSample | None, float | None],
    machine: MachineModel,
    *,
    gap: tuple[float, float] | None = None,
    seconds: float = BUDGET_SECONDS,
) -> BreakEven:
    """Return where the two measured power laws cross on a machine model, as intervals over the bootstrap.

    Args:
        quantum: name, fit, and gates per query.
        classical: name, fit, and arithmetic operations per unit.
        machine: what a gate and an operation cost.
        gap: interval of the classical minus the quantum exponent; None takes it from the replicates.
        seconds: time within which the quantum method has to win, for the operation budget.
    """
    name, fit, gates = quantum
    other, baseline, operations = classical
    if fit is None or baseline is None:
        return BreakEven(name, other, machine.name, reason="no exponent could be fitted", undecided=True)
    low, high = interval_of(baseline.exponents - fit.exponents) if gap is None else gap
    query = None if gates is None else machine.query_seconds(gates)
    unit = None if operations is None else machine.operation_seconds(operations)
    budget_low = budget_high = None
    if low > MIN_EXPONENT_GAP and unit is not None:
        budget_low, budget_high = _budget(fit, baseline, unit, machine, seconds)
    reason, undecided = _obstacle((fit, query), (baseline, unit), low, high)
    if reason or query is None or unit is None:
        return BreakEven(
            name,
            other,
            machine.name,
            reason=reason,
            undecided=undecided,
            budget_low=budget_low,
            budget_high=budget_high,
        )
    gaps = baseline.exponents - fit.exponents
    log_errors = (math.log(unit) + baseline.log_constants - math.log(query) - fit.log_constants) / gaps
    errors, queries = interval_of(log_errors), interval_of(fit.log_constants - fit.exponents * log_errors)
    if max(*(abs(end) for end in errors), queries[1] + abs(math.log(query))) > LARGEST_LOG:
        reason = f"the laws cross only beyond 1e{LARGEST_LOG / math.log(10):.0f} queries or seconds"
        return BreakEven(name, other, machine.name, reason=reason, budget_low=budget_low, budget_high=budget_high)
    return BreakEven(
        quantum=name,
        classical=other,
        machine=machine.name,
        error_low=math.exp(errors[0]),
        error_high=math.exp(errors[1]),
        seconds_low=query * math.exp(queries[0]),
        seconds_high=query * math.exp(queries[1]),
        queries_low=math.exp(queries[0]),
        queries_high=math.exp(queries[1]),
        budget_low=budget_low,
        budget_high=budget_high,
    )


def _budget(
    fit: FitSample, baseline: FitSample, unit: float, machine: MachineModel, seconds: float
) -> tuple[float, float]:
    """T gates per query with which the quantum method needs ``seconds`` at the error where the classical does."""
    log_errors = (math.log(unit) + baseline.log_constants - math.log(seconds)) / baseline.exponents
    log_queries = fit.log_constants - fit.exponents * log_errors
    low, high = interval_of(math.log(seconds / machine.seconds_per_t) - log_queries)
    return math.exp(min(low, LARGEST_LOG)), math.exp(min(high, LARGEST_LOG))


def _obstacle(
    quantum: tuple[FitSample, float | None], classical: tuple[FitSample, float | None], low: float, high: float
) -> tuple[str, bool]:
    """Why there is no crossover, and whether that is open."""
    (fit, query), (baseline, unit) = quantum, classical
    exponents = f"exponents {fit.law.exponent:.2f} (quantum) and {baseline.law.exponent:.2f} (classical)"
    if high <= 0.0:
        return _never(exponents, quantum, classical)
    if not low > MIN_EXPONENT_GAP:
        words = f"{exponents} do not differ by more than {MIN_EXPONENT_GAP} in favour of the quantum method"
        return f"{words} (difference {low:.2f} to {high:.2f})", True
    if query is None:
        return "the T count of the quantum circuit is not known", True
    if unit is None:
        return "the operations of the classical method are not known", True
    return "", False


def _never(
    exponents: str, quantum: tuple[FitSample, float | None], classical: tuple[FitSample, float | None]
) -> tuple[str, bool]:
    """The quantum exponent is not below the classical one: the quantum method never overtakes, unless it is ahead."""
    (fit, query), (baseline, unit) = quantum, classical
    words = f"{exponents}: the classical cost grows no faster"
    if query is None or unit is None:
        return words, False
    # The disadvantage of the quantum method grows, or stays, towards fine errors: it is least at the coarsest one.
    error = fit.law.error_max if baseline.law.error_max == 0.0 else min(fit.law.error_max, baseline.law.error_max)
    slower = math.log(query) + fit.log_costs(error) - math.log(unit) - baseline.log_costs(error)
    if interval_of(slower)[0] < 0.0:
        return f"{words}, but at error {error:.1e} the quantum method is not slower", True
    return f"{words} and takes less time at every measured error", False


def time_span(seconds: float) -> str:
    """Return seconds as a text with two digits and a fitting unit."""
    for limit, size, unit in (
        (1e-3, 1e-6, "us"),
        (1, 1e-3, "ms"),
        (120, 1, "s"),
        (7200, 60, "min"),
        (172800, 3600, "h"),
    ):
        if seconds < limit:
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"
    days = seconds / 86400
    amount, unit = (days, "days") if days < 730 else (days / 365.25, "years")
    return f"{float(f'{amount:.2g}'):,.0f} {unit}" if amount < 1e6 else f"{amount:.1e} {unit}"
