"""What an error-corrected machine has to do for a circuit, before any rotation is written in Clifford + T."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from qalgo.errors import ProblemError

__all__ = ["HasLogicalCounts", "LogicalCounts"]


@dataclass(frozen=True, slots=True)
class LogicalCounts:
    """Logical operations of one circuit; Clifford gates are free in every model that takes these counts."""

    num_qubits: int
    """Logical qubits, work qubits included."""
    t: int
    """Explicit T gates and their inverses (rotations by odd multiples of pi/4 are among them)."""
    toffoli: int
    """CCX, CCZ and measured ANDs: one CCZ state, or four T states, each."""
    rotations: int
    """Single-qubit rotations by angles that are no multiple of pi/4."""
    rotation_depth: int
    """Layers that hold at least one such rotation, at most ``rotations``."""
    measurements: int
    """Measurements, those of measured ANDs included."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ProblemError(f"{name} is {value!r}; allowed: an integer, at least 0")
        if self.rotation_depth > self.rotations:
            raise ProblemError(f"rotation_depth is {self.rotation_depth}; allowed: at most rotations, {self.rotations}")

    def to_dict(self) -> dict[str, int]:
        """Return the counts as a JSON-safe dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LogicalCounts:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{name: int(data[name]) for name in cls.__slots__})


class HasLogicalCounts(Protocol):
    """Anything that holds logical counts, such as a fault-tolerant cost."""

    @property
    def counts(self) -> LogicalCounts:
        """The counts before synthesis of the rotations."""
        ...
