"""qalgo.price: one half-width for all errors, messages that help, arrays, budgets, repeatability."""

import json
import math

import numpy as np
import pytest
from contract_strategies import CALL, PAPER, contracts
from hypothesis import given, settings
from hypothesis import strategies as st

import qalgo
from qalgo.errors import ProblemError
from qalgo.option_pricing.problem import BullSpread, Butterfly, EuropeanCall, EuropeanPut, PiecewiseLinear

# Black-Scholes value of the paper's call, evaluated independently: .170627 undiscounted.
REFERENCE = 0.170627 * math.exp(-0.05 * 40 / 365)


def test_the_main_job():
    price = qalgo.price(CALL, epsilon=0.002, seed=7)
    assert price.interval.low <= REFERENCE <= price.interval.high
    assert price.interval.half_width <= 0.002 * (1 + 1e-9)
    assert price.interval.low <= price.value <= price.interval.high
    assert price.emulated
    assert price.converged
    assert price.num_qubits == 3
    assert price.queries.state_preparation == sum(
        shots * (2 * power + 1) for power, shots in _requests(price.estimate.transcript)
    )
    assert math.fsum(price.error_budget.values()) <= 0.002 * (1 + 1e-9)


def _requests(transcript):
    return [(request.power, request.shots) for finished in transcript.rounds for request in finished.requests]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(contracts(), st.integers(0, 2**31))
def test_intervals_hold_the_closed_form_and_the_promise(contract, seed):
    # 99.99 %: 60 draws would miss once in 160 repetitions of this test at worst; the seeds are fixed.
    epsilon = 0.02 * float(contract.spot)
    price = qalgo.price(contract, epsilon, confidence=0.9999, seed=seed, method="iterative")
    assert price.interval.half_width <= epsilon * (1 + 1e-9)
    assert price.interval.widened(1e-12 * contract.spot).contains(price.closed_form)  # rounding of the tables
    assert math.fsum(price.error_budget.values()) == pytest.approx(price.interval.half_width)


def test_bias_and_sampling_share_the_half_width():
    price = qalgo.price(CALL, 0.03, encoding="exact", grid="published", seed=3)
    assert price.num_qubits > 3  # three qubits would leave sampling less than half
    assert price.error_budget["discretisation"] > 0
    assert price.error_budget["truncation"] > 0
    assert math.fsum(price.error_budget.values()) <= 0.03 * (1 + 1e-9)
    assert price.interval.half_width <= 0.03 * (1 + 1e-9)
    assert price.interval.half_width == pytest.approx(math.fsum(price.error_budget.values()), rel=1e-12)
    assert price.interval.half_width > price.estimate.interval.half_width + 0.004  # truncation alone is .0048
    assert price.interval.contains(REFERENCE)
    forced = qalgo.price(CALL, 0.03, encoding="exact", grid="published", num_qubits=3, seed=3)
    assert forced.num_qubits == 3
    assert forced.queries.state_preparation > price.queries.state_preparation


@pytest.mark.parametrize(
    ("epsilon", "keywords", "message"),
    [
        (0.03, {"encoding": "linearised", "num_qubits": 3}, r"needed: num_qubits=4 \(bias 0.0233\)"),
        (0.002, {"encoding": "linearised"}, r'grid="aligned", rescaling=0.\d+ with num_qubits=3'),
        (0.01, {"encoding": "linearised"}, r"rescaling=0.\d+ with num_qubits=\d+, or grid=\"aligned\" with"),
        (0.002, {"grid": "published"}, r'no num_qubits up to 12 is enough; allowed: grid="aligned"'),
        (0.002, {"encoding": "linearised", "grid": "aligned"}, "allowed: rescaling=0.0"),
    ],
)
def test_too_much_bias_names_the_cure(epsilon, keywords, message):
    with pytest.raises(ProblemError, match=message):
        qalgo.price(CALL, epsilon, seed=1, **keywords)


def test_the_cures_work():
    def bias(num_qubits, **options):
        return CALL.encoded(num_qubits, **options).total_bias

    assert bias(3, encoding="linearised") >= 0.03 > bias(4, encoding="linearised")
    with pytest.raises(ProblemError) as caught:
        qalgo.price(CALL, 0.002, encoding="linearised", seed=1)
    rescaling = float(str(caught.value).split("rescaling=")[1].split(" ")[0])
    assert bias(3, encoding="linearised", grid="aligned", rescaling=rescaling) < 0.002


@pytest.mark.parametrize("epsilon", [0, -1, math.nan, math.inf, "small", None, True])
def test_epsilon_out_of_range_is_refused(epsilon):
    with pytest.raises(ProblemError, match="epsilon is"):
        qalgo.price(CALL, epsilon)


