r"""The projector on the eigenvalues below or above a threshold, as polynomials of one block encoding."""

from __future__ import annotations

from typing import Any

import numpy as np

from circuits.block_encoding import BlockEncoding
from qalgo.errors import ProblemError
from qalgo.qsvt.function_parts import SUP, FunctionParts, function_parts
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.chebyshev import coefficients_from, grid, sup_norm
from qalgo.qsvt.polynomials.signs import sign

__all__ = ["shifted", "spectrum_bounds", "step_parts"]


def spectrum_bounds(matrix: Any) -> tuple[float, float]:
    """Return an interval that holds all eigenvalues: [-alpha, alpha], the sum of Pauli weights, or Gershgorin's discs.

    Raises:
        ProblemError: not square, or not finite.
    """
    if isinstance(matrix, BlockEncoding):
        return -matrix.alpha - matrix.error, matrix.alpha + matrix.error
    if hasattr(matrix, "paulis"):
        identity = ~np.any(matrix.paulis.x | matrix.paulis.z, axis=1)
        centre = float(np.sum(matrix.coeffs[identity]).real)
        radius = float(np.sum(np.abs(matrix.coeffs[~identity])))
        return centre - radius, centre + radius
    sparse = hasattr(matrix, "toarray")
    try:
        array = matrix if sparse else np.asarray(matrix).astype(np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"the Hamiltonian cannot be read; allowed: a matrix of numbers: {error}") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.shape[0]:
        raise ProblemError(f"the Hamiltonian has shape {array.shape}; allowed: a square Hermitian matrix")
    diagonal = np.asarray(array.diagonal())
    sums = np.asarray(abs(array).sum(axis=1)).ravel()
    if not np.all(np.isfinite(sums)):
        raise ProblemError("the Hamiltonian has entries that are not finite; allowed: finite numbers")
    radii = sums - np.abs(diagonal)
    return float(np.min(diagonal.real - radii)), float(np.max(diagonal.real + radii))


def shifted(matrix: Any, threshold: float) -> Any:
    """Return H - threshold for a matrix or Pauli sum; the threshold is then 0 and one odd polynomial suffices."""
    if hasattr(matrix, "paulis"):
        from qiskit.quantum_info import SparsePauliOp

        label = "I" * int(matrix.num_qubits)
        return (matrix + SparsePauliOp([label], [-threshold])).simplify()
    if hasattr(matrix, "toarray"):
        import scipy.sparse

        return matrix - threshold * scipy.sparse.eye_array(matrix.shape[0], format="csr")
    array = np.asarray(matrix)
    return array - threshold * np.eye(array.shape[0])


def step_parts(middle: float, delta: float, epsilon: float, side: str) -> FunctionParts:
    r"""Return the step at ``middle``, as a function of x = eigenvalue / alpha, within ``epsilon`` outside its gap.

    ``delta``: half the gap. At 0 the step is (1 -+ sign x) / 2: a constant and an odd polynomial, whose sum loses
    nothing. Elsewhere sign((x - middle) / (1 + |middle|)) has both parities: the degree grows by 1 + |middle|, and the
    circuit applies the step divided by up to 3/2.
    """
    orientation = -0.5 if side == "below" else 0.5
    polynomial = sign(delta / (1.0 + abs(middle)), min(epsilon, 0.5), sup=SUP)
    if middle == 0.0:
        constant = Polynomial(np.ones(1), sup_bound=1.0, target="1")
        return function_parts((constant, polynomial), 1.0, epsilon, (0.5, orientation))
    values = polynomial((grid(polynomial.degree) - middle) / (1.0 + abs(middle)))
    coefficients = orientation * polynomial.scale * coefficients_from(values)
    coefficients[0] += 0.5
    bound = sup_norm(coefficients)[1]
    step = Polynomial(
        coefficients / bound,
        sup_bound=1.0,
        scale=bound,
        error=0.5 * polynomial.error,
        domain=((-1.0, middle - delta), (middle + delta, 1.0)),
        target=f"step {side} {middle:g}",
        source=polynomial.source,
    )
    return function_parts(step, 1.0, epsilon, (1.0,))
