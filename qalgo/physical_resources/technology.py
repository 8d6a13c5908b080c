"""Physical qubits as the models see them: two clock times, one code cycle, one error rate. Named, frozen, sourced."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from qalgo.errors import ProblemError

__all__ = ["ION_TRAP", "NEUTRAL_ATOM", "SUPERCONDUCTING", "TECHNOLOGIES", "Technology", "technology_named"]


@dataclass(frozen=True, slots=True)
class Technology:
    """Times and error rate of one kind of physical qubit. These are assumptions of papers, not measured devices."""

    name: str
    gate_seconds: float
    """One- and two-qubit gates."""
    measurement_seconds: float
    cycle_seconds: float
    """One surface-code cycle in the models that assume a number instead of adding up gates."""
    physical_error: float
    """Error rate of every gate and measurement, unless another one is given."""
    source: str

    def __post_init__(self) -> None:
        for name in ("gate_seconds", "measurement_seconds", "cycle_seconds", "physical_error"):
            value = getattr(self, name)
            if isinstance(value, bool) or not (isinstance(value, (int, float)) and math.isfinite(value) and value > 0):
                raise ProblemError(f"technology {self.name!r}: {name} is {value!r}; allowed: a positive number")
        if self.physical_error >= 1:
            raise ProblemError(
                f"technology {self.name!r}: physical_error is {self.physical_error!r}; allowed: above 0, below 1"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Technology:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{name: data[name] for name in cls.__slots__})


SUPERCONDUCTING = Technology(
    name="superconducting",
    gate_seconds=50e-9,
    measurement_seconds=100e-9,
    cycle_seconds=1e-6,
    physical_error=1e-3,
    source="gates, measurement and error: 2211.07629 (nanosecond regime, 1e-3); 1 us cycle: 1812.01238, 1905.06903",
)
ION_TRAP = Technology(
    name="ion-trap",
    gate_seconds=100e-6,
    measurement_seconds=100e-6,
    cycle_seconds=600e-6,
    physical_error=1e-3,
    source="2211.07629 (microsecond regime, 1e-3; its better T gates are not used); cycle: 4 gates + 2 measurements",
)
NEUTRAL_ATOM = Technology(
    name="neutral-atom",
    gate_seconds=1e-6,
    measurement_seconds=500e-6,
    cycle_seconds=1e-3,
    physical_error=1e-3,
    source="1 ms cycle: 2505.15907 (lattice surgery here, not its faster transversal gates); its split into gates and "
    "read-out and the error rate are assumed",
)
TECHNOLOGIES: Mapping[str, Technology] = MappingProxyType(
    {item.name: item for item in (SUPERCONDUCTING, ION_TRAP, NEUTRAL_ATOM)}
)


def technology_named(technology: Technology | str | None) -> Technology:
    """Return a technology by name; None gives ``SUPERCONDUCTING``.

    Raises:
        ProblemError: no technology has this name.
    """
    if technology is None:
        return SUPERCONDUCTING
    if isinstance(technology, Technology):
        return technology
    if technology not in TECHNOLOGIES:
        raise ProblemError(f"technology is {technology!r}; allowed: {', '.join(TECHNOLOGIES)} or a Technology")
    return TECHNOLOGIES[technology]
