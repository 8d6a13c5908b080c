r"""The singular values that decide the degree: extreme ones of A, exactly or by Lanczos, and kappa of the encoding.

kappa of an encoding is alpha / smallest singular value of A, not the condition number of A: what the encoding loses in
alpha is lost here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

__all__ = ["SingularRange", "dense_matrix", "singular_range"]

DENSE_SIZE = 1024
"""Largest size whose singular values are all computed (O(N^3) operations)."""
SAFETY = 1.05
"""Lanczos approaches the smallest singular value from above: it is divided by this."""
_SAME = 1e-9
"""Relative rounding that a kappa given by the user may be too small by."""


@dataclass(frozen=True, slots=True)
class SingularRange:
    """Bounds on the singular values of A: least <= sigma <= largest."""

    least: float
    largest: float | None
    """None if it is not known: then alpha bounds it."""
    source: str

    def kappa(self, scale: float) -> float:
        """Return scale / least; scale is alpha."""
        return scale / self.least


def singular_range(matrix: Any, *, kappa: float | None, scale: float) -> SingularRange:
    r"""Return the range of the singular values of a square matrix, or trust the user's kappa where they cost too much.

    Up to 1024 rows all singular values are computed. Above, sparse matrices: Lanczos on :math:`(A^\dagger A)^{-1}` by a
    sparse LU decomposition, with 5 % of safety. Both cost as much as a classical solution; give ``kappa`` where it is
    known.

    Args:
        matrix: array or scipy sparse matrix.
        kappa: scale / smallest singular value, if known; checked up to 1024 rows.
        scale: alpha of the encoding (twice the scale of the complement).

    Raises:
        ProblemError: a singular matrix, or a kappa that is too small.
    """
    if kappa is not None and (not math.isfinite(kappa) or kappa < 1.0):
        raise ProblemError(f"kappa is {kappa!r}; allowed: at least 1, alpha / smallest singular value")
    size = int(matrix.shape[0])
    if size <= DENSE_SIZE:
        found = _dense_range(dense_matrix(matrix))
    elif kappa is not None:
        return SingularRange(scale / kappa, None, f"given, not checked for {size} rows")
    else:
        found = _lanczos_range(matrix)
    if kappa is None:
        return found
    needed = found.kappa(scale)
    if kappa < needed * (1.0 - _SAME):
        raise ProblemError(
            f"kappa={kappa:g} is too small: alpha / smallest singular value is {scale:.6g} / {found.least:.6g} = "
            f"{needed:.6g}; allowed: at least that (kappa is that of the encoding, not of the matrix), or leave it out"
        )
    return SingularRange(scale / max(kappa, needed), found.largest, "given, checked by the singular values")


def dense_matrix(matrix: Any) -> npt.NDArray[np.complex128]:
    """Return array, sparse matrix or ``SparsePauliOp`` as an array."""
    if hasattr(matrix, "to_matrix"):
        matrix = matrix.to_matrix()
    if hasattr(matrix, "toarray"):
        matrix = matrix.toarray()
    return np.asarray(matrix, dtype=np.complex128)


def _dense_range(array: npt.NDArray[np.complex128]) -> SingularRange:
    values = np.linalg.svd(array, compute_uv=False)
    least, largest = float(values[-1]), float(values[0])
    _refuse_singular(least, largest, array.shape[0], int(np.sum(values <= _threshold(largest, array.shape[0]))))
    return SingularRange(least, largest, "singular values")


def _lanczos_range(matrix: Any) -> SingularRange:
    from scipy import sparse
    from scipy.sparse import linalg

    size = int(matrix.shape[0])
    columns = sparse.csc_matrix(matrix)
    try:
        factors = linalg.splu(columns)
    except RuntimeError as error:
        raise ProblemError(_singular_message(f"its LU decomposition failed ({error})")) from error
    start = np.random.default_rng(0).normal(size=size).astype(columns.dtype)
    inverse = linalg.LinearOperator(
        columns.shape, lambda v: factors.solve(factors.solve(v.astype(columns.dtype), trans="H")), dtype=columns.dtype
    )
    product = linalg.LinearOperator(columns.shape, lambda v: columns.conj().T @ (columns @ v), dtype=columns.dtype)
    top = linalg.eigsh(inverse, k=1, which="LM", v0=start, return_eigenvectors=False)[0]
    largest = SAFETY * math.sqrt(linalg.eigsh(product, k=1, which="LM", v0=start, return_eigenvectors=False)[0])
    least = 1.0 / math.sqrt(top) if top > 0.0 else 0.0
    _refuse_singular(least, largest, size, 1)
    return SingularRange(least / SAFETY, largest, f"Lanczos on the inverse by sparse LU, {SAFETY - 1:.0%} of safety")


def _threshold(largest: float, size: int) -> float:
    return size * float(np.finfo(np.float64).eps) * largest


def _refuse_singular(least: float, largest: float, size: int, dropped: int) -> None:
    if least <= _threshold(largest, size):
        raise ProblemError(
            _singular_message(f"{dropped} of {size} singular values vanish beside the largest, {largest:.3g}")
        )


def _singular_message(what: str) -> str:
    return (
        f"matrix is singular: {what}; allowed: an invertible one. Project out the null space (A + P with the projector "
        "P on it leaves the other solutions as they are), add a ridge (A + mu I), or take the pseudo-inverse: "
        "numpy.linalg.lstsq"
    )
