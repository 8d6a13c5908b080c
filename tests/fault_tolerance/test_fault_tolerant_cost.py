"""Clifford + T of whole circuits: targets, certificates checked with dense matrices, models, powers, errors."""

import json

import numpy as np
import pytest
from clifford_t_checks import CLIFFORD_T, distance, error_on_a_random_state, library_call, uniform
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import (
    C3SXGate,
    IntegerComparatorGate,
    MCPhaseGate,
    QFTGate,
    UCRYGate,
    WeightedSumGate,
)
from qiskit.circuit.random import random_circuit

from circuits.reflection import grover_operator, zero_reflection
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.errors import ProblemError
from qalgo.fault_tolerance.cost import fault_tolerant_cost
from qalgo.fault_tolerance.models import randomised_t
from qalgo.fault_tolerance.results import FaultTolerantCost
from qalgo.option_pricing.encoding import encode
from qalgo.option_pricing.problem import EuropeanCall

CALL = EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)


def published_call():
    """Probabilities and prices of the 3-qubit call of 1905.02666: lognormal on three standard deviations."""
    mean = np.log(2.0) + (0.05 - 0.08) * 40 / 365
    deviation = 0.4 * np.sqrt(40 / 365)
    centre = np.exp(mean + deviation**2 / 2)
    spread = centre * np.sqrt(np.exp(deviation**2) - 1)
    prices = np.linspace(centre - 3 * spread, centre + 3 * spread, 8)
    density = np.exp(-0.5 * ((np.log(prices) - mean) / deviation) ** 2) / prices
    return prices, density / density.sum()


def grover(num_qubits):
    return grover_operator(uniform(num_qubits), list(range(num_qubits)))


def t_gates(circuit):
    return sum(count for name, count in circuit.count_ops().items() if name in ("t", "tdg"))


def test_the_published_call_with_library_gates():
    circuit = library_call(3, *published_call())
    cost = fault_tolerant_cost(circuit, 1e-3)
    assert cost.t <= 650  # the target is 1,213; Qiskit's default pipeline takes 2,637
    assert set(cost.circuit.count_ops()) <= CLIFFORD_T
    assert t_gates(cost.circuit) == cost.t
    error = distance(cost.circuit, circuit)
    assert error <= 1e-3
    assert cost.verified_error == pytest.approx(error, rel=1e-2)
    assert error <= cost.error_bound <= 1e-3
    assert cost.t_randomised == cost.counts.t + cost.rotations * randomised_t(1e-3 / cost.rotations) < cost.t / 2


@pytest.mark.parametrize(("encoding", "most"), [("exact", 600), ("linearised", 660)])
def test_our_own_encodings_of_the_call(encoding, most):
    circuit = encode(CALL, 3, encoding=encoding).state_preparation()
    cost = fault_tolerant_cost(circuit, 1e-3)
    assert cost.t <= most
    assert distance(cost.circuit, circuit) <= cost.error_bound <= 1e-3


def test_a_simulated_certificate_spends_what_the_triangle_inequality_leaves():
    circuit = encode(CALL, 2).state_preparation()
    summed = fault_tolerant_cost(circuit, 3e-2)
    simulated = fault_tolerant_cost(circuit, 3e-2, certificate="simulation")
    assert simulated.t < summed.t
    assert distance(simulated.circuit, circuit) <= 3e-2 < simulated.error_bound


@pytest.mark.parametrize(("num_qubits", "most"), [(3, 14), (4, 28), (5, 42), (6, 56)])
def test_a_grover_iterate_is_exact_clifford_t(num_qubits, most):
    cost = fault_tolerant_cost(grover(num_qubits))
    assert cost.t == most
    assert cost.rotations == 0
    assert cost.verified_error < 1e-12
    assert cost.error_bound == 0.0


def test_a_grover_iterate_on_ten_qubits():
    cost = fault_tolerant_cost(grover(10))
    assert cost.t == 112  # the target is 122; Qiskit's default takes 59,620
    assert t_gates(cost.circuit) == 112

    def iterate(vector):
        """Minus the two reflections, from their definitions: I - 2|1..1><1..1| and I - 2|u><u|, u uniform."""
        flipped = vector.copy()
        flipped[-1] *= -1
        return -(flipped - 2 * flipped.mean())

    # A difference of operator norm d is seen as d/32 or more by nearly every random state.
    assert error_on_a_random_state(cost.circuit, iterate, 10, seed=4) < 1e-12


