"""1812.01238: one factory of catalysed CCZ and T states feeds data with half as much room for routing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qalgo.physical_resources.demand import Demand
from qalgo.physical_resources.results import ModelCost
from qalgo.physical_resources.surface_code import THRESHOLD, patch_error, patch_qubits, smallest_distance

__all__ = ["NAME", "PREFACTOR", "SOURCE", "CczFactory", "estimate", "routed_patches"]

NAME = "gidney-fowler-2019"
SOURCE = "1812.01238, sections 2 and 3; grid search as in 2011.03494"
PREFACTOR = 0.1
CYCLES_PER_CCZ = 5.5
"""In units of the factory's distance; 8.5 one after the other, overlapped."""
FIRST_DISTANCES = range(5, 41, 2)
MAX_SECOND_DISTANCE = 61
NO_MAGIC = "the model counts magic states only, and this algorithm uses none"


@dataclass(frozen=True, slots=True)
class CczFactory:
    """Six 15-to-1 factories at one distance feed an 8T-to-CCZ factory at a larger one."""

    first: int
    """Distance of level 1."""
    second: int
    """Distance of level 2."""

    @property
    def qubits(self) -> int:
        """Physical qubits: 6 x 32 + 32 patches."""
        return 6 * 32 * patch_qubits(self.first) + 32 * patch_qubits(self.second)

    @property
    def distance(self) -> int:
        """Distance that sets the pace: level 2, unless level 1 cannot keep up."""
        return max(2 * self.first + 1, self.second)

    def error(self, physical_error: float) -> float:
        """Error of a CCZ state, or of the two T states made from it.

        Injection plus about 100 unit cells of half the distance; 15-to-1 leaves 35 e^3, with about 1100 unit cells at
        level 1; 8T-to-CCZ leaves 28 e^2, with about 1000 at level 2.
        """
        injected = physical_error + 100 * patch_error(physical_error, self.first // 2, PREFACTOR)
        level_1 = 35 * injected**3 + 1100 * patch_error(physical_error, self.first, PREFACTOR)
        return 28 * level_1**2 + 1000 * patch_error(physical_error, self.second, PREFACTOR)

    def cycles(self, demand: Demand) -> int:
        """Code cycles in which one factory makes all states; each catalysis takes a logical cycle more."""
        catalyses = -(-demand.t_gates // 2)
        return math.ceil((CYCLES_PER_CCZ * demand.ccz_states + catalyses) * self.distance)

    def __str__(self) -> str:
        return f"CCZ (or two T) at distances {self.first} and {self.second}, {self.qubits:,} qubits"


def routed_patches(num_qubits: int) -> int:
    """Return the patches of the data with 50 % more for routing."""
    return -(-3 * num_qubits // 2)


def estimate(demand: Demand) -> ModelCost:
    """Return the cost at the distances (two of the factory, one of the data) of least qubits x time."""
    if not demand.ccz_states:
        return ModelCost(NAME, SOURCE, reason=NO_MAGIC)
    best: tuple[float, CczFactory, int] | None = None
    for first in FIRST_DISTANCES:
        for second in range(first + 2, MAX_SECOND_DISTANCE + 1, 2):
            factory = CczFactory(first, second)
            distance = _data_distance(demand, factory)
            if distance is None:
                continue
            volume = float(_qubits(demand, factory, distance) * factory.cycles(demand))
            if best is None or volume < best[0]:
                best = volume, factory, distance
    if best is None:
        reason = _obstacle(demand)
        return ModelCost(NAME, SOURCE, reason=reason)
    return _cost(demand, best[1], best[2])


def _obstacle(demand: Demand) -> str:
    p = demand.physical_error
    best = CczFactory(FIRST_DISTANCES[-1], MAX_SECOND_DISTANCE).error(p)
    if best >= 1:
        return f"no distances suffice at physical error {p:g} (threshold {THRESHOLD:g})"
    return (
        f"its two rounds reach an error of {best:.2g} per CCZ state, {demand.ccz_states * best:.2g} over "
        f"{demand.ccz_states:,}, and need room for the data; allowed: {demand.execution_budget:.2g}"
    )


def _data_distance(demand: Demand, factory: CczFactory) -> int | None:
    """Return the smallest distance of the data that keeps within what the factory leaves of the budget."""
    left = demand.execution_budget - demand.ccz_states * factory.error(demand.physical_error)
    if left <= 0:
        return None
    volume = routed_patches(demand.counts.num_qubits) * factory.cycles(demand)
    return smallest_distance(left / volume, demand.physical_error, PREFACTOR, start=7)


def _qubits(demand: Demand, factory: CczFactory, distance: int) -> int:
    return routed_patches(demand.counts.num_qubits) * patch_qubits(distance) + factory.qubits


def _cost(demand: Demand, factory: CczFactory, distance: int) -> ModelCost:
    cycles, patches = factory.cycles(demand), routed_patches(demand.counts.num_qubits)
    data_error = patches * cycles * patch_error(demand.physical_error, distance, PREFACTOR)
    return ModelCost(
        NAME,
        SOURCE,
        qubits=_qubits(demand, factory, distance),
        seconds=cycles * demand.technology.cycle_seconds,
        code_distance=distance,
        factories=1,
        factory=str(factory),
        factory_qubits=factory.qubits,
        t_states=demand.t_states,
        error=data_error + demand.ccz_states * factory.error(demand.physical_error) + demand.budget.rotations,
        assumptions=(
            f"code cycle {demand.technology.cycle_seconds:.3g} s",
            "one factory sets the pace; distances of least qubits x time",
            *demand.synthesis_assumption(),
        ),
    )
