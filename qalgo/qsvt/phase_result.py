"""The frozen result of a phase estimation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qalgo.qsvt.records import check_header, kept
from qalgo.run_results import Run

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["PhaseEstimate"]

SCHEMA, SCHEMA_VERSION = "qalgo.phase_estimate", 1


@dataclass(frozen=True, slots=True, eq=False)
class PhaseEstimate:
    """A phase read bit by bit from executed circuits."""

    value: float
    """The phase read most often, in turns: the eigenvalue is e^(2 pi i value), value in [0, 1)."""
    half_width: float
    """(2/3) 2^-bits, in turns, modulo 1."""
    failure_probability: float
    """Bound on the probability that one shot reads a value further away than ``half_width``, for an eigenstate."""
    bits: int
    counts: tuple[tuple[int, int], ...]
    """Integers y (phase y / 2^bits) and how often each was read, most frequent first."""
    shots: int
    degree: int
    """Degree of the polynomial that decides a bit."""
    queries_per_shot: int
    """Controlled uses of U: degree times (2^bits - 1)."""
    run: Run
    built: QuantumCircuit | None = None
    """:attr:`circuit`; None in an estimate read back from a record."""

    @property
    def circuit(self) -> QuantumCircuit:
        """One shot, without measurements.

        Raises:
            ProblemError: the estimate was read back from a record.
        """
        return kept(self.built, "phase_estimation")

    @property
    def queries(self) -> int:
        """Controlled uses of U over all shots."""
        return self.queries_per_shot * self.shots

    @property
    def references(self) -> tuple[str, ...]:
        """Papers of the method."""
        return ("Martyn, Rossi, Tan, Chuang, arXiv:2105.02859, section V", "Rall, arXiv:2103.09717")

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; the circuit is left out."""
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "value": self.value,
            "half_width": self.half_width,
            "failure_probability": self.failure_probability,
            "bits": self.bits,
            "counts": [list(pair) for pair in self.counts],
            "shots": self.shots,
            "degree": self.degree,
            "queries_per_shot": self.queries_per_shot,
            "run": self.run.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PhaseEstimate:
        """Rebuild from :meth:`to_dict`, without the circuit.

        Raises:
            ProblemError: another schema or version.
        """
        check_header(data, SCHEMA, SCHEMA_VERSION)
        return cls(
            value=float(data["value"]),
            half_width=float(data["half_width"]),
            failure_probability=float(data["failure_probability"]),
            bits=int(data["bits"]),
            counts=tuple((int(value), int(count)) for value, count in data["counts"]),
            shots=int(data["shots"]),
            degree=int(data["degree"]),
            queries_per_shot=int(data["queries_per_shot"]),
            run=Run.from_dict(data["run"]),
        )

    def __str__(self) -> str:
        shown = ", ".join(f"{y / 2**self.bits:.6g}: {count}" for y, count in self.counts[:4])
        rest = "" if len(self.counts) <= 4 else f", and {len(self.counts) - 4} more"
        return "\n".join(
            [
                f"phase {self.value:.8g} +- {self.half_width:.2g} turns, modulo 1 (executed)",
                f"  read         {shown}{rest}",
                f"  failure      at most {self.failure_probability:.3g} per shot for an eigenstate",
                f"  queries      {self.queries_per_shot:,} controlled uses of U per shot, {self.shots:,} shots",
                f"  polynomial   degree {self.degree} for each of {self.bits} bits",
                f"  device       {self.run.device}, seed {self.run.seed}",
            ]
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
