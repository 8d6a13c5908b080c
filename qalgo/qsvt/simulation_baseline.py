r"""Classical methods for :math:`e^{-iHt}|\psi\rangle` at equal state error, counted in products of H with a vector."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.baseline import ITERATIVE, ClassicalSolution, timed
from qalgo.qsvt.matrix_structure import as_sparse
from qalgo.qsvt.operation_count import CountedMatrix, Vector
from qalgo.qsvt.pauli_evolution import pauli_terms, symmetric_formula

__all__ = ["simulation_baselines"]

LARGEST_EXACT = 2048
"""Rows up to which the exact state comes from the eigenvalues; above, from the finest Chebyshev expansion."""
_LARGEST_BASIS = 2**25
_MOST_EXPONENTIALS = 60_000
_FLOOR = 1e-13


def simulation_baselines(
    hamiltonian: Any, time: float, epsilon: float, state: npt.ArrayLike | None = None
) -> tuple[ClassicalSolution, ...]:
    r"""Evolve a state by every classical method at the 2-norm error ``epsilon``; the least counts that reach it.

    Chebyshev expansion (Jacobi-Anger) and Lanczos stop at the true error; ``scipy.sparse.linalg.expm_multiply`` has no
    tolerance and works at double precision; product formulas of order 2 and 4, for a ``SparsePauliOp``, take the least
    number of steps. One exponential of a Pauli term counts as one product over the number of terms.

    Args:
        hamiltonian: Hermitian; array, scipy sparse matrix or ``SparsePauliOp``.
        time: t, any sign.
        epsilon: error of the state, phase included, between 1e-13 and 1.
        state: amplitudes, shape (N,), normalised here; default: the first unit vector.

    Raises:
        ProblemError: a matrix that is not Hermitian, or a value out of range.
    """
    matrix = as_sparse(hamiltonian).astype(np.complex128)
    size = int(matrix.shape[0])
    difference = abs(matrix - matrix.conj().T)
    if difference.nnz and difference.max() > 1e-12 * abs(matrix).max():
        raise ProblemError("hamiltonian is not Hermitian; allowed: H with H = H^dagger")
    if not (math.isfinite(time) and _FLOOR <= epsilon < 1.0):
        raise ProblemError(f"time is {time!r}, epsilon {epsilon!r}; allowed: a finite time, epsilon in [1e-13, 1)")
    start = _state(state, size)
    exact = _exact(matrix, time, start)
    found = [
        _streamed("Chebyshev expansion", "spectral bound", _chebyshev, matrix, time, start, exact, epsilon),
        _streamed("Lanczos", "Hermitian", _lanczos, matrix, time, start, exact, epsilon),
        _expm_multiply(matrix, time, start, exact, epsilon),
    ]
    if hasattr(hamiltonian, "paulis"):
        found += [_product_formula(hamiltonian, order, time, start, exact, epsilon) for order in (2, 4)]
    return tuple(found)


def _state(state: npt.ArrayLike | None, size: int) -> Vector:
    if state is None:
        return np.asarray(np.eye(1, size, dtype=np.complex128)[0])
    vector = np.asarray(state, dtype=np.complex128)
    if vector.shape != (size,) or not np.all(np.isfinite(vector)) or not np.any(vector):
        raise ProblemError(f"state has shape {vector.shape}; allowed: ({size},), finite and not zero")
    return np.asarray(vector / np.linalg.norm(vector))


def _exact(matrix: Any, time: float, start: Vector) -> Vector:
    if matrix.shape[0] <= LARGEST_EXACT:
        values, vectors = np.linalg.eigh(matrix.toarray())
        return np.asarray(vectors @ (np.exp(-1j * time * values) * (vectors.conj().T @ start)))
    finest = start
    for iterate, _ in _chebyshev(CountedMatrix(matrix), time, start):
        finest = iterate
    return finest


def _chebyshev(matrix: CountedMatrix, time: float, start: Vector) -> Iterator[tuple[Vector, float]]:
    """Jacobi-Anger: one product and 6 N complex operations per term; ends where the coefficients vanish."""
    from scipy.special import jv

    low, high = _gershgorin(matrix.matrix)
    centre, radius = 0.5 * (low + high), max(0.5 * (high - low), 1e-300)
    argument = radius * time
    phase = np.exp(-1j * centre * time)
    before, now = start, matrix.plus(matrix.times(start), -centre, start) / radius
    total = jv(0, argument) * start
    terms = 1
    while True:
        total = matrix.plus(total, 2.0 * (-1j) ** terms * jv(terms, argument), now)
        yield phase * total, 0.0
        if terms > abs(argument) and abs(jv(terms, argument)) < 1e-17:
            return
        image = matrix.plus(matrix.times(now), -centre, now)
        before, now = now, matrix.plus(-before, 2.0 / radius, image)
        terms += 1


def _gershgorin(matrix: Any) -> tuple[float, float]:
    diagonal = matrix.diagonal().real
    radii = np.asarray(abs(matrix).sum(axis=1)).ravel() - np.abs(matrix.diagonal())
    return float(np.min(diagonal - radii)), float(np.max(diagonal + radii))


def _lanczos(matrix: CountedMatrix, time: float, start: Vector) -> Iterator[tuple[Vector, float]]:
    """One Krylov space of growing dimension m: one product and 4 m N more operations per step (reorthogonalised)."""
    from scipy.linalg import eigh_tridiagonal

    basis = [start]
    alphas: list[float] = []
    betas: list[float] = []
    while len(basis) * matrix.size <= _LARGEST_BASIS:
        image = matrix.times(basis[-1])
        for index, vector in enumerate(reversed(basis)):
            overlap = matrix.dot(vector, image)
            image = matrix.plus(image, -overlap, vector)
            if index == 0:
                alphas.append(float(overlap.real))
        values, vectors = eigh_tridiagonal(alphas, betas)
        weights = vectors @ (np.exp(-1j * time * values) * vectors[0])
        evolved = sum(weight * vector for weight, vector in zip(weights, basis, strict=True))
        yield np.asarray(evolved), 2.0 * len(basis) * matrix.size * matrix.factor
        beta = math.sqrt(matrix.dot(image, image).real)
        if beta < 1e-14:
            return
        betas.append(beta)
        basis.append(image / beta)


def _streamed(
    name: str,
    structure: str,
    steps: Callable[[CountedMatrix, float, Vector], Iterator[tuple[Vector, float]]],
    matrix: Any,
    time: float,
    start: Vector,
    exact: Vector,
    epsilon: float,
) -> ClassicalSolution:
    counted = CountedMatrix(matrix)
    state, extra, error, count = start, 0.0, float(np.linalg.norm(start - exact)), 0
    if error > epsilon:
        for iterate, rest in steps(counted, time, start):
            state, extra = iterate, rest
            count, error = count + 1, float(np.linalg.norm(state - exact))
            if error <= epsilon:
                break

    def run() -> None:
        for _, _ in zip(range(count), steps(CountedMatrix(matrix), time, start), strict=False):
            pass

    return _solution(name, state, error, counted.products, counted.operations + extra, timed(run), epsilon, structure)


def _expm_multiply(matrix: Any, time: float, start: Vector, exact: Vector, epsilon: float) -> ClassicalSolution:
    from scipy.sparse.linalg import LinearOperator, expm_multiply

    counted = CountedMatrix(matrix)

    def many(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
        columns = [-1j * time * counted.times(column) for column in vectors.reshape(vectors.shape[0], -1).T]
        return np.asarray(columns).T.reshape(vectors.shape)

    def adjoint(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return -many(vectors)

    operator = LinearOperator(
        matrix.shape, matvec=many, rmatvec=adjoint, matmat=many, rmatmat=adjoint, dtype=np.complex128
    )
    trace = -1j * time * complex(matrix.trace())
    state = np.asarray(expm_multiply(operator, start, traceA=trace))
    generator = (-1j * time) * matrix
    seconds = timed(lambda: expm_multiply(generator, start, traceA=trace))
    error = float(np.linalg.norm(state - exact))
    counted.vector_work(4.0 * counted.products)  # scaling and adding each term of the Taylor series
    return _solution(
        "expm_multiply", state, error, counted.products, counted.operations, seconds, epsilon, "none", _TAYLOR
    )


_TAYLOR = "products counted, those that estimate norms included; always at double precision"
_STEPS = "least number of steps at the true state error"


def _product_formula(
    operator: Any, order: int, time: float, start: Vector, exact: Vector, epsilon: float
) -> ClassicalSolution:
    terms = pauli_terms(operator)
    name = f"product formula of order {order}"

    def evolved(steps: int) -> tuple[Vector, float, int]:
        state, exponentials = symmetric_formula(terms, order, time, steps, start)
        return state, float(np.linalg.norm(state - exact)), exponentials

    low, steps, best = 0, 1, evolved(1)
    per_step = best[2]
    while best[1] > epsilon:
        guess = math.ceil(1.02 * steps * (best[1] / epsilon) ** (1.0 / order))
        following = max(steps + 1, min(guess, 64 * steps))
        if following * per_step > _MOST_EXPONENTIALS:
            break
        low, steps, best = steps, following, evolved(following)
    while best[1] <= epsilon and steps - low > 1:
        middle = (low + steps) // 2
        tried = evolved(middle)
        if tried[1] <= epsilon:
            steps, best = middle, tried
        else:
            low = middle
    state, error, exponentials = best
    return _solution(
        name,
        state,
        error,
        math.ceil(exponentials / max(1, len(terms))),
        8.0 * exponentials * start.size,
        timed(lambda: symmetric_formula(terms, order, time, steps, start)),
        epsilon,
        "sum of Pauli terms",
        _STEPS,
    )


def _solution(
    name: str,
    state: Vector,
    error: float,
    products: int,
    operations: float,
    seconds: float,
    epsilon: float,
    structure: str,
    counting: str = ITERATIVE,
) -> ClassicalSolution:
    return ClassicalSolution(
        name=name,
        x=np.array(state),
        error=error,
        matrix_vector_products=products,
        operations=operations,
        seconds=seconds,
        reached=error <= epsilon,
        counting=counting,
        structure=structure,
    )
