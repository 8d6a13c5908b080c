"""read_matrix against files written by scipy and numpy, and against files that are no matrices."""

import numpy as np
import pytest
from scipy import io, sparse

import qalgo
from qalgo.errors import ProblemError


def test_matrix_market_coordinates_symmetric(tmp_path):
    matrix = sparse.diags_array([-np.ones(7), np.full(8, 2.0), -np.ones(7)], offsets=[-1, 0, 1])
    io.mmwrite(tmp_path / "laplacian.mtx", matrix, symmetry="symmetric")
    found = qalgo.read_matrix(tmp_path / "laplacian.mtx")
    assert sparse.issparse(found)
    assert np.array_equal(found.toarray(), matrix.toarray())


def test_a_file_written_by_hand_with_comments_and_pattern(tmp_path):
    path = tmp_path / "graph.mtx"
    path.write_text("%%MatrixMarket matrix coordinate pattern symmetric\n% a path\n3 3 2\n2 1\n3 2\n")
    found = qalgo.read_matrix(str(path))
    assert np.array_equal(found.toarray(), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    assert found.dtype == np.float64


@pytest.mark.parametrize("matrix", [np.array([[1, 2], [3, 4]]), np.array([[1.5, 0], [0, 2j]])])
def test_dense_formats(tmp_path, matrix):
    np.save(tmp_path / "a.npy", matrix)
    io.mmwrite(tmp_path / "a.mtx", matrix)
    sparse.save_npz(tmp_path / "a.npz", sparse.csc_array(matrix))
    for name in ("a.npy", "a.mtx"):
        found = qalgo.read_matrix(tmp_path / name)
        assert isinstance(found, np.ndarray)
        assert np.array_equal(found, matrix)
        assert found.dtype.kind in "fc"
    assert np.array_equal(qalgo.read_matrix(tmp_path / "a.npz").toarray(), matrix)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"1,2\n3,4\n", "format"),
        ("a.mtx", b"not a matrix\n", "damaged"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1.0\n", "damaged"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 nan\n", "NaN"),
        ("a.npy", b"\x93NUMPY", "damaged"),
        ("a.npz", b"PK", "damaged"),
        ("a.mtx", b"", "damaged"),
    ],
)
def test_files_that_are_no_matrices(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ProblemError, match=words):
        qalgo.read_matrix(path)


def test_other_bad_files(tmp_path):
    with pytest.raises(ProblemError, match="no file"):
        qalgo.read_matrix(tmp_path / "missing.mtx")
    with pytest.raises(ProblemError, match="no file"):
        qalgo.read_matrix(tmp_path)
    np.save(tmp_path / "vector.npy", np.ones(3))
    np.save(tmp_path / "objects.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    np.save(tmp_path / "words.npy", np.array([["a"]]))
    for name in ("vector", "objects", "words"):
        with pytest.raises(ProblemError, match="allowed"):
            qalgo.read_matrix(tmp_path / f"{name}.npy")
