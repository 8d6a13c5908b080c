import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomial_checks import extended_values, largest_error, largest_value, points

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import cosine, exponential, fit, gaussian


@settings(max_examples=40, deadline=None)
@given(st.floats(-40.0, 40.0), st.floats(-2.0, 2.0), st.floats(1e-11, 0.5))
def test_whole_domain_keeps_its_promises(t, shift, epsilon):
    polynomial = fit(lambda x: np.cos(t * x + shift) + x, epsilon)
    assert polynomial.error <= epsilon
    seen = largest_error(polynomial, lambda x: np.cos(t * x + shift) + x)
    assert seen <= polynomial.error * (1 + 1e-6) + 1e-15
    assert largest_value(polynomial) <= polynomial.sup_bound <= 0.99


@pytest.mark.parametrize("epsilon", [1e-3, 1e-6, 1e-10])
def test_degrees_are_those_of_the_families(epsilon):
    assert fit(lambda x: np.cos(50 * x), epsilon).degree <= cosine(50, epsilon).degree
    assert fit(lambda x: np.exp(-20 * (1 - x)), epsilon).degree <= exponential(20, epsilon).degree
    found = fit(lambda x: np.exp(-50 * x**2), epsilon)
    assert found.degree <= gaussian(0.1, epsilon).degree
    assert found.parity == "even"


def test_near_the_best_for_a_pole():
    # The best error for 1 / (x - 2), x in [-1, 1], is (2 - 3^(1/2))^d / 3 (Bernstein).
    for epsilon in (1e-2, 1e-5, 1e-9):
        degree = fit(lambda x: 1 / (x - 2), epsilon).degree
        best = math.ceil(math.log(1 / (3 * epsilon)) / math.log(2 + math.sqrt(3)))
        assert best <= degree <= best + 1


def test_scalar_functions_constants_and_zero():
    assert fit(math.sin, 1e-6).degree == 7
    assert fit(lambda x: 3.0, 1e-6).degree == 0
    zero = fit(lambda x: 0.0 * x, 1e-6)
    assert zero.degree == 0
    assert zero.sup_bound == 0.0
    assert np.all(zero([0.1, 0.2]) == 0.0)


@pytest.mark.parametrize(
    ("function", "domain", "parity", "epsilon", "largest_degree"),
    [
        (np.reciprocal, (0.2, 1.0), "odd", 1e-2, 31),
        (np.sqrt, (0.05, 1.0), "even", 1e-3, 52),
        (np.log, (0.1, 1.0), None, 1e-3, 34),
        (lambda x: np.where(abs(x) < 0.5, 1.0, 0.0), [(-1, -0.6), (-0.4, 0.4), (0.6, 1)], "even", 1e-3, 46),
    ],
)
def test_part_of_the_domain(function, domain, parity, epsilon, largest_degree):
    polynomial = fit(function, epsilon, domain=domain, parity=parity)
    assert polynomial.degree <= largest_degree
    assert polynomial.error <= epsilon
    assert polynomial.parity == (parity or "mixed")
    for low, high in polynomial.domain:
        x = points(low, high, 4001)
        assert np.max(np.abs(extended_values(polynomial, x) - function(x))) <= polynomial.error
    assert largest_value(polynomial) <= polynomial.sup_bound <= 0.99
    inside = max(float(np.max(np.abs(function(points(low, high, 101))))) for low, high in polynomial.domain)
    # The linear program bounds |P| on its points only; between them it may be 3.5 % larger.
    assert polynomial.scale * 0.99 <= 1.25 * 1.035 * inside


@pytest.mark.parametrize(
    ("function", "options", "match"),
    [
        (np.exp, {"parity": "even"}, "not even"),
        (np.exp, {"parity": "odd", "domain": [(-1, -0.5), (0.5, 1)]}, "not odd"),
        (np.exp, {"parity": "mixed"}, "parity"),
        (np.sqrt, {}, "nan"),
        (np.log, {"domain": (0, 1)}, "inf"),
        (lambda x: 1j * x, {}, "real"),
        (lambda x: "text", {}, "real"),
        (np.exp, {"domain": (0.5, 0.2)}, "low < high"),
        (np.exp, {"domain": (0.0, 1.5)}, "low < high"),
        (np.exp, {"domain": [(-1, 0.2), (0.1, 1)]}, "overlap"),
        (np.exp, {"domain": 3}, "domain"),
        (np.exp, {"sup": 0}, "sup"),
        (np.exp, {"overshoot": 0.5}, "overshoot"),
        (3, {}, "callable"),
    ],
)
def test_refusals(function, options, match):
    with pytest.raises(ProblemError, match=match):
        fit(function, 1e-3, **options)


def test_what_cannot_be_resolved_is_said():
    for function in (np.sign, lambda x: np.abs(x) ** 0.1):
        with pytest.raises(ConvergenceError, match="not resolved"):
            fit(function, 1e-6)
    with pytest.raises(ConvergenceError, match="raise epsilon"):
        fit(np.sign, 1e-3, domain=[(-1, -0.01), (0.01, 1)], parity="odd")
    with pytest.raises(ConvergenceError):
        fit(np.exp, 1e-18)
