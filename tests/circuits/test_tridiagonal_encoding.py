import numpy as np
import pytest
from circuit_checks import cx_count
from encoding_checks import check_encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from circuits.errors import ProblemError
from circuits.tridiagonal_encoding import adjacency_path, laplacian_path, tridiagonal, tridiagonal_cx


def hermitian_tridiagonal(diagonal, off_diagonal, size, boundary="open"):
    """Entry by entry from the definition."""
    matrix = np.zeros((size, size), dtype=complex)
    for column in range(size):
        matrix[column, column] += diagonal
        if column + 1 < size or boundary == "periodic":
            matrix[(column + 1) % size, column] += off_diagonal
            matrix[column, (column + 1) % size] += np.conj(off_diagonal)
    return matrix


@pytest.mark.parametrize("size", range(2, 17))
def test_path_of_any_length(size):
    num_qubits = max(1, (size - 1).bit_length())
    adjacency = adjacency_path(num_qubits, size=size)
    assert adjacency.alpha == 1.0
    assert adjacency.self_inverse
    check_encoding(adjacency, hermitian_tridiagonal(0, 0.5, size), control=size in (2, 5, 8, 12))
    laplacian = laplacian_path(num_qubits, size=size)
    assert laplacian.alpha == 4.0
    check_encoding(laplacian, hermitian_tridiagonal(2, -1, size), control=size in (2, 5, 8, 12))


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
def test_cycle(num_qubits):
    size = 2**num_qubits
    check_encoding(adjacency_path(num_qubits, boundary="periodic"), hermitian_tridiagonal(0, 0.5, size, "periodic"))
    check_encoding(laplacian_path(num_qubits, boundary="periodic"), hermitian_tridiagonal(2, -1, size, "periodic"))


@settings(max_examples=12, deadline=None)
@given(
    # Transpilers drop rotations below 1e-6 from level 2 on, and the block is checked after level 3.
    diagonal=st.floats(-3, 3).filter(lambda value: value == 0 or abs(value) > 1e-3),
    radius=st.floats(0.01, 3),
    angle=st.floats(-3.14, 3.14).filter(lambda angle: angle == 0 or abs(angle) > 1e-3),
    size=st.integers(2, 9),
)
def test_any_hermitian_tridiagonal_toeplitz_matrix(diagonal, radius, angle, size):
    off_diagonal = radius * np.exp(1j * angle)
    encoding = tridiagonal(diagonal, off_diagonal, max(1, (size - 1).bit_length()), size=size)
    assert encoding.alpha == pytest.approx(abs(diagonal) + 2 * radius, rel=1e-15)
    check_encoding(encoding, hermitian_tridiagonal(diagonal, off_diagonal, size), control=size < 5)


def test_targets_of_cost():
    assert cx_count(adjacency_path(4).circuit) <= 24
    assert cx_count(laplacian_path(4).circuit) <= 27
    assert cx_count(adjacency_path(4).controlled_circuit()) <= 33
    assert cx_count(laplacian_path(4).controlled_circuit()) <= 40


@pytest.mark.parametrize("build", [adjacency_path, laplacian_path])
def test_cost_grows_by_a_constant_per_qubit(build):
    counts = [cx_count(build(num_qubits).circuit) for num_qubits in range(4, 13)]
    assert set(np.diff(counts)) == {9}
    controlled = [cx_count(build(num_qubits).controlled_circuit()) for num_qubits in (4, 8, 12)]
    assert controlled[2] - controlled[1] == controlled[1] - controlled[0] == 36


@pytest.mark.parametrize("size", [4, 7, 12, 16, 23, 40])
@pytest.mark.parametrize("diagonal", [0.0, 2.0])
def test_predicted_cost(size, diagonal):
    num_qubits = (size - 1).bit_length()
    predicted = tridiagonal_cx(num_qubits, size, periodic=False, diagonal=diagonal != 0)
    counted = cx_count(tridiagonal(diagonal, -1, num_qubits, size=size).circuit)
    assert counted <= predicted <= 1.1 * counted + 2


def test_complex_hopping_costs_no_more():
    assert cx_count(tridiagonal(1.0, 0.3 + 0.4j, 4).circuit) == cx_count(laplacian_path(4).circuit)
    assert tridiagonal(1.0, 0.3 + 0.4j, 4).alpha == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_qubits": 0}, "num_qubits"),
        ({"num_qubits": 3, "size": 4}, "size is 4"),
        ({"num_qubits": 3, "size": 9}, "size is 9"),
        ({"num_qubits": 3, "size": 7, "boundary": "periodic"}, "cycle"),
        ({"num_qubits": 3, "boundary": "torus"}, "boundary"),
    ],
)
def test_refused(arguments, words):
    with pytest.raises(ProblemError, match=words):
        adjacency_path(**arguments)


@pytest.mark.parametrize(("diagonal", "off_diagonal"), [(1.0, 0.0), (np.nan, 1.0), (0.0, np.inf)])
def test_refused_numbers(diagonal, off_diagonal):
    with pytest.raises(ProblemError, match="off_diagonal"):
        tridiagonal(diagonal, off_diagonal, 3)
    with pytest.raises(ProblemError, match="does not close"):
        tridiagonal(0.0, 1 + 1j, 2, boundary="periodic")
