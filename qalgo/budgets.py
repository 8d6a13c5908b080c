"""What 2307.00523 allows a quantum algorithm: operations per oracle call, and bits of input."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from qalgo.crossover import BUDGET_SECONDS, crossover_of
from qalgo.errors import ProblemError

__all__ = [
    "HOEFLER_OPERATIONS",
    "BandwidthLimit",
    "OperationBudget",
    "OperationRate",
    "bandwidth_limit",
    "operation_budget",
]

SOURCE = "2307.00523 (CACM 66(5), 82), constants of Methods, Tables 1 and 2"
BINARY_TABLE_1 = 235e3
"""Binary operations per second as Table 1 prints them; the constants of Methods give 2.3e6, and so does Table 2."""
BINARY_NOTE = (
    "The paper contradicts itself: Table 1 prints 235 kop/s for binary operations, its Methods give 23 units at 10 us "
    "each, 2.3 Mop/s, and only the latter reproduces its Table 2."
)
READINGS = ("methods", "table-1")
BASELINES = ("asic", "gpu")


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
    units: int
    """Units that fit on the 10,000 qubits and work at the same time."""
    depth: int
    """Logical operations, one after the other, of one arithmetic operation."""


def _hoefler(name: str, gpu_tera: float, gate_equivalents: float, work_qubits: int, depth: int) -> OperationRate:
    """Rates from the constants of 2307.00523, "Methods"."""
    transistors, per_gate, control, cycle = 54.2e9, 10, 0.5, 0.7e-9
    asic = transistors * control / per_gate / gate_equivalents / cycle
    # 5.5 CCZ factories feed one unit; a factory of 147,904 physical qubits is as large as 77 logical ones.
    units = math.floor(10_000 / (work_qubits + 5.5 * 77))
    return OperationRate(name, gpu_tera * 1e12, asic, units / (depth * 1e-5), units, depth)


HOEFLER_OPERATIONS: Mapping[str, OperationRate] = MappingProxyType(
    {
        "fp16": _hoefler("fp16", (312 + 78) / 2, 7_000, 5 * 10, 2 * 10**2),
        "int32": _hoefler("int32", 19.5 / 2, 18_000, 5 * 32, 2 * 32**2),
        "binary": _hoefler("binary", 4992, 50, 3, 1),
    }
)


@dataclass(frozen=True, slots=True)
class OperationBudget:
    """Most operations per oracle call with which a quantum algorithm still wins in time; ``float()`` gives the number.

    Printed, it says where the number comes from.
    """

    kind: str
    operations: float
    """The budget: operations per oracle call."""
    order: float
    """k, the order of the speed-up."""
    seconds: float
    """Time within which the quantum algorithm has to win."""
    quantum_per_second: float
    """Operations per second of the quantum computer, all units together."""
    classical_per_second: float
    """Of all classical processors together."""
    queries: float
    """N*, oracle calls of the quantum algorithm at break-even; infinite at order 1."""
    baseline: Literal["asic", "gpu"]
    reading: Literal["methods", "table-1"]
    source: str
    note: str
    """What in the source contradicts itself; empty when nothing does."""

    def __float__(self) -> float:
        return self.operations

    @property
    def flagged(self) -> bool:
        """Whether the source contradicts itself about this kind of operation."""
        return bool(self.note)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary; an infinite number of calls is None."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "queries": self.queries if math.isfinite(self.queries) else None}

    def __str__(self) -> str:
        chip = "one GPU (A100, half used)" if self.baseline == "gpu" else "one ASIC of 54.2e9 transistors"
        rows = [
            f"operation budget: {self.operations:.4g} {self.kind} operations per oracle call",
            f"  speed-up   order {self.order:g}, to win within {self.seconds:.3g} s ({self.seconds / 86400:.1f} days)",
            f"  quantum    {self.quantum_per_second:.4g} operations/s: 10,000 logical qubits, 10 us per logical one",
            f"  classical  {self.classical_per_second:.4g} operations/s: {chip}",
            f"  crossover  {self.queries:.4g} oracle calls" if math.isfinite(self.queries) else "  crossover  none",
            f"  source     {self.source}",
        ]
        if self.note:
            note = textwrap.wrap(f'reading "{self.reading}". {self.note}', 105)
            rows.append("  note       " + "\n             ".join(note))
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        return f"<pre>{self}</pre>"


def operation_budget(
    kind: str | OperationRate,
    *,
    order: float = 2.0,
    baseline: Literal["asic", "gpu"] = "asic",
    reading: Literal["methods", "table-1"] = "methods",
    seconds: float = BUDGET_SECONDS,
    parallelism: float = 1.0,
    distillation: float = 1.0,
) -> OperationBudget:
    r"""Return the operation budget of 2307.00523, Table 2.

    N^k M t_c against N M t_q gives M = (T / t_q) (t_c / t_q)^{1/(k-1)}: see :func:`qalgo.crossover.crossover_of`.

    Args:
        kind: "fp16", "int32" or "binary", or an ``OperationRate`` of your own.
        order: k, the order of the speed-up, any real number from 1 on; at 1 the budget is zero.
        baseline: "asic" as in the paper's Table 2, or "gpu".
        reading: of the binary throughput, about which the paper contradicts itself: "methods" (2.3 Mop/s, reproduces
            Table 2) or "table-1" (235 kop/s); the result is flagged. No matter for other kinds.
        seconds: T, time within which the quantum algorithm has to win.
        parallelism: S, chips that share the classical work.
        distillation: R, how much faster the quantum computer is than assumed.

    Raises:
        ProblemError: an unknown name, or a number out of range.
    """
    rate = _rate_of(kind)
    for name, value, allowed in (("baseline", baseline, BASELINES), ("reading", reading, READINGS)):
        if value not in allowed:
            raise ProblemError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
    contradicted = rate == HOEFLER_OPERATIONS["binary"]
    quantum = BINARY_TABLE_1 if contradicted and reading == "table-1" else rate.quantum
    classical = rate.gpu if baseline == "gpu" else rate.asic
    found = crossover_of(
        1.0 / quantum,
        1.0 / classical,
        order=order,
        parallelism=parallelism,
        distillation=distillation,
        seconds=seconds,
    )
    return OperationBudget(
        kind=rate.name,
        operations=float(found.operations),
        order=float(order),
        seconds=float(seconds),
        quantum_per_second=quantum * distillation,
        classical_per_second=classical * parallelism,
        queries=float(found.queries),
        baseline=baseline,
        reading=reading,
        source=SOURCE if rate in HOEFLER_OPERATIONS.values() else "rates given by the caller",
        note=BINARY_NOTE if contradicted else "",
    )


def _rate_of(kind: str | OperationRate) -> OperationRate:
    if isinstance(kind, OperationRate):
        return kind
    if not isinstance(kind, str) or kind not in HOEFLER_OPERATIONS:
        raise ProblemError(f"kind is {kind!r}; allowed: {', '.join(HOEFLER_OPERATIONS)} or an OperationRate")
    return HOEFLER_OPERATIONS[kind]


@dataclass(frozen=True, slots=True)
class BandwidthLimit:
    """How much input a quantum computer can read: the I/O test of 2307.00523."""

    order: float
    seconds: float
    quantum_bits: float
    """Bits that pass the quantum computer's interface within ``seconds``: largest input of a run that reads it once."""
    classical_bits: float
    """The same for the classical computer."""
    bits_per_query: float
    """Most bits read in each oracle call with which the quantum algorithm still wins in time."""
    source: str

    def allows(self, input_bits: float) -> bool:
        """Whether an algorithm whose every oracle call reads ``input_bits`` can win in time."""
        return input_bits <= self.bits_per_query

    def __str__(self) -> str:
        return "\n".join(
            [
                f"bandwidth limit within {self.seconds:.3g} s, speed-up of order {self.order:g}",
                f"  quantum input, read once     {self.quantum_bits:.3g} bits",
                f"  classical input, read once   {self.classical_bits:.3g} bits",
                f"  read in every oracle call    {self.bits_per_query:.3g} bits",
                f"  source                       {self.source}",
            ]
        )


