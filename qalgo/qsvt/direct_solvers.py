"""Direct solvers, each with its operations: leading order in closed form, or counted from the factors it made.

All return the solution and its real arithmetic operations (a complex multiply-add counts 8, a real one 2).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qalgo.errors import ProblemError
from qalgo.qsvt.matrix_structure import MatrixStructure
from qalgo.qsvt.operation_count import Vector

__all__ = ["banded_elimination", "dense_elimination", "fourier", "sine_transform", "sparse_elimination", "thomas"]

LARGEST_DENSE = 2048
"""Rows up to which a dense factorisation is made."""
_LARGEST_SKEW = 1e3
"""Largest ratio of the entries of the diagonal matrix that makes a tridiagonal Toeplitz matrix symmetric."""


def dense_elimination(matrix: Any, structure: MatrixStructure, right_side: Vector) -> tuple[Vector, float]:
    """Cholesky (N^3/3) for positive-definite matrices, otherwise LU with pivoting (2 N^3/3)."""
    from scipy import linalg

    dense, size = matrix.toarray(), structure.size
    if structure.positive_definite:
        solution = linalg.cho_solve(linalg.cho_factor(dense), right_side)
        return np.asarray(solution), _field(structure) * (size**3 / 3 + 2 * size**2)
    solution = linalg.lu_solve(linalg.lu_factor(dense), right_side)
    return np.asarray(solution), _field(structure) * (2 * size**3 / 3 + 2 * size**2)


def banded_elimination(matrix: Any, structure: MatrixStructure, right_side: Vector) -> tuple[Vector, float]:
    """Cholesky inside the band, N (w^2 + 7 w), or LU with pivoting, at most 2 N l (l + u) + 2 N (2 l + u)."""
    from scipy import linalg

    low, high, size = structure.lower_bandwidth, structure.upper_bandwidth, structure.size
    if structure.positive_definite:
        band = np.array([np.pad(matrix.diagonal(k), (k, 0)) for k in range(high, -1, -1)])
        solution = linalg.solveh_banded(band, right_side)
        return np.asarray(solution), _field(structure) * size * (high**2 + 7.0 * high + 2.0)
    band = np.array(
        [np.pad(matrix.diagonal(k), (k, 0) if k >= 0 else (0, -k)) for k in range(high, -low - 1, -1)],
    )
    solution = linalg.solve_banded((low, high), band, right_side)
    operations = 2.0 * size * low * (low + high) + 2.0 * size * (2 * low + high) + 2.0 * size
    return np.asarray(solution), _field(structure) * operations


def thomas(matrix: Any, structure: MatrixStructure, right_side: Vector) -> tuple[Vector, float]:
    """Elimination in a tridiagonal matrix: 8 N - 7 operations, at most 12 N with pivoting (not positive definite)."""
    from scipy.linalg import lapack

    size = structure.size
    below, diagonal, above = (np.array(matrix.diagonal(k)) for k in (-1, 0, 1))
    complex_field = any(np.iscomplexobj(item) for item in (diagonal, right_side))
    if size == 1:
        return right_side / diagonal, 1.0
    if structure.positive_definite:
        solver = lapack.zptsv if complex_field else lapack.dptsv
        *_, solution, info = solver(diagonal.real, below, right_side)
        operations = 8.0 * size - 7.0
    else:
        solver = lapack.zgtsv if complex_field else lapack.dgtsv
        *_, solution, info = solver(below, diagonal, above, right_side)
        operations = 12.0 * size
    if info != 0:
        raise ProblemError("matrix is singular; allowed: an invertible one")
    return np.asarray(solution).reshape(size), _field(structure) * operations


def sine_transform_applies(matrix: Any, structure: MatrixStructure) -> bool:
    """Whether the sine transform diagonalises the matrix, after a scaling that loses at most three digits."""
    if not (structure.toeplitz and structure.tridiagonal) or structure.size < 2:
        return False
    below, above = abs(matrix[1, 0]), abs(matrix[0, 1])
    if min(below, above) == 0.0:
        return False
    return abs(math.log(below / above)) * (structure.size - 1) / 2 <= math.log(_LARGEST_SKEW)


def sine_transform(matrix: Any, structure: MatrixStructure, right_side: Vector) -> tuple[Vector, float]:
    r"""Two discrete sine transforms: a tridiagonal Toeplitz matrix has the sine vectors, scaled, as eigenvectors.

    With entries c, a, b (below, on, above the diagonal): A = D T D^-1, D = diag((c/b)^(k/2)), T symmetric with
    eigenvalues :math:`a + 2 \sqrt{bc} \cos(j\pi/(N+1))`. Operations: 2.5 M log2 M per transform, M = 2 (N + 1), for the
    real symmetric matrix.
    """
    from scipy import fft

    size = structure.size
    below, diagonal, above = complex(matrix[1, 0]), complex(matrix[0, 0]), complex(matrix[0, 1])
    step = np.sqrt(below / above)
    off = step * above
    scaling = step ** np.arange(size)
    values = diagonal + 2.0 * off * np.cos(np.pi * np.arange(1, size + 1) / (size + 1))
    if structure.hermitian and structure.real:
        values, scaling = values.real, np.sign(scaling.real)
    inner = fft.dst(right_side / scaling, type=1, norm="ortho")
    solution = scaling * fft.dst(inner / values, type=1, norm="ortho")
    if structure.real and not np.iscomplexobj(right_side):
        solution = np.real(solution)
    length = 2 * (size + 1)
    transforms = 2 * 2.5 * length * math.log2(length) + 3.0 * size
    return np.asarray(solution), (1 if np.isrealobj(inner) else 4) * transforms


def fourier(matrix: Any, structure: MatrixStructure, right_side: Vector) -> tuple[Vector, float]:
    """Three fast Fourier transforms of a circulant matrix: 3 (5 N log2 N) + 6 N operations, half of that if real."""
    column = matrix[:, [0]].toarray().ravel()
    solution = np.fft.ifft(np.fft.fft(right_side) / np.fft.fft(column))
    real = structure.real and not np.iscomplexobj(right_side)
    size = structure.size
    operations = 3 * 5.0 * size * math.log2(max(size, 2)) + 6.0 * size
    return np.asarray(solution.real if real else solution), operations / (2 if real else 1)


def sparse_elimination(matrix: Any, structure: MatrixStructure, right_side: Vector) -> tuple[Vector, float]:
    """SuperLU with its default ordering; the operations are counted from the nonzeros of the factors."""
    from scipy.sparse.linalg import splu

    factors = splu(matrix.tocsc())
    solution = factors.solve(right_side.astype(np.result_type(matrix.dtype, right_side)))
    below = np.diff(factors.L.tocsc().indptr) - 1
    right = np.diff(factors.U.tocsr().indptr) - 1
    elimination = float(np.sum(below * (1.0 + 2.0 * right)))
    return np.asarray(solution), _field(structure) * (elimination + 2.0 * (factors.L.nnz + factors.U.nnz))


def _field(structure: MatrixStructure) -> int:
    return 1 if structure.real else 4
