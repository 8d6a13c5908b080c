import math

import numpy as np
import pytest
from circuit_checks import (
    cx_count,
    explicit_grover,
    lowered_matrix,
    matrix,
    published_call,
    random_joint,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import IntegerComparatorGate, LinearPauliRotationsGate, StatePreparation
from qiskit.quantum_info import Operator, Statevector, random_unitary

from circuits.errors import ProblemError
from circuits.inversion import flattened
from circuits.reflection import amplified, controlled_grover_operator, grover_operator, zero_reflection
from circuits.states import joint_payoff_state


def random_preparation(num_qubits: int, seed: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, global_phase=0.3)
    circuit.unitary(random_unitary(2**num_qubits, seed=seed), range(num_qubits))
    return circuit


def linear_load() -> QuantumCircuit:
    """Four loaded qubits and a linear rotation: the A of the targets for the controlled operator."""
    circuit = QuantumCircuit(5)
    weights = np.random.default_rng(1).dirichlet(np.ones(16))
    circuit.append(StatePreparation(np.sqrt(weights)), range(4))
    circuit.append(LinearPauliRotationsGate(4, 0.3, 0.1), range(5))
    return circuit


def with_work(operator: np.ndarray, full: np.ndarray) -> None:
    """The full matrix is the operator wherever the (most significant) work qubits are 0, and leaves them 0."""
    size = len(operator)
    np.testing.assert_allclose(full[:size, :size], operator, atol=1e-10)
    np.testing.assert_allclose(full[size:, :size], 0, atol=1e-10)


@pytest.mark.parametrize("num_qubits", range(1, 7))
@pytest.mark.parametrize("work_qubits", [0, 1, 2])
def test_zero_reflection(num_qubits, work_qubits):
    circuit = zero_reflection(num_qubits, work_qubits=work_qubits)
    assert circuit.num_qubits == num_qubits + work_qubits
    assert circuit.num_ancillas == work_qubits
    with_work(np.diag([-1.0] + [1.0] * (2**num_qubits - 1)), matrix(circuit))


@pytest.mark.parametrize(("num_qubits", "most"), [(4, 12), (5, 18), (7, 30), (9, 42)])
def test_one_work_qubit_makes_the_reflection_linear(num_qubits, most):
    assert cx_count(zero_reflection(num_qubits, work_qubits=1)) <= most
    assert cx_count(zero_reflection(num_qubits, work_qubits=2)) <= most


@settings(derandomize=True, max_examples=30, deadline=None)
@given(num_qubits=st.integers(1, 4), seed=st.integers(0, 10**6), data=st.data())
def test_grover_operator_is_the_explicit_product(num_qubits, seed, data):
    objective = data.draw(st.permutations(range(num_qubits)))[: data.draw(st.integers(1, num_qubits))]
    count = 2 ** len(objective)
    good = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count - 1, unique=True))
    preparation = random_preparation(num_qubits, seed)
    expected = explicit_grover(matrix(preparation), objective, good)
    np.testing.assert_allclose(matrix(grover_operator(preparation, objective, good_states=good)), expected, atol=1e-10)
    controlled = controlled_grover_operator(preparation, objective, good_states=good)
    branch = np.kron(np.eye(2**num_qubits), np.diag([1, 0])) + np.kron(expected, np.diag([0, 1]))
    np.testing.assert_allclose(matrix(controlled), branch, atol=1e-10)


@settings(derandomize=True, max_examples=20, deadline=None)
@given(num_qubits=st.integers(2, 4), seed=st.integers(0, 10**6))
def test_eigenvalues_and_amplification_law(num_qubits, seed):
    preparation = random_preparation(num_qubits, seed)
    theta = math.asin(math.sqrt(Statevector(preparation).probabilities([num_qubits - 1])[1]))
    grover = grover_operator(preparation, [num_qubits - 1])
    phases = np.angle(np.linalg.eigvals(matrix(grover)))
    for sign in (1, -1):
        distance = np.abs(np.exp(1j * phases) - np.exp(2j * sign * theta))
        assert distance.min() < 1e-9
    for power in (0, 1, 2, 5, 8):
        found = Statevector(amplified(preparation, grover, power)).probabilities([num_qubits - 1])[1]
        assert found == pytest.approx(math.sin((2 * power + 1) * theta) ** 2, abs=1e-9)


