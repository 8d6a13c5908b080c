"""The exact encoding: tables, circuits, and the numbers of the published grid."""

import math
from itertools import pairwise

import numpy as np
import pytest
from contract_strategies import CALL, PAPER, contracts
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm

from qalgo.errors import ProblemError
from qalgo.option_pricing.grids import make_grid, qubits_for_kinks
from qalgo.option_pricing.lognormal import LogNormal, normal_interval, split_evenly
from qalgo.option_pricing.problem import (
    Butterfly,
    DigitalCall,
    EuropeanCall,
    EuropeanPut,
    PiecewiseLinear,
    Straddle,
)

MANY = settings(max_examples=80, deadline=None, derandomize=True)


def tabulated_price(encoded):
    return encoded.price(encoded.tabulated_amplitude())


@MANY
@given(contracts(), st.integers(2, 7))
def test_aligned_tables_give_black_scholes(contract, num_qubits):
    encoded = contract.encoded(num_qubits)
    scale = max(1.0, float(np.max(np.abs(encoded.payoffs))))
    assert tabulated_price(encoded) == pytest.approx(contract.black_scholes(), abs=1e-10 * scale)
    assert encoded.total_bias == 0.0
    assert encoded.flags.min() >= 0.0
    assert encoded.flags.max() <= 1.0


@pytest.mark.parametrize("factory", [EuropeanCall, EuropeanPut, DigitalCall, Straddle])
def test_one_qubit_is_enough_for_one_kink(factory):
    contract = factory(strike=1.896, **PAPER)
    assert tabulated_price(contract.encoded(1)) == pytest.approx(contract.black_scholes(), abs=1e-12)


@pytest.mark.parametrize("strike", [0.7, 4.0, 12.0])
def test_far_tails_keep_their_digits(strike):
    # scipy's survival function is an independent route into the tail: digital call = discount * sf(strike).
    contract = DigitalCall(strike=strike, **PAPER)
    deviation = 0.4 * math.sqrt(40 / 365)
    tail = lognorm(s=deviation, scale=2 * math.exp((0.05 - 0.08) * 40 / 365)).sf(strike)
    assert contract.black_scholes() == pytest.approx(contract.discount * tail, rel=1e-10)
    assert tabulated_price(contract.encoded(3)) == pytest.approx(contract.discount * tail, rel=1e-10)


def test_bins_have_their_conditional_means():
    law, payoff = CALL.law, CALL.pieces()
    grid = make_grid("aligned", law, payoff, 4)
    edges = [law.price_at(z) for z in np.linspace(-9, 9, 200_001)]
    middle = 0.5 * (np.array(edges[1:]) + np.array(edges[:-1]))
    weights = np.diff(lognorm(s=law.deviation, scale=math.exp(law.log_mean)).cdf(edges))
    cuts = np.searchsorted(np.cumsum(weights), np.cumsum(grid.probabilities)[:-1])
    means = [np.average(m, weights=w) for m, w in zip(np.split(middle, cuts), np.split(weights, cuts), strict=True)]
    np.testing.assert_allclose(grid.prices, means, rtol=2e-5)
    assert math.fsum(grid.probabilities) == pytest.approx(1.0, abs=1e-14)
    assert np.all(np.diff(grid.prices) > 0)
    below = np.array(grid.prices) < 1.896
    assert math.fsum(grid.probabilities[below]) == pytest.approx(law.mass(0.0, 1.896), rel=1e-13)


def test_published_grid_is_that_of_qiskit_finance():
    # qiskit-finance 0.4.1's own exact value for n = 3, 4, 5 (undiscounted).
    for num_qubits, value in ((3, 0.162276), (4, 0.168571), (5, 0.167331)):
        encoded = CALL.encoded(num_qubits, grid="published")
        assert tabulated_price(encoded) / CALL.discount == pytest.approx(value, abs=6e-7)


@pytest.mark.parametrize(("num_qubits", "most"), [(3, 11), (4, 26), (5, 57)])
def test_circuit_prepares_the_tables_with_few_cx(num_qubits, most):
    from qiskit import transpile
    from qiskit.quantum_info import Statevector

    encoded = CALL.encoded(num_qubits)
    problem = encoded.problem()
    assert problem.state_preparation.num_qubits == num_qubits + 1
    measured = Statevector(problem.state_preparation).probabilities()
    p, g = encoded.probabilities, encoded.flags
    np.testing.assert_allclose(measured, np.concatenate([p * (1 - g), p * g]), atol=1e-12)
    assert problem.exact_amplitude() == pytest.approx(encoded.tabulated_amplitude(), abs=1e-12)
    assert problem.post_processing(problem.exact_amplitude()) == pytest.approx(CALL.black_scholes(), abs=1e-10)
    flat = transpile(
        problem.state_preparation, basis_gates=["cx", "rz", "sx", "x"], optimization_level=3, seed_transpiler=1
    )
    assert flat.count_ops()["cx"] <= most