@pytest.mark.parametrize(("num_qubits", "t"), [(10, 64), (20, 144)])
def test_measured_ands_as_a_counting_model(num_qubits, t):
    cost = fault_tolerant_cost(grover(num_qubits), controlled_gates="measured")
    assert cost.t == 2 * 4 * (num_qubits - 2) == t
    assert (cost.counts.toffoli, cost.counts.measurements) == (2 * (num_qubits - 2), 2 * (num_qubits - 2))
    assert cost.counts.num_qubits == num_qubits + num_qubits - 2
    assert cost.circuit is None
    assert "counting model" in cost.verification


def test_measurement_is_not_used_where_it_saves_nothing():
    circuit = library_call(2, np.linspace(1.2, 2.8, 4), [0.1, 0.4, 0.4, 0.1])
    unitary, measured = (fault_tolerant_cost(circuit, 1e-2, controlled_gates=kind) for kind in ("unitary", "measured"))
    assert measured.t <= unitary.t
    plain = QuantumCircuit(1)
    plain.rx(0.3, 0)
    assert fault_tolerant_cost(plain, 1e-2, controlled_gates="measured").strategy == ""


def test_powers_of_a_grover_iterate_keep_their_work_qubits_as_catalysts():
    problem = EstimationProblem(uniform(10), range(10))
    first, second, many = (fault_tolerant_cost(problem, power=power, verify=False).t for power in (1, 2, 10**9))
    assert (first, second) == (2 * 8 + 2 * 48, 2 * 8 + 4 * 48)
    assert many == 2 * 8 + 10**9 * 96


def test_a_power_is_within_its_budget():
    circuit = QuantumCircuit(2)
    circuit.ry(0.7, 0)
    circuit.cry(1.1, 0, 1)
    problem = EstimationProblem(circuit, [1])
    cost = fault_tolerant_cost(problem, 1e-2, power=3)
    whole = circuit.copy()
    for _ in range(3):
        whole.compose(problem.grover_operator, inplace=True)
    assert distance(cost.circuit, whole) <= cost.error_bound <= 1e-2
    assert t_gates(cost.circuit) == cost.t
    assert cost.t_depth <= cost.t
    huge = fault_tolerant_cost(problem, 1e-2, power=10**9)
    per_iterate = cost.rotations // 3
    assert huge.rotations > 10**9 * (per_iterate - 1)
    assert huge.error_bound <= 1e-2
    assert huge.circuit is None
    assert fault_tolerant_cost(problem, 1e-2, power=0).t == fault_tolerant_cost(circuit, 1e-2).t


def test_wide_gates_inside_definitions_find_work_qubits():
    inner = QuantumCircuit(8)
    inner.h(0)
    inner.compose(zero_reflection(8), inplace=True)
    middle = QuantumCircuit(8)
    middle.append(inner.to_gate(label="S0"), range(8))
    outer = QuantumCircuit(8)
    outer.append(middle.to_gate(), range(8))
    assert fault_tolerant_cost(outer, verify=False).t == fault_tolerant_cost(inner, verify=False).t <= 8 * 6 - 1


def test_open_controls_and_controlled_composites():
    circuit = QuantumCircuit(5)
    circuit.mcx([0, 1, 2, 3], 4, ctrl_state=5)
    cost = fault_tolerant_cost(circuit)
    assert cost.t <= 8 * 5 - 17
    assert distance(cost.circuit, circuit) < 1e-12


def controlled_composite(annotated):
    inner = QuantumCircuit(2)
    inner.h(0)
    inner.cx(0, 1)
    inner.t(1)
    return inner.to_gate().control(3, ctrl_state=5, annotated=annotated)


