"""Parts of the phase finder: sup norm, completion, nonlinear FFT, 79-bit arithmetic, certificates."""

import importlib.util
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_double import LONG, angles, chebyshev_sum, phase_error, resolution, transfer_entry

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import nonlinear_fft, phases
from qalgo.qsvt.certificate import certify, exact_errors, forward_coefficients
from qalgo.qsvt.completion import complement
from qalgo.qsvt.extended_precision import multiply_all, phase_factors, root_powers
from qalgo.qsvt.sup_norm import samples, sup_norm


def stripped_long(a, b):
    """Layer stripping in long doubles."""
    a, b = a.astype(LONG), b.astype(LONG)
    out = []
    for _ in range(len(a)):
        ratio = b[0] / a[0]
        out.append(ratio)
        a, b = (a[:-1] + ratio * b[:-1]), (b[1:] - ratio * a[1:])
    return np.array(out).astype(np.float64)


def random_pair(rng, size, strength):
    """(a, b) of random layers, by the product of their matrices in long doubles."""
    gamma = strength * rng.normal(size=size) / np.sqrt(size)
    eta, y = np.zeros(size, dtype=LONG), np.zeros(size + 1, dtype=LONG)
    eta[0] = 1
    for ratio in gamma.astype(LONG):
        eta, y = eta - ratio * y[:-1], np.append(LONG(0), y[:-1] + ratio * eta)
    scale = 1 / np.sqrt(np.prod(1 + gamma.astype(LONG) ** 2))
    return gamma, (eta * scale).astype(np.float64), (y[:0:-1] * scale).astype(np.float64)


@pytest.fixture(params=["numpy", "numba"])
def leaf(request, monkeypatch):
    monkeypatch.setattr(nonlinear_fft, "_compiled", None)
    monkeypatch.setattr(nonlinear_fft, "_stripped", -(10**9))
    if request.param == "numba":
        if importlib.util.find_spec("numba") is None:
            pytest.skip("numba is not installed")
        assert nonlinear_fft.compile_leaf()
    return request.param


@pytest.mark.parametrize("size", [1, 2, 3, 64, 65, 128, 129, 500, 1031])
@pytest.mark.parametrize("strength", [0.1, 0.9, 1.5])
def test_inverse_nonlinear_fft(leaf, size, strength):
    gamma, a, b = random_pair(np.random.default_rng(size), size, strength)
    found = nonlinear_fft.reflection_coefficients(a, b, size)
    # The condition grows as |P| comes close to 1: the rounding of (a, b) alone costs digits.
    assert np.max(np.abs(found - gamma)) < (1e-15 if strength < 1 else 1e-13)


def test_part_of_the_layers(leaf):
    gamma, a, b = random_pair(np.random.default_rng(1), 300, 0.5)
    for count in (1, 7, 64, 65, 150, 299):
        found = nonlinear_fft.reflection_coefficients(a, b, count)
        assert found == pytest.approx(gamma[:count], abs=1e-15)


def test_leaves_agree():
    rng = np.random.default_rng(2)
    for size in (2, 17, 64):
        _, a, b = random_pair(rng, size, 0.7)
        results = []
        for solve in (nonlinear_fft._cholesky_leaf, nonlinear_fft._strip_leaf):
            gamma, joined = np.zeros(size), np.zeros((2, size))
            solve(np.array([a, b]), gamma, joined)
            results.append((gamma, joined))
        assert results[0][0] == pytest.approx(stripped_long(a, b), abs=1e-15)
        assert results[0][0] == pytest.approx(results[1][0], abs=1e-15)
        assert results[0][1] == pytest.approx(results[1][1], abs=1e-14)


def test_numba_waits_until_it_pays(monkeypatch):
    monkeypatch.setattr(nonlinear_fft, "_compiled", None)
    monkeypatch.setattr(nonlinear_fft, "_stripped", 0)
    phases(0.1 * np.eye(1, 201, 200)[0] + 0.5 * np.eye(1, 201, 0)[0])
    assert nonlinear_fft._compiled is None
    monkeypatch.setattr(nonlinear_fft, "_stripped", nonlinear_fft._PATIENCE)
    phases(0.1 * np.eye(1, 201, 200)[0] + 0.5 * np.eye(1, 201, 0)[0])
    assert (nonlinear_fft._compiled is not None) == (importlib.util.find_spec("numba") is not None)


