"""Costs of a quantum linear-system solver as values: one run, its parts, the read-out, the ladder of accuracies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from qalgo.errors import ProblemError
from qalgo.qsvt.query_points import QueryPoint

__all__ = ["CostPart", "LadderRow", "QuantumCost", "ReadOut", "read_out_of"]


@dataclass(frozen=True, slots=True)
class CostPart:
    """One part of a circuit."""

    name: str
    cx: float


@dataclass(frozen=True, slots=True)
class QuantumCost:
    """One run of the quantum solver at one accuracy, with what it takes until an outcome is usable."""

    route: str
    access: str
    """What is encoded; bounds for other access say nothing about it."""
    execution: Literal["executed", "emulated"]
    """Whether the state came from the circuit, run on a simulator or device."""
    encoding: str
    """Method of the block encoding."""
    alpha: float
    kappa: float
    """alpha / smallest singular value of what is inverted; for I - A / scale that of A."""
    degree: int
    """Uses of the encoding in one run."""
    success_probability: float
    planned_queries: float
    """Uses per usable outcome with the planned rounds of amplification, repetitions included."""
    error: float
    """State error of the outcome."""
    qubits: int
    cx: int
    """CX of one run, the preparation of b included."""
    t: float
    """T gates of one run: explicit ones, four per Toffoli, and the mean of gridsynth per rotation (a model)."""
    rotations: int
    synthesis_error: float
    """Budget of all rotations of one run behind ``t``, operator norm."""
    optimization_level: int
    """Of the transpiler that counted ``cx``, basis cx, rz, sx, x."""
    parts: tuple[CostPart, ...]
    preparation_operations: float
    """Classical operations hidden in building the encoding."""
    preparation: str
    solves_problem: bool
    """Whether that work already contains the answer."""

    def __post_init__(self) -> None:
        if not 0.0 < self.success_probability <= 1.0 + 1e-9:
            raise ProblemError(f"success_probability is {self.success_probability!r}; allowed: in (0, 1]")

    @property
    def queries(self) -> float:
        """Degree / sqrt(p): uses of the encoding per usable outcome, amplitude amplification at leading order."""
        return self.degree / math.sqrt(self.success_probability)

    @property
    def repeated_queries(self) -> float:
        """Degree / p: the same when failed runs are repeated."""
        return self.degree / self.success_probability

    @property
    def amplified_cx(self) -> float:
        """CX / sqrt(p): gates per usable outcome with amplitude amplification at leading order."""
        return self.cx / math.sqrt(self.success_probability)

    @property
    def repeated_cx(self) -> float:
        """CX / p."""
        return self.cx / self.success_probability

    @property
    def amplified_t(self) -> float:
        """T / sqrt(p)."""
        return self.t / math.sqrt(self.success_probability)

    def point(self, epsilon: float) -> QueryPoint:
        """Return the point of this run in a figure."""
        return QueryPoint(
            kappa=self.kappa,
            epsilon=epsilon,
            error=self.error,
            degree=self.degree,
            success_probability=min(1.0, self.success_probability),
            executed=self.execution == "executed",
            route=self.route,
            access=self.access,
        )


@dataclass(frozen=True, slots=True)
class ReadOut:
    """What all of x costs beyond one copy of |x>: orders of magnitude, without constants and logarithms."""

    copies: float
    """N / epsilon^2, by measuring copies."""
    uses: float
    """N / epsilon, uses of the preparation unitary and its inverse."""
    source: str


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One accuracy: the emulated quantum cost and the classical ones."""

    epsilon: float
    quantum: QueryPoint
    products: int | None
    """Matrix-vector products of the iterative method; None: it did not reach the accuracy."""
    operations: float | None
    """Operations of the cheapest classical method that reached it."""
    cheapest: str


def read_out_of(size: int, epsilon: float) -> ReadOut:
    """Return the orders of magnitude of reading all N entries to 2-norm error ``epsilon``."""
    return ReadOut(
        copies=size / epsilon**2,
        uses=size / epsilon,
        source="arXiv:2207.08800 (tomography of pure states: from copies, and with the preparation unitary)",
    )
