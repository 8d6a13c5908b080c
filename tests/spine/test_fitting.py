import math
from dataclasses import replace

import numpy as np
import pytest
from toy_problem import CLASSICAL, QUANTUM, Z95

from qalgo.comparable import Theorem, Trial
from qalgo.fitting import fit_power_law, interval_of, regenerated, summarise

LADDER = [0.1 * 2.0**-step for step in range(8)]


def streams(seed):
    return lambda index: np.random.default_rng([seed, index])


def noisy_cells(constant, exponent, runs, seed):
    """Errors whose population 95th percentile is the accuracy, at cost constant * accuracy^-exponent."""
    random = np.random.default_rng(seed)
    return [
        [Trial(float(error), constant * accuracy**-exponent) for error in random.normal(0, accuracy / Z95, runs)]
        for accuracy in LADDER
    ]


def exact_cells(constant, exponent):
    return [[Trial(accuracy, constant * accuracy**-exponent)] for accuracy in LADDER]


def test_summary_of_a_cell_by_hand():
    trials = [Trial((-1) ** k * k, 10.0 + k, 15.0 if k % 2 else None) for k in range(21)]
    found = summarise(trials, success_probability=0.5)
    assert found.runs == 21
    assert found.percentile_95 == 19.0
    assert found.rmse == pytest.approx(math.sqrt(sum(k * k for k in range(21)) / 21), rel=1e-14)
    assert found.mean_cost == pytest.approx(40.0)
    assert found.coverage == pytest.approx(8 / 10)
    assert summarise([Trial(1.0, 2.0)]).coverage is None


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0])
def test_an_exact_law_is_recovered_to_rounding(exponent):
    sample = fit_power_law(exact_cells(3.5, exponent), None, streams(1))
    law = sample.law
    assert law.source == "fitted"
    assert law.exponent == pytest.approx(exponent, rel=1e-12)
    assert law.constant == pytest.approx(3.5, rel=1e-11)
    assert (law.exponent_low, law.exponent_high) == pytest.approx((exponent, exponent), rel=1e-9)
    assert law.cost(0.01) == pytest.approx(3.5 * 0.01**-exponent, rel=1e-11)
    np.testing.assert_allclose(np.exp(sample.log_costs(0.01)), 3.5 * 0.01**-exponent, rtol=1e-9)
    assert not law.extrapolates(LADDER[3])
    assert law.extrapolates(LADDER[-1] / 2)
    assert law.extrapolates(LADDER[0] * 2)


def test_no_fit_beats_an_exponent_that_is_proven_optimal():
    cells = noisy_cells(4.0, 0.8, 100, 5)
    optimal = fit_power_law(cells, Theorem(1.0, "", "", optimal=True), streams(2)).law
    assert optimal.exponent_high < 1.0
    assert (optimal.source, optimal.exponent) == ("theorem", 1.0)
    assert optimal.fitted_exponent == pytest.approx(0.8, abs=0.1)
    assert fit_power_law(cells, Theorem(1.0, "", ""), streams(2)).law.source == "fitted"
    slower = fit_power_law(noisy_cells(4.0, 1.5, 100, 5), Theorem(1.0, "", "", optimal=True), streams(2)).law
    assert slower.source == "fitted"


def test_the_theorem_is_used_exactly_where_the_data_allow_it():
    cells = noisy_cells(4.0, 2.0, 100, 5)
    with_theorem = fit_power_law(cells, CLASSICAL, streams(2)).law
    against = fit_power_law(cells, QUANTUM, streams(2)).law
    assert (with_theorem.source, with_theorem.exponent) == ("theorem", 2.0)
    assert against.source == "fitted"
    assert against.exponent == with_theorem.fitted_exponent != 2.0
    # Only the constant is fitted then: the geometric mean of cost * error^2.
    products = [np.log(np.mean([t.cost for t in c])) + 2 * np.log(summarise(c).percentile_95) for c in cells]
    assert with_theorem.constant == pytest.approx(math.exp(np.mean(products)), rel=1e-12)
    just_outside = Theorem(with_theorem.exponent_high + 1e-6, "", "")
    just_inside = Theorem(with_theorem.exponent_high - 1e-6, "", "")
    assert fit_power_law(cells, just_outside, streams(2)).law.source == "fitted"
    assert fit_power_law(cells, just_inside, streams(2)).law.source == "theorem"


def test_bootstrap_intervals_hold_the_true_exponent():
    """Level 99 %: of 80 independent data sets at most 5 may miss (probability of more: 2e-4 at 99 %, 0.08 at 97 %)."""
    missed = 0
    for seed in range(80):
        law = fit_power_law(noisy_cells(3.0, 1.0, 100, 100 + seed), None, streams(seed)).law
        missed += not law.exponent_low <= 1.0 <= law.exponent_high
    assert missed <= 5


def test_bootstrap_spread_is_that_of_fresh_data():
    fresh = [
        fit_power_law(noisy_cells(3.0, 1.0, 100, 500 + seed), None, streams(seed)).law.fitted_exponent
        for seed in range(60)
    ]
    sample = fit_power_law(noisy_cells(3.0, 1.0, 100, 7), None, streams(7))
    assert np.std(sample.exponents) == pytest.approx(np.std(fresh), rel=0.35)


