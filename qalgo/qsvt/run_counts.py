"""Gates of one run: transpiled as a whole where it is short, from a stretch of its periods where it is long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qalgo.fault_tolerance.models import mean_deterministic_t
from qalgo.resources import cost_of

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["RunCounts", "count_run"]

LONGEST = 8_000
"""Two-qubit gates, roughly, up to which a run is transpiled as a whole."""
STRETCH = 4_000
"""The same of the stretch that stands for a longer one."""


@dataclass(frozen=True, slots=True)
class RunCounts:
    """CX on the basis cx, rz, sx, x at level 3, and logical gates, of one run."""

    qubits: int
    cx: int
    t: int
    """Explicit T gates, four for a Toffoli."""
    rotations: int
    extrapolated: bool
    """Whether a stretch from the middle of the run was counted and scaled to its length."""

    def t_gates(self, synthesis_error: float) -> float:
        """T gates with every rotation at the mean of gridsynth, an even share of the budget each: a model."""
        if self.rotations == 0:
            return float(self.t)
        return self.t + self.rotations * mean_deterministic_t(synthesis_error / self.rotations)


def count_run(circuit: QuantumCircuit) -> RunCounts:
    """Count a circuit whose middle repeats itself, as a sequence of signal processing does."""
    weights = [_weight(instruction.operation) for instruction in circuit.data]
    total = sum(weights)
    if total <= LONGEST:
        return _counts(circuit, 1.0)
    middle, found = len(weights) // 2, 0.0
    first = last = middle
    while found < STRETCH:
        first, last = max(0, first - 1), min(len(weights), last + 1)
        found = sum(weights[first:last]) if last - first < 64 else found + weights[first] + weights[last - 1]
    stretch = circuit.copy_empty_like()
    for instruction in circuit.data[first:last]:
        stretch.append(instruction)
    return _counts(stretch, total / sum(weights[first:last]))


def _counts(circuit: QuantumCircuit, factor: float) -> RunCounts:
    found = cost_of(circuit)
    logical = found.counts
    return RunCounts(
        qubits=int(circuit.num_qubits),
        cx=round(found.cx * factor),
        t=round((logical.t + 4 * logical.toffoli) * factor),
        rotations=round(logical.rotations * factor),
        extrapolated=factor != 1.0,
    )


def _weight(operation: object) -> float:
    """Two-qubit gates behind an instruction, roughly, without transpiling it."""
    qubits = getattr(operation, "num_qubits", 0)
    if qubits < 2:
        return 0.0
    if qubits == 2:
        return 1.0
    definition = None if getattr(operation, "name", "") == "unitary" else getattr(operation, "definition", None)
    if definition is None:
        return math.ceil(23 / 48 * 4.0**qubits)  # a dense unitary, quant-ph/0406176
    return sum(_weight(inner.operation) for inner in definition.data)
