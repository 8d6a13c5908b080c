import math

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile

from qalgo.amplitude_estimation.baseline import ClassicalFunction, SampleMean
from qalgo.amplitude_estimation.comparable_problem import ComparableEstimation, gate_cost
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.comparable import PLAIN_MONTE_CARLO, Comparable, Reference
from qalgo.comparison import compare
from qalgo.errors import ProblemError
from qalgo.verdict import IN_QUERIES

A = 0.3


def coin(random, size):
    return random.random(size) < A


def problem(**keywords):
    circuit = QuantumCircuit(1)
    circuit.ry(2 * math.asin(math.sqrt(A)), 0)
    return EstimationProblem(state_preparation=circuit, objective_qubits=[0], **keywords)


def euros(probability):
    return 10.0 - 4.0 * probability


def draw_euros(random, size):
    return 10.0 - 4.0 * coin(random, size)


def test_compare_takes_an_operator_and_a_classical_function():
    found = compare(problem(), baselines=[ClassicalFunction(coin)], repetitions=25, seed=2)
    assert found.reference.value == pytest.approx(A, abs=1e-12)
    assert "state vector" in found.reference.source
    assert [row.name for row in found.methods] == ["Bayesian estimation", "Iterative estimation", PLAIN_MONTE_CARLO]
    samples = found.method(PLAIN_MONTE_CARLO)
    # A coin of probability .3: 1.96^2 .21/e^2 samples.
    assert samples.finest.cost == pytest.approx(1.959964**2 * A * (1 - A) / found.accuracies[-1] ** 2, rel=0.05)
    assert samples.fit.exponent == 2.0
    assert found.verdict.headline == IN_QUERIES
    assert any("user" in caveat for caveat in found.caveats)
    share = found.speed_up("Bayesian estimation", PLAIN_MONTE_CARLO)
    assert 0.05 < share.share < 1.0


def test_errors_are_in_the_units_of_an_affine_post_processing():
    function = ClassicalFunction(draw_euros, operations_per_sample=20.0)
    found = compare(problem(post_processing=euros), baselines=[function], repetitions=20, seed=2)
    assert found.reference.value == pytest.approx(10 - 4 * A)
    assert found.accuracies[0] == pytest.approx(0.4)
    for row in found.methods:
        assert row.finest.statistics.percentile_95 < 2 * row.finest.accuracy
    assert any(item.exists for item in found.break_evens)


def test_a_known_reference_shows_the_error_of_the_circuit():
    true = A + 0.004
    subject = problem().comparable([ClassicalFunction(coin, reference=true)])
    assert subject.reference() == Reference(true, "given by the user")
    assert any("0.004" in caveat for caveat in subject.caveats())
    method = subject.methods()[0]
    errors = [method.trial(0.001, 1, index).error for index in range(20)]
    assert np.mean(errors) == pytest.approx(-0.004, abs=5e-4)


def test_it_is_comparable_by_protocol():
    assert isinstance(problem().comparable(), Comparable)
    assert not isinstance(problem(), Comparable)


def test_a_function_can_join_the_comparison_of_something_else():
    method = ClassicalFunction(coin, name="coins", operations_per_sample=3.0).as_method(Reference(A, "known"))
    assert isinstance(method, SampleMean)
    assert (method.name, method.operations_per_unit, method.unit) == ("coins", 3.0, "samples")


def test_the_sample_mean_is_unbiased_and_holds_its_interval():
    method = ClassicalFunction(coin).as_method(Reference(A, "known"))
    trials = [method.trial(0.01, 3, index) for index in range(400)]
    errors = np.array([trial.error for trial in trials])
    assert abs(errors.mean()) < 4 * 0.01 / 1.96 / 20
    assert np.quantile(np.abs(errors), 0.95) == pytest.approx(0.01, rel=0.2)
    held = np.mean([abs(trial.error) <= trial.half_width for trial in trials])
    assert 0.91 <= held <= 0.985
    assert trials[0] == method.trial(0.01, 3, 0)
    few = method.trial(0.2, 3, 0)
    samples = coin(np.random.default_rng(np.random.SeedSequence(3, spawn_key=(0,))), int(few.cost))
    assert few.half_width == pytest.approx(1.959964 * samples.std(ddof=1) / math.sqrt(few.cost), rel=1e-6)
    assert few.error == pytest.approx(samples.mean() - A)
    large = method.trial(0.002, 3, 0)  # in several batches
    assert abs(large.error) < 0.006
    assert large.cost == method.predicted_cost(0.002)


def test_gates_of_one_query_are_half_of_the_grover_operator():
    cost = gate_cost(problem())
    assert cost.cx_per_query == 0.0
    assert cost.num_qubits == 1
    # Q of one qubit is one rotation: half of it, about 102 T, per use of A.
    assert cost.t_per_query == pytest.approx(0.5 * 102.1, abs=0.1)
    circuit = QuantumCircuit(3)
    circuit.h([0, 1])
    circuit.ccx(0, 1, 2)
    clifford = gate_cost(EstimationProblem(state_preparation=circuit, objective_qubits=[2]))
    # Two Toffolis in A and its inverse, two ANDs in the reflection about three qubits and none about one: 4 T each.
    assert clifford.t_per_query == 0.5 * 4 * (2 + 1)
    grover = EstimationProblem(state_preparation=circuit, objective_qubits=[2]).grover_operator
    counted = transpile(grover, basis_gates=["cx", "rz", "sx", "x"], optimization_level=3, seed_transpiler=1)
    assert clifford.cx_per_query == counted.count_ops()["cx"] / 2 > 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: problem().comparable(
                [ClassicalFunction(coin, reference=0.1), ClassicalFunction(coin, reference=0.2)]
            ),
            "one",
        ),
        (lambda: problem().comparable([coin]), "ClassicalFunction"),
        (lambda: problem(post_processing=math.exp).comparable(), "not affine"),
        (lambda: problem(post_processing=lambda a: 1.0).comparable(), "constant"),
        (lambda: ClassicalFunction("coin"), "draw"),
        (lambda: ClassicalFunction(coin, reference=math.nan), "reference"),
        (lambda: ClassicalFunction(coin, operations_per_sample=0), "operations_per_sample"),
        (lambda: compare(problem(), seed=1), "ClassicalFunction"),
    ],
)
def test_bad_input(make, words):
    with pytest.raises(ProblemError, match=words):
        make()


@pytest.mark.parametrize(
    "draw",
    [lambda random, size: 0.5, lambda random, size: np.full(size, np.nan), lambda random, size: np.ones((size, 2))],
)
def test_functions_that_return_no_samples_are_refused(draw):
    method = ClassicalFunction(draw).as_method(Reference(0.5, ""))
    with pytest.raises(ProblemError, match="finite numbers"):
        method.trial(0.1, 1, 0)


def test_baseline_objects_of_another_kind_are_refused_by_the_family():
    class Other:
        def as_method(self, reference):
            raise AssertionError

    with pytest.raises(ProblemError, match="ClassicalFunction"):
        ComparableEstimation(problem(), [Other()])
