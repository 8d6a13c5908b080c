"""solve_linear_system end to end on Aer, against numpy.linalg.solve."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp

import circuits
import qalgo
from qalgo.execution.exact_state import aer_state
from qalgo.qsvt.linear_system_circuits import flag_qubits
from qalgo.qsvt.linear_system_result import LinearSystemSolution


def random_system(size, kappa, seed, *, hermitian=False, imaginary=True):
    """A matrix with singular values from 1/kappa to 1 (both there), and a right-hand side."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(2, size, size)) + (1j * rng.normal(size=(2, size, size)) if imaginary else 0)
    left, right = (np.linalg.qr(one)[0] for one in raw)
    values = np.concatenate([[1.0, 1.0 / kappa], rng.uniform(1.0 / kappa, 1.0, size)])[:size]
    if hermitian:
        matrix = (left * (values * rng.choice([-1.0, 1.0], size))) @ left.conj().T
        matrix = (matrix + matrix.conj().T) / 2
    else:
        matrix = (left * values) @ right
    rhs = rng.normal(size=size) + (1j * rng.normal(size=size) if imaginary else 0)
    return rng.uniform(0.1, 10.0) * matrix, rng.uniform(0.1, 10.0) * rhs


def state_error(x, exact):
    return np.linalg.norm(x / np.linalg.norm(x) - exact / np.linalg.norm(exact))


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(2, 7),
    kappa=st.floats(1.2, 8.0),
    epsilon=st.sampled_from([0.3, 1e-2, 1e-5]),
    seed=st.integers(0, 2**32 - 1),
    hermitian=st.booleans(),
    imaginary=st.booleans(),
)
def test_the_bound_holds_on_random_systems(size, kappa, epsilon, seed, hermitian, imaginary):
    matrix, rhs = random_system(size, kappa, seed, hermitian=hermitian, imaginary=imaginary)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=epsilon)
    exact = np.linalg.solve(matrix, rhs)
    assert solution.error <= epsilon
    assert state_error(solution.x, exact) <= solution.error
    # x itself, with norm, sign and phase.
    assert np.linalg.norm(solution.x - exact) <= solution.error_budget.relative * np.linalg.norm(exact) * (1 + 1e-9)
    assert np.iscomplexobj(solution.x) == imaginary
    assert abs(solution.norm - np.linalg.norm(solution.x)) <= 1e-9 * solution.norm
    assert abs(solution.measured_success - solution.success_probability) <= 1e-9


def test_the_bound_is_attained_where_it_can_be():
    # The right-hand side on the smallest and the largest singular value: the error of 1/x reaches its bound somewhere.
    worst = 0.0
    for kappa in np.linspace(5.0, 6.0, 9):
        matrix = np.diag([1.0, 0.7, 0.4, 1.0 / kappa])
        solution = qalgo.solve_linear_system(matrix, [1.0, 0, 0, 0.2], epsilon=0.05, kappa=6.0)
        worst = max(worst, state_error(solution.x, np.linalg.solve(matrix, [1.0, 0, 0, 0.2])) / solution.error)
    assert 0.1 < worst <= 1.0


@pytest.mark.parametrize("size", [3, 5, 6, 7])
def test_padding_does_not_enter(size):
    matrix, rhs = random_system(size, 4.0, size)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-4)
    state = aer_state(solution.circuit)
    width = solution.encoding.num_system
    assert 2**width > size
    # Weight of accepted runs on the padding, beside that on the solution.
    assert np.linalg.norm(state[size : 2**width]) < 1e-10 * np.linalg.norm(state[:size])
    # kappa is that of the matrix: zeros of the padding are no singular values.
    values = np.linalg.svd(matrix, compute_uv=False)
    assert solution.kappa == pytest.approx(solution.alpha / values[-1], rel=1e-9)


def test_a_non_hermitian_matrix_is_inverted_and_not_its_adjoint():
    matrix, rhs = random_system(4, 3.0, 8)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-6)
    assert state_error(solution.x, np.linalg.solve(matrix, rhs)) < 1e-6
    assert state_error(solution.x, np.linalg.solve(matrix.conj().T, rhs)) > 0.1


