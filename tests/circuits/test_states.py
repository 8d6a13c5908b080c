import numpy as np
import pytest
from circuit_checks import cx_count, published_call, random_joint
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation
from qiskit.quantum_info import Statevector

from circuits.errors import ProblemError
from circuits.states import (
    MAX_LOADED_QUBITS,
    joint_payoff_amplitudes,
    joint_payoff_state,
    load_distribution,
    load_state,
    matrix_product_approximation,
    matrix_product_state,
)

STANDARD = {"ry", "cz", "cx", "u", "h", "s", "sdg", "rz", "x"}


def state_of(circuit):
    return np.asarray(Statevector(circuit).data)


def unit(values):
    return values / np.linalg.norm(values)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(num_qubits=st.integers(1, 7), seed=st.integers(0, 2**32 - 1), sparsity=st.floats(0, 0.9))
def test_every_real_state_is_loaded_with_its_global_phase(num_qubits, seed, sparsity):
    rng = np.random.default_rng(seed)
    vector = rng.normal(size=2**num_qubits) * (rng.uniform(size=2**num_qubits) >= sparsity)
    vector[rng.integers(2**num_qubits)] = 1.0
    vector = unit(vector)
    circuit = load_state(vector)
    assert set(circuit.count_ops()) <= STANDARD
    np.testing.assert_allclose(state_of(circuit), vector, atol=1e-11)


@settings(derandomize=True, max_examples=15, deadline=None)
@given(num_qubits=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_every_complex_state_is_loaded_with_its_global_phase(num_qubits, seed):
    rng = np.random.default_rng(seed)
    vector = unit(rng.normal(size=2**num_qubits) + 1j * rng.normal(size=2**num_qubits))
    circuit = load_state(vector)
    assert set(circuit.count_ops()) <= {"u", "cx"}
    np.testing.assert_allclose(state_of(circuit), vector, atol=1e-11)


@pytest.mark.parametrize(
    ("num_qubits", "most"), [(1, 0), (2, 1), (3, 3), (4, 7), (5, 16), (6, 37), (7, 2**7 - 8), (8, 2**8 - 9)]
)
def test_cost_of_a_generic_real_state(num_qubits, most):
    vector = unit(np.random.default_rng(num_qubits).normal(size=2**num_qubits))
    raw = QuantumCircuit(num_qubits)
    raw.append(StatePreparation(vector), range(num_qubits))
    assert cx_count(load_state(vector)) <= min(most, cx_count(raw))


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5, 6, 7, 10])
def test_product_states_cost_no_cx(num_qubits):
    rng = np.random.default_rng(num_qubits)
    vector = np.ones(1)
    for _ in range(num_qubits):
        vector = np.kron(vector, unit(rng.normal(size=2)))
    circuit = load_state(vector)
    assert set(circuit.count_ops()) == {"ry"}
    np.testing.assert_allclose(state_of(circuit), vector, atol=1e-12)


@pytest.mark.parametrize("vector", [np.eye(32)[0], -np.eye(16)[5], np.eye(64)[63], np.eye(8)[1]])
def test_basis_states_with_their_sign(vector):
    np.testing.assert_allclose(state_of(load_state(vector)), vector, atol=1e-12)


def test_a_wide_state_with_small_bond_is_loaded_cheaply_and_exactly():
    vector = np.zeros(2**9)
    vector[[0, -1]] = np.sqrt(0.5)  # GHZ: bond dimension 2
    assert cx_count(load_state(vector)) <= 15
    np.testing.assert_allclose(state_of(load_state(vector)), vector, atol=1e-12)


def test_distribution():
    weights, _ = random_joint(4, 1)
    np.testing.assert_allclose(np.abs(state_of(load_distribution(weights))) ** 2, weights, atol=1e-12)


@settings(derandomize=True, max_examples=20, deadline=None)
@given(num_price=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_joint_state_holds_the_payoff_in_the_top_qubit(num_price, seed):
    weights, payoff = random_joint(num_price, seed)
    state = state_of(joint_payoff_state(weights, payoff))
    for index, (weight, flag) in enumerate(zip(weights, payoff, strict=True)):
        assert state[index] == pytest.approx(np.sqrt(weight * (1 - flag)), abs=1e-11)
        assert state[index + 2**num_price] == pytest.approx(np.sqrt(weight * flag), abs=1e-11)


@pytest.mark.parametrize(("num_price", "target"), [(3, 11), (4, 26), (5, 57)])
def test_joint_state_targets(num_price, target):
    _, weights, payoff = published_call(num_price)
    published = cx_count(joint_payoff_state(weights, payoff / payoff.max()))
    generic = cx_count(joint_payoff_state(*random_joint(num_price, 7)))
    assert max(published, generic) <= {3: 7, 4: 16, 5: 37}[num_price] < target


def test_registers():
    circuit = joint_payoff_state(*random_joint(3, 2))
    assert [(register.name, register.size) for register in circuit.qregs] == [("price", 3), ("objective", 1)]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: load_state([0.6, 0.8, 0.0]), "length 3"),
        (lambda: load_state([1.0]), "length 1"),
        (lambda: load_state([[1.0, 0.0]]), "one axis"),
        (lambda: load_state([0.6, 0.6]), "norm 0.848"),
        (lambda: load_state([np.nan, 1.0]), "finite"),
        (lambda: load_state(["a", "b"]), "vector of numbers"),
        (lambda: load_state(np.zeros(2 ** (MAX_LOADED_QUBITS + 1))), "at most 2"),
        (lambda: load_distribution([0.5, 0.6]), "sum to 1.1"),
        (lambda: load_distribution([1.5, -0.5]), ">= 0"),
        (lambda: load_distribution([1j, 1.0]), "complex"),
        (lambda: joint_payoff_state([0.5, 0.5], [0.1]), "equal lengths"),
        (lambda: joint_payoff_state([0.5, 0.5], [0.1, 1.1]), "allowed: \\[0, 1\\]"),
        (lambda: matrix_product_state([0.6, 0.8], 4), "at least 4"),
        (lambda: matrix_product_state(np.ones(16) / 4, 3), "2 or 4"),
        (lambda: matrix_product_state(np.ones(16) / 4 * 1j), "real vector"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ProblemError, match=message):
        build()


