"""The work behind ``cost_of``: transpiled gates and logical counts, of a whole circuit or of A and Q to a power."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit

from qalgo.amplification import checked_power, preparation_and_iterate, without_final_measurements
from qalgo.errors import ProblemError
from qalgo.fault_tolerance.logical import LogicalPiece, logical_pieces
from qalgo.resources import CircuitCost
from qalgo.tally import Tally, TallyBuilder
from qalgo.transpiled_pieces import TranspiledPieces, gate_tally, transpiled_pieces

__all__ = ["circuit_cost"]


def circuit_cost(
    subject: Any,
    basis_gates: Sequence[str],
    optimization_level: int,
    seed: int,
    power: int | None,
    objective_qubits: Sequence[int] | None,
    hierarchical: bool,
) -> CircuitCost:
    """Return the cost; :func:`qalgo.resources.cost_of` describes the arguments."""
    basis = tuple(basis_gates)
    pieces = transpiled_pieces(basis, optimization_level, seed)
    exponent = None if power is None else checked_power(power)
    if exponent is not None:
        preparation, iterate = preparation_and_iterate(subject, objective_qubits, whole_reflection=False)
        gates = _amplified_gates(pieces, preparation, iterate, exponent, hierarchical)
        _, abstract = preparation_and_iterate(subject, objective_qubits, whole_reflection=True)
        logical = _amplified_logical(preparation, abstract, exponent, hierarchical)
        width = iterate.num_qubits
    else:
        circuit = _checked_circuit(subject, objective_qubits)
        gates = _whole(pieces, circuit, hierarchical)
        logical = logical_pieces().piece(circuit, hierarchical=hierarchical)
        width = circuit.num_qubits
    names = tuple((name, count) for name, count in sorted(gates.counts.items()) if not name.startswith("#"))
    return CircuitCost(
        qubits=width,
        depth=gates.depths[0],
        cx=gates.counts.get("#2", 0),
        single_qubit=gates.counts.get("#1", 0),
        total=gates.counts.get("#", 0),
        gates=names,
        basis_gates=basis,
        optimization_level=optimization_level,
        seed=seed,
        counts=logical.counts(),
        power=exponent,
        hierarchical=hierarchical,
        notes=tuple(sorted(gates.notes | logical.tally.notes)),
    )


def _checked_circuit(subject: Any, objective_qubits: Sequence[int] | None) -> QuantumCircuit:
    if not isinstance(subject, QuantumCircuit):
        hint = "; give power to count A Q^k" if hasattr(subject, "grover_operator") else ""
        raise ProblemError(f"circuit is a {type(subject).__name__}; allowed: a qiskit QuantumCircuit{hint}")
    if objective_qubits is not None:
        raise ProblemError("objective_qubits without power; allowed: both, to count A Q^k, or neither")
    return subject


def _whole(pieces: TranspiledPieces, circuit: QuantumCircuit, hierarchical: bool) -> Tally:
    unitary = without_final_measurements(circuit)
    if hierarchical:
        return pieces.tally(unitary, starts_at_zero=True, hierarchical=True)
    return gate_tally(pieces.transpiled(unitary, starts_at_zero=True), single_row=True)


def _amplified_gates(
    pieces: TranspiledPieces, preparation: QuantumCircuit, iterate: QuantumCircuit, power: int, hierarchical: bool
) -> Tally:
    first = pieces.tally(preparation, starts_at_zero=True, hierarchical=hierarchical)
    again = pieces.tally(iterate, starts_at_zero=False, hierarchical=hierarchical)
    return _amplified(first, again, preparation.num_qubits, iterate.num_qubits, power, kinds=1)


def _amplified(first: Tally, again: Tally, narrow: int, wide: int, power: int, *, kinds: int) -> Tally:
    builder = TallyBuilder(kinds, wide, single_row=True)
    builder.piece(first, range(narrow))
    builder.piece(again.power(power), range(wide))
    return builder.done()


def _amplified_logical(
    preparation: QuantumCircuit, iterate: QuantumCircuit, power: int, hierarchical: bool
) -> LogicalPiece:
    memory = logical_pieces()
    first = memory.piece(preparation, hierarchical=hierarchical)
    again = memory.piece(iterate, hierarchical=hierarchical)
    tally = _amplified(first.tally, again.tally, preparation.num_qubits, iterate.num_qubits, power, kinds=2)
    used = [first] if power == 0 else [first, again]
    active = frozenset().union(*(piece.active for piece in used))
    return LogicalPiece(tally, active, max(piece.work_qubits for piece in used))