def test_kappa_is_that_of_the_encoding():
    matrix = np.diag([1.0, 0.5])
    wide = circuits.block_encode(matrix, alpha=3.0)
    solution = qalgo.solve_linear_system(matrix, [1.0, 1.0], epsilon=1e-3, encoding=wide)
    assert solution.alpha == 3.0
    assert solution.kappa == pytest.approx(6.0, rel=1e-9)
    assert state_error(solution.x, np.array([1.0, 2.0])) <= solution.error
    direct = qalgo.solve_linear_system(wide, [1.0, 1.0], epsilon=1e-3)
    np.testing.assert_allclose(direct.x, solution.x, atol=1e-9)


def test_an_inexact_encoding_is_part_of_the_budget():
    from dataclasses import replace

    matrix, rhs = random_system(4, 3.0, 5, imaginary=False)
    noise = np.random.default_rng(1).normal(size=(4, 4))
    noise *= 1e-3 / np.linalg.norm(noise, 2)
    scale = np.linalg.norm(matrix, 2)
    other = circuits.block_encode(matrix + scale * noise)
    encoding = replace(other, error=1.001e-3 * scale)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=0.02, encoding=encoding)
    exact = np.linalg.solve(matrix, rhs)
    assert 2.5e-3 < solution.error_budget.encoding < 4e-3
    assert 1e-4 < state_error(solution.x, exact) <= solution.error <= 0.02
    with pytest.raises(qalgo.ProblemError, match="more exact encoding"):
        qalgo.solve_linear_system(matrix, rhs, epsilon=1e-3, encoding=encoding)
    with pytest.raises(qalgo.ProblemError, match="not of this matrix"):
        qalgo.solve_linear_system(matrix, rhs, epsilon=0.02, encoding=other)


def test_other_types_of_matrices():
    from qiskit.quantum_info import SparsePauliOp
    from scipy import sparse

    operator = SparsePauliOp.from_list([("ZI", 1.0), ("XX", 0.4), ("II", 0.2)])
    rhs = np.array([1.0, -2.0, 0.5, 0.1])
    dense = operator.to_matrix().real
    for matrix in (operator, sparse.csr_array(dense), dense.tolist()):
        solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-4)
        assert state_error(solution.x, np.linalg.solve(dense, rhs)) <= solution.error


def test_large_sparse_kappa_is_close_and_on_the_safe_side():
    from scipy import sparse

    from qalgo.qsvt.condition_number import singular_range

    size = 1500
    matrix = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(size, size)).tocsr()
    least = 4.0 * np.sin(np.pi / (2 * (size + 1))) ** 2
    found = singular_range(matrix, kappa=None, scale=4.0)
    assert 0.94 * least < found.least <= least
    assert 4.0 * np.cos(np.pi / (2 * (size + 1))) ** 2 <= found.largest
    assert "Lanczos" in found.source


@pytest.mark.parametrize("exact", [False, True])
def test_the_amplified_circuit_succeeds_as_planned(exact):
    matrix, rhs = random_system(4, 4.0, 3, imaginary=False)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-2, amplification="exact" if exact else "fixed")
    plan = solution.amplification
    circuit = solution.amplified_circuit()
    state = aer_state(circuit)
    flags = sum(1 << qubit for qubit in flag_qubits(circuit))
    accepted = np.where(np.arange(state.size) & flags == 0, state, 0.0)
    assert plan.rounds > 0
    assert np.linalg.norm(accepted) ** 2 == pytest.approx(plan.success, abs=1e-9)
    assert plan.success > 4 * plan.probability
    assert not exact or plan.success == 1.0
    direction = accepted[:4]
    assert abs(np.vdot(direction, solution.x)) == pytest.approx(
        np.linalg.norm(direction) * np.linalg.norm(solution.x), rel=1e-9
    )
    assert solution.queries == plan.queries == (2 * plan.rounds + 1) * solution.degree


