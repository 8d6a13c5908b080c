r"""Logical counts of any circuit, with measured ANDs: what an error-corrected machine has to do before synthesis.

A multi-controlled Z on n qubits is n - 2 ANDs, each computed with one Toffoli (four T) into a work qubit and removed by
a measurement and a CZ (Gidney, arXiv:1709.06648); :mod:`circuits.measured_and` builds the circuit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, ControlFlowOp

from qalgo.definitions import Fingerprints, named_composites
from qalgo.fault_tolerance.euler import with_short_runs
from qalgo.fault_tolerance.lowering import lowered
from qalgo.fault_tolerance.merging import merged
from qalgo.fault_tolerance.operations import Operation, as_eighths, read_operations
from qalgo.logical_counts import LogicalCounts
from qalgo.tally import LEAVING, Tally, TallyBuilder, control_flow_tally, leaving_tally

__all__ = ["KINDS", "LogicalPiece", "LogicalPieces", "logical_pieces", "operations_tally", "reduced_operations"]

KINDS = ("rotation", "t")
"""The kinds of layers that are counted: those that hold a rotation, a T gate or Toffoli."""
_NUMBERED = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class LogicalPiece:
    """Logical operations of a piece of a circuit."""

    tally: Tally
    """Counts t, toffoli, rotations, measurements; wires are qubits, then classical bits."""
    active: frozenset[int]
    """Qubits that anything acts on."""
    work_qubits: int
    """Clean work qubits at any one time."""

    def counts(self, *, num_qubits: int | None = None) -> LogicalCounts:
        """Return the counts of the piece as a whole circuit."""
        found = self.tally.counts
        rotations = found.get("rotations", 0)
        return LogicalCounts(
            num_qubits=max(1, len(self.active) + self.work_qubits) if num_qubits is None else num_qubits,
            t=found.get("t", 0),
            toffoli=found.get("toffoli", 0),
            rotations=rotations,
            rotation_depth=min(rotations, self.tally.depths[0]),
            measurements=found.get("measurements", 0),
        )


def reduced_operations(circuit: QuantumCircuit) -> list[Operation]:
    """Return a circuit of standard gates as operations with few rotations; multi-controlled Z stay whole."""
    return merged(with_short_runs(read_operations(circuit), circuit.num_qubits), circuit.num_qubits)


class LogicalPieces:
    """Counts each distinct definition once and remembers it."""

    def __init__(self) -> None:
        self._fingerprints = Fingerprints()
        self._pieces: dict[tuple[int, bool], LogicalPiece] = {}

    @property
    def is_full(self) -> bool:
        """Whether so many definitions were numbered that a fresh memory is due."""
        return len(self._fingerprints) > _NUMBERED

    def piece(self, circuit: QuantumCircuit, *, hierarchical: bool) -> LogicalPiece:
        """Count a piece; composite gates are opened, or are pieces of their own when ``hierarchical``."""
        key = (self._fingerprints.of(circuit), hierarchical)
        if key not in self._pieces:
            self._pieces[key] = self._counted(circuit, hierarchical)
        return self._pieces[key]

    def _counted(self, circuit: QuantumCircuit, hierarchical: bool) -> LogicalPiece:
        width = circuit.num_qubits
        children: dict[str, LogicalPiece] = {}
        opaque = []
        if hierarchical:
            circuit, found = named_composites(circuit, self._fingerprints)
            for name, (operation, definition) in found.items():
                children[name] = self.piece(definition, hierarchical=True)
                opaque.append(operation)
        standard = lowered(circuit, opaque=opaque)
        ladder = [0, *(child.work_qubits for child in children.values())]
        tally = circuit_tally(standard, children.get, ladder)
        touched = {
            standard.find_bit(qubit).index
            for instruction in standard.data
            if instruction.operation.name not in ("barrier", "delay")
            for qubit in instruction.qubits
        }
        own = _own_wires(tally, standard, width)
        return LogicalPiece(own, frozenset(q for q in touched if q < width), _beyond(touched, width) + max(ladder))


def circuit_tally(circuit: QuantumCircuit, children: Callable[[str], LogicalPiece | None], ladder: list[int]) -> Tally:
    """Count a circuit of standard gates; appends to ``ladder`` how many work qubits its wide gates take."""
    return operations_tally(reduced_operations(circuit), circuit.num_qubits, circuit.clbits, children, ladder)


def operations_tally(
    operations: Sequence[Operation],
    num_qubits: int,
    clbits: Sequence[Clbit] = (),
    children: Callable[[str], LogicalPiece | None] = lambda name: None,
    ladder: list[int] | None = None,
) -> Tally:
    """Count operations; the wires are the qubits, then the classical bits.

    Layers of T: one per T gate and one per Toffoli.
    """
    places = {bit: num_qubits + index for index, bit in enumerate(clbits)}
    builder = TallyBuilder(len(KINDS), num_qubits + len(places))
    needed = [0] if ladder is None else ladder
    for operation in operations:
        if operation.instruction is None:
            counts, layers = _plain_counts(operation)
            builder.gate(counts, operation.qubits, layers)
            if operation.name == "mcz":
                needed.append(len(operation.qubits) - 2)
            continue
        gate = operation.instruction.operation
        wires = [*operation.qubits, *(places[bit] for bit in operation.instruction.clbits)]
        child = children(gate.name)
        if child is not None:
            builder.piece(child.tally, wires)
        elif gate.name in LEAVING:
            builder.piece(leaving_tally(len(KINDS), len(wires)), wires)
        elif isinstance(gate, ControlFlowOp):
            blocks = [circuit_tally(block, children, needed) for block in gate.blocks]
            builder.piece(control_flow_tally(gate, blocks, len(KINDS), len(wires)), wires)
        else:
            builder.gate({"measurements": 1} if gate.name == "measure" else {}, wires, (0, 0))
    return builder.done()


def _plain_counts(operation: Operation) -> tuple[dict[str, int], tuple[int, int]]:
    if operation.name == "mcz":
        ands = len(operation.qubits) - 2
        return {"toffoli": ands, "measurements": ands}, (0, ands)
    if operation.name != "rz":
        return {}, (0, 0)
    eighths = as_eighths(operation.angle)
    if eighths is None:
        return {"rotations": 1}, (1, 0)
    return ({"t": 1}, (0, 1)) if eighths % 2 else ({}, (0, 0))


def _own_wires(tally: Tally, standard: QuantumCircuit, width: int) -> Tally:
    """Drop the work qubits from the paths: they wait for nobody before, and nobody waits for them after."""
    kept = [*range(width), *range(standard.num_qubits, standard.num_qubits + standard.num_clbits)]
    if len(kept) == tally.paths.shape[2]:
        return tally
    return Tally(tally.counts, tally.paths[:, kept, :][:, :, kept], tally.notes)


def _beyond(touched: set[int], width: int) -> int:
    return sum(qubit >= width for qubit in touched)


@lru_cache(maxsize=1)
def _memory() -> list[LogicalPieces]:
    return [LogicalPieces()]


def logical_pieces() -> LogicalPieces:
    """Return the memory of pieces shared by all calls of a process."""
    memory = _memory()
    if memory[0].is_full:
        memory[0] = LogicalPieces()
    return memory[0]