@pytest.mark.parametrize("bond_dimension", [2, 4])
@pytest.mark.parametrize("num_qubits", [4, 5, 6, 9])
@pytest.mark.parametrize("keep_objective", [False, True])
def test_circuit_prepares_the_approximation(bond_dimension, num_qubits, keep_objective):
    vector = unit(np.random.default_rng(3).normal(size=2**num_qubits))
    state = matrix_product_approximation(vector, bond_dimension, keep_objective=keep_objective)
    assert state.num_qubits == num_qubits
    loaded = state_of(matrix_product_state(vector, bond_dimension, keep_objective=keep_objective))
    np.testing.assert_allclose(loaded, state.vector(), atol=1e-11)
    assert state.fidelity == pytest.approx(abs(np.vdot(vector, loaded)) ** 2, abs=1e-12)
    top = float(np.sum(np.abs(loaded[len(loaded) // 2 :]) ** 2))
    assert state.objective_probability() == pytest.approx(top, abs=1e-12)
    if keep_objective:
        assert top == pytest.approx(float(np.sum(vector[len(vector) // 2 :] ** 2)), abs=1e-12)


def test_truncation_obeys_the_bound_of_the_singular_values():
    """Each cut is an orthogonal projection: the squared error is at most the sum of all discarded squared values."""
    vector = unit(np.random.default_rng(5).normal(size=2**8))
    state = matrix_product_approximation(vector, 4, keep_objective=False)
    values = [np.linalg.svd(vector.reshape(2**cut, -1), compute_uv=False) for cut in range(1, 8)]
    discarded = sum(float(np.sum(found[4:] ** 2)) for found in values)
    assert 1 - state.fidelity <= discarded


def test_approximation_is_exact_up_to_five_qubits():
    vector = unit(np.random.default_rng(6).normal(size=2**5))
    np.testing.assert_allclose(matrix_product_approximation(vector, 4).vector(), vector, atol=1e-12)


@pytest.mark.parametrize(("num_price", "most", "target"), [(8, 52, 115), (10, 70, 158), (12, 88, 200)])
def test_matrix_product_targets(num_price, most, target):
    _, weights, payoff = published_call(num_price)
    flags = payoff / payoff.max()
    amplitudes = joint_payoff_amplitudes(weights, flags)
    circuit = matrix_product_state(amplitudes, 4)
    loaded = np.abs(state_of(circuit)) ** 2
    exact = float(weights @ flags)
    assert abs(loaded[2**num_price :].sum() / exact - 1) <= 1e-10  # target 3e-6
    assert cx_count(circuit) <= most <= target
    plain = matrix_product_approximation(amplitudes, 4, keep_objective=False)
    assert plain.fidelity > 1 - 3e-5
    assert abs(plain.objective_probability() / exact - 1) < 2e-5


@pytest.mark.parametrize("kind", ["signs", "range", "integers"])
@pytest.mark.parametrize("num_qubits", [4, 5, 6, 7])
def test_ill_conditioned_vectors_keep_full_accuracy(kind, num_qubits):
    """Clustered and tiny singular values: the cosine-sine step must not lose digits."""
    size = 2**num_qubits
    for seed in range(25):
        rng = np.random.default_rng(seed)
        if kind == "signs":
            vector = np.exp(-(np.linspace(-3, 3, size) ** 2) * rng.uniform(0.1, 10)) * rng.choice([-1.0, 1.0], size)
        elif kind == "range":
            vector = rng.normal(size=size) * 10.0 ** rng.integers(-12, 1, size=size)
        else:
            vector = rng.integers(-2, 3, size=size) + np.eye(size)[0]
        vector = unit(vector)
        np.testing.assert_allclose(state_of(load_state(vector)), vector, atol=5e-12)
        approximation = matrix_product_approximation(vector, 4)
        np.testing.assert_allclose(state_of(matrix_product_state(vector, 4)), approximation.vector(), atol=5e-12)
