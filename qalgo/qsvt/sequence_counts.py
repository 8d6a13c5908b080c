"""Gates of long sequences: two short ones are transpiled, and every further period costs their difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qalgo.fault_tolerance.models import mean_deterministic_t
from qalgo.resources import cost_of

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.signal_processing import QSPPhases

__all__ = ["SequenceCounts", "any_phases", "count_circuit", "count_periods"]

SHORT = (2, 3)
"""Periods of the two sequences that are transpiled."""


@dataclass(frozen=True, slots=True)
class SequenceCounts:
    """CX and depth on the basis cx, rz, sx, x at level 3, and logical gates, of one sequence."""

    qubits: int
    cx: int
    depth: int
    t: int
    """Explicit T gates, four for a Toffoli."""
    rotations: int
    extrapolated: bool
    """Whether two short sequences of the same make were counted, and their difference for every further period."""

    def t_gates(self, synthesis_error: float) -> float:
        """T gates with every rotation at the mean of gridsynth, an even share of the budget each: a model."""
        if self.rotations == 0:
            return float(self.t)
        return self.t + self.rotations * mean_deterministic_t(synthesis_error / self.rotations)


def count_circuit(circuit: QuantumCircuit) -> SequenceCounts:
    """Transpile a circuit as a whole and count it."""
    found = cost_of(circuit)
    logical = found.counts
    return SequenceCounts(
        qubits=int(circuit.num_qubits),
        cx=found.cx,
        depth=found.depth,
        t=logical.t + 4 * logical.toffoli,
        rotations=logical.rotations,
        extrapolated=False,
    )


def count_periods(
    build: Callable[[int], QuantumCircuit], periods: int, *, short: tuple[int, int] = SHORT
) -> SequenceCounts:
    """Count ``build(periods)``, a circuit that repeats itself after each period but for its angles.

    Up to ``short[1]`` periods it is transpiled as a whole. Beyond, the two short circuits are, and counts grow linearly
    from there: the transpiler works locally, so that only the two ends of a sequence differ from its middle. Gates are
    exact to a few where the angles are generic, the depth to a few layers per end and where its critical path repeats.

    Args:
        build: from a number of periods to the circuit; for the short ones, any generic angles will do.
        periods: length of the circuit to count.
        short: periods of the two circuits that are transpiled.
    """
    first, second = short
    if periods <= second:
        return count_circuit(build(periods))
    low, high = count_circuit(build(first)), count_circuit(build(second))

    def further(name: str) -> int:
        start, end = getattr(low, name), getattr(high, name)
        return int(start + round((periods - first) * (end - start) / (second - first)))

    return SequenceCounts(
        qubits=high.qubits,
        cx=further("cx"),
        depth=further("depth"),
        t=further("t"),
        rotations=further("rotations"),
        extrapolated=True,
    )


def any_phases(degree: int, seed: int = 1) -> QSPPhases:
    """Return some phases without special values, for counting circuits of this degree: of no known polynomial."""
    from circuits.signal_processing import QSPPhases

    half = np.random.default_rng(seed).uniform(0.1, 0.7, degree // 2 + 1)
    # Symmetric, as the phases of a real polynomial are.
    values = np.concatenate([half, half[: degree + 1 - half.size][::-1]])
    # Whatever they give is off zero by at most 1.
    return QSPPhases(values, np.zeros(degree + 1), 1.0)
