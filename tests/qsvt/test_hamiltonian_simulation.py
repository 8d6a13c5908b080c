import json

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp
from scipy.linalg import expm

import circuits
import qalgo
from circuits.pauli_sum_encoding import pauli_sum
from qalgo.execution.exact_state import aer_state
from qalgo.qsvt.simulation_options import METHODS
from tests.circuits.circuit_checks import cx_count
from tests.circuits.test_product_formula import ising_chain

CHAIN = ising_chain(3)
EXACT = CHAIN.to_matrix()


def _random_state(seed, size):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=size) + 1j * rng.normal(size=size)
    return state / np.linalg.norm(state)


def _block(circuit, size):
    """Columns from the states that Aer computes: the matrix of all qubits would be large."""
    columns = []
    for index in range(size):
        prepared = circuit.copy_empty_like()
        prepared.global_phase = 0
        for qubit in range(size.bit_length() - 1):
            if index >> qubit & 1:
                prepared.x(qubit)
        columns.append(aer_state(prepared.compose(circuit))[:size])
    return np.array(columns).T


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("time", "epsilon"), [(1.0, 1e-3), (-0.7, 1e-6)])
def test_every_method_keeps_its_promise(method, time, epsilon):
    found = qalgo.simulate_hamiltonian(CHAIN, time=time, epsilon=epsilon, method=method, readout="none")
    size = 2**found.num_system
    block = _block(found.circuit, size) / found.chosen.scale
    assert 1 - 2e-5 - epsilon <= found.chosen.scale <= 1
    assert found.method == method
    assert np.linalg.norm(block - expm(-1j * time * EXACT), 2) <= found.error <= epsilon


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_the_state_read_from_aer(method):
    state = _random_state(3, 8)
    found = qalgo.simulate_hamiltonian(CHAIN, time=0.9, epsilon=1e-5, state=state, method=method)
    expected = expm(-0.9j * EXACT) @ state
    assert found.emulated
    assert np.linalg.norm(found.state - expected) <= 2e-5
    assert found.success_probability >= 1 - 5e-5
    assert "emulated" in str(found)


def test_the_cheapest_option_is_taken_and_its_count_is_right():
    found = qalgo.simulate_hamiltonian(CHAIN, time=1.0, epsilon=1e-4, readout="none", encoding=pauli_sum(CHAIN))
    counted = {option.detail: cx_count(option.build()) for option in found.options}
    assert counted[found.chosen.detail] <= 1.05 * min(counted.values())
    for option in found.options:
        assert abs(option.cx - counted[option.detail]) <= 0.03 * counted[option.detail]
    assert {option.method for option in found.options} == set(METHODS)


def test_a_matrix_a_circuit_state_and_an_encoding_of_the_users():
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    matrix = matrix + matrix.conj().T
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    expected = expm(-0.4j * matrix) @ np.array([1, 0, 0, 1]) / np.sqrt(2)
    given = circuits.block_encode(matrix)
    for subject, options in ((matrix, {}), (matrix, {"encoding": given, "method": "gqsp"}), (given, {})):
        found = qalgo.simulate_hamiltonian(subject, time=0.4, epsilon=1e-6, state=bell, **options)
        assert np.linalg.norm(found.state - expected) <= 2e-6


def test_no_time_is_the_identity():
    state = _random_state(4, 8)
    for subject in (CHAIN, circuits.block_encode(CHAIN)):
        found = qalgo.simulate_hamiltonian(subject, time=0.0, epsilon=1e-6, state=state)
        assert np.linalg.norm(found.state - state) <= 1e-12
        assert found.chosen.cx == found.error == 0


def test_the_result_is_plain_data():
    found = qalgo.simulate_hamiltonian(CHAIN, time=0.5, epsilon=1e-3)
    data = json.loads(json.dumps(found.to_dict()))
    assert data["schema"] == "qalgo.hamiltonian_simulation"
    assert data["emulated"] is True


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": float("nan")}, "time"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": 2.0}, "epsilon"),
        ({"method": "trotter"}, "'gqsp'"),
        ({"readout": "shots"}, "readout"),
        ({"state": [1.0, 0.0]}, "qubits"),
    ],
)
def test_wrong_input_is_explained(change, message):
    arguments = {"time": 1.0, "epsilon": 1e-3, **change}
    with pytest.raises(qalgo.ProblemError, match=message):
        qalgo.simulate_hamiltonian(CHAIN, **arguments)


def test_only_hermitian_matrices_evolve():
    for wrong in (np.array([[0.0, 1.0], [0.0, 0.0]]), SparsePauliOp(["X"], [1j])):
        with pytest.raises(qalgo.ProblemError, match="Hermitian"):
            qalgo.simulate_hamiltonian(wrong, time=1.0, epsilon=1e-3)
