"""Maximum likelihood: the refined grid against brute force, ends, coverage, classical time."""

import math
from itertools import pairwise

import numpy as np
import pytest
from emulated_law import EDGES, EPSILONS, EmulatedLaw, run
from scipy.stats import binom, binomtest, chi2

from qalgo.amplitude_estimation import maximum_likelihood
from qalgo.amplitude_estimation.maximum_likelihood import MaximumLikelihoodEstimator, likelihood_region
from qalgo.errors import ProblemError
from qalgo.transcript import GroverShots, Round, queries_of


def brute_force(counts, drop, points=400_001):
    """Likelihood from scipy's binomial law on a fine uniform grid."""
    theta = np.linspace(0, math.pi / 2, points)
    total = sum(binom.logpmf(h, n, np.sin(multiple * theta) ** 2) for multiple, (h, n) in counts.items())
    inside = theta[total >= total.max() - drop]
    return theta[np.argmax(total)], inside[0], inside[-1]


@pytest.mark.parametrize("a", [0.003, 0.14644660940672624, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("shots", [6, 20, 300])
def test_the_refined_grid_finds_what_brute_force_finds(a, shots):
    random = np.random.default_rng(int(1000 * a) + shots)
    theta = math.asin(math.sqrt(a))
    counts = {k: (int(random.binomial(shots, math.sin(k * theta) ** 2)), shots) for k in (1, 3, 5, 9, 17, 33)}
    drop = 0.5 * chi2.ppf(0.95, 1)
    region = likelihood_region(counts, drop)
    step = math.pi / 2 / 400_000
    expected = brute_force(counts, drop)
    assert (region.theta, region.low, region.high) == pytest.approx(expected, abs=1.5 * step)


def test_the_hull_holds_every_lobe():
    # One deep power alone: sin^2(9 theta) has nine equal maxima; none may be hidden.
    region = likelihood_region({9: (50, 100)}, 2.0)
    expected = brute_force({9: (50, 100)}, 2.0)
    assert (region.low, region.high) == pytest.approx(expected[1:], abs=1e-5)


@pytest.mark.parametrize(("hits", "end"), [(0, 0.0), (40, math.pi / 2)])
def test_the_ends_of_the_range(hits, end):
    region = likelihood_region({1: (hits, 40)}, 2.0)
    assert region.theta == pytest.approx(end, abs=1e-6)
    # n ln cos^2(theta) = -2 at the other end of the interval.
    other = abs(math.acos(math.exp(-2.0 / 80)) - end)
    assert sorted((region.low, region.high)) == pytest.approx(sorted((end, other)), abs=1e-9)


@pytest.mark.parametrize("a", EDGES)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_every_run_ends_with_the_half_width(a, confidence):
    for epsilon in (*EPSILONS, 0.49):
        estimator = MaximumLikelihoodEstimator(epsilon, confidence)
        assert estimator.bracket().interval.half_width == 0.5
        rounds = run(estimator, EmulatedLaw(a, 7), max_rounds=60)
        bracket = estimator.bracket()
        assert bracket.interval.half_width <= epsilon
        assert bracket.interval.contains(bracket.value)
        assert bracket.interval.kind == "asymptotic"
        assert len(rounds) <= 30


def test_queries_coverage_and_submissions():
    covered, queries, submissions = 0, [], []
    for seed in range(200):
        a = 0.5 if seed % 2 else float(np.random.default_rng(seed).random())
        estimator = MaximumLikelihoodEstimator(1e-3, 0.95)
        rounds = run(estimator, EmulatedLaw(a, (1, seed)))
        queries.append(queries_of(tuple(rounds)).state_preparation * 1e-3)
        submissions.append(len(rounds))
        covered += estimator.bracket().interval.contains(a)
    assert np.mean(queries) < 10.0
    assert np.mean(submissions) < 4.0
    assert binomtest(covered, 200, 0.95, alternative="less").pvalue > 0.01


def test_few_likelihood_evaluations(monkeypatch):
    evaluated = []
    original = maximum_likelihood.log_likelihood

    def counted(theta, counts):
        evaluated.append(theta.size)
        return original(theta, counts)

    monkeypatch.setattr(maximum_likelihood, "log_likelihood", counted)
    counts = {2 ** (j + 1) + 1: (10, 20) for j in range(14)}
    likelihood_region({1: (10, 20), **counts}, 2.0)
    assert sum(evaluated) < 60_000


def test_the_schedule_doubles():
    estimator = MaximumLikelihoodEstimator(1e-3, 0.95, shots=10)
    first = [request.power for request in estimator.next_round()]
    assert first[:4] == [0, 1, 2, 4]
    estimator.observe(Round(estimator.next_round(), EmulatedLaw(0.5, 3).measure(estimator.next_round(), 0)))
    second = [request.power for request in estimator.next_round()]
    assert all(1 < later / earlier <= 2.5 for earlier, later in pairwise(second))
    # Worst-case half-width of the whole schedule: z / (2 sqrt(sum n K^2)).
    information = sum(10 * (2 * k + 1) ** 2 for k in {*first, *second})
    assert 1.96 / (2 * math.sqrt(information)) == pytest.approx(1e-3, rel=0.25)


def test_settings_rebuild_the_estimator():
    first = MaximumLikelihoodEstimator(0.01, 0.9, shots=37)
    again = MaximumLikelihoodEstimator(0.01, 0.9, **first.settings())
    assert run(first, EmulatedLaw(0.3, 5)) == run(again, EmulatedLaw(0.3, 5))
    assert first.bracket() == again.bracket()


@pytest.mark.parametrize("shots", [0, -1, 2.5, True])
def test_wrong_settings_are_named(shots):
    with pytest.raises(ProblemError, match="shots is"):
        MaximumLikelihoodEstimator(0.01, 0.95, shots=shots)


def test_a_round_that_was_not_asked_for_is_refused():
    with pytest.raises(ProblemError, match="not asked for"):
        MaximumLikelihoodEstimator(0.01, 0.95).observe(Round((GroverShots(3, 10),), (4,)))
