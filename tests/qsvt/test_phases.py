import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_double import angles, phase_error
from scipy.special import jv

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import Polynomial, phases


def cosine(time, parity=0):
    """cos(t x) or sin(t x) by Jacobi and Anger, to 1e-16."""
    orders = np.arange(parity, int(1.2 * time + 60), 2)
    coefficients = np.zeros(orders[-1] + 1)
    coefficients[orders] = 2 * (-1.0) ** (orders // 2) * jv(orders, time)
    coefficients[0] /= 2
    return coefficients


def random_polynomial(rng, degree):
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = rng.normal(size=degree // 2 + 1)
    return coefficients


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize(("time", "height"), [(0.1, 0.99), (3, 0.5), (30, 0.9), (200, 0.5), (1000, 0.999)])
def test_error_against_long_doubles(time, parity, height):
    coefficients = height * cosine(time, parity)
    result = phases(coefficients)
    true = phase_error(result.values, coefficients, angles(result.degree, 1))
    assert true <= result.error <= 3e-15
    assert result.certificate == ("bound" if result.degree <= 64 else "sampled")


def test_degree_ten_thousand_against_long_doubles():
    coefficients = 0.5 * cosine(10_000)
    result = phases(coefficients)
    assert phase_error(result.values, coefficients, angles(result.degree, 2, count=4)) <= result.error <= 3e-15


@pytest.mark.parametrize("slope", [-1.0, -0.3, 1e-9, 0.8, 1.0])
def test_linear_polynomial_in_closed_form(slope):
    result = phases([0.0, slope])
    assert result.values == pytest.approx(np.arccos(slope) / 2 * np.ones(2), abs=3e-16)


@pytest.mark.parametrize("value", [-1.0, -0.25, 0.0, 0.7, 1.0])
def test_constant_in_closed_form(value):
    result = phases(value * np.ones(1))
    assert result.values == pytest.approx([np.arccos(value)], abs=3e-16)
    assert result.error < 2e-16


@pytest.mark.parametrize("degree", [1, 2, 3, 10, 501, 3000])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_chebyshev_polynomials_reach_one(degree, sign):
    coefficients = np.zeros(degree + 1)
    coefficients[-1] = sign
    result = phases(coefficients)
    assert phase_error(result.values, coefficients, angles(degree, 3, count=10)) <= result.error < 1e-15


def test_phases_are_symmetric_and_invariant_under_the_sign_of_rounding():
    rng = np.random.default_rng(4)
    coefficients = random_polynomial(rng, 300) / 60
    result = phases(coefficients)
    assert np.array_equal(result.values, result.values[::-1])
    # Canonical phases depend continuously on the polynomial.
    other = phases(coefficients * (1 + 1e-15))
    assert np.max(np.abs(other.values - result.values)) < 1e-13


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("degree", [2, 61, 160])
def test_close_to_one_without_any_parameter(gap, degree):
    # T_d + T_{d-2}: its largest value, 2 at x = 1, is a single peak.
    coefficients = np.zeros(degree + 1)
    coefficients[-1] = coefficients[-3 if degree > 2 else 0] = 0.5 * (1 - gap)
    result = phases(coefficients)
    near = np.sqrt(gap) / degree * np.arange(5)
    theta = np.concatenate([angles(degree, 5), near])
    assert phase_error(result.values, coefficients, theta) <= result.error <= 1e-13


def test_many_peaks_close_to_one():
    result = phases((1 - 1e-6) * cosine(300))
    assert phase_error(result.values, result.coefficients, angles(result.degree, 6)) <= result.error <= 1e-13


@settings(max_examples=60, deadline=None)
@given(
    degree=st.integers(0, 700),
    height=st.floats(0.0, 1.3),
    small=st.integers(0, 18),
    padding=st.integers(0, 5),
    noise=st.sampled_from([0.0, 1e-18, 1e-19, 1e-300]),
    seed=st.integers(0, 2**31),
)
def test_no_silent_failure(degree, height, small, padding, noise, seed):
    rng = np.random.default_rng(seed)
    coefficients = random_polynomial(rng, degree)
    theta = np.linspace(0, np.pi, 4001)
    grid = np.cos(np.outer(theta, np.arange(degree + 1))) @ coefficients
    coefficients *= height / np.max(np.abs(grid)) / 10.0**small
    padded = np.concatenate([coefficients, np.zeros(padding), noise * np.ones(1)])
    refused = ""
    try:
        result = phases(padded)
    except (ProblemError, ConvergenceError) as error:
        refused = str(error)
    if refused:
        # The grid misses the peak by at most 0.4 %.
        assert height / 10.0**small > 0.99
        assert "scale" in refused
        return
    worst = phase_error(result.values, padded, np.append(angles(degree, 7), theta[np.argmax(np.abs(grid))]))
    assert worst <= result.error <= 1e-12


def test_large_polynomial_with_trailing_zeros_costs_no_queries():
    coefficients = 0.5 * cosine(20)
    padded = np.concatenate([coefficients, np.zeros(100)])
    padded[-1] = 1e-19
    assert phases(padded).degree == phases(coefficients).degree <= len(coefficients)


def test_a_polynomial_object_and_a_list_are_taken():
    polynomial = Polynomial(np.array([0.0, 0.2, 0.0, 0.3]), sup_bound=0.5)
    expected = phases(polynomial.coefficients)
    for given_as in (polynomial, [0.0, 0.2, 0.0, 0.3], (0, 0.2, 0, 0.3)):
        assert np.array_equal(phases(given_as).values, expected.values)
    assert phases([0, 1]).values == pytest.approx([0.0, 0.0])


def test_rounding_of_the_other_parity_is_accounted_for():
    result = phases([0.5, 1e-16, 0.3])
    assert result.degree == 2
    assert 1e-16 <= result.error < 1e-15
    assert phase_error(result.values, np.array([0.5, 1e-16, 0.3]), angles(2, 8)) <= result.error


@pytest.mark.parametrize(
    ("coefficients", "words"),
    [
        ([0.3, 0.3], "split"),
        ([0.0, np.nan], "finite"),
        ([np.inf, 0.0], "c_0"),
        ([0.0, 1j], "real and the imaginary part"),
        ([[0.5]], "vector"),
        ([], "vector"),
        (0.5, "vector"),
        (["a"], "vector"),
        ([0.0, 1.25], "1.25 on .* at x = 1; .*scale"),
        ([1.5], "1.5"),
        ([0.5, 0.0, 0.5], "at x = 1; .*scale"),
        ([0.5 + 1e-9, 0.0, 0.5], "scale"),
        (np.eye(1, 3_000_000, 2_999_999)[0] / 2, "degree is 2999999"),
    ],
)
def test_bad_input_says_what_to_do(coefficients, words):
    with pytest.raises(ProblemError, match=words):
        phases(coefficients)


def test_bad_options():
    with pytest.raises(ProblemError, match="tolerance"):
        phases([0.0, 0.5], tolerance=0.0)
    with pytest.raises(ProblemError, match="certificate"):
        phases([0.0, 0.5], certificate="proof")
    with pytest.raises(ProblemError, match="sampled"):
        phases(0.5 * cosine(25_000), certificate="bound")


def test_a_tolerance_below_rounding_is_refused():
    with pytest.raises(ConvergenceError, match="tolerance"):
        phases(0.5 * cosine(30), tolerance=1e-18)


def test_too_close_to_one_for_the_memory_is_refused():
    coefficients = cosine(2000)
    with pytest.raises((ConvergenceError, ProblemError), match="scale"):
        phases(coefficients * (1 - 1e-13))


def test_certificates_on_request():
    coefficients = 0.9 * cosine(100)
    none, bound, sampled = (phases(coefficients, certificate=kind) for kind in ("none", "bound", "sampled"))
    assert np.isnan(none.error)
    assert none.certificate == "none"
    assert np.array_equal(none.values, bound.values)
    assert (bound.certificate, sampled.certificate) == ("bound", "sampled")
    true = phase_error(bound.values, coefficients, np.linspace(0, np.pi / 2, 2001))
    assert true <= bound.error <= 1.2 * true + 1e-17
    assert true <= sampled.error <= 3e-15
