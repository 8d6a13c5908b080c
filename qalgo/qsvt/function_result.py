"""The frozen result of apply_function."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.records import BuiltCircuits, EncodingRecord, check_header, from_pairs, kept, to_pairs
from qalgo.results import Interval

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["FunctionOfMatrix"]

SCHEMA, SCHEMA_VERSION = "qalgo.function_of_matrix", 1
_PLAIN = (
    *("kind", "function", "norm", "success_probability", "error", "error_proven", "epsilon", "scale"),
    *("queries", "controlled_queries", "readout", "emulated", "shots", "seed", "device", "qubits"),
)


@dataclass(frozen=True, slots=True, eq=False)
class FunctionOfMatrix:
    """f(A) applied to a state by QSVT, with error, cost and how it was read."""

    kind: str
    """"function of a Hermitian matrix", or "singular value transformation" of any other matrix."""
    function: str
    vector: npt.NDArray[np.complex128] | None  # shape (rows of A,), read-only
    """f(A) times the state as given (not normalised); None with readout="shots"."""
    probabilities: npt.NDArray[np.float64]  # shape (rows of A,), read-only
    """Of the basis states after a successful run: exact, or relative frequencies with readout="shots"."""
    norm: float
    """Norm of f(A) times the state; estimated with readout="shots"."""
    success_probability: float
    """That all projected qubits are seen in 0: (norm / (scale * norm of the state))^2; a frequency with shots."""
    success_interval: Interval | None
    """Clopper-Pearson interval of the success probability; None for the exact read-out."""
    error: float
    """Bound on the norm of vector - f(A) state, for the exact read-out."""
    error_proven: bool
    """False where the polynomial's error was measured on a grid (a callable)."""
    epsilon: float
    scale: float
    """The circuit applies f(A) / scale."""
    polynomials: tuple[Polynomial, ...]
    """In x / alpha, of definite parity."""
    weights: tuple[complex, ...]
    """f(x) is the sum of weight * P(x / alpha)."""
    queries: int
    """Uses of the block encoding or its inverse, per run."""
    controlled_queries: int
    """How many of them are controlled."""
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
        for array in (self.vector, self.probabilities):
            if array is not None:
                array.setflags(write=False)

    @property
    def encoding(self) -> BlockEncoding:
        """Of A.

        Raises:
            ProblemError: the result was read back from a record.
        """
        return kept(self.built, "apply_function").encoding

    @property
    def circuit(self) -> QuantumCircuit:
        """One run, without measurements: registers of ``circuits.qsvt`` or ``qsvt_pair``.

        Raises:
            ProblemError: the result was read back from a record.
        """
        return kept(self.built, "apply_function").circuit

    @property
    def degree(self) -> int:
        """Largest degree among the polynomials; equal to ``queries``."""
        return max(polynomial.degree for polynomial in self.polynomials)

    @property
    def state(self) -> npt.NDArray[np.complex128]:
        """The vector, normalised.

        Raises:
            ProblemError: read by shots, or f(A) times the state is zero.
        """
        if self.vector is None or not self.norm > 0.0:
            raise ProblemError("no state: read by shots, or zero; use readout='statevector' and another f")
        return np.asarray(self.vector / self.norm, dtype=np.complex128)

    @property
    def state_error(self) -> float:
        """Bound on the distance of ``state`` to the exact normalised one: 2 error / norm; at most 2."""
        return min(2.0, 2.0 * self.error / self.norm) if self.norm > 0.0 else 2.0

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary; circuit and encoding as their sizes."""
        interval = self.success_interval
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            **{name: getattr(self, name) for name in _PLAIN},
            "vector": to_pairs(self.vector),
            "probabilities": self.probabilities.tolist(),
            "success_interval": None if interval is None else interval.to_dict(),
            "polynomials": [polynomial.to_dict() for polynomial in self.polynomials],
            "weights": [[complex(weight).real, complex(weight).imag] for weight in self.weights],
            "encoding": self.encoding_record.to_dict(),
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FunctionOfMatrix:
        """Rebuild from :meth:`to_dict`, without encoding and circuit.

        Raises:
            ProblemError: another schema or version.
        """
        check_header(data, SCHEMA, SCHEMA_VERSION)
        interval = data["success_interval"]
        return cls(
            **{name: data[name] for name in _PLAIN},
            vector=from_pairs(data["vector"]),
            probabilities=np.array(data["probabilities"], dtype=np.float64),
            success_interval=None if interval is None else Interval.from_dict(interval),
            polynomials=tuple(Polynomial.from_dict(one) for one in data["polynomials"]),
            weights=tuple(complex(*pair) for pair in data["weights"]),
            encoding_record=EncodingRecord.from_dict(data["encoding"]),
            versions=tuple((str(k), str(v)) for k, v in data["versions"].items()),
        )

    def __str__(self) -> str:
        success = f"{self.success_probability:.6g}"
        if self.success_interval is not None:
            success += f" {self.success_interval}"
        how = "emulated: read from the state vector" if self.emulated else f"{self.shots:,} shots, seed {self.seed}"
        measure = "proven" if self.error_proven else "polynomial's part measured"
        return "\n".join(
            [
                f"{self.kind}: {self.function}",
                f"  read-out     {how} ({self.device})",
                f"  norm         {self.norm:.8g} of f(A) times the state",
                f"  error        {self.error:.3g} ({measure}); asked for {self.epsilon:.3g}",
                f"  success      {success} per run, scale {self.scale:.6g}",
                f"  queries      {self.queries:,} per run, {self.controlled_queries} controlled",
                f"  encoding     {self.encoding_record.method}, alpha {self.encoding_record.alpha:.6g}",
                f"  qubits       {self.qubits}",
            ]
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
