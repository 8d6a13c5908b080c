"""Canonical estimation: half-width by construction, coverage from the exact law (no sampling noise)."""

import math
from itertools import combinations_with_replacement

import numpy as np
import pytest
from emulated_law import EDGES, EPSILONS, EmulatedLaw, readout_law_by_sums, run

from qalgo.amplitude_estimation.canonical import CanonicalEstimator
from qalgo.amplitude_estimation.windows import phase_window, readout_distribution
from qalgo.errors import ProblemError
from qalgo.transcript import PhaseReadout, Round

WINDOWS = ("slepian", "sine", "uniform")


def law_of(request, theta):
    return readout_distribution(theta, phase_window(request.num_evaluation_qubits, request.window))


def brackets(estimator_settings, epsilon, confidence):
    """The bracket of every single read-out."""
    request = CanonicalEstimator(epsilon, confidence, **estimator_settings).next_round()[0]
    found = []
    for readout in range(2**request.num_evaluation_qubits):
        estimator = CanonicalEstimator(epsilon, confidence, **estimator_settings)
        estimator.observe(Round(estimator.next_round(), ((readout,) * request.shots,)))
        found.append(estimator.bracket())
    return request, found


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("a", EDGES)
def test_every_run_ends_after_one_submission_with_the_half_width(window, a):
    for epsilon in EPSILONS:
        estimator = CanonicalEstimator(epsilon, 0.95, window=window)
        before = estimator.bracket()
        assert (before.interval.low, before.interval.high) == (0.0, 1.0)
        rounds = run(estimator, EmulatedLaw(a, 11, windows=law_of))
        bracket = estimator.bracket()
        assert len(rounds) == 1
        assert bracket.interval.half_width <= epsilon
        assert max(bracket.interval.high - bracket.value, bracket.value - bracket.interval.low) <= epsilon
        assert bracket.interval.kind == "confidence"


@pytest.mark.parametrize("window", ["slepian", "sine"])
@pytest.mark.parametrize("confidence", [0.68, 0.95, 0.99])
def test_coverage_is_at_least_the_confidence_for_every_a(window, confidence):
    settings = {"window": window, "repetitions": 1}
    request, found = brackets(settings, 0.03, confidence)
    amplitudes = phase_window(request.num_evaluation_qubits, request.window)
    low = np.array([bracket.interval.low for bracket in found])
    high = np.array([bracket.interval.high for bracket in found])
    thetas = [*np.linspace(0, math.pi / 2, 40), *(math.asin(math.sqrt(a)) for a in EDGES)]
    coverages = []
    for theta in thetas:
        a = math.sin(theta) ** 2
        covered = (low <= a + 1e-12) & (a - 1e-12 <= high)
        coverages.append(readout_law_by_sums(theta, amplitudes)[covered].sum())
    assert min(coverages) >= confidence
    assert np.mean(coverages) < 1.0


def test_the_median_of_uniform_readouts_covers():
    estimator = CanonicalEstimator(0.1, 0.95, window="uniform", repetitions=3)
    request = estimator.next_round()[0]
    size = 2**request.num_evaluation_qubits
    window = phase_window(request.num_evaluation_qubits, "uniform")
    for theta in (math.pi / 4, math.pi / 4 + math.pi / (2 * size), 0.02):
        law = readout_law_by_sums(theta, window)
        folded = law[: size // 2 + 1].copy()
        folded[1 : size // 2] += law[: size // 2 : -1]
        covered = 0.0
        for outcome in combinations_with_replacement(range(size // 2 + 1), 3):
            fresh = CanonicalEstimator(0.1, 0.95, window="uniform", repetitions=3)
            if _covers(fresh, outcome, math.sin(theta) ** 2):
                weight = math.factorial(3) / math.prod(math.factorial(outcome.count(y)) for y in set(outcome))
                covered += weight * math.prod(folded[y] for y in outcome)
        assert covered >= 0.95


def _covers(estimator, outcome, a):
    estimator.observe(Round(estimator.next_round(), (outcome,)))
    return estimator.bracket().interval.contains(a)


def test_read_outs_of_both_eigenphases_mean_the_same():
    _, found = brackets({}, 0.05, 0.95)
    size = len(found)
    for readout in range(1, size):
        assert found[readout] == found[size - readout]


def test_the_slepian_window_needs_one_readout_and_the_fewest_queries():
    cost = {}
    for window in WINDOWS:
        for epsilon in (1e-2, 1e-3, 1e-4):
            request = CanonicalEstimator(epsilon, 0.95, window=window).next_round()[0]
            cost[window, epsilon] = request.queries().state_preparation * epsilon
            if window == "slepian":
                assert request.shots == 1
                # pi/epsilon modes, one use of A each, rounded up to a power of two.
                assert math.pi * 0.99 <= cost[window, epsilon] <= 2 * math.pi * 1.01
        assert all(cost["slepian", e] <= cost[window, e] for e in (1e-2, 1e-3, 1e-4))


def test_settings_rebuild_the_estimator():
    for settings in ({}, {"window": "slepian:1.2"}, {"window": "uniform", "repetitions": 5}):
        first = CanonicalEstimator(0.01, 0.9, **settings)
        again = CanonicalEstimator(0.01, 0.9, **first.settings())
        assert again.next_round() == first.next_round()
        assert again.settings() == first.settings()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"repetitions": 2}, "repetitions is 2; allowed: an odd number"),
        ({"repetitions": True}, "repetitions is True"),
        ({"window": "hann"}, "window is 'hann'"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ProblemError, match=message):
        CanonicalEstimator(0.01, 0.95, **settings)


def test_an_epsilon_beyond_reach_is_an_error():
    with pytest.raises(ProblemError, match="more than 24 evaluation qubits"):
        CanonicalEstimator(1e-9, 0.95)


def test_a_round_that_was_not_asked_for_is_refused():
    estimator = CanonicalEstimator(0.1, 0.95)
    with pytest.raises(ProblemError, match="not asked for"):
        estimator.observe(Round((PhaseReadout(2, "sine", 1),), ((1,),)))
