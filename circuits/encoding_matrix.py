"""An encoding as one matrix gate: the same unitary, for simulating long sequences of a small encoding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from circuits.block_encoding import BlockEncoding

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["in_one_gate", "quicker_in_one_gate"]

_MANY_GATES = 20_000
"""Gates of a sequence above which a simulator spends its time on the gates, not on the amplitudes."""
_WIDEST = 9
_MOST_BYTES = 2**29
_BYTES_PER_ENTRY = 16


def quicker_in_one_gate(encoding: BlockEncoding, uses: int) -> bool:
    """Whether ``uses`` of the encoding are simulated faster as matrices, and their matrices fit into 512 MiB."""
    width = encoding.circuit.num_qubits
    if width > _WIDEST or uses * _BYTES_PER_ENTRY * 4**width > _MOST_BYTES:
        return False
    return bool(encoding.circuit.size() * uses > _MANY_GATES)


def in_one_gate(encoding: BlockEncoding) -> BlockEncoding:
    """Return the same encoding, its circuit multiplied out into a single ``UnitaryGate`` on the same registers."""
    from qiskit import QuantumCircuit, QuantumRegister
    from qiskit.circuit.library import UnitaryGate
    from qiskit.quantum_info import Operator

    unitary = np.asarray(Operator(encoding.circuit).data)
    size = len(unitary)

    def built(matrix: np.ndarray, *more: QuantumRegister) -> QuantumCircuit:
        circuit = QuantumCircuit(*encoding.circuit.qregs, *more, name="U")
        circuit.append(UnitaryGate(matrix, check_input=False), circuit.qubits)
        return circuit

    def controlled() -> QuantumCircuit:
        matrix = np.eye(2 * size, dtype=np.complex128)
        matrix[size:, size:] = unitary
        return built(matrix, QuantumRegister(1, "control"))

    return replace(encoding, circuit=built(unitary), controlled_builder=controlled)
