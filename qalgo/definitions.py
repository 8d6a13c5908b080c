"""Composite gates: which operations are defined by a circuit, and when two definitions are the same."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, ControlledGate, Gate, Instruction, ParameterExpression
from qiskit.circuit.controlflow import (
    BoxOp,
    BreakLoopOp,
    ContinueLoopOp,
    ForLoopOp,
    IfElseOp,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.library import get_standard_gate_name_mapping

__all__ = ["CONTROL_FLOW", "Fingerprints", "composite_definition", "named_composites"]

CONTROL_FLOW = {
    "if_else": IfElseOp,
    "for_loop": ForLoopOp,
    "while_loop": WhileLoopOp,
    "switch_case": SwitchCaseOp,
    "box": BoxOp,
    "break_loop": BreakLoopOp,
    "continue_loop": ContinueLoopOp,
}
"""Name -> class: a transpiler target has to be told about each."""


def composite_definition(operation: Instruction) -> QuantumCircuit | None:
    """Return the circuit behind a gate that a user or a file defined, None for the library's and controlled gates."""
    if not isinstance(operation, Instruction) or isinstance(operation, ControlledGate | ControlFlowOp):
        return None
    kind = operation.base_class  # the class behind a shared instance of a standard gate
    own = kind in (Gate, Instruction) or not kind.__module__.startswith("qiskit.circuit.")
    return operation.definition if own else None


def named_composites(
    circuit: QuantumCircuit, fingerprints: Fingerprints
) -> tuple[QuantumCircuit, dict[str, tuple[Instruction, QuantumCircuit]]]:
    """Replace composite gates, also inside control flow, by operations without a definition.

    Returns:
        The circuit, and name -> (operation, definition) with one entry per distinct definition.
    """
    found: dict[str, tuple[Instruction, QuantumCircuit]] = {}
    return _named(circuit, fingerprints, found), found


def _named(
    circuit: QuantumCircuit, fingerprints: Fingerprints, found: dict[str, tuple[Instruction, QuantumCircuit]]
) -> QuantumCircuit:
    result = circuit.copy_empty_like()
    for instruction in circuit.data:
        operation = instruction.operation
        definition = composite_definition(operation)
        if isinstance(operation, ControlFlowOp):
            blocks = [_named(block, fingerprints, found) for block in operation.blocks]
            operation = operation.replace_blocks(blocks) if blocks else operation
        elif definition is not None:
            name = f"piece_{fingerprints.of_definition(definition)}"
            if name not in found:
                # Not a Gate: the optimiser would ask for the matrix of one on two qubits.
                found[name] = (Instruction(name, operation.num_qubits, operation.num_clbits, []), definition)
            operation = found[name][0]
        result.append(operation, instruction.qubits, instruction.clbits)
    return result


class Fingerprints:
    """Numbers circuits so that equal ones, down to the gates of nested definitions, share a number.

    Library gates whose attributes are not all parameters count as equal only if they are the same object.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[int, int] = {}
        self._kept_alive: list[object] = []
        self._standard = frozenset(get_standard_gate_name_mapping())

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, circuit: QuantumCircuit) -> int:
        """Return the number of a circuit that may still change (it is read again every time)."""
        places = {bit: index for index, bit in enumerate((*circuit.qubits, *circuit.clbits))}
        gates = tuple(
            (
                self._of_operation(instruction.operation),
                tuple(places[bit] for bit in instruction.qubits),
                tuple(places[bit] for bit in instruction.clbits),
            )
            for instruction in circuit.data
        )
        key = (circuit.num_qubits, circuit.num_clbits, gates)
        return self._numbers.setdefault(key, len(self._numbers))

    def of_definition(self, definition: QuantumCircuit) -> int:
        """Return the number of the definition of a gate, which is read once."""
        if id(definition) not in self._known:
            self._known[id(definition)] = self.of(definition)
            self._kept_alive.append(definition)
        return self._known[id(definition)]

    def _of_operation(self, operation: Instruction) -> Hashable:
        definition = composite_definition(operation)
        if definition is not None:
            return "definition", self.of_definition(definition)
        if isinstance(operation, ControlFlowOp):
            rounds = tuple(operation.params[0]) if operation.name == "for_loop" else ()
            return operation.name, len(rounds), tuple(self.of(block) for block in operation.blocks)
        if operation.name in self._standard or operation.name in ("unitary", "diagonal", "barrier"):
            return operation.name, tuple(_plain(value) for value in operation.params)
        self._kept_alive.append(operation)
        return operation.name, id(operation)


def _plain(value: Any) -> Hashable:
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, ParameterExpression):
        return str(value)
    return value if isinstance(value, Hashable) else repr(value)
