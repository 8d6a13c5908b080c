"""One measured or emulated cost of a quantum linear-system solver, in uses of the encoding."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qalgo.errors import ProblemError
from qalgo.qsvt.bounds import BLOCK_ACCESS

__all__ = ["QueryPoint"]


@dataclass(frozen=True, slots=True)
class QueryPoint:
    """Degree and success probability of one route at one accuracy: neither is a cost without the other."""

    kappa: float
    """Of the encoding, alpha / smallest singular value."""
    epsilon: float
    """State error that was asked for."""
    error: float
    """State error that was reached."""
    degree: int
    success_probability: float
    executed: bool
    """Whether a circuit was run; otherwise the polynomial was applied to the exact singular values (emulated)."""
    route: str = "block encoding of A"
    access: str = BLOCK_ACCESS
    """What is encoded; see :mod:`qalgo.qsvt.bounds`."""

    def __post_init__(self) -> None:
        if not (self.degree >= 0 and 0.0 < self.success_probability <= 1.0 + 1e-9):
            raise ProblemError(
                f"degree {self.degree!r}, success probability {self.success_probability!r}; allowed: a degree of at "
                "least 0 and a probability in (0, 1]"
            )

    @property
    def queries(self) -> float:
        """Degree / sqrt(p): uses of the encoding per usable outcome with amplitude amplification, leading order."""
        return self.degree / math.sqrt(self.success_probability)

    @property
    def repeated_queries(self) -> float:
        """Degree / p: uses per usable outcome when failed runs are simply repeated."""
        return self.degree / self.success_probability
