"""Real combinations of Pauli strings as arrays, with the commutator: what rigorous product-formula bounds need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit.quantum_info import SparsePauliOp

__all__ = ["PauliSum", "commutator", "pauli_sum"]

MAX_QUBITS = 31
Masks = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PauliSum:
    r"""Sum of c_k P_k with :math:`P = i^{|x \wedge z|} X^x Z^z`, the Hermitian Pauli string of the masks x and z."""

    x: Masks  # shape (m,), bit q for qubit q
    z: Masks  # shape (m,)
    coefficients: npt.NDArray[np.complex128]  # shape (m,)

    @property
    def one_norm(self) -> float:
        """Sum of |c_k|: an upper bound on the spectral norm."""
        return float(np.sum(np.abs(self.coefficients)))

    def scaled(self, factor: complex) -> PauliSum:
        """Return factor times this sum."""
        return PauliSum(self.x, self.z, factor * self.coefficients)

    def plus(self, other: PauliSum) -> PauliSum:
        """Return the sum of both, equal strings collected."""
        return _collected(
            np.concatenate([self.x, other.x]),
            np.concatenate([self.z, other.z]),
            np.concatenate([self.coefficients, other.coefficients]),
        )


def pauli_sum(operator: SparsePauliOp) -> PauliSum:
    """Return the arrays of a ``SparsePauliOp``.

    Raises:
        ProblemError: more than 31 qubits.
    """
    width = operator.num_qubits
    if width > MAX_QUBITS:
        raise ProblemError(f"the Hamiltonian has {width} qubits; allowed: at most {MAX_QUBITS}")
    weights = 1 << np.arange(width, dtype=np.int64)
    paulis = operator.paulis
    # SparsePauliOp keeps the sign of its strings in the coefficients; x z meaning Y agrees with the Hermitian string.
    return _collected(
        paulis.x.astype(np.int64) @ weights,
        paulis.z.astype(np.int64) @ weights,
        np.asarray(operator.coeffs, dtype=np.complex128) * (-1j) ** np.asarray(paulis.phase),
    )


def commutator(left: PauliSum, right: PauliSum) -> PauliSum:
    """Return [left, right]: only anticommuting pairs contribute, each with twice its product."""
    crossed = np.bitwise_count(left.x[:, None] & right.z) + np.bitwise_count(left.z[:, None] & right.x)
    first, second = np.nonzero(crossed % 2)
    x1, z1, x2, z2 = left.x[first], left.z[first], right.x[second], right.z[second]
    x3, z3 = x1 ^ x2, z1 ^ z2
    power = (
        np.bitwise_count(x1 & z1).astype(np.int64)
        + np.bitwise_count(x2 & z2)
        - np.bitwise_count(x3 & z3)
        + 2 * np.bitwise_count(z1 & x2).astype(np.int64)
    )
    phases = np.array([1, 1j, -1, -1j])[power % 4]
    return _collected(x3, z3, 2 * phases * left.coefficients[first] * right.coefficients[second])


def _collected(x: Masks, z: Masks, coefficients: npt.NDArray[np.complex128]) -> PauliSum:
    keys, inverse = np.unique((x << 32) | z, return_inverse=True)
    real = np.bincount(inverse, coefficients.real, len(keys))
    imaginary = np.bincount(inverse, coefficients.imag, len(keys))
    kept = np.hypot(real, imaginary) > 0
    return PauliSum(keys[kept] >> 32, keys[kept] & (2**32 - 1), (real + 1j * imaginary)[kept])
