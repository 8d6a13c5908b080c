r"""Any circuit in standard gates, with clean work qubits for whoever can save gates with them.

Qiskit's high-level synthesis borrows qubits that it knows to be |0>; without any, comparators and multi-controlled
gates explode, also inside nested definitions (Qiskit#13239). Here the circuit is opened first, and work qubits are
added, so that there are always some. Multi-controlled X and Z stay whole: they are written out later, on purpose.
Other gates with two or more controls get the AND of their controls in a work qubit and one control: a phase then is one
rotation, whatever the number of controls, instead of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import ControlledGate, Gate, Instruction
from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
from qiskit.circuit.library import MCXGate, get_standard_gate_name_mapping
from qiskit.exceptions import QiskitError
from qiskit.transpiler import PassManager, Target
from qiskit.transpiler.passes import BasisTranslator, HighLevelSynthesis, UnitarySynthesis

from qalgo.definitions import CONTROL_FLOW, composite_definition
from qalgo.errors import ProblemError
from qalgo.fault_tolerance.shared_controls import with_ands

__all__ = ["lowered", "opened"]

_STANDARD = (
    *("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "p", "rx", "ry", "rz", "u"),
    *("cx", "cz", "swap", "ccx", "ccz", "rccx", "measure", "reset", "delay"),
)
_WIDE = {"mcx": MCXGate, **CONTROL_FLOW}
_MARK = "holds_data"


def lowered(
    circuit: QuantumCircuit, *, work_qubits: int | None = None, opaque: Sequence[Instruction] = ()
) -> QuantumCircuit:
    """Return the circuit in standard gates on at most three qubits, ``mcx``, measurements, resets and control flow.

    Args:
        circuit: any circuit.
        work_qubits: clean qubits to add at the end; default: as many as the circuit has. Those that stay idle are free.
        opaque: operations without definition that are kept as they are.

    Nothing is assumed about the circuit's own qubits: the action is the same on every input.

    Raises:
        ProblemError: an operation has neither a definition nor a matrix.
    """
    count = circuit.num_qubits if work_qubits is None else work_qubits
    reduced = opened(with_ands(opened(circuit)))
    # Registers of its own: synthesis does not borrow loose qubits, and a copy would keep the layout of an ISA circuit.
    wide = QuantumCircuit(QuantumRegister(reduced.num_qubits), AncillaRegister(count), reduced.clbits, *reduced.cregs)
    data = wide.qubits[: circuit.num_qubits]
    for qubit in data:
        wide.append(Gate(_MARK, 1, []), [qubit])
    # Without it the marks of idle qubits come after the gates that want to borrow them.
    wide.barrier(data, label=_MARK)
    wide.compose(reduced, range(reduced.num_qubits), reduced.clbits, inplace=True)
    result = _translated(wide, opaque)
    plain = result.copy_empty_like()
    for instruction in result.data:
        if _MARK not in (instruction.operation.name, instruction.operation.label):
            plain.append(instruction)
    return plain


def opened(circuit: QuantumCircuit) -> QuantumCircuit:
    """Replace composite gates by their content: inside them the transpiler does not see idle qubits."""
    while any(_is_composite(instruction.operation) for instruction in circuit.data):
        result = circuit.copy_empty_like()
        for instruction in circuit.data:
            if _is_composite(instruction.operation):
                definition = instruction.operation.definition
                result.compose(definition, instruction.qubits, instruction.clbits, inplace=True)
            else:
                result.append(instruction)
        circuit = result
    return circuit


def _is_composite(operation: Instruction) -> bool:
    if composite_definition(operation) is not None:
        return True
    # Closed multi-controlled X and Z are kept; open controls and the like are defined through them.
    return (
        isinstance(operation, ControlledGate)
        and operation.base_gate.name in ("x", "z")
        and operation.name not in ("mcx", "ccx", "ccz", "cx", "cz")
    )


def _translated(circuit: QuantumCircuit, opaque: Sequence[Instruction]) -> QuantumCircuit:
    target = _target(circuit.num_qubits)
    if opaque:
        target = _target.__wrapped__(circuit.num_qubits)
        for operation in opaque:
            target.add_instruction(operation, None, name=operation.name)
    try:
        return _run(circuit, target, borrow=True)
    except ProblemError:
        # Borrowing fails in Qiskit 2.6 on some circuits with several wide gates; without it more gates are needed.
        return _run(circuit, target, borrow=False)


def _run(circuit: QuantumCircuit, target: Target, *, borrow: bool) -> QuantumCircuit:
    library = SessionEquivalenceLibrary
    passes = [
        UnitarySynthesis(target=target),
        HighLevelSynthesis(target=target, equivalence_library=library, qubits_initially_zero=borrow),
        BasisTranslator(library, None, target=target),
    ]
    try:
        return PassManager(passes).run(circuit)
    except QiskitError as error:
        raise ProblemError(
            f"circuit {circuit.name!r} cannot be written in standard gates: {error}; "
            "allowed: library gates and gates with a definition or a matrix"
        ) from error


@lru_cache(maxsize=32)
def _target(num_qubits: int) -> Target:
    standard = get_standard_gate_name_mapping()
    target = Target(num_qubits=num_qubits)
    for name in _STANDARD:
        if standard[name].num_qubits <= num_qubits:
            target.add_instruction(standard[name], None, name=name)
    for name, kind in _WIDE.items():
        target.add_instruction(kind, name=name)
    target.add_instruction(Gate(_MARK, 1, []), None, name=_MARK)
    return target
