import itertools
import math
import pickle

import numpy as np
import pytest

from qalgo.comparable import PLAIN_MONTE_CARLO, Comparable
from qalgo.comparison import compare
from qalgo.errors import ProblemError
from qalgo.option_pricing.bounds import payoff_deviation
from qalgo.option_pricing.problem import DigitalCall, EuropeanCall
from qalgo.option_pricing.quantum_methods import AmplitudeEstimation, methods
from qalgo.verdict import SOLVED

CALL = EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)


def test_a_contract_is_comparable():
    assert isinstance(CALL, Comparable)


def test_the_ladder_halves_from_a_quarter_of_the_standard_deviation():
    ladder = CALL.accuracies()
    assert len(ladder) == 8
    # Standard deviation of the discounted payoff by a million quantiles of the normal law.
    from scipy.special import ndtri

    scores = ndtri((np.arange(10**6) + 0.5) / 10**6)
    forward, deviation = CALL.forward, 0.4 * math.sqrt(40 / 365)
    paid = np.maximum(forward * np.exp(deviation * scores - deviation**2 / 2) - 1.896, 0)
    assert payoff_deviation(CALL) == pytest.approx(paid.std(), rel=2e-3)
    assert ladder[0] == pytest.approx(0.25 * CALL.discount * paid.std(), rel=0.05)
    ratios = [coarse / fine for coarse, fine in itertools.pairwise(ladder)]
    assert ratios == pytest.approx([2.0] * 7, rel=0.06)


def test_a_payoff_that_cannot_vary_has_nothing_to_compare():
    certain = DigitalCall(spot=100.0, strike=1e-9, rate=0.0, volatility=0.1, maturity=0.1)
    with pytest.raises(ProblemError, match="nothing to compare"):
        certain.accuracies()


def test_theory_of_the_bound():
    bound = CALL.bound()
    assert (bound.quantum.exponent, bound.classical.exponent) == (1.0, 2.0)
    assert "quant-ph/0005055" in bound.quantum.source


def test_caveats_name_the_table():
    words = " ".join(CALL.caveats())
    assert "2^n" in words
    assert "end-to-end" in words


def test_quantum_methods_declare_their_tables():
    found = methods(CALL)
    assert [method.name for method in found] == [
        "Bayesian estimation (exact encoding)",
        "Iterative estimation (exact encoding)",
        "Bayesian estimation (linearised encoding)",
    ]
    for method in found:
        assert method.execution == "emulated"
        assert method.preprocessing.contains_answer
        assert method.preprocessing.evaluations >= 8
        assert method.gates.t_per_query > method.gates.cx_per_query > 0
    exact, _, linearised = found
    assert exact.gates.num_qubits == 4
    assert exact.gates.cx_per_query <= 18  # half of the Grover operator's 36
    assert (exact.theorem.exponent, linearised.theorem.exponent) == (1.0, 1.5)


def test_methods_travel_to_other_processes():
    for method in (*methods(CALL), *CALL.baselines()):
        copy = pickle.loads(pickle.dumps(method))
        assert copy.trial(0.02, 3, 1) == method.trial(0.02, 3, 1), method.name


@pytest.mark.parametrize("encoding", ["exact", "linearised"])
def test_runs_hold_the_accuracy_and_their_interval(encoding):
    method = AmplitudeEstimation(CALL, "bayesian", encoding)
    accuracy = CALL.accuracies()[2]
    trials = [method.trial(accuracy, 5, index) for index in range(40)]
    assert all(trial.half_width <= accuracy * (1 + 1e-9) for trial in trials)
    assert np.quantile([abs(trial.error) for trial in trials], 0.95) <= accuracy
    assert len({trial.cost for trial in trials}) > 5
    assert trials[0] == method.trial(accuracy, 5, 0)
    assert trials[0] != method.trial(accuracy, 6, 0)
    assert np.mean([trial.cost for trial in trials]) == pytest.approx(method.predicted_cost(accuracy), rel=0.6)


def test_the_linearised_encoding_trades_bias_against_queries():
    """A third of the accuracy is bias, so the rescaling falls like accuracy^(1/2): queries grow with exponent 3/2."""
    method = AmplitudeEstimation(CALL, "bayesian", "linearised")
    for accuracy in (1e-2, 1e-3):
        bias = method._encoded(accuracy).total_bias
        assert bias == pytest.approx(accuracy / 3, rel=1e-6)
    slope = math.log(method.predicted_cost(1e-4) / method.predicted_cost(1e-3)) / math.log(10)
    assert slope == pytest.approx(1.5, abs=0.02)


def test_the_european_call_is_already_solved_classically():
    found = compare(CALL, repetitions=25, seed=4, accuracies=CALL.accuracies()[:6])
    assert found.verdict.headline == SOLVED
    words = str(found.verdict)
    default = found.methods[0]
    assert default.name == "Bayesian estimation (exact encoding)"
    assert default.execution == "emulated"
    left = {item.classical for item in found.scalings if item.quantum == default.name and not item.better}
    assert {"Gauss-Legendre quadrature", "quasi-Monte Carlo (scrambled Sobol)", "closed form", "tabulated sum"} <= left
    assert "No asymptotic advantage is left over" in words
    assert "No end-to-end claim" in words
    share = found.speed_up(default.name, PLAIN_MONTE_CARLO)
    assert 0.05 < share.share < 1.0
    assert share.ratio > 10
    points = {item.classical: item for item in found.break_evens}
    assert not points["quasi-Monte Carlo (scrambled Sobol)"].exists
    assert not points["Gauss-Legendre quadrature"].exists
    assert points[PLAIN_MONTE_CARLO].seconds_low < points[PLAIN_MONTE_CARLO].seconds_high
