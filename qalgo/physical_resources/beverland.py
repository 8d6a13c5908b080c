"""2211.07629: sequential Pauli measurements on the surface code, as many T factories as keep up with them."""

from __future__ import annotations

import math

from qalgo.physical_resources.demand import Demand
from qalgo.physical_resources.distillation import TFactory, best_t_factory
from qalgo.physical_resources.results import ModelCost
from qalgo.physical_resources.surface_code import THRESHOLD, patch_error, patch_qubits, smallest_distance

__all__ = ["NAME", "SOURCE", "estimate", "logical_cycles", "logical_patches"]

NAME = "beverland-2022"
SOURCE = "2211.07629, appendices B to E"
PREFACTOR = 0.03


def logical_patches(num_qubits: int) -> int:
    """Return the patches of so many logical qubits with the room between them: ceil(2 Q + sqrt(8 Q) + 1)."""
    root = math.isqrt(8 * num_qubits)
    return 2 * num_qubits + root + (root * root < 8 * num_qubits) + 1


def logical_cycles(demand: Demand) -> int:
    """Return the fewest logical cycles: one per measurement, T gate and rotation, three per Toffoli, and synthesis."""
    counts = demand.counts
    synthesis = demand.rotation_depth * demand.t_per_rotation
    return counts.measurements + counts.rotations + counts.t + 3 * counts.toffoli + synthesis


def estimate(demand: Demand) -> ModelCost:
    """Return the cost in this model.

    Microsoft's first resource estimator is this model too, and its outputs are reproduced with two exceptions. Where no
    factory reaches the T error at the distance of the data, the distance is raised; that estimator slows the algorithm
    down until a larger one is called for. And the smallest distance is 3, where that estimator admits 1, no code.
    """
    technology, patches = demand.technology, logical_patches(demand.counts.num_qubits)
    cycle = 4 * technology.gate_seconds + 2 * technology.measurement_seconds
    depth = logical_cycles(demand)
    distance = _distance(demand, patches * depth)
    if distance is None:
        return ModelCost(NAME, SOURCE, reason=_too_noisy(demand))
    factory: TFactory | None = None
    if demand.t_states:
        found = _with_factory(demand, depth, distance)
        if found is None:
            return ModelCost(NAME, SOURCE, reason="no T factory of up to 3 rounds reaches the error asked of a T state")
        distance, factory = found
        # A run that ends before its first T state is ready waits for it, and its data is kept for longer.
        while depth * distance < factory.cycles:
            depth = -(-factory.cycles // distance)
            distance = max(distance, _distance(demand, patches * depth) or distance)
    # Each factory makes as many whole runs as the algorithm leaves time for.
    copies = -(-demand.t_states // (depth * distance // factory.cycles)) if factory else 0
    factory_qubits = copies * factory.qubits if factory else 0
    error = patches * depth * patch_error(demand.physical_error, distance, PREFACTOR) + demand.budget.rotations
    return ModelCost(
        NAME,
        SOURCE,
        qubits=patches * patch_qubits(distance) + factory_qubits,
        seconds=depth * distance * cycle,
        code_distance=distance,
        factories=copies,
        factory=str(factory) if factory else "",
        factory_qubits=factory_qubits,
        t_states=demand.t_states,
        error=error + (demand.t_states * factory.error if factory else 0.0),
        assumptions=(
            f"code cycle {cycle:.3g} s: 4 gates and 2 measurements",
            "failure probability in equal parts: logical errors, T states, rotations",
            *demand.synthesis_assumption(),
        ),
    )


def _distance(demand: Demand, volume: int) -> int | None:
    return smallest_distance(demand.budget.logical / volume, demand.physical_error, PREFACTOR)


def _with_factory(demand: Demand, depth: int, distance: int) -> tuple[int, TFactory] | None:
    """Return the distance and the factory; the distance grows until a factory, which may not exceed it, is good enough.

    A factory that delivers within the run is preferred.
    """
    target = demand.budget.states / demand.t_states
    for larger in range(distance, distance + 42, 2):
        for limit in (depth * larger, math.inf):
            factory = best_t_factory(target, demand.physical_error, max_distance=larger, max_cycles=limit)
            if factory is not None:
                return larger, factory
    return None


def _too_noisy(demand: Demand) -> str:
    return f"no code distance suffices at physical error {demand.physical_error:g} (threshold {THRESHOLD:g})"