def test_too_few_qubits_for_the_kinks():
    butterfly = Butterfly(lower_strike=1.8, upper_strike=2.2, **PAPER)
    assert qubits_for_kinks(butterfly.law, butterfly.pieces()) == 2
    with pytest.raises(ProblemError, match="allowed: at least 2 qubits"):
        butterfly.encoded(1)
    # A strike beyond 30 standard deviations holds no probability and needs no edge.
    assert qubits_for_kinks(CALL.law, EuropeanCall(strike=1e9, **PAPER).pieces()) == 1


def test_what_cannot_be_encoded_is_refused():
    cases = [
        ({"encoding": "angle"}, "allowed: exact, linearised"),
        ({"grid": "random"}, "allowed: aligned, published"),
        ({"loader": "qgan"}, "allowed: exact, mps"),
        ({"rescaling": 0.25}, "has no option 'rescaling'"),
        ({"num_qubits": 0}, "allowed: 1 to"),
        ({"num_qubits": 40}, "allowed: 1 to"),
        ({"num_qubits": 2.5}, "an integer"),
    ]
    for keywords, message in cases:
        with pytest.raises(ProblemError, match=message):
            CALL.encoded(**keywords)


def test_constant_payoffs_have_known_prices():
    # Beyond 30 standard deviations there is no probability; a bond pays the same everywhere.
    bond = PiecewiseLinear(points=[(1.0, 2.0)], **PAPER)
    for contract, value in ((EuropeanCall(strike=1e9, **PAPER), 0.0), (bond, 2 * math.exp(-0.05 * 40 / 365))):
        for encoding in ("exact", "linearised"):
            for grid in ("aligned", "published"):
                encoded = contract.encoded(3, encoding, grid=grid)
                assert encoded.price.slope == 0.0
                assert tabulated_price(encoded) == pytest.approx(value, abs=1e-14)


def test_tabulation_is_counted():
    assert dict(CALL.encoded(4).tabulated_points) == {"density": 16, "payoff": 16}


def test_normal_intervals_and_even_splits():
    from scipy.stats import norm

    for low, high in ((-math.inf, -20), (-3, 2), (12, 13), (30, math.inf)):
        exact = norm.cdf(high) - norm.cdf(low) if low < 0 else norm.sf(low) - norm.sf(high)
        assert normal_interval(low, high) == pytest.approx(exact, rel=1e-11)
    for low, high, count in ((-math.inf, math.inf, 8), (-8.0, 1.0, 5), (5.0, math.inf, 4), (36.0, 38.5, 4)):
        cuts = [low, *split_evenly(low, high, count), high]
        assert len(cuts) == count + 1
        assert np.all(np.diff(cuts) > 0)
        if high - low > 5:
            masses = [normal_interval(a, b) for a, b in pairwise(cuts)]
            np.testing.assert_allclose(masses, np.mean(masses), rtol=1e-9)


@MANY
@given(st.floats(0.5, 200), st.floats(0.01, 2.5))
def test_law_agrees_with_scipy(forward, deviation):
    law = LogNormal(forward, deviation)
    reference = lognorm(s=deviation, scale=forward * math.exp(-0.5 * deviation**2))
    assert law.standard_deviation == pytest.approx(reference.std(), rel=1e-9)
    points = reference.ppf([0.001, 0.3, 0.99])
    np.testing.assert_allclose(law.density(points), reference.pdf(points), rtol=1e-10)
    assert law.mass(points[0], points[2]) == pytest.approx(0.989, rel=1e-9)


@pytest.mark.parametrize(("num_qubits", "grid"), [(3, "aligned"), (6, "aligned"), (8, "aligned"), (8, "published")])
def test_a_compressed_loader_stays_within_its_bound(num_qubits, grid):
    encoded = CALL.encoded(num_qubits, grid=grid, loader="mps")
    problem = encoded.problem()
    error = abs(problem.post_processing(problem.exact_amplitude()) - tabulated_price(encoded))
    assert error <= encoded.bias["loader"] + 1e-10
    if num_qubits == 8:
        assert error > 1e-8  # a loader that is right to the last digit was told the answer
    if grid == "published":
        assert error <= 3e-6


def test_a_compressed_loader_needs_three_qubits():
    with pytest.raises(ProblemError, match='allowed: at least 3, or loader="exact"'):
        CALL.encoded(2, loader="mps")
