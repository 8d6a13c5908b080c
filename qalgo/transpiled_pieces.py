"""Gates and depth of transpiled circuits: whole ones, and pieces that are counted once and put together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, Instruction
from qiskit.exceptions import QiskitError
from qiskit.transpiler import Target, generate_preset_pass_manager

from qalgo.definitions import CONTROL_FLOW, Fingerprints, named_composites
from qalgo.errors import ProblemError
from qalgo.tally import LEAVING, Tally, TallyBuilder, control_flow_tally, leaving_tally

__all__ = ["UNCOUNTED", "TranspiledPieces", "gate_tally", "transpiled_pieces"]

UNCOUNTED = frozenset(("barrier", "measure", "delay", "store"))
"""They are waited for, but are neither gates nor layers."""
_REMEMBERED, _NUMBERED = 256, 20_000


def gate_tally(
    circuit: QuantumCircuit, *, single_row: bool = False, pieces: Callable[[str], Tally | None] = lambda name: None
) -> Tally:
    """Count a circuit in its own gates: names, ``#1`` and ``#2`` (gates on one, two qubits), ``#`` all; one depth.

    Args:
        circuit: transpiled.
        single_row: see :class:`qalgo.tally.TallyBuilder`.
        pieces: from the name of an operation to what it stands for.
    """
    places = {bit: index for index, bit in enumerate((*circuit.qubits, *circuit.clbits))}
    builder = TallyBuilder(1, len(places), single_row=single_row)
    for instruction in circuit.data:
        operation = instruction.operation
        wires = [places[bit] for bit in (*instruction.qubits, *instruction.clbits)]
        piece = pieces(operation.name)
        if piece is not None:
            builder.piece(piece, wires)
        elif operation.name in LEAVING:
            builder.piece(leaving_tally(1, len(wires)), wires)
        elif isinstance(operation, ControlFlowOp):
            blocks = [gate_tally(block, pieces=pieces) for block in operation.blocks]
            builder.piece(control_flow_tally(operation, blocks, 1, len(wires)), wires)
        elif operation.name in UNCOUNTED:
            builder.gate({}, wires, (0,))
        else:
            builder.gate({operation.name: 1, f"#{len(instruction.qubits)}": 1, "#": 1}, wires, (1,))
    return builder.done()


class TranspiledPieces:
    """Transpiles each distinct definition once, on its own, and remembers its tally."""

    def __init__(self, basis_gates: tuple[str, ...], optimization_level: int, seed: int) -> None:
        self._settings = (basis_gates, optimization_level, seed)
        self._fingerprints = Fingerprints()
        self._tallies: OrderedDict[tuple[int, bool, bool], Tally] = OrderedDict()

    @property
    def is_full(self) -> bool:
        """Whether so many definitions were numbered that a fresh memory is due."""
        return len(self._fingerprints) > _NUMBERED

    def tally(self, circuit: QuantumCircuit, *, starts_at_zero: bool, hierarchical: bool) -> Tally:
        """Return gates and longest paths of a piece, in terms of the circuit's own wires.

        Args:
            circuit: the piece.
            starts_at_zero: whether it starts in |0...0>; a piece in the middle of a circuit does not.
            hierarchical: whether composite gates in it are pieces of their own; else they are transpiled with it.
        """
        key = (self._fingerprints.of(circuit), starts_at_zero, hierarchical)
        if key not in self._tallies:
            self._tallies[key] = self._counted(circuit, starts_at_zero, hierarchical)
            if len(self._tallies) > _REMEMBERED:
                self._tallies.popitem(last=False)
        self._tallies.move_to_end(key)
        return self._tallies[key]

    def transpiled(
        self, circuit: QuantumCircuit, *, starts_at_zero: bool, opaque: Sequence[Instruction] = ()
    ) -> QuantumCircuit:
        """Return the circuit in the basis, all qubits connected; operations in ``opaque`` are kept.

        Raises:
            ProblemError: a basis into which the circuit cannot be written, or an unknown level.
        """
        basis, level, seed = self._settings
        try:
            if opaque or _leaves_loops(circuit):
                names = {operation.name: operation for operation in opaque}
                target = Target.from_configuration(
                    [*basis, "measure", "reset", "delay", *names], custom_name_mapping=names
                )
                for name, kind in CONTROL_FLOW.items():
                    target.add_instruction(kind, name=name)
                manager = generate_preset_pass_manager(
                    level, target=target, seed_transpiler=seed, qubits_initially_zero=starts_at_zero
                )
            else:
                manager = generate_preset_pass_manager(
                    level, basis_gates=list(basis), seed_transpiler=seed, qubits_initially_zero=starts_at_zero
                )
            return manager.run(circuit)
        except (QiskitError, ValueError, KeyError) as error:
            raise ProblemError(
                f"circuit {circuit.name!r} cannot be written in {', '.join(basis)} at level {level}: "
                f"{error}; allowed: a universal set of gates that Qiskit knows, levels 0 to 3, circuits of gates"
            ) from error

    def _counted(self, circuit: QuantumCircuit, starts_at_zero: bool, hierarchical: bool) -> Tally:
        children: dict[str, Tally] = {}
        opaque: list[Instruction] = []
        if hierarchical:
            circuit, found = named_composites(circuit, self._fingerprints)
            for name, (operation, definition) in found.items():
                children[name] = self.tally(definition, starts_at_zero=False, hierarchical=True)
                opaque.append(operation)
        lowered = self.transpiled(circuit, starts_at_zero=starts_at_zero, opaque=opaque)
        tally = gate_tally(lowered, pieces=children.get)
        return Tally(tally.counts, tally.paths[:, :, _final_wires(lowered)], tally.notes)


def _leaves_loops(circuit: QuantumCircuit) -> bool:
    """Whether a loop is broken off or continued early: Qiskit knows these only in a target, not in a basis."""
    operations = [instruction.operation for instruction in circuit.data]
    blocks = [block for operation in operations if isinstance(operation, ControlFlowOp) for block in operation.blocks]
    return any(operation.name in LEAVING for operation in operations) or any(map(_leaves_loops, blocks))


def _final_wires(lowered: QuantumCircuit) -> list[int]:
    """Where each wire ends up: the transpiler turns swaps into a renaming of qubits."""
    wires = list(range(lowered.num_qubits + lowered.num_clbits))
    if lowered.layout is None:
        return wires
    return [*lowered.layout.routing_permutation(), *wires[lowered.num_qubits :]]


_PIECES: dict[tuple[tuple[str, ...], int, int], TranspiledPieces] = {}


def transpiled_pieces(basis_gates: Sequence[str], optimization_level: int, seed: int) -> TranspiledPieces:
    """Return the memory of pieces for these settings, shared by all calls of a process."""
    settings = (tuple(basis_gates), optimization_level, seed)
    if settings not in _PIECES or _PIECES[settings].is_full:
        _PIECES[settings] = TranspiledPieces(*settings)
    return _PIECES[settings]
