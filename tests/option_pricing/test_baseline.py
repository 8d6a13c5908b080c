import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from qalgo.comparable import PLAIN_MONTE_CARLO
from qalgo.errors import ConvergenceError
from qalgo.option_pricing.baseline import (
    ControlVariate,
    Integrand,
    PlainMonteCarlo,
    Quadrature,
    QuasiMonteCarlo,
    baselines,
)
from qalgo.option_pricing.problem import (
    Butterfly,
    DigitalPut,
    EuropeanCall,
    EuropeanPut,
    PiecewiseLinear,
    Straddle,
)
from qalgo.option_pricing.tabulated import matrix_product_state, squared_norm

CALL = EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
MARKET = {"spot": 100.0, "rate": 0.01, "volatility": 0.25, "maturity": 1.5, "dividend_yield": 0.02}
CONTRACTS = {
    "call": CALL,
    "put": EuropeanPut(strike=90.0, **MARKET),
    "digital": DigitalPut(strike=95.0, **MARKET),
    "straddle": Straddle(strike=100.0, **MARKET),
    "butterfly": Butterfly(lower_strike=80.0, upper_strike=120.0, **MARKET),
    "jumps": PiecewiseLinear(points=[(80, 1), (100, 5), (100, 2), (130, 0)], **MARKET),
}
ALL = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)


def moments(contract, control=0.0):
    """Mean and standard deviation of the discounted payoff minus ``control`` times the discounted centred price.

    scipy's adaptive quadrature of the textbook density, split at the kinks: independent of the package's own.
    """
    deviation = contract.volatility * math.sqrt(contract.maturity)
    carry = contract.rate - contract.dividend_yield
    forward = contract.spot * math.exp(carry * contract.maturity)
    law = stats.lognorm(s=deviation, scale=forward * math.exp(-(deviation**2) / 2))
    discount = math.exp(-contract.rate * contract.maturity)

    def value(price):
        return discount * (float(contract.payoff(price)) - control * (price - forward))

    edges = [law.ppf(1e-13), *contract.pieces().kinks, law.isf(1e-13)]
    parts = [(a * (1 + 1e-15), b * (1 - 1e-15)) for a, b in itertools.pairwise(edges)]
    first, second = (
        sum(integrate.quad(lambda x, k=power: value(x) ** k * law.pdf(x), a, b, epsabs=1e-11)[0] for a, b in parts)
        for power in (1, 2)
    )
    return first, math.sqrt(second - first**2)


@pytest.fixture
def evaluations(monkeypatch):
    """Count the prices at which an integrand is evaluated."""
    counted, prices = [], Integrand.prices

    def counting(self, scores):
        counted.append(np.size(scores))
        return prices(self, scores)

    monkeypatch.setattr(Integrand, "prices", counting)
    return counted


def errors(method, accuracy, runs):
    return np.array([method.trial(accuracy, 11, index).error for index in range(runs)])


@ALL
def test_the_reference_is_an_independent_integral(contract):
    assert contract.reference().value == pytest.approx(moments(contract)[0], abs=1e-8 * contract.spot)


@ALL
def test_every_baseline_reaches_the_accuracy(contract):
    ladder = contract.accuracies()
    for method in baselines(contract):
        for accuracy in (ladder[0], ladder[4]):
            runs = 1 if method.deterministic else 60
            found = np.quantile(np.abs(errors(method, accuracy, runs)), 0.95)
            # A percentile of 60 runs scatters by 13 %; a Sobol set of a discontinuous payoff has rare large errors.
            assert found <= accuracy * (1.0 if method.deterministic else 1.6), method.name


def test_names_are_those_the_comparison_needs():
    names = [method.name for method in baselines(CALL)]
    assert PLAIN_MONTE_CARLO in names
    assert len(names) == len(set(names)) == 7


@ALL
def test_plain_monte_carlo_draws_as_many_samples_as_the_variance_asks_for(contract):
    deviation = moments(contract)[1]
    method = PlainMonteCarlo(Integrand.of(contract))
    accuracy = contract.accuracies()[3]
    # The pilot's standard deviation of 16384 draws is good to a few percent.
    assert method.predicted_cost(accuracy) == pytest.approx((1.959964 * deviation / accuracy) ** 2, rel=0.08)
    assert method.trial(accuracy, 1, 0).half_width == pytest.approx(accuracy, rel=0.15)


