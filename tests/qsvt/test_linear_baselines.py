"""Classical solvers against numpy, with their counts, and offered only where the matrix has the structure."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp
from scipy import linalg, sparse

from qalgo.errors import ProblemError
from qalgo.qsvt.baseline import exact_solution, linear_system_baselines
from qalgo.qsvt.krylov import conjugate_gradients
from qalgo.qsvt.matrix_structure import structure_of
from qalgo.qsvt.operation_count import CountedMatrix, state_distance


def laplacian(size):
    return 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)


def right_side(size, seed=1):
    return np.random.default_rng(seed).standard_normal(size)


def named(solutions):
    return {item.name: item for item in solutions}


def test_laplacian_is_solved_by_every_method_that_its_structure_allows():
    matrix, vector = laplacian(16), right_side(16)
    found = named(linear_system_baselines(matrix, vector, 1e-6))
    assert list(found) == ["conjugate gradients", "Thomas", "sine transform", "sparse LU", "dense Cholesky"]
    expected = np.linalg.solve(matrix, vector)
    for item in found.values():
        assert item.reached
        assert state_distance(item.x, expected) <= 1e-6
        assert item.error == pytest.approx(state_distance(item.x, expected), abs=1e-14)
    for name in ("Thomas", "sine transform", "sparse LU", "dense Cholesky"):
        assert np.allclose(found[name].x, expected, rtol=0, atol=1e-12)
        assert found[name].matrix_vector_products == 0
    assert found["Thomas"].operations == 8 * 16 - 7


@pytest.mark.parametrize(("size", "coarse", "fine"), [(16, 15, 16), (32, 24, 32), (64, 53, 64)])
def test_conjugate_gradients_on_the_laplacian(size, coarse, fine):
    matrix, vector = laplacian(size), right_side(size)
    exact = np.linalg.solve(matrix, vector)
    for epsilon, products in ((1e-2, coarse), (1e-6, fine)):
        found = linear_system_baselines(matrix, vector, epsilon, exact=exact)[0]
        assert found.name == "conjugate gradients"
        assert found.matrix_vector_products == products
        assert found.error <= epsilon
        nonzeros = 3 * size - 2
        # Every step: one product, two dots, three updates; the last step stops after the update of the solution.
        assert found.operations == 2 * size + products * (2 * nonzeros + 10 * size) - 6 * size


def test_the_least_number_of_products_is_found():
    matrix, vector, epsilon = laplacian(32), right_side(32), 1e-2
    exact = np.linalg.solve(matrix, vector)
    steps = conjugate_gradients(CountedMatrix(sparse.csr_array(matrix)), vector)
    errors = [state_distance(iterate, exact) for (iterate, _), _ in zip(steps, range(32), strict=False)]
    least = next(index for index, error in enumerate(errors, 1) if error <= epsilon)
    assert linear_system_baselines(matrix, vector, epsilon)[0].matrix_vector_products == least


def test_conjugate_gradients_agree_with_scipy_step_by_step():
    matrix, vector = laplacian(24), right_side(24)
    theirs = []
    sparse.linalg.cg(matrix, vector, rtol=0, atol=0, maxiter=10, callback=lambda x: theirs.append(x.copy()))
    ours = [x for (x, _), _ in zip(conjugate_gradients(CountedMatrix(sparse.csr_array(matrix)), vector), range(10),
            strict=False)]  # fmt: skip
    assert np.allclose(ours, theirs, rtol=0, atol=1e-11)


def test_circulant_matrices_are_offered_the_fourier_transform():
    matrix = linalg.circulant([4.0, -1.0, 0.0, 0.3, 0.0, 0.0, 0.2, -1.5])
    vector = right_side(8)
    found = named(linear_system_baselines(matrix, vector, 1e-9))
    assert {"GMRES", "CGNR", "Fourier transform", "dense LU"} <= set(found)
    assert "sine transform" not in found
    assert np.allclose(found["Fourier transform"].x, np.linalg.solve(matrix, vector), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("below", "diagonal", "above"),
    [(-1.0, 2.5, -1.0), (1.1, 3.0, 0.9), (-1j, 3.0, 1j), (0.5, 2j, -0.5), (-1, 3.0, 1)],
)
def test_sine_transform_of_any_tridiagonal_toeplitz_matrix(below, diagonal, above):
    matrix = diagonal * np.eye(15) + below * np.eye(15, k=-1) + above * np.eye(15, k=1)
    vector = right_side(15)
    found = named(linear_system_baselines(matrix, vector, 1e-9))
    expected = np.linalg.solve(matrix, vector)
    for name in ("sine transform", "Thomas"):
        assert np.allclose(found[name].x, expected, rtol=0, atol=1e-12)
    assert np.isrealobj(found["sine transform"].x) == np.isrealobj(matrix)


def test_no_sine_transform_where_it_loses_digits_or_does_not_apply():
    skew = 3 * np.eye(40) + 2.0 * np.eye(40, k=-1) + 0.5 * np.eye(40, k=1)
    triangular = np.eye(8) + np.eye(8, k=1)
    varying = laplacian(8) + np.diag(np.arange(8.0))
    for matrix in (skew, triangular, varying):
        assert "sine transform" not in named(linear_system_baselines(matrix, right_side(len(matrix)), 1e-6))


def test_banded_elimination():
    rng = np.random.default_rng(3)
    general = np.triu(np.tril(rng.standard_normal((40, 40)), 3), -2) + 6 * np.eye(40)
    positive = sparse.diags_array([np.ones(38), np.full(40, 5.0), np.ones(38)], offsets=[-2, 0, 2]).toarray()
    for matrix in (general, positive):
        found = named(linear_system_baselines(matrix, right_side(40), 1e-9))
        assert np.allclose(found["banded elimination"].x, np.linalg.solve(matrix, right_side(40)), atol=1e-12)
        assert found["banded elimination"].operations < found[next(n for n in found if "dense" in n)].operations


def test_pauli_sums_are_solved_as_sparse_matrices():
    operator = SparsePauliOp(["IIII", "ZZII", "IZZI", "XIII", "IYII"], [4.0, 1.0, 0.5, 0.7, 0.3])
    found = named(linear_system_baselines(operator, right_side(16), 1e-8))
    expected = np.linalg.solve(operator.to_matrix(), right_side(16))
    assert structure_of(operator).positive_definite
    assert state_distance(found["conjugate gradients"].x, expected) <= 1e-8
    assert np.allclose(found["sparse LU"].x, expected, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 24), st.integers(0, 10**6), st.booleans(), st.sampled_from(["general", "hermitian", "positive"]))
def test_every_method_solves_every_well_conditioned_system(size, seed, real, kind):
    rng = np.random.default_rng(seed)
    part = rng.standard_normal((size, size))
    entries = part if real else part + 1j * rng.standard_normal((size, size))
    left, _ = np.linalg.qr(entries)
    singular = np.linspace(1.0, 5.0, size)
    if kind == "general":
        matrix = left @ np.diag(singular) @ np.linalg.qr(entries.T)[0]
    else:
        signs = np.where(np.arange(size) % 2, -1.0, 1.0) if kind == "hermitian" else 1.0
        matrix = left @ np.diag(singular * signs) @ left.conj().T
    vector = rng.standard_normal(size)
    expected = np.linalg.solve(matrix, vector)
    assert np.allclose(exact_solution(matrix, vector), expected, rtol=0, atol=1e-11)
    for item in linear_system_baselines(matrix, vector, 1e-7):
        assert item.reached, item.name
        assert state_distance(item.x, expected) <= 1.01e-7
        assert item.operations > 0


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 20), st.integers(0, 10**6))
def test_minres_residuals_never_grow(size, seed):
    from qalgo.qsvt.krylov import minres

    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((size, size))
    matrix = matrix + matrix.T
    vector = rng.standard_normal(size)
    lengths = [
        np.linalg.norm(vector - matrix @ iterate)
        for (iterate, _), _ in zip(minres(CountedMatrix(sparse.csr_array(matrix)), vector), range(size), strict=False)
    ]
    assert all(after <= before * (1 + 1e-9) for before, after in pairwise(lengths))


def test_structure():
    cyclic = linalg.circulant([2.0, -1.0, 0, 0, 0, 0, -1.0])
    assert structure_of(laplacian(5)).tridiagonal
    assert structure_of(laplacian(5)).toeplitz
    assert not structure_of(laplacian(5)).circulant
    assert structure_of(cyclic).circulant
    assert structure_of(cyclic).positive_definite is False  # constants are mapped to zero
    assert structure_of(cyclic + 0.1 * np.eye(7)).positive_definite
    assert not structure_of(np.array([[0.0, 1.0], [-1.0, 0.0]])).hermitian
    large = sparse.diags_array([-np.ones(4999), np.full(5000, 2.0), -np.ones(4999)], offsets=[-1, 0, 1])
    assert structure_of(large).positive_definite
    assert structure_of(large).nonzeros == 3 * 5000 - 2
    assert structure_of(large - 3.0 * sparse.eye_array(5000)).positive_definite is False


@pytest.mark.parametrize(
    ("matrix", "vector", "epsilon", "words"),
    [
        (np.ones((3, 2)), np.ones(3), 0.1, "square"),
        (np.full((2, 2), np.nan), np.ones(2), 0.1, "NaN"),
        (np.ones((2, 2)), np.ones(2), 0.1, "singular"),
        (np.eye(3), np.ones(2), 0.1, "shape"),
        (np.eye(2), np.zeros(2), 0.1, "zero"),
        (np.eye(2), [1.0, np.inf], 0.1, "infinity"),
        (np.eye(2), np.ones(2), 0.0, "epsilon"),
        ("matrix", np.ones(2), 0.1, "allowed"),
    ],
)
def test_bad_input(matrix, vector, epsilon, words):
    with pytest.raises(ProblemError, match=words):
        linear_system_baselines(matrix, vector, epsilon)


def test_state_distance_ignores_length_and_phase():
    vector = np.array([3.0, 4.0j])
    assert state_distance(5.0 * np.exp(0.3j) * vector, vector) == pytest.approx(0.0, abs=1e-15)
    assert state_distance(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(np.sqrt(2))
    assert state_distance(np.zeros(2), vector) == 2.0
