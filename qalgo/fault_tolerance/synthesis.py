r"""Rotations in Clifford + T under one error budget.

The operator norm of an error is subadditive: if rotation i is off by :math:`\epsilon_i` up to a phase, the circuit is
off by at most :math:`\sum_i \epsilon_i`. The budget is split so that the total number of T gates is small: every angle
is synthesised to a few accuracies, and the accuracies are relaxed, the best saving per error first, until the budget is
spent. Equal angles (modulo pi/2, up to sign) are synthesised once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from qalgo.errors import ProblemError
from qalgo.fault_tolerance.operations import Operation, is_generic

__all__ = ["SMALLEST_EPSILON", "Approximation", "approximation", "canonical_angle", "split_budget", "substituted"]

SMALLEST_EPSILON = 1e-30
"""Of one rotation; qiskit's gridsynth takes about a tenth of a second there."""
_MEASURED_DOWN_TO = 1e-11
"""Below this the error in double precision says nothing: the accuracy that was asked for is used instead."""
_STEPS = 7
_STEP = 2.0 ** (1.0 / 3.0)
"""One T gate more or less for every factor 2^(1/3) in the accuracy."""
_MOST_SEARCHED_ANGLES = 64


@dataclass(frozen=True, slots=True)
class Approximation:
    """A product of Clifford gates and T that is nearly Rz(angle)."""

    gates: tuple[str, ...]
    """In the order in which they act: h, s, x, t."""
    t: int
    error: float
    """Operator norm of the difference, up to a global phase."""


def canonical_angle(angle: float) -> tuple[float, int, int]:
    """Return (c, sign, m) with angle = sign c + m pi/2 and 0 <= c <= pi/4: the T count depends on c alone."""
    if not math.isfinite(angle):
        raise ProblemError(f"the circuit rotates by {angle}; allowed: finite angles")
    quarter = round(angle / (math.pi / 2))
    rest = angle - quarter * math.pi / 2
    # Rounded, so that angles that differ by rounding errors are synthesised once; 1e-15 is far below any budget.
    return round(abs(rest), 15), -1 if rest < 0 else 1, quarter % 4


@lru_cache(maxsize=8192)
def approximation(angle: float, epsilon: float) -> Approximation:
    """Approximate Rz(angle) to ``epsilon`` with as few T as gridsynth (Ross and Selinger, arXiv:1403.2975) finds."""
    from qiskit.synthesis import gridsynth_rz

    if not SMALLEST_EPSILON <= epsilon < 1:
        raise ProblemError(
            f"one rotation would have to be synthesised to {epsilon:.3g}; allowed: {SMALLEST_EPSILON:g} to 1. "
            "Raise synthesis_error, or lower the power"
        )
    circuit = gridsynth_rz(angle, epsilon)
    gates = tuple(instruction.operation.name for instruction in circuit.data)
    count = sum(name in ("t", "tdg") for name in gates)
    error = _distance(gates, angle) if epsilon >= _MEASURED_DOWN_TO else epsilon
    return Approximation(gates, count, error)


def _distance(gates: Sequence[str], angle: float) -> float:
    from qalgo.fault_tolerance.verification import product_of, rotation_distance

    return rotation_distance(product_of(gates), angle)


def split_budget(angles: Sequence[float], budget: float, weights: Sequence[int] | None = None) -> list[Approximation]:
    """Return one approximation per rotation, errors adding up to at most ``budget``.

    With more than 64 different angles all rotations get the same accuracy, to save time.

    Args:
        angles: canonical angles, see :func:`canonical_angle`.
        budget: operator norm.
        weights: how often each rotation is used; default: once.
    """
    if not angles:
        return []
    times = list(weights) if weights is not None else [1] * len(angles)
    even = budget / sum(times)
    if len(set(angles)) > _MOST_SEARCHED_ANGLES:
        return _evenly(angles, times, budget, even)
    ladders = {angle: _ladder(angle, even) for angle in set(angles)}
    chosen = [0] * len(angles)
    spent = math.fsum(count * ladders[angle][0].error for angle, count in zip(angles, times, strict=True))
    moves = [
        (saving, number, step)
        for number, angle in enumerate(angles)
        for step, saving in enumerate(_savings(ladders[angle]), start=1)
    ]
    # Savings fall along each ladder, so that the steps of one rotation come in order.
    for _, number, step in sorted(moves, key=lambda move: (-move[0], move[1], move[2])):
        steps = ladders[angles[number]]
        extra = times[number] * (steps[step].error - steps[chosen[number]].error)
        if chosen[number] == step - 1 and spent + extra <= budget:
            chosen[number], spent = step, spent + extra
    return [ladders[angle][step] for angle, step in zip(angles, chosen, strict=True)]


def _evenly(angles: Sequence[float], times: Sequence[int], budget: float, epsilon: float) -> list[Approximation]:
    """Give every rotation the same accuracy, twice relaxed by what the approximations left of the budget."""
    chosen: list[Approximation] = []
    for _ in range(3):
        found = [approximation(angle, min(epsilon, 0.5)) for angle in angles]
        spent = math.fsum(count * item.error for count, item in zip(times, found, strict=True))
        if spent > budget:
            break
        chosen = found
        if not spent > 0:
            break
        epsilon *= 0.98 * budget / spent
    return chosen


def _ladder(angle: float, even: float) -> list[Approximation]:
    """Approximations from accurate to cheap, on the convex hull of (error, T); the first is within the even share."""
    found = [approximation(angle, min(even * _STEP**exponent, 0.5)) for exponent in range(-_STEPS, _STEPS + 1)]
    start = max((item for item in found if item.error <= even), key=lambda item: (item.t, -item.error))
    hull: list[Approximation] = []
    for item in sorted({(item.t, item.error, item.gates) for item in found if item.t <= start.t}, reverse=True):
        candidate = Approximation(item[2], item[0], item[1])
        if hull and hull[-1].t == candidate.t:
            hull.pop()  # the same T count, smaller error
        if hull and candidate.error <= hull[-1].error:
            while hull and candidate.error <= hull[-1].error:
                hull.pop()
        while len(hull) > 1 and _slope(hull[-1], candidate) >= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(candidate)
    return hull


def _slope(fine: Approximation, coarse: Approximation) -> float:
    return (fine.t - coarse.t) / (coarse.error - fine.error)


def _savings(ladder: Sequence[Approximation]) -> list[float]:
    return [_slope(fine, coarse) for fine, coarse in pairwise(ladder)]


def substituted(operations: Sequence[Operation], approximations: Sequence[Approximation]) -> list[Operation]:
    """Replace the generic rotations, in their order, by the gates of their approximations."""
    waiting = iter(approximations)
    result: list[Operation] = []
    for operation in operations:
        if not is_generic(operation):
            result.append(operation)
            continue
        _, sign, quarters = canonical_angle(operation.angle)
        flip = [Operation("x", operation.qubits)] if sign < 0 else []
        gates = [_gate(name, operation.qubits) for name in next(waiting).gates]
        result.extend([*flip, *gates, *flip])
        result.extend(Operation(name, operation.qubits) for name in ((), ("s",), ("z",), ("sdg",))[quarters])
    return result


def _gate(name: str, qubits: tuple[int, ...]) -> Operation:
    if name in ("t", "tdg"):
        return Operation("rz", qubits, math.pi / 4 if name == "t" else -math.pi / 4)
    return Operation(name, qubits)
