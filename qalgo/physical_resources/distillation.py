"""T factories of one to three rounds of 15-to-1 distillation, as in 2211.07629, appendix C.

A round that fails too often gets spare copies, so that with 99 % probability the next one is fed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from qalgo.physical_resources.surface_code import patch_error, patch_qubits

__all__ = ["DistillationRound", "TFactory", "best_t_factory", "copies_needed"]

MAX_ROUNDS = 3
PREFACTOR = 0.03
RUN_FAILURE = 0.01
"""A run of the factory may fail to deliver with this probability, divided equally among the rounds."""
UNITS = (("15-to-1 RM preparation", 31, 11), ("15-to-1 space efficient", 20, 13))
"""Name, patches, logical cycles (of d code cycles each)."""


@dataclass(frozen=True, slots=True)
class DistillationRound:
    """Copies of one distillation unit that work at the same time."""

    unit: str
    distance: int
    copies: int


@dataclass(frozen=True, slots=True)
class TFactory:
    """A pipeline that gives one T state per run; its rounds use the same qubits one after the other."""

    rounds: tuple[DistillationRound, ...]
    qubits: int
    cycles: int
    """Code cycles of one run."""
    error: float
    """Error of the T state that comes out."""

    def __str__(self) -> str:
        steps = (f"{item.copies} x {item.unit} at distance {item.distance}" for item in self.rounds)
        return ", then ".join(steps) or "injected T states, not distilled"


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    distance: int
    qubits: int
    cycles: int
    clifford_error: float


def best_t_factory(
    target: float, physical_error: float, *, max_distance: int, max_cycles: float = math.inf
) -> TFactory | None:
    """Return the factory of least qubits x time whose T states have at most the target error, or None.

    Args:
        target: allowed error of one T state.
        physical_error: error of the physical qubits, also that of an injected T state.
        max_distance: distance of the data, which a factory may not exceed.
        max_cycles: longest run allowed, in code cycles.
    """
    if target >= physical_error:
        return TFactory((), patch_qubits(max_distance), max_distance, physical_error)
    kinds = _units(physical_error, max_distance)
    best: TFactory | None = None
    for rounds in range(1, MAX_ROUNDS + 1):
        for candidate in _pipelines(kinds, rounds, physical_error, target, max_cycles, best):
            if best is None or candidate.qubits * candidate.cycles < best.qubits * best.cycles:
                best = candidate
    return best


def _units(physical_error: float, max_distance: int) -> list[list[_Unit]]:
    """Per kind, the units in order of distance; one whose own errors are near those of its input is of no use."""
    kinds = []
    for name, patches, cycles in UNITS:
        units = []
        for distance in range(3, max_distance + 1, 2):
            error = patch_error(physical_error, distance, PREFACTOR)
            if error <= 0.1 * physical_error:
                units.append(_Unit(name, distance, patches * patch_qubits(distance), cycles * distance, error))
        kinds.append(units)
    return kinds


def _pipelines(
    kinds: list[list[_Unit]],
    rounds: int,
    physical_error: float,
    target: float,
    max_cycles: float,
    best: TFactory | None,
) -> Iterator[TFactory]:
    """Yield pipelines in reach of the best so far, distances never falling; costs grow with distance, so loops stop."""
    bound = math.inf if best is None else float(best.qubits * best.cycles)
    waiting: list[tuple[tuple[_Unit, ...], tuple[float, ...], int, int]] = [((), (physical_error,), 0, 0)]
    while waiting:
        chosen, errors, cycles, qubits = waiting.pop()
        left = rounds - len(chosen) - 1
        for units in kinds:
            for unit in units:
                if chosen and unit.distance < chosen[-1].distance:
                    continue
                # Every later round takes at least 15 inputs per output, and 11 logical cycles of no smaller distance.
                space = max(qubits, unit.qubits * 15**left)
                time = cycles + unit.cycles + left * 11 * unit.distance
                if space * time >= bound or time > max_cycles:
                    break
                error = 35 * errors[-1] ** 3 + 7.1 * unit.clifford_error
                if error >= errors[-1]:
                    continue
                if left:
                    waiting.append(((*chosen, unit), (*errors, error), cycles + unit.cycles, space))
                elif error <= target:
                    factory = _assemble((*chosen, unit), (*errors, error))
                    if factory is not None:
                        bound = min(bound, float(factory.qubits * factory.cycles))
                        yield factory


def _assemble(units: tuple[_Unit, ...], errors: tuple[float, ...]) -> TFactory | None:
    """Count the copies of each round from the last to the first; None when a round practically never succeeds."""
    allowed = RUN_FAILURE / len(units)
    needed, rounds = 1, []
    for unit, error in zip(reversed(units), reversed(errors[:-1]), strict=True):
        copies = copies_needed(needed, 15 * error + 356 * unit.clifford_error, allowed)
        if copies is None:
            return None
        rounds.append(DistillationRound(unit.name, unit.distance, copies))
        needed = 15 * copies
    rounds.reverse()
    qubits = max(item.copies * unit.qubits for item, unit in zip(rounds, units, strict=True))
    return TFactory(tuple(rounds), qubits, sum(unit.cycles for unit in units), errors[-1])


@cache
def copies_needed(successes: int, failure: float, allowed: float) -> int | None:
    """Return how many tries give at least so many successes except with less than the allowed probability.

    Args:
        successes: tries that have to succeed.
        failure: probability that one try fails.
        allowed: probability of too few successes.
    """
    if failure >= 0.5:
        return None
    for spare in range(successes + 64):
        tries = successes + spare
        enough = sum(
            math.exp(
                math.lgamma(tries + 1)
                - math.lgamma(failed + 1)
                - math.lgamma(tries - failed + 1)
                + failed * math.log(failure)
                + (tries - failed) * math.log1p(-failure)
            )
            for failed in range(spare + 1)
        )
        if 1 - enough < allowed:
            return tries
    return None
