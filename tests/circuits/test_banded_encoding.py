import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
from circuit_checks import cx_count, lowered
from encoding_checks import check_encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from circuits.banded_encoding import banded, plan, toeplitz
from circuits.encoding_choice import block_encode
from circuits.errors import ProblemError
from circuits.shift_encoding import shift


def check_columns(encoding, matrix):
    """Block and clean work qubits, column by column: for circuits too wide for their whole unitary."""
    circuit = lowered(encoding.circuit)
    size = matrix.shape[1]
    for column in range(size):
        state = np.asarray(Statevector.from_int(column, 2**circuit.num_qubits).evolve(circuit).data)
        by_work = state.reshape(2**encoding.work_qubits, -1)
        assert np.max(np.abs(by_work[1:]), initial=0.0) < 1e-12
        block = by_work[0][: 2**encoding.num_system]
        assert np.allclose(block[:size] * encoding.alpha, matrix[:, column], rtol=0, atol=1e-12 * encoding.alpha)
        assert np.max(np.abs(block[size:]), initial=0.0) < 1e-12


def from_bands(bands, size, boundary="open"):
    """Entry by entry from the definition."""
    matrix = np.zeros((size, size), dtype=complex)
    for offset, value in bands.items():
        for column in range(size):
            row = column + offset
            if boundary == "periodic":
                matrix[row % size, column] += value
            elif 0 <= row < size:
                matrix[row, column] += value
    return matrix


@pytest.mark.parametrize("boundary", ["open", "periodic"])
@pytest.mark.parametrize("offset", [-8, -7, -5, -1, 0, 1, 2, 3, 4, 6, 7])
def test_shift(offset, boundary):
    num_qubits = 3 if abs(offset) < 8 else 4
    check_encoding(shift(num_qubits, offset, boundary=boundary), from_bands({offset: 1}, 2**num_qubits, boundary))


@pytest.mark.parametrize("boundary", ["open", "periodic"])
@pytest.mark.parametrize(
    ("bands", "size"),
    [
        ({0: 1, 1: -2, -1: 0.5}, 8),
        ({0: 1, 1: -2, -1: 0.5}, 6),
        ({-2: -1 / 12, -1: 4 / 3, 0: -2.5, 1: 4 / 3, 2: -1 / 12}, 8),
        ({-2: -1 / 12, -1: 4 / 3, 0: -2.5, 1: 4 / 3, 2: -1 / 12}, 7),
        ({0: 1, 1: 1, 2: 1j, 3: 0.2}, 8),
        ({0: 1, -1: 1, -2: -1}, 8),
        ({4: 1, -4: 2, 0: 1}, 8),
        ({5: 1, -3: 2}, 8),
        ({2: 1.5}, 8),
        ({0: 2j}, 5),
        ({-1: 1, 0: 1}, 2),
    ],
)
def test_toeplitz(bands, size, boundary):
    encoding = toeplitz(bands, size=size, boundary=boundary)
    wanted = from_bands(bands, size, boundary)
    assert encoding.alpha >= sum(abs(value) for value in bands.values()) * (1 - 1e-15)
    if encoding.circuit.num_qubits <= 8:
        check_encoding(encoding, wanted)
    else:
        check_columns(encoding, wanted)
    assert encoding.hermitian == np.allclose(wanted, wanted.conj().T)


def test_first_column_and_row():
    column, row = [1.0, 2.0, 0.0, 0.5], [1.0, -1.0, 3.0]
    check_encoding(toeplitz(column, row, size=4), scipy.linalg.toeplitz(column, [*row, 0.0]), control=False)
    check_encoding(toeplitz(column, size=4, boundary="periodic"), scipy.linalg.circulant(column), control=False)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 8).flatmap(lambda size: st.tuples(
    st.just(size),
    st.dictionaries(st.integers(1 - size, size - 1), st.sampled_from([-2.0, -0.3, 0.5, 1.0]), min_size=1, max_size=5),
)))  # fmt: skip
def test_any_toeplitz_matrix(case):
    size, bands = case
    check_columns(toeplitz(bands, size=size), from_bands(bands, size))


