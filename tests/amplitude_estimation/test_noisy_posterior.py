"""The joint posterior against a dense uniform grid with scipy's binomial law."""

import math

import numpy as np
import pytest
from scipy import stats

from qalgo.amplitude_estimation.noise import Depolarising
from qalgo.amplitude_estimation.noisy_posterior import NoisyPosterior
from qalgo.amplitude_estimation.posterior import AnglePosterior

EPSILON = 0.01
# (power, returns, hits, shots), drawn at a = 0.3 and rate 0.03.
DATA = (
    (0, False, 6, 12),
    (1, True, 1, 8),
    (2, False, 6, 20),
    (4, False, 32, 40),
    (4, True, 1, 40),
    (7, False, 27, 60),
    (9, True, 13, 60),
    (12, False, 85, 120),
)


def filled(model, data=DATA):
    posterior = NoisyPosterior(model, EPSILON)
    for power, returns, hits, shots in data:
        posterior.observe(power, hits, shots, returns=returns)
        posterior.sharpen()
    return posterior


def dense(data, fixed_points=(0.5,), readout=(0.0, 0.0), offsets=(0.0,), cells=1500, nodes=160):
    """Means and standard deviations of a and of log(gamma + epsilon/4), and the mean of f."""
    angles = (np.arange(cells) + 0.5) * (math.pi / 2 / cells)
    small = EPSILON / 4
    nodes = np.linspace(math.log(small), math.log(3 + small), nodes)
    decay = np.exp(nodes)[:, None, None, None] - small
    fixed = np.asarray(fixed_points)[None, :, None, None]
    offset = np.asarray(offsets)[None, None, :, None]
    log = np.zeros((nodes.size, fixed.size, offset.size, angles.size))
    for power, returns, hits, shots in data:
        if returns:
            kept = np.exp(-decay * (2 * power + 2 + 2 * offset))
            good = kept * np.cos(2 * power * angles) ** 2 + (1 - kept) / 16
        else:
            kept = np.exp(-decay * (2 * power + 1 + offset))
            good = kept * np.sin((2 * power + 1) * angles) ** 2 + (1 - kept) * fixed
            good = readout[0] * (1 - good) + (1 - readout[1]) * good
        log = log + stats.binom.logpmf(hits, shots, good)
    weights = np.exp(log - log.max())
    weights /= weights.sum()

    def moments(values, masses):
        mean = float(masses @ values)
        return mean, math.sqrt(float(masses @ (values - mean) ** 2))

    by_angle, by_decay, by_fixed = (weights.sum(axis=axes) for axes in ((0, 1, 2), (1, 2, 3), (0, 2, 3)))
    return moments(np.sin(angles) ** 2, by_angle), moments(nodes, by_decay), by_fixed


def check(posterior, expected):
    (mean, deviation), (log_mean, log_deviation), _ = expected
    assert posterior.mean() == pytest.approx(mean, abs=0.02 * deviation)
    assert posterior.deviation() == pytest.approx(deviation, rel=0.02)
    median, low, high = posterior.decay(0.68)
    assert math.log(median + EPSILON / 4) == pytest.approx(log_mean, abs=0.4 * log_deviation)
    width = math.log((high + EPSILON / 4) / (low + EPSILON / 4))
    assert width == pytest.approx(2 * log_deviation, rel=0.2)


def test_moments_agree_with_a_dense_grid():
    check(filled(Depolarising(returns=(1 / 16, 1.0))), dense(DATA))


def test_many_data_relay_the_nodes_and_stay_exact():
    # Ten times the data: gamma is known to a twentieth of its first grid.
    many = tuple((power, returns, 10 * hits, 10 * shots) for power, returns, hits, shots in DATA)
    posterior = filled(Depolarising(returns=(1 / 16, 1.0)), many)
    check(posterior, dense(many))
    spacing = np.diff(np.log(posterior.decays + EPSILON / 4))
    assert spacing.max() < 0.1


def test_readout_errors_enter_the_likelihood():
    model = Depolarising(returns=(1 / 16, 1.0), readout=(0.03, 0.08))
    check(filled(model), dense(DATA, readout=(0.03, 0.08)))


def test_an_estimated_fixed_point_and_offset_agree_with_a_dense_grid():
    model = Depolarising(fixed_point="estimated", returns=(1 / 16, 1.0))
    fixed_points = np.linspace(0, 1, 25)
    expected = dense(DATA, fixed_points=fixed_points, cells=500, nodes=60)
    posterior = filled(model)
    check(posterior, expected)
    median = posterior.fixed_point(0.68)[0]
    assert median == pytest.approx(np.interp(0.5, np.cumsum(expected[2]), fixed_points), abs=0.05)
    model = Depolarising(offset="estimated", returns=(1 / 16, 1.0))
    check(filled(model), dense(DATA, offsets=np.linspace(-0.9, 1, 25), cells=500, nodes=60))


def test_a_rate_of_zero_is_the_noise_free_posterior():
    data = tuple(row for row in DATA if not row[1])
    posterior = filled(Depolarising(rate=0.0), data)
    plain = AnglePosterior()
    for power, _, hits, shots in data:
        plain.observe(2 * power + 1, hits, shots)
    while plain.width > posterior.width:
        plain.halve()
    assert posterior.mean() == pytest.approx(plain.mean(), abs=1e-9)
    assert posterior.deviation() == pytest.approx(plain.deviation(), rel=1e-6)


def test_moments_of_a_hit_are_sums_over_its_law():
    posterior = filled(Depolarising(rate=0.03, returns=(1 / 16, 1.0)))
    powers = np.array([0, 3, 11])
    everywhere = np.ones(posterior.angles.size, dtype=bool)
    for returns in (False, True):
        functions = np.stack((np.ones(posterior.angles.size), posterior.angles), axis=1)
        found = posterior.hit_moments(powers, everywhere, functions, returns=returns)
        for row, power in zip(found, powers, strict=True):
            kept = 0.97 ** (2 * power + (2 if returns else 1))
            ideal = np.cos(2 * power * posterior.angles) if returns else np.sin((2 * power + 1) * posterior.angles)
            law = kept * ideal**2 + (1 - kept) * (1 / 16 if returns else 0.5)
            assert row == pytest.approx((posterior.masses * law) @ functions)


def test_no_noise_is_exactly_rate_zero():
    assert NoisyPosterior(Depolarising(), 3e-3).decays.min() == 0.0
    assert NoisyPosterior(Depolarising(rate=0.0), 3e-3).decays.tolist() == [0.0]
