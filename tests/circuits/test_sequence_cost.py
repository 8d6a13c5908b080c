"""CX of whole QSVT circuits, P = cos(5 x) / 2 of degree 16 on 16 x 16 matrices, and their T under one error budget."""

import numpy as np
import pytest
from circuit_checks import lowered
from qiskit.quantum_info import Operator, SparsePauliOp
from scipy.special import jv

import circuits
import qalgo
from circuits.pauli_sum_encoding import pauli_sum
from circuits.tridiagonal_encoding import adjacency_path, laplacian_path

ORDERS = np.arange(17)
SERIES = np.where(ORDERS % 2 == 0, (-1.0) ** (ORDERS // 2) * jv(ORDERS, 5.0), 0.0)
SERIES[0] /= 2
ISING = SparsePauliOp(["IIZZ", "IZZI", "ZZII", "IIIX", "IIXI", "IXII", "XIII"], [-1.0] * 3 + [-0.7] * 4)
SHIFT = np.eye(16, k=-1)
CASES = {
    "ising": (lambda: pauli_sum(ISING), ISING.to_matrix(), 780),
    "laplacian": (lambda: laplacian_path(4), 2 * np.eye(16) - SHIFT - SHIFT.T, 510),
    "adjacency": (lambda: adjacency_path(4), (SHIFT + SHIFT.T) / 2, 450),
}
"""CX measured with the encodings of this library: 776, 504 and 444."""


@pytest.mark.parametrize("name", CASES)
def test_cx_and_block_of_the_transpiled_circuit(name):
    build, matrix, most = CASES[name]
    encoding = build()
    done = lowered(circuits.qsvt(encoding, qalgo.qsvt.phases(SERIES)))
    assert done.count_ops()["cx"] <= most
    values, vectors = np.linalg.eigh(matrix / encoding.alpha)
    wanted = (vectors * np.polynomial.chebyshev.chebval(values, SERIES)) @ vectors.conj().T
    assert np.max(np.abs(Operator.from_circuit(done).data[:16, :16] - wanted)) < 1e-12


def test_t_under_a_total_budget():
    circuit = circuits.qsvt(laplacian_path(4), qalgo.qsvt.phases(SERIES), minimise="t")
    cost = qalgo.fault_tolerant_cost(circuit, 1e-3, verify=False)
    assert cost.error_bound <= 1e-3
    assert cost.rotations <= 17
    assert cost.t <= 0.4 * 3335  # the Laplacian circuit with each rotation at Qiskit's default precision
