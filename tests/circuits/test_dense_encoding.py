import numpy as np
import pytest
from circuit_checks import cx_count, matrix
from encoding_checks import check_encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp
from scipy.stats import ortho_group, special_ortho_group

from circuits.dense_encoding import MAX_DENSE_QUBITS, dense_cx, dilation
from circuits.encoding_choice import block_encode
from circuits.errors import ProblemError
from circuits.orthogonal_synthesis import (
    append_selected_orthogonal,
    append_special_orthogonal,
    special_orthogonal_cx,
)

LAPLACIAN = 2 * np.eye(16) - np.eye(16, k=1) - np.eye(16, k=-1)


def gaussian_orthogonal(size: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed).normal(size=(size, size))
    return draw + draw.T


def ising_matrix(num_qubits: int) -> np.ndarray:
    """Open chain, J = 1, h = 0.7, by Kronecker products."""
    x, z = np.array([[0, 1], [1, 0]]), np.diag([1, -1])

    def at(places):
        result = np.eye(1)
        for qubit in reversed(range(num_qubits)):
            result = np.kron(result, places.get(qubit, np.eye(2)))
        return result

    bonds = sum(at({q: z, q + 1: z}) for q in range(num_qubits - 1))
    return bonds + 0.7 * sum(at({q: x}) for q in range(num_qubits))


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5])
def test_orthogonal_matrices(num_qubits):
    for seed in range(2):
        wanted = special_ortho_group.rvs(2**num_qubits, random_state=seed)
        circuit = QuantumCircuit(num_qubits)
        append_special_orthogonal(circuit, wanted, range(num_qubits))
        assert np.allclose(matrix(circuit), wanted, rtol=0, atol=1e-13)
        assert cx_count(circuit) <= special_orthogonal_cx(num_qubits)


@pytest.mark.parametrize("kind", ["identity", "reversal", "shift", "signs", "hadamard"])
def test_orthogonal_matrices_with_degenerate_factors(kind):
    size = 16
    wanted = {
        "identity": np.eye(size),
        "reversal": np.eye(size)[::-1],
        "shift": np.roll(np.eye(size), 2, axis=0),
        "signs": np.diag(np.repeat([1.0, -1.0], 8)),
        "hadamard": _hadamard(4),
    }[kind]
    assert np.linalg.det(wanted) == pytest.approx(1)
    circuit = QuantumCircuit(4)
    append_special_orthogonal(circuit, wanted, range(4))
    assert np.allclose(matrix(circuit), wanted, rtol=0, atol=1e-13)


def _hadamard(num_qubits: int) -> np.ndarray:
    result = np.eye(1)
    for _ in range(num_qubits):
        result = np.kron(result, np.array([[1, 1], [1, -1]]) / np.sqrt(2))
    return result


def test_selected_orthogonal_matrices():
    pair = [special_ortho_group.rvs(8, random_state=seed) for seed in (3, 4)]
    circuit = QuantumCircuit(4)
    append_selected_orthogonal(circuit, pair, [0, 1, 2], 3)
    zero = np.zeros((8, 8))
    assert np.allclose(matrix(circuit), np.block([[pair[0], zero], [zero, pair[1]]]), rtol=0, atol=1e-13)


@given(st.integers(1, 8), st.integers(1, 8), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_any_shape_real_or_complex(rows, columns, is_complex, seed):
    rng = np.random.default_rng(seed)
    wanted = rng.normal(size=(rows, columns)) + (1j * rng.normal(size=(rows, columns)) if is_complex else 0)
    encoding = dilation(wanted)
    assert encoding.alpha == pytest.approx(np.linalg.norm(wanted, 2))
    check_encoding(encoding, wanted, control=False)


@pytest.mark.parametrize(
    ("wanted", "most"),
    [
        (gaussian_orthogonal(16, 0), 174),
        (LAPLACIAN, 174),
        (ising_matrix(4), 174),
        (np.diag(np.ones(15), 1), 173),
        (np.ones((16, 16)), 174),
        (-np.eye(8), 0),
        (np.diag([1.0, 2, 3, 4, 5, 6, 7, -8]), 8),
    ],
    ids=["gaussian", "laplacian", "ising", "shift", "ones", "minus-identity", "diagonal"],
)
def test_cost_and_precision_after_transpiling(wanted, most):
    encoding = dilation(wanted)
    check_encoding(encoding, wanted)
    assert cx_count(encoding.circuit) <= most


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("kind", ["real", "complex", "symmetric", "Hermitian"])
def test_predicted_cost_is_the_cost(size, kind):
    rng = np.random.default_rng(size)
    draw = rng.normal(size=(size, size)) + (
        1j * rng.normal(size=(size, size)) if kind in ("complex", "Hermitian") else 0
    )
    hermitian = kind in ("symmetric", "Hermitian")
    encoding = dilation(draw + draw.conj().T if hermitian else draw)
    predicted = dense_cx(size.bit_length() - 1, real=kind in ("real", "symmetric"), hermitian=hermitian)
    assert cx_count(encoding.circuit) == predicted
    assert encoding.hermitian == encoding.self_inverse == hermitian


def test_control_of_a_matrix_that_is_not_hermitian():
    rng = np.random.default_rng(1)
    for wanted in (
        rng.normal(size=(8, 8)),
        rng.normal(size=(4, 4)) * (1 + 2j) + 1j * ortho_group.rvs(4, random_state=1),
    ):
        check_encoding(dilation(wanted, alpha=20.0), wanted)


def test_preparation_says_that_the_problem_is_solved():
    assert dilation(LAPLACIAN).preparation.solves_problem


def test_refusals():
    with pytest.raises(ProblemError, match=r"alpha is 1.0; allowed here: finite and at least 3\.9"):
        dilation(LAPLACIAN, alpha=1.0)
    with pytest.raises(ProblemError, match="not all zero"):
        dilation(np.zeros((2, 2)))
    with pytest.raises(ProblemError, match="finite"):
        dilation([[np.nan, 1], [0, 1]])
    with pytest.raises(ProblemError, match="at most 512"):
        dilation(np.eye(2**MAX_DENSE_QUBITS + 1))


@pytest.mark.parametrize("small", [1e-3, 1e-6, 1e-8])
def test_bases_next_to_simple_gates_are_not_rounded_to_them(small):
    # A synthesis that accepts an infidelity of 1e-9 turns such bases into simpler ones, 1e-6 away.
    general = SparsePauliOp(["XX", "ZI", "IY", "YY"], [1 + 1j, -2j, 0.5, small]).to_matrix()
    hermitian = SparsePauliOp(["XX", "ZI", "IY"], [1, 1e-8, small**2]).to_matrix()
    for near in (general, hermitian):
        check_encoding(block_encode(near, method="dilation"), near, transpiled=False)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200])
def test_matrices_of_any_scale_are_decomposed(scale):
    matrix = scale * np.array([[2.0, -1, 0, 0.5], [-1, 2, -1, 0], [0, -1, 2, -1], [0.5, 0, -1, 3]])
    for method in ("unary iteration", "dilation"):
        check_encoding(block_encode(matrix, method=method), matrix)
