"""The two ways to a solution, planned: polynomial, budget and success probability, before phases and circuits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.condition_number import SingularRange, singular_range
from qalgo.qsvt.likely_inverse import likely_positive_definite_inverse, quick_likely_inverse
from qalgo.qsvt.linear_system_budget import ErrorBudget, relative_error_of
from qalgo.qsvt.linear_system_problem import LinearProblem
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.chebyshev import sup_norm
from qalgo.qsvt.polynomials.reciprocals import inverse, positive_definite_inverse
from qalgo.qsvt.singular_transform import transformed_vector

if TYPE_CHECKING:
    from circuits.block_encoding import BlockEncoding

__all__ = ["SolverPath", "inverse_path", "least_degree", "positive_definite_path"]

SUP = 0.99
"""Bound that polynomials keep: 2 % of success probability for phases that are quick to find."""
_PHASE_TOLERANCE = 1e-12
_PHASE_SHARE = 1e-2
"""Share of the budget that is kept for the phases."""
_LEAST_KAPPA = 1.05
LOOSEST = 0.5
"""Largest error that a polynomial is asked for."""
_TRIALS = 60
"""Errors that are tried, from the loosest on, for the shortest polynomial for one b."""


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
    """||image||^2."""
    image: npt.NDArray[np.complex128]  # shape (N,)
    """The block times b/||b||, in classical arithmetic."""

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


def inverse_path(
    problem: LinearProblem, encoding: BlockEncoding, kappa: float | None, epsilon: float, *, any_rhs: bool = True
) -> SolverPath:
    """Plan 1/x of the singular values of an encoding of A; ``any_rhs``: within epsilon for every b, or for this one.

    Raises:
        ProblemError: singular A, kappa too small, an encoding too inexact for epsilon.
    """
    singular = singular_range(problem.matrix, kappa=kappa, scale=encoding.alpha)
    used, delta, room = _room(singular, encoding.error, epsilon, encoding.alpha)
    largest = encoding.alpha
    if singular.largest is not None:
        largest = min(largest, singular.largest + encoding.error)
    gain = largest / encoding.alpha
    adjoint = problem.matrix.conj().T
    usable = encoding if problem.hermitian else encoding.adjoint()

    def planned(allowed: float) -> SolverPath:
        polynomial = inverse(used, min(LOOSEST, allowed / gain), sup=SUP)
        applied = _block_times_rhs(polynomial, adjoint, encoding.alpha, problem)
        return SolverPath(
            method="qsvt",
            encoding=usable,
            polynomials=(polynomial,),
            weights=(1.0,),
            applied=polynomial,
            factor=polynomial.scale / encoding.alpha,
            kappa=used,
            kappa_source=singular.source,
            polynomial_error=polynomial.error * gain,
            encoding_error=delta,
            phase_gain=polynomial.scale * gain,
            success_probability=float(np.linalg.norm(applied) ** 2),
            image=applied,
        )

    return planned(room) if any_rhs else shortest_for_this_rhs(problem, planned, room)


def least_degree(kappa: float, epsilon: float) -> float:
    """Return a lower bound of the degree of :func:`inverse_path` for every right-hand side, in closed form."""
    kappa = max(_LEAST_KAPPA, kappa)
    return max(1.0, 2.0 * math.log((1.0 + kappa) / relative_error_of(epsilon)) / (2.0 * math.atanh(1.0 / kappa)) - 1.0)


def positive_definite_path(
    problem: LinearProblem,
    encoding: BlockEncoding,
    scale: float,
    kappa: float | None,
    epsilon: float,
    *,
    any_rhs: bool = True,
    likely: bool = False,
    quick: bool = False,
) -> SolverPath:
    """Plan 1/(1 - x) of an encoding of C without loss, A = scale (I - C).

    ``quick``: for every b the longer polynomial of higher success where it lowers degree / sqrt(p) and is quick.

    Raises:
        ProblemError: as :func:`inverse_path`; an encoding with alpha other than 1.
    """
    if abs(encoding.alpha - 1.0) > 1e-12:
        raise ProblemError(f"encoding of C has alpha={encoding.alpha:.6g}; allowed: 1, or nothing is gained")
    singular = singular_range(problem.matrix, kappa=kappa, scale=2.0 * scale)
    used, delta, room = _room(singular, scale * encoding.error, epsilon, 2.0 * scale)
    family = likely_positive_definite_inverse if likely else positive_definite_inverse
    complement = _identity_like(problem.matrix) - problem.matrix / scale

    def planned(allowed: float, given: Polynomial | None = None) -> SolverPath:
        whole = family(used, min(LOOSEST, allowed), sup=SUP) if given is None else given
        parts, weights = _even_and_odd(whole)
        total = sum(weights)
        applied = replace(
            whole, coefficients=whole.coefficients / total, sup_bound=whole.sup_bound / total, scale=whole.scale * total
        )
        image = _block_times_rhs(applied, complement, 1.0, problem)
        return SolverPath(
            method="positive-definite",
            encoding=encoding,
            polynomials=parts,
            weights=weights,
            applied=applied,
            factor=applied.scale / scale,
            kappa=used,
            kappa_source=singular.source,
            # 1 - x is at most 2, so that the absolute error of the family, epsilon kappa / 2, follows from this one.
            polynomial_error=whole.error * 2.0 / used if whole.relative_error is None else whole.relative_error,
            encoding_error=delta,
            phase_gain=2.0 * applied.scale,
            success_probability=float(np.linalg.norm(image) ** 2),
            image=image,
        )

    if not any_rhs:
        return shortest_for_this_rhs(problem, planned, room)
    path = planned(room)
    longer = quick_likely_inverse(used, min(LOOSEST, room), sup=SUP) if quick and not likely else None
    if longer is None:
        return path
    other = planned(room, longer)
    rates = [one.degree / math.sqrt(one.success_probability) for one in (path, other)]
    return other if rates[1] < rates[0] else path


def shortest_for_this_rhs(problem: LinearProblem, planned: Callable[[float], SolverPath], room: float) -> SolverPath:
    """Return the path of least degree whose state error, for this b alone, is within ``room``.

    It takes the classical solution, and says so in ``kappa_source``. Only the direction of x matters to a state, so
    that the factor is fitted to the norm of the classical solution.
    """
    exact = _classical_solution(problem)
    seen = 0
    for allowed in np.geomspace(LOOSEST, room, _TRIALS) if room < LOOSEST else [room]:
        path = planned(float(allowed))
        if path.degree == seen:
            continue
        seen = path.degree
        made = path.factor * problem.rhs_norm * path.image
        # The component across the exact solution, relative to the whole: the sine of the angle.
        fit = np.vdot(made, exact) / np.vdot(made, made)
        sine = float(np.linalg.norm(fit * made - exact) / np.linalg.norm(exact))
        if sine <= room:
            return replace(
                path,
                factor=path.factor * float(fit.real),
                phase_gain=path.phase_gain * abs(float(fit.real)),
                polynomial_error=sine,
                kappa_source=f"{path.kappa_source}; degree for this b, found with the classical solution",
            )
    return planned(room)


def _classical_solution(problem: LinearProblem) -> npt.NDArray[np.complex128]:
    if not hasattr(problem.matrix, "nnz"):
        return np.asarray(np.linalg.solve(problem.matrix, problem.rhs), dtype=np.complex128)
    from scipy.sparse.linalg import spsolve

    return np.asarray(spsolve(problem.matrix.tocsc(), problem.rhs), dtype=np.complex128)


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
    # The singular values of the encoded matrix come down by the error; rounding must not push one out of the domain.
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
        parts.append(
            Polynomial(coefficients / weight, sup_bound=SUP, target="even part" if offset == 0 else "odd part")
        )
        weights.append(weight)
    return tuple(parts), tuple(weights)


def _block_times_rhs(
    polynomial: Polynomial, matrix: Any, scale: float, problem: LinearProblem
) -> npt.NDArray[np.complex128]:
    state = problem.rhs / problem.rhs_norm
    return transformed_vector(polynomial.coefficients, matrix, scale, state, hermitian=problem.hermitian)


def _identity_like(matrix: Any) -> Any:
    if not hasattr(matrix, "nnz"):
        return np.eye(int(matrix.shape[0]))
    from scipy import sparse

    return sparse.eye_array(int(matrix.shape[0]), format="csr")