def test_the_control_variate_uses_the_best_coefficient_and_says_what_it_gains():
    method = ControlVariate(Integrand.of(CALL))
    plain = moments(CALL)[1]
    controlled = moments(CALL, method.coefficient)[1]
    assert method.variance_reduction == pytest.approx((plain / controlled) ** 2, rel=0.05)
    for other in (0.9, 1.1):
        assert moments(CALL, other * method.coefficient)[1] > controlled
    assert f"{method.variance_reduction:.3g}" in method.preprocessing.description
    assert method.predicted_cost(0.001) < PlainMonteCarlo(Integrand.of(CALL)).predicted_cost(0.001) / 6
    mean = errors(method, 0.002, 100).mean()
    assert abs(mean) < 4 * 0.002 / 1.96 / 10


def test_quadrature_error_falls_faster_than_any_power():
    method = Quadrature(Integrand.of(CALL))
    fine = method.trial(1e-10, 0, 0)
    assert abs(fine.error) < 1e-10
    assert fine.cost <= 130
    assert method.trial(1e-5, 0, 0).cost <= 62
    with pytest.raises(ConvergenceError):
        method.trial(1e-300, 0, 0)


def test_quadrature_skips_pieces_that_pay_nothing(evaluations):
    method = Quadrature(Integrand.of(CALL))
    cost = method.trial(1e-4, 0, 0).cost
    assert sum(evaluations) == cost
    assert method._sum(8, 6.0)[1] == 8  # the call pays on one piece only
    assert Quadrature(Integrand.of(CONTRACTS["butterfly"]))._sum(8, 6.0)[1] == 16


def test_samples_and_points_are_counted_one_by_one(evaluations):
    for method, accuracy in (
        (PlainMonteCarlo(Integrand.of(CALL)), 0.002),
        (QuasiMonteCarlo(Integrand.of(CALL), 0.001), 0.002),
    ):
        method.predicted_cost(accuracy)  # the pilot
        evaluations.clear()
        assert method.trial(accuracy, 3, 0).cost == sum(evaluations)


def test_quasi_monte_carlo_error_falls_like_one_over_n():
    method = QuasiMonteCarlo(Integrand.of(CALL), 1e-4)
    sizes, percentiles = [], []
    # Eleven sizes: where the kink falls between the points changes single ones by up to 1.6. Over seeds the slope of
    # 200 runs scatters by 0.015.
    for accuracy in [0.04 * 0.5**step for step in range(11)]:
        sizes.append(method.predicted_cost(accuracy))
        percentiles.append(np.quantile(np.abs(errors(method, accuracy, 200)), 0.95))
    slope = np.polyfit(np.log(sizes), np.log(percentiles), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.1)
    assert all(size == 2 ** round(math.log2(size)) for size in sizes)


def test_an_accuracy_out_of_reach_is_an_error(monkeypatch):
    monkeypatch.setattr(QuasiMonteCarlo, "_MOST", 10)
    with pytest.raises(ConvergenceError, match="larger accuracy"):
        QuasiMonteCarlo(Integrand.of(CALL), 1e-12)


def test_randomisations_differ_and_repeat():
    method = QuasiMonteCarlo(Integrand.of(CALL), 0.01)
    first = errors(method, 0.01, 20)
    assert len(set(first)) == 20
    np.testing.assert_array_equal(first, errors(method, 0.01, 20))


@ALL
def test_the_tables_alone_give_the_answer(contract):
    for name in ("tabulated sum", "matrix-product state contraction"):
        method = next(item for item in baselines(contract) if item.name == name)
        trial = method.trial(1e-3, 0, 0)
        assert abs(trial.error) < 1e-9 * contract.spot
        assert method.preprocessing.contains_answer
        assert method.preprocessing.evaluations >= 8
        assert trial.cost == method.predicted_cost(1e-6)


def test_a_matrix_product_state_of_full_bond_is_exact_and_a_small_one_close():
    grid = np.linspace(-3, 3, 64)
    vector = np.exp(-(grid**2)) * (1 + 0.1 * grid)
    vector /= np.linalg.norm(vector)
    for bond, tolerance in ((8, 1e-14), (4, 1e-6), (2, 5e-3)):
        tensors = matrix_product_state(vector, bond)
        dense = tensors[0].reshape(2, -1)
        for tensor in tensors[1:]:
            dense = np.tensordot(dense, tensor, axes=(-1, 0)).reshape(-1, tensor.shape[2])
        assert max(tensor.shape[2] for tensor in tensors) <= bond
        assert np.linalg.norm(dense.ravel() - vector) ** 2 < tolerance
        assert squared_norm(tensors) == pytest.approx(float(dense.ravel() @ dense.ravel()), abs=1e-14)
