"""Zero-noise extrapolation: gates G become G G^-1 G ..., and what came out is carried back to no noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction

__all__ = ["extrapolation_weights", "folded", "two_qubit_gates"]

_VIRTUAL = ("rz", "p", "u1", "z", "s", "sdg", "t", "tdg", "id")


def two_qubit_gates(circuit: QuantumCircuit) -> int:
    """Count the gates on two qubits, not those inside control flow."""
    return sum(1 for instruction in circuit.data if _is_gate(instruction) and len(instruction.qubits) == 2)


def folded(circuit: QuantumCircuit, factor: int, *, all_gates: bool = False) -> QuantumCircuit:
    """Return an equal circuit with ``factor`` gates in place of each (1905.02666, section 5, for two-qubit gates).

    Fold after transpiling: an optimiser would take the pairs out again. A barrier between the copies keeps compilers
    that come later from merging them.

    Args:
        circuit: gates on at most two qubits, and measurements.
        factor: odd.
        all_gates: fold single-qubit gates too, except rotations about Z, which devices make without error or time.

    Raises:
        ProblemError: control flow, a gate on more than two qubits, or one whose inverse is of another kind.
    """
    if factor == 1:
        return circuit
    result = circuit.copy_empty_like()
    for instruction in circuit.data:
        name = instruction.operation.name
        if hasattr(instruction.operation, "blocks") or (_is_gate(instruction) and len(instruction.qubits) > 2):
            raise ProblemError(
                f"circuit {circuit.name!r} holds {name!r}, which cannot be folded; allowed: gates on at most two "
                "qubits. Give backend=, or a pass_manager with such a basis"
            )
        result._append(instruction)
        if not _is_gate(instruction) or name in _VIRTUAL or (len(instruction.qubits) != 2 and not all_gates):
            continue
        for _ in range(factor // 2):
            result.barrier(instruction.qubits)
            _undo(result, instruction)
            result.barrier(instruction.qubits)
            result._append(instruction)
    return result


def extrapolation_weights(folds: Sequence[int], degree: int) -> tuple[float, ...]:
    """Return the weights of the values at ``folds`` in the value at 0 of their least-squares polynomial.

    For 1, 3, 5 and degree 2 they are 15/8, -10/8 and 3/8: independent errors of equal variance grow by the sum of the
    squares, 5.2.
    """
    powers = np.vander(np.asarray(folds, dtype=float), degree + 1, increasing=True)
    return tuple(float(weight) for weight in np.linalg.pinv(powers)[0])


def _is_gate(instruction: CircuitInstruction) -> bool:
    from qiskit.circuit import Gate

    return isinstance(instruction.operation, Gate)


def _undo(circuit: QuantumCircuit, instruction: CircuitInstruction) -> None:
    gate, qubits = instruction.operation, instruction.qubits
    if gate.name == "rzz":
        # Hardware knows non-negative angles only; X on one side turns the sign.
        circuit.x(qubits[0])
        circuit._append(instruction)
        circuit.x(qubits[0])
        return
    if gate.name == "sx":
        # Its inverse is not native; two half turns about Z are free.
        circuit.rz(np.pi, qubits[0])
        circuit._append(instruction)
        circuit.rz(np.pi, qubits[0])
        circuit.global_phase += np.pi / 2
        return
    inverse = gate.inverse()
    if inverse.name != gate.name:
        raise ProblemError(
            f"the inverse of {gate.name!r} is {inverse.name!r}, another gate: it cannot be folded; allowed: cx, cz, "
            "ecr, rzz, x, sx and other gates whose inverse is of the same kind"
        )
    circuit.append(inverse, qubits)
