"""The frozen result of a Hamiltonian simulation: the evolved state, the circuit, and what the other ways would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.records import check_header, from_pairs, kept, to_pairs
from qalgo.qsvt.simulation_options import SimulationOption

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["HamiltonianSimulation"]

SCHEMA, SCHEMA_VERSION = "qalgo.hamiltonian_simulation", 1
_SOURCES = {
    "product-formula": (
        "Suzuki, J. Math. Phys. 32, 400 (1991); Blanes, Moan, J. Comput. Appl. Math. 142, 313 (2002)",
        "Childs, Su, Tran, Wiebe, Zhu, arXiv:1912.08854, theorem 3 (commutator bounds)",
    ),
    "gqsp": ("Motlagh, Wiebe, arXiv:2308.01501", "Low, Chuang, arXiv:1610.06546 (qubitisation)"),
    "qsvt": ("Martyn, Rossi, Tan, Chuang, arXiv:2105.02859, section VI", "Gilyen et al., arXiv:1806.01838, theorem 58"),
}


@dataclass(frozen=True, slots=True, eq=False)
class HamiltonianSimulation:
    """The evolution e^{-iHt} of a state by the cheapest circuit, or by the one that was asked for."""

    time: float
    epsilon: float
    """Bound asked for, on the spectral norm of the error of the evolution."""
    chosen: SimulationOption
    options: tuple[SimulationOption, ...]
    """All options considered, cheapest first."""
    unavailable: tuple[str, ...]
    """Methods that were considered and do not apply, with the reason."""
    reason: str
    num_system: int
    state: npt.NDArray[np.complex128] | None  # shape (2^n,), norm 1
    """The evolved state, read from a simulated state vector (emulated: no device can read it); None with
    ``readout="none"``."""
    success_probability: float | None
    """Weight with all ancillas in |0>, from the same state vector; None with ``readout="none"``."""
    versions: tuple[tuple[str, str], ...] = ()
    built: QuantumCircuit | None = None
    """:attr:`circuit`; None in a result read back from a record."""

    def __post_init__(self) -> None:
        if self.state is not None:
            self.state.setflags(write=False)

    @property
    def circuit(self) -> QuantumCircuit:
        """Preparation of the state, then the evolution; register ``system`` first; project all others on |0>.

        Raises:
            ProblemError: the result was read back from a record.
        """
        return kept(self.built, "simulate_hamiltonian")

    @property
    def method(self) -> str:
        """The method of the circuit."""
        return self.chosen.method

    @property
    def error(self) -> float:
        """Bound on the spectral norm of the error of the evolution."""
        return self.chosen.error

    @property
    def queries(self) -> int:
        """Uses of the block encoding of H; 0 for product formulas."""
        return self.chosen.queries

    @property
    def emulated(self) -> bool:
        """Whether ``state`` was read from a state vector."""
        return self.state is not None

    @property
    def references(self) -> tuple[str, ...]:
        """Papers of the method."""
        return _SOURCES[self.method]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; the circuit is left out."""
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "time": self.time,
            "epsilon": self.epsilon,
            "chosen": self.chosen.to_dict(),
            "options": [option.to_dict() for option in self.options],
            "unavailable": list(self.unavailable),
            "reason": self.reason,
            "num_system": self.num_system,
            "state": to_pairs(self.state),
            "emulated": self.emulated,
            "success_probability": self.success_probability,
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> HamiltonianSimulation:
        """Rebuild from :meth:`to_dict`, without circuits.

        Raises:
            ProblemError: another schema or version.
        """
        check_header(data, SCHEMA, SCHEMA_VERSION)
        options = tuple(SimulationOption.from_dict(one) for one in data["options"])
        same = [option for option in options if option.to_dict() == data["chosen"]]
        success = data["success_probability"]
        return cls(
            time=float(data["time"]),
            epsilon=float(data["epsilon"]),
            chosen=same[0] if same else SimulationOption.from_dict(data["chosen"]),
            options=options,
            unavailable=tuple(str(sentence) for sentence in data["unavailable"]),
            reason=str(data["reason"]),
            num_system=int(data["num_system"]),
            state=from_pairs(data["state"]),
            success_probability=None if success is None else float(success),
            versions=tuple((str(k), str(v)) for k, v in data["versions"].items()),
        )

    def __str__(self) -> str:
        lines = [
            f"exp(-iHt) for t = {self.time:g} on {self.num_system} qubits by {self.method}: {self.chosen.detail}",
            f"  error        at most {self.error:.3g} ({self.chosen.error_source}); asked for {self.epsilon:.3g}",
            f"  cost         {self.chosen.cx:,} CX predicted, {self.queries:,} uses of the encoding, "
            f"{self.chosen.qubits} qubits",
            f"  chosen       {self.reason}",
        ]
        if self.success_probability is not None:
            lines.append(f"  success      {self.success_probability:.8f} (state vector: emulated read-out)")
        others = [option for option in self.options if option is not self.chosen]
        lines += [f"  instead      {option.cx:,} CX: {option.method}, {option.detail}" for option in others[:3]]
        lines += [f"  not          {sentence}" for sentence in self.unavailable]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
