"""The published encoding: the paper's numbers, its bias bounds, its circuit."""

import math
from itertools import pairwise

import numpy as np
import pytest
from contract_strategies import CALL, PAPER, contracts, integrated, risk_neutral_law
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from qalgo.errors import ProblemError
from qalgo.option_pricing.linearised_encoding import linearisation_bound, rescaling_for
from qalgo.option_pricing.problem import BullSpread, Butterfly, DigitalCall, EuropeanCall, EuropeanPut

MANY = settings(max_examples=80, deadline=None, derandomize=True)


def tabulated_price(encoded):
    return encoded.price(encoded.tabulated_amplitude())


@pytest.mark.parametrize(("num_qubits", "value"), [(3, 0.168736), (4, 0.174501), (5, 0.173322)])
def test_published_circuit_prices_are_those_of_qiskit_finance(num_qubits, value):
    # Undiscounted price read off qiskit-finance 0.4.1's own circuit at rescaling 0.25.
    encoded = CALL.encoded(num_qubits, "linearised")
    assert tabulated_price(encoded) / CALL.discount == pytest.approx(value, abs=6e-7)


def test_angles_use_pi_c_over_4():
    # arXiv:1905.02666 prints these angles for a call whose payoff is 0, 0, 1/2, 1 of its range, with c = 0.25.
    reach = math.pi * 0.25 / 4
    expected = 2 * (math.pi / 4 + reach * np.array([-1, -1, 0, 1]))
    np.testing.assert_allclose(expected, [1.1781, 1.1781, 1.5708, 1.9635], atol=6e-5)
    encoded = CALL.encoded(2, "linearised")
    scaled = encoded.payoffs / encoded.payoffs.max()
    angles = 2 * np.arcsin(np.sqrt(encoded.flags))
    np.testing.assert_allclose(angles, 2 * (math.pi / 4 + reach * (2 * scaled - 1)), atol=1e-12)


@MANY
@given(contracts(), st.integers(3, 6), st.sampled_from(["published", "aligned"]), st.floats(0.02, 1.0))
def test_the_bias_never_exceeds_its_bound(contract, num_qubits, grid, rescaling):
    encoded = contract.encoded(num_qubits, encoding="linearised", grid=grid, rescaling=rescaling)
    scale = max(1.0, float(np.max(np.abs(encoded.payoffs))))
    error = abs(tabulated_price(encoded) - integrated(contract))
    assert error <= encoded.total_bias + 1e-8 * scale


@MANY
@given(contracts(), st.integers(3, 7))
def test_discretisation_and_truncation_are_each_bounded(contract, num_qubits):
    encoded = contract.encoded(num_qubits, grid="published")
    low, high = encoded.prices[0], encoded.prices[-1]
    scale = max(1.0, float(np.max(np.abs(encoded.payoffs))))
    law = risk_neutral_law(contract)
    inner = integrated(contract, low, high) / (law.cdf(high) - law.cdf(low))
    assert abs(tabulated_price(encoded) - inner) <= encoded.bias["discretisation"] + 1e-8 * scale
    assert abs(inner - contract.black_scholes()) <= encoded.bias["truncation"] + 1e-8 * scale


@MANY
@given(contracts(), st.integers(2, 7))
def test_the_aligned_grid_has_no_bias_but_the_sine_s(contract, num_qubits):
    encoded = contract.encoded(num_qubits, "linearised", grid="aligned")
    scale = max(1.0, float(np.max(np.abs(encoded.payoffs))))
    mean = contract.discount * math.fsum(encoded.probabilities * encoded.payoffs)
    assert mean == pytest.approx(contract.black_scholes(), abs=1e-10 * scale)
    assert encoded.bias["discretisation"] == encoded.bias["truncation"] == 0.0


def test_bounds_shrink_with_qubits_and_rescaling():
    bounds = [CALL.encoded(n, "linearised").bias for n in (3, 5, 7, 9)]
    found = [bound["discretisation"] for bound in bounds]
    assert all(fine < 0.5 * coarse for coarse, fine in pairwise(found))
    assert len({bound["truncation"] for bound in bounds}) == 1
    # The leading term: range c'^2/3 with c' = pi c/4.
    assert linearisation_bound(2.0, 0.01) == pytest.approx(2.0 * (math.pi * 0.0025) ** 2 / 3, rel=1e-3)
    for bound in (1e-6, 1e-3, 0.1):
        assert linearisation_bound(2.0, rescaling_for(2.0, bound)) == pytest.approx(bound, rel=1e-9)
    assert rescaling_for(2.0, 10.0) == 1.0


@pytest.mark.parametrize("grid", ["published", "aligned"])
@pytest.mark.parametrize(
    "contract",
    [
        CALL,
        DigitalCall(strike=2.0, **PAPER),
        BullSpread(lower_strike=1.8, upper_strike=2.2, **PAPER),
        Butterfly(lower_strike=1.7, upper_strike=2.3, **PAPER),
    ],
    ids=lambda contract: contract.kind,
)
def test_the_circuit_prepares_what_the_table_says(contract, grid):
    encoded = contract.encoded(3, "linearised", grid=grid)
    problem = encoded.problem()
    assert problem.exact_amplitude() == pytest.approx(encoded.tabulated_amplitude(), abs=1e-10)
    assert problem.post_processing(problem.exact_amplitude()) == pytest.approx(tabulated_price(encoded), abs=1e-9)


@pytest.mark.parametrize("rescaling", [0.0, -0.1, 1.5, math.nan, "c", True])
def test_rescaling_out_of_range_is_refused(rescaling):
    with pytest.raises(ProblemError, match="allowed: 0 < rescaling <= 1"):
        CALL.encoded(3, "linearised", rescaling=rescaling)


def test_other_limits_are_named():
    with pytest.raises(ProblemError, match="has no option 'loader'"):
        CALL.encoded(3, "linearised", loader="mps")


def test_what_the_grid_does_not_cover_is_in_the_bound():
    low_put = EuropeanPut(strike=1.3, **PAPER)  # the covered prices start at 1.2, and the first step is past 1.3
    wide = EuropeanCall(spot=1.0, strike=1.0, rate=0.0, volatility=3.0, maturity=1.0)
    at_the_money = norm.cdf(1.5) - norm.cdf(-1.5)
    for contract, value in ((low_put, integrated(low_put)), (wide, at_the_money)):
        encoded = contract.encoded(3, "linearised")
        assert abs(tabulated_price(encoded) - value) <= encoded.total_bias
