r"""Selecting one of many unitaries by a binary index: unary iteration with temporary ANDs, and the weights before it.

The index is the path through a binary tree whose leaves are the choices (1805.03662, section III.A). One AND per inner
node (three CX to write, three to erase), no choice is ever controlled by more than one qubit. Two savings: siblings
share their AND (one CX turns one into the other), and the four grandchildren of a root that nothing controls share a
single one.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit

from circuits.errors import ProblemError

__all__ = [
    "Branch",
    "append_and",
    "append_and_not",
    "append_iteration",
    "append_tree_weights",
    "depth",
    "iteration_work",
    "weighted_tree",
]

_EQUAL = 1e-12
_NEGLIGIBLE_ANGLE = 1e-14

RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Branch:
    """An inner node: where the index goes when the qubit of this depth is 0 or 1."""

    zero: Branch | int
    one: Branch | int


Action = Callable[[int, int | None], None]
"""Append choice ``leaf``, controlled by a qubit (None: by nothing)."""

Twins = Callable[[int, int, int | None, int, int | None], None]
"""Append the choices of a last branch: (leaf if 0, leaf if 1, control, index qubit, clean qubit if one is left)."""


def depth(tree: Branch | int) -> int:
    """Return the number of index qubits."""
    return 0 if isinstance(tree, int) else 1 + max(depth(tree.zero), depth(tree.one))


def weighted_tree(weights: RealVector) -> Branch | int:
    """Return a tree of least depth in which equal weights sit together, so that its rotations repeat.

    Equal weights form complete subtrees as far as possible: their rotations are plain Hadamard-like ones that no
    qubit controls. Depth ceil(log2(number of weights)).
    """
    order = np.argsort(-weights, kind="stable")
    ordered = weights[order]
    starts = [0, *(np.flatnonzero(ordered[:-1] - ordered[1:] > _EQUAL * ordered[0]) + 1), weights.size]
    groups = [_split([int(leaf) for leaf in order[a:b]]) for a, b in itertools.pairwise(starts)]
    # Merge the two shallowest again and again: the least possible depth. The counter settles ties.
    counter = itertools.count()
    heap = [(depth(group), next(counter), group) for group in groups]
    heapq.heapify(heap)
    while len(heap) > 1:
        low, _, first = heapq.heappop(heap)
        high, _, second = heapq.heappop(heap)
        heapq.heappush(heap, (1 + max(low, high), next(counter), Branch(first, second)))
    levels, _, tree = heap[0]
    if levels <= (weights.size - 1).bit_length():
        return tree
    return _split([int(leaf) for leaf in order])


def _split(leaves: Sequence[int]) -> Branch | int:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return Branch(_split(leaves[:half]), _split(leaves[half:]))


def append_tree_weights(
    circuit: QuantumCircuit, tree: Branch | int, weights: RealVector, qubits: Sequence[int]
) -> None:
    r"""Append a circuit P with :math:`|\langle path(l)|P|0\rangle|^2 = w_l / \sum w`, the root on ``qubits[-1]``.

    Only these squares are right, not the signs: P is meant for :math:`P^\dagger (\text{diagonal selection}) P`, where
    every diagonal at the end of P cancels. Qubits below a leaf are left in any state: no choice depends on them.
    """
    level: list[Branch | int | None] = [tree]
    for step in range(len(qubits)):
        angles = [_angle(node, weights) for node in level]
        known = [angle for angle in angles if angle is not None]
        if known:
            usual = max(known, key=lambda angle: sum(abs(other - angle) < _EQUAL for other in known))
            filled = np.array([usual if angle is None else angle for angle in angles])
            # Prefixes are written from the root down: the root is the most significant bit of the list's index.
            controls = [qubits[len(qubits) - step + bit] for bit in range(step)]
            _append_rotations(circuit, filled, controls, qubits[len(qubits) - 1 - step])
        level = [child for node in level for child in _children(node)]


def _children(node: Branch | int | None) -> tuple[Branch | int | None, Branch | int | None]:
    return (node.zero, node.one) if isinstance(node, Branch) else (None, None)


def _angle(node: Branch | int | None, weights: RealVector) -> float | None:
    if not isinstance(node, Branch):
        return None
    return float(2 * np.arctan2(np.sqrt(_weight(node.one, weights)), np.sqrt(_weight(node.zero, weights))))


def _weight(node: Branch | int, weights: RealVector) -> float:
    if isinstance(node, int):
        return float(weights[node])
    return _weight(node.zero, weights) + _weight(node.one, weights)


def _append_rotations(circuit: QuantumCircuit, angles: RealVector, controls: Sequence[int], target: int) -> None:
    """Multiplexed Ry on a qubit in |0>, up to a diagonal before and after: only the parities that occur are visited."""
    index = np.arange(angles.size)
    gray = index ^ (index >> 1)
    rotations = _walsh_hadamard(angles)[gray] / angles.size
    frame: int | None = None
    for parity, rotation in zip(gray, rotations, strict=True):
        if abs(rotation) < _NEGLIGIBLE_ANGLE:
            continue
        changed = 0 if frame is None else int(parity) ^ frame
        for bit, control in enumerate(controls):
            if changed >> bit & 1:
                circuit.cz(control, target)
        circuit.ry(float(rotation), target)
        frame = int(parity)


def _walsh_hadamard(values: RealVector) -> RealVector:
    result = values
    half = 1
    while half < values.size:
        low, high = np.moveaxis(result.reshape(-1, 2, half), 1, 0)
        result = np.stack([low + high, low - high], axis=1).reshape(-1)
        half *= 2
    return result


def iteration_work(tree: Branch | int, *, controlled: bool) -> int:
    """Return the number of clean work qubits that :func:`append_iteration` needs."""
    return max(0, depth(tree) - (0 if controlled else 1))


def append_iteration(
    circuit: QuantumCircuit,
    tree: Branch | int,
    qubits: Sequence[int],
    work: Sequence[int],
    action: Action,
    *,
    twins: Twins | None = None,
    control: int | None = None,
) -> None:
    r"""Append :math:`\sum_l |path(l)\rangle\langle path(l)| \otimes U_l`, all of it controlled if ``control`` is given.

    Args:
        circuit: is extended.
        tree: whose leaves are the numbers l; the root is read from ``qubits[-1]``.
        qubits: index qubits, at least ``depth`` many.
        work: clean qubits, :func:`iteration_work` many; come back clean.
        action: appends U_l under the control of one qubit.
        twins: appends two sibling leaves at once; by default one after the other, which needs their clean qubit.
        control: qubit that controls everything; only the root's AND changes.
    """
    _Walk(circuit, list(qubits), list(work), action, twins).visit(tree, control)


@dataclass(frozen=True, slots=True)
class _Walk:
    circuit: QuantumCircuit
    qubits: list[int]
    work: list[int]
    action: Action
    twins: Twins | None

    def visit(self, node: Branch | int, control: int | None, level: int = 0, used: int = 0) -> None:
        """Append the subtree of a node whose path is flagged by ``control``, ``used`` work qubits being taken."""
        if isinstance(node, int):
            self.action(node, control)
            return
        qubit = self.qubits[-1 - level]
        flag = self.work[used] if used < len(self.work) else None
        if self.twins is not None and isinstance(node.zero, int) and isinstance(node.one, int):
            self.twins(node.zero, node.one, control, qubit, flag)
        elif control is None:
            self._root(node, qubit, flag)
        elif flag is None:
            raise ProblemError(f"{len(self.work)} work qubits were given; allowed: as many as iteration_work says")
        else:
            append_and_not(self.circuit, control, qubit, flag)
            self.visit(node.zero, flag, level + 1, used + 1)
            self.circuit.cx(control, flag)
            self.visit(node.one, flag, level + 1, used + 1)
            append_and(self.circuit, control, qubit, flag)

    def _root(self, node: Branch, qubit: int, flag: int | None) -> None:
        circuit, zero, one = self.circuit, node.zero, node.one
        if isinstance(zero, int) or isinstance(one, int) or flag is None:
            # The root itself is the flag of both sides.
            circuit.x(qubit)
            self.visit(zero, qubit, 1)
            circuit.x(qubit)
            self.visit(one, qubit, 1)
            return
        # Flags of the four grandchildren in an order that changes one bit at a time: one CX from each to the next.
        lower = self.qubits[-2]
        append_and(circuit, qubit, lower, flag)
        self.visit(one.one, flag, 2, 1)
        circuit.cx(lower, flag)
        self.visit(zero.one, flag, 2, 1)
        circuit.x(qubit)
        circuit.cx(qubit, flag)
        circuit.x(qubit)
        self.visit(zero.zero, flag, 2, 1)
        circuit.x(lower)
        circuit.cx(lower, flag)
        self.visit(one.zero, flag, 2, 1)
        append_and(circuit, qubit, lower, flag)
        circuit.x(lower)


def append_and(circuit: QuantumCircuit, first: int, second: int, target: int) -> None:
    """Write the AND of two qubits into a clean one, or erase it: three CX, four T (quant-ph/9503016, section VI.B).

    The gate is real and its own inverse. It flips the sign of |1>|0>|1>, which a written AND never is.
    """
    circuit.ry(np.pi / 4, target)
    for qubit, angle in ((second, np.pi / 4), (first, -np.pi / 4), (second, -np.pi / 4)):
        circuit.cx(qubit, target)
        circuit.ry(angle, target)


def append_and_not(circuit: QuantumCircuit, first: int, second: int, target: int) -> None:
    """Write "first and not second" into a clean qubit: three CX."""
    circuit.x(second)
    append_and(circuit, first, second, target)
    circuit.x(second)