@pytest.mark.parametrize(
    ("gate", "most", "rotations"),
    [
        (MCPhaseGate(0.4, 3), 60, 1),  # a phase under any number of controls is one rotation
        (MCPhaseGate(np.pi, 4), 8 * 4, 0),
        (C3SXGate(), 8 * 2 + 3, 0),
        (controlled_composite(False), 110, 3),
        (controlled_composite(True), 110, 3),
        (IntegerComparatorGate(3, 5), 15, 0),
        (UCRYGate([0.1, 0.2, 0.3, 0.4]), 90, 3),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_library_gates_use_work_qubits_instead_of_rotations(gate, most, rotations):
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, range(gate.num_qubits))
    cost = fault_tolerant_cost(circuit, 1e-2)
    assert cost.t <= most
    assert cost.rotations == rotations
    assert distance(cost.circuit, circuit) <= cost.error_bound + 1e-8 <= 1.001e-2


def test_an_operator_that_qiskit_does_not_know_is_not_verified():
    circuit = QuantumCircuit(4)
    circuit.append(WeightedSumGate(2, [1, 2]), range(4))
    cost = fault_tolerant_cost(circuit)
    assert cost.verified_error is None
    assert "exact operator is not known" in cost.verification
    assert 0 < cost.t <= 4 * 7


@pytest.mark.parametrize("seed", range(6))
def test_random_circuits_are_within_their_budget(seed):
    circuit = random_circuit(3, 3, max_operands=3, seed=seed)
    cost = fault_tolerant_cost(circuit, 3e-2)
    assert distance(cost.circuit, circuit) <= cost.error_bound + 1e-8 <= 3.001e-2


def test_the_fourier_transform_and_the_round_trip_of_a_result():
    circuit = QuantumCircuit(4)
    circuit.append(QFTGate(4), range(4))
    cost = fault_tolerant_cost(circuit, 1e-2)
    assert distance(cost.circuit, circuit) <= 1e-2
    assert FaultTolerantCost.from_dict(json.loads(json.dumps(cost.to_dict()))) == cost
    text = str(cost)
    assert "gridsynth" in text
    assert "mixed fallback" in text
    assert len(text.splitlines()) <= 10


def test_final_measurements_are_left_out():
    circuit = QuantumCircuit(1)
    circuit.t(0)
    circuit.measure_all()
    assert fault_tolerant_cost(circuit).t == 1


def measured_in_the_middle():
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    circuit.h(0)
    return circuit


def with_a_parameter():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("angle"), 0)
    return circuit


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: fault_tolerant_cost(uniform(1), 0.0), "between 0 and 1"),
        (lambda: fault_tolerant_cost(uniform(1), True), "between 0 and 1"),
        (lambda: fault_tolerant_cost("circuit"), "circuit is a str"),
        (lambda: fault_tolerant_cost(uniform(1), objective_qubits=[0]), "without power"),
        (lambda: fault_tolerant_cost(uniform(1), controlled_gates="free"), "unitary, measured"),
        (lambda: fault_tolerant_cost(uniform(1), certificate="hope"), "sum, simulation"),
        (lambda: fault_tolerant_cost(uniform(1), certificate="simulation", power=2), "takes neither"),
        (lambda: fault_tolerant_cost(uniform(11), certificate="simulation"), "too large to simulate"),
        (lambda: fault_tolerant_cost(measured_in_the_middle()), "holds measure"),
        (lambda: fault_tolerant_cost(with_a_parameter()), "unbound parameters"),
    ],
)
def test_bad_input(make, words):
    with pytest.raises(ProblemError, match=words):
        make()


def test_delays_take_no_part():
    circuit = QuantumCircuit(1)
    circuit.rz(0.3, 0)
    circuit.delay(100, 0)
    circuit.rz(0.4, 0)
    cost = fault_tolerant_cost(circuit, 1e-3)
    assert cost.rotations == 1
    plain = QuantumCircuit(1)
    plain.rz(0.7, 0)
    assert distance(cost.circuit, plain) <= 1e-3
    assert cost.verified_error is not None


@pytest.mark.parametrize("budget", [1e-15, 1e-20])
def test_no_error_is_verified_below_double_precision(budget):
    """What would be simulated there is the rounding of the simulation, 1e-14, and not an error within the budget."""
    circuit = QuantumCircuit(1)
    circuit.rz(0.3, 0)
    cost = fault_tolerant_cost(circuit, budget)
    assert cost.verified_error is None
    assert "double precision" in str(cost)
    with pytest.raises(ProblemError, match="double precision"):
        fault_tolerant_cost(circuit, budget, certificate="simulation")
    assert fault_tolerant_cost(circuit, 1e-12).verified_error <= 1e-12
