import math

import numpy as np
import pytest
from toy_problem import CLASSICAL, QUANTUM

from qalgo.comparable import GateCost, Trial
from qalgo.crossings import BreakEven, laws_break_even, time_span
from qalgo.crossover import crossover_of
from qalgo.fitting import fit_power_law
from qalgo.machines import MachineModel

LADDER = [0.1 * 2.0**-step for step in range(8)]
MACHINE = MachineModel("toy", 1e-5, 1e-5, 1e9, 1.0, "made up")
GATES = GateCost(10.0, 1000.0, 5, "made up")


def law(constant, exponent, theorem=None):
    cells = [[Trial(error, constant * error**-exponent)] for error in LADDER]
    return fit_power_law(cells, theorem, lambda index: np.random.default_rng(index))


def test_measured_laws_cross_where_algebra_says():
    # Query 10 ms, sample 100 ns: 1e-2 * 3/e = 1e-7 * 4/e^2 at e = (4e-7)/(3e-2), after 1e-2 * 3/e seconds.
    found = laws_break_even(("q", law(3.0, 1.0, QUANTUM), GATES), ("c", law(4.0, 2.0, CLASSICAL), 100.0), MACHINE)
    error = 4e-7 / 3e-2
    assert found.exists
    assert found.status == "crossover"
    assert (found.error_low, found.error_high) == pytest.approx((error, error), rel=1e-6)
    assert (found.seconds_low, found.seconds_high) == pytest.approx((0.03 / error, 0.03 / error), rel=1e-6)
    assert (found.queries_low, found.queries_high) == pytest.approx((3.0 / error, 3.0 / error), rel=1e-6)
    assert "38 min" in str(found)


def test_the_budget_is_the_work_with_which_it_would_take_the_time_allowed():
    # 1e6 s of samples of 100 ns reach e = sqrt(4e-7/1e6); 3/e queries in 1e6 s leave 1e6 / 1e-5 / (3/e) T gates each.
    sides = ("q", law(3.0, 1.0, QUANTUM), GATES), ("c", law(4.0, 2.0, CLASSICAL), 100.0)
    found = laws_break_even(*sides, MACHINE)
    budget = 1e6 / 1e-5 * math.sqrt(4e-7 / 1e6) / 3.0
    assert (found.budget_low, found.budget_high) == pytest.approx((budget, budget), rel=1e-6)
    just = laws_break_even((*sides[0][:2], GateCost(0.0, budget, 5, "")), sides[1], MACHINE)
    assert just.seconds_high == pytest.approx(1e6, rel=1e-6)
    unknown = laws_break_even((*sides[0][:2], None), sides[1], MACHINE)
    assert not unknown.exists
    assert unknown.budget_low == pytest.approx(budget, rel=1e-6)


def test_with_unit_constants_it_is_the_formula_of_the_papers():
    for order in (1.5, 2.0, 3.0, 4.0):
        found = laws_break_even(("q", law(1.0, 1.0), GATES), ("c", law(1.0, order), 100.0), MACHINE)
        expected = crossover_of(1e-2, 1e-7, order=order)
        assert found.seconds_low == pytest.approx(float(expected.seconds), rel=1e-5)
        assert found.queries_low == pytest.approx(float(expected.queries), rel=1e-5)


def test_more_classical_processors_postpone_it_proportionally():
    arguments = (("q", law(1.0, 1.0, QUANTUM), GATES), ("c", law(1.0, 2.0, CLASSICAL), 100.0))
    base = laws_break_even(*arguments, MACHINE).seconds_low
    assert laws_break_even(*arguments, MACHINE.scaled(parallelism=1000)).seconds_low == pytest.approx(1000 * base)
    assert laws_break_even(*arguments, MACHINE.scaled(distillation=10)).seconds_low == pytest.approx(base / 100)


@pytest.mark.parametrize(
    ("quantum", "classical", "gates", "operations", "reason", "status"),
    [
        (law(3.0, 1.0), law(1.0, 1.05), GATES, 100.0, "do not differ", "not established"),
        (law(3.0, 1.0), law(1.0, 1.09), GATES, 100.0, "do not differ", "not established"),
        (law(3.0, 1.0, QUANTUM), law(1.0, 1.0, QUANTUM), GATES, 100.0, "grows no faster", "none"),
        (law(3.0, 1.0), law(1.0, 0.5), GATES, 100.0, "grows no faster", "none"),
        (law(3.0, 1.0, QUANTUM), law(1.0, 1.0, QUANTUM), GATES, 1e12, "is not slower", "not established"),
        (None, law(1.0, 2.0), GATES, 100.0, "no exponent", "not established"),
        (law(3.0, 1.0), law(1.0, 2.0), None, 100.0, "T count", "not established"),
        (law(3.0, 1.0), law(1.0, 2.0), GateCost(10.0, None, 5, ""), 100.0, "T count", "not established"),
        (law(3.0, 1.0), law(1.0, 2.0), GATES, None, "operations", "not established"),
    ],
)
def test_no_break_even_without_a_reason(quantum, classical, gates, operations, reason, status):
    found = laws_break_even(("q", quantum, gates), ("c", classical, operations), MACHINE)
    assert not found.exists
    assert reason in found.reason
    assert found.status == status
    assert found.seconds_low is None
    assert f"{status} - " in str(found)
    assert reason in str(found)


def test_a_method_without_any_error_is_never_overtaken():
    exact = fit_power_law([[Trial(0.0, 1.0)] for _ in LADDER], None, lambda index: np.random.default_rng(index))
    assert exact.law.error_max == 0.0
    found = laws_break_even(("q", law(3.0, 1.0), GATES), ("c", exact, 100.0), MACHINE)
    assert found.status == "none"


def test_a_crossing_beyond_all_numbers_is_none():
    slow = MachineModel("slow", 1e20, 1e20, 1e30, 1e30, "made up")
    found = laws_break_even(("q", law(3.0, 1.0), GATES), ("c", law(1.0, 1.2), 1e-6), slow)
    assert found.status == "none"
    assert "only beyond 1e300" in found.reason


def test_the_gap_of_the_comparison_decides_where_it_is_given():
    arguments = (("q", law(1.0, 1.0), GATES), ("c", law(1.0, 2.0), 100.0), MACHINE)
    assert laws_break_even(*arguments).exists
    assert laws_break_even(*arguments, gap=(0.05, 1.9)).status == "not established"


def test_points_of_older_files_have_a_status():
    assert BreakEven("q", "c", "m", 1.0, 2.0, 3.0, 4.0).status == "crossover"
    assert BreakEven("q", "c", "m", reason="never").status == "none"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2e-5, "20 us"), (0.5, "500 ms"), (90, "90 s"), (3000, "50 min"), (1e6, "12 days"), (1e9, "32 years")],
)
def test_spans_have_two_digits_and_a_unit(seconds, text):
    assert time_span(seconds) == text
