"""The posterior on the multi-interval grid against a dense uniform grid with scipy's binomial law."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qalgo.amplitude_estimation.posterior import AnglePosterior

DATA = ((1, 5, 12), (3, 2, 6), (7, 3, 4), (19, 1, 3), (45, 2, 2), (101, 1, 2), (163, 3, 4))


def dense_posterior(data, cusp, cusp_width, cells=400_000):
    """Angles and masses of a uniform grid, likelihood from scipy.stats.binom."""
    angles = (np.arange(cells) + 0.5) * (math.pi / 2 / cells)
    log = np.log(1 + cusp / (np.abs(angles - math.pi / 4) + cusp_width))
    for multiple, hits, shots in data:
        log += stats.binom.logpmf(hits, shots, np.sin(multiple * angles) ** 2)
    masses = np.exp(log - log.max())
    return angles, masses / masses.sum()


def filled(data=DATA, cusp=0.0, cusp_width=1.0):
    posterior = AnglePosterior(cusp=cusp, cusp_width=cusp_width)
    for multiple, hits, shots in data:
        posterior.observe(multiple, hits, shots)
    return posterior


@pytest.mark.parametrize(("cusp", "cusp_width"), [(0.0, 1.0), (0.1, 0.002)])
@pytest.mark.parametrize("stages", [2, 4, 7])
def test_moments_agree_with_a_dense_grid(cusp, cusp_width, stages):
    posterior = filled(DATA[:stages], cusp, cusp_width)
    # The cusp is resolved only by cells narrower than itself.
    posterior.refine(2000)
    angles, masses = dense_posterior(DATA[:stages], cusp, cusp_width)
    values = np.sin(angles) ** 2
    mean = masses @ values
    assert posterior.mean() == pytest.approx(mean, abs=1e-4)
    assert posterior.deviation() == pytest.approx(math.sqrt(masses @ (values - mean) ** 2), rel=1e-3)
    middle = masses @ angles
    assert posterior.angle_deviation() == pytest.approx(math.sqrt(masses @ (angles - middle) ** 2), rel=1e-3)
    assert posterior.slope() == pytest.approx(math.sqrt(masses @ np.sin(2 * angles) ** 2), rel=1e-3)


@pytest.mark.parametrize("epsilon", [0.002, 0.01, 0.05])
def test_window_holds_the_most_mass(epsilon):
    posterior = filled()
    angles, masses = dense_posterior(DATA, 0.0, 1.0)
    ends, cumulative = np.sin(angles) ** 2, np.cumsum(masses)
    best = np.max(np.interp(ends + 2 * epsilon, ends, cumulative) - cumulative)
    window = posterior.window(epsilon)
    assert window.high - window.low == pytest.approx(2 * epsilon)
    assert window.mass == pytest.approx(best, abs=4e-3)
    inside = masses[(ends >= window.low) & (ends <= window.high)].sum()
    assert window.mass == pytest.approx(inside, abs=4e-3)
    assert posterior.fits(epsilon, window.mass - 1e-9)
    assert not posterior.fits(epsilon, window.mass + 1e-9)


@pytest.mark.parametrize("mass", [0.5, 0.9, 0.99])
def test_shortest_interval(mass):
    posterior = filled()
    angles, masses = dense_posterior(DATA, 0.0, 1.0)
    ends, cumulative = np.sin(angles) ** 2, np.cumsum(masses)
    begin = np.flatnonzero(cumulative <= 1 - mass)
    best = np.min(np.interp(cumulative[begin] + mass, cumulative, ends) - ends[begin])
    window = posterior.shortest(mass)
    assert window.high - window.low == pytest.approx(best, rel=0.02)
    assert masses[(ends >= window.low) & (ends <= window.high)].sum() == pytest.approx(mass, abs=5e-3)


@pytest.mark.parametrize("tail", [1e-3, 0.02, 0.2])
def test_central_interval_and_spread(tail):
    posterior = filled()
    posterior.refine(1000)
    angles, masses = dense_posterior(DATA, 0.0, 1.0)
    low, high = np.interp((tail, 1 - tail), np.cumsum(masses), angles)
    slack = 2.5 * posterior.width
    assert posterior.spread(tail) == pytest.approx(high - low, abs=slack)
    assert posterior.central(tail) == pytest.approx((math.sin(low) ** 2, math.sin(high) ** 2), abs=slack)


def test_information_is_the_expected_curvature():
    # E[-d^2 log L] of one shot at K: sum over outcomes of (dp/dtheta)^2 / p.
    theta, multiple = 0.37, 19
    good = math.sin(multiple * theta) ** 2
    slope = multiple * math.sin(2 * multiple * theta)
    posterior = AnglePosterior()
    posterior.observe(multiple, 2, 5)
    assert posterior.information == pytest.approx(5 * slope**2 * (1 / good + 1 / (1 - good)))


def test_order_and_batching_of_the_data_do_not_matter():
    once = filled()
    posterior = AnglePosterior()
    for multiple, hits, shots in DATA:
        for shot in range(shots):
            posterior.observe(multiple, int(shot < hits), 1)
    assert posterior.angles.size == once.angles.size
    np.testing.assert_allclose(posterior.masses, once.masses, rtol=1e-9)


def test_impossible_cells_keep_no_mass_and_certain_ones_all():
    posterior = AnglePosterior()
    for multiple in (1, 3, 9, 27, 81, 243, 729, 2187, 6561, 19683, 59049):
        posterior.observe(multiple, 0, 20)
    assert posterior.central(1e-4)[1] < 1e-9
    assert np.isfinite(posterior.masses).all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12),
    st.floats(1e-5, 0.4),
    st.floats(0.05, 0.9999),
)
def test_laws_of_the_grid(data, epsilon, mass):
    posterior = AnglePosterior(cusp=0.1, cusp_width=2 * epsilon)
    for power, hits, misses in sorted(data):
        posterior.observe(2 * power + 1, hits, hits + misses)
    assert posterior.masses.sum() == pytest.approx(1.0)
    assert (np.diff(posterior.angles) >= posterior.width * (1 - 1e-9)).all()
    assert posterior.angles[0] > 0
    assert posterior.angles[-1] < math.pi / 2
    shortest = posterior.shortest(mass)
    assert 0 <= shortest.low <= shortest.high <= 1
    assert posterior.window(epsilon).mass <= posterior.window(1.5 * epsilon).mass + 1e-12
    # The two searches answer the same question from both sides.
    assert posterior.fits(0.5 * (shortest.high - shortest.low) + 1e-9, mass - 1e-9)
