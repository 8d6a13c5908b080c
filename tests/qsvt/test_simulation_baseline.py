"""Classical evolution against scipy's matrix exponential, with the counts that reach the accuracy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp
from scipy.linalg import expm
from scipy.special import jv

from qalgo.errors import ProblemError
from qalgo.qsvt.pauli_evolution import pauli_terms, symmetric_formula
from qalgo.qsvt.simulation_baseline import simulation_baselines


def ising(qubits):
    bonds = [("ZZ", [i, i + 1], 1.0) for i in range(qubits - 1)]
    return SparsePauliOp.from_sparse_list([*bonds, *(("X", [i], 0.7) for i in range(qubits))], qubits)


def state(size, seed=0):
    rng = np.random.default_rng(seed)
    vector = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(("time", "epsilon"), [(1.0, 1e-3), (-2.0, 1e-6)])
def test_every_method_reaches_the_accuracy(time, epsilon):
    start = state(16)
    exact = expm(-1j * time * ising(4).to_matrix()) @ start
    found = {item.name: item for item in simulation_baselines(ising(4), time, epsilon, start)}
    assert list(found) == [
        "Chebyshev expansion",
        "Lanczos",
        "expm_multiply",
        "product formula of order 2",
        "product formula of order 4",
    ]
    for item in found.values():
        assert item.reached
        assert np.linalg.norm(item.x - exact) <= epsilon * (1 + 1e-9)
        assert item.error == pytest.approx(np.linalg.norm(item.x - exact), abs=1e-12)
        assert item.matrix_vector_products > 0
    assert found["Lanczos"].matrix_vector_products <= 16


def test_terms_of_the_chebyshev_expansion_follow_the_bessel_tail():
    operator, time, epsilon = ising(4), 10.0, 1e-6
    found = simulation_baselines(operator, time, epsilon, state(16))[0]
    # Gershgorin: every row of the Ising chain has diagonal and off-diagonal parts within 3 + 2.8.
    argument = 5.8 * time
    tail = [2 * np.sum(np.abs(jv(np.arange(k + 1, 400), argument))) for k in range(200)]
    enough = next(k for k, rest in enumerate(tail) if rest <= epsilon)
    assert argument < found.matrix_vector_products <= enough


def test_the_number_of_steps_is_least():
    operator, time, epsilon = ising(3), 1.0, 1e-3
    start = state(8)
    exact = expm(-1j * time * operator.to_matrix()) @ start
    terms = pauli_terms(operator)
    for order, item in zip((2, 4), simulation_baselines(operator, time, epsilon, start)[3:], strict=True):
        errors = {}
        for steps in range(1, 60):
            evolved, exponentials = symmetric_formula(terms, order, time, steps, start)
            errors[exponentials] = np.linalg.norm(evolved - exact)
        least = min(count for count, error in errors.items() if error <= epsilon)
        assert item.operations == 8.0 * least * 8


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(0, 10**6), st.floats(-2.0, 2.0))
def test_exponentials_of_pauli_terms(qubits, seed, angle):
    rng = np.random.default_rng(seed)
    label = "".join(rng.choice(list("IXYZ"), qubits))
    operator = SparsePauliOp([label], [1.3])
    vector = state(2**qubits, seed)
    evolved = pauli_terms(operator)[0].exponential(angle, vector)
    assert np.allclose(evolved, expm(-1j * angle * operator.to_matrix()) @ vector, atol=1e-12)


@pytest.mark.parametrize(("order", "ratio"), [(2, 4.0), (4, 16.0)])
def test_order_of_the_formulas(order, ratio):
    terms, start = pauli_terms(ising(3)), state(8)
    exact = expm(-1j * ising(3).to_matrix()) @ start
    errors = [np.linalg.norm(symmetric_formula(terms, order, 1.0, steps, start)[0] - exact) for steps in (10, 20)]
    assert errors[0] / errors[1] == pytest.approx(ratio, rel=0.05)


def test_matrices_have_no_product_formula_and_no_time_costs_nothing():
    matrix = ising(3).to_matrix()
    names = [item.name for item in simulation_baselines(matrix, 1.0, 1e-8)]
    assert names == ["Chebyshev expansion", "Lanczos", "expm_multiply"]
    still = simulation_baselines(matrix, 0.0, 1e-8, state(8))
    assert still[0].matrix_vector_products == 0
    assert np.allclose(still[0].x, state(8))


@pytest.mark.parametrize(
    ("hamiltonian", "time", "epsilon", "start"),
    [
        (np.triu(np.ones((2, 2))), 1.0, 1e-3, None),
        (np.eye(2), np.inf, 1e-3, None),
        (np.eye(2), 1.0, 1e-15, None),
        (np.eye(2), 1.0, 1e-3, np.zeros(2)),
        (np.eye(2), 1.0, 1e-3, np.ones(3)),
    ],
)
def test_bad_input(hamiltonian, time, epsilon, start):
    with pytest.raises(ProblemError, match="allowed"):
        simulation_baselines(hamiltonian, time, epsilon, start)
