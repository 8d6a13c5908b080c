"""Synthesised circuits as a whole: pieces in a row, their depth, and how far they are from the exact circuit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator

from qalgo.fault_tolerance.logical import KINDS, operations_tally
from qalgo.fault_tolerance.lowering import opened
from qalgo.fault_tolerance.operations import Operation
from qalgo.fault_tolerance.pieces import WrittenOut
from qalgo.fault_tolerance.verification import isometry_of, operator_distance
from qalgo.tally import Tally, TallyBuilder

__all__ = ["Plan", "Simulation", "amplified_tally", "whole_circuit"]

_MOST_WORK = 2**28
"""Entries of the simulated matrix times operations: some seconds."""
_MOST_ENTRIES = 2**20
_MOST_EXACT_QUBITS = 10
_FINEST = 1e-16
"""Rounding of one gate."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Pieces after synthesis."""

    pieces: tuple[list[Operation], ...]
    rotations: int
    error_bound: float
    distinct_angles: int


class Simulation:
    """Compares synthesised circuits with the exact one."""

    def __init__(self, parts: Sequence[QuantumCircuit], weights: Sequence[int], written: WrittenOut) -> None:
        self._parts, self._weights, self._written = parts, weights, written
        self._known: npt.NDArray[np.complex128] | None = None

    def obstacle(self, plan: Plan, budget: float) -> str:
        """Say why an error within the budget cannot be simulated; empty if it can."""
        layout = self._written.layout
        length = sum(w * len(piece) for w, piece in zip(self._weights, plan.pieces, strict=True))
        entries = 2 ** (layout.num_qubits + layout.data)
        if layout.data > _MOST_EXACT_QUBITS or entries > _MOST_ENTRIES or entries * length > _MOST_WORK:
            return f"too large to simulate ({layout.data} + {layout.num_qubits - layout.data} qubits, {length:,} gates)"
        if budget < _FINEST * max(1, length):
            return f"a budget of {budget:g} is below what double precision shows over {length:,} gates"
        try:
            self._exact(layout.data)
        except QiskitError as error:
            return f"the exact operator is not known: {error.message}"
        return ""

    def error(self, plan: Plan) -> float:
        """Return the operator norm of the difference."""
        layout = self._written.layout
        found = isometry_of(whole_circuit(self._written, plan.pieces, self._weights), layout.num_qubits, layout.data)
        return operator_distance(found, self._exact(layout.data))

    def _exact(self, width: int) -> npt.NDArray[np.complex128]:
        if self._known is not None:
            return self._known
        total = np.eye(2**width, dtype=np.complex128)
        for part, times in zip(self._parts, self._weights, strict=True):
            # What is meant by an evolution gate is its product formula, not the exact exponential.
            plain = opened(part).decompose(["PauliEvolution"])
            matrix = np.kron(np.eye(2 ** (width - part.num_qubits)), Operator(plain).data)
            total = np.linalg.matrix_power(matrix, times) @ total
        self._known = total
        return total


def whole_circuit(written: WrittenOut, pieces: Sequence[list[Operation]], weights: Sequence[int]) -> list[Operation]:
    """Return all operations in a row, pieces repeated."""
    middle = [piece for piece, times in zip(pieces, weights, strict=True) for _ in range(times)]
    return [*written.before, *chain.from_iterable(middle), *written.after]


def amplified_tally(written: WrittenOut, pieces: Sequence[list[Operation]], weights: Sequence[int]) -> Tally:
    """Count pieces in a row, each as often as its weight says."""
    width = written.layout.num_qubits
    builder = TallyBuilder(len(KINDS), width, single_row=True)
    for operations, times in ((written.before, 1), *zip(pieces, weights, strict=True), (written.after, 1)):
        tally = operations_tally(operations, width)
        builder.piece(tally if times == 1 else tally.power(times), range(width))
    return builder.done()
