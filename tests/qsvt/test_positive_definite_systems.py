"""The positive-definite way on the Dirichlet Laplacian: degree, gates, success and errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import circuits
import qalgo
from qalgo.qsvt import likely_inverse
from qalgo.qsvt.likely_inverse import likely_positive_definite_inverse


def laplacian(size):
    return 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)


def state_error(solution):
    exact = np.linalg.solve(solution.matrix, solution.rhs)
    return np.linalg.norm(solution.x / np.linalg.norm(solution.x) - exact / np.linalg.norm(exact))


RHS = np.random.default_rng(1).normal(size=16)


@pytest.mark.parametrize(
    ("epsilon", "bound", "most_cx", "most_repeated"),
    [
        (1e-2, "any-rhs", 1400, 1.5e5),
        (1e-2, "this-rhs", 1400, 1.5e5),
        (1e-6, "any-rhs", 4000, 5e6),
        (1e-6, "this-rhs", 4000, 5e6),
    ],
)
def test_the_laplacian_of_sixteen_points(epsilon, bound, most_cx, most_repeated):
    solution = qalgo.solve_linear_system(laplacian(16), RHS, epsilon=epsilon, bound=bound)
    assert solution.method == "positive-definite"
    assert state_error(solution) <= solution.error <= epsilon
    assert solution.measured_success == pytest.approx(solution.success_probability, rel=1e-8)
    cost = solution.cost()
    assert cost.cx <= most_cx
    assert cost.expected_cx <= most_repeated
    assert solution.preparation_solves_problem == (bound == "this-rhs")
    # kappa of the complement in closed form: 2 scale / smallest eigenvalue.
    assert solution.kappa == pytest.approx(4.0 / (4.0 * np.sin(np.pi / 34) ** 2), rel=1e-9)


@pytest.mark.parametrize(("epsilon", "most_cx", "most_repeated"), [(1e-2, 1400, 1.5e5), (1e-6, 4000, 5e6)])
def test_a_longer_polynomial_that_succeeds_more_often(epsilon, most_cx, most_repeated):
    short = qalgo.solve_linear_system(laplacian(16), RHS, epsilon=epsilon, polynomial="shortest")
    likely = qalgo.solve_linear_system(laplacian(16), RHS, epsilon=epsilon, polynomial="likely")
    assert state_error(likely) <= likely.error <= epsilon
    assert likely.queries_per_success < short.queries_per_success
    assert likely.success_probability > 3 * short.success_probability
    assert likely.measured_success == pytest.approx(likely.success_probability, rel=1e-8)
    cost = likely.cost()
    assert cost.cx <= most_cx
    assert cost.expected_cx <= most_repeated


def test_by_default_a_longer_polynomial_where_it_pays():
    for size, longer in ((16, True), (4, False)):
        systems = {
            polynomial: qalgo.solve_linear_system(
                laplacian(size), RHS[:size], epsilon=1e-2, method="positive-definite", polynomial=polynomial
            )
            for polynomial in ("auto", "shortest")
        }
        auto, shortest = systems["auto"], systems["shortest"]
        assert (auto.degree > shortest.degree) == longer
        assert (auto.queries_per_success < shortest.queries_per_success) == longer
        assert state_error(auto) <= auto.error <= 1e-2


def test_the_likely_polynomial_keeps_its_error_and_its_bound():
    kappa, epsilon = 30.0, 1e-4
    polynomial = likely_positive_definite_inverse(kappa, epsilon)
    x = np.concatenate([np.linspace(-1.0, 1.0 - 2.0 / kappa, 20_001), 1.0 - 2.0 / kappa - np.geomspace(1e-9, 1e-2, 99)])
    values = polynomial.scale * np.polynomial.chebyshev.chebval(x, polynomial.coefficients)
    worst = np.max(np.abs((1.0 - x) * values - 1.0))
    assert 0.9 * epsilon < worst <= polynomial.relative_error <= epsilon
    everywhere = np.polynomial.chebyshev.chebval(np.linspace(-1.0, 1.0, 50_001), polynomial.coefficients)
    assert 0.98 * polynomial.sup_bound < np.max(np.abs(everywhere)) <= polynomial.sup_bound
    with pytest.raises(qalgo.ConvergenceError, match="linear program"):
        likely_positive_definite_inverse(1e4, 1e-6)


def test_a_program_that_misses_its_error_is_not_taken(monkeypatch):
    # Asked for a wider band than epsilon, as rounding might make it.
    monkeypatch.setattr(likely_inverse, "_MARGIN", 1.5)
    with pytest.raises(qalgo.ConvergenceError, match="no linear program keeps"):
        likely_positive_definite_inverse(10.0, 1e-3)


@pytest.mark.parametrize("size", [5, 12])
@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_other_sizes_and_shifts(size, shift):
    matrix = 3.0 * (laplacian(size) + shift * np.eye(size))
    rhs = np.random.default_rng(size).normal(size=size)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-4, method="positive-definite")
    assert state_error(solution) <= solution.error <= 1e-4
    exact = np.linalg.solve(matrix, rhs)
    assert np.linalg.norm(solution.x - exact) <= solution.error_budget.relative * np.linalg.norm(exact)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 5))
def test_random_matrices_that_have_a_complement(seed, size):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(size, size))
    matrix = matrix + matrix.T
    # Diagonally dominant, with a constant diagonal.
    np.fill_diagonal(matrix, 0.0)
    matrix += 1.2 * np.max(np.sum(np.abs(matrix), axis=1)) * np.eye(size)
    rhs = rng.normal(size=size)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-4, method="positive-definite")
    assert state_error(solution) <= solution.error <= 1e-4
    assert np.linalg.norm(solution.x - np.linalg.solve(matrix, rhs)) <= 1e-4 * np.linalg.norm(solution.x)


def test_both_ways_agree_and_the_choice_is_the_cheaper_one():
    matrix, rhs = laplacian(8), RHS[:8]
    chosen = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-3)
    general = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-3, method="qsvt")
    assert chosen.method == "positive-definite"
    assert chosen.queries_per_success < general.queries_per_success / 4
    assert state_error(general) <= general.error
    np.testing.assert_allclose(chosen.x, general.x, rtol=5e-3)
    assert "cheaper" in chosen.reason


def test_a_given_kappa_belongs_to_the_encoding_of_the_matrix():
    least = 4.0 * np.sin(np.pi / 18) ** 2
    alpha = circuits.block_encode(laplacian(8)).alpha
    wide = 1.5 * alpha / least
    solution = qalgo.solve_linear_system(laplacian(8), RHS[:8], epsilon=1e-3, kappa=wide)
    assert solution.method == "positive-definite"
    assert solution.kappa == pytest.approx(1.5 * 4.0 / least, rel=1e-9)
    with pytest.raises(qalgo.ProblemError, match="too small"):
        qalgo.solve_linear_system(laplacian(8), RHS[:8], epsilon=1e-3, kappa=0.5 * alpha / least)


def test_a_complement_of_ones_own():
    from circuits.positive_definite import complement

    solution = qalgo.solve_linear_system(laplacian(8), RHS[:8], epsilon=1e-3, encoding=complement(laplacian(8)))
    assert solution.method == "positive-definite"
    assert state_error(solution) <= solution.error
    with pytest.raises(qalgo.ProblemError, match="not of this matrix"):
        qalgo.solve_linear_system(2 * laplacian(8), RHS[:8], epsilon=1e-3, encoding=complement(laplacian(8)))


def test_the_degree_for_one_right_hand_side_is_shorter_and_its_bound_is_sharp():
    any_rhs = qalgo.solve_linear_system(laplacian(16), RHS, epsilon=1e-2)
    this = qalgo.solve_linear_system(laplacian(16), RHS, epsilon=1e-2, bound="this-rhs")
    assert this.degree < any_rhs.degree
    assert state_error(this) == pytest.approx(this.error, rel=1e-3)
    assert "classical solution" in this.kappa_source


def test_a_large_sparse_system_is_planned_without_being_run():
    from scipy import sparse

    size = 1100
    matrix = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(size, size)).tocsr()
    rhs = np.random.default_rng(2).normal(size=size)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-2, readout="none")
    kappa = 1.0 / np.sin(np.pi / (2 * (size + 1))) ** 2
    assert kappa <= solution.kappa < 1.1 * kappa
    # m ~ (sqrt(kappa) / 2) ln(2 / epsilon).
    assert solution.degree == pytest.approx(0.5 * np.sqrt(solution.kappa) * np.log(2 / 1e-2), rel=0.01)
    # The success probability by the spectrum in closed form.
    modes = np.sqrt(2 / (size + 1)) * np.sin(
        np.pi * np.outer(np.arange(1, size + 1), np.arange(1, size + 1)) / (size + 1)
    )
    cosines = np.cos(np.pi * np.arange(1, size + 1) / (size + 1))
    values = np.polynomial.chebyshev.chebval(cosines, solution.polynomial.coefficients)
    expected = np.linalg.norm(values * (modes @ rhs)) ** 2 / np.linalg.norm(rhs) ** 2
    assert solution.success_probability == pytest.approx(expected, rel=1e-6)


def test_a_state_vector_beyond_memory_is_refused_before_it_is_made(monkeypatch):
    from qalgo.execution import limits

    monkeypatch.setattr(limits, "available_memory", lambda: 10_000)
    with pytest.raises(qalgo.ExecutionError, match="the circuit of the linear system has 10 qubits"):
        qalgo.solve_linear_system(laplacian(16), RHS, epsilon=1e-2)


@pytest.mark.parametrize("bound", ["any-rhs", "this-rhs"])
@pytest.mark.parametrize("size", [1, 4])
def test_a_multiple_of_the_identity_takes_no_use_of_the_encoding(size, bound):
    rhs = np.arange(1.0, size + 1.0)
    solution = qalgo.solve_linear_system(2.0 * np.eye(size), rhs, epsilon=0.1, bound=bound)
    assert solution.degree == 0
    assert solution.method == "positive-definite"
    assert np.allclose(solution.x / solution.norm, rhs / np.linalg.norm(rhs), atol=1e-12)
    assert solution.cost().degree == 0
