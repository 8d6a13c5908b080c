import numpy as np
import pytest
from qiskit.quantum_info import Operator, SparsePauliOp

from circuits import block_encode, qsvt, qsvt_pair
from circuits.encoding_matrix import in_one_gate, quicker_in_one_gate
from qalgo.qsvt import phases


def _encodings():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    yield block_encode(matrix)
    yield block_encode(matrix + matrix.conj().T)
    yield block_encode(SparsePauliOp(["XX", "ZI", "IY"], [0.5, -0.3, 0.8]))


@pytest.mark.parametrize("encoding", list(_encodings()), ids=lambda encoding: encoding.method)
def test_it_is_the_same_unitary_forwards_backwards_and_controlled(encoding):
    single = in_one_gate(encoding)
    assert single.circuit.size() == 1
    assert single.circuit.qregs == encoding.circuit.qregs
    for one, other in (
        (single.circuit, encoding.circuit),
        (single.inverse_circuit(), encoding.inverse_circuit()),
        (single.controlled_circuit(), encoding.controlled_circuit()),
    ):
        # Work qubits of an encoding are promised to be |0>; elsewhere a cheap controlled form may differ.
        width = encoding.num_system + encoding.ancillas
        rows = [index for index in range(2**one.num_qubits) if not index >> width & (2**encoding.work_qubits - 1)]
        block = np.ix_(rows, rows)
        assert np.max(np.abs(Operator(one).data[block] - Operator(other).data[block])) < 1e-12


def test_sequences_of_both_forms_agree():
    encoding = block_encode(np.diag([0.3, -0.8, 0.1, 0.5]) + 0.1)
    even, odd = phases([0.1, 0, 0.4, 0, 0.2]), phases([0, 0.3, 0, -0.5])
    for build in (lambda e: qsvt(e, even), lambda e: qsvt_pair(e, even, odd, weights=(1, -1j))):
        one, other = (Operator(build(e)).data for e in (encoding, in_one_gate(encoding)))
        assert np.max(np.abs(one - other)) < 1e-12


def test_only_long_runs_of_few_qubits_are_worth_it():
    small = block_encode(np.random.default_rng(1).normal(size=(16, 16)))
    assert not quicker_in_one_gate(small, 3)
    assert quicker_in_one_gate(small, 1000)
    assert not quicker_in_one_gate(small, 10**6)
