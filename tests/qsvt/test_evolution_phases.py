"""Evolution with steps that go both ways: K + 1 queries, by the explicit product of the definition."""

import numpy as np
import pytest

import qalgo
from qalgo.errors import ConvergenceError, ProblemError


def block_by_definition(phases, theta):
    """<+| D M_0 w M_1 ... w M_{K-1} diag(z, 1) |+> in plain 2 x 2 products, w = diag(z, 1/z), D = diag(1, 1/z)."""
    z = np.exp(1j * theta)
    product = np.diag([1.0, 1.0 / z])
    for step, (psi, chi) in enumerate(zip(phases.psi, phases.chi, strict=True)):
        if step:
            product = product @ np.diag([z, 1.0 / z])
        rotation = np.array([[np.cos(psi), np.sin(psi)], [-np.sin(psi), np.cos(psi)]])
        turn = np.diag([np.exp(1j * chi), 1.0])
        product = product @ turn @ rotation @ turn.conj()
    product = product @ np.diag([z, 1.0])
    return np.exp(1j * phases.phase) * np.sum(product) / 2.0


CASES = [(0.1, 1e-6), (1.0, 1e-3), (1.0, 1e-9), (-3.0, 1e-6), (5.8, 1e-3), (5.8, 1e-9), (12.0, 1e-6), (25.0, 1e-3)]


@pytest.mark.parametrize(("time", "epsilon"), CASES)
def test_block_is_the_exponential(time, epsilon):
    phases = qalgo.qsvt.evolution_phases(time, epsilon)
    theta = np.linspace(0, 2 * np.pi, 301)
    found = phases.scale * np.array([block_by_definition(phases, angle) for angle in theta])
    deviation = np.max(np.abs(found - np.exp(-1j * time * np.cos(theta))))
    assert deviation <= phases.error + 1e-15 <= epsilon * (1 + 1e-8) + 1e-15
    # The certificate is not a loose one: the cut of the series is what is left.
    assert deviation >= 0.5 * phases.error
    assert 1.0 <= phases.scale <= 1.0 + 1.5 * phases.error + 1e-15


@pytest.mark.parametrize(("time", "epsilon"), CASES)
def test_half_the_queries_of_generalised_phases(time, epsilon):
    phases = qalgo.qsvt.evolution_phases(time, epsilon)
    degree = qalgo.qsvt.walk_exponential(time, epsilon).degree
    assert phases.degree in range(degree, degree + 4)
    assert phases.queries == phases.degree + 1
    np.testing.assert_array_equal(phases.psi, phases.psi[::-1])
    np.testing.assert_array_equal(phases.chi, phases.chi[::-1])


def test_queries_of_the_grid():
    """alpha t = 5.8: 12, 20 and 20 walk steps at 1e-3, 1e-6 and 1e-9, where ordinary GQSP takes 22, 32 and 38."""
    assert [qalgo.qsvt.evolution_phases(5.8, epsilon).queries for epsilon in (1e-3, 1e-6, 1e-9)] == [12, 20, 20]


@pytest.mark.parametrize(("time", "epsilon"), [(0.0, 1e-3), (np.inf, 1e-3), (1.0, 1e-14), (1.0, 1.0), (58.0, 1e-6)])
def test_refuses(time, epsilon):
    with pytest.raises(ProblemError, match="allowed"):
        qalgo.qsvt.evolution_phases(time, epsilon)


def test_where_newton_fails_it_says_what_to_use():
    with pytest.raises(ConvergenceError, match="use generalised_phases"):
        qalgo.qsvt.evolution_phases(0.1, 1e-9)
