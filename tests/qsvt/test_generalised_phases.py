"""GQSP phases against an 80-bit product of their definition (2308.01501), and the Jacobi-Anger series of the walk."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import jv

import qalgo
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.circle_completion import complete, sup_on_circle
from qalgo.qsvt.complex_nonlinear_fft import layers, product_entry, stripped_layers

LONG = np.longdouble


def entry_80_bit(phases, angles):
    """Upper left entry of R(theta_d, phi_d, 0) A ... A R(theta_0, phi_0, lambda), one 2 x 2 product after the other."""
    theta, phi = phases.theta.astype(LONG), phases.phi.astype(LONG)
    cosine, sine, turn = np.cos(theta), np.sin(theta), np.cos(phi) + 1j * np.sin(phi)
    y = np.cos(phases.stride * angles) + 1j * np.sin(phases.stride * angles)
    first = turn[0] * cosine[0] * np.exp(1j * LONG(phases.lam)) * np.ones_like(y)
    second = sine[0] * np.exp(1j * LONG(phases.lam)) * np.ones_like(y)
    for c, s, e in zip(cosine[1:], sine[1:], turn[1:], strict=True):
        first = first * y
        first, second = e * (c * first + s * second), s * first - c * second
    return first


def polynomial_80_bit(phases, angles):
    y = np.cos(phases.stride * angles) + 1j * np.sin(phases.stride * angles)
    value = np.zeros_like(y)
    for coefficient in phases.coefficients[::-1]:
        value = value * y + coefficient
    return value


def true_error(phases, count=12):
    rng = np.random.default_rng(5)
    angles = np.concatenate([np.arange(count), rng.uniform(0, 2 * np.pi, count)]).astype(LONG)
    return float(np.max(np.abs(entry_80_bit(phases, angles) - polynomial_80_bit(phases, angles))))


def random_polynomial(degree, seed, sup=0.9):
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(size=degree + 1) + 1j * rng.normal(size=degree + 1)
    return coefficients * sup / sup_on_circle(coefficients, 64)


def evolution(time, scale=0.9, pad=0):
    """scale * exp(-i t cos theta) from scipy's Bessel functions, with ``pad`` negligible coefficients at either end."""
    k = np.arange(-int(time + 12 * time ** (1 / 3) + 20) - pad, int(time + 12 * time ** (1 / 3) + 20) + pad + 1)
    return scale * (-1j) ** (k % 4) * jv(k, time), int(k[0])


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 17, 63, 64, 65, 129, 1000, 5000])
def test_phases_of_random_polynomials(degree):
    phases = qalgo.qsvt.generalised_phases(random_polynomial(degree, degree))
    assert phases.degree == degree
    assert phases.error <= 2e-14
    assert true_error(phases) <= phases.error + 1e-16


@given(st.integers(0, 300), st.integers(0, 2**32), st.floats(0.01, 0.999), st.integers(0, 40), st.integers(-50, 50))
@settings(max_examples=40, deadline=None)
def test_no_silent_failure(degree, seed, sup, pad, lowest):
    coefficients = np.concatenate([random_polynomial(degree, seed, sup), np.zeros(pad)])
    phases = qalgo.qsvt.generalised_phases(coefficients, lowest=lowest)
    assert true_error(phases, 6) <= phases.error + 1e-16 <= 1e-13
    assert phases.lowest == lowest


def test_degree_one_hundred_thousand():
    coefficients, lowest = evolution(49_600.0)
    phases = qalgo.qsvt.generalised_phases(coefficients, lowest=lowest)
    assert phases.degree >= 100_000
    assert phases.error <= 1e-13
    assert true_error(phases, 3) <= 2e-14


@pytest.mark.parametrize("pad", [0, 50, 500])
def test_negligible_leading_coefficients(pad):
    """Where root finding fails by 0.1 and more: coefficients down to 1e-300, and zeros."""
    for time in (40.0, 150.0):
        coefficients, lowest = evolution(time, pad=pad)
        phases = qalgo.qsvt.generalised_phases(coefficients, lowest=lowest)
        assert phases.error <= 1e-14
        assert true_error(phases) <= 5e-15


def test_real_polynomials_have_no_phases():
    phases = qalgo.qsvt.generalised_phases([0.1, -0.3, 0.2, 0.25])
    assert not np.any(phases.phi)
    assert phases.lam == 0.0


def test_near_critical():
    for margin in (1e-3, 1e-5):
        coefficients = random_polynomial(60, 3, 1.0)
        fine = np.fft.ifft(coefficients, 1 << 18, norm="forward")
        coefficients *= (1 - margin) / np.max(np.abs(fine))
        phases = qalgo.qsvt.generalised_phases(coefficients)
        assert true_error(phases) <= phases.error <= 1e-13


@pytest.mark.parametrize("sup", [1.0001, 1.5])
def test_refuses_polynomials_above_one(sup):
    with pytest.raises(ProblemError, match="reaches 1"):
        qalgo.qsvt.generalised_phases(random_polynomial(40, 1, 1.0) * sup / 0.9995)


