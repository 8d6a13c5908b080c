"""The two ways to a solution, planned: polynomial, budget and success probability, before phases and circuits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.errors import ProblemError
from qalgo.qsvt.condition_number import SingularRange, singular_range
from qalgo.qsvt.linear_system_budget import ErrorBudget, relative_error_of
from qalgo.qsvt.linear_system_problem import LinearProblem
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.chebyshev import sup_norm
from qalgo.qsvt.polynomials.reciprocals import inverse, positive_definite_inverse
from qalgo.qsvt.singular_transform import transformed_vector

if TYPE_CHECKING:
    from circuits.block_encoding import BlockEncoding

__all__ = ["SolverPath", "inverse_path", "positive_definite_path"]

SUP = 0.99
"""Bound that polynomials keep: 2 % of success probability for phases that are quick to find."""
_PHASE_TOLERANCE = 1e-12
_PHASE_SHARE = 1e-2
"""Share of the budget that is kept for the phases."""
_LEAST_KAPPA = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class SolverPath:
    """One way to the solution, without its phases."""

    method: str
    encoding: BlockEncoding
    """What the circuit uses: of A^dagger / alpha, or of C."""
    polynomials: tuple[Polynomial, ...]
    """Each of definite parity and with |P| <= 1; two of them: even and odd part."""
    weights: tuple[float, ...]
    """The block is sum_i w_i P_i / sum_i w_i."""
    applied: Polynomial
    """The block as one polynomial."""
    factor: float
    """x = factor * ||b|| * block b/||b||."""
    kappa: float
    kappa_source: str
    polynomial_error: float
    encoding_error: float
    phase_gain: float
    """Relative error of x per unit of error of the block."""
    success_probability: float

    @property
    def degree(self) -> int:
        """Uses of the encoding."""
        return self.applied.degree

    def budget(self, phase_errors: tuple[float, ...]) -> ErrorBudget:
        """Return the budget with the certified errors of the phases of each polynomial."""
        block = float(np.dot(self.weights, phase_errors)) / sum(self.weights)
        return ErrorBudget(self.encoding_error, self.polynomial_error, self.phase_gain * block)

    def phase_tolerance(self, epsilon: float) -> float:
        """Return the largest error of the phases that the budget bears, at most 1e-12."""
        return min(_PHASE_TOLERANCE, _PHASE_SHARE * relative_error_of(epsilon) / self.phase_gain)


def inverse_path(problem: LinearProblem, encoding: BlockEncoding, kappa: float | None, epsilon: float) -> SolverPath:
    """Plan 1/x of the singular values of an encoding of A.

    Raises:
        ProblemError: singular A, kappa too small, an encoding too inexact for epsilon.
    """
    singular = singular_range(problem.matrix, kappa=kappa, scale=encoding.alpha)
    used, delta, room = _room(singular, encoding.error, epsilon, encoding.alpha)
    largest = encoding.alpha
    if singular.largest is not None:
        largest = min(largest, singular.largest + encoding.error)
    gain = largest / encoding.alpha
    polynomial = inverse(used, min(0.5, room / gain), sup=SUP)
    adjoint = problem.matrix.conj().T
    return SolverPath(
        method="qsvt",
        encoding=encoding if problem.hermitian else adjoint_of(encoding),
        polynomials=(polynomial,),
        weights=(1.0,),
        applied=polynomial,
        factor=polynomial.scale / encoding.alpha,
        kappa=used,
        kappa_source=singular.source,
        polynomial_error=polynomial.error * gain,
        encoding_error=delta,
        phase_gain=polynomial.scale * gain,
        success_probability=_probability(polynomial, adjoint, encoding.alpha, problem),
    )


def positive_definite_path(
    problem: LinearProblem, encoding: BlockEncoding, scale: float, kappa: float | None, epsilon: float
) -> SolverPath:
    """Plan 1/(1 - x) of an encoding of C without loss, A = scale (I - C).

    Raises:
        ProblemError: as :func:`inverse_path`; an encoding with alpha other than 1.
    """
    if abs(encoding.alpha - 1.0) > 1e-12:
        raise ProblemError(f"encoding of C has alpha={encoding.alpha:.6g}; allowed: 1, or nothing is gained")
    singular = singular_range(problem.matrix, kappa=kappa, scale=2.0 * scale)
    used, delta, room = _room(singular, scale * encoding.error, epsilon, 2.0 * scale)
    whole = positive_definite_inverse(used, min(0.5, room), sup=SUP)
    parts, weights = _even_and_odd(whole)
    total = sum(weights)
    applied = replace(
        whole, coefficients=whole.coefficients / total, sup_bound=whole.sup_bound / total, scale=whole.scale * total
    )
    identity = _identity_like(problem.matrix)
    relative = whole.relative_error
    assert relative is not None  # this family always has one
    return SolverPath(
        method="positive-definite",
        encoding=encoding,
        polynomials=parts,
        weights=weights,
        applied=applied,
        factor=applied.scale / scale,
        kappa=used,
        kappa_source=singular.source,
        polynomial_error=relative,
        encoding_error=delta,
        phase_gain=2.0 * applied.scale,
        success_probability=_probability(applied, identity - problem.matrix / scale, 1.0, problem),
    )


def adjoint_of(encoding: BlockEncoding) -> BlockEncoding:
    """Return the encoding of A^dagger: the inverse circuit."""
    if encoding.hermitian:
        return encoding
    return replace(
        encoding,
        circuit=encoding.inverse_circuit(),
        shape=(encoding.shape[1], encoding.shape[0]),
        controlled_builder=None,
    )


def _room(singular: SingularRange, error: float, epsilon: float, scale: float) -> tuple[float, float, float]:
    """Return the kappa of the encoded matrix, delta, and what is left of the relative error for the polynomial."""
    wanted = relative_error_of(epsilon)
    left = singular.least - error
    delta = error / left if left > 0.0 else np.inf
    room = (wanted - delta) / (1.0 + delta) if np.isfinite(delta) else -1.0
    if room <= 0.0:
        raise ProblemError(
            f"the block encoding is off by up to {error:.3g} beside a smallest singular value of {singular.least:.3g}, "
            f"which alone gives a relative error of {delta:.3g}, above epsilon={epsilon:g}; allowed: a more exact "
            "encoding, or a larger epsilon"
        )
    # The singular values of the encoded matrix come down by the error, and rounding must not push one out of the domain.
    return max(_LEAST_KAPPA, scale / left * (1.0 + 1e-12)), delta, room * (1.0 - _PHASE_SHARE)


def _even_and_odd(polynomial: Polynomial) -> tuple[tuple[Polynomial, ...], tuple[float, ...]]:
    """Split into parts stretched to |P_i| <= SUP, with the weights that undo the stretching."""
    parts, weights = [], []
    for offset in (0, 1):
        coefficients = polynomial.coefficients.copy()
        coefficients[1 - offset :: 2] = 0.0
        coefficients = np.trim_zeros(coefficients, "b")
        if coefficients.size == 0:
            continue
        weight = sup_norm(coefficients)[1] / SUP
        parts.append(Polynomial(coefficients / weight, sup_bound=SUP, target="even part" if offset == 0 else "odd part"))
        weights.append(weight)
    return tuple(parts), tuple(weights)


def _probability(polynomial: Polynomial, matrix: Any, scale: float, problem: LinearProblem) -> float:
    state = problem.rhs / problem.rhs_norm
    result = transformed_vector(polynomial.coefficients, matrix, scale, state, hermitian=problem.hermitian)
    return float(np.linalg.norm(result) ** 2)


def _identity_like(matrix: Any) -> Any:
    if not hasattr(matrix, "nnz"):
        return np.eye(int(matrix.shape[0]))
    from scipy import sparse

    return sparse.eye_array(int(matrix.shape[0]), format="csr")
