"""Statements about queries against independent evaluations of the polynomials they speak of."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qalgo.errors import ProblemError
from qalgo.qsvt.bounds import (
    known_norm_bound,
    linear_system_bounds,
    lower_bound_slope,
    minimax_degree,
    positive_definite_degree,
    worst_case_bound,
)


@pytest.mark.parametrize(
    ("kappa", "epsilon", "degree"),
    [(10, 1e-2, 69), (10, 1e-6, 161), (10, 1e-10, 253), (100, 1e-2, 921), (100, 1e-6, 1843), (1000, 1e-6, 20725)],
)
def test_published_degrees_of_the_minimax_inverse(kappa, epsilon, degree):
    assert minimax_degree(kappa, epsilon) == degree


@pytest.mark.parametrize(("kappa", "epsilon"), [(2.0, 0.1), (3.0, 0.03), (5.0, 0.05)])
def test_minimax_degree_is_that_of_a_linear_program(kappa, epsilon):
    from scipy.optimize import linprog

    x = np.cos(np.linspace(0, np.pi / 2, 4000))
    x = x[x >= 1 / kappa]
    x = np.append(x, 1 / kappa)

    def least_error(degree):
        columns = np.polynomial.chebyshev.chebvander(x, degree)[:, 1::2]
        rows = np.block([[columns, -np.ones((x.size, 1))], [-columns, -np.ones((x.size, 1))]])
        found = linprog(
            [*np.zeros(columns.shape[1]), 1.0],
            rows,
            [*(1 / x), *(-1 / x)],
            bounds=[(None, None)] * (columns.shape[1] + 1),
        )
        return found.fun

    degree = minimax_degree(kappa, epsilon)
    assert least_error(degree) <= epsilon * (1 + 1e-6)
    assert degree == 1 or least_error(degree - 2) > epsilon


@settings(max_examples=50, deadline=None)
@given(st.floats(1.1, 1e4), st.floats(1e-12, 0.5))
def test_degree_of_the_positive_definite_path_is_least(kappa, epsilon):
    degree = positive_definite_degree(kappa, epsilon)
    ratio = (kappa + 1) / (kappa - 1)
    assert math.cosh((degree + 1) * math.acosh(ratio)) >= (1 - 1e-9) / epsilon
    assert degree == 0 or math.cosh(degree * math.acosh(ratio)) < (1 + 1e-9) / epsilon


def test_figures_of_the_known_norm_bound():
    # kappa ln(2 sqrt 2 / epsilon) for the Dirichlet Laplacian of 16, 32 and 64 points at alpha 4.
    for size, coarse, fine in ((16, 663, 1745), (32, 2493, 6561), (64, 9668, 25442)):
        kappa = 4.0 / (2 - 2 * math.cos(math.pi / (size + 1)))
        assert known_norm_bound(kappa, 1e-2).queries == pytest.approx(coarse, abs=1)
        assert known_norm_bound(kappa, 1e-6).queries == pytest.approx(fine, abs=1)
    assert worst_case_bound(10.0, math.exp(-1)).queries == pytest.approx(570.5)


def test_the_lower_bound_has_no_number():
    assert lower_bound_slope().queries is None
    assert not lower_bound_slope().constant_known
    assert "constant unknown" in str(lower_bound_slope())


def test_the_lower_bound_is_left_out_for_other_access():
    general = [bound.kind for bound in linear_system_bounds(100.0, 1e-3)]
    special = linear_system_bounds(100.0, 1e-3, positive_definite=True)
    assert "lower bound" in general
    assert "lower bound" not in [bound.kind for bound in special]
    assert all(bound.source for bound in special)


@pytest.mark.parametrize(("kappa", "epsilon"), [(0.5, 0.1), (math.inf, 0.1), (2.0, 0.0), (2.0, math.nan)])
def test_values_out_of_range(kappa, epsilon):
    with pytest.raises(ProblemError, match="allowed"):
        minimax_degree(kappa, epsilon)
