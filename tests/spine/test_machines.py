import math

import numpy as np
import pytest
from toy_problem import CLASSICAL, QUANTUM

from qalgo.comparable import GateCost, Trial
from qalgo.errors import ProblemError
from qalgo.fitting import fit_power_law
from qalgo.machines import (
    BABBUSH_2021,
    HOEFLER_2023,
    HOEFLER_OPERATIONS,
    MACHINES,
    MachineModel,
    break_even,
    break_even_queries,
    break_even_seconds,
    machine_named,
    operation_budget,
)

DAY, YEAR = 86_400.0, 365.25 * 86_400.0
LADDER = [0.1 * 2.0**-step for step in range(8)]


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("fp16", (0.2, 45_800, 2.8e6)),
        ("int32", (0.003, 1_630, 130_000)),
        ("binary", (68, 12.5e6, 712e6)),
    ],
)
def test_operation_budgets_of_hoefler_table_2(name, published):
    """2307.00523, Table 2: operations per oracle call within 1e6 s for speed-ups of order 2, 3, 4, against an ASIC."""
    rate = HOEFLER_OPERATIONS[name]
    found = [operation_budget(rate.quantum, rate.asic, order=order) for order in (2, 3, 4)]
    assert found == pytest.approx(published, rel=0.07 if name == "int32" else 0.015)


def test_operation_rates_of_hoefler_table_1():
    assert HOEFLER_OPERATIONS["fp16"].quantum == pytest.approx(10_500)
    assert HOEFLER_OPERATIONS["fp16"].gpu == 195e12
    assert HOEFLER_OPERATIONS["binary"].quantum == pytest.approx(2.3e6)
    rates = [HOEFLER_OPERATIONS[name].asic for name in ("fp16", "int32", "binary")]
    assert rates == pytest.approx([5.531e14, 2.151e14, 7.743e16], rel=1e-3)


@pytest.mark.parametrize(
    ("query", "evaluation", "order", "parallelism", "published"),
    [
        # 2011.04149: lower bound of the paper (17 ms, 33 ns) and its annealing example (0.44 s, 7 ns)
        (17e-3, 33e-9, 2, 1, 2.4 * 3600),
        (17e-3, 33e-9, 2, 1e3, 100 * DAY),
        (17e-3, 33e-9, 2, 1e6, 280 * YEAR),
        (0.44, 7e-9, 2, 1, 320 * DAY),
        (0.44, 7e-9, 2, 1e3, 880 * YEAR),
        (0.44, 7e-9, 2, 1e6, 880e3 * YEAR),
        (0.44, 7e-9, 4, 1e6, 4.9 * 3600),
    ],
)
def test_break_even_times_of_babbush(query, evaluation, order, parallelism, published):
    found = break_even_seconds(query, evaluation, order=order, parallelism=parallelism)
    assert found == pytest.approx(published, rel=0.02)


def test_quadratic_break_even_is_equation_3():
    assert break_even_seconds(2.0, 0.5, parallelism=3) == pytest.approx(2.0**2 * 3 / 0.5)
    assert break_even_queries(17e-3, 33e-9) == pytest.approx(5.15e5, rel=2e-3)


def test_equal_exponents_never_break_even():
    with pytest.raises(ProblemError, match="never break even"):
        break_even_seconds(1.0, 1.0, order=1)
    with pytest.raises(ProblemError):
        operation_budget(1.0, 1.0, order=1)


def test_machines_by_name():
    assert machine_named(None) is HOEFLER_2023
    assert machine_named("babbush-2021") is BABBUSH_2021
    assert machine_named(BABBUSH_2021) is BABBUSH_2021
    assert set(MACHINES) == {"hoefler-2023", "babbush-2021"}
    with pytest.raises(ProblemError, match="hoefler-2023"):
        machine_named("abacus")


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, "fast"])
def test_impossible_machines_are_refused(value):
    with pytest.raises(ProblemError, match="seconds_per_t"):
        MachineModel("m", value, 1.0, 1.0, 1.0, "")


def law(constant, exponent, theorem=None):
    cells = [[Trial(error, constant * error**-exponent)] for error in LADDER]
    return fit_power_law(cells, theorem, lambda index: np.random.default_rng(index))


MACHINE = MachineModel("toy", 1e-5, 1e-5, 1e9, 1.0, "made up")
GATES = GateCost(10.0, 1000.0, 5, "made up")


def test_measured_laws_cross_where_algebra_says():
    # Query 10 ms, sample 100 ns: 1e-2 * 3/e = 1e-7 * 4/e^2 at e = (4e-7)/(3e-2), after 1e-2 * 3/e seconds.
    found = break_even(("q", law(3.0, 1.0, QUANTUM), GATES), ("c", law(4.0, 2.0, CLASSICAL), 100.0), MACHINE)
    error = 4e-7 / 3e-2
    assert found.exists
    assert (found.error_low, found.error_high) == pytest.approx((error, error), rel=1e-6)
    assert (found.seconds_low, found.seconds_high) == pytest.approx((0.03 / error, 0.03 / error), rel=1e-6)
    assert "38 min" in str(found)


def test_with_unit_constants_it_is_the_formula_of_babbush():
    found = break_even(("q", law(1.0, 1.0, QUANTUM), GATES), ("c", law(1.0, 2.0, CLASSICAL), 100.0), MACHINE)
    assert found.seconds_low == pytest.approx(break_even_seconds(1e-2, 1e-7), rel=1e-6)


def test_more_classical_processors_postpone_it_proportionally():
    many = MachineModel("toy", 1e-5, 1e-5, 1e9, 1000.0, "made up")
    arguments = (("q", law(1.0, 1.0, QUANTUM), GATES), ("c", law(1.0, 2.0, CLASSICAL), 100.0))
    assert break_even(*arguments, many).seconds_low == pytest.approx(1000 * break_even(*arguments, MACHINE).seconds_low)


@pytest.mark.parametrize(
    ("quantum", "classical", "gates", "operations", "reason"),
    [
        (law(3.0, 1.0), law(1.0, 1.0), GATES, 100.0, "do not differ"),
        (law(3.0, 1.0), law(1.0, 1.09), GATES, 100.0, "do not differ"),
        (law(3.0, 1.0), law(1.0, 0.5), GATES, 100.0, "do not differ"),
        (None, law(1.0, 2.0), GATES, 100.0, "no exponent"),
        (law(3.0, 1.0), law(1.0, 2.0), None, 100.0, "T count"),
        (law(3.0, 1.0), law(1.0, 2.0), GateCost(10.0, None, 5, ""), 100.0, "T count"),
        (law(3.0, 1.0), law(1.0, 2.0), GATES, None, "operations"),
    ],
)
def test_no_break_even_without_a_reason(quantum, classical, gates, operations, reason):
    found = break_even(("q", quantum, gates), ("c", classical, operations), MACHINE)
    assert not found.exists
    assert reason in found.reason
    assert found.seconds_low is None
    assert reason in str(found)