def test_other_arguments_are_refused_clearly():
    with pytest.raises(ProblemError, match="allowed: a contract"):
        qalgo.price("call", 0.01)
    with pytest.raises(ProblemError, match="confidence is 2"):
        qalgo.price(CALL, 0.01, confidence=2)
    with pytest.raises(ProblemError, match="method is 'magic'"):
        qalgo.price(CALL, 0.01, method="magic")
    with pytest.raises(ProblemError, match="has no option 'rescaling'"):
        qalgo.price(CALL, 0.01, rescaling=0.1)
    with pytest.raises(ProblemError, match="mode is 'guess'"):
        qalgo.price(CALL, 0.01, mode="guess")


def test_a_huge_epsilon_still_gives_a_valid_interval():
    price = qalgo.price(CALL, 1e6, seed=1)
    assert price.converged
    assert price.interval.contains(REFERENCE)
    assert price.queries.state_preparation < 100


def test_a_worthless_strike_does_not_stop_the_others():
    table = qalgo.price(EuropeanCall(strike=[1.896, 1e9], **PAPER), 0.01, seed=1)
    assert table[1].value == table.low[1] == table.high[1] == 0.0
    assert table.converged


def test_kinks_raise_the_default_number_of_qubits():
    points = [(1.5 + 0.1 * i, 0.1 * (i % 2)) for i in range(10)]
    assert qalgo.price(PiecewiseLinear(points=points, **PAPER), 0.01, seed=1).num_qubits == 4


def test_negative_payoffs_and_short_positions():
    short = -1.0 * CALL
    price = qalgo.price(short, 0.005, seed=5)
    assert price.interval.contains(-REFERENCE)
    assert price.value < 0


def test_arrays_give_a_table():
    strikes = [1.7, 1.896, 2.1]
    table = qalgo.price(EuropeanCall(strike=strikes, **PAPER), 0.004, seed=11)
    assert len(table) == 3
    assert table.values.shape == table.low.shape == table.high.shape == (3,)
    assert np.all((table.low <= table.values) & (table.values <= table.high))
    assert [price.contract.strike for price in table] == strikes
    assert table.queries.state_preparation == sum(price.queries.state_preparation for price in table)
    assert len({price.seed for price in table}) == 3
    again = qalgo.price(EuropeanCall(strike=strikes, **PAPER), 0.004, seed=11)
    np.testing.assert_array_equal(again.values, table.values)
    with pytest.raises(ValueError, match="read-only"):
        table.values[0] = 0.0


def test_one_seed_repeats_everything():
    first, again = (qalgo.price(CALL, 0.003, seed=9) for _ in range(2))
    assert first.estimate.transcript == again.estimate.transcript
    assert first.interval == again.interval
    assert qalgo.price(CALL, 0.003, seed=10).estimate.transcript != first.estimate.transcript


def test_a_budget_returns_the_best_interval_so_far():
    price = qalgo.price(CALL, 0.0005, seed=7, max_queries=100)
    assert not price.converged
    assert price.queries.state_preparation <= 100
    assert price.interval.half_width > 0.0005
    assert "query budget" in str(price)
    table = qalgo.price(EuropeanCall(strike=[1.896, 1e9], **PAPER), 0.0005, seed=7, max_queries=60)
    assert [one.converged for one in table] == [False, True]
    assert not table.converged
    assert "price 0 ended: query budget" in str(table)


def test_transcripts_resume_also_for_arrays(tmp_path):
    contract = EuropeanPut(strike=[1.8, 2.0], **PAPER)
    whole = qalgo.price(contract, 0.004, seed=2, transcript=tmp_path / "run.json")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["run.0.json", "run.1.json"]
    saved = json.loads((tmp_path / "run.1.json").read_text())
    saved["rounds"] = saved["rounds"][:2]
    (tmp_path / "run.1.json").write_text(json.dumps(saved))
    again = qalgo.price(contract, 0.004, seed=2, transcript=tmp_path / "run.json")
    np.testing.assert_array_equal(again.values, whole.values)
    with pytest.raises(ProblemError, match="one transcript given for several contracts"):
        qalgo.price(contract, 0.004, seed=2, transcript=whole[0].estimate.transcript)


def test_references_name_estimator_encoding_and_model():
    price = qalgo.price(CALL, 0.01, seed=1, method="iterative")
    assert any("Merton" in entry for entry in price.references)
    assert len(price.references) >= 2
    assert all(entry.lstrip().startswith("@") for entry in price.references)


@pytest.mark.parametrize(
    "contract",
    [BullSpread(lower_strike=1.8, upper_strike=2.2, **PAPER), Butterfly(lower_strike=1.7, upper_strike=2.3, **PAPER)],
    ids=lambda contract: contract.kind,
)
def test_linearised_prices_hold_the_closed_form(contract):
    price = qalgo.price(contract, 0.02, encoding="linearised", grid="aligned", rescaling=0.2, seed=4)
    assert price.interval.contains(contract.black_scholes())
    assert price.interval.half_width <= 0.02 * (1 + 1e-9)
    assert price.error_budget["encoding"] > 0
    assert any("Option Pricing using Quantum Computers" in entry for entry in price.references)
