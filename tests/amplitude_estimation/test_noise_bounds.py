"""The Fisher optimum against numerical derivatives, quadrature and closed forms."""

import math

import numpy as np
import pytest

from qalgo.amplitude_estimation.bounds import coherent_queries
from qalgo.amplitude_estimation.noise_bounds import depolarised_queries, shot_information
from qalgo.errors import ProblemError


def information_by_differences(a, multiple, rate, step=1e-6):
    def law(value):
        return 0.5 + (1 - rate) ** multiple * (math.sin(multiple * math.asin(math.sqrt(value))) ** 2 - 0.5)

    slope = (law(a + step) - law(a - step)) / (2 * step)
    return slope**2 / (law(a) * (1 - law(a)))


@pytest.mark.parametrize("multiple", [1, 7, 41])
@pytest.mark.parametrize("a", [0.05, 0.3, 0.5, 0.8])
def test_information_of_a_shot(a, multiple):
    assert shot_information(a, multiple, 0.02) == pytest.approx(information_by_differences(a, multiple, 0.02), rel=1e-5)


def test_averaged_optimum_by_quadrature():
    rate, epsilon = 1e-3, 1e-4
    decay = -math.log1p(-rate)
    phases = (np.arange(20_000) + 0.5) * (2 * math.pi / 20_000)
    best = 0.0
    for multiple in np.linspace(0.3, 0.6, 61) / decay:
        visible = math.exp(-decay * multiple)
        fraction = (visible * np.sin(phases)) ** 2 / (1 - (visible * np.cos(phases)) ** 2)
        best = max(best, 4 * multiple * fraction.mean())
    assert best * decay == pytest.approx(0.4135, abs=1e-3)
    for a in (0.5, 0.1):
        expected = 1.959964**2 * 4 * a * (1 - a) / (epsilon**2 * best)
        assert depolarised_queries(a, epsilon, 0.95, rate) == pytest.approx(expected, rel=1e-3)


def test_best_phase_at_one_half_is_two_over_e():
    # At a = 1/2 every odd K has the best phase.
    rate, epsilon = 1e-3, 1e-3
    expected = 1.959964**2 / epsilon**2 * -math.log1p(-rate) * math.e / 2
    assert depolarised_queries(0.5, epsilon, 0.95, rate, phase="best") == pytest.approx(expected, rel=1e-5)


def test_tiny_rates_take_no_more_memory():
    found = depolarised_queries(0.3, 1e-4, 0.95, 1e-9, phase="best")
    assert found == pytest.approx(1.959964**2 * 0.84 / 1e-8 * 1e-9 * math.e / 2, rel=1e-3)


def test_return_shots_tell_more_than_objective_shots_but_not_at_one_half():
    arguments = (1e-3, 0.95, 1e-3)
    decay = -math.log1p(-1e-3)
    plain = depolarised_queries(0.3, *arguments, phase="best")
    # Many qubits, best phase: 4/(e gamma) per use of A in place of 2/(e gamma).
    many = depolarised_queries(0.3, *arguments, phase="best", returns=(0.0, 1.0))
    assert many == pytest.approx(1.959964**2 * 0.84 / 1e-6 * decay * math.e / 4, rel=0.02)
    assert many < depolarised_queries(0.3, *arguments, phase="best", returns=(1 / 16, 1.0)) < 0.85 * plain
    half = depolarised_queries(0.5, *arguments, phase="best")
    assert depolarised_queries(0.5, *arguments, phase="best", returns=(1 / 16, 1.0)) == pytest.approx(half)
    with pytest.raises(ProblemError, match='phase="best" only'):
        depolarised_queries(0.5, *arguments, returns=(0.0, 1.0))


def test_resolved_level_lies_between_the_coherent_and_the_noisy_one():
    assert depolarised_queries(0.5, 1e-3, 0.95, 0.0, resolved=True) == pytest.approx(
        coherent_queries(1e-3, 0.95), rel=0.01
    )
    for rate in (1e-3, 1e-2):
        plain = depolarised_queries(0.5, 1e-5, 0.95, rate)
        assert plain < depolarised_queries(0.5, 1e-5, 0.95, rate, resolved=True) < 1.01 * plain


def test_arguments_out_of_range():
    for arguments, options, match in (
        ((0.0, 0.01, 0.95, 0.1), {}, "0 < a < 1"),
        ((0.5, 0.01, 0.95, 1.0), {}, "rate < 1"),
        ((0.5, 0.01, 0.95, 0.0), {}, "has no maximum"),
        ((0.5, 0.01, 0.95, 0.1), {"phase": "worst"}, "phase is 'worst'"),
        ((0.5, 0.01, 0.95, 0.1), {"phase": "best", "resolved": True}, "resolved=True with"),
    ):
        with pytest.raises(ProblemError, match=match):
            depolarised_queries(*arguments, **options)
    with pytest.raises(ProblemError, match="multiple is 0"):
        shot_information(0.5, 0, 0.1)
