import math

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Statevector

import qalgo


def rotation(a):
    circuit = QuantumCircuit(1)
    circuit.ry(2 * math.asin(math.sqrt(a)), 0)
    return circuit


def test_the_grover_operator_rotates_by_twice_theta():
    problem = qalgo.EstimationProblem(rotation(0.2), [0])
    theta = math.asin(math.sqrt(0.2))
    state = Statevector(problem.state_preparation)
    for power in range(4):
        assert state.probabilities([0])[1] == pytest.approx(math.sin((2 * power + 1) * theta) ** 2, abs=1e-12)
        state = state.evolve(problem.grover_operator)


def test_good_states_are_little_endian_strings():
    circuit = QuantumCircuit(2)
    circuit.x(0)
    problem = qalgo.EstimationProblem(circuit, [0, 1], is_good_state=lambda bits: bits == "01")
    assert problem.good_states == (1,)
    assert problem.exact_amplitude() == pytest.approx(1.0)


def test_any_set_of_good_states_follows_the_law_of_the_grover_operator():
    rng = np.random.default_rng(4)
    circuit = QuantumCircuit(3)
    for qubit in range(3):
        circuit.ry(rng.uniform(0.3, 1.2), qubit)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    problem = qalgo.EstimationProblem(circuit, [2, 0], is_good_state=lambda bits: bits in ("01", "10", "11"))
    a = Statevector(circuit).probabilities([2, 0])[[1, 2, 3]].sum()
    state = Statevector(circuit).evolve(problem.grover_operator)
    expected = math.sin(3 * math.asin(math.sqrt(a))) ** 2
    assert state.probabilities([2, 0])[[1, 2, 3]].sum() == pytest.approx(expected, abs=1e-12)
    assert problem.exact_amplitude() == pytest.approx(a, abs=1e-12)


def measured():
    circuit = QuantumCircuit(QuantumRegister(1), ClassicalRegister(1))
    circuit.h(0)
    circuit.measure(0, 0)
    return circuit


def parametrised():
    circuit = QuantumCircuit(1)
    circuit.ry(Parameter("t"), 0)
    return circuit


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((measured(), [0]), "holds measure.*remove_final_measurements"),
        ((parametrised(), [0]), "unbound parameters t"),
        ((rotation(0.3), [1]), r"objective_qubits is \[1\]; allowed: different indices in 0..0"),
        ((rotation(0.3), [0, 0]), "different indices"),
        ((rotation(0.3), []), "0 entries"),
        ((rotation(0.3), 0), "list of qubit indices"),
        (("circuit", [0]), "state_preparation is a str"),
        ((rotation(0.3), [0], measured()), "grover_operator holds measure"),
        ((QuantumCircuit(2), [0], rotation(0.3)), "grover_operator has 1 qubits"),
        ((rotation(0.3), [0], None, lambda bits: True), "accepts all"),
        ((rotation(0.3), [0], None, lambda bits: False), "accepts none"),
    ],
)
def test_a_wrong_problem_is_named(arguments, message):
    with pytest.raises(qalgo.ProblemError, match=message):
        qalgo.EstimationProblem(*arguments)


def test_a_gate_that_is_not_unitary_is_found():
    circuit = QuantumCircuit(1)
    circuit.append(UnitaryGate(np.diag([1.0, 0.5]), check_input=False), [0])
    circuit.x(0)
    with pytest.raises(qalgo.ProblemError, match=r"not unitary: U\^dagger U differs from the identity by 0.75"):
        qalgo.EstimationProblem(circuit, [0])


def test_a_state_vector_too_large_for_memory_is_refused_before_it_is_made():
    circuit = QuantumCircuit(50)
    circuit.h(range(50))
    problem = qalgo.EstimationProblem(circuit, [0], grover_operator=circuit)
    with pytest.raises(qalgo.ExecutionError, match="50 qubits"):
        problem.exact_amplitude()
