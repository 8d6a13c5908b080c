r"""Depths without expanding: the longest path from every wire to every other, as a matrix over (max, +).

A piece of a circuit is the matrix M with M[i, j] the most layers on a path that enters on wire i and leaves on wire j
(minus infinity where there is none). Pieces in a row multiply, :math:`(MN)_{ij} = \max_l (M_{il} + N_{lj})`, so that
the k-th power of a piece takes log2 k products. Entries are exact integers: int64 while they fit, Python integers
beyond. Several kinds of layers (all gates, T, rotations) are counted at once, along the first axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["advance", "advance_by", "depths", "largest", "no_gates", "power", "product", "synchronised"]

Paths = npt.NDArray[Any]
"""Shape (kinds, rows, wires), dtype int64 or object."""

_NEVER = -(2**61)
_SAFE = 2**58


def no_gates(kinds: int, wires: int, *, single_row: bool = False) -> Paths:
    """Return the identity, or one row of zeros for a circuit in which all wires start together."""
    if single_row:
        return np.zeros((kinds, 1, wires), dtype=np.int64)
    matrix = np.full((kinds, wires, wires), _NEVER, dtype=np.int64)
    matrix[:, range(wires), range(wires)] = 0
    return matrix


def advance(paths: Paths, wires: Sequence[int], weights: npt.NDArray[np.int64]) -> None:
    """Append one gate in place: its wires leave together, ``weights`` (one per kind) later than the last arrived."""
    if not wires:
        return
    columns = list(wires)
    latest = paths[:, :, columns].max(axis=2) if len(columns) > 1 else paths[:, :, columns[0]]
    later = latest + weights[:, None]
    if paths.dtype != object:
        later = np.where(latest < _NEVER // 2, _NEVER, later)
    paths[:, :, columns] = later[:, :, None]


def advance_by(paths: Paths, wires: Sequence[int], piece: Paths) -> Paths:
    """Append a piece on some of the wires; in place where the numbers still fit."""
    columns = list(wires)
    if not columns:
        return paths
    moved = product(paths[:, :, columns], piece)
    if moved.dtype == object and paths.dtype != object:
        paths = _as_objects(paths)
    paths[:, :, columns] = moved
    return paths


def product(first: Paths, second: Paths) -> Paths:
    """Return the paths through the first piece and then the second."""
    if first.dtype == object or second.dtype == object or largest(first) + largest(second) > _SAFE:
        first, second = _as_objects(first), _as_objects(second)
    through = (first[:, :, :, None] + second[:, None, :, :]).max(axis=2)
    return through if through.dtype == object else np.where(through < _NEVER // 2, _NEVER, through)


def power(piece: Paths, exponent: int) -> Paths:
    """Return the paths through ``exponent`` copies, by repeated squaring."""
    result = no_gates(piece.shape[0], piece.shape[2])
    while exponent:
        if exponent & 1:
            result = product(result, piece)
        exponent >>= 1
        if exponent:
            piece = product(piece, piece)
    return result


def synchronised(wires: int, kinds: int) -> Paths:
    """Return a barrier: every wire waits for every other, no layer is added."""
    return np.zeros((kinds, wires, wires), dtype=np.int64)


def depths(paths: Paths) -> tuple[int, ...]:
    """Return the longest path of each kind."""
    return tuple(max(0, int(kind.max())) if kind.size else 0 for kind in paths)


def largest(paths: Paths) -> int:
    """Return the largest entry, at least 0."""
    return max(0, int(paths.max())) if paths.size else 0


def _as_objects(paths: Paths) -> Paths:
    if paths.dtype == object:
        return paths
    boxed = paths.astype(object)
    boxed[paths < _NEVER // 2] = float("-inf")
    return boxed
