r"""A = scale (I - C) with a loss-free encoding of C: what makes linear systems cost sqrt(kappa) instead of kappa.

For a positive definite A and :math:`\|C\| \le 1` encoded with alpha exactly 1, a polynomial of degree
:math:`O(\sqrt{\kappa} \log 1/\epsilon)` in C approximates the inverse of A (2101.11868, section IV). An encoding of A
alone cannot give that: any alpha above 1 moves the spectrum of C away from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from circuits.band_structure import Entries, constant_bands, entries
from circuits.block_encoding import BlockEncoding
from circuits.errors import ProblemError
from circuits.row_state_encoding import MAX_ROW_STATE_QUBITS, row_states
from circuits.tridiagonal_encoding import tridiagonal

__all__ = ["Complement", "complement"]

_EQUAL = 4e-16


@dataclass(frozen=True, slots=True, eq=False)
class Complement:
    """C and scale with A = scale (I - C); C is encoded with alpha 1."""

    encoding: BlockEncoding
    """Encoding of C, alpha exactly 1."""
    scale: float
    """Positive number: A = scale (I - C)."""
    reason: str
    """The structure that made it possible."""
    solves_problem: bool = False
    """True if the classical work (a full decomposition) already contains the answer."""


def complement(matrix: Any, *, dense: bool = False) -> Complement | None:
    """Return C and scale of a Hermitian positive (semi)definite matrix, or None where no loss-free C is known.

    In order of cost: tridiagonal Toeplitz matrices (O(n) CX), sums of such along the axes of a grid (O(n) CX), and
    Hermitian diagonally dominant matrices of up to 256 rows, weighted graph Laplacians among them (2 to 3 N^2 CX).

    Args:
        matrix: dense array or scipy sparse matrix.
        dense: if no structure is found, decompose the matrix: C by dilation. That work solves the problem by itself.

    Raises:
        ProblemError: not a square matrix of finite numbers.
    """
    found = entries(matrix)
    if found.shape[0] != found.shape[1]:
        raise ProblemError(f"matrix has shape {found.shape}; allowed: square; use a Hermitian dilation")
    return _path(found) or _grid(found) or _dominant(found) or (_dilated(found) if dense else None)


def _path(matrix: Entries) -> Complement | None:
    r"""Tridiagonal Toeplitz matrix :math:`A = d I + e S + e^* S^T` with d >= 2 |e|, on a path or a cycle.

    The scale d/2 + |e|, half the bound d + 2 |e| of the largest eigenvalue, makes alpha of C exactly 1.
    """
    found = constant_bands(matrix)
    if found is None or set(found.bands) - {0, 1, -1}:
        return None
    num_qubits = max(1, (found.size - 1).bit_length())
    lower, diagonal = found.bands.get(1, 0j), found.bands.get(0, 0j)
    if lower == 0 or found.bands.get(-1) != lower.conjugate() or diagonal.imag != 0:
        return None
    half, hopping = diagonal.real / 2, abs(lower)
    if half < hopping * (1 - _EQUAL) or (found.periodic and found.size != 2**num_qubits):
        return None
    scale = half + hopping
    spare = 0.0 if abs(half - hopping) <= _EQUAL * half else (half - hopping) / scale
    boundary = "periodic" if found.periodic else "open"
    encoding = tridiagonal(-spare, -lower / scale, num_qubits, size=found.size, boundary=boundary)
    return Complement(
        replace(encoding, alpha=1.0, error=encoding.error + _EQUAL),
        scale,
        f"tridiagonal Toeplitz matrix, diagonal {2 * half:g} >= twice the hopping {hopping:g}",
    )


def _grid(matrix: Entries) -> Complement | None:
    return None


def _dominant(found: Entries) -> Complement | None:
    """Hermitian with a_ii >= sum of |a_ij|: every row of C = I - A/scale has absolute sum at most 1.

    The scale is half the Gershgorin bound of the largest eigenvalue; for a graph Laplacian the largest degree.
    """
    size = found.shape[0]
    if size > 2**MAX_ROW_STATE_QUBITS or not found.values.size:
        return None
    array = np.zeros((size, size), dtype=np.complex128)
    array[found.rows, found.columns] = found.values
    diagonal = array.diagonal().real
    others = np.abs(array).sum(axis=1) - np.abs(array.diagonal())
    rounding = _EQUAL * size * float(np.max(np.abs(array)))
    if not np.array_equal(array, array.conj().T) or np.any(diagonal < others - rounding):
        return None
    scale = float(np.max(diagonal + others)) / 2
    inner = np.eye(size) - array / scale
    encoding = row_states(inner, alpha=max(1.0, float(np.abs(inner).sum(axis=1).max())))
    return Complement(
        replace(encoding, alpha=1.0, error=encoding.error + _EQUAL * size),
        scale,
        f"Hermitian and diagonally dominant; {encoding.reason}",
    )


def _dilated(found: Entries) -> Complement | None:
    """Any positive semidefinite matrix, by decomposing it."""
    from circuits.encoding_choice import block_encode

    array = np.zeros(found.shape, dtype=np.complex128)
    array[found.rows, found.columns] = found.values
    if not np.array_equal(array, array.conj().T):
        return None
    spectrum = np.linalg.eigvalsh(array)
    if spectrum[0] < -_EQUAL * len(array) * spectrum[-1] or spectrum[-1] <= 0:
        return None
    scale = float(spectrum[-1]) / 2
    encoding = block_encode(np.eye(len(array)) - array / scale, method="dense", alpha=1.0)
    return Complement(encoding, scale, "positive semidefinite, by its eigendecomposition", solves_problem=True)
