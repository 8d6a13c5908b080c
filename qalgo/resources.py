"""What a run costs: queries to the state preparation, Grover iterates, shots, circuits, submissions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["QueryCount"]


@dataclass(frozen=True, slots=True)
class QueryCount:
    r"""Queries, summed over all shots.

    One shot of :math:`Q^k A` is ``2k+1`` uses of A (or its inverse) and ``k`` uses of Q; ``k = 0`` counts too.
    One shot of phase estimation with m evaluation qubits is ``2^(m+1) - 1`` uses of A and ``2^m - 1`` controlled Q.
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
