"""Counted linear algebra: a matrix and vectors whose products are counted where they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CountedMatrix", "state_distance"]

Vector = npt.NDArray[Any]

_COMPLEX = 4
"""Real operations of a complex multiply-add (8) over those of a real one (2)."""


@dataclass(slots=True)
class CountedMatrix:
    """A sparse matrix that counts its uses, and the vector arithmetic done beside it, in real operations."""

    matrix: Any
    products: int = 0
    """Matrix-vector products, those with the conjugate transpose included."""
    operations: float = 0.0
    """Real additions and multiplications."""

    @property
    def size(self) -> int:
        """N."""
        return int(self.matrix.shape[0])

    @property
    def factor(self) -> int:
        """Real operations per real operation of the same formula over this field."""
        return _COMPLEX if np.iscomplexobj(self.matrix.data) else 1

    def times(self, vector: Vector) -> Vector:
        """Return A v: one product, 2 operations per nonzero."""
        self._product()
        return np.asarray(self.matrix @ vector)

    def adjoint_times(self, vector: Vector) -> Vector:
        """Return A^dagger v: counted like A v."""
        self._product()
        return np.asarray(self.matrix.conj().T @ vector)

    def dot(self, left: Vector, right: Vector) -> Any:
        """Return <left, right>: 2 N operations."""
        self.vector_work(2)
        return np.vdot(left, right)

    def plus(self, vector: Vector, scale: Any, other: Vector) -> Vector:
        """Return vector + scale * other: 2 N operations."""
        self.vector_work(2)
        return np.asarray(vector + scale * other)

    def vector_work(self, operations_per_entry: float) -> None:
        """Count work on vectors that is done elsewhere."""
        self.operations += operations_per_entry * self.size * self.factor

    def _product(self) -> None:
        self.products += 1
        self.operations += 2.0 * self.matrix.nnz * self.factor


def state_distance(vector: Vector, exact: Vector) -> float:
    r"""Return the state error :math:`\min_\varphi \| e^{i\varphi} \hat v/\|\hat v\| - v/\|v\| \|` of two vectors.

    2 for a vector without length: nothing is known of the state.
    """
    lengths = np.linalg.norm(vector), np.linalg.norm(exact)
    if not all(np.isfinite(lengths)) or min(lengths) == 0.0:
        return 2.0
    one, two = vector / lengths[0], exact / lengths[1]
    overlap = np.vdot(one, two)
    phase = overlap / abs(overlap) if overlap != 0.0 else 1.0
    return float(np.linalg.norm(one * phase - two))
