import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qalgo.crossover import crossover_of
from qalgo.errors import ProblemError

SECONDS = st.floats(1e-12, 1e3)
ORDERS = st.floats(1.05, 8.0)
FACTORS = st.floats(1.0, 1e6)
NAMES = ("quantum_seconds", "classical_seconds", "order", "parallelism", "distillation", "operations", "seconds")


@given(SECONDS, SECONDS, st.floats(1.5, 6.0), FACTORS, FACTORS, st.floats(1.0, 1e9), st.floats(1.0, 1e9))
def test_it_is_where_the_two_run_times_meet(quantum, classical, order, parallelism, distillation, operations, seconds):
    found = crossover_of(
        quantum,
        classical,
        order=order,
        parallelism=parallelism,
        distillation=distillation,
        operations=operations,
        seconds=seconds,
    )
    queries = float(found.queries)
    assert queries * operations * quantum / distillation == pytest.approx(float(found.seconds), rel=1e-9)
    assert queries**order * operations * classical / parallelism == pytest.approx(float(found.seconds), rel=1e-9)
    # The size fixes nothing but the ratio of the operations.
    assert queries ** (order - 1) == pytest.approx(quantum * parallelism / (classical * distillation), rel=1e-9)


@given(SECONDS, SECONDS, ORDERS, FACTORS, FACTORS, st.floats(1.0, 1e9))
def test_with_as_many_operations_as_the_budget_it_takes_exactly_the_time_allowed(
    quantum, classical, order, parallelism, distillation, seconds
):
    rates = {"order": order, "parallelism": parallelism, "distillation": distillation, "seconds": seconds}
    budget = crossover_of(quantum, classical, **rates).log10_operations
    if abs(budget) < 250:
        again = crossover_of(quantum, classical, operations=10.0**budget, **rates)
        assert float(again.log10_seconds) == pytest.approx(np.log10(seconds), abs=1e-9)


@given(SECONDS, SECONDS, ORDERS, FACTORS, st.floats(1.001, 1e3))
def test_more_processors_and_slower_gates_postpone_it_and_faster_distillation_does_not(
    quantum, classical, order, parallelism, factor
):
    base = crossover_of(quantum, classical, order=order, parallelism=parallelism).log10_seconds
    assert crossover_of(quantum, classical, order=order, parallelism=parallelism * factor).log10_seconds > base
    assert crossover_of(quantum * factor, classical, order=order, parallelism=parallelism).log10_seconds > base
    faster = crossover_of(quantum, classical, order=order, parallelism=parallelism, distillation=factor)
    assert faster.log10_seconds < base


def test_a_quadratic_speed_up_is_equation_3_of_babbush():
    assert float(crossover_of(2.0, 0.5, parallelism=3).seconds) == pytest.approx(2.0**2 * 3 / 0.5)


def test_arrays_give_what_the_scenarios_give_one_by_one():
    random = np.random.default_rng(7)
    arrays = {name: 10.0 ** random.uniform(-6, 2, 50) for name in NAMES}
    arrays["order"] = random.uniform(1.0, 5.0, 50)
    arrays["order"][:5] = 1.0
    together = crossover_of(**arrays)
    for index in range(50):
        alone = crossover_of(**{name: values[index] for name, values in arrays.items()})
        for field in alone.__slots__:
            assert getattr(alone, field) == getattr(together, field)[index]


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_may_be_an_array(name):
    numbers = dict.fromkeys(NAMES, 2.0)
    numbers[name] = np.array([[2.0], [3.0]])
    found = crossover_of(**numbers)
    assert found.queries.shape == found.seconds.shape == found.operations.shape == (2, 1)
    assert found.log10_seconds[0, 0] == crossover_of(**dict.fromkeys(NAMES, 2.0)).log10_seconds


def test_equal_orders_never_break_even_unless_the_quantum_computer_is_the_faster():
    slower, equal, faster = crossover_of([2.0, 1.0, 0.5], 1.0, order=1).to_dict()["log10_queries"]
    assert (slower, equal, faster) == (None, 0.0, None)
    found = crossover_of([2.0, 1.0, 0.5], 1.0, order=1)
    assert list(found.exists) == [False, True, True]
    assert list(found.queries) == [np.inf, 1.0, 0.0]
    assert list(found.operations) == [0.0, 1e6, np.inf]
    assert "none" in str(crossover_of(2.0, 1.0, order=1))


def test_nothing_overflows_in_log_space():
    found = crossover_of(1e300, 1e-300, order=[1.001, 2, 4], parallelism=1e24, operations=1e24)
    expected = 624.0 / np.array([0.001, 1.0, 3.0])
    assert found.log10_queries == pytest.approx(expected, rel=1e-9)
    assert found.log10_seconds == pytest.approx(expected + 324, rel=1e-9)
    assert np.isinf(found.queries[0])
    assert found.queries[2] == pytest.approx(1e208, rel=1e-9)
    assert "1e+" in str(found)


def test_the_result_is_frozen_and_json_safe():
    found = crossover_of([1e-5, 1e-4], 1e-12, order=[1, 2])
    with pytest.raises(ValueError, match="read-only"):
        found.log10_seconds[0] = 0.0
    with pytest.raises(AttributeError):
        found.log10_seconds = None
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.equals(crossover_of([1e-5, 1e-4], 1e-12, order=[1, 2]))
    assert not found.equals(crossover_of([1e-5, 1e-4], 1e-12, order=[1, 3]))
    assert "2 scenarios" in str(found)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"quantum_seconds": 0.0}, "quantum_seconds is 0.0"),
        ({"classical_seconds": [1.0, np.nan]}, "classical_seconds is nan"),
        ({"parallelism": -1}, "parallelism"),
        ({"distillation": np.inf}, "distillation is inf"),
        ({"operations": "many"}, "operations is 'many'"),
        ({"order": 0.99}, "order is 0.99; allowed: 1"),
        ({"order": np.nan}, "order is nan"),
        ({"order": [2, 3], "seconds": [1, 2, 3]}, "do not broadcast"),
    ],
)
def test_bad_scenarios_are_named(arguments, words):
    with pytest.raises(ProblemError, match=words):
        crossover_of(**{"quantum_seconds": 1.0, "classical_seconds": 1.0, **arguments})
