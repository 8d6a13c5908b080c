r"""What a circuit does, in classical arithmetic: P of the singular values of a matrix, applied to a vector.

By Chebyshev's recurrence: as many matrix-vector products as the polynomial has degree, and no decomposition. It says
the success probability exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.condition_number import DENSE_SIZE, dense_matrix
from qalgo.qsvt.polynomials.chebyshev import values_at

__all__ = ["apply_singular", "transformed_vector"]

ComplexVector = npt.NDArray[np.complex128]


def apply_singular(
    coefficients: npt.NDArray[np.float64], matrix: Any, scale: float, vector: ComplexVector
) -> ComplexVector:
    r"""Return :math:`\sum_k c_k T_k^{SV}(M)\,v` for M = matrix / scale, odd k ending in the range of M.

    T_1 = M v, T_2 = 2 M^dagger T_1 - v, T_3 = 2 M T_2 - T_1, ...: T_k of the singular values between the right and the
    left (odd k) singular vectors (1806.01838, definition 16).

    Args:
        coefficients: of T_0 .. T_d; of definite parity unless M is Hermitian.
        matrix: shape (N, N), array or scipy sparse.
        scale: alpha; no singular value of the matrix is larger.
        vector: shape (N,).
    """
    forward = matrix / scale
    backward = forward.conj().T
    previous = np.asarray(vector, dtype=np.complex128)
    result: ComplexVector = coefficients[0] * previous
    if coefficients.size == 1:
        return result
    current = forward @ previous
    result = result + coefficients[1] * current
    for order in range(2, coefficients.size):
        step = backward if order % 2 == 0 else forward
        previous, current = current, 2.0 * (step @ current) - previous
        if coefficients[order] != 0.0:
            result += coefficients[order] * current
    return result


def transformed_vector(
    coefficients: npt.NDArray[np.float64], matrix: Any, scale: float, vector: ComplexVector, *, hermitian: bool
) -> ComplexVector:
    """Return what :func:`apply_singular` does, by a decomposition where that takes fewer operations."""
    size = int(matrix.shape[0])
    per_product = float(matrix.nnz if hasattr(matrix, "nnz") else size**2)
    if size > DENSE_SIZE or coefficients.size * per_product < 20.0 * size**3:
        return apply_singular(coefficients, matrix, scale, vector)
    dense = dense_matrix(matrix) / scale
    if hermitian:
        values, vectors = np.linalg.eigh(dense)
        return np.asarray(vectors @ (values_at(values, coefficients) * (vectors.conj().T @ vector)))
    left, values, right = np.linalg.svd(dense)
    target = left if np.any(coefficients[1::2]) else right.conj().T
    return np.asarray(target @ (values_at(values, coefficients) * (right @ vector)))
