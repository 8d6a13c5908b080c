r"""Which diagonals a matrix has and which of them are constant, from its nonzeros alone (dense or scipy sparse)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError

__all__ = ["Bands", "Entries", "band_values", "constant_bands", "entries"]

ComplexVector = npt.NDArray[np.complex128]
IntVector = npt.NDArray[np.int64]

_EQUAL = 4e-16


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Nonzeros of a matrix."""

    rows: IntVector
    columns: IntVector
    values: ComplexVector
    shape: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Bands:
    """A square matrix with constant diagonals: value by offset (row minus column)."""

    size: int
    bands: dict[int, complex]
    """Open: offsets -(N-1) .. N-1. Periodic: those of the circulant, the nearest to 0."""
    periodic: bool


MAX_EXPANDED_QUBITS = 14
"""Largest Pauli sum that is expanded into the entries of its matrix."""


def entries(matrix: Any) -> Entries:
    """Return the nonzeros of a dense array or a scipy sparse matrix; the latter is never made dense.

    Raises:
        ProblemError: not two axes of finite numbers.
    """
    if hasattr(matrix, "paulis") and hasattr(matrix, "coeffs"):
        if matrix.num_qubits > MAX_EXPANDED_QUBITS:
            raise ProblemError(
                f"matrix is a Pauli sum on {matrix.num_qubits} qubits; allowed where entries are listed: at most "
                f"{MAX_EXPANDED_QUBITS}; use block_encode"
            )
        matrix = matrix.to_matrix(sparse=True)
    if hasattr(matrix, "tocoo"):
        sparse = matrix.tocsr().tocoo()
        rows, columns = np.asarray(sparse.row, dtype=np.int64), np.asarray(sparse.col, dtype=np.int64)
        values, shape = np.asarray(sparse.data, dtype=np.complex128), tuple(int(side) for side in sparse.shape)
    else:
        try:
            array = np.asarray(matrix)
        except ValueError as error:
            raise ProblemError(f"matrix cannot be read; allowed: rows of equal length: {error}") from None
        if array.ndim != 2 or not np.issubdtype(array.dtype, np.number):
            raise ProblemError(f"matrix has shape {array.shape} and type {array.dtype}; allowed: two axes of numbers")
        shape = (int(array.shape[0]), int(array.shape[1]))
        rows, columns = (index.astype(np.int64) for index in np.nonzero(array))
        values = array[rows, columns].astype(np.complex128)
    if len(shape) != 2 or min(shape) < 1 or not np.all(np.isfinite(values)):
        raise ProblemError(f"matrix has shape {shape}; allowed: two axes of finite numbers")
    kept = values != 0
    return Entries(rows[kept], columns[kept], values[kept], (shape[0], shape[1]))


def constant_bands(matrix: Any) -> Bands | None:
    """Return the diagonals if every one of them is constant (a Toeplitz matrix) and the matrix is square, else None.

    A circulant matrix (not merely Toeplitz) with few diagonals is returned as periodic.
    """
    found = matrix if isinstance(matrix, Entries) else entries(matrix)
    size = found.shape[0]
    if found.shape != (size, size) or not found.values.size:
        return None
    offsets = found.rows - found.columns
    order = np.argsort(offsets, kind="stable")
    different, starts, counts = np.unique(offsets[order], return_index=True, return_counts=True)
    if np.any(counts != size - np.abs(different)):
        return None
    values = found.values[order]
    groups = np.repeat(values[starts], counts)
    if np.any(np.abs(values - groups) > _EQUAL * np.abs(groups)):
        return None
    bands = {int(k): complex(value) for k, value in zip(different, values[starts], strict=True)}
    wrapped = _wrapped(bands, size)
    return Bands(size, bands, False) if wrapped is None else Bands(size, wrapped, True)


def band_values(found: Entries) -> dict[int, ComplexVector]:
    """Return every diagonal that is not zero, by offset (row minus column), indexed by column, zeros where absent."""
    offsets = found.rows - found.columns
    bands: dict[int, ComplexVector] = {}
    for offset in np.unique(offsets):
        here = offsets == offset
        bands[int(offset)] = np.zeros(found.shape[1], dtype=np.complex128)
        bands[int(offset)][found.columns[here]] = found.values[here]
    return bands


def _wrapped(bands: dict[int, complex], size: int) -> dict[int, complex] | None:
    """Bands of the circulant matrix, or None if it is not one (or is diagonal)."""
    result: dict[int, complex] = {}
    for offset, value in bands.items():
        partner = offset - size if offset > 0 else offset + size
        if offset and bands.get(partner) != value:
            return None
        near = offset if -size < 2 * offset <= size else partner
        result[near if offset else 0] = value
    return result if any(offset for offset in result) else None
