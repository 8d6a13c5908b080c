r"""Inverses that keep their cost.

``inverse()`` of a composite gate inverts a synthesised definition: a comparator loses its work qubits and an
unsynthesised ``StatePreparation`` becomes an empty multiplexer that crashes qiskit-aer (qiskit-aer#2446). Here plain
composites are opened, isometries are synthesised once, and what remains abstract is inverted by annotation, so that
the transpiler synthesises the forward gate and inverts the result.
"""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from qiskit.circuit import CircuitInstruction, Gate, Instruction
from qiskit.circuit.library import Isometry, StatePreparation, UCGate

from circuits.errors import ProblemError

__all__ = ["flattened", "inverted"]

_NOT_UNITARY = ("measure", "reset", "initialize", "if_else", "for_loop", "while_loop", "switch_case", "break_loop")


def flattened(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return an equal circuit without plain composite gates and without unsynthesised isometries.

    Raises:
        ProblemError: the circuit holds measurements, resets, control flow or unbound parameters.
    """
    found = sorted(set(circuit.count_ops()) & set(_NOT_UNITARY))
    if found:
        raise ProblemError(
            f"state_preparation holds {', '.join(found)}: its inverse is needed, so it must be unitary; "
            "remove measurements, use StatePreparation instead of initialize"
        )
    result = circuit.copy_empty_like()
    for instruction in circuit.data:
        _append_flat(result, instruction)
    return result


def inverted(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return the inverse of a flattened circuit, abstract gates by annotation."""
    result = circuit.copy_empty_like()
    result.global_phase = -circuit.global_phase
    for instruction in reversed(circuit.data):
        result.append(instruction.operation.inverse(annotated=True), instruction.qubits)
    return result


def _append_flat(result: QuantumCircuit, instruction: CircuitInstruction) -> None:
    operation = instruction.operation
    if isinstance(operation, StatePreparation | Isometry | UCGate):
        _append_synthesised(result, instruction)
    elif type(operation) in (Gate, Instruction) and operation.definition is not None:
        inner = flattened(operation.definition)
        result.compose(inner, [result.find_bit(bit).index for bit in instruction.qubits], inplace=True)
    else:
        result.append(operation, instruction.qubits)


def _append_synthesised(result: QuantumCircuit, instruction: CircuitInstruction) -> None:
    raw = QuantumCircuit(len(instruction.qubits))
    raw.append(instruction.operation, raw.qubits)
    synthesised = transpile(raw, basis_gates=["u", "cx"], optimization_level=1, seed_transpiler=1)
    result.compose(synthesised, [result.find_bit(bit).index for bit in instruction.qubits], inplace=True)
