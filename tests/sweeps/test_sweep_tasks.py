"""The built-in tasks: what they return is what the functions they stand for return."""

import pytest

import qalgo
from qalgo.errors import ProblemError
from qalgo.sweeps.tasks import NAMED_TASKS, check_arguments, resolved

CALL = {"strike": 1.896, "rate": 0.05, "volatility": 0.4, "maturity": "40/365"}


def test_price_is_qalgo_price_at_the_seed_of_the_point():
    table = qalgo.sweep("price", {"spot": [1.8, 2.0], "epsilon": [0.01, 0.004]}, fixed=CALL, seed=7)
    for row in table.rows:
        contract = qalgo.EuropeanCall(**{**CALL, "spot": row.point["spot"], "maturity": 40 / 365})
        single = qalgo.price(contract, row.point["epsilon"], seed=row.seed)
        assert (row.value, row.result["low"], row.result["high"]) == (
            single.value,
            single.interval.low,
            single.interval.high,
        )
        assert row.result["closed_form"] == contract.black_scholes()
        assert row.result["queries"] == single.queries.state_preparation
        assert row.result["emulated"]
        assert row.result["half_width"] <= row.point["epsilon"]


def test_estimate_finds_the_amplitude_in_both_modes():
    grid = {"amplitude": [0, 0.1, 0.5, 1.0], "mode": ["subspace", "circuit"]}
    table = qalgo.sweep("estimate", grid, fixed={"epsilon": 0.02, "confidence": 0.999}, seed=3)
    assert not table.failed
    for row in table.rows:
        assert row.result["low"] <= row.point["amplitude"] <= row.result["high"]
        assert row.result["deviation"] == row.value - row.point["amplitude"]
        assert row.result["emulated"] == (row.point["mode"] == "subspace")


def test_cost_counts_the_circuits_of_a_contract():
    points = [{"num_qubits": 2}, {"num_qubits": 3}, {"num_qubits": 2, "power": 0}, {"num_qubits": 2, "power": 10**9}]
    table = qalgo.sweep("cost", points, fixed={**CALL, "spot": 2.0, "optimization_level": 1}, seed=3)
    contract = qalgo.EuropeanCall(**{**CALL, "spot": 2.0, "maturity": 40 / 365})
    for row in table.rows:
        problem, power = contract.problem(row.point["num_qubits"]), row.point.get("power")
        counted = problem.state_preparation if power is None else problem
        expected = qalgo.cost_of(counted, optimization_level=1, power=power)
        assert row.result["qubits"] == expected.qubits == row.point["num_qubits"] + 1
        assert (row.result["cx"], row.result["depth"]) == (expected.cx, expected.depth)
        assert row.result["rotations"] == expected.counts.rotations
    assert table.column("cx")[2] == table.column("cx")[0]
    assert table.column("cx")[3] > 10**9


def test_compare_gives_verdict_and_share():
    fixed = {**CALL, "spot": 2.0, "repetitions": 20, "accuracies": [0.05, 0.04, 0.03, 0.025, 0.02, 0.015]}
    fixed["baselines"] = ["plain Monte Carlo"]
    (row,) = qalgo.sweep("compare", [fixed], seed=3).rows
    terms = {name: fixed[name] for name in ("spot", "strike", "rate", "volatility")}
    settings = {name: fixed[name] for name in ("accuracies", "baselines", "repetitions")}
    single = qalgo.compare(qalgo.EuropeanCall(**terms, maturity=40 / 365), seed=row.seed, **settings)
    pair = single.speed_up(single.methods[0].name, "plain Monte Carlo")
    assert row.result["verdict"] == single.verdict.headline
    assert (row.result["ratio"], row.result["share"], row.result["error"]) == (pair.ratio, pair.share, 0.015)
    assert row.result["exponent"] == single.methods[0].fit.fitted_exponent


@pytest.mark.parametrize(
    ("task", "point", "message"),
    [
        ("price", {"epsilon": 0.01, "volatility": -0.4}, "volatility is -0.4"),
        ("price", {"epsilon": 0.01, "contract": "asian"}, "contract kind is 'asian'; allowed: european-call"),
        ("price", {"epsilon": 0.01, "lower_strike": 1.0}, "lower_strike"),
        ("price", {"epsilon": 0.01, "maturity": "soon"}, "maturity is 'soon'"),
        ("price", {"epsilon": 0.01, "spot": [1.8, 2.0]}, "spot or strike is a list"),
        ("price", {"epsilon": 1e-9, "encoding": "linearised"}, "epsilon is 1e-09"),
        ("cost", {"power": -1}, "power is -1"),
    ],
)
def test_terms_that_cannot_be_priced_are_rows_with_the_reason(task, point, message):
    (row,) = qalgo.sweep(task, [{**CALL, "spot": 2.0, **point}], seed=1).rows
    assert row.result is None
    assert row.error.startswith("ProblemError: ")
    assert message in row.error


def test_amplitudes_are_probabilities():
    table = qalgo.sweep("estimate", {"amplitude": [-0.1, 1.1, "a", True]}, fixed={"epsilon": 0.1}, seed=1)
    assert all("allowed: a probability, 0 to 1" in row.error for row in table.failed)
    assert len(table.failed) == 4


@pytest.mark.parametrize("name", NAMED_TASKS)
def test_every_named_task_says_what_it_takes(name):
    function, _ = resolved(name)
    with pytest.raises(ProblemError, match=f"task {name} does not take sp0t; allowed: "):
        check_arguments(function, name, [("sp0t",)])
    assert "Returns:" in function.__doc__
