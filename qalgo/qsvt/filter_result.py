"""The frozen result of filter_eigenvalues."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.records import BuiltCircuits, EncodingRecord, check_header, from_pairs, kept, to_pairs
from qalgo.results import Interval

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["FilteredState"]

SCHEMA, SCHEMA_VERSION = "qalgo.filtered_state", 1
_PLAIN = (
    *("threshold", "gap", "side", "exists", "statement", "success_probability", "weight", "weight_low"),
    *("weight_high", "overlap", "confidence", "error", "epsilon", "scale", "queries", "controlled_queries"),
    *("readout", "emulated", "shots", "seed", "device", "qubits"),
)


@dataclass(frozen=True, slots=True, eq=False)
class FilteredState:
    """A state projected on the eigenvalues below (or above) a threshold, and whether there are any."""

    threshold: float
    gap: float
    """No promise for eigenvalues within gap / 2 of the threshold."""
    side: str
    """"below" or "above"."""
    exists: bool | None
    """Whether there is an eigenvalue on that side; None: undecided. What exactly is claimed: ``statement``."""
    statement: str
    state: npt.NDArray[np.complex128] | None  # shape (rows of H,), read-only
    """The projected state, normalised; None with readout="shots", or where nothing is left."""
    probabilities: npt.NDArray[np.float64]  # shape (rows of H,), read-only
    """Of the basis states after a successful run: exact, or relative frequencies with readout="shots"."""
    success_probability: float
    """Of one run; a frequency with readout="shots"."""
    success_interval: Interval | None
    """Clopper-Pearson interval; None for the exact read-out."""
    weight: float
    """Squared norm of the projection of the state, as estimated: success probability times scale^2."""
    weight_low: float
    weight_high: float
    """Bounds on it: ``error``, and with shots the interval too, hold it within [weight_low, weight_high]."""
    overlap: float
    """An eigenspace counts for ``exists`` from this weight of the state on."""
    confidence: float
    error: float
    """Bound on the norm of (filter - projector) on the state, if no eigenvalue lies within gap / 2 of the threshold."""
    epsilon: float
    scale: float
    queries: int
    """Uses of the block encoding or its inverse, per run."""
    controlled_queries: int
    encoding_record: EncodingRecord
    qubits: int
    """Width of the circuit."""
    readout: str
    emulated: bool
    """True: read from a state vector, which no device hands out."""
    shots: int
    seed: int | None
    device: str
    versions: tuple[tuple[str, str], ...]
    built: BuiltCircuits | None = None
    """:attr:`encoding` and :attr:`circuit`; None in a result read back from a record."""

    def __post_init__(self) -> None:
        for array in (self.state, self.probabilities):
            if array is not None:
                array.setflags(write=False)

    @property
    def encoding(self) -> BlockEncoding:
        """Of H - threshold for a matrix; of H where an encoding was given.

        Raises:
            ProblemError: the result was read back from a record.
        """
        return kept(self.built, "filter_eigenvalues").encoding

    @property
    def circuit(self) -> QuantumCircuit:
        """One run, without measurements.

        Raises:
            ProblemError: the result was read back from a record.
        """
        return kept(self.built, "filter_eigenvalues").circuit

    @property
    def degree(self) -> int:
        """Degree of the filter polynomial; equal to ``queries``."""
        return self.queries

    @property
    def state_error(self) -> float:
        """Bound on the distance of ``state`` to the normalised projection: 2 error / sqrt(weight); at most 2."""
        return min(2.0, 2.0 * self.error / float(np.sqrt(self.weight))) if self.weight > 0.0 else 2.0

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary; circuit and encoding as their sizes."""
        interval = self.success_interval
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            **{name: getattr(self, name) for name in _PLAIN},
            "state": to_pairs(self.state),
            "probabilities": self.probabilities.tolist(),
            "success_interval": None if interval is None else interval.to_dict(),
            "encoding": self.encoding_record.to_dict(),
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FilteredState:
        """Rebuild from :meth:`to_dict`, without encoding and circuit.

        Raises:
            ProblemError: another schema or version.
        """
        check_header(data, SCHEMA, SCHEMA_VERSION)
        interval = data["success_interval"]
        return cls(
            **{name: data[name] for name in _PLAIN},
            state=from_pairs(data["state"]),
            probabilities=np.array(data["probabilities"], dtype=np.float64),
            success_interval=None if interval is None else Interval.from_dict(interval),
            encoding_record=EncodingRecord.from_dict(data["encoding"]),
            versions=tuple((str(k), str(v)) for k, v in data["versions"].items()),
        )

    def __str__(self) -> str:
        success = f"{self.success_probability:.6g}"
        if self.success_interval is not None:
            success += f" {self.success_interval}"
        how = "emulated: read from the state vector" if self.emulated else f"{self.shots:,} shots, seed {self.seed}"
        return "\n".join(
            [
                f"eigenvalues {self.side} {self.threshold:.6g} (gap {self.gap:.4g}): {self.statement}",
                f"  read-out     {how} ({self.device})",
                f"  weight       {self.weight:.6g} in [{self.weight_low:.6g}, {self.weight_high:.6g}]",
                f"  success      {success} per run, scale {self.scale:.6g}",
                f"  error        {self.error:.3g}; asked for {self.epsilon:.3g}",
                f"  queries      {self.queries:,} per run, {self.controlled_queries} controlled",
                f"  encoding     {self.encoding_record.method}, alpha {self.encoding_record.alpha:.6g}",
                f"  qubits       {self.qubits}",
            ]
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
