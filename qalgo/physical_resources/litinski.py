"""The blocks of 1808.02892 fed by the distillation of 1905.06903: fast and wide, or compact and slow."""

from __future__ import annotations

from dataclasses import dataclass

from qalgo.physical_resources.beverland import logical_patches
from qalgo.physical_resources.demand import Demand
from qalgo.physical_resources.results import ModelCost
from qalgo.physical_resources.surface_code import patch_error, patch_qubits, smallest_distance

__all__ = ["COMPACT", "FAST", "PROTOCOLS", "SOURCE", "Protocol", "estimate_compact", "estimate_fast"]

FAST, COMPACT = "litinski-fast", "litinski-compact"
SOURCE = "1808.02892, figs. 10 to 13; 1905.06903, table 1"
PREFACTOR = 0.1
COMPACT_CYCLES = 9
"""Logical cycles per T gate of the compact block, whose qubits cannot all be reached at once."""
NO_MAGIC = "the model counts magic states only, and this algorithm uses none"


@dataclass(frozen=True, slots=True)
class Protocol:
    """One row of 1905.06903, table 1: a T factory for one physical error rate."""

    name: str
    error: float
    """Of a T state."""
    qubits: int
    cycles: float
    """Code cycles of one run."""
    outputs: int = 1
    """T states of one run."""

    def __str__(self) -> str:
        return f"{self.name}, {self.qubits:,} qubits, {self.cycles:g} code cycles"


PROTOCOLS: tuple[tuple[float, tuple[Protocol, ...]], ...] = (
    (
        1e-4,
        (
            Protocol("(15-to-1) 7,3,3", 4.4e-8, 810, 18.1),
            Protocol("(15-to-1) 9,3,3", 9.3e-10, 1_150, 18.1),
            Protocol("(15-to-1) 9,3,3, small footprint", 1.5e-9, 762, 36.2),
            Protocol("(15-to-1) 11,5,5", 1.9e-11, 2_070, 30.0),
            Protocol("4 x (15-to-1) 9,3,3, (20-to-4) 15,7,9", 2.4e-15, 16_400, 90.3, outputs=4),
            Protocol("4 x (15-to-1) 9,3,3, (15-to-1) 25,9,9", 6.3e-25, 18_600, 67.8),
        ),
    ),
    (
        1e-3,
        (
            Protocol("(15-to-1) 17,7,7", 4.5e-8, 4_620, 42.6),
            Protocol("6 x (15-to-1) 13,5,5, (20-to-4) 23,11,13", 1.4e-10, 43_300, 130, outputs=4),
            Protocol("4 x (15-to-1) 13,5,5, (20-to-4) 27,13,15", 2.6e-11, 46_800, 157, outputs=4),
            Protocol("6 x (15-to-1) 11,5,5, (15-to-1) 25,11,11", 2.7e-12, 30_700, 82.5),
            Protocol("6 x (15-to-1) 13,5,5, (15-to-1) 29,11,13", 3.3e-14, 39_100, 97.5),
            Protocol("6 x (15-to-1) 15,7,7, (15-to-1) 41,17,17", 4.5e-20, 73_400, 128),
        ),
    ),
)
"""Largest physical error rate -> protocols simulated at it; a lower rate takes the next larger one's rows."""


@dataclass(frozen=True, slots=True)
class _Layout:
    protocol: Protocol
    distance: int
    patches: int
    factories: int
    cycles: float
    """Code cycles of the whole run."""
    error: float

    @property
    def factory_qubits(self) -> int:
        return self.factories * self.protocol.qubits

    @property
    def qubits(self) -> int:
        return self.patches * patch_qubits(self.distance) + self.factory_qubits


def estimate_fast(demand: Demand) -> ModelCost:
    """Return the cost with the fast block: one T gate per logical cycle, enough factories for that."""
    patches = logical_patches(demand.counts.num_qubits)
    return _estimate(demand, FAST, patches, 1, ("fast block: one T gate per d code cycles, factories to match",))


def estimate_compact(demand: Demand) -> ModelCost:
    """Return the cost with the compact block, 1.5 Q + 3 patches, at up to nine logical cycles per T gate."""
    patches = -(-3 * demand.counts.num_qubits // 2) + 3
    stated = f"compact block: one T gate per {COMPACT_CYCLES} d code cycles, factories to match"
    return _estimate(demand, COMPACT, patches, COMPACT_CYCLES, (stated,))


def _estimate(demand: Demand, name: str, patches: int, pace: int, assumptions: tuple[str, ...]) -> ModelCost:
    if not demand.t_states:
        return ModelCost(name, SOURCE, reason=NO_MAGIC)
    protocols = next((rows for limit, rows in PROTOCOLS if demand.physical_error <= limit), ())
    layouts = [layout for row in protocols if (layout := _layout(demand, row, patches, pace)) is not None]
    if not layouts:
        return ModelCost(name, SOURCE, reason=_obstacle(demand, protocols))
    best = min(layouts, key=lambda layout: layout.qubits * layout.cycles)
    return ModelCost(
        name,
        SOURCE,
        qubits=best.qubits,
        seconds=best.cycles * demand.technology.cycle_seconds,
        code_distance=best.distance,
        factories=best.factories,
        factory=str(best.protocol),
        factory_qubits=best.factory_qubits,
        t_states=demand.t_states,
        error=best.error,
        assumptions=(
            f"code cycle {demand.technology.cycle_seconds:.3g} s",
            *assumptions,
            "a Toffoli gate takes four T gates; Clifford gates and final measurements are absorbed",
            *demand.synthesis_assumption(),
        ),
    )


def _layout(demand: Demand, protocol: Protocol, patches: int, pace: int) -> _Layout | None:
    """Return the smallest layout with this protocol, or None when its T states use up the budget."""
    p, t_states = demand.physical_error, demand.t_states
    left = demand.execution_budget - t_states * protocol.error
    if left <= 0:
        return None
    # cycles = t_states x pace x d, so that the target itself falls with d.
    distance = smallest_distance(left / (patches * t_states * pace), p, PREFACTOR)
    while distance is not None and _data_error(p, patches, t_states * pace, distance) > left:
        distance = smallest_distance(left / (patches * t_states * pace), p, PREFACTOR, start=distance + 2)
    if distance is None:
        return None
    per_state = protocol.cycles / protocol.outputs
    factories = -int(-per_state // (pace * distance))
    error = _data_error(p, patches, t_states * pace, distance) + t_states * protocol.error + demand.budget.rotations
    return _Layout(protocol, distance, patches, factories, float(t_states * pace * distance), error)


def _data_error(physical_error: float, patches: int, logical_cycles: int, distance: int) -> float:
    return patches * logical_cycles * distance * patch_error(physical_error, distance, PREFACTOR)


def _obstacle(demand: Demand, protocols: tuple[Protocol, ...]) -> str:
    if not protocols:
        return f"its table ends at physical error {PROTOCOLS[-1][0]:g}; asked: {demand.physical_error:g}"
    best = min(row.error for row in protocols)
    return (
        f"its best T states, error {best:.2g}, add up to {demand.t_states * best:.2g} over {demand.t_states:,}; "
        f"allowed: {demand.execution_budget:.2g}"
    )
