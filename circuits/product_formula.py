r"""Product formulas for e^{-iHt}: symmetric splittings of orders 2, 4 and 6, adjacent stages merged.

A formula is a list of (group, coefficient): one step of size h is :math:`\prod_k e^{-i c_k h H_{g_k}}`, the first entry
acting first. The terms inside a group commute, so that every stage is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit, QuantumRegister

from circuits.errors import ProblemError
from circuits.validation import check_count

if TYPE_CHECKING:
    from qiskit.quantum_info import SparsePauliOp

__all__ = ["FORMULAS", "Stage", "commuting_groups", "formula_order", "product_formula", "stages"]

Stage = tuple[int, float]

# Compositions of the symmetric second-order step S2(c_1 h) S2(c_2 h) ...: any number of groups.
_SUZUKI = 1 / (4 - 4 ** (1 / 3))
_KAHAN_LI = (
    0.39216144400731413928,
    0.33259913678935943860,
    -0.70624617255763935981,
    0.082213596293550800230,
    0.79854399093482996340,
)
_COMPOSITIONS = {
    "suzuki-2": (1.0,),
    "suzuki-4": (_SUZUKI, _SUZUKI, 1 - 4 * _SUZUKI, _SUZUKI, _SUZUKI),
    "kahan-li-6": (*_KAHAN_LI, *_KAHAN_LI[-2::-1]),
}
# Splittings into two groups A, B: a_1, b_1, a_2, ..., symmetric; the middle coefficients follow from consistency.
_BM4_A, _BM4_B = (0.0792036964311957, 0.353172906049774, -0.0420650803577195), (0.209515106613362, -0.143851773179818)
_BM6_A = (0.0502627644003922, 0.413514300428344, 0.0450798897943977, -0.188054853819569, 0.541960678450780)
_BM6_B = (0.148816447901042, -0.132385865767784, 0.067307604692185, 0.432666402578175)
_SPLITTINGS = {"blanes-moan-4": (_BM4_A, _BM4_B), "blanes-moan-6": (_BM6_A, _BM6_B)}

FORMULAS = {"suzuki-2": 2, "suzuki-4": 4, "kahan-li-6": 6, "blanes-moan-4": 4, "blanes-moan-6": 6}
"""Name -> order. The Blanes-Moan splittings (J. Comput. Appl. Math. 142, 313, table 2: S6 and S10) take two groups;
Suzuki's (J. Math. Phys. 32, 400) and Kahan and Li's (Math. Comp. 66, 1089: nine stages) any number."""


def formula_order(name: str) -> int:
    """Return the order of a formula.

    Raises:
        ProblemError: no such formula.
    """
    if name not in FORMULAS:
        raise ProblemError(f"formula is {name!r}; allowed: {', '.join(map(repr, FORMULAS))}")
    return FORMULAS[name]


def stages(name: str, num_groups: int) -> tuple[Stage, ...]:
    """Return one step of a formula, neighbouring stages of the same group merged; coefficients of a group sum to 1.

    Raises:
        ProblemError: no such formula, no group, or a two-group splitting for another number of groups.
    """
    formula_order(name)
    check_count(num_groups, "num_groups", 1)
    if num_groups == 1:
        return ((0, 1.0),)
    if name in _SPLITTINGS:
        if num_groups != 2:
            raise ProblemError(f"{name} splits into two groups, the Hamiltonian has {num_groups}; use a Suzuki formula")
        return _split(*_SPLITTINGS[name])
    forward = list(range(num_groups))
    found: list[Stage] = []
    for weight in _COMPOSITIONS[name]:
        found += [(group, weight / 2) for group in forward] + [(group, weight / 2) for group in reversed(forward)]
    return _merged(found)


def commuting_groups(hamiltonian: SparsePauliOp) -> tuple[SparsePauliOp, ...]:
    """Split into groups of mutually commuting terms, the one with fewest two-qubit gates first (it acts most often)."""
    groups = hamiltonian.group_commuting(qubit_wise=False)
    return tuple(sorted(groups, key=_weight))


def product_formula(
    groups: Sequence[SparsePauliOp], time: float, steps: int, formula: str = "suzuki-4"
) -> QuantumCircuit:
    r"""Return ``steps`` steps of a product formula for :math:`e^{-iHt}`, H the sum of ``groups``.

    Register ``system`` (n qubits, little-endian as in ``SparsePauliOp``). The last stage of a step merges with the
    first of the next. The global phase of identity terms is kept.

    Raises:
        ProblemError: no step, no such formula, groups on different numbers of qubits or that do not commute inside.
    """
    check_count(steps, "steps", 1)
    widths = {group.num_qubits for group in groups}
    if len(widths) != 1:
        raise ProblemError(f"groups act on {sorted(widths)} qubits; allowed: all groups on one number")
    for group in groups:
        if len(group.group_commuting(qubit_wise=False)) > 1:
            raise ProblemError("a group holds terms that do not commute; use commuting_groups(hamiltonian)")
    circuit = QuantumCircuit(QuantumRegister(widths.pop(), "system"), name=formula)
    for group, coefficient in _merged(list(stages(formula, len(groups))) * steps):
        _append_exponential(circuit, groups[group], coefficient * time / steps)
    return circuit


def _append_exponential(circuit: QuantumCircuit, group: SparsePauliOp, angle: float) -> None:
    from qiskit.circuit.library import PauliEvolutionGate
    from qiskit.synthesis import LieTrotter

    gate = PauliEvolutionGate(group, time=angle, synthesis=LieTrotter(reps=1, preserve_order=True))
    circuit.compose(gate.definition, circuit.qubits, inplace=True)


def _split(outer: Sequence[float], inner: Sequence[float]) -> tuple[Stage, ...]:
    middle_a = 1 - 2 * sum(outer)
    middle_b = 0.5 - sum(inner)
    first = [*outer, middle_a] if len(outer) > len(inner) else list(outer)
    second = [*inner, middle_b]
    half: list[Stage] = []
    for a, b in zip(first, second, strict=False):
        half += [(0, a), (1, b)]
    # Palindrome a_1 b_1 a_2 ... with the middle a once.
    centre = (0, middle_a)
    left = half[: 2 * len(second)]
    return (*left, centre, *left[::-1])


def _merged(found: Sequence[Stage]) -> tuple[Stage, ...]:
    merged: list[Stage] = []
    for group, coefficient in found:
        if merged and merged[-1][0] == group:
            merged[-1] = (group, merged[-1][1] + coefficient)
        else:
            merged.append((group, coefficient))
    return tuple(merged)


def _weight(group: SparsePauliOp) -> int:
    supports = (group.paulis.x | group.paulis.z).sum(axis=1)
    return int(sum(2 * max(0, int(support) - 1) for support in supports))
