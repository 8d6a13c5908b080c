import numpy as np
import pytest
import scipy.sparse
from encoding_checks import check_encoding, dense

from circuits.errors import ProblemError
from circuits.positive_definite import complement


def check_complement(matrix, **options):
    found = complement(matrix, **options)
    assert found is not None
    assert found.encoding.alpha == 1.0
    assert found.scale > 0
    wanted = np.eye(matrix.shape[0]) - dense(matrix) / found.scale
    check_encoding(found.encoding, wanted, control=False)
    return found


def test_path_and_cycle():
    for size in (5, 8, 12):
        path = scipy.sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(size, size))
        assert check_complement(path).scale == 2.0
        check_complement(path.toarray())
        assert check_complement(path + scipy.sparse.eye_array(size)).scale == pytest.approx(2.5)
    cycle = 2 * np.eye(8) - np.roll(np.eye(8), 1, axis=0) - np.roll(np.eye(8), -1, axis=0)
    assert check_complement(cycle).scale == 2.0


def test_complex_hopping():
    hopping = 0.6 - 0.8j
    matrix = 3 * np.eye(6) + np.diag(np.full(5, hopping), -1) + np.diag(np.full(5, np.conj(hopping)), 1)
    check_complement(matrix)


def test_large_sparse_matrices_stay_sparse():
    size = 2**20
    path = scipy.sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(size, size))
    found = complement(path)
    assert found is not None
    assert found.encoding.num_system == 20


def test_diagonally_dominant_matrices():
    rng = np.random.default_rng(4)
    weights = np.triu(rng.uniform(size=(5, 5)), 1)
    graph = weights + weights.T
    laplacian = np.diag(graph.sum(axis=1)) - graph
    found = check_complement(laplacian)
    assert found.scale == pytest.approx(graph.sum(axis=1).max())
    signed = np.diag(np.abs(laplacian).sum(axis=1)) + 1j * np.triu(laplacian, 1) - 1j * np.tril(laplacian, -1)
    check_complement(signed)
    assert found.encoding.self_inverse


def test_dense_on_request():
    factor = np.random.default_rng(5).normal(size=(4, 4))
    matrix = factor @ factor.T
    matrix = (matrix + matrix.T) / 2
    assert complement(matrix) is None
    assert check_complement(matrix, dense=True).solves_problem
    assert complement(matrix - 10 * np.eye(4), dense=True) is None


def test_none_where_no_structure_is_known():
    indefinite = np.diag(np.full(3, 1.0), 1) + np.diag(np.full(3, 1.0), -1) + np.eye(4)
    assert complement(indefinite) is None


def test_refused():
    with pytest.raises(ProblemError, match="finite"):
        complement(np.diag([1.0, np.nan]))
    with pytest.raises(ProblemError, match="two axes"):
        complement(np.ones(4))
