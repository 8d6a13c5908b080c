import numpy as np
import pytest
import scipy.sparse
from circuit_checks import cx_count
from encoding_checks import check_encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from circuits.errors import ProblemError
from circuits.sparse_encoding import _edge_colours, plan, sparse


def random_sparse(size, density, seed, *, complex_entries=False):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(size, size)) * (rng.uniform(size=(size, size)) < density)
    matrix[0, -1] = 1.0
    return matrix * np.exp(1j * rng.uniform(size=(size, size))) if complex_entries else matrix


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_sparse(size, complex_entries):
    matrix = random_sparse(size, 0.4, size, complex_entries=complex_entries)
    encoding = sparse(scipy.sparse.csr_array(matrix))
    degree = max(np.count_nonzero(matrix, axis=0).max(), np.count_nonzero(matrix, axis=1).max())
    assert encoding.alpha <= degree * np.abs(matrix).max() * (1 + 1e-15)
    check_encoding(encoding, matrix)


def test_hermitian_is_known():
    matrix = random_sparse(4, 0.4, 1)
    assert sparse(matrix + matrix.T).hermitian
    assert not sparse(matrix).hermitian


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 24), density=st.floats(0.02, 1))
def test_colours_are_as_few_as_the_largest_degree(seed, size, density):
    rows, columns = np.nonzero(np.random.default_rng(seed).uniform(size=(size, size)) < density)
    if not rows.size:
        return
    degree = int(max(np.bincount(rows).max(), np.bincount(columns).max()))
    colours = _edge_colours(rows, columns, size, degree)
    assert set(colours) <= set(range(degree))
    assert len(set(zip(colours, rows, strict=True))) == len(set(zip(colours, columns, strict=True))) == rows.size


def test_predicted_cost():
    matrix = random_sparse(16, 0.15, 7)
    counted = cx_count(sparse(matrix).circuit)
    assert 0.8 * plan(matrix).predicted_cx <= counted <= 1.02 * plan(matrix).predicted_cx
    assert plan(np.ones((2, 3))) is None


def test_refused():
    with pytest.raises(ProblemError, match="square"):
        sparse(np.ones((2, 3)))
    with pytest.raises(ProblemError, match="table"):
        sparse(scipy.sparse.eye_array(2**15))