def test_default_good_state_is_all_ones():
    preparation = random_preparation(3, 5)
    expected = explicit_grover(matrix(preparation), [2, 0], [3])
    np.testing.assert_allclose(matrix(grover_operator(preparation, [2, 0])), expected, atol=1e-10)


def test_single_objective_qubit_needs_one_z_and_no_other_flip():
    circuit = grover_operator(QuantumCircuit(2), [1])
    assert circuit.count_ops()["z"] == 1
    assert circuit.count_ops()["cz"] == 1


def test_half_of_the_states_good_is_a_single_z():
    circuit = grover_operator(QuantumCircuit(4), [0, 1, 2, 3], good_states=range(8, 16))
    assert circuit.count_ops()["z"] == 1
    assert circuit.count_ops()["mcx"] == 1


@pytest.mark.parametrize("work_qubits", [1, 2])
def test_work_qubits_come_back_clean(work_qubits):
    preparation = joint_payoff_state(*random_joint(4, 3))
    expected = explicit_grover(matrix(preparation), [4], [1])
    with_work(expected, matrix(grover_operator(preparation, [4], work_qubits=work_qubits)))
    branch = np.kron(np.eye(32), np.diag([1, 0])) + np.kron(expected, np.diag([0, 1]))
    with_work(branch, matrix(controlled_grover_operator(preparation, [4], work_qubits=work_qubits)))


@pytest.mark.parametrize("num_qubits", [2, 3])
def test_transpiled_operators_are_equal_including_the_phase(num_qubits):
    preparation = joint_payoff_state(*random_joint(num_qubits, 4))
    expected = explicit_grover(matrix(preparation), [num_qubits], [1])
    np.testing.assert_allclose(lowered_matrix(grover_operator(preparation, [num_qubits])), expected, atol=1e-9)


def test_transpiling_q_alone_needs_to_know_that_its_qubits_are_not_zero():
    preparation = random_preparation(5, 9)
    circuit = grover_operator(preparation, [0, 1, 2, 3])
    found = transpile(circuit, basis_gates=["u", "cx"], optimization_level=1, qubits_initially_zero=False)
    expected = explicit_grover(matrix(preparation), [0, 1, 2, 3], [15])
    np.testing.assert_allclose(Operator.from_circuit(found).data, expected, atol=1e-8)


@pytest.mark.parametrize(("num_price", "target", "most"), [(3, 36, 28), (4, 87, 67), (5, 193, 153)])
def test_grover_targets(num_price, target, most):
    _, weights, payoff = published_call(num_price)
    for data in ((weights, payoff / payoff.max()), random_joint(num_price, 7)):
        preparation = joint_payoff_state(*data)
        plain = cx_count(grover_operator(preparation, [num_price]))
        assert plain <= most <= target
        assert cx_count(grover_operator(preparation, [num_price], work_qubits=1)) < plain


def test_controlled_grover_targets():
    preparation = linear_load()
    assert cx_count(preparation) == 19
    assert cx_count(grover_operator(preparation, [4])) <= 74
    assert cx_count(controlled_grover_operator(preparation, [4])) <= 118
    assert cx_count(controlled_grover_operator(preparation, [4], work_qubits=1)) <= 63


def test_control_is_the_first_qubit_and_registers_follow():
    circuit = controlled_grover_operator(joint_payoff_state(*random_joint(2, 1)), [2], work_qubits=1)
    assert [register.name for register in circuit.qregs] == ["control", "price", "objective", "work"]


def comparator_preparation() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(3, "x"), QuantumRegister(1, "flag"), AncillaRegister(2, "carry"))
    for qubit, angle in enumerate((0.4, 1.1, 2.0)):
        circuit.ry(angle, qubit)
    circuit.append(IntegerComparatorGate(3, 5), range(4))  # borrows the idle carry qubits when synthesised
    return circuit


def test_clean_qubits_are_left_out_of_the_reflection_and_used_as_work():
    preparation = comparator_preparation()
    circuit = grover_operator(preparation, [3], clean_qubits=[4, 5])
    expected = explicit_grover(matrix(preparation), [3], [1], fixed=(4, 5))
    # Equal where the clean qubits are 0: elsewhere they may not be used.
    np.testing.assert_allclose(matrix(circuit)[:16, :16], expected[:16, :16], atol=1e-10)
    np.testing.assert_allclose(matrix(circuit)[16:, :16], 0, atol=1e-10)
    assert cx_count(circuit) < cx_count(grover_operator(preparation, [3]))


