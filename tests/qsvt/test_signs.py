import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomial_checks import (
    alternations,
    eremenko_yuditskii_degree,
    largest_error,
    largest_value,
    points,
)

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import rectangle, sign, step, threshold

# delta, epsilon: asymptotic optimum, erf with the best tail
DEGREES = {
    (0.05, 1e-2): (75, 135),
    (0.05, 1e-6): (247, 469),
    (0.05, 1e-10): (427, 823),
    (0.01, 1e-2): (373, 671),
    (0.01, 1e-6): (1235, 2347),
    (0.01, 1e-10): (2129, 4109),
    (0.001, 1e-2): (3723, 6707),
    (0.001, 1e-6): (12335, 23461),
}


@pytest.mark.parametrize(("delta", "epsilon"), DEGREES)
def test_degree_is_within_two_of_the_asymptotic_optimum(delta, epsilon):
    polynomial, smooth = sign(delta, epsilon), sign(delta, epsilon, method="erf")
    optimum, erf_degree = DEGREES[delta, epsilon]
    assert eremenko_yuditskii_degree(delta, epsilon) == optimum
    assert polynomial.degree <= optimum + 2
    assert smooth.degree == erf_degree
    for found in (polynomial, smooth):
        assert found.parity == "odd"
        assert found.error <= epsilon
        x = np.union1d(points(delta, 1.0, 3001), points(delta, 3 * delta, 1001))
        assert np.max(np.abs(found.scale * found(x) - 1)) <= found.error * (1 + 1e-6) + 1e-14


@pytest.mark.parametrize(("delta", "epsilon"), [(0.3, 1e-3), (0.05, 1e-2), (0.05, 1e-8), (0.01, 1e-4)])
def test_no_polynomial_of_lower_degree_reaches_epsilon(delta, epsilon):
    # (d + 3) / 2 alternations of size E: no odd polynomial of degree d is better. The error of degree d - 2 is larger
    # by at least the asymptotic factor, which must carry it above epsilon.
    polynomial = sign(delta, epsilon)
    x = np.union1d(points(delta, 1.0, 80 * polynomial.degree), points(delta, 3 * delta, 40 * polynomial.degree))
    sizes = alternations(polynomial.scale * polynomial(x) - 1)
    assert sizes.size == (polynomial.degree + 3) // 2
    assert np.min(sizes) >= 0.99 * polynomial.error
    assert np.min(sizes) * (1 + delta) / (1 - delta) > epsilon


def test_small_case_against_a_linear_program():
    from scipy.optimize import linprog

    delta, polynomial = 0.3, sign(0.3, 0.05)
    x, orders = points(delta, 1.0, 2001), np.arange(1, polynomial.degree + 1, 2)
    matrix = np.cos(np.outer(np.arccos(x), orders))
    ones = np.ones((x.size, 1))
    rows = np.block([[matrix, -ones], [-matrix, -ones]])
    outcome = linprog(
        np.r_[np.zeros(orders.size), 1.0], A_ub=rows, b_ub=np.r_[np.ones(x.size), -np.ones(x.size)], bounds=(None, None)
    )
    assert polynomial.error == pytest.approx(outcome.x[-1], rel=1e-4)
    np.testing.assert_allclose(polynomial.scale * polynomial.coefficients[orders], outcome.x[:-1], atol=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.02, 0.99), st.floats(1e-11, 0.95), st.sampled_from(["minimax", "erf"]), st.floats(0.2, 1.0))
def test_sign_keeps_its_promises(delta, epsilon, method, sup):
    polynomial = sign(delta, epsilon, method=method, sup=sup)
    assert polynomial.error <= epsilon
    assert largest_error(polynomial, np.sign, 801) <= polynomial.error * (1 + 1e-6)
    assert largest_value(polynomial, 16 * polynomial.degree + 1) <= polynomial.sup_bound <= sup * (1 + 1e-15)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.9, 0.9), st.floats(0.02, 0.09), st.floats(1e-9, 0.4))
def test_step_keeps_its_promises(cut, delta, epsilon):
    polynomial = step(cut, delta, epsilon)
    assert polynomial.error <= epsilon
    assert largest_error(polynomial, lambda x: (x > cut).astype(float), 801) <= polynomial.error * (1 + 1e-6)
    assert largest_value(polynomial, 16 * polynomial.degree + 1) <= polynomial.sup_bound <= 0.99


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 0.9), st.floats(0.02, 0.09), st.floats(1e-9, 0.4), st.sampled_from(["pass", "even", "odd"]))
def test_windows_keep_their_promises(cut, delta, epsilon, kind):
    polynomial = rectangle(cut, delta, epsilon) if kind == "pass" else threshold(cut, delta, epsilon, parity=kind)
    targets = {
        "pass": lambda x: (abs(x) < cut).astype(float),
        "even": lambda x: (abs(x) > cut).astype(float),
        "odd": lambda x: (abs(x) > cut) * np.sign(x),
    }
    assert polynomial.parity == ("odd" if kind == "odd" else "even")
    assert polynomial.error <= epsilon
    assert largest_error(polynomial, targets[kind], 801) <= polynomial.error * (1 + 1e-6)
    assert largest_value(polynomial, 16 * polynomial.degree + 1) <= polynomial.sup_bound <= 0.99


def test_high_windows_are_made_in_the_square():
    assert rectangle(0.8, 0.05, 1e-6).degree < 0.55 * threshold(0.8, 0.05, 1e-6, parity="odd").degree


@pytest.mark.parametrize("delta", [0.0, 1.0, -0.1, float("nan"), 2.0, "wide"])
def test_sign_refuses_gaps_that_cannot_be(delta):
    with pytest.raises(ProblemError, match="delta"):
        sign(delta, 0.1)


def test_refusals_say_what_to_do():
    with pytest.raises(ProblemError, match="epsilon"):
        sign(0.1, 0.0)
    with pytest.raises(ProblemError, match="method"):
        sign(0.1, 0.1, method="taylor")
    with pytest.raises(ProblemError, match="raise epsilon"):
        sign(1e-6, 1e-3)
    with pytest.raises(ConvergenceError, match="at least"):
        sign(0.1, 1e-15)
    with pytest.raises(ProblemError, match="smaller delta"):
        step(0.95, 0.1, 0.1)
    with pytest.raises(ProblemError, match="smaller delta"):
        rectangle(0.05, 0.1, 0.1)
    with pytest.raises(ProblemError, match="parity"):
        threshold(0.5, 0.1, 0.1, parity="mixed")
    with pytest.raises(ProblemError, match="epsilon"):
        rectangle(0.5, 0.1, 0.5)
