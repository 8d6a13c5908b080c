"""Gates of the run of a linear system: transpiled as a whole where it is short, else from two shorter runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qalgo.qsvt.linear_system_choice import two_qubit_gates
from qalgo.qsvt.linear_system_circuits import assembled_run
from qalgo.qsvt.sequence_counts import SequenceCounts, any_phases, count_circuit, count_periods

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.qsvt.linear_system_result import LinearSystemSolution

__all__ = ["count_solution_run"]

LONGEST = 8_000
"""Two-qubit gates, roughly, up to which a run is transpiled as a whole."""
SHORT = (2, 4)
"""Pairs of uses, of the encoding and its inverse, in the two runs that stand for a longer one."""
_WEIGHTS = (1.0, 0.7)
"""Of no special value: they set one rotation angle."""


def count_solution_run(solution: LinearSystemSolution) -> SequenceCounts:
    """Count one run without amplification; ``extrapolated`` tells whether it was too long to be transpiled."""
    parts = solution._built()
    longest = SHORT[1] * 2 + 1
    if solution.degree <= longest or solution.degree * two_qubit_gates(parts.encoding.circuit) <= LONGEST:
        return count_circuit(parts.circuit)
    degrees = [one.degree for one in parts.phases]
    pairs = max(degrees) // 2

    def build(count: int) -> QuantumCircuit:
        # All sequences are cut by the same even number of uses: parities and differences stay.
        left = [max(degree % 2, degree - 2 * (pairs - count)) for degree in degrees]
        found = tuple(any_phases(degree, seed) for seed, degree in enumerate(left))
        return assembled_run(parts.encoding, parts.preparation, found, _WEIGHTS[: len(found)])

    return count_periods(build, pairs, short=SHORT)