def test_composites_are_opened_and_inverted_without_losing_their_work_qubits():
    preparation = comparator_preparation()
    wrapped = QuantumCircuit(6)
    wrapped.append(preparation.to_gate(), range(6))
    plain, opened = (cx_count(grover_operator(circuit, [3], clean_qubits=[4, 5])) for circuit in (preparation, wrapped))
    assert opened == plain
    assert plain <= 2 * cx_count(preparation) + 14


def test_no_multiplexer_is_left_for_the_simulator():
    """An unsynthesised StatePreparation inverse would become an empty multiplexer (qiskit-aer#2446)."""
    names = set(grover_operator(linear_load(), [4]).count_ops())
    assert not names & {"state_preparation", "state_preparation_dg", "multiplexer", "isometry"}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: zero_reflection(0), "num_qubits is 0"),
        (lambda: zero_reflection(2, work_qubits=-1), "work_qubits is -1"),
        (lambda: grover_operator(QuantumCircuit(2), []), "at least one objective"),
        (lambda: grover_operator(QuantumCircuit(2), [2]), "0..1"),
        (lambda: grover_operator(QuantumCircuit(2), [0, 0]), "different"),
        (lambda: grover_operator(QuantumCircuit(2), [0], good_states=[0, 1]), "some but not all"),
        (lambda: grover_operator(QuantumCircuit(2), [0], good_states=[]), "some but not all"),
        (lambda: grover_operator(QuantumCircuit(2), [0], good_states=[2]), "some but not all"),
        (lambda: grover_operator(QuantumCircuit(2), [0], clean_qubits=[0]), "no overlap"),
        (lambda: amplified(QuantumCircuit(2), QuantumCircuit(1), 1), "narrower|2"),
        (lambda: amplified(QuantumCircuit(1), QuantumCircuit(1), -1), "power is -1"),
        (lambda: amplified(QuantumCircuit(1), QuantumCircuit(1), 1.5), "power is 1.5"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ProblemError, match=message):
        build()


def test_a_measurement_in_the_preparation_is_refused():
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with pytest.raises(ProblemError, match="measure"):
        grover_operator(circuit, [0])
    wrapped = QuantumCircuit(1, 1)
    wrapped.append(circuit.to_instruction(label="hidden"), [0], [0])
    with pytest.raises(ProblemError, match="must be unitary"):
        grover_operator(wrapped, [0])
    hidden_reset = QuantumCircuit(1)
    hidden_reset.reset(0)
    wrapped = QuantumCircuit(1)
    wrapped.append(hidden_reset.to_instruction(), [0])
    with pytest.raises(ProblemError, match="reset"):
        grover_operator(wrapped, [0])


def test_unbound_parameters_are_refused():
    circuit = QuantumCircuit(1)
    circuit.ry(Parameter("angle"), 0)
    with pytest.raises(ProblemError, match="angle"):
        grover_operator(circuit, [0])


def test_nested_composites_keep_their_qubit_order_and_phase():
    inner = QuantumCircuit(2, global_phase=0.7)
    inner.ry(0.3, 1)
    inner.cx(1, 0)
    middle = QuantumCircuit(3)
    middle.append(inner.to_gate(), [2, 0])
    middle.append(StatePreparation([0.6, 0.8]), [1])
    outer = QuantumCircuit(3)
    outer.h(0)
    outer.append(middle.to_gate(), [1, 2, 0])
    expected = explicit_grover(matrix(outer), [1], [1])
    np.testing.assert_allclose(matrix(grover_operator(outer, [1])), expected, atol=1e-9)


def test_flattening_keeps_the_action_on_zero_and_its_phase():
    inner = QuantumCircuit(2, global_phase=0.7)
    inner.ry(0.3, 1)
    inner.cx(1, 0)
    outer = QuantumCircuit(3, global_phase=0.2)
    outer.append(inner.to_gate(), [2, 0])
    np.testing.assert_allclose(matrix(flattened(outer)), matrix(outer), atol=1e-10)
    outer.append(IntegerComparatorGate(1, 1), [2, 1])
    np.testing.assert_allclose(Statevector(flattened(outer)).data, Statevector(outer).data, atol=1e-10)