@pytest.mark.parametrize("size", [1, 5, 8, 9, 100, 129])
def test_forward_transform(size):
    gamma, eta, xi = random_pair(np.random.default_rng(size), size, 0.8)
    pair, factor = nonlinear_fft.forward(gamma)
    assert factor * pair[0, :size] == pytest.approx(xi, abs=1e-15)
    assert factor * pair[1, :size] == pytest.approx(eta, abs=1e-15)


@pytest.mark.parametrize("degree", [1, 2, 9, 10, 200])
@pytest.mark.parametrize("height", [0.3, 0.95])
def test_complement_is_outer_and_complementary(degree, height):
    rng = np.random.default_rng(degree)
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = rng.normal(size=degree // 2 + 1)
    coefficients *= height / sup_norm(coefficients).value
    a = complement(coefficients, degree + 1, None, 64 * (degree + 1))
    theta = np.linspace(0, np.pi, 999)
    z = np.exp(2j * theta)
    modulus = np.abs(np.polynomial.polynomial.polyval(z, a)) ** 2
    assert modulus + np.asarray(chebyshev_sum(coefficients, theta), dtype=float) ** 2 == pytest.approx(1, abs=2e-13)
    assert a[0] > 0
    if degree <= 10:
        assert np.all(np.abs(np.roots(a[::-1])) > 1)


@pytest.mark.parametrize("gap", [1e-1, 1e-3, 1e-5])
def test_complement_finds_its_length(gap):
    coefficients = np.zeros(41)
    coefficients[[38, 40]] = 0.5 * (1 - gap)
    long = complement(coefficients, 21, None, 1 << 18)
    assert complement(coefficients, 21, None, 40) == pytest.approx(long, abs=1e-15)


def test_complement_of_too_large_polynomials():
    with pytest.raises(ProblemError, match="below 1"):
        complement(np.array([0.0, 1.5]), 1, None, 64)
    with pytest.raises(ConvergenceError, match="scale"):
        complement(np.array([0.0, 0.5]), 1, None, 10**9)


@pytest.mark.parametrize(
    ("coefficients", "value", "x"),
    [
        ([0.7], 0.7, None),
        ([0.0, -0.3], 0.3, 1.0),
        ([0.0, 0.25, 0.0, -0.25], 2 / (3 * np.sqrt(3)), 1 / np.sqrt(3)),  # x - x^3
        ([-0.5, 0.0, -0.5], 1.0, 1.0),  # -x^2
        ([0.25, 0.0, -0.25], 0.5, 0.0),  # (1 - x^2) / 2
        ([1 / 8, 0.0, 0.0, 0.0, -1 / 8], 0.25, 1 / np.sqrt(2)),  # x^2 - x^4
    ],
)
def test_sup_norm_in_closed_form(coefficients, value, x):
    found = sup_norm(np.array(coefficients))
    assert found.value == pytest.approx(value, rel=2e-15)
    assert found.value <= found.bound * (1 + 1e-15)
    if x is not None:
        assert found.x == pytest.approx(x, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(degree=st.integers(1, 120), seed=st.integers(0, 2**31))
def test_sup_norm_against_a_fine_grid(degree, seed):
    rng = np.random.default_rng(seed)
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = rng.normal(size=degree // 2 + 1)
    theta = np.linspace(0, np.pi / 2, 100 * degree + 1)
    fine = np.max(np.abs(np.cos(np.outer(theta, np.arange(degree + 1))) @ coefficients))
    found = sup_norm(coefficients)
    # The fine grid is low by (pi d / 400 d)^2 / 2 at most.
    assert fine * (1 - 1e-13) <= found.value <= fine * (1 + 3.1e-5)
    assert fine <= found.bound * (1 + 1e-15)


@pytest.mark.parametrize("degree", [0, 1, 6, 7])
def test_samples(degree):
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = np.arange(1, degree // 2 + 2)
    theta = (np.arange(20) + 0.5) * np.pi / 40
    expected = np.asarray(chebyshev_sum(coefficients, theta), dtype=float)
    assert samples(coefficients, 20) == pytest.approx(expected, abs=1e-13)


def exact(pair):
    return [Fraction(float(high)) + Fraction(float(low)) for high, low in zip(*pair, strict=True)]


def series(angle, sine):
    """cos or sin of a fraction of modulus below 4, to 1e-30."""
    total, term, order = Fraction(0), angle if sine else Fraction(1), 1 if sine else 0
    while abs(term) > Fraction(1, 10**30):
        total += term
        term = -term * angle * angle / ((order + 1) * (order + 2))
        term = Fraction(round(term * 2**140), 2**140)
        order += 2
    return total


def test_phase_factors_to_seventy_seven_bits():
    angle = np.append(np.random.default_rng(3).uniform(-3.9, 3.9, 40), [0.0, 1e-9, -1 / 512, np.pi])
    found = phase_factors(angle)
    for part, sine in ((found.real, False), (found.imag, True)):
        for value, argument in zip(exact(part), angle, strict=True):
            assert abs(value - series(Fraction(float(argument)), sine)) < Fraction(1, 2**77)


def test_root_powers_close_the_circle():
    roots = root_powers(12)
    assert exact(roots.real[:, [2, 4, 12, 18]]) == pytest.approx([0.75**0.5, 0.5, -1, 0], abs=1e-16)
    cosine, sine = exact(roots.real), exact(roots.imag)
    for c, s in zip(cosine, sine, strict=True):
        assert abs(c * c + s * s - 1) < Fraction(1, 2**76)
    # cos(pi / 6) = sqrt(3) / 2 and sin(pi / 6) = 1 / 2, beyond double precision.
    assert abs(4 * cosine[2] ** 2 - 3) < Fraction(1, 2**74)
    assert abs(2 * sine[2] - 1) < Fraction(1, 2**76)


def test_quaternion_products():
    rng = np.random.default_rng(5)
    first, second = phase_factors(rng.uniform(-3, 3, 64)), phase_factors(rng.uniform(-3, 3, 64))
    layers = np.zeros((2, 2, 64), dtype=complex)
    layers[:, 0], layers[:, 1] = first.real + 0j, first.imag + 0j
    # Rotations about one axis: the angles add up.
    total = multiply_all(layers)
    assert abs(exact(total[:, :1].real)[0] ** 2 + exact(total[:, 1:].real)[0] ** 2 - 1) < Fraction(1, 2**69)
    turned = np.zeros_like(layers)
    turned[:, 0] = second
    mixed = np.concatenate([layers, turned], axis=2)[:, :, rng.permutation(128)]
    (alpha, beta), _ = multiply_all(mixed)
    expected = np.eye(2)
    for a, b in (mixed[0] + mixed[1]).T:
        expected = expected @ np.array([[a, b], [-np.conj(b), np.conj(a)]])
    assert [alpha, beta] == pytest.approx(expected[0], abs=1e-7)


@pytest.mark.parametrize("degree", [1, 2, 7, 8, 300, 301])
def test_exact_errors_against_long_doubles(degree):
    rng = np.random.default_rng(degree)
    half = rng.normal(size=degree // 2 + 1) / np.sqrt(degree)
    values = np.concatenate([half, half[::-1] if degree % 2 else half[-2::-1]])
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = rng.normal(size=degree // 2 + 1) / degree
    points = np.array([0, 1, 50, 333, 500])
    theta = np.longdouble("3.14159265358979323846") * points / 1000
    expected = transfer_entry(values, theta) - chebyshev_sum(coefficients, theta)
    found = exact_errors(values, coefficients, points, 1000)
    # Both are sound beyond double precision, into which the result is rounded.
    assert np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))) < 1.2e-16
    difference = np.asarray(chebyshev_sum(forward_coefficients(values) - coefficients, theta), dtype=float)
    assert difference == pytest.approx(found, abs=3e-15)


def test_exact_errors_resolve_the_error_of_good_phases():
    degree = 400
    coefficients = np.zeros(degree + 1)
    coefficients[::2] = 0.5 / (1 + np.arange(degree // 2 + 1)) ** 2
    result = phases(coefficients)
    points = np.arange(0, 513, 64)
    theta = np.longdouble("3.14159265358979323846") * points / 1024
    expected = transfer_entry(result.values, theta) - chebyshev_sum(coefficients, theta)
    assert np.max(np.abs(expected)) > 1e-17
    found = exact_errors(result.values, coefficients, points, 1024)
    assert np.max(np.abs(found - expected)) < resolution(degree)


@pytest.mark.parametrize("kind", ["bound", "sampled"])
@pytest.mark.parametrize("degree", [33, 500])
@pytest.mark.parametrize("size", [1e-15, 1e-12, 1e-6])
def test_certificates_see_wrong_phases(kind, degree, size):
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = 0.5 / (degree // 2 + 1)
    values = phases(coefficients).values.copy()
    place = degree // 3
    values[place] += size
    values[degree - place] = values[place]
    true = phase_error(values, coefficients, angles(degree, 9, count=400))
    found = certify(values, coefficients, kind)
    assert true <= found.error <= 1.6 * true + 3e-15
    assert true > 0.3 * size
