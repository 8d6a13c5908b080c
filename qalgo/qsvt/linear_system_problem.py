"""A and b of a linear system, checked: what everything that follows may rely on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from circuits.block_encoding import BlockEncoding

__all__ = ["LinearProblem", "checked_problem"]

_MOST_PAULI_QUBITS = 20
_DENSE_PAULI_QUBITS = 10


@dataclass(frozen=True, slots=True, eq=False)
class LinearProblem:
    """A x = b with numbers only."""

    matrix: Any
    """Array or scipy sparse matrix, shape (N, N), complex or real, finite."""
    given: Any
    """A as the user gave it: what is encoded."""
    rhs: npt.NDArray[np.complex128]  # shape (N,)
    real: bool
    """Whether A and b, and so x, are real."""
    hermitian: bool
    encoding: BlockEncoding | None
    """A block encoding given in the place of A."""

    @property
    def size(self) -> int:
        """N, unknowns."""
        return int(self.rhs.size)

    @property
    def rhs_norm(self) -> float:
        """||b||."""
        return float(np.linalg.norm(self.rhs))

    def padded_state(self, num_qubits: int) -> npt.NDArray[np.complex128]:
        """Return b / ||b||, filled up with zeros to 2^num_qubits entries."""
        state = np.zeros(2**num_qubits, dtype=np.complex128)
        state[: self.size] = self.rhs / self.rhs_norm
        return state


def checked_problem(matrix: Any, rhs: Any) -> LinearProblem:
    """Return the problem in numbers.

    Raises:
        ProblemError: not square, not finite, zero right-hand side, shapes that do not fit.
    """
    encoding = None
    given = matrix
    if hasattr(matrix, "inverse_circuit") and hasattr(matrix, "alpha"):
        encoding = matrix
        rows, columns = encoding.shape if encoding.shape != (0, 0) else (2**encoding.num_system,) * 2
        matrix = encoding.matrix()[:rows, :columns]
    numbers = _numbers(matrix)
    entries = numbers.data if hasattr(numbers, "nnz") else numbers
    if len(numbers.shape) != 2 or 0 in numbers.shape:
        raise ProblemError(f"matrix has shape {numbers.shape}; allowed: two axes, at least one row")
    rows, columns = numbers.shape
    if rows != columns:
        raise ProblemError(
            f"matrix has {rows} rows and {columns} columns; allowed: as many equations as unknowns. For a "
            "least-squares solution solve the normal equations A^dagger A x = A^dagger b (kappa is squared), or take "
            "numpy.linalg.lstsq"
        )
    if not np.all(np.isfinite(entries)):
        raise ProblemError("matrix has entries that are NaN or infinite; allowed: finite numbers")
    if not np.any(entries):
        raise ProblemError("matrix is zero; allowed: an invertible one")
    vector = _vector(rhs, rows)
    difference = numbers - numbers.conj().T
    largest = float(np.max(np.abs(entries)))
    return LinearProblem(
        matrix=numbers,
        given=given,
        rhs=vector,
        real=not np.any(np.imag(entries)) and not np.any(vector.imag),
        hermitian=float(abs(difference).max()) <= 1e-14 * largest,
        encoding=encoding,
    )


def _numbers(matrix: Any) -> Any:
    if hasattr(matrix, "to_matrix"):
        qubits = getattr(matrix, "num_qubits", 0)
        if qubits > _MOST_PAULI_QUBITS:
            raise ProblemError(
                f"matrix is a Pauli sum on {qubits} qubits, 2^{qubits} unknowns; allowed: at most {_MOST_PAULI_QUBITS} "
                "qubits, since b and x are vectors in memory"
            )
        wide = qubits > _DENSE_PAULI_QUBITS
        matrix = matrix.to_matrix(sparse=True) if wide else matrix.to_matrix()
    if hasattr(matrix, "tocsr"):
        return matrix.tocsr()
    try:
        return np.asarray(matrix, dtype=np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(
            f"matrix is not made of numbers ({error}); allowed: array, scipy sparse, SparsePauliOp"
        ) from (error)


def _vector(rhs: Any, size: int) -> npt.NDArray[np.complex128]:
    if hasattr(rhs, "toarray"):
        rhs = rhs.toarray()
    try:
        vector = np.array(rhs, dtype=np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"b is not made of numbers ({error}); allowed: a vector of {size} numbers") from error
    if vector.shape == (size, 1):
        vector = vector[:, 0]
    if vector.shape != (size,):
        raise ProblemError(f"b has shape {vector.shape}, the matrix {size} rows; allowed: shape ({size},)")
    if not np.all(np.isfinite(vector)):
        raise ProblemError("b has entries that are NaN or infinite; allowed: finite numbers")
    if not np.any(vector):
        raise ProblemError("b is zero, so that x is zero, which is no state; allowed: at least one entry other than 0")
    return vector