def test_a_cost_that_never_changes_has_exponent_zero_and_reaches_down_to_its_error():
    cells = [[Trial(1e-3, 16.0)] for _ in LADDER]
    sample = fit_power_law(cells, None, streams(1))
    assert (sample.law.source, sample.law.exponent, sample.law.constant) == ("constant cost", 0.0, 16.0)
    assert sample.law.extrapolates(1e-4)
    assert not sample.law.extrapolates(0.1)
    assert np.all(sample.exponents == 0)


def test_too_few_accuracies_or_errors_that_do_not_shrink_give_no_fit():
    assert fit_power_law(exact_cells(1.0, 1.0)[:5], None, streams(1)) is None
    flat = [[Trial(0.01, float(2**step))] for step in range(8)]
    assert fit_power_law(flat, None, streams(1)) is None


def test_errors_below_the_resolution_are_raised_to_it():
    cells = [[Trial(max(1e-17, 10.0**-step), float(step + 1))] for step in range(2, 12)]
    law = fit_power_law(cells, None, streams(1), resolution=1e-6).law
    assert law.error_min == 1e-6


def test_a_success_probability_is_charged_to_the_constant():
    plain = fit_power_law(exact_cells(3.0, 1.0), None, streams(1)).law
    charged = fit_power_law(exact_cells(3.0, 1.0), None, streams(1), success_probability=0.25).law
    assert charged.constant == pytest.approx(4 * plain.constant)
    assert charged.exponent == pytest.approx(plain.exponent)


def test_the_same_streams_give_the_same_fit():
    cells = noisy_cells(3.0, 1.0, 40, 3)
    assert fit_power_law(cells, None, streams(1)).law == fit_power_law(cells, None, streams(1)).law
    assert fit_power_law(cells, None, streams(1)).law != fit_power_law(cells, None, streams(2)).law


def test_intervals_are_central():
    low, high = interval_of(np.linspace(0.0, 1.0, 100_001))
    assert (low, high) == pytest.approx((0.005, 0.995))


# ---------------------------------------------------------------- replicates of a stored law


def _noisy(constant, exponent, theorem, seed):
    return fit_power_law(noisy_cells(constant, exponent, 60, seed), theorem, streams(seed))


def _width(values):
    low, high = interval_of(values)
    return high - low


def test_regenerated_replicates_have_the_stored_intervals():
    for theorem, source in ((Theorem(1.0, "", ""), "theorem"), (None, "fitted")):
        law = _noisy(3.0, 1.0, theorem, 5).law
        assert law.source == source
        again = regenerated(law, np.random.default_rng(1))
        constants = np.exp(interval_of(again.log_constants))
        assert constants == pytest.approx((law.constant_low, law.constant_high), rel=0.05)
        if source == "fitted":
            assert interval_of(again.exponents) == pytest.approx((law.exponent_low, law.exponent_high), rel=0.01)
        else:
            assert set(again.exponents) == {1.0}


@pytest.mark.parametrize("seed", range(4))
def test_regenerated_replicates_behave_like_the_bootstrap_at_every_error(seed):
    """Exponent and constant are correlated: inside the measured range the cost is far surer than either alone says."""
    sample = _noisy(3.0, 1.0, None, seed)
    again = regenerated(sample.law, np.random.default_rng(1))
    old = regenerated(replace(sample.law, pivot=None, pivot_deviation=None), np.random.default_rng(1))
    for error in (1e-9, 1e-6, 1e-2, 0.1):
        deviation = np.std(sample.log_costs(error))
        assert np.std(again.log_costs(error)) == pytest.approx(deviation, rel=0.15)
        assert np.mean(again.log_costs(error)) == pytest.approx(np.mean(sample.log_costs(error)), abs=1.5 * deviation)
        if error < 1e-5:  # files without a pivot are good for extrapolation only
            assert np.std(old.log_costs(error)) == pytest.approx(deviation, rel=0.15)
    independent = np.sqrt(np.var(sample.log_constants) + np.var(sample.exponents) * np.log(1e-2) ** 2)
    assert np.std(again.log_costs(1e-2)) < 0.3 * independent


def test_equal_streams_regenerate_equal_replicates():
    law = _noisy(3.0, 1.0, None, 5).law
    one, other = (regenerated(law, np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(one.exponents, other.exponents)
    assert np.array_equal(one.log_constants, other.log_constants)


def test_a_constant_cost_regenerates_without_spread():
    cells = [[Trial(error, 7.0)] for error in (0.1, 0.05, 0.02, 0.01, 0.005, 0.002)]
    law = fit_power_law(cells, None, lambda index: np.random.default_rng(index)).law
    again = regenerated(law, np.random.default_rng(1))
    assert set(again.exponents) == {0.0}
    assert np.exp(again.log_constants) == pytest.approx(np.full(1000, 7.0))
