"""Counts of long sequences from two short ones, against transpiling them as a whole."""

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp

import circuits
import qalgo
from circuits.signal_processing import qsvt, qsvt_pair
from circuits.tridiagonal_encoding import laplacian_path
from qalgo.qsvt import run_counts
from qalgo.qsvt.sequence_counts import any_phases, count_circuit, count_periods


def encodings():
    rng = np.random.default_rng(7)
    dense = rng.normal(size=(8, 8))
    chain = SparsePauliOp.from_sparse_list(
        [("ZZ", [i, i + 1], 1.0) for i in range(3)] + [("X", [i], 0.7) for i in range(4)], 4
    )
    return {
        "tridiagonal": laplacian_path(4),
        "unary": circuits.block_encode(chain),
        "eigen-dilation": circuits.block_encode(dense + dense.T, method="dilation"),
        "singular values": circuits.block_encode(dense, method="dilation"),
    }


ENCODINGS = encodings()


def a_polynomial(degree, seed):
    """Not the generic phases of the counts: those of a random polynomial."""
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = np.random.default_rng(seed).normal(size=degree // 2 + 1)
    return qalgo.qsvt.phases(0.9 * coefficients / np.sum(np.abs(coefficients)))


@pytest.mark.parametrize("pair", [False, True])
@pytest.mark.parametrize(("name", "degree"), [(name, 30 + i % 2) for i, name in enumerate(ENCODINGS)])
def test_against_the_whole(name, degree, pair):
    encoding = ENCODINGS[name]

    def make(first, second):
        return qsvt_pair(encoding, first, second) if pair else qsvt(encoding, first)

    def build(half):
        uses = 2 * half + degree % 2
        return make(any_phases(uses), any_phases(uses - 1, 2))

    found = count_periods(build, degree // 2)
    whole = count_circuit(make(a_polynomial(degree, 3), a_polynomial(degree - 1, 4)))
    assert found.extrapolated
    assert not whole.extrapolated
    assert found.qubits == whole.qubits
    assert found.cx == pytest.approx(whole.cx, rel=0.01)
    assert found.rotations == pytest.approx(whole.rotations, rel=0.01)
    assert found.t == whole.t
    assert found.depth == pytest.approx(whole.depth, rel=0.02)


def test_a_short_circuit_is_counted_as_it_is():
    asked = []

    def build(half):
        asked.append(half)
        return qsvt(ENCODINGS["eigen-dilation"], any_phases(2 * half))

    assert not count_periods(build, 3).extrapolated
    assert asked == [3]


def test_t_gates_follow_the_mean_of_gridsynth():
    found = count_circuit(qsvt(ENCODINGS["unary"], any_phases(2)))
    rotations = found.rotations
    assert rotations > 0
    assert found.t_gates(1e-3) == pytest.approx(found.t + rotations * (3.02 * np.log2(rotations / 1e-3) + 1.77))


@pytest.mark.parametrize("kind", ["positive-definite", "dense"])
def test_the_run_of_a_linear_system(kind, monkeypatch):
    rng = np.random.default_rng(5)
    if kind == "dense":
        matrix = rng.normal(size=(8, 8)) / 4 + np.diag([1.5, -1.5] * 4)
    else:
        matrix = 2 * np.eye(16) - np.eye(16, k=1) - np.eye(16, k=-1)
    method = "qsvt" if kind == "dense" else "positive-definite"
    solution = qalgo.solve_linear_system(
        matrix, rng.normal(size=len(matrix)), epsilon=1e-3, method=method, readout="none"
    )
    assert solution.degree > 15
    monkeypatch.setattr(run_counts, "LONGEST", 10**9)
    whole = solution.cost()
    assert not whole.extrapolated
    assert "extrapolated" not in str(whole)
    monkeypatch.setattr(run_counts, "LONGEST", 0)
    short = solution.cost()
    assert short.extrapolated
    assert "extrapolated" in str(short)
    assert short.cx == pytest.approx(whole.cx, rel=0.01)
    assert short.depth == pytest.approx(whole.depth, rel=0.02)
    assert (short.qubits, short.encoding_cx, short.degree) == (whole.qubits, whole.encoding_cx, whole.degree)
    comparison = qalgo.compare(solution)
    assert any("extrapolated" in text for text in comparison.caveats)
    assert sum(part.cx for part in comparison.quantum.parts) == comparison.quantum.cx == short.cx
