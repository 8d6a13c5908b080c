"""What a run costs: queries to the state preparation, Grover iterates, shots, circuits, submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError
from qalgo.logical_counts import LogicalCounts

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.amplification import Amplifiable

__all__ = ["CircuitCost", "QueryCount", "cost_of"]

DEFAULT_BASIS = ("cx", "rz", "sx", "x")
COST_SCHEMA_VERSION = 2


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
    counts: LogicalCounts
    """T, Toffoli and rotations of the circuit as it was given, for an error-corrected machine: with measured ANDs."""
    power: int | None = None
    """k where the cost is that of A Q^k, else None."""
    hierarchical: bool = False
    """Whether composite gates were transpiled one by one."""
    notes: tuple[str, ...] = ()
    """What was assumed about control flow."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": "qalgo.circuit_cost",
            "version": COST_SCHEMA_VERSION,
            **asdict(self),
            "gates": dict(self.gates),
            "basis_gates": list(self.basis_gates),
            "counts": self.counts.to_dict(),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CircuitCost:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: when the data has another schema or version.
        """
        if data.get("schema") != "qalgo.circuit_cost" or data.get("version") != COST_SCHEMA_VERSION:
            raise ProblemError(
                f"not the cost of a circuit: schema {data.get('schema')!r} version {data.get('version')!r}; "
                "allowed: what CircuitCost.to_dict() of this version returns"
            )
        fields = {name: data[name] for name in cls.__slots__}
        fields["gates"] = tuple((str(name), int(count)) for name, count in data["gates"].items())
        fields["basis_gates"] = tuple(data["basis_gates"])
        fields["counts"] = LogicalCounts.from_dict(data["counts"])
        fields["notes"] = tuple(data["notes"])
        return cls(**fields)

    def __str__(self) -> str:
        how = f"{', '.join(self.basis_gates)}, level {self.optimization_level}"
        lines = [
            f"{self.qubits} qubits, {self.cx:,} two-qubit gates, {self.single_qubit:,} single-qubit gates, "
            f"depth {self.depth:,} ({how})"
        ]
        if self.power is not None:
            lines.append(f"  A Q^k          k = {self.power:,}; A and Q transpiled once each, then put together")
        if self.hierarchical:
            lines.append("  hierarchy      each distinct definition transpiled once, none expanded")
        counts = self.counts
        lines += [
            f"  logical        {counts.num_qubits} qubits, {counts.t:,} T, {counts.toffoli:,} Toffoli, "
            f"{counts.rotations:,} rotations in {counts.rotation_depth:,} layers, {counts.measurements:,} measurements",
        ]
        lines += [f"  note           {note}" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"


def cost_of(
    circuit: QuantumCircuit | Amplifiable,
    basis_gates: Sequence[str] = DEFAULT_BASIS,
    optimization_level: int = 3,
    seed: int = 1,
    *,
    power: int | None = None,
    objective_qubits: Sequence[int] | None = None,
    hierarchical: bool = False,
) -> CircuitCost:
    r"""Count the gates of a circuit after transpiling it, or those of :math:`A Q^k` without writing it out.

    All qubits are connected, and the circuit starts in |0...0>: the transpiler may use that, and idle qubits, to save
    gates. A piece that does not start there costs more; count it inside a circuit that prepares its input.

    *Hierarchy.* By default the circuit is transpiled as a whole, composite gates opened. With ``hierarchical`` each
    distinct definition is transpiled once, on its own and for any input, and the pieces are put together: nothing is
    optimised across their borders, and the time is that of the distinct definitions alone. With ``power`` A is
    transpiled as the start of a circuit and Q as a piece in its middle, once each. Gates add up; the depth comes from
    the longest paths between all pairs of qubits (:mod:`qalgo.longest_path`): both are exactly those of the circuit
    composed of these pieces, swaps at the end of a piece being a renaming of qubits. Pieces are remembered, so that
    another k costs some milliseconds; numbers are exact integers at any k.

    *Control flow.* A branch counts as the largest of its branches, figure by figure; a for loop as its length times its
    body; a while loop once, see :attr:`CircuitCost.notes`.

    *Logical counts* are taken from the circuit as it is given, not from the transpiled one, whose optimiser turns
    products of T gates into rotations: rotations are merged, multiples of pi/4 are Clifford gates or T, Toffolis stay
    Toffolis, and wider controlled gates are measured ANDs (:mod:`qalgo.fault_tolerance.logical`). Their qubits are
    those that anything acts on, work qubits included. Final measurements are counted there and nowhere else.

    Args:
        circuit: any circuit; with ``power``, A as a circuit or an object with ``state_preparation`` and
            ``grover_operator`` (such as ``qalgo.EstimationProblem``).
        basis_gates: names of gates.
        optimization_level: 0 to 3.
        seed: for the transpiler's heuristics.
        power: k, at least 0.
        objective_qubits: for a plain circuit A with ``power``: which qubits, all 1, are good. Default: the register
            named "objective". Q then gets one work qubit for its reflection from four qubits on (in the logical
            counts: as many as its ANDs need).
        hierarchical: see above.

    Raises:
        ProblemError: a basis into which the circuit cannot be written, an unknown level, a negative power, or a power
            without objective qubits.
    """
    from qalgo.circuit_cost import circuit_cost

    return circuit_cost(circuit, basis_gates, optimization_level, seed, power, objective_qubits, hierarchical)