def test_costs_by_part_and_the_record():
    matrix, rhs = random_system(4, 2.0, 6, imaginary=False)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-2)
    cost = solution.cost()
    assert cost.cx == qalgo.cost_of(solution.circuit).cx
    assert cost.expected_cx == pytest.approx(cost.cx / solution.success_probability)
    assert cost.preparation_cx == 1
    record = json.loads(json.dumps(solution.to_dict()))
    again = LinearSystemSolution.from_dict(record)
    assert again.equals(solution)
    assert not again.x.flags.writeable
    with pytest.raises(qalgo.ProblemError, match="read back from a record"):
        again.circuit  # noqa: B018
    with pytest.raises(qalgo.ProblemError, match="not a linear system"):
        LinearSystemSolution.from_dict({**record, "version": 99})
    assert 6 <= len(str(solution).splitlines()) <= 10
    assert "emulated" in str(solution)
    assert solution.emulated
    assert any("1806.01838" in source for source in solution.references)


def test_nothing_is_read_with_readout_none():
    solution = qalgo.solve_linear_system([[2.0, 0.3], [0.1, 1.0]], [1.0, 2.0], epsilon=1e-2, readout="none")
    assert solution.x is None
    assert not solution.emulated
    assert LinearSystemSolution.from_dict(solution.to_dict()).equals(solution)


IDENTITY = np.eye(4)
REFUSED = [
    ((np.ones((3, 4)), np.ones(3)), {}, "least-squares"),
    ((np.diag([1.0, 0.0]), np.ones(2)), {}, "singular.*lstsq"),
    ((np.diag([1.0, np.nan]), np.ones(2)), {}, "NaN"),
    ((np.zeros((2, 2)), np.ones(2)), {}, "zero"),
    ((IDENTITY, np.zeros(4)), {}, "b is zero"),
    ((IDENTITY, np.ones(3)), {}, "shape"),
    ((IDENTITY, [1, 2, np.inf, 0]), {}, "infinite"),
    ((IDENTITY, ["a", "b", "c", "d"]), {}, "not made of numbers"),
    ((IDENTITY, np.ones(4)), {"epsilon": 0.0}, "between 0 and 1"),
    ((IDENTITY, np.ones(4)), {"epsilon": np.nan}, "between 0 and 1"),
    ((np.diag([1.0, 0.1]), np.ones(2)), {"kappa": 5.0}, "kappa=5 is too small"),
    ((IDENTITY, np.ones(4)), {"kappa": 0.5}, "at least 1"),
    ((IDENTITY, np.ones(4)), {"method": "hhl"}, "allowed: 'auto'"),
    ((np.diag([1.0, -0.5]), np.ones(2)), {"method": "positive-definite"}, "no lossless encoding"),
    ((IDENTITY, np.ones(4)), {"readout": "tomography"}, "allowed: 'statevector'"),
    ((IDENTITY, np.ones(4)), {"readout": "shots", "shots": 0}, "shots"),
    ((np.diag([1.0, -0.5]), np.ones(2)), {"polynomial": "likely"}, "no lossless"),
    ((IDENTITY, np.ones(4)), {"polynomial": "likely", "method": "qsvt"}, "positive-definite"),
    ((IDENTITY, np.ones(4)), {"polynomial": "likely", "bound": "this-rhs"}, "one of them"),
    ((IDENTITY, np.ones(4)), {"backend": object()}, "readout='shots'"),
    ((IDENTITY, np.ones(4)), {"encoding": circuits.block_encode(np.diag([1.0, 2, 3, 4]))}, "not of this matrix"),
]


@pytest.mark.parametrize(("arguments", "options", "message"), REFUSED)
def test_bad_input_is_refused_in_words(arguments, options, message):
    with pytest.raises(qalgo.ProblemError, match=message):
        qalgo.solve_linear_system(*arguments, **{"epsilon": 1e-2, **options})


def test_wide_pauli_sums_are_refused_before_memory_is_taken():
    with pytest.raises(qalgo.ProblemError, match="40 qubits"):
        qalgo.solve_linear_system(SparsePauliOp("Z" * 40), [1.0, 0.0], epsilon=0.1)
