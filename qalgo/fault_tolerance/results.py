"""The fault-tolerant cost of a circuit as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError
from qalgo.fault_tolerance.models import DETERMINISTIC, RANDOMISED
from qalgo.logical_counts import LogicalCounts

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["FaultTolerantCost"]

SCHEMA, SCHEMA_VERSION = "qalgo.fault_tolerant_cost", 1
_NOT_STORED = ("circuit",)


@dataclass(frozen=True, slots=True)
class FaultTolerantCost:
    """What a circuit costs in Clifford + T: its logical counts, and two models of its rotations, never mixed."""

    counts: LogicalCounts
    """Before synthesis: explicit T, Toffolis (measured model only), rotations; work qubits are among the qubits."""
    t: int
    """T gates of the circuit with every rotation synthesised by gridsynth; a Toffoli of the measured model is 4 T."""
    t_randomised: int
    """T gates by the cheaper model of randomised synthesis: a formula, and another kind of error (diamond distance)."""
    t_depth: int | None
    """Layers that hold a T gate, without extra qubits for parallel T gates; None in the measured model."""
    synthesis_error: float
    """The budget: operator norm, up to a global phase, over all rotations."""
    error_bound: float
    """Sum of the errors of all rotations as synthesised."""
    verified_error: float | None
    """Operator norm of the difference to the exact circuit, up to a phase, by simulation; None: not simulated."""
    verification: str
    """How the error was verified, or why it was not."""
    controlled_gates: str
    """How wide controlled gates are done: "unitary" or "measured"."""
    strategy: str
    """Which synthesis of the multi-controlled gates had the fewest T; empty without such gates."""
    work_qubits: int
    """Clean qubits that were added: borrowed by arithmetic, and by multi-controlled gates."""
    distinct_angles: int
    """Rotations that had to be synthesised; the others repeat their angle modulo pi/2, up to sign."""
    certificate: str
    """"sum": the errors add up to at most the budget; "simulation": only the simulated error is within it."""
    power: int | None = None
    """k where the cost is that of A Q^k, else None."""
    circuit: QuantumCircuit | None = field(default=None, compare=False, repr=False)
    """The Clifford + T circuit: registers data and work (work starts and ends in |0>); None where it is too long."""

    @property
    def rotations(self) -> int:
        """Rotations that are no multiple of pi/4."""
        return self.counts.rotations

    @property
    def epsilon_per_rotation(self) -> float:
        """An even share of the budget; 0 without rotations."""
        return self.synthesis_error / self.rotations if self.rotations else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary, without the circuit (export it with :mod:`circuits.export`)."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name not in _NOT_STORED}
        models = {"t": DETERMINISTIC, "t_randomised": RANDOMISED}
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            **fields,
            "counts": self.counts.to_dict(),
            "epsilon_per_rotation": self.epsilon_per_rotation,
            "models": models,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FaultTolerantCost:
        """Rebuild from :meth:`to_dict`; the circuit is not stored.

        Raises:
            ProblemError: when the data has another schema or version.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(f"not a {SCHEMA}: schema {data.get('schema')!r} version {data.get('version')!r}")
        fields = {name: data[name] for name in cls.__slots__ if name not in _NOT_STORED}
        return cls(**{**fields, "counts": LogicalCounts.from_dict(data["counts"])})

    def __str__(self) -> str:
        counts = self.counts
        error = self.verification if self.verified_error is None else f"{self.verified_error:.2e} ({self.verification})"
        explicit = f"{counts.t:,} T" + (f", {counts.toffoli:,} Toffoli" if counts.toffoli else "")
        layers = "" if self.t_depth is None else f" in {self.t_depth:,} layers"
        lines = [
            f"fault-tolerant cost{'' if self.power is None else f' of A Q^k, k = {self.power:,}'}: {self.t:,} T gates",
            f"  deterministic  {self.t:,} T{layers} (gridsynth)",
            f"  randomised     {self.t_randomised:,} T (model: mixed fallback synthesis)",
            f"  before         {explicit}, {counts.rotations:,} rotations ({self.distinct_angles:,} distinct angles)",
            f"  qubits         {counts.num_qubits:,}, of which {self.work_qubits:,} work qubits were added",
            f"  budget         {self.synthesis_error:g}, {self.epsilon_per_rotation:.2g} per rotation; "
            f"errors add up to {self.error_bound:.2e}",
            f"  verified       {error}",
        ]
        if self.strategy:
            lines.append(f"  wide gates     {self.controlled_gates}: {self.strategy}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
