"""Windows and the read-out law against scipy's sequences and the textbook circuit summed term by term."""

import math

import numpy as np
import pytest
from emulated_law import readout_law_by_sums
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.signal.windows import dpss

from qalgo.amplitude_estimation.windows import (
    amplitude_of_readout,
    half_bandwidth_for,
    phase_window,
    readout_distribution,
    readout_radius,
    window_name,
)
from qalgo.errors import ProblemError
from qalgo.transcript import PhaseReadout

THETAS = (0.0, 1e-3, 0.37, math.pi / 8, math.pi / 4, 1.1, math.pi / 2)


@pytest.mark.parametrize("name", ["slepian", "sine", "uniform", "slepian:1.12"])
@pytest.mark.parametrize("num_qubits", [1, 2, 5, 9])
def test_windows_are_normalised_symmetric_and_positive(name, num_qubits):
    window = phase_window(num_qubits, name)
    assert window.shape == (2**num_qubits,)
    assert window @ window == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(window, window[::-1], atol=1e-12)
    assert np.all(window > 0)


@pytest.mark.parametrize(("num_qubits", "bandwidth"), [(3, 0.85), (6, 0.95), (10, 2.5), (14, 0.816)])
def test_the_slepian_window_is_scipys(num_qubits, bandwidth):
    expected = dpss(2**num_qubits, bandwidth, sym=True)
    expected = expected / np.linalg.norm(expected)
    np.testing.assert_allclose(phase_window(num_qubits, "slepian", half_bandwidth=bandwidth), expected, atol=1e-10)


@pytest.mark.parametrize("name", ["slepian", "sine", "uniform"])
@pytest.mark.parametrize("theta", THETAS)
def test_the_law_is_that_of_the_textbook_circuit(name, theta):
    window = phase_window(5, name)
    np.testing.assert_allclose(readout_distribution(theta, window), readout_law_by_sums(theta, window), atol=1e-12)


def test_the_law_is_that_of_a_simulated_register_with_an_unsymmetric_window():
    window = np.random.default_rng(5).random(16)
    window /= np.linalg.norm(window)
    # Q on its plane is a rotation by 2 theta; phase estimation by explicit matrices, no closed form.
    theta, size = 0.4321, 16
    rotation = np.array([[math.cos(2 * theta), -math.sin(2 * theta)], [math.sin(2 * theta), math.cos(2 * theta)]])
    state = np.array([math.cos(theta), math.sin(theta)])
    joint = np.array([window[j] * np.linalg.matrix_power(rotation, j) @ state for j in range(size)])
    inverse_fourier = np.exp(-2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size) / math.sqrt(size)
    expected = np.sum(np.abs(inverse_fourier @ joint) ** 2, axis=1)
    np.testing.assert_allclose(readout_distribution(theta, window), expected, atol=1e-12)


def test_the_uniform_window_reads_an_exact_phase_with_certainty():
    law = readout_distribution(math.pi / 4, phase_window(4, "uniform"))
    assert law[4] == pytest.approx(0.5)
    assert law[12] == pytest.approx(0.5)
    assert amplitude_of_readout(4, 4) == pytest.approx(0.5)
    assert amplitude_of_readout(12, 4) == pytest.approx(0.5)
    assert amplitude_of_readout(8, 4) == 1.0


@pytest.mark.parametrize(("coverage", "bandwidth"), [(0.81, 0.532), (0.9, 0.675), (0.95, 0.816), (0.99, 1.116)])
def test_the_half_bandwidth_of_a_coverage_is_slepians(coverage, bandwidth):
    found = half_bandwidth_for(coverage)
    assert found == pytest.approx(bandwidth, abs=1e-3)
    ratio = dpss(256, found, 1, sym=True, return_ratios=True)[1][0]
    assert ratio == pytest.approx(coverage, abs=2e-4)


