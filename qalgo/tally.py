"""Counts and depths of a circuit as an algebra: gates in a row, pieces in a row, powers, branches and loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from qalgo.longest_path import Paths, advance, advance_by, depths, no_gates, product, synchronised
from qalgo.longest_path import power as paths_power

if TYPE_CHECKING:
    from qiskit.circuit import ControlFlowOp

__all__ = ["LEAVING", "Tally", "TallyBuilder", "control_flow_tally", "leaving_tally"]

WHILE_NOTE = "while_loop: its body is counted once"
BRANCH_NOTE = "if_else, switch_case: each figure is the largest over the branches"
LEAVING = frozenset(("break_loop", "continue_loop"))
"""They stand in blocks of control flow, but have none themselves."""
BREAK_NOTE = "break_loop, continue_loop: loops are counted as if these never happened"


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What a piece of a circuit holds, and the longest paths through it."""

    counts: Mapping[str, int]
    """Name -> how often; Python integers, exact at any size."""
    paths: Paths
    """See :mod:`qalgo.longest_path`; wires are the qubits, then the classical bits."""
    notes: frozenset[str] = frozenset()

    @property
    def depths(self) -> tuple[int, ...]:
        """Longest path of each kind."""
        return depths(self.paths)

    def power(self, exponent: int) -> Tally:
        """Return ``exponent`` copies in a row, in time logarithmic in it."""
        counts = {name: count * exponent for name, count in self.counts.items() if exponent}
        return Tally(MappingProxyType(counts), paths_power(self.paths, exponent), self.notes)


class TallyBuilder:
    """Adds up a circuit gate by gate.

    Args:
        kinds: how many kinds of layers are counted.
        wires: qubits and classical bits.
        single_row: only the depth of the whole is wanted: all wires start together, which is faster.
    """

    def __init__(self, kinds: int, wires: int, *, single_row: bool = False) -> None:
        self.counts: dict[str, int] = {}
        self.notes: set[str] = set()
        self._paths = no_gates(kinds, wires, single_row=single_row)

    def gate(self, counts: Mapping[str, int], wires: Sequence[int], layers: Sequence[int]) -> None:
        """Append one gate: what it counts as, and how many layers of each kind it takes."""
        self._count(counts)
        advance(self._paths, wires, np.asarray(layers, dtype=np.int64))

    def piece(self, tally: Tally, wires: Sequence[int]) -> None:
        """Append a piece on some of the wires."""
        self._count(tally.counts)
        self.notes |= tally.notes
        self._paths = advance_by(self._paths, wires, tally.paths)

    def done(self) -> Tally:
        """Return the total."""
        return Tally(MappingProxyType(self.counts), self._paths, frozenset(self.notes))

    def _count(self, counts: Mapping[str, int]) -> None:
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


def control_flow_tally(operation: ControlFlowOp, blocks: Sequence[Tally], kinds: int, wires: int) -> Tally:
    """Return the worst case of a branch, all rounds of a for loop, one round of a while loop.

    Args:
        operation: if_else, switch_case, for_loop, while_loop or box.
        blocks: of its blocks, in order.
        kinds: kinds of layers.
        wires: qubits and classical bits of the operation.
    """
    name = operation.name
    if name == "for_loop":
        return blocks[0].power(len(operation.params[0]))
    if name == "box":
        return blocks[0]
    notes = frozenset({WHILE_NOTE if name == "while_loop" else BRANCH_NOTE}).union(*(block.notes for block in blocks))
    names = {key for block in blocks for key in block.counts}
    counts = {key: max(block.counts.get(key, 0) for block in blocks) for key in sorted(names)}
    # A branch may also be skipped; a path through the operation is never shorter than no gates at all.
    paths = no_gates(kinds, wires)
    for block in blocks:
        paths = np.maximum(paths, block.paths)
    # Nothing in the blocks starts before the condition is known.
    return Tally(MappingProxyType(counts), product(synchronised(wires, kinds), paths), notes)


def leaving_tally(kinds: int, wires: int) -> Tally:
    """Return the tally of a break or continue: all its wires wait for each other, and it is said that loops end early.

    Args:
        kinds: kinds of layers.
        wires: qubits and classical bits of the operation.
    """
    return Tally(MappingProxyType({}), synchronised(wires, kinds), frozenset({BREAK_NOTE}))
