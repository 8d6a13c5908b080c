"""How often to amplify a success probability, and what it costs in queries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qalgo.errors import ProblemError

__all__ = ["AmplificationPlan", "plan_amplification"]

_ALMOST_CERTAIN = 1.0 - 1e-12


@dataclass(frozen=True, slots=True)
class AmplificationPlan:
    r"""Rounds k of amplitude amplification: success :math:`\sin^2((2k+1)\theta)`, :math:`\sin^2\theta = p`."""

    probability: float
    """p: success of one run without amplification."""
    rounds: int
    """k: uses of the Grover operator."""
    success: float
    """Success of one amplified run."""
    queries: int
    """Uses of the block encoding in one amplified run: (2k + 1) degree."""
    preparations: int
    """Preparations of |b> (or their inverse) in one amplified run: 2k + 1."""
    exact: bool
    r"""Whether one more qubit, turned by :attr:`dilution_angle`, makes the success 1 (quant-ph/0005055, theorem 4)."""
    dilution_angle: float = 0.0
    r"""Angle of RY on one more qubit, which must end in |0>, too: lowers p to :math:`\sin^2(\pi/(4k+2))`."""

    @property
    def expected_queries(self) -> float:
        """Uses of the block encoding per accepted solution, repetitions included."""
        return self.queries / self.success

    @property
    def expected_queries_unamplified(self) -> float:
        """The same with repetition alone: degree / p."""
        return self.queries / (2 * self.rounds + 1) / self.probability

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AmplificationPlan:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})

    def __str__(self) -> str:
        how = "exact, one more qubit" if self.exact else "fixed"
        return (
            f"{self.rounds:,} rounds ({how}): success {self.probability:.4g} -> {self.success:.4g}, "
            f"{self.queries:,} queries and {self.preparations:,} preparations of |b> per run"
        )


def plan_amplification(probability: float, degree: int, *, exact: bool = False) -> AmplificationPlan:
    r"""Return the plan with the fewest expected queries; with ``exact`` the least k that reaches success 1.

    With success p after one run, k rounds give :math:`\sin^2((2k+1)\theta)` (quant-ph/0005055, section 2) at 2k + 1
    uses of the circuit. The fixed plan minimises (2k + 1) / success over k, the repetitions until the first success
    included; it stops at about 0.74 of the rounds to the top. Both need p, which is known here; a p that is known only
    from below calls for a fixed-point sequence instead.

    Args:
        probability: p, in (0, 1].
        degree: uses of the block encoding in one run.
        exact: success 1.

    Raises:
        ProblemError: p outside (0, 1].
    """
    if not 0.0 < probability <= 1.0 + 1e-9:
        raise ProblemError(f"success probability is {probability!r}; allowed: above 0, at most 1")
    theta = math.asin(math.sqrt(min(1.0, probability)))
    if exact:
        rounds = 0 if probability >= _ALMOST_CERTAIN else math.ceil(math.pi / (4.0 * theta) - 0.5)
        wanted = math.sin(math.pi / (4 * rounds + 2))
        angle = 2.0 * math.acos(min(1.0, wanted / math.sin(theta)))
        uses = 2 * rounds + 1
        return AmplificationPlan(probability, rounds, 1.0, uses * degree, uses, True, angle)
    top = max(0, math.floor(math.pi / (4.0 * theta) - 0.5)) + 1
    middle = round(0.5 * (1.1656 / theta - 1.0))  # tan(u) = 2 u at u = 1.1656: the minimum of u / sin^2 u
    candidates = {0, *(k for k in range(middle - 2, middle + 3) if 0 <= k <= top)}
    rounds = min(candidates, key=lambda k: ((2 * k + 1) / math.sin((2 * k + 1) * theta) ** 2, k))
    uses = 2 * rounds + 1
    return AmplificationPlan(probability, rounds, math.sin(uses * theta) ** 2, uses * degree, uses, False)