@pytest.mark.parametrize("name", ["slepian", "slepian:1.116", "sine", "uniform"])
@pytest.mark.parametrize("coverage", [0.68, 0.86, 0.95, 0.99])
@pytest.mark.parametrize("num_qubits", [3, 6, 11])
def test_the_radius_holds_its_coverage_at_every_theta(name, coverage, num_qubits):
    radius, size = readout_radius(num_qubits, name, coverage), 2**num_qubits
    window = phase_window(num_qubits, name)
    offsets = np.concatenate([np.random.default_rng(7).random(60), [0.0, 0.5, 1e-9, 1 - 1e-9]])
    for offset in offsets:
        phase = (size // 3 + offset) / size
        law = np.abs(np.fft.fft(window * np.exp(2j * np.pi * phase * np.arange(size)))) ** 2 / size
        distance = np.abs((np.arange(size) - phase * size + size / 2) % size - size / 2)
        assert law[distance <= radius].sum() >= coverage


def test_no_smaller_radius_would_do():
    # Uniform window, M = 8: the worst case of one read-out is known, 8/pi^2 within one bin (quant-ph/0005055).
    assert readout_radius(10, "uniform", 8 / math.pi**2 - 1e-3) <= 1.0
    assert readout_radius(10, "uniform", 0.82) > 1.0
    assert readout_radius(10, "slepian", 0.95) == pytest.approx(1.0, abs=0.01)
    assert readout_radius(3, "uniform", 1 - 1e-13) == math.inf or readout_radius(3, "uniform", 1 - 1e-13) > 3


def percentile_of_error_times_queries(num_qubits, name):
    """95th percentile of |a~ - a| x uses of A near a = 1/2, theta spread over one bin: the exact law, no sampling."""
    size, window = 2**num_qubits, phase_window(num_qubits, name)
    thetas = math.pi / 4 + math.pi / size * (np.arange(64) + 0.5) / 64
    estimates = np.sin(np.pi * np.arange(size) / size) ** 2
    errors = np.concatenate([np.abs(estimates - math.sin(theta) ** 2) for theta in thetas])
    law = np.concatenate(
        [readout_law_by_sums(theta, window) if size <= 64 else readout_distribution(theta, window) for theta in thetas]
    ) / len(thetas)
    order = np.argsort(errors)
    percentile = errors[order][np.searchsorted(np.cumsum(law[order]), 0.95)]
    return percentile * PhaseReadout(num_qubits, name, 1).queries().state_preparation


@pytest.mark.parametrize("num_qubits", [6, 8, 10])
def test_the_slepian_window_is_near_the_optimum_and_the_uniform_one_is_not(num_qubits):
    slepian = percentile_of_error_times_queries(num_qubits, "slepian")
    # The coherent limit is 2.56: every use of A contributes a mode.
    assert 2.5 <= slepian <= 2.65
    assert slepian < percentile_of_error_times_queries(num_qubits, "sine") < 3.0
    assert percentile_of_error_times_queries(num_qubits, "uniform") > 5.5


def test_the_uniform_window_pays_for_its_tails():
    # For M -> infinity the law is sinc^2: 95 % of it lies within c, and the error is pi c/M at M uses of A.
    c = brentq(lambda x: quad(lambda t: np.sinc(t) ** 2, -x, x, limit=200)[0] - 0.95, 1, 5)
    assert percentile_of_error_times_queries(11, "uniform") == pytest.approx(math.pi * c, rel=0.01)


def test_names_carry_the_half_bandwidth():
    assert window_name("slepian", 1.12) == "slepian:1.12"
    assert window_name("slepian:1.12") == "slepian:1.12"
    np.testing.assert_array_equal(phase_window(4, "slepian:1.12"), phase_window(4, "slepian", half_bandwidth=1.12))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: phase_window(0, "sine"), "num_qubits is 0"),
        (lambda: phase_window(25, "sine"), "num_qubits is 25"),
        (lambda: phase_window(True, "sine"), "num_qubits is True"),
        (lambda: phase_window(3, "hann"), "window is 'hann'; allowed: slepian, sine, uniform"),
        (lambda: phase_window(3, "slepian:x"), "after the colon: a number"),
        (lambda: phase_window(3, "slepian", half_bandwidth=-1), "half_bandwidth is -1"),
        (lambda: phase_window(3, "slepian:nan"), "half_bandwidth is nan"),
        (lambda: phase_window(3, "uniform", half_bandwidth=1), "has no half_bandwidth"),
        (lambda: readout_distribution(0.1, np.ones(4)), "not a normalised vector"),
        (lambda: readout_distribution(2.0, phase_window(2, "sine")), "theta is 2.0"),
        (lambda: readout_radius(3, "sine", 1.0), "coverage is 1.0"),
        (lambda: half_bandwidth_for(0.0), "coverage is 0.0"),
        (lambda: half_bandwidth_for(1 - 1e-14), "coverage is"),
        (lambda: amplitude_of_readout(8, 3), "readout is 8"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ProblemError, match=message):
        call()
