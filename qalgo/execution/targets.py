"""Our own target for Aer: what it runs natively and safely.

Circuits transpiled for ``AerSimulator`` itself may hold a ``multiplexer`` without parameters (made from
``StatePreparation(v).inverse()``, so from every Grover operator of a loader); running it kills the process
(qiskit-aer#2446). The target below has no such gate, keeps multi-controlled gates native and knows control flow.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.circuit.controlflow import (
    BreakLoopOp,
    ContinueLoopOp,
    ControlFlowOp,
    ForLoopOp,
    IfElseOp,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
from qiskit.circuit.library import (
    DiagonalGate,
    MCPhaseGate,
    MCXGate,
    UnitaryGate,
    get_standard_gate_name_mapping,
)
from qiskit.exceptions import QiskitError
from qiskit.transpiler import PassManager, Target
from qiskit.transpiler.passes import (
    BasisTranslator,
    HighLevelSynthesis,
    Optimize1qGatesDecomposition,
    RemoveResetInZeroState,
    UnitarySynthesis,
)

from qalgo.errors import ExecutionError

__all__ = ["PLAIN", "active_qubits", "aer_target", "has_operation", "lower", "lower_piece"]

# Standard gates that both Qiskit and Aer know by the same name and meaning.
_SINGLE = ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "p", "r", "rx", "ry", "rz", "u")
_DOUBLE = ("cx", "cy", "cz", "cp", "csx", "cu", "crx", "cry", "crz", "swap", "ecr", "rxx", "ryy", "rzz", "rzx")
_TRIPLE = ("ccx", "ccz", "cswap")
_OTHER = ("measure", "reset", "delay")
_WIDE = {"mcx": MCXGate, "mcphase": MCPhaseGate, "unitary": UnitaryGate, "diagonal": DiagonalGate}
_CONTROL_FLOW = {
    "if_else": IfElseOp,
    "for_loop": ForLoopOp,
    "while_loop": WhileLoopOp,
    "switch_case": SwitchCaseOp,
    "break_loop": BreakLoopOp,
    "continue_loop": ContinueLoopOp,
}
_MARK = "not_clean"


@lru_cache(maxsize=64)
def aer_target(num_qubits: int, names: frozenset[str] | None = None) -> Target:
    """Return the target for a circuit of ``num_qubits`` qubits, all connected.

    Args:
        num_qubits: width; a target without it fails with a misleading message about ``measure``.
        names: only these gates (of a noise model, say), beside measurements and control flow; default: all.
    """
    standard = get_standard_gate_name_mapping()
    target = Target(num_qubits=num_qubits)
    for name in (*_SINGLE, *_DOUBLE, *_TRIPLE):
        if (names is None or name in names) and standard[name].num_qubits <= num_qubits:
            target.add_instruction(standard[name], None, name=name)
    for name in _OTHER:
        target.add_instruction(standard[name], None, name=name)
    for name, kind in {**_WIDE, **_CONTROL_FLOW}.items():
        if names is None or name in names or name in _CONTROL_FLOW:
            target.add_instruction(kind, name=name)
    return target


PLAIN = frozenset((*_SINGLE, *_DOUBLE, *_TRIPLE))
"""Standard gates on at most three qubits: what any simulator takes, also those that build every gate's matrix."""


def lower(circuit: QuantumCircuit, *, names: frozenset[str] | None = None) -> QuantumCircuit:
    """Translate a whole circuit, which starts in |0...0>, to our target.

    Args:
        circuit: any circuit; measurements and control flow are kept.
        names: see :func:`aer_target`.

    Raises:
        ExecutionError: an operation has no definition in terms of gates that Aer knows.
    """
    target = aer_target(max(1, circuit.num_qubits), names)
    return _apply([RemoveResetInZeroState()], _translate(circuit, target))


def lower_piece(
    circuit: QuantumCircuit, clean: Iterable[int], *, names: frozenset[str] | None = None
) -> QuantumCircuit:
    """Translate a circuit that is used in the middle of another, where only the qubits ``clean`` are surely |0>.

    The synthesis of wide gates may borrow clean qubits: it has to be told that the others hold data.

    Raises:
        ExecutionError: as :func:`lower`.
    """
    busy = sorted(set(range(circuit.num_qubits)) - set(clean))
    target = _marked_target(circuit.num_qubits, names)
    marked = circuit.copy_empty_like()
    marked.global_phase = 0
    mark = Gate(_MARK, 1, [])
    for index in busy:
        marked.append(mark, [index])
    # Without it the marks of idle qubits come after the gates that want to borrow them.
    marked.barrier(label=_MARK)
    marked.compose(circuit, inplace=True)
    lowered = _translate(marked, target)
    piece = lowered.copy_empty_like()
    for instruction in lowered.data:
        if _MARK not in (instruction.operation.name, instruction.operation.label):
            piece.append(instruction)
    return piece


def has_operation(circuit: QuantumCircuit, name: str) -> bool:
    """Whether an operation of that name is in the circuit, also inside control flow."""
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name == name:
            return True
        if isinstance(operation, ControlFlowOp) and any(has_operation(block, name) for block in operation.blocks):
            return True
    return False


def active_qubits(circuit: QuantumCircuit) -> int:
    """Return the number of qubits that anything but a barrier or a delay acts on (simulators drop the others)."""
    touched = set()
    for instruction in circuit.data:
        if instruction.operation.name not in ("barrier", "delay"):
            touched.update(instruction.qubits)
    return len(touched)


@lru_cache(maxsize=16)
def _marked_target(num_qubits: int, names: frozenset[str] | None) -> Target:
    target = aer_target.__wrapped__(num_qubits, names)
    target.add_instruction(Gate(_MARK, 1, []), None, name=_MARK)
    return target


def _translate(circuit: QuantumCircuit, target: Target) -> QuantumCircuit:
    try:
        return _apply(_translation(target, borrow=True), circuit)
    except ExecutionError:
        # Synthesis with borrowed qubits fails in Qiskit on some circuits with several wide gates ("cannot compose onto
        # a circuit with fewer qubits"); without them it costs more gates and works.
        return _apply(_translation(target, borrow=False), circuit)


def _translation(target: Target, *, borrow: bool) -> list[object]:
    library = SessionEquivalenceLibrary
    return [
        UnitarySynthesis(target=target),
        HighLevelSynthesis(target=target, equivalence_library=library, qubits_initially_zero=borrow),
        BasisTranslator(library, None, target=target),
        Optimize1qGatesDecomposition(target=target),
    ]


def _apply(passes: list[object], circuit: QuantumCircuit) -> QuantumCircuit:
    # Not generate_preset_pass_manager: loading its plug-ins alone costs about a second.
    try:
        return PassManager(passes).run(circuit)
    except QiskitError as error:
        raise ExecutionError(
            f"the circuit {circuit.name!r} cannot be translated to gates that Aer knows: {error}; "
            "allowed: library gates and gates with a definition or a matrix"
        ) from error
