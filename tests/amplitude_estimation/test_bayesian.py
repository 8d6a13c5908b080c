"""The default estimator: laws of every run, coverage, cost, edge values, both schedules."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qalgo.amplitude_estimation.batching import plan_batch
from qalgo.amplitude_estimation.bayesian import BayesianEstimator
from qalgo.amplitude_estimation.emulation import SubspaceSource
from qalgo.amplitude_estimation.loop import estimate_from, replay
from qalgo.errors import ProblemError
from qalgo.transcript import GroverShots, Round, queries_of

EDGES = (0.0, 1e-6, 0.5, math.sin(math.pi / 8) ** 2, 1 - 1e-6, 1.0)


def run(a, epsilon, seed, confidence=0.95, schedule="adaptive"):
    """Return the finished estimator and its rounds; outcomes drawn here, not by the package."""
    random = np.random.default_rng(seed)
    theta = math.asin(math.sqrt(a))
    estimator = BayesianEstimator(epsilon, confidence, schedule=schedule)
    rounds = []
    while requests := estimator.next_round():
        assert len(rounds) < 200, "endless"
        law = [math.sin((2 * request.power + 1) * theta) ** 2 for request in requests]
        outcomes = tuple(int(random.binomial(r.shots, p)) for r, p in zip(requests, law, strict=True))
        rounds.append(Round(requests, outcomes))
        estimator.observe(rounds[-1])
    return estimator, tuple(rounds)


def many(a, epsilon, number, seed, **options):
    """Return covered, cost x epsilon, error/epsilon and rounds of independent runs; a = None: uniform."""
    random = np.random.default_rng(seed)
    rows = []
    for index in range(number):
        value = random.random() if a is None else a
        estimator, rounds = run(value, epsilon, [seed, index], **options)
        bracket = estimator.bracket()
        cost = queries_of(rounds).state_preparation
        error = (bracket.value - value) / epsilon
        rows.append((bracket.interval.contains(value), cost * epsilon, error, len(rounds)))
    return np.array(rows, dtype=float).T


def check_laws(estimator, epsilon, confidence):
    bracket = estimator.bracket()
    interval = bracket.interval
    assert interval.half_width <= epsilon
    assert 0.0 <= interval.low <= bracket.value <= interval.high <= 1.0
    assert interval.level == confidence
    assert interval.kind == "credible"


def test_before_any_data_everything_is_possible():
    bracket = BayesianEstimator(1e-3, 0.95).bracket()
    assert (bracket.interval.low, bracket.interval.high) == (0.0, 1.0)


@pytest.mark.parametrize("schedule", ["adaptive", "batched"])
@pytest.mark.parametrize("a", EDGES)
def test_edge_values_end_and_are_right(a, schedule):
    for epsilon, confidence in ((0.3, 0.5), (0.1, 0.999), (1e-2, 0.95), (1e-4, 0.95), (1e-3, 0.999)):
        estimator, rounds = run(a, epsilon, 11, confidence, schedule)
        check_laws(estimator, epsilon, confidence)
        assert abs(estimator.bracket().value - a) < 4 * epsilon
        assert schedule == "adaptive" or len(rounds) <= 8


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 1),
    st.floats(2e-4, 0.49),
    st.floats(0.05, 0.9999),
    st.sampled_from(["adaptive", "batched"]),
    st.integers(0, 2**32),
)
def test_laws_of_every_run(a, epsilon, confidence, schedule, seed):
    estimator, _ = run(a, epsilon, seed, confidence, schedule)
    check_laws(estimator, epsilon, confidence)


@pytest.mark.parametrize("schedule", ["adaptive", "batched"])
def test_unfinished_runs_have_a_valid_interval(schedule):
    _, rounds = run(0.3, 1e-3, 5, schedule=schedule)
    estimator = BayesianEstimator(1e-3, 0.95, schedule=schedule)
    widths = []
    for finished in rounds:
        estimator.observe(finished)
        bracket = estimator.bracket()
        assert 0.0 <= bracket.interval.low <= bracket.value <= bracket.interval.high <= 1.0
        widths.append(bracket.interval.half_width)
    assert widths[0] > 50e-3
    assert widths[-1] <= 1e-3


@pytest.mark.parametrize("schedule", ["adaptive", "batched"])
def test_same_rounds_in_same_requests_out(schedule):
    estimate = estimate_from(SubspaceSource(0.2, seed=3), 1e-3, seed=3, settings={"schedule": schedule})
    again = replay(estimate.transcript)
    assert again.amplitude_interval == estimate.amplitude_interval
    assert again.transcript == estimate.transcript
    assert json.loads(json.dumps(dict(estimate.transcript.settings))) == {"schedule": schedule}


def test_a_budget_gives_the_interval_so_far():
    estimate = estimate_from(SubspaceSource(0.4, seed=1), 1e-4, max_queries=2000)
    assert not estimate.converged
    assert estimate.queries.state_preparation <= 2000
    assert 1e-4 < estimate.amplitude_interval.half_width < 0.05
    assert estimate.amplitude_interval.contains(0.4)


@pytest.mark.parametrize(("a", "epsilon"), [(0.5, 1e-2), (0.5, 1e-3), (0.05, 1e-2), (0.25, 1e-3), (0.99, 1e-2)])
def test_coverage_and_error(a, epsilon):
    covered, _, error, _ = many(a, epsilon, 200, 2026)
    # Fails with probability 0.99 at a coverage of 0.85.
    assert stats.binom.cdf(covered.sum(), covered.size, 0.95) > 0.01
    assert np.sqrt(np.mean(error**2)) < 0.8


def test_coverage_at_other_confidences():
    for confidence in (0.68, 0.99):
        covered, cost, _, _ = many(0.5, 1e-2, 150, 7, confidence=confidence)
        assert stats.binom.cdf(covered.sum(), covered.size, confidence) > 0.01
        # In proportion to the half-bandwidth of the best window of that coverage: 0.400, 0.816 and 1.116.
        assert cost.mean() < 4.9 * {0.68: 0.400, 0.99: 1.116}[confidence] / 0.816


def test_cost_and_rounds():
    # Fixed seeds. 250 runs: standard errors 0.04 (a = 1/2) and 0.06 (uniform).
    _, cost, _, rounds = many(0.5, 1e-3, 250, 1)
    assert cost.mean() < 4.5
    assert rounds.mean() < 40
    _, cost, _, rounds = many(None, 1e-3, 250, 2)
    assert cost.mean() < 3.6
    assert rounds.mean() < 40


def test_batched_schedule():
    for a, bound in ((0.5, 1.35 * 4.2), (None, 1.35 * 3.37)):
        covered, cost, error, rounds = many(a, 1e-3, 200, 3, schedule="batched")
        assert rounds.max() <= 8
        assert cost.mean() < bound
        assert stats.binom.cdf(covered.sum(), covered.size, 0.95) > 0.01
        assert np.sqrt(np.mean(error**2)) < 0.8


def test_batch_tells_two_far_lobes_apart_and_adds_the_information_asked_for():
    # Two Gaussian lobes; one shot at K is uninformative between them when K x distance is a multiple of pi.
    width, distance = 1e-3, 0.03
    angles = np.arange(0.6, 0.7, width / 40)
    lobes = [np.exp(-0.5 * ((angles - centre) / width) ** 2) for centre in (0.63, 0.63 + distance)]
    masses = lobes[0] + lobes[1]
    plan = plan_batch(angles, masses / masses.sum(), information=width**-2, scale=0.015, target=width / 3)
    added = sum(4 * shots * multiple**2 for multiple, shots in plan.items())
    # One lobe a third as wide has 9 times the information.
    assert 9 < (added + width**-2) * width**2 < 18
    confusion = 1.0
    for multiple, shots in plan.items():
        assert multiple % 2 == 1
        laws = [math.sin(multiple * centre) ** 2 for centre in (0.63, 0.63 + distance)]
        confusion *= (math.sqrt(laws[0] * laws[1]) + math.sqrt((1 - laws[0]) * (1 - laws[1]))) ** shots
    assert confusion < 0.05


def test_foreign_rounds_are_refused():
    estimator = BayesianEstimator(0.01, 0.95)
    with pytest.raises(ProblemError, match="was not asked for"):
        estimator.observe(Round((GroverShots(3, 1),), (0,)))
    finished, _ = run(0.1, 0.1, 0)
    with pytest.raises(ProblemError, match="was not asked for"):
        finished.observe(Round((), ()))


def test_arguments_out_of_range():
    with pytest.raises(ProblemError, match="schedule is 'weekly'"):
        BayesianEstimator(0.01, 0.95, schedule="weekly")
    with pytest.raises(ProblemError, match="confidence"):
        BayesianEstimator(0.01, 1 - 1e-9)
    with pytest.raises(ProblemError, match="epsilon"):
        BayesianEstimator(0.5, 0.95)


def test_references_are_bibtex():
    for entry in BayesianEstimator(0.01, 0.95).references:
        assert entry.startswith("@")
        assert entry.count("{") == entry.count("}")
