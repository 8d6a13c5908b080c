"""The noise-aware estimator: coverage, cost beside the Fisher optimum, depth cap, budgets, limits of its model."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_law import NoisyLaw, run
from scipy import stats

from qalgo.amplitude_estimation.bayesian import BayesianEstimator, bayesian_estimator
from qalgo.amplitude_estimation.loop import estimate_from, replay
from qalgo.amplitude_estimation.noise import Depolarising
from qalgo.amplitude_estimation.noise_aware import NoiseAwareEstimator
from qalgo.amplitude_estimation.noise_bounds import depolarised_queries
from qalgo.errors import ProblemError
from qalgo.results import Estimate, NoiseEstimate
from qalgo.transcript import GroverShots, Round, queries_of

MODEL = Depolarising(returns=(1 / 16, 1.0))


def many(a, epsilon, rate, number, model=MODEL, make=None, **law):
    """Return covered, cost and largest power of independent runs; a = None: uniform."""
    random = np.random.default_rng(2026)
    rows = []
    for index in range(number):
        value = random.random() if a is None else a
        estimator = make(epsilon, 0.95) if make else NoiseAwareEstimator(epsilon, 0.95, noise=model)
        rounds = run(estimator, NoisyLaw(value, [7, index], rate, **law))
        bracket = estimator.bracket()
        assert bracket.interval.half_width <= epsilon
        deepest = max(request.power for finished in rounds for request in finished.requests)
        rows.append((bracket.interval.contains(value), queries_of(rounds).state_preparation, deepest))
    return np.array(rows, dtype=float).T


def covers(covered, level=0.95):
    """Whether the number of hits is plausible: fails with probability 0.01 at the level itself."""
    return stats.binom.cdf(covered.sum(), covered.size, level) > 0.01


def test_coverage_and_cost_where_noise_decides():
    for a, runs in ((None, 80), (0.5, 40)):
        covered, cost, deepest = many(a, 3e-3, 1e-2, runs)
        assert covers(covered)
        # Beside the optimum averaged over the phase; uniform a: E[4 a (1-a)] = 2/3.
        optimum = depolarised_queries(0.5, 3e-3, 0.95, 1e-2) * (1 if a else 2 / 3)
        assert cost.mean() < 1.2 * optimum
        # The best K is 0.3/gamma to 0.7/gamma; without noise epsilon = 3e-3 leads to K = 200.
        assert np.median(deepest) < 60


def test_coverage_and_cost_where_epsilon_decides():
    covered, cost, _ = many(None, 1e-2, 1e-3, 80)
    assert covers(covered)
    # The method without noise takes 3.4/epsilon.
    assert cost.mean() < 1.8 * 3.4 / 1e-2


def test_the_noise_blind_estimator_under_covers():
    covered, _, _ = many(0.3, 1e-2, 1e-2, 80, make=BayesianEstimator)
    assert covered.mean() < 0.87
    covered, _, _ = many(0.3, 1e-2, 1e-2, 80)
    assert covers(covered)


def test_one_half_is_told_from_a_dead_device_by_return_shots():
    covered, cost, _ = many(0.5, 1e-2, 1e-3, 25)
    assert covers(covered)
    assert cost.mean() < 8 / 1e-2
    estimator = NoiseAwareEstimator(1e-2, 0.95, noise=Depolarising(returns=False))
    source = NoisyLaw(0.5, 3, 1e-3)
    rounds = []
    for _ in range(40):
        requests = estimator.next_round()
        rounds.append(Round(requests, source.measure(requests, 0)))
        estimator.observe(rounds[-1])
    # All outcomes are 1/2: without them nothing excludes a device that has lost everything.
    assert estimator.bracket().noise.rate_interval.high > 0.5
    assert all(isinstance(request, GroverShots) for finished in rounds for request in finished.requests)


def test_a_wrong_fixed_point_breaks_the_interval_and_the_right_one_mends_it():
    wrong = Depolarising(returns=False)
    covered, _, _ = many(0.3, 1e-3, 1e-2, 30, model=wrong, fixed_point=0.1)
    assert covered.mean() < 0.8
    right = Depolarising(returns=False, fixed_point=0.1)
    covered, _, _ = many(0.3, 1e-3, 1e-2, 30, model=right, fixed_point=0.1)
    assert covers(covered)


def test_the_fixed_point_can_be_estimated():
    estimator = NoiseAwareEstimator(2e-3, 0.95, noise=Depolarising(returns=False, fixed_point="estimated"))
    run(estimator, NoisyLaw(0.3, 5, 1e-2, fixed_point=0.1))
    bracket = estimator.bracket()
    assert bracket.interval.contains(0.3)
    assert bracket.noise.fixed_point_interval.contains(0.1)
    assert not bracket.noise.fixed_point_interval.contains(0.5)
    assert "fixed point" in str(bracket.noise)


def test_the_rate_is_estimated():
    held = 0
    for seed in range(20):
        estimator = NoiseAwareEstimator(1e-3, 0.95, noise=MODEL)
        run(estimator, NoisyLaw(0.2, seed, 1e-2))
        noise = estimator.bracket().noise
        held += noise.rate_interval.contains(1e-2)
        assert 0.5e-2 < noise.rate < 2e-2
    assert held >= 16


def test_known_and_bounded_rates():
    for rate in (1e-2, (3e-3, 3e-2)):
        model = Depolarising(rate=rate, returns=(1 / 16, 1.0))
        covered, _, _ = many(0.7, 3e-3, 1e-2, 20, model=model)
        assert covers(covered)
    estimator = NoiseAwareEstimator(1e-2, 0.95, noise=Depolarising(rate=0.02))
    run(estimator, NoisyLaw(0.3, 1, 0.02))
    assert estimator.bracket().noise.rate == pytest.approx(0.02)
    assert estimator.bracket().noise.rate_interval.half_width == 0.0


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0, 1),
    st.floats(3e-3, 0.4),
    st.floats(0.1, 0.999),
    st.sampled_from([0.0, 1e-4, 1e-2, 0.1, 0.4]),
    st.integers(0, 2**32),
)
def test_laws_of_every_run(a, epsilon, confidence, rate, seed):
    estimator = NoiseAwareEstimator(epsilon, confidence)
    run(estimator, NoisyLaw(a, seed, rate))
    bracket = estimator.bracket()
    assert bracket.interval.half_width <= epsilon
    assert 0.0 <= bracket.interval.low <= bracket.value <= bracket.interval.high <= 1.0
    assert bracket.noise.rate_interval.low <= bracket.noise.rate <= bracket.noise.rate_interval.high
    assert bracket.noise.queries_to_go == 0.0
    assert NoiseEstimate.from_dict(json.loads(json.dumps(bracket.noise.to_dict()))) == bracket.noise


def test_a_budget_says_what_is_not_reachable():
    source = NoisyLaw(0.4, 2, 1e-2)
    estimate = estimate_from(source, 1e-4, max_queries=20_000, settings={"noise": MODEL})
    assert not estimate.converged
    assert estimate.queries.state_preparation <= 20_000
    assert estimate.amplitude_interval.contains(0.4)
    assert "query budget" in estimate.message
    assert "not reachable within it: at the estimated depolarising rate of 0.0" in estimate.message
    # The optimum at the best phase is 5e6 uses; the rate is known to a factor of two by now.
    assert 1e6 < estimate.noise.queries_to_go < 2e7


def test_replay_and_resume():
    class Scripted(NoisyLaw):
        def measure(self, requests, round_index):
            self.random = np.random.default_rng((5, round_index))
            return super().measure(requests, round_index)

    whole = estimate_from(Scripted(0.2, 3, 1e-2), 5e-3, seed=3, settings={"noise": MODEL})
    assert whole.converged
    assert any("return_power" in row for rows in whole.transcript.to_dict()["rounds"] for row in rows)
    again = replay(whole.transcript)
    assert (again.amplitude_interval, again.noise) == (whole.amplitude_interval, whole.noise)
    part = estimate_from(Scripted(0.2, 3, 1e-2), 5e-3, seed=3, settings={"noise": MODEL}, max_queries=400)
    loaded = type(part.transcript).from_dict(json.loads(json.dumps(part.transcript.to_dict())))
    resumed = estimate_from(Scripted(0.2, 3, 1e-2), 5e-3, seed=3, settings={"noise": MODEL}, resumed=loaded)
    assert resumed.transcript == whole.transcript
    assert Estimate.from_dict(json.loads(json.dumps(whole.to_dict()))).noise == whole.noise
    assert "depolarising" in str(whole)


def test_without_noise_nothing_changes():
    assert isinstance(bayesian_estimator(0.01, 0.95, noise=None), BayesianEstimator)
    assert dict(bayesian_estimator(0.01, 0.95).settings()) == {"schedule": "adaptive"}
    assert isinstance(bayesian_estimator(0.01, 0.95, noise="depolarising"), NoiseAwareEstimator)
    assert "noise" not in estimate_from(NoisyLaw(0.3, 1, 0.0), 0.05).to_dict()


def test_before_any_data_everything_is_possible():
    bracket = NoiseAwareEstimator(1e-3, 0.95).bracket()
    assert (bracket.interval.low, bracket.interval.high, bracket.noise) == (0.0, 1.0, None)


def test_arguments_out_of_range():
    with pytest.raises(ProblemError, match="schedule is 'batched' and noise is given"):
        bayesian_estimator(0.01, 0.95, schedule="batched", noise="depolarising")
    with pytest.raises(ProblemError, match="confidence"):
        NoiseAwareEstimator(0.01, 1 - 1e-9)
    with pytest.raises(ProblemError, match="noise is None"):
        NoiseAwareEstimator(0.01, 0.95, noise=None)
    with pytest.raises(ProblemError, match="was not asked for"):
        NoiseAwareEstimator(0.01, 0.95).observe(Round((GroverShots(3, 1),), (0,)))


def test_references_are_bibtex():
    for entry in NoiseAwareEstimator(0.01, 0.95).references:
        assert entry.startswith("@")
        assert entry.count("{") == entry.count("}")
