import numpy as np
import pytest
from circuit_checks import cx_count
from encoding_checks import check_encoding

from circuits.errors import ProblemError
from circuits.row_state_encoding import row_states, row_states_plan


def hermitian(size, kind, seed=1):
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(size=(size, size)) if kind == "positive" else rng.normal(size=(size, size)).astype(complex)
    if kind == "complex":
        matrix = matrix + 1j * rng.normal(size=(size, size))
    return (matrix + matrix.conj().T) / 2


@pytest.mark.parametrize("kind", ["positive", "real", "complex"])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_hermitian_matrices(size, kind):
    matrix = hermitian(size, kind)
    encoding = row_states(matrix)
    assert encoding.alpha == pytest.approx(np.abs(matrix).sum(axis=1).max(), rel=1e-15)
    assert encoding.self_inverse == (kind == "positive")
    check_encoding(encoding, matrix, control=size < 4 or kind == "real")


def test_equal_row_sums_need_no_flags():
    cycle = np.roll(np.eye(4), 1, axis=0) + np.roll(np.eye(4), -1, axis=0)
    encoding = row_states(cycle)
    assert encoding.ancillas == 2
    check_encoding(encoding, cycle)
    check_encoding(row_states(np.ones((3, 3))), np.ones((3, 3)))


@pytest.mark.parametrize("kind", ["positive", "real"])
def test_predicted_cost(kind):
    matrix = hermitian(16, kind)
    counted = cx_count(row_states(matrix).circuit)
    assert counted <= row_states_plan(matrix).predicted_cx <= 1.05 * counted


def test_refused():
    with pytest.raises(ProblemError, match="not Hermitian"):
        row_states([[0, 1], [2, 0]])
    with pytest.raises(ProblemError, match="alpha"):
        row_states(np.ones((2, 2)), alpha=1.5)
    assert row_states_plan([[0, 1], [2, 0]]) is None
