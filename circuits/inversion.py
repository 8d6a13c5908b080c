r"""Inverses that keep their cost.

``inverse()`` of a composite gate inverts a definition that was synthesised without work qubits: a comparator explodes,
and an unsynthesised ``StatePreparation`` becomes an empty multiplexer that crashes qiskit-aer (qiskit-aer#2446). An
annotated inverse fails in the transpiler as soon as its synthesis borrows idle qubits (qiskit 2.6). Hence A is brought
to standard gates first, as a whole, so that its idle qubits serve as work qubits; the inverse of that is exact.
"""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Barrier, CircuitInstruction, ControlledGate, Gate, Instruction, Operation
from qiskit.circuit.library import UnitaryGate, get_standard_gate_name_mapping

from circuits.errors import ProblemError

__all__ = ["flattened"]

_NOT_UNITARY = ("measure", "reset", "initialize", "if_else", "for_loop", "while_loop", "switch_case", "break_loop")
_STANDARD = frozenset(get_standard_gate_name_mapping()) - {"measure", "reset", "delay"}


def flattened(circuit: QuantumCircuit) -> QuantumCircuit:
    r"""Return a circuit of standard, multi-controlled and matrix gates with the same action on :math:`|0\rangle`.

    Circuits that hold no other gates keep theirs (composites are opened). Otherwise the whole circuit is synthesised,
    and qubits that are still :math:`|0\rangle` may be borrowed: the unitary may then differ on other inputs, which a
    Grover operator never sees, since A S0 A^dagger depends on A|0> alone.

    Raises:
        ProblemError: the circuit holds measurements, resets, control flow or unbound parameters.
    """
    _check_unitary(circuit)
    result = circuit.copy_empty_like()
    for instruction in circuit.data:
        _append_opened(result, instruction)
    _check_unitary(result)
    if all(_is_plain(instruction.operation) for instruction in result.data):
        return result
    basis = sorted({"u", "cx"} | {name for name in result.count_ops() if name in _STANDARD})
    synthesised = transpile(result, basis_gates=basis, optimization_level=1, seed_transpiler=1)
    lowered = circuit.copy_empty_like()
    lowered.global_phase = 0
    return lowered.compose(synthesised)


def _check_unitary(circuit: QuantumCircuit) -> None:
    found = sorted({item.operation.name for item in circuit.data if item.clbits or item.operation.name in _NOT_UNITARY})
    if found:
        raise ProblemError(
            f"state_preparation holds {', '.join(found)}: its inverse is needed, so it must be unitary; "
            "remove measurements, use StatePreparation instead of initialize"
        )
    if circuit.num_parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise ProblemError(f"state_preparation has unbound parameters {names}; bind them with assign_parameters")


def _append_opened(result: QuantumCircuit, instruction: CircuitInstruction) -> None:
    operation = instruction.operation
    if _is_composite(operation):
        # Only opened here: inside A the qubits of a composite need not be |0>.
        inner = QuantumCircuit(len(instruction.qubits), global_phase=operation.definition.global_phase)
        for nested in operation.definition.data:
            indices = [operation.definition.find_bit(bit).index for bit in nested.qubits]
            _append_opened(inner, CircuitInstruction(nested.operation, [inner.qubits[index] for index in indices]))
        result.compose(inner, [result.find_bit(bit).index for bit in instruction.qubits], inplace=True)
    else:
        result.append(operation, instruction.qubits)


def _is_composite(operation: Operation) -> bool:
    """Whether a user or a file (OpenQASM) defined the gate; the library's are left to the transpiler."""
    if not isinstance(operation, Instruction) or isinstance(operation, ControlledGate):
        return False
    kind = operation.base_class  # the class behind a shared instance of a standard gate
    own = kind in (Gate, Instruction) or not kind.__module__.startswith("qiskit.circuit.")
    return own and operation.definition is not None


def _is_plain(operation: Operation) -> bool:
    if isinstance(operation, Barrier | UnitaryGate) or operation.name in _STANDARD:
        return True
    return isinstance(operation, ControlledGate) and operation.base_gate.name in _STANDARD