def bandwidth_limit(
    *,
    order: float = 2.0,
    seconds: float = BUDGET_SECONDS,
    quantum_bits_per_second: float = 1e9,
    classical_bits_per_second: float = 1e13,
) -> BandwidthLimit:
    """Return the largest inputs within the time: reading a bit takes the place of an operation.

    Args:
        order: k, the order of the speed-up.
        seconds: T, time of the run.
        quantum_bits_per_second: 1 Gbit/s: 10,000 qubits at 10 microseconds.
        classical_bits_per_second: 10,000 Gbit/s.

    Raises:
        ProblemError: a number out of range.
    """
    given = (quantum_bits_per_second, classical_bits_per_second)
    if not all(isinstance(rate, (int, float)) and 0 < rate < math.inf for rate in given):
        raise ProblemError(f"bits per second are {given[0]!r} and {given[1]!r}; allowed: positive numbers")
    found = crossover_of(1.0 / quantum_bits_per_second, 1.0 / classical_bits_per_second, order=order, seconds=seconds)
    return BandwidthLimit(
        order=float(order),
        seconds=float(seconds),
        quantum_bits=seconds * quantum_bits_per_second,
        classical_bits=seconds * classical_bits_per_second,
        bits_per_query=float(found.operations),
        source="2307.00523: 1 Gbit/s quantum, 10,000 Gbit/s classical"
        if given == (1e9, 1e13)
        else "rates given by the caller",
    )
