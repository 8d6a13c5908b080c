"""MIQAE against its paper: levels proportional to K, threefold growth, ends, coverage."""

import math
from itertools import pairwise

import numpy as np
import pytest
from emulated_law import EDGES, EPSILONS, EmulatedLaw, run
from scipy.stats import binomtest

from qalgo.amplitude_estimation.modified_iterative import ModifiedIterativeEstimator
from qalgo.errors import ProblemError
from qalgo.transcript import GroverShots, Round, queries_of


@pytest.mark.parametrize("a", EDGES)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_every_run_ends_with_the_half_width(a, confidence):
    for epsilon in (*EPSILONS, 0.49):
        estimator = ModifiedIterativeEstimator(epsilon, confidence)
        assert estimator.bracket().interval.half_width == 0.5
        run(estimator, EmulatedLaw(a, 7), max_rounds=200)
        bracket = estimator.bracket()
        assert bracket.interval.half_width <= epsilon
        assert bracket.interval.contains(bracket.value)
        assert bracket.interval.kind == "confidence"


def test_the_level_of_a_round_is_proportional_to_its_multiple():
    epsilon, confidence = 1e-3, 0.9
    estimator = ModifiedIterativeEstimator(epsilon, confidence, shots=40)
    (request,) = estimator.next_round()
    assert request == GroverShots(0, request.shots)
    hits = request.shots // 3
    estimator.observe(Round((request,), (hits,)))
    alpha = 2 * 0.1 / 3 * 1 / (math.pi / 4e-3)
    ends = binomtest(hits, request.shots).proportion_ci(1 - alpha, method="exact")
    assert estimator.bracket().interval.high == pytest.approx(ends.high, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_multiples_grow_threefold_so_that_the_levels_sum_to_at_most_alpha(seed):
    rounds = run(ModifiedIterativeEstimator(1e-4, 0.95), EmulatedLaw(0.11 * seed, seed))
    multiples = sorted({2 * r.requests[0].power + 1 for r in rounds})
    assert all(later >= 3 * earlier for earlier, later in pairwise(multiples))
    largest = math.pi / 4e-4
    assert multiples[-1] <= largest
    assert sum(2 * 0.05 / 3 * multiple / largest for multiple in multiples) <= 0.05


def test_queries_and_coverage():
    covered, queries = 0, []
    for seed in range(200):
        a = 0.5 if seed % 2 else float(np.random.default_rng(seed).random())
        estimator = ModifiedIterativeEstimator(1e-3, 0.95)
        rounds = run(estimator, EmulatedLaw(a, (1, seed)))
        queries.append(queries_of(tuple(rounds)).state_preparation * 1e-3)
        covered += estimator.bracket().interval.contains(a)
    assert np.mean(queries) < 14.5
    assert binomtest(covered, 200, 0.95, alternative="less").pvalue > 0.01


def test_settings_rebuild_the_estimator():
    first = ModifiedIterativeEstimator(0.01, 0.9, shots=37)
    again = ModifiedIterativeEstimator(0.01, 0.9, **first.settings())
    assert run(first, EmulatedLaw(0.3, 5)) == run(again, EmulatedLaw(0.3, 5))
    assert first.bracket() == again.bracket()


@pytest.mark.parametrize("shots", [0, -1, 2.5, True])
def test_wrong_settings_are_named(shots):
    with pytest.raises(ProblemError, match="shots is"):
        ModifiedIterativeEstimator(0.01, 0.95, shots=shots)


def test_a_round_that_was_not_asked_for_is_refused():
    with pytest.raises(ProblemError, match="not asked for"):
        ModifiedIterativeEstimator(0.01, 0.95).observe(Round((GroverShots(3, 10),), (4,)))
