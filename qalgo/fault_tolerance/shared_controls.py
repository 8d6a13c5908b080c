"""Gates with several controls get a single one: the AND of their controls, in clean work qubits.

Two relative-phase Toffolis (four T each) per control, one to compute and one to undo, instead of a synthesis without
work qubits, which multiplies rotations: a phase with k controls then is a single rotation (1508.03273).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import AncillaQubit, AnnotatedOperation, ControlledGate, ControlModifier, Qubit
from qiskit.circuit.library import RCCXGate

__all__ = ["with_ands"]


class _Controlled(NamedTuple):
    """A gate under several controls."""

    controls: int
    state: int
    """Values of the controls, first control = bit 0."""
    base: Any
    annotated: bool

    @property
    def is_phase(self) -> bool:
        """Whether target and controls play the same part."""
        return bool(self.base.name == "p")

    @property
    def inputs(self) -> int:
        """How many qubits are ANDed."""
        return self.controls + self.is_phase

    def once(self) -> Any:
        """Return the gate under one control."""
        if self.annotated:
            return AnnotatedOperation(self.base, ControlModifier(1))
        return self.base.control(1, annotated=False)


def with_ands(circuit: QuantumCircuit) -> QuantumCircuit:
    """Rewrite gates with two or more controls, but multi-controlled X and Z; work qubits are added at the end."""
    several = [found for found in (_controlled(instruction.operation) for instruction in circuit.data) if found]
    if not several:
        return circuit
    result = circuit.copy_empty_like()
    work = [AncillaQubit() for _ in range(max(found.inputs for found in several) - 1)]
    result.add_bits(work)
    for instruction in circuit.data:
        found = _controlled(instruction.operation)
        if found is None:
            result.append(instruction)
        else:
            _append(result, found, list(instruction.qubits), work)
    return result


def _controlled(operation: Any) -> _Controlled | None:
    if isinstance(operation, ControlledGate):
        found = _Controlled(operation.num_ctrl_qubits, operation.ctrl_state, operation.base_gate, False)
    elif isinstance(operation, AnnotatedOperation) and len(operation.modifiers) == 1:
        modifier = operation.modifiers[0]
        if not isinstance(modifier, ControlModifier):
            return None
        found = _Controlled(modifier.num_ctrl_qubits, modifier.ctrl_state, operation.base_op, True)
    else:
        return None
    return found if found.controls > 1 and found.base.name not in ("x", "z") else None


def _append(circuit: QuantumCircuit, gate: _Controlled, qubits: list[Qubit], work: list[AncillaQubit]) -> None:
    controls, targets = qubits[: gate.controls], qubits[gate.controls :]
    flipped = [qubit for index, qubit in enumerate(controls) if not gate.state >> index & 1]
    inputs = [*controls, *targets] if gate.is_phase else controls
    ladder = [(inputs[0], inputs[1], work[0])]
    ladder += [(work[rung - 1], inputs[rung + 1], work[rung]) for rung in range(1, len(inputs) - 1)]
    for qubit in flipped:
        circuit.x(qubit)
    for rung in ladder:
        circuit.rccx(*rung)
    value = ladder[-1][2]
    if gate.is_phase:
        circuit.p(gate.base.params[0], value)
    else:
        circuit.append(gate.once(), [value, *targets])
    # The relative phases of the first half are undone by the inverse gates.
    for rung in reversed(ladder):
        circuit.append(RCCXGate().inverse(), rung)
    for qubit in flipped:
        circuit.x(qubit)