@pytest.mark.parametrize("size", [3, 4, 8])
@pytest.mark.parametrize("kind", ["real", "complex", "one phase"])
def test_varying_diagonals(size, kind):
    rng = np.random.default_rng(size)
    matrix = np.diag(rng.normal(size=size)) + np.diag(rng.normal(size=size - 1), 1)
    if size == 8:
        matrix = matrix + np.diag(rng.normal(size=size - 3), -3)
    matrix = matrix.astype(complex)
    if kind == "complex":
        matrix = matrix * np.exp(1j * rng.uniform(size=(size, size)))
    elif kind == "one phase":
        matrix = matrix * np.exp(0.3j)
    check_encoding(banded(matrix), matrix, control=size < 5) if size < 5 else check_columns(banded(matrix), matrix)
    assert banded(scipy.sparse.csr_array(matrix)).alpha == banded(matrix).alpha


def test_varying_hermitian_is_known_as_such():
    matrix = np.diag([1.0, 2.0, 3.0, 4.0]) + np.diag([1j, 2.0, 3.0], 1) + np.diag([-1j, 2.0, 3.0], -1)
    assert banded(matrix).hermitian
    assert not banded(matrix + np.diag([1.0, 0, 0], 1)).hermitian


def test_cost_does_not_depend_on_the_number_of_diagonals_but_for_their_weights():
    three = cx_count(toeplitz({-1: 1, 0: 2, 1: 3}, size=16).circuit)
    five = cx_count(toeplitz({-2: 1, -1: 1, 0: 2, 1: 3, 2: 0.5}, size=16).circuit)
    assert three <= 36
    assert five <= 47


@pytest.mark.parametrize("bands", [{-1: 1, 0: 2, 1: 3}, {-2: 1, -1: 1, 0: 2, 1: 3, 2: 0.5}, {3: 1, 0: 1}])
def test_cost_grows_linearly(bands):
    counts = [cx_count(toeplitz(bands, size=2**num_qubits).circuit) for num_qubits in range(4, 13)]
    assert np.ptp(np.diff(counts)) <= 2
    assert max(np.diff(counts)) <= 12


@pytest.mark.parametrize(
    "matrix",
    [
        from_bands({-1: 1, 0: 2, 1: 3}, 16),
        from_bands({-2: 1, -1: 1, 0: 2, 1: 3, 2: 0.5}, 12),
        from_bands({-1: -1, 0: 2, 1: -1}, 12),
        from_bands({-1: -1, 0: 2, 1: -1}, 16, "periodic"),
        from_bands({0: 1, 1: 1, 2: 1j, 3: 0.2}, 16),
        from_bands({-4: 1, 0: 2, 4: 3, 1: 1, -1: 1}, 16),
        np.diag(np.arange(1.0, 17.0)) + np.diag(np.arange(1.0, 16.0), 1),
    ],
)
def test_plan_predicts_cost_and_alpha(matrix):
    found = plan(matrix)
    encoding = found.build()
    assert encoding.alpha == found.alpha
    counted = cx_count(encoding.circuit)
    assert 0.85 * found.predicted_cx - 3 <= counted <= found.predicted_cx
    check_columns(encoding, matrix)


def test_plan_of_large_sparse_matrices_and_of_others():
    size = 2**18
    large = scipy.sparse.diags_array([1.0, -2.0, 1.0, 0.5], offsets=[-1, 0, 1, 64], shape=(size, size))
    found = plan(large)
    assert found.build().num_system == 18
    assert plan(np.random.default_rng(1).normal(size=(40, 40))) is None
    assert plan(np.ones((2, 3))) is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: toeplitz({8: 1}, size=8), "offsets within"),
        (lambda: toeplitz({0: 0}, size=8), "not zero"),
        (lambda: toeplitz({0: np.nan}, size=8), "finite"),
        (lambda: shift(3, 8), "offset is 8"),
        (lambda: banded(np.ones((2, 3))), "square"),
        (lambda: banded(np.random.default_rng(1).normal(size=(40, 40))), "at most 64"),
    ],
)
def test_refused(call, words):
    with pytest.raises(ProblemError, match=words):
        call()


def test_block_encode_finds_the_structure():
    laplacian = from_bands({-1: -1, 0: 2, 1: -1}, 16)
    found = block_encode(laplacian)
    assert (found.method, found.alpha) == ("tridiagonal", 4.0)
    assert block_encode(from_bands({-1: 1, 0: 2, 1: 3, 2: 0.5}, 16)).method == "Toeplitz"
