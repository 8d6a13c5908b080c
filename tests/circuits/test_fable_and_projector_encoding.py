import numpy as np
import pytest
from circuit_checks import cx_count, lowered_matrix
from encoding_checks import check_encoding

from circuits import projector_encoding
from circuits.errors import ProblemError
from circuits.fable_encoding import fable, plan
from circuits.projector_encoding import projector


@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (3, 3), (4, 4), (3, 4)])
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_fable(shape, kind):
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=shape).astype(complex)
    if kind == "complex":
        matrix = matrix + 1j * rng.normal(size=shape)
    encoding = fable(matrix)
    size = 2**encoding.num_system
    assert encoding.alpha == pytest.approx(size * np.abs(matrix).max(), rel=1e-15)
    check_encoding(encoding, matrix, control=kind == "real" or shape == (2, 2))


@pytest.mark.parametrize("cutoff", [1e-2, 5e-2])
def test_compression_has_the_error_it_reports(cutoff):
    grid = np.linspace(0, 1, 8)
    matrix = np.exp(-((grid[:, np.newaxis] - grid) ** 2))
    full, compressed = fable(matrix), fable(matrix, cutoff=cutoff)
    block = compressed.alpha * lowered_matrix(compressed.circuit)[:8, :8]
    distance = np.linalg.norm(block - matrix, ord=2)
    assert 1e-6 < distance <= compressed.error <= 1.001 * distance + 1e-10
    assert cx_count(compressed.circuit) < cx_count(full.circuit)


def test_predicted_cost():
    matrix = np.random.default_rng(3).normal(size=(16, 16))
    counted = cx_count(fable(matrix).circuit)
    assert abs(counted - plan(matrix).predicted_cx) <= 0.05 * counted
    assert plan(np.ones((300, 300))) is None


@pytest.mark.parametrize(("qubits", "values"), [([0], None), ([0, 2], [1, 0]), ([0, 1, 2], None), ([2, 1], [1, 1])])
def test_projector(qubits, values):
    wanted = np.diag(
        [
            float(all(state >> qubit & 1 == value for qubit, value in zip(qubits, values or [0] * 3, strict=False)))
            for state in range(8)
        ]
    )
    encoding = projector(qubits, 3, values=values)
    check_encoding(encoding, wanted)
    found = projector_encoding.plan(wanted)
    assert found.predicted_cx == cx_count(found.build().circuit) == cx_count(encoding.circuit)
    assert np.array_equal(np.round(found.build().matrix().real), wanted)
    assert projector_encoding.plan(np.diag([1, 1, 1, 0])) is None
    assert projector_encoding.plan(np.diag([1, 0, 0, 1])) is None


def test_refused():
    with pytest.raises(ProblemError, match="cutoff"):
        fable(np.eye(2), cutoff=-1)
    with pytest.raises(ProblemError, match="nonzero"):
        fable(np.zeros((2, 2)))
    with pytest.raises(ProblemError, match="values"):
        projector([0], 2, values=[2])
