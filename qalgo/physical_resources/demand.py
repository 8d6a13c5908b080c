"""What every model is asked for: logical operations, one failure probability and how it is divided, the qubits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qalgo.errors import ProblemError
from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources.technology import Technology

__all__ = ["Budget", "Demand", "t_per_rotation"]

SYNTHESIS_SLOPE, SYNTHESIS_OFFSET = 0.53, 4.86
"""T gates of a rotation at error e: 0.53 log2(1/e) + 4.86, mixing and fallback (2203.10064, in the form of 2211.07629).

The slope is printed there; the offset is read off the outputs of Microsoft's estimator (15, 16, 18, 19 T gates for
90, 648, 3120, 11,900 rotations at a third of 1e-3). The older offset, 5.3, gives one T gate more in some cases.
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """The failure probability, divided equally among the causes that occur (thirds in 2211.07629)."""

    logical: float
    """Logical errors of the data."""
    states: float
    """Faulty magic states; 0 when none is used."""
    rotations: float
    """Rotations replaced by Clifford + T; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Logical counts with the accuracy and the physical qubits that they are to be run with."""

    counts: LogicalCounts
    failure_probability: float
    physical_error: float
    technology: Technology

    def __post_init__(self) -> None:
        for name in ("failure_probability", "physical_error"):
            value = getattr(self, name)
            if isinstance(value, bool) or not (isinstance(value, (int, float)) and 0 < value < 1):
                raise ProblemError(f"{name} is {value!r}; allowed: a number above 0 and below 1")
        counts = self.counts
        if counts.num_qubits == 0:
            raise ProblemError("the logical counts have no qubits; allowed: num_qubits of at least 1")
        if not (self.t_states or counts.measurements):
            raise ProblemError(
                "the logical counts have no T, Toffoli, rotation or measurement: Clifford gates alone are free in "
                "every model, and need no quantum computer; give the counts of the whole algorithm"
            )

    @property
    def budget(self) -> Budget:
        """The failure probability in its parts."""
        counts = self.counts
        states = bool(counts.t or counts.toffoli or counts.rotations)
        share = self.failure_probability / (1 + states + bool(counts.rotations))
        return Budget(share, share if states else 0.0, share if counts.rotations else 0.0)

    @property
    def execution_budget(self) -> float:
        """What is left for logical errors and magic states together, for models that do not divide it further."""
        return self.failure_probability - self.budget.rotations

    @property
    def rotation_depth(self) -> int:
        """Layers with rotations: at least as many as the qubits force, one rotation per qubit and layer."""
        return max(self.counts.rotation_depth, -(-self.counts.rotations // self.counts.num_qubits))

    @property
    def t_per_rotation(self) -> int:
        """T gates for each rotation; 0 when there is none."""
        rotations = self.counts.rotations
        return t_per_rotation(rotations, self.budget.rotations) if rotations else 0

    @property
    def t_gates(self) -> int:
        """T gates after synthesis, Toffoli gates not included."""
        return self.counts.t + self.counts.rotations * self.t_per_rotation

    @property
    def t_states(self) -> int:
        """T states when each Toffoli gate takes four."""
        return self.t_gates + 4 * self.counts.toffoli

    @property
    def ccz_states(self) -> int:
        """CCZ states when each gives two T states by catalysis (1812.01238)."""
        return self.counts.toffoli + -(-self.t_gates // 2)

    def synthesis_assumption(self) -> tuple[str, ...]:
        """Return the sentence on rotations that belongs to the assumptions of a model, if there are any."""
        if not self.counts.rotations:
            return ()
        return (
            f"{self.t_per_rotation} T per rotation (mixed synthesis, {SYNTHESIS_SLOPE} log2(1/e) + {SYNTHESIS_OFFSET})",
        )


def t_per_rotation(rotations: int, error: float) -> int:
    """Return the T gates for each of so many rotations when their errors may add up to ``error``."""
    return max(1, math.ceil(SYNTHESIS_SLOPE * math.log2(rotations / error) + SYNTHESIS_OFFSET))
