"""One exact state vector of a circuit without measurements, gate by gate; wide controlled gates stay cheap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit import ControlledGate, Instruction
from qiskit.circuit.library import MCPhaseGate, MCXGate
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator

from qalgo.errors import ProblemError
from qalgo.execution.limits import check_state_vector

__all__ = ["final_state"]

Tensor = npt.NDArray[np.complex128]
NORM_TOLERANCE = 1e-8
_WIDEST_MATRIX = 6
"""Qubits up to which an operation's own matrix is used before its definition."""


def final_state(circuit: QuantumCircuit) -> npt.NDArray[np.complex128]:
    """Return the amplitudes of circuit|0...0>, length 2^n, little-endian.

    Time and memory ~ gates x 2^n. A multi-controlled X or phase touches only the amplitudes with all controls on:
    its matrix, of size 4^(controls + 1), is never built.

    Raises:
        ExecutionError: two copies of the vector would not fit into the free memory.
        ProblemError: an operation without matrix or definition, a gate that is not unitary, a final norm other than 1.
    """
    count = circuit.num_qubits
    check_state_vector(count, copies=2, what="state_preparation")
    state: Tensor = np.zeros((2,) * count, dtype=np.complex128)
    state[(0,) * count] = 1.0
    # Axis 0 of the tensor is the highest qubit.
    _evolve(state, circuit, list(range(count - 1, -1, -1)))
    state *= np.exp(1j * float(circuit.global_phase))
    amplitudes = state.reshape(-1)
    norm = float(np.vdot(amplitudes, amplitudes).real)
    if not abs(norm - 1.0) <= NORM_TOLERANCE:
        raise ProblemError(
            f"state_preparation gives a state of squared norm {norm:.9g}; allowed: 1, within {NORM_TOLERANCE:g}. "
            "A gate in it is not unitary: normalise the vector or repair the matrix that it was made from"
        )
    return amplitudes


def _evolve(state: Tensor, circuit: QuantumCircuit, axes: list[int]) -> None:
    """Apply a circuit in place; ``axes`` says which axis of the tensor each of its qubits is."""
    position = dict(zip(circuit.qubits, axes, strict=True))
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name in ("barrier", "delay", "id"):
            continue
        _apply(state, operation, [position[qubit] for qubit in instruction.qubits])


def _apply(state: Tensor, operation: Instruction, axes: list[int]) -> None:
    if isinstance(operation, MCXGate | MCPhaseGate):
        _apply_controlled(state, operation, axes)
        return
    if operation.num_qubits <= _WIDEST_MATRIX:
        matrix = _matrix(operation)
        if matrix is not None:
            _multiply(state, matrix, axes)
            return
    definition = getattr(operation, "definition", None)
    if definition is None:
        matrix = _matrix(operation)
        if matrix is None:
            raise ProblemError(
                f"operation {operation.name!r} of state_preparation has neither a matrix nor a definition; "
                "allowed: unitary gates"
            )
        _multiply(state, matrix, axes)
        return
    _evolve(state, definition, axes)
    state *= np.exp(1j * float(definition.global_phase))


def _apply_controlled(state: Tensor, gate: ControlledGate, axes: list[int]) -> None:
    index: list[int | slice] = [slice(None)] * state.ndim
    for bit, axis in enumerate(axes[: gate.num_ctrl_qubits]):
        index[axis] = (gate.ctrl_state >> bit) & 1
    target = axes[-1]
    axis_left = target - sum(1 for axis in axes[:-1] if axis < target)
    view = state[tuple(index)]
    _multiply(view, np.asarray(gate.base_gate.to_matrix(), dtype=np.complex128), [axis_left])


def _multiply(state: Tensor, matrix: npt.NDArray[np.complex128], axes: list[int]) -> None:
    width = len(axes)
    # Row and column bits of the matrix run from the last qubit (highest) to the first.
    order = axes[::-1]
    tensor = matrix.reshape((2,) * (2 * width))
    product = np.tensordot(tensor, state, axes=(list(range(width, 2 * width)), order))
    state[...] = np.moveaxis(product, range(width), order)


def _matrix(operation: Instruction) -> npt.NDArray[np.complex128] | None:
    """The operation's matrix, checked unless Qiskit's own; None when it has only a definition."""
    try:
        if hasattr(operation, "to_matrix"):
            matrix = np.asarray(operation.to_matrix(), dtype=np.complex128)
        elif getattr(operation, "definition", None) is None:
            matrix = np.asarray(Operator(operation).data, dtype=np.complex128)
        else:
            return None
    except QiskitError:
        return None
    error = float(np.max(np.abs(matrix.conj().T @ matrix - np.eye(len(matrix)))))
    # The norm of A|0> alone would let a projector through.
    if not error <= NORM_TOLERANCE:
        raise ProblemError(
            f"gate {operation.name!r} of state_preparation is not unitary: its matrix times its adjoint differs "
            f"from the identity by {error:.2g}; allowed: {NORM_TOLERANCE:g}"
        )
    return matrix
