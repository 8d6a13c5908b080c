"""Integer outcomes and bit strings: little-endian, registers separated by spaces, the first register last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.execution.samplers import Counts

__all__ = ["bit_string", "compressed", "expanded", "places_of"]


def bit_string(value: int, sizes: Sequence[int]) -> str:
    """Write an outcome of registers of these sizes, the first register lowest, as Qiskit does."""
    parts = []
    for size in sizes:
        parts.append(format(value & ((1 << size) - 1), f"0{size}b"))
        value >>= size
    return " ".join(reversed(parts))


def places_of(circuit: QuantumCircuit) -> dict[int, int]:
    """Return classical bit -> its place in the integer outcome, where the registers stand one after the other."""
    order = [bit for register in circuit.cregs for bit in register]
    return {circuit.find_bit(bit).index: place for place, bit in enumerate(order)}


def compressed(counts: Counts, places: Sequence[int]) -> Counts:
    """Keep some places of the outcomes only: place ``places[i]`` becomes bit i."""
    kept: Counts = {}
    for value, count in counts.items():
        small = sum(((value >> place) & 1) << bit for bit, place in enumerate(places))
        kept[small] = kept.get(small, 0) + count
    return kept


def expanded(value: int, places: Sequence[int]) -> int:
    """Put bit i at place ``places[i]``; all other places are 0."""
    return sum(((value >> bit) & 1) << place for bit, place in enumerate(places))
