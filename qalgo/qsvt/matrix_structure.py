"""What structure a matrix has: whatever a quantum route may use of it is offered to the classical baselines too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from circuits.band_structure import MAX_EXPANDED_QUBITS
from qalgo.errors import ProblemError

__all__ = ["MatrixStructure", "as_sparse", "structure_of"]

_RELATIVE_ZERO = 1e-14
"""Entries that differ by less than this share of the largest one are equal."""
_DENSE_CHECK = 2048
"""Largest size up to which positive definiteness of a matrix that no cheap test settles is decided."""
_LARGEST = 2**26


@dataclass(frozen=True, slots=True)
class MatrixStructure:
    """Facts about a square matrix, each decided from its entries."""

    size: int
    """N, rows and columns."""
    nonzeros: int
    real: bool
    hermitian: bool
    positive_definite: bool | None
    """None: Hermitian, but too large to decide."""
    lower_bandwidth: int
    upper_bandwidth: int
    toeplitz: bool
    """Constant along every diagonal."""
    circulant: bool
    """Toeplitz, and every row is the one above turned by one place."""

    @property
    def tridiagonal(self) -> bool:
        """Whether nothing is outside the three middle diagonals."""
        return max(self.lower_bandwidth, self.upper_bandwidth) <= 1

    @property
    def banded(self) -> bool:
        """Whether the band is so narrow that elimination inside it saves work: at most a quarter of the size."""
        return 4 * max(self.lower_bandwidth, self.upper_bandwidth) <= self.size

    @property
    def sparse(self) -> bool:
        """Whether at most a quarter of the entries are not zero."""
        return 4 * self.nonzeros <= self.size**2

    def __str__(self) -> str:
        words = ["real" if self.real else "complex"]
        if self.hermitian:
            words.append("positive definite" if self.positive_definite else "Hermitian")
        if self.circulant:
            words.append("circulant")
        elif self.toeplitz:
            words.append("Toeplitz")
        if self.tridiagonal:
            words.append("tridiagonal")
        elif self.banded:
            words.append(f"banded ({self.lower_bandwidth} below, {self.upper_bandwidth} above)")
        return f"{self.size} x {self.size}, {', '.join(words)}, {self.nonzeros:,} nonzeros"


def as_sparse(matrix: Any) -> Any:
    """Return a square matrix (array, scipy sparse, ``SparsePauliOp``) as a scipy CSR array without stored zeros.

    The numbers are real where all imaginary parts vanish.

    Raises:
        ProblemError: not square, empty, not finite, or not a matrix.
    """
    from scipy import sparse

    if hasattr(matrix, "paulis") and matrix.num_qubits > MAX_EXPANDED_QUBITS:
        raise ProblemError(
            f"matrix is a Pauli sum on {matrix.num_qubits} qubits; allowed for classical methods: at most "
            f"{MAX_EXPANDED_QUBITS}, since all entries are formed"
        )
    if hasattr(matrix, "to_matrix"):
        matrix = matrix.to_matrix(sparse=True)
    try:
        found = sparse.csr_array(matrix if sparse.issparse(matrix) else np.atleast_1d(np.asarray(matrix)))
        found = found.astype(np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(
            f"matrix is a {type(matrix).__name__}; allowed: an array, a scipy sparse matrix or a SparsePauliOp"
        ) from error
    if found.ndim != 2 or found.shape[0] != found.shape[1] or not 0 < found.shape[0] <= _LARGEST:
        raise ProblemError(f"matrix has shape {found.shape}; allowed: square, up to {_LARGEST:,} rows")
    if not np.all(np.isfinite(found.data)):
        raise ProblemError("matrix holds NaN or infinity; allowed: finite numbers")
    found.sum_duplicates()
    found.eliminate_zeros()
    return found if np.any(found.data.imag) else found.real.tocsr()


def structure_of(matrix: Any) -> MatrixStructure:
    """Return the structure of a square matrix, in O(nonzeros) except for :attr:`MatrixStructure.positive_definite`.

    Raises:
        ProblemError: see :func:`as_sparse`.
    """
    found = as_sparse(matrix)
    size = int(found.shape[0])
    entries = found.tocoo()
    rows, columns, values = entries.coords[0].astype(np.int64), entries.coords[1].astype(np.int64), entries.data
    largest = float(np.max(np.abs(values), initial=0.0))
    tolerance = _RELATIVE_ZERO * largest
    hermitian = _largest_of(found - found.conj().T) <= tolerance
    offsets = columns - rows
    toeplitz = _constant(offsets + size - 1, values, size - np.abs(np.arange(1 - size, size)), tolerance)
    circulant = toeplitz and _constant(offsets % size, values, np.full(size, size), tolerance)
    return MatrixStructure(
        size=size,
        nonzeros=int(values.size),
        real=not np.iscomplexobj(values),
        hermitian=hermitian,
        positive_definite=_positive_definite(found) if hermitian else False,
        lower_bandwidth=int(np.max(-offsets, initial=0)),
        upper_bandwidth=int(np.max(offsets, initial=0)),
        toeplitz=toeplitz,
        circulant=circulant,
    )


def _largest_of(matrix: Any) -> float:
    return float(np.max(np.abs(matrix.tocoo().data), initial=0.0))


def _constant(group: npt.NDArray[np.int64], values: Any, lengths: npt.NDArray[Any], tolerance: float) -> bool:
    """Whether the values of each group are equal, and each group is empty or complete."""
    count = np.bincount(group, minlength=lengths.size)
    if np.any((count != 0) & (count != lengths)):
        return False
    for part in (np.real(values), np.imag(values)):
        low = np.full(lengths.size, np.inf)
        high = np.full(lengths.size, -np.inf)
        np.minimum.at(low, group, part)
        np.maximum.at(high, group, part)
        if np.any((high - low)[count > 0] > tolerance):
            return False
    return True


def _positive_definite(matrix: Any) -> bool | None:
    diagonal = matrix.diagonal().real
    if np.any(diagonal <= 0.0):
        return False
    radii = np.asarray(abs(matrix).sum(axis=1)).ravel() - np.abs(diagonal)
    if np.all(diagonal > radii):
        return True  # Gershgorin
    if matrix.shape[0] > _DENSE_CHECK:
        return _positive_pivots(matrix)
    try:
        factor = np.linalg.cholesky(matrix.toarray())
    except np.linalg.LinAlgError:
        return False
    return _clearly_positive(factor.diagonal().real ** 2, diagonal)


def _positive_pivots(matrix: Any) -> bool | None:
    """Decide a tridiagonal matrix by its pivots; None for others of this size."""
    entries = matrix.tocoo()
    if np.max(np.abs(entries.coords[0] - entries.coords[1]), initial=0) > 1:
        return None
    from scipy.linalg import lapack

    diagonal, off = matrix.diagonal().real, np.abs(matrix.diagonal(1))
    pivots, _, failed = lapack.dpttrf(diagonal, off)
    return failed == 0 and _clearly_positive(pivots, diagonal)


def _clearly_positive(pivots: npt.NDArray[Any], diagonal: npt.NDArray[Any]) -> bool:
    """Whether no pivot is only the rounding of a zero."""
    return bool(np.min(pivots) > 4.0 * np.finfo(np.float64).eps * pivots.size * np.max(diagonal))
