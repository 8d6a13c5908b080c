"""Contracts: payoffs, closed form against quadrature, validation, arrays, portfolios."""

import json
import math

import numpy as np
import pytest
from contract_strategies import CALL, PAPER, contracts, integrated, markets
from hypothesis import given, settings
from hypothesis import strategies as st

import qalgo
from qalgo.comparable import Comparable
from qalgo.errors import ProblemError
from qalgo.option_pricing.contract import Contract
from qalgo.option_pricing.problem import (
    KINDS,
    BearSpread,
    BullSpread,
    Butterfly,
    DigitalCall,
    DigitalPut,
    EuropeanCall,
    EuropeanPut,
    Leg,
    PiecewiseLinear,
    Straddle,
    Strangle,
)

FEW = settings(max_examples=60, deadline=None, derandomize=True)


@FEW
@given(contracts())
def test_closed_form_is_the_integral_of_payoff_times_density(contract):
    scale = max(1.0, float(contract.spot))
    assert contract.black_scholes() == pytest.approx(integrated(contract), abs=1e-8 * scale)


@FEW
@given(markets(), st.floats(0.5, 1.6))
def test_put_call_parity(market, moneyness):
    strike = market["spot"] * moneyness
    call, put = EuropeanCall(strike=strike, **market), EuropeanPut(strike=strike, **market)
    forward = market["spot"] * math.exp(-market["dividend_yield"] * market["maturity"])
    parity = forward - strike * math.exp(-market["rate"] * market["maturity"])
    assert call.black_scholes() - put.black_scholes() == pytest.approx(parity, abs=1e-12 * market["spot"])
    assert (call - put).black_scholes() == pytest.approx(parity, abs=1e-12 * market["spot"])


def test_the_paper_s_call():
    # Black-Scholes undiscounted .170627 (arXiv:1905.02666 setting, evaluated independently of this code).
    assert CALL.black_scholes() / CALL.discount == pytest.approx(0.170627, abs=5e-7)
    assert CALL.forward == pytest.approx(2 * math.exp(0.05 * 40 / 365), rel=1e-15)


def test_payoffs_by_hand():
    prices = np.array([[1.0, 1.8], [2.0, 2.5]])
    spread = {"lower_strike": 1.5, "upper_strike": 2.1, **PAPER}
    expected = {
        EuropeanCall(strike=1.9, **PAPER): np.maximum(prices - 1.9, 0),
        EuropeanPut(strike=1.9, **PAPER): np.maximum(1.9 - prices, 0),
        DigitalCall(strike=2.0, payout=3.0, **PAPER): 3.0 * (prices >= 2.0),
        DigitalPut(strike=2.0, **PAPER): 1.0 * (prices < 2.0),
        Straddle(strike=1.9, **PAPER): np.abs(prices - 1.9),
        Strangle(**spread): np.maximum(1.5 - prices, 0) + np.maximum(prices - 2.1, 0),
        BullSpread(**spread): np.clip(prices - 1.5, 0, 0.6),
        BearSpread(**spread): np.clip(2.1 - prices, 0, 0.6),
        Butterfly(**spread): np.maximum(0.3 - np.abs(prices - 1.8), 0),
    }
    for contract, paid in expected.items():
        np.testing.assert_allclose(contract.payoff(prices), paid, atol=1e-14, err_msg=contract.kind)
        assert contract.payoff(prices).shape == prices.shape


def test_points_jump_and_slope():
    contract = PiecewiseLinear(points=[(1.0, 2.0), (1.0, 0.0), (3.0, 1.0)], left_slope=-1.0, right_slope=0.5, **PAPER)
    np.testing.assert_allclose(contract.payoff([0.5, 0.999999, 1.0, 2.0, 3.0, 5.0]), [2.5, 2.000001, 0, 0.5, 1, 2])
    again = PiecewiseLinear(legs=contract.positions(), **PAPER)
    prices = np.linspace(0.1, 6, 57)
    np.testing.assert_allclose(again.payoff(prices), contract.payoff(prices), atol=1e-12)
    assert again.black_scholes() == pytest.approx(contract.black_scholes(), rel=1e-12)


