"""Clock models of quantum and classical machines, and the time from which a quantum algorithm would win.

Nothing here is measured with a simulator: quantum time is gates x machine model, classical time operations x model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from qalgo.comparable import GateCost
from qalgo.errors import ProblemError
from qalgo.fitting import FitSample, interval_of

__all__ = [
    "BABBUSH_2021",
    "HOEFLER_2023",
    "HOEFLER_OPERATIONS",
    "MACHINES",
    "MIN_EXPONENT_GAP",
    "BreakEven",
    "MachineModel",
    "OperationRate",
    "break_even",
    "break_even_queries",
    "break_even_seconds",
    "machine_named",
    "operation_budget",
]

MIN_EXPONENT_GAP = 0.1
"""No crossover is claimed unless the quantum exponent is below the classical one by more than this."""


@dataclass(frozen=True, slots=True)
class MachineModel:
    """How long one logical gate and one classical operation take."""

    name: str
    seconds_per_t: float
    """Wall seconds per T gate of an error-corrected machine that makes one at a time."""
    seconds_per_toffoli: float
    classical_operations_per_second: float
    """Arithmetic operations per second of one classical processor."""
    parallelism: float
    """Classical processors that work at the same time (S of 2011.04149)."""
    source: str

    def __post_init__(self) -> None:
        for name in ("seconds_per_t", "seconds_per_toffoli", "classical_operations_per_second", "parallelism"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and math.isfinite(value) and value > 0):
                raise ProblemError(f"machine {self.name!r}: {name} is {value!r}; allowed: a positive number")

    def query_seconds(self, gates: GateCost) -> float | None:
        """Seconds of one quantum query (T gates one after the other), or None when its T count is not known."""
        return None if gates.t_per_query is None else gates.t_per_query * self.seconds_per_t

    def operation_seconds(self, operations: float) -> float:
        """Seconds of so many classical operations, spread over all processors."""
        return operations / (self.classical_operations_per_second * self.parallelism)


@dataclass(frozen=True, slots=True)
class OperationRate:
    """Operations per second of one kind of arithmetic on the machines of 2307.00523."""

    name: str
    gpu: float
    """NVIDIA A100, half of it used."""
    asic: float
    """A chip of as many transistors, made for this operation only."""
    quantum: float
    """10,000 error-corrected qubits, 10 microseconds per logical operation."""


def _hoefler(name: str, gpu_tera: float, gate_equivalents: float, work_qubits: int, depth: int) -> OperationRate:
    """Rates from the constants of 2307.00523, "Methods"; its Table 1 prints the binary quantum rate 10x too low."""
    transistors, per_gate, control, cycle = 54.2e9, 10, 0.5, 0.7e-9
    asic = transistors * control / per_gate / gate_equivalents / cycle
    # 5.5 CCZ factories feed one unit; a factory of 147,904 physical qubits is as large as 77 logical ones.
    units = math.floor(10_000 / (work_qubits + 5.5 * 77))
    return OperationRate(name, gpu_tera * 1e12, asic, units / (depth * 1e-5))


HOEFLER_OPERATIONS: Mapping[str, OperationRate] = MappingProxyType(
    {
        "fp16": _hoefler("fp16", (312 + 78) / 2, 7_000, 5 * 10, 2 * 10**2),
        "int32": _hoefler("int32", 19.5 / 2, 18_000, 5 * 32, 2 * 32**2),
        "binary": _hoefler("binary", 4992, 50, 3, 1),
    }
)

HOEFLER_2023 = MachineModel(
    name="hoefler-2023",
    seconds_per_t=1e-5,
    seconds_per_toffoli=1e-5,
    classical_operations_per_second=HOEFLER_OPERATIONS["fp16"].gpu,
    parallelism=1.0,
    source="2307.00523 (CACM 66(5), 82): 10 microseconds per logical operation; one A100 at 195e12 fp16 operations/s",
)
BABBUSH_2021 = MachineModel(
    name="babbush-2021",
    # One CCZ state (or the two T states it can be turned into) per 5.5 x 30 code cycles of a microsecond.
    seconds_per_t=1.65e-4 / 2,
    seconds_per_toffoli=1.65e-4,
    classical_operations_per_second=1 / 330e-12,
    parallelism=1.0,
    source="2011.04149: 165 microseconds per Toffoli from one factory; 330 ps per operation of one processor core",
)
MACHINES: Mapping[str, MachineModel] = MappingProxyType({model.name: model for model in (HOEFLER_2023, BABBUSH_2021)})


def machine_named(machine: MachineModel | str | None) -> MachineModel:
    """Return a machine model by name; None gives ``HOEFLER_2023``.

    Raises:
        ProblemError: no model has this name.
    """
    if machine is None:
        return HOEFLER_2023
    if isinstance(machine, MachineModel):
        return machine
    if machine not in MACHINES:
        raise ProblemError(f"machine is {machine!r}; allowed: {', '.join(MACHINES)} or a MachineModel")
    return MACHINES[machine]


def break_even_queries(
    query_seconds: float, evaluation_seconds: float, *, order: int = 2, parallelism: float = 1
) -> float:
    """Quantum queries M* at which M quantum queries take as long as M^order classical evaluations (2011.04149)."""
    _check_order(order)
    return float((query_seconds * parallelism / evaluation_seconds) ** (1 / (order - 1)))


def break_even_seconds(
    query_seconds: float, evaluation_seconds: float, *, order: int = 2, parallelism: float = 1
) -> float:
    r"""Return the run time above which the quantum algorithm wins, all constants being one.

    .. math:: T^* = t_Q \left(\frac{t_Q S}{t_C}\right)^{1/(d-1)}, \qquad d = 2:\ T^* = t_Q^2 S / t_C

    (2011.04149, eq. 3 for quadratic and eq. 5 for higher order d).

    Args:
        query_seconds: t_Q, one quantum query.
        evaluation_seconds: t_C, one classical evaluation on one processor.
        order: d, the speed-up's order: 2 is quadratic.
        parallelism: S, classical processors.
    """
    return query_seconds * break_even_queries(query_seconds, evaluation_seconds, order=order, parallelism=parallelism)


def operation_budget(
    quantum_per_second: float, classical_per_second: float, *, order: int = 2, seconds: float = 1e6
) -> float:
    r"""Most operations per oracle call that let a quantum algorithm win within ``seconds`` (2307.00523, Table 2).

    N^order M t_c against N M t_q gives M = (T / t_q) (t_c / t_q)^{1/(order-1)}.
    """
    _check_order(order)
    return float(seconds * quantum_per_second * (quantum_per_second / classical_per_second) ** (1 / (order - 1)))


def _check_order(order: int) -> None:
    if order < 2:
        raise ProblemError(f"order is {order!r}; allowed: 2 (quadratic) or more - equal exponents never break even")


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

    @property
    def exists(self) -> bool:
        """Whether a break-even point was found."""
        return not self.reason

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return asdict(self)

    def __str__(self) -> str:
        if not self.exists:
            return f"{self.quantum} against {self.classical}: none - {self.reason}"
        ends = (self.seconds_low, self.seconds_high, self.error_low, self.error_high)
        low, high, fine, coarse = (float(value or 0.0) for value in ends)
        return (
            f"{self.quantum} against {self.classical}: {_span(low)} to {_span(high)}, "
            f"at errors {fine:.1e} to {coarse:.1e}"
        )


def break_even(
    quantum: tuple[str, FitSample | None, GateCost | None],
    classical: tuple[str, FitSample | None, float | None],
    machine: MachineModel,
) -> BreakEven:
    """Return where the two measured power laws cross on a machine model, as intervals over the bootstrap.

    Args:
        quantum: name, fit, and gates per query.
        classical: name, fit, and arithmetic operations per unit.
        machine: what a gate and an operation cost.
    """
    name, fit, gates = quantum
    other, baseline, operations = classical
    reason = _obstacle(fit, gates, baseline, operations, machine)
    if reason or fit is None or gates is None or baseline is None or operations is None:
        return BreakEven(name, other, machine.name, reason=reason)
    log_query = math.log(machine.query_seconds(gates) or math.nan)
    log_unit = math.log(machine.operation_seconds(operations))
    gaps = baseline.exponents - fit.exponents
    log_error = (log_unit + baseline.log_constants - log_query - fit.log_constants) / gaps
    log_seconds = log_query + fit.log_constants - fit.exponents * log_error
    error_low, error_high = interval_of(np.exp(log_error))
    seconds_low, seconds_high = interval_of(np.exp(log_seconds))
    return BreakEven(name, other, machine.name, error_low, error_high, seconds_low, seconds_high)


def _obstacle(
    fit: FitSample | None,
    gates: GateCost | None,
    baseline: FitSample | None,
    operations: float | None,
    machine: MachineModel,
) -> str:
    if fit is None or baseline is None:
        return "no exponent could be fitted"
    gap = interval_of(baseline.exponents - fit.exponents)[0]
    if not gap > MIN_EXPONENT_GAP:
        return (
            f"exponents {fit.law.exponent:.2f} (quantum) and {baseline.law.exponent:.2f} (classical) do not differ by "
            f"more than {MIN_EXPONENT_GAP} in favour of the quantum method"
        )
    if gates is None or machine.query_seconds(gates) is None:
        return "the T count of the quantum circuit is not known"
    if operations is None:
        return "the operations of the classical method are not known"
    return ""


def _span(seconds: float) -> str:
    for limit, size, unit in (
        (1e-3, 1e-6, "us"),
        (1, 1e-3, "ms"),
        (120, 1, "s"),
        (7200, 60, "min"),
        (172800, 3600, "h"),
    ):
        if seconds < limit:
            return f"{seconds / size:.2g} {unit}"
    days = seconds / 86400
    amount, unit = (days, "days") if days < 730 else (days / 365.25, "years")
    return f"{float(f'{amount:.2g}'):,.0f} {unit}" if amount < 1e6 else f"{amount:.1e} {unit}"