@pytest.mark.parametrize("bad", [[], [np.nan], [[0.1]], [np.inf, 0.0]])
def test_refuses_what_is_not_a_polynomial(bad):
    with pytest.raises(ProblemError, match="finite numbers"):
        qalgo.qsvt.generalised_phases(bad)


def test_error_above_tolerance_raises():
    with pytest.raises(ConvergenceError, match="above the tolerance"):
        qalgo.qsvt.generalised_phases(random_polynomial(50, 2), tolerance=1e-18)


def test_every_second_coefficient_makes_half_the_steps():
    coefficients = np.zeros(9, dtype=complex)
    coefficients[::2] = random_polynomial(4, 8)
    phases = qalgo.qsvt.generalised_phases(coefficients, lowest=-4)
    assert (phases.stride, phases.degree, phases.queries) == (2, 4, 4)
    assert true_error(phases) <= 1e-15
    expected = coefficients[4:] + np.concatenate([[0.0], coefficients[3::-1]])
    np.testing.assert_allclose(phases.chebyshev, expected, rtol=0, atol=1e-16)


@given(st.integers(1, 200), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_completion_and_transforms_agree(degree, seed):
    p = random_polynomial(degree, seed)
    q = complete(p)
    modulus = np.abs(np.fft.fft(p, 1024)) ** 2 + np.abs(np.fft.fft(q, 1024)) ** 2
    np.testing.assert_allclose(modulus, 1.0, rtol=0, atol=1e-13)
    assert np.min(np.abs(np.polynomial.polynomial.polyroots(q))) >= 1.0
    np.testing.assert_allclose(layers(p, q), stripped_layers(p, q), rtol=0, atol=1e-12)


def test_forward_transform_by_naive_products():
    rng = np.random.default_rng(4)
    for size in (1, 2, 7, 8, 9, 40):
        theta, phi = rng.uniform(-3, 3, size), rng.uniform(-3, 3, size)
        z = np.exp(2j * np.pi / 64 * np.arange(64))
        first, second = np.exp(1j * phi[0]) * np.cos(theta[0]) + 0 * z, np.sin(theta[0]) + 0 * z
        for t, f in zip(theta[1:], phi[1:], strict=True):
            first = first * z
            first, second = (
                np.exp(1j * f) * (np.cos(t) * first + np.sin(t) * second),
                (np.sin(t) * first - np.cos(t) * second),
            )
        np.testing.assert_allclose(product_entry(theta, phi), np.fft.fft(first)[:size] / 64, rtol=0, atol=1e-14)


@pytest.mark.parametrize("time", [0.0, 0.3, 5.8, -5.8, 58.0, 400.0])
@pytest.mark.parametrize("epsilon", [1e-3, 1e-6, 1e-12])
def test_walk_exponential(time, epsilon):
    series = qalgo.qsvt.walk_exponential(time, epsilon)
    theta = np.linspace(0, 2 * np.pi, 4001)
    powers = np.exp(1j * np.outer(theta, series.lowest + np.arange(series.coefficients.size)))
    deviation = np.abs(series.scale * (powers @ series.coefficients) - np.exp(-1j * time * np.cos(theta)))
    assert np.max(deviation) <= series.error + 1e-15 * (1 + abs(time)) <= epsilon * 1.01 + 1e-15 * (1 + abs(time))
    # One degree less would not do.
    if series.degree > 0:
        shorter = powers[:, 1:-1] @ (series.scale * series.coefficients[1:-1])
        assert np.max(np.abs(shorter - np.exp(-1j * time * np.cos(theta)))) > epsilon * 0.98
    assert 1.0 <= series.scale <= 1.0 + 1.5 * epsilon + 1e-15
    phases = qalgo.qsvt.generalised_phases(series)
    assert true_error(phases) <= phases.error + 1e-16 <= 3e-14
    assert phases.queries == 2 * series.degree


def test_degrees_of_hamiltonian_simulation():
    """alpha t = 5.8 and 58 at 1e-3, 1e-6, 1e-9: the cut of the series where the tail is measured."""
    found = [[qalgo.qsvt.walk_exponential(t, e).degree for e in (1e-3, 1e-6, 1e-9)] for t in (5.8, 58.0)]
    assert found == [[11, 16, 19], [70, 79, 86]]


def test_coefficients_are_bessel_functions():
    series = qalgo.qsvt.walk_exponential(31.0, 1e-13)
    expected = [complex(mpmath.mpc(0, -1) ** k * mpmath.besselj(k, 31)) for k in range(series.degree + 1)]
    middle = -series.lowest
    np.testing.assert_allclose(series.scale * series.coefficients[middle:], expected, rtol=1e-12, atol=1e-17)
    np.testing.assert_array_equal(series.coefficients, series.coefficients[::-1])


@pytest.mark.parametrize(("time", "epsilon"), [(np.nan, 1e-3), (1e9, 1e-3), (1.0, 0.0), (1.0, 1e-15), (1e5, 1e-12)])
def test_walk_exponential_refuses(time, epsilon):
    with pytest.raises(ProblemError, match="allowed"):
        qalgo.qsvt.walk_exponential(time, epsilon)
