"""What a run costs: queries to the state preparation, Grover iterates, shots, circuits, submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["CircuitCost", "QueryCount", "cost_of"]

DEFAULT_BASIS = ("cx", "rz", "sx", "x")


@dataclass(frozen=True, slots=True)
class QueryCount:
    r"""Queries, summed over all shots.

    One shot of :math:`Q^k A` is ``2k+1`` uses of A (or its inverse) and ``k`` uses of Q; ``k = 0`` counts too.
    One shot of phase estimation with m evaluation qubits is ``2^m + 1`` uses of A and ``2^(m-1)`` of Q: between two
    controlled sign flips Q runs forwards or backwards, which is worth two controlled uses.
    """

    state_preparation: int = 0
    """Uses of the state preparation A or its inverse (the unit "NA" of the literature)."""
    grover: int = 0
    """Uses of the Grover operator Q, controlled or not ("NQ")."""
    shots: int = 0
    """Repetitions, summed over circuits."""
    circuits: int = 0
    """Circuits submitted (the same circuit in two rounds counts twice)."""
    submissions: int = 0
    """Rounds: jobs sent to a device, one after the other."""

    def __add__(self, other: QueryCount) -> QueryCount:
        return QueryCount(
            self.state_preparation + other.state_preparation,
            self.grover + other.grover,
            self.shots + other.shots,
            self.circuits + other.circuits,
            self.submissions + other.submissions,
        )

    def to_dict(self) -> dict[str, int]:
        """Return the counts as a JSON-safe dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QueryCount:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{name: int(data[name]) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class CircuitCost:
    """Gates of one circuit after transpiling to a basis, all qubits connected. Measurements are not counted."""

    qubits: int
    depth: int
    """Layers of gates; gates on different qubits share a layer."""
    cx: int
    """Two-qubit gates: CX in the default basis."""
    single_qubit: int
    total: int
    gates: tuple[tuple[str, int], ...]
    """Name and number of every kind of gate, sorted by name."""
    basis_gates: tuple[str, ...]
    optimization_level: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {**asdict(self), "gates": dict(self.gates), "basis_gates": list(self.basis_gates)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CircuitCost:
        """Rebuild from :meth:`to_dict`."""
        gates = tuple((str(name), int(count)) for name, count in data["gates"].items())
        return cls(**{**data, "gates": gates, "basis_gates": tuple(data["basis_gates"])})

    def __str__(self) -> str:
        return (
            f"{self.qubits} qubits, {self.cx:,} two-qubit gates, {self.single_qubit:,} single-qubit gates, "
            f"depth {self.depth:,} ({', '.join(self.basis_gates)}, level {self.optimization_level})"
        )


def cost_of(
    circuit: QuantumCircuit,
    basis_gates: Sequence[str] = DEFAULT_BASIS,
    optimization_level: int = 3,
    seed: int = 1,
) -> CircuitCost:
    """Count the gates of a circuit after transpiling it; deterministic for a given seed.

    All qubits are connected, and the circuit starts in |0...0>: the transpiler may use that, and idle qubits, to save
    gates. A piece that does not start there costs more; count it inside a circuit that prepares its input.

    Args:
        circuit: any circuit of gates; measurements are dropped, barriers kept.
        basis_gates: names of one- and two-qubit gates.
        optimization_level: 0 to 3.
        seed: for the transpiler's heuristics.

    Raises:
        ProblemError: a basis into which the circuit cannot be written, an unknown level, or control flow.
    """
    from qiskit import QuantumCircuit
    from qiskit.exceptions import QiskitError
    from qiskit.transpiler import generate_preset_pass_manager

    if not isinstance(circuit, QuantumCircuit):
        raise ProblemError(f"circuit is a {type(circuit).__name__}; allowed: a qiskit QuantumCircuit")
    try:
        transpiled = generate_preset_pass_manager(
            optimization_level, basis_gates=list(basis_gates), seed_transpiler=seed
        ).run(_without_final_measurements(circuit))
    except (QiskitError, ValueError) as error:
        raise ProblemError(
            f"circuit {circuit.name!r} cannot be written in {', '.join(basis_gates)} at level {optimization_level}: "
            f"{error}; allowed: a universal set of one- and two-qubit gates, levels 0 to 3, circuits of gates"
        ) from error
    gates = [
        instruction
        for instruction in transpiled.data
        if instruction.operation.name not in ("barrier", "measure", "delay")
    ]
    flow = sorted({gate.operation.name for gate in gates if hasattr(gate.operation, "blocks")})
    if flow:
        raise ProblemError(f"circuit {circuit.name!r} holds {', '.join(flow)}: its cost depends on outcomes")
    names = [gate.operation.name for gate in gates]
    single = sum(1 for gate in gates if len(gate.qubits) == 1)
    return CircuitCost(
        qubits=circuit.num_qubits,
        depth=transpiled.depth(lambda instruction: instruction.operation.name not in ("barrier", "measure", "delay")),
        cx=sum(1 for gate in gates if len(gate.qubits) == 2),
        single_qubit=single,
        total=len(gates),
        gates=tuple((name, names.count(name)) for name in sorted(set(names))),
        basis_gates=tuple(basis_gates),
        optimization_level=optimization_level,
        seed=seed,
    )


def _without_final_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    # The optimiser drops gates in front of a measurement that do not change its outcome; the unitary needs them.
    return circuit.remove_final_measurements(inplace=False)
