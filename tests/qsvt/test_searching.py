import json
import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from scipy.stats import binomtest

import qalgo
from circuits.fixed_point import fixed_point_length
from qalgo.qsvt.searching import search_polynomial


def _good_weight(found, good, num_objective):
    """Exact weight of accepted outcomes: ancillas after the objective in |0> where the circuit has a signal."""
    amplitudes = Statevector(found.circuit).data
    index = np.arange(amplitudes.size)
    accepted = np.isin(index & (2**num_objective - 1), good) & (index >> num_objective == 0)
    return float(np.sum(np.abs(amplitudes[accepted]) ** 2))


@pytest.mark.parametrize("method", ["yoder-low-chuang", "sign"])
@pytest.mark.parametrize("marked", [[9], [0, 3, 5], list(range(10))])
def test_success_is_guaranteed_whatever_the_number_of_marked_items(method, marked):
    found = qalgo.fixed_point_search(marked, size=16, failure_probability=0.02, method=method, shots=50, seed=1)
    exact = _good_weight(found, marked, 4)
    assert exact >= found.guaranteed_success - 1e-9
    assert found.guaranteed_success >= 0.98 - 1e-12
    assert found.found in marked
    good = sum(count for _, count in found.hits)
    assert binomtest(good, found.shots, exact).pvalue > 1e-4
    assert found.success.contains(good / found.shots)


def test_grover_is_exact_where_the_weight_is_known_and_overshoots_where_it_is_not():
    right = qalgo.fixed_point_search([9], size=16, method="grover", shots=10, seed=1)
    assert abs(_good_weight(right, [9], 4) - math.sin(7 * math.asin(0.25)) ** 2) < 1e-12
    overshot = qalgo.fixed_point_search([9, 2, 4, 7], size=16, method="grover", shots=10, seed=1)
    steady = qalgo.fixed_point_search([9, 2, 4, 7], size=16, shots=10, seed=1)
    assert _good_weight(overshot, [9, 2, 4, 7], 4) < 0.3
    assert _good_weight(steady, [9, 2, 4, 7], 4) > 0.99


@pytest.mark.parametrize(("bound", "failure"), [(0.1, 1e-2), (0.01, 1e-4), (0.01, 1e-6), (1e-4, 1e-6)])
def test_the_real_polynomial_costs_less_than_twice_the_optimum(bound, failure):
    """The best real polynomial needs ln(4/p) where the best sequence needs ln(4/p) / 2; a square root is saved."""
    polynomial = search_polynomial(bound, failure)
    x = np.linspace(math.sqrt(bound), 1, 4001)
    assert np.min(polynomial(x) ** 2) >= 1 - failure
    assert polynomial.degree <= 1.8 * fixed_point_length(bound, failure)


def test_an_amplitude_amplification_of_the_users_own_preparation():
    circuit = QuantumCircuit(3)
    circuit.ry(0.5, 2)
    circuit.cry(1.1, 2, 0)
    problem = qalgo.EstimationProblem(circuit, [0])
    weight = problem.exact_amplitude()
    found = qalgo.fixed_point_search(problem, lower_bound=weight, failure_probability=0.05, shots=400, seed=2)
    state = Statevector(found.circuit)
    assert state.probabilities([0])[1] >= 0.95
    assert found.hits[0][0] == 1
    assert found.queries.state_preparation == 400 * found.length


def test_sizes_that_are_no_power_of_two():
    found = qalgo.fixed_point_search([11], size=12, shots=40, seed=3)
    assert found.found == 11
    assert found.length == fixed_point_length(1 / 12, 0.01)


def test_the_result_prints_repeats_and_saves():
    first = qalgo.fixed_point_search([5], size=8, shots=30, seed=4)
    again = qalgo.fixed_point_search([5], size=8, shots=30, seed=4)
    assert first.to_dict()["hits"] == again.to_dict()["hits"]
    assert json.loads(json.dumps(first.to_dict()))["schema"] == "qalgo.search"
    assert "executed" in str(first)
    assert "1409.3305" in first.references[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"problem": [1], "size": 1}, "size"),
        ({"problem": [1], "size": 2**13}, "size"),
        ({"problem": [], "size": 8}, "marked"),
        ({"problem": [8], "size": 8}, "marked"),
        ({"problem": [1], "size": 8, "method": "classical"}, "'sign'"),
        ({"problem": [1], "size": 8, "failure_probability": 0.0}, "failure_probability"),
        ({"problem": [1], "size": 8, "lower_bound": 0.0}, "lower_bound"),
        ({"problem": [1], "size": 8, "lower_bound": 1e-12}, "at most 20,001"),
        ({"problem": [1], "size": 8, "shots": 0}, "shots"),
    ],
)
def test_wrong_input_is_explained(arguments, message):
    problem = arguments.pop("problem")
    with pytest.raises(qalgo.ProblemError, match=message):
        qalgo.fixed_point_search(problem, **arguments)


@pytest.mark.parametrize("method", ["yoder-low-chuang", "sign", "grover"])
def test_a_weight_of_one_needs_one_use(method):
    found = qalgo.fixed_point_search([0, 1], size=3, lower_bound=1.0, method=method, shots=1, seed=1)
    assert found.length == 1
