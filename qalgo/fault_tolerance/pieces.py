"""From a circuit to Clifford + T + rotations: the cheapest of several ways, with the work qubits it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.transpiler import generate_preset_pass_manager

from qalgo.errors import ProblemError
from qalgo.fault_tolerance.logical import reduced_operations
from qalgo.fault_tolerance.lowering import lowered
from qalgo.fault_tolerance.merging import merged
from qalgo.fault_tolerance.models import mean_deterministic_t
from qalgo.fault_tolerance.multi_controlled import CATALYTIC, STRATEGIES, catalysts, strategy_work_qubits, written_out
from qalgo.fault_tolerance.operations import Operation, as_eighths, is_generic, write_circuit

__all__ = [
    "Layout",
    "WrittenOut",
    "as_circuit",
    "generic_count",
    "rotation_price",
    "standard_forms",
    "t_count",
    "write_out",
]

_OPTIMISED_BASIS = ("cx", "cz", "swap", "h", "s", "sdg", "t", "tdg", "x", "z", "rz", "rx", "ry", "ccz", "rccx")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which qubit is what: data first, then borrowed work qubits, then those of multi-controlled gates."""

    data: int
    borrowed: int
    ladder: int

    @property
    def num_qubits(self) -> int:
        """All qubits."""
        return self.data + self.borrowed + self.ladder

    @property
    def ladder_qubits(self) -> range:
        """Clean work qubits of the multi-controlled gates."""
        return range(self.data + self.borrowed, self.num_qubits)


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """Clifford gates and rotations only; ``before`` and ``after`` belong to no piece: they prepare work qubits."""

    pieces: tuple[list[Operation], ...]
    before: list[Operation]
    after: list[Operation]
    layout: Layout
    strategy: str


def t_count(operations: Sequence[Operation]) -> int:
    """Count explicit T gates."""
    eighths = (as_eighths(operation.angle) for operation in operations if operation.name == "rz")
    return sum(value is not None and value % 2 == 1 for value in eighths)


def generic_count(operations: Sequence[Operation]) -> int:
    """Count the rotations that have to be synthesised."""
    return sum(map(is_generic, operations))


def standard_forms(circuit: QuantumCircuit) -> list[tuple[list[Operation], int]]:
    """Return (operations, borrowed work qubits) in up to two forms: as given, and after the transpiler's optimiser.

    The optimiser may spare rotations, but also turn products of T gates into rotations; the caller compares.

    Raises:
        ProblemError: control flow, a measurement in the middle, or an unbound parameter.
    """
    plain = lowered(circuit)
    width = circuit.num_qubits
    forms = [_compact(reduced_operations(plain), width)]
    if generic_count(forms[0][0]):
        optimised = _optimised(plain)
        if optimised is not None:
            forms.append(_compact(reduced_operations(optimised), width))
    for operations, _ in forms:
        _check(operations, circuit)
    return forms


def _optimised(circuit: QuantumCircuit) -> QuantumCircuit | None:
    manager = generate_preset_pass_manager(
        3, basis_gates=list(_OPTIMISED_BASIS), seed_transpiler=1, qubits_initially_zero=False
    )
    try:
        found = manager.run(circuit)
    except QiskitError:
        return None  # it only offers a second form
    permutation = None if found.layout is None else found.layout.routing_permutation()
    if permutation is None or permutation == list(range(len(permutation))):
        return found
    return None


def _compact(operations: list[Operation], width: int) -> tuple[list[Operation], int]:
    """Number the borrowed qubits that are really used from ``width`` on."""
    used = sorted({qubit for operation in operations for qubit in operation.qubits if qubit >= width})
    places = {**{qubit: qubit for qubit in range(width)}, **{qubit: width + i for i, qubit in enumerate(used)}}
    moved = [operation._replace(qubits=tuple(places[q] for q in operation.qubits)) for operation in operations]
    return moved, len(used)


def _check(operations: Sequence[Operation], circuit: QuantumCircuit) -> None:
    wrong = sorted(
        {operation.instruction.operation.name for operation in operations if operation.instruction is not None}
    )
    if wrong:
        raise ProblemError(
            f"circuit {circuit.name!r} holds {', '.join(wrong)}: only unitary circuits (with final measurements) can "
            "be synthesised and verified; use qalgo.cost_of(circuit).counts for the logical counts of the others"
        )
    if any(operation.name == "rz" and operation.angle != operation.angle for operation in operations):
        raise ProblemError(f"circuit {circuit.name!r} has unbound parameters; bind them with assign_parameters")


def write_out(
    pieces: Sequence[tuple[list[Operation], int]], data: int, weights: Sequence[int], per_rotation: float
) -> WrittenOut:
    """Write the multi-controlled gates of all pieces out, in the way that costs fewest T in total.

    Args:
        pieces: operations and their borrowed qubits.
        data: qubits of the widest piece.
        weights: how often each piece is used.
        per_rotation: T gates that a rotation will cost, for the comparison.
    """
    borrowed = max(count for _, count in pieces)
    widest = max((len(op.qubits) for operations, _ in pieces for op in operations if op.name == "mcz"), default=0)
    names = STRATEGIES if widest else ("short ladder",)
    found = [_by_strategy(name, pieces, Layout(data, borrowed, strategy_work_qubits(name, widest))) for name in names]
    return min(found, key=lambda item: (_price(item, weights, per_rotation), item.layout.num_qubits))


def _by_strategy(name: str, pieces: Sequence[tuple[list[Operation], int]], layout: Layout) -> WrittenOut:
    work = layout.ladder_qubits
    written = tuple(merged(written_out(operations, work, name), layout.num_qubits) for operations, _ in pieces)
    before, after = (catalysts(work), catalysts(work, inverse=True)) if name in CATALYTIC else ([], [])
    if len(written) == 1:
        # Nothing is repeated: the preparation of the work qubits may merge with the circuit.
        return WrittenOut((merged([*before, *written[0], *after], layout.num_qubits),), [], [], layout, name)
    return WrittenOut(written, before, after, layout, name)


def _price(item: WrittenOut, weights: Sequence[int], per_rotation: float) -> float:
    pieces = sum(
        weight * (t_count(piece) + per_rotation * generic_count(piece))
        for weight, piece in zip(weights, item.pieces, strict=True)
    )
    return pieces + t_count(item.before) + t_count(item.after)


def as_circuit(operations: Sequence[Operation], layout: Layout, name: str) -> QuantumCircuit:
    """Return the operations as a circuit with registers ``data`` and ``work``."""
    from qiskit import AncillaRegister, QuantumRegister

    registers = [QuantumRegister(layout.data, "data")]
    extra = layout.num_qubits - layout.data
    if extra:
        registers.append(AncillaRegister(extra, "work"))
    return write_circuit(operations, QuantumCircuit(*registers, name=name))


def rotation_price(rotations: int, budget: float) -> float:
    """Return the mean T gates of one of so many rotations."""
    return mean_deterministic_t(budget / rotations) if rotations else 0.0
