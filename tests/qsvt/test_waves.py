import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomial_checks import extended_values, gslw_cosine_degree, largest_error, largest_value, points

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import complex_exponential, cosine, exponential, gaussian, sine
from qalgo.qsvt.polynomials.real_exponentials import modified_bessel
from qalgo.qsvt.polynomials.waves import bessel, truncation_degree

EPSILONS = (1e-3, 1e-6, 1e-10, 1e-14)
COSINE_DEGREES = {
    10: ((16, 22, 28, 32), (20, 24, 30, 36)),
    100: ((114, 124, 136, 146), (144, 150, 158, 166)),
    1000: ((1028, 1052, 1076, 1098), (1366, 1374, 1382, 1392)),
    10_000: ((10062, 10112, 10166, 10212), (13600, 13606, 13616, 13624)),
}


@pytest.mark.parametrize("t", COSINE_DEGREES)
def test_degree_is_where_the_tail_is_small(t):
    ours, closed = COSINE_DEGREES[t]
    assert tuple(truncation_degree(t, epsilon, 0) for epsilon in EPSILONS) == ours
    assert tuple(gslw_cosine_degree(t, epsilon) for epsilon in EPSILONS) == closed
    for epsilon, degree in zip(EPSILONS[:3], ours, strict=False):
        polynomial = cosine(t, epsilon)
        assert polynomial.degree == degree
        assert polynomial.error <= epsilon


@pytest.mark.parametrize("t", [0.01, 1.0, 10.0, 100.0, 1000.0])
def test_bessel_functions_against_mpmath(t):
    values = bessel(t, int(t + 18 * t ** (1 / 3) + 40))
    with mpmath.workdps(40):
        for k in np.unique(np.linspace(0, values.size - 1, 12).astype(int)):
            assert abs(float(mpmath.besselj(int(k), t) - mpmath.mpf(float(values[k])))) < 5e-16


@pytest.mark.parametrize("z", [0.01, 1.0, 50.0, 1e4])
def test_modified_bessel_functions_against_mpmath(z):
    values = modified_bessel(z)
    with mpmath.workdps(40):
        for k in (0, 1, 2, 7, values.size // 3):
            reference = mpmath.besseli(k, z) * mpmath.exp(-z)
            assert abs(float(reference - mpmath.mpf(float(values[k])))) < 1e-15


@settings(max_examples=30, deadline=None)
@given(st.floats(-300.0, 300.0), st.floats(1e-12, 0.9), st.floats(0.2, 1.0))
def test_waves_keep_their_promises(t, epsilon, sup):
    for polynomial, target in (
        (cosine(t, epsilon, sup=sup), lambda x: np.cos(t * x)),
        (sine(t, epsilon, sup=sup), lambda x: np.sin(t * x)),
    ):
        assert polynomial.error <= epsilon
        assert polynomial.scale == pytest.approx((1 + epsilon) / sup, rel=1e-3)
        assert largest_error(polynomial, target) <= polynomial.error * (1 + 1e-9)
        assert largest_value(polynomial, 4001) <= polynomial.sup_bound <= sup * (1 + 1e-15)


@settings(max_examples=30, deadline=None)
@given(st.floats(-300.0, 300.0), st.floats(1e-12, 0.9))
def test_complex_exponential_is_one_pair_of_neighbouring_degrees(t, epsilon):
    real, imaginary = complex_exponential(t, epsilon)
    x = points(-1.0, 1.0, 2001)
    error = extended_values(real, x) - 1j * extended_values(imaginary, x) - np.exp(-1j * t * x.astype(np.longdouble))
    assert float(np.max(np.abs(error))) <= epsilon
    assert real.scale == pytest.approx(imaginary.scale, rel=1e-3)
    assert abs(real.degree - imaginary.degree) == 1
    assert (real.parity, imaginary.parity) in {("even", "odd"), ("even", "even")}


@settings(max_examples=30, deadline=None)
@given(st.floats(-2000.0, 2000.0), st.floats(1e-12, 0.9))
def test_exponential_keeps_its_promises(beta, epsilon):
    polynomial = exponential(beta, epsilon)
    sign = 1.0 if beta >= 0 else -1.0
    assert polynomial.error <= epsilon
    assert largest_error(polynomial, lambda x: np.exp(-abs(beta) * (1 - sign * x))) <= polynomial.error * (1 + 1e-9)
    assert largest_value(polynomial, 4001) <= polynomial.sup_bound <= 0.99


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 10.0), st.floats(1e-12, 0.9))
def test_gaussian_keeps_its_promises(width, epsilon):
    polynomial = gaussian(width, epsilon)
    assert polynomial.parity == "even"
    assert polynomial.error <= epsilon
    assert largest_error(polynomial, lambda x: np.exp(-((x / width) ** 2) / 2)) <= polynomial.error * (1 + 1e-9)
    assert largest_value(polynomial, 4001) <= polynomial.sup_bound <= 0.99


@pytest.mark.parametrize("t", [0.1, 1.0, -3.0, 10.0])
def test_cosine_and_sine_have_one_scale_so_that_they_combine(t):
    epsilon = 1e-10
    even, odd = complex_exponential(t, epsilon)
    assert even.scale == odd.scale == cosine(t, epsilon).scale == sine(t, epsilon).scale
    x = np.linspace(-1, 1, 401)
    assert np.max(np.abs(even.scale * (even(x) - 1j * odd(x)) - np.exp(-1j * t * x))) <= epsilon


def test_zero_time_and_constants():
    assert cosine(0.0, 1e-3).degree == 0
    assert np.all(sine(0.0, 1e-3)(np.linspace(-1, 1, 5)) == 0.0)
    assert exponential(0.0, 1e-3).degree == 0


@pytest.mark.parametrize("family", [cosine, sine, complex_exponential, exponential])
def test_refusals(family):
    for bad in (float("nan"), float("inf"), "soon", 1e15):
        with pytest.raises(ProblemError):
            family(bad, 1e-3)
    for epsilon in (0.0, 1.0, -1e-3, float("nan")):
        with pytest.raises(ProblemError, match="epsilon"):
            family(1.0, epsilon)
    with pytest.raises(ProblemError, match="sup"):
        family(1.0, 0.1, sup=2.0)
    with pytest.raises(ConvergenceError, match="at least"):
        family(1.0, 1e-17)


def test_gaussian_refuses_widths_that_cannot_be():
    for width in (0.0, -1.0, 1e-300, 1e-9, float("nan")):
        with pytest.raises(ProblemError):
            gaussian(width, 1e-3)
