"""Machines that papers assume as they are: distances and clock fixed, so that a long algorithm may not fit."""

from __future__ import annotations

import math

from qalgo.physical_resources.demand import Demand
from qalgo.physical_resources.gidney_fowler import NO_MAGIC, PREFACTOR, CczFactory, routed_patches
from qalgo.physical_resources.results import ModelCost
from qalgo.physical_resources.surface_code import THRESHOLD, patch_error, patch_qubits

__all__ = ["BABBUSH", "HOEFLER", "estimate_babbush", "estimate_hoefler"]

BABBUSH, BABBUSH_SOURCE = "babbush-2021", "2011.04149, section II; factory and routing of 1812.01238"
HOEFLER, HOEFLER_SOURCE = "hoefler-2023", "2307.00523, Methods; factory of 1812.01238"
FACTORY = CczFactory(15, 31)
"""147,904 physical qubits: the factory that both papers quote."""
DISTANCE = 31
BABBUSH_CYCLES = 165
"""Code cycles per CCZ state: 5.5 x 30."""
HOEFLER_SECONDS = 1e-5
HOEFLER_CYCLE = 1e-6
HOEFLER_FACTORIES = 5.5
HOEFLER_PATCHES_PER_FACTORY = 77
HOEFLER_PATCHES = 10_000


def estimate_babbush(demand: Demand) -> ModelCost:
    """Return the cost with one factory of 165 code cycles per CCZ state, or per two T states."""
    states = demand.ccz_states
    patches, cycles = routed_patches(demand.counts.num_qubits), BABBUSH_CYCLES * states
    error = _error(demand, patches, cycles)
    reason = NO_MAGIC if not states else _too_faulty(demand, error)
    if reason:
        return ModelCost(BABBUSH, BABBUSH_SOURCE, reason=reason)
    return ModelCost(
        BABBUSH,
        BABBUSH_SOURCE,
        qubits=patches * patch_qubits(DISTANCE) + FACTORY.qubits,
        seconds=cycles * demand.technology.cycle_seconds,
        code_distance=DISTANCE,
        factories=1,
        factory=str(FACTORY),
        factory_qubits=FACTORY.qubits,
        t_states=demand.t_states,
        error=error,
        assumptions=(
            f"{BABBUSH_CYCLES} code cycles of {demand.technology.cycle_seconds:.3g} s per CCZ state or two T states",
            f"distance {DISTANCE} whatever the algorithm, 50 % routing as in 1812.01238",
            *demand.synthesis_assumption(),
        ),
    )


def estimate_hoefler(demand: Demand) -> ModelCost:
    """Return the cost at 10 microseconds per Toffoli or T gate, fed by 5.5 factories of 77 patches each."""
    operations = demand.counts.toffoli + demand.t_gates
    factory_patches = HOEFLER_FACTORIES * HOEFLER_PATCHES_PER_FACTORY
    patches = demand.counts.num_qubits + factory_patches
    seconds = operations * HOEFLER_SECONDS
    error = _error(demand, demand.counts.num_qubits, round(seconds / HOEFLER_CYCLE))
    reason = NO_MAGIC if not operations else _unlike(demand, patches) or _too_faulty(demand, error)
    if reason:
        return ModelCost(HOEFLER, HOEFLER_SOURCE, reason=reason)
    return ModelCost(
        HOEFLER,
        HOEFLER_SOURCE,
        qubits=math.ceil(patches * patch_qubits(DISTANCE)),
        seconds=seconds,
        code_distance=DISTANCE,
        factories=HOEFLER_FACTORIES,
        factory=str(FACTORY),
        factory_qubits=math.ceil(factory_patches * patch_qubits(DISTANCE)),
        t_states=demand.t_states,
        error=error,
        assumptions=(
            "10 us per Toffoli or T gate, one after the other; no room for routing",
            f"the part of the machine of {HOEFLER_PATCHES:,} logical qubits that this algorithm and its factories fill",
            *demand.synthesis_assumption(),
        ),
    )


def _error(demand: Demand, patches: int, cycles: int) -> float:
    """Failure probability of data and states by the formulas of 1812.01238; neither paper states its own."""
    p = demand.physical_error
    execution = patches * cycles * patch_error(p, DISTANCE, PREFACTOR) + demand.ccz_states * FACTORY.error(p)
    return execution + demand.budget.rotations


def _too_faulty(demand: Demand, error: float) -> str:
    if demand.physical_error >= THRESHOLD:
        return f"physical error {demand.physical_error:g} is not below the threshold, {THRESHOLD:g}"
    if error <= demand.failure_probability:
        return ""
    return (
        f"its fixed distances (factory {FACTORY.first} and {FACTORY.second}, data {DISTANCE}) fail with probability "
        f"{min(error, 1.0):.2g} over {demand.ccz_states:,} CCZ states; allowed: {demand.failure_probability:.2g}"
    )


def _unlike(demand: Demand, patches: float) -> str:
    if demand.technology.cycle_seconds != HOEFLER_CYCLE:
        return (
            f"its 10 us per operation are those of code cycles of {HOEFLER_CYCLE:g} s; "
            f"asked: {demand.technology.cycle_seconds:g} s ({demand.technology.name})"
        )
    if patches > HOEFLER_PATCHES:
        return f"its machine has {HOEFLER_PATCHES:,} logical qubits; needed, with factories: {patches:,.0f}"
    return ""