def test_sums_and_multiples_are_portfolios():
    put = EuropeanPut(strike=1.896, **PAPER)
    prices = np.linspace(1, 3, 31)
    np.testing.assert_allclose((2 * CALL - put).payoff(prices), 2 * CALL.payoff(prices) - put.payoff(prices))
    np.testing.assert_allclose((CALL + put).payoff(prices), Straddle(strike=1.896, **PAPER).payoff(prices))
    np.testing.assert_allclose((-CALL).payoff(prices), -CALL.payoff(prices))
    assert (CALL - CALL).pieces().kinks == ()
    with pytest.raises(ProblemError, match="differ in spot"):
        CALL + EuropeanCall(strike=1.896, **{**PAPER, "spot": 3.0})
    with pytest.raises(ProblemError, match="two contracts"):
        CALL + 1.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"volatility": -0.4}, "volatility is -0.4; allowed: a positive finite number, per square root of a year"),
        ({"volatility": 0}, "volatility is 0.0"),
        ({"maturity": -1}, "maturity is -1.0"),
        ({"spot": math.nan}, "spot is nan"),
        ({"spot": "2"}, "spot is '2'"),
        ({"strike": math.inf}, "strike is inf"),
        ({"strike": [1.0, -1.0]}, "strike is -1.0"),
        ({"strike": []}, "shape"),
        ({"strike": [[1.0]]}, "shape"),
        ({"rate": None}, "rate is None"),
        ({"rate": True}, "rate is True"),
        ({"rate": math.inf}, "rate is inf"),
        ({"rate": [0.1, 0.2]}, "rate is a sequence"),
        ({"rate": 1e4, "maturity": 1.0}, "rate times maturity is 10000"),
        ({"volatility": 40.0, "maturity": 1.0}, "volatility times sqrt(maturity) is 40"),
        ({"spot": [1.0, 2.0], "strike": [1.0, 2.0, 3.0]}, "allowed: equal lengths"),
    ],
)
def test_wrong_values_are_named(changed, message):
    with pytest.raises(ProblemError) as caught:
        EuropeanCall(**{**PAPER, "strike": 1.896, **changed})
    assert message in str(caught.value)


def test_wrong_strikes_legs_and_points_are_named():
    with pytest.raises(ProblemError, match="allowed: lower_strike < upper_strike"):
        BullSpread(lower_strike=2.0, upper_strike=2.0, **PAPER)
    with pytest.raises(ProblemError, match="allowed: middle_strike < upper_strike"):
        Butterfly(lower_strike=1.0, middle_strike=3.0, upper_strike=[2.0, 4.0], **PAPER)
    with pytest.raises(ProblemError, match="neither of legs and points"):
        PiecewiseLinear(**PAPER)
    with pytest.raises(ProblemError, match="both of legs and points"):
        PiecewiseLinear(legs=[Leg("call", 1.0)], points=[(1.0, 1.0)], **PAPER)
    with pytest.raises(ProblemError, match="belong to points"):
        PiecewiseLinear(legs=[Leg("call", 1.0)], left_slope=1.0, **PAPER)
    with pytest.raises(ProblemError, match="allowed: increasing"):
        PiecewiseLinear(points=[(2.0, 1.0), (1.0, 1.0)], **PAPER)
    with pytest.raises(ProblemError, match="price > 0"):
        PiecewiseLinear(points=[(0.0, 1.0)], **PAPER)
    with pytest.raises(ProblemError, match="leg kind is 'swap'"):
        PiecewiseLinear(legs=[{"kind": "swap"}], **PAPER)
    with pytest.raises(ProblemError, match="allowed: a Leg or a mapping"):
        PiecewiseLinear(legs=[{"strike": 1.0}], **PAPER)
    with pytest.raises(ProblemError, match="strike of a call leg is None"):
        Leg("call")
    with pytest.raises(ProblemError, match="allowed: none"):
        Leg("cash", 1.0)
    with pytest.raises(ProblemError, match="quantity"):
        Leg("stock", quantity=math.nan)


def test_arrays_of_spots_and_strikes():
    several = EuropeanCall(spot=np.array([1.9, 2.0]), strike=[1.8, 1.896], rate=0.05, volatility=0.4, maturity=40 / 365)
    assert len(several) == 2
    singles = list(several.elements())
    assert [(one.spot, one.strike) for one in singles] == [(1.9, 1.8), (2.0, 1.896)]
    np.testing.assert_allclose(several.black_scholes(), [one.black_scholes() for one in singles])
    assert several.payoff([1.0, 2.0, 3.0]).shape == (2, 3)
    assert singles[1] == CALL
    with pytest.raises(ProblemError, match=r"loop over contract\.elements"):
        several.problem()
    with pytest.raises(ProblemError, match="single contract"):
        several.reference()
    broadcast = BullSpread(lower_strike=1.8, upper_strike=[2.0, 2.1, 2.2], **PAPER)
    assert [one.upper_strike for one in broadcast.elements()] == [2.0, 2.1, 2.2]


@FEW
@given(contracts())
def test_records_are_json_and_rebuild_the_contract(contract):
    again = Contract.from_dict(json.loads(json.dumps(contract.to_dict())))
    assert again.black_scholes() == contract.black_scholes()
    assert type(again) is type(contract)
    assert again.title() == contract.title()


def test_unknown_records_are_refused():
    with pytest.raises(ProblemError, match="allowed: european-call"):
        Contract.from_dict({"kind": "asian"})
    with pytest.raises(ProblemError, match="fields of a european-call"):
        Contract.from_dict({"kind": "european-call", "colour": 1})


def test_every_kind_is_comparable_hashable_and_frozen():
    assert list(KINDS) == [factory.kind for factory in KINDS.values()]
    assert isinstance(CALL, Comparable)
    assert hash(CALL) == hash(EuropeanCall(strike=1.896, **PAPER))
    assert "european call" in CALL.title()
    assert "strike 1.896" in CALL.title()
    assert CALL.reference().value == CALL.black_scholes()
    with pytest.raises(AttributeError):
        CALL.spot = 3.0
    assert qalgo.EuropeanCall is EuropeanCall
