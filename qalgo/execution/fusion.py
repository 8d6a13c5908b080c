"""Merge adjoining gates that share at most two qubits, as Aer's own gate fusion does before it simulates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate, Qubit
from qiskit.circuit.exceptions import CircuitError
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator

__all__ = ["fuse"]

Matrix = npt.NDArray[np.complex128]
_IDENTITY_TOLERANCE = 1e-14


@dataclass(slots=True, eq=False)
class _Block:
    """Gates merged so far. Little-endian: the first qubit is the lowest bit of the matrix index."""

    qubits: tuple[Qubit, ...]
    matrix: Matrix
    absorbed: bool = False


def fuse(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return an equal circuit with runs of one- and two-qubit gates merged into matrices on at most two qubits.

    Aer spends about 25 us on every gate before it simulates it and 8 us on a merged block; wider gates, measurements
    and everything else stay as they are. Equal up to rounding, global phase included.
    """
    blocks: list[_Block | CircuitInstruction] = []
    last: dict[Qubit, _Block] = {}
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name == "barrier":
            continue
        if not isinstance(operation, Gate) or operation.num_qubits > 2 or operation.is_parameterized():
            for qubit in instruction.qubits:
                last.pop(qubit, None)
            blocks.append(instruction)
            continue
        _merge(blocks, last, tuple(instruction.qubits), _matrix_of(operation))
    return _rebuilt(circuit, blocks)


def _matrix_of(gate: Gate) -> Matrix:
    try:
        return np.asarray(gate.to_matrix(), dtype=np.complex128)
    except CircuitError:  # MCPhaseGate has none, not even with a single control
        return np.asarray(Operator(gate).data, dtype=np.complex128)


def _merge(
    blocks: list[_Block | CircuitInstruction], last: dict[Qubit, _Block], qubits: tuple[Qubit, ...], matrix: Matrix
) -> None:
    open_blocks = {id(last[qubit]): last[qubit] for qubit in qubits if qubit in last}
    newest = last.get(qubits[0])
    if newest is not None and all(last.get(qubit) is newest for qubit in qubits):
        newest.matrix = _spread(matrix, qubits, newest.qubits) @ newest.matrix
        return
    # A two-qubit gate takes in what waits on either of its qubits alone; larger open blocks are closed by it.
    for block in open_blocks.values():
        if len(block.qubits) == 1:
            matrix = matrix @ _spread(block.matrix, block.qubits, qubits)
            block.absorbed = True
    fresh = _Block(qubits, matrix)
    blocks.append(fresh)
    last.update(dict.fromkeys(qubits, fresh))


def _spread(matrix: Matrix, qubits: tuple[Qubit, ...], onto: tuple[Qubit, ...]) -> Matrix:
    """Write a matrix on ``qubits`` as one on ``onto``, which holds them."""
    if qubits == onto:
        return matrix
    if len(qubits) == 2:
        return matrix.reshape(2, 2, 2, 2).transpose(1, 0, 3, 2).reshape(4, 4)
    identity: Matrix = np.eye(2, dtype=np.complex128)
    low, high = (matrix, identity) if qubits[0] == onto[0] else (identity, matrix)
    return np.asarray(np.kron(high, low), dtype=np.complex128)


def _rebuilt(circuit: QuantumCircuit, blocks: list[_Block | CircuitInstruction]) -> QuantumCircuit:
    fused = circuit.copy_empty_like()
    for block in blocks:
        if isinstance(block, CircuitInstruction):
            fused.append(block)
            continue
        if block.absorbed:
            continue
        phase = complex(block.matrix[0, 0])
        rest = np.abs(block.matrix - phase * np.eye(len(block.matrix)))
        if float(np.max(rest)) <= _IDENTITY_TOLERANCE:
            fused.global_phase += float(np.angle(phase))
        else:
            fused.append(UnitaryGate(block.matrix, check_input=False), block.qubits)
    return fused
