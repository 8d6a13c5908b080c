"""The best classical solvers of a linear system, run at equal state error and counted in the same units.

Only methods whose structure the matrix really has are offered, and all of those are: whatever a quantum route uses
(positive definiteness, bands, shifts, circulants), a classical method may use too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt import direct_solvers, krylov
from qalgo.qsvt.matrix_structure import MatrixStructure, as_sparse, structure_of
from qalgo.qsvt.operation_count import CountedMatrix, Vector, state_distance

__all__ = ["ITERATIVE", "ClassicalSolution", "exact_solution", "linear_system_baselines", "timed"]

ITERATIVE = "iterations stopped at the true state error"
CLOSED_FORM = "closed form, leading order"
FROM_FACTORS = "counted from the factors"
_LARGEST_BASIS = 2**25
"""Numbers that the basis of GMRES may hold."""
_TIMED_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ClassicalSolution:
    """What one classical solver did: solution, error, and cost in products, operations and seconds."""

    name: str
    x: npt.NDArray[Any] | None = field(compare=False)  # shape (N,); None where only the cost was kept
    error: float
    """State error: distance of the normalised solutions, up to a phase."""
    matrix_vector_products: int
    """Uses of the matrix or its adjoint; 0 for a direct method."""
    operations: float
    """Real additions and multiplications."""
    seconds: float
    """Wall time on this machine, best of a few runs, without the measuring of the error; never part of a verdict."""
    reached: bool
    """Whether the error is at most the one that was asked for."""
    counting: str
    """How the operations were found."""
    structure: str
    """What it uses of the matrix."""

    def __post_init__(self) -> None:
        if self.x is not None:
            self.x.setflags(write=False)

    def __str__(self) -> str:
        products = f"{self.matrix_vector_products:,} products, " if self.matrix_vector_products else ""
        return (
            f"{self.name}: state error {self.error:.2g}, {products}{self.operations:,.0f} operations, "
            f"{self.seconds:.2g} s{'' if self.reached else ' (accuracy not reached)'}"
        )


@dataclass(frozen=True, slots=True)
class _Direct:
    name: str
    solve: Callable[[Any, MatrixStructure, Vector], tuple[Vector, float]]
    structure: str
    counting: str = field(default=CLOSED_FORM)


@dataclass(frozen=True, slots=True)
class _Iterative:
    name: str
    steps: Callable[[CountedMatrix, Vector], Iterator[tuple[Vector, float]]]
    structure: str


def exact_solution(matrix: Any, right_side: npt.ArrayLike) -> Vector:
    """Return the solution of A x = b to double precision: a factorisation, then two steps of refinement. Shape (N,).

    Raises:
        ProblemError: a matrix that is not square or singular to double precision, or b of another length or zero.
    """
    found = as_sparse(matrix)
    vector = _checked(right_side, int(found.shape[0]), found)
    import warnings

    from scipy.sparse.linalg import MatrixRankWarning, splu

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", MatrixRankWarning)
            factors = splu(found.tocsc().astype(vector.dtype))
    except (RuntimeError, MatrixRankWarning) as error:
        raise _singular() from error
    solution = factors.solve(vector)
    for _ in range(2):
        solution = solution + factors.solve(vector - found @ solution)
    pivots = np.abs(factors.U.diagonal())
    if not np.all(np.isfinite(solution)) or np.min(pivots) < 1e-15 * np.max(pivots):
        raise _singular()
    return np.asarray(solution)


def linear_system_baselines(
    matrix: Any,
    right_side: npt.ArrayLike,
    epsilon: float,
    *,
    exact: npt.ArrayLike | None = None,
    structure: MatrixStructure | None = None,
) -> tuple[ClassicalSolution, ...]:
    r"""Solve A x = b to the state error ``epsilon`` with every classical method that the structure of A allows.

    Iterations stop at the true error :math:`\min_\varphi\|e^{i\varphi}\hat x/\|\hat x\| - x/\|x\|\|`, as the quantum
    state's is measured; direct methods have the error that they have. Iterative methods come first.

    Args:
        matrix: square; array, scipy sparse matrix or ``SparsePauliOp``.
        right_side: b, shape (N,).
        epsilon: state error, between 0 and 1.
        exact: the solution if it is known, shape (N,).
        structure: of the matrix if it is known.

    Raises:
        ProblemError: a value out of range, a matrix that is not square or singular, b of another length or zero.
    """
    if not 0.0 < epsilon < 1.0:
        raise ProblemError(f"epsilon is {epsilon!r}; allowed: a state error between 0 and 1")
    found = as_sparse(matrix)
    vector = _checked(right_side, int(found.shape[0]), found)
    facts = structure_of(found) if structure is None else structure
    true = exact_solution(found, vector) if exact is None else np.asarray(exact)
    if true.shape != vector.shape:
        raise ProblemError(f"exact has shape {true.shape}; allowed: {vector.shape}")
    return (
        *(_iterated(method, found, vector, true, epsilon) for method in _iterative_methods(facts)),
        *(_direct(method, found, facts, vector, true, epsilon) for method in _direct_methods(found, facts)),
    )


def _iterative_methods(facts: MatrixStructure) -> list[_Iterative]:
    if facts.positive_definite:
        return [_Iterative("conjugate gradients", krylov.conjugate_gradients, "positive definite")]
    if facts.hermitian:
        return [_Iterative("MINRES", krylov.minres, "Hermitian")]
    return [
        _Iterative("GMRES", krylov.gmres, "none"),
        _Iterative("CGNR", krylov.conjugate_gradients_of_normal_equations, "none"),
    ]


def _direct_methods(matrix: Any, facts: MatrixStructure) -> list[_Direct]:
    methods = []
    if facts.tridiagonal:
        methods.append(_Direct("Thomas", direct_solvers.thomas, "tridiagonal"))
    if direct_solvers.sine_transform_applies(matrix, facts):
        methods.append(_Direct("sine transform", direct_solvers.sine_transform, "tridiagonal Toeplitz"))
    if facts.circulant:
        methods.append(_Direct("Fourier transform", direct_solvers.fourier, "circulant"))
    if facts.banded and not facts.tridiagonal:
        methods.append(_Direct("banded elimination", direct_solvers.banded_elimination, "band"))
    if facts.sparse:
        methods.append(_Direct("sparse LU", direct_solvers.sparse_elimination, "sparsity", FROM_FACTORS))
    if facts.size <= direct_solvers.LARGEST_DENSE:
        name = "dense Cholesky" if facts.positive_definite else "dense LU"
        structure = "positive definite" if facts.positive_definite else "none"
        methods.append(_Direct(name, direct_solvers.dense_elimination, structure))
    return methods


def _iterated(method: _Iterative, matrix: Any, vector: Vector, true: Vector, epsilon: float) -> ClassicalSolution:
    counted = CountedMatrix(matrix)
    size = counted.size
    limit = min(size, _LARGEST_BASIS // size) if method.steps is krylov.gmres else 20 * size + 100
    best, best_error, steps, extra = np.zeros_like(vector), 2.0, 0, 0.0
    for iterate, rest in islice(method.steps(counted, vector), limit):
        steps, extra = steps + 1, rest
        error = state_distance(iterate, true)
        if error < best_error:
            best, best_error = iterate, error
        if error <= epsilon:
            break
    reached = best_error <= epsilon

    def run() -> None:
        for _ in islice(method.steps(CountedMatrix(matrix), vector), steps):
            pass

    return ClassicalSolution(
        name=method.name,
        x=best,
        error=best_error,
        matrix_vector_products=counted.products,
        operations=counted.operations + extra,
        seconds=timed(run),
        reached=reached,
        counting=ITERATIVE,
        structure=method.structure,
    )


def _direct(
    method: _Direct, matrix: Any, facts: MatrixStructure, vector: Vector, true: Vector, epsilon: float
) -> ClassicalSolution:
    try:
        solution, operations = method.solve(matrix, facts, vector)
    except np.linalg.LinAlgError as error:
        raise _singular() from error
    distance = state_distance(solution, true)
    return ClassicalSolution(
        name=method.name,
        x=solution,
        error=distance,
        matrix_vector_products=0,
        operations=operations,
        seconds=timed(lambda: method.solve(matrix, facts, vector)),
        reached=distance <= epsilon,
        counting=method.counting,
        structure=method.structure,
    )


def timed(run: Callable[[], object]) -> float:
    """Return the shortest of at most five runs, of one where it is long."""
    best, spent = float("inf"), 0.0
    for _ in range(5):
        start = time.perf_counter()
        run()
        seconds = time.perf_counter() - start
        best, spent = min(best, seconds), spent + seconds
        if spent > _TIMED_SECONDS:
            break
    return best


def _checked(right_side: npt.ArrayLike, size: int, matrix: Any) -> Vector:
    try:
        vector = np.asarray(right_side, dtype=np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"b is {right_side!r}; allowed: a vector of {size} numbers") from error
    if vector.shape != (size,):
        raise ProblemError(f"b has shape {vector.shape}; allowed: ({size},), as many entries as the matrix has rows")
    if not np.all(np.isfinite(vector)):
        raise ProblemError("b holds NaN or infinity; allowed: finite numbers")
    if not np.any(vector):
        raise ProblemError("b is zero; allowed: a vector with a direction")
    real = not np.any(vector.imag) and not np.iscomplexobj(matrix.data)
    return vector.real.copy() if real else vector


def _singular() -> ProblemError:
    return ProblemError("matrix is singular to double precision; allowed: an invertible one")
