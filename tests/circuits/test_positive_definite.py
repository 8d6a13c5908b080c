import numpy as np
import pytest
import rustworkx
import scipy.sparse
from circuit_checks import cx_count, lowered
from encoding_checks import check_encoding, dense
from qiskit.quantum_info import Statevector

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


def path(size):
    return scipy.sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(size, size))


@pytest.mark.parametrize("sizes", [(2, 4), (3, 2), (2, 2, 2)])
def test_grids(sizes):
    """Sizes from the slowest axis to the fastest, as in a reshaped array."""
    total = int(np.prod(sizes))
    matrix = scipy.sparse.csr_array((total, total))
    for axis, side in enumerate(sizes):
        before, after = int(np.prod(sizes[:axis])), int(np.prod(sizes[axis + 1 :]))
        one = scipy.sparse.kron(scipy.sparse.eye_array(before), path(side))
        matrix = matrix + scipy.sparse.kron(one, scipy.sparse.eye_array(after))
    found = complement(matrix)
    assert found.encoding.method == "grid"
    assert found.encoding.alpha == 1.0
    assert found.scale == 2.0 * len(sizes)
    circuit = lowered(found.encoding.circuit)
    wanted = np.eye(total) - matrix.toarray() / found.scale
    for column in range(total):
        state = np.asarray(Statevector.from_int(column, 2**circuit.num_qubits).evolve(circuit).data)
        by_work = state.reshape(2**found.encoding.work_qubits, -1)
        assert np.max(np.abs(by_work[1:])) < 1e-12
        assert np.allclose(by_work[0][:total], wanted[:, column], rtol=0, atol=1e-12)
        assert np.max(np.abs(by_work[0][total : 2**found.encoding.num_system]), initial=0.0) < 1e-12


def test_grids_cost_is_linear_in_qubits():
    counts = []
    for bits in (2, 3, 4, 5):
        side = path(2**bits)
        grid = scipy.sparse.kron(side, scipy.sparse.eye_array(2**bits))
        grid = grid + scipy.sparse.kron(scipy.sparse.eye_array(2**bits), side)
        counts.append(cx_count(complement(grid).encoding.circuit))
    assert len(set(np.diff(counts)[1:])) == 1
    assert max(np.diff(counts)) <= 20


def test_nearly_grids_are_not_taken_for_grids():
    side = path(4)
    grid = scipy.sparse.kron(side, scipy.sparse.eye_array(4)) + scipy.sparse.kron(scipy.sparse.eye_array(4), side)
    changed = grid.toarray()
    changed[0, 1] = changed[1, 0] = -0.5
    assert complement(changed).encoding.method == "row states"


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


def test_laplacian_of_a_real_graph():
    graph = rustworkx.generators.karate_club_graph()
    adjacency = rustworkx.graph_adjacency_matrix(graph, lambda _: 1.0)
    laplacian = np.diag(adjacency.sum(axis=0)) - adjacency
    found = complement(laplacian)
    assert found.encoding.alpha == 1.0
    assert found.scale == adjacency.sum(axis=0).max() == 17
    wanted = np.eye(34) - laplacian / 17
    circuit = found.encoding.circuit
    for column in (0, 33):
        state = np.asarray(Statevector.from_int(column, 2**circuit.num_qubits).evolve(circuit).data)
        assert np.allclose(state[:34], wanted[:, column], rtol=0, atol=1e-12)
        assert np.max(np.abs(state[34:64])) < 1e-12
