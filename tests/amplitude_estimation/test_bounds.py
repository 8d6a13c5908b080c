"""Closed forms against the figures printed in the papers and against exact calculations."""

import math

import numpy as np
import pytest
from emulated_law import EmulatedLaw, readout_law_by_sums, run

from qalgo.amplitude_estimation import bounds
from qalgo.amplitude_estimation.iterative import IterativeEstimator
from qalgo.amplitude_estimation.modified_iterative import ModifiedIterativeEstimator
from qalgo.comparable import Bound
from qalgo.errors import ProblemError
from qalgo.transcript import queries_of


@pytest.mark.parametrize("a", [0.0, 0.02, 0.3, 0.5, 0.77, 1.0])
@pytest.mark.parametrize(("size", "factor"), [(8, 1), (32, 1), (32, 2), (64, 4)])
def test_the_canonical_error_holds_with_its_probability(a, size, factor):
    law = readout_law_by_sums(math.asin(math.sqrt(a)), np.ones(size) / math.sqrt(size))
    estimates = np.sin(np.pi * np.arange(size) / size) ** 2
    within = np.abs(estimates - a) <= bounds.canonical_error(a, size, factor) + 1e-12
    assert law[within].sum() >= bounds.canonical_success(factor) - 1e-12


def test_printed_constants():
    assert bounds.canonical_success() == pytest.approx(0.8106, abs=1e-4)
    assert bounds.coherent_queries(1e-3, 0.95) * 1e-3 == pytest.approx(2.56, abs=0.01)
    assert bounds.coherent_queries(1e-3, 0.95, per_mode=2) * 1e-3 == pytest.approx(5.13, abs=0.01)
    for confidence, level in ((0.81, 1.67), (0.9, 2.12), (0.99, 3.51)):
        assert bounds.coherent_queries(0.01, confidence) * 0.01 == pytest.approx(level, abs=0.01)
    assert bounds.monte_carlo_samples(0.5, 1e-3, 0.95) == pytest.approx(960_365, rel=1e-5)
    assert bounds.iterative_queries(1e-3, 0.95) == pytest.approx(50e3 * math.log(40 * math.log2(math.pi / 4e-3)))
    assert bounds.modified_iterative_queries(1e-3, 0.95) == pytest.approx(123e3 * math.log(120))


@pytest.mark.parametrize("epsilon", [0.1, 1e-3])
def test_runs_stay_below_the_theorems(epsilon):
    for make, bound in (
        (lambda: IterativeEstimator(epsilon, 0.95, interval="chernoff"), bounds.iterative_queries),
        (lambda: ModifiedIterativeEstimator(epsilon, 0.95), bounds.modified_iterative_queries),
    ):
        for seed in range(20):
            rounds = run(make(), EmulatedLaw(0.05 * seed, seed))
            assert queries_of(tuple(rounds)).grover <= bound(epsilon, 0.95)


def test_the_quadratic_bound_squares_the_exponent():
    bound = bounds.quadratic_bound()
    assert isinstance(bound, Bound)
    assert (bound.quantum.exponent, bound.classical.exponent) == (1.0, 2.0)
    for theorem in (bounds.CANONICAL, bounds.ITERATIVE, bounds.MODIFIED_ITERATIVE, bounds.HEISENBERG):
        assert theorem.exponent == 1.0
        assert theorem.source.startswith("arXiv:")


@pytest.mark.parametrize(
    "call",
    [
        lambda: bounds.iterative_queries(0.0, 0.95),
        lambda: bounds.modified_iterative_queries(1e-3, 1.0),
        lambda: bounds.canonical_error(1.2, 8),
        lambda: bounds.canonical_success(0),
        lambda: bounds.coherent_queries(1e-3, 0.95, per_mode=3),
        lambda: bounds.monte_carlo_samples(-0.1, 1e-3, 0.95),
    ],
)
def test_wrong_arguments_are_refused(call):
    with pytest.raises(ProblemError, match="allowed"):
        call()
