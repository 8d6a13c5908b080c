"""Error budget, amplification plan and classical transforms: each against its definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qalgo.errors import ProblemError
from qalgo.qsvt.amplification_plan import AmplificationPlan, plan_amplification
from qalgo.qsvt.linear_system_budget import ErrorBudget, relative_error_of, state_error_of
from qalgo.qsvt.singular_transform import apply_singular, transformed_vector


@given(st.floats(1e-9, 1.4))
def test_state_and_relative_errors_are_inverse_to_each_other(epsilon):
    assert state_error_of(relative_error_of(epsilon)) == pytest.approx(epsilon, rel=1e-9)


@given(st.floats(1e-3, 0.999), st.integers(0, 2**32 - 1))
def test_the_state_error_bound_holds_and_is_attained(relative, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=5)
    x /= np.linalg.norm(x)
    step = rng.normal(size=5)
    near = x + relative * step / np.linalg.norm(step)
    assert np.linalg.norm(near / np.linalg.norm(near) - x) <= state_error_of(relative) * (1 + 1e-12)
    # Tangent to the ball: the largest angle.
    across = step - (step @ x) * x
    across /= np.linalg.norm(across)
    tangent = math.sqrt(1 - relative**2) * (math.sqrt(1 - relative**2) * x + relative * across)
    assert np.linalg.norm(tangent - x) == pytest.approx(relative, rel=1e-9)
    worst = np.linalg.norm(tangent / np.linalg.norm(tangent) - x)
    assert worst == pytest.approx(state_error_of(relative), rel=1e-9)


def test_a_budget_adds_up():
    budget = ErrorBudget(encoding=0.01, polynomial=0.02, phases=0.001)
    assert budget.relative == pytest.approx(0.01 + 0.021 * 1.01)
    assert ErrorBudget.from_dict(budget.to_dict()) == budget


@given(st.floats(1e-6, 1.0), st.integers(1, 1000))
def test_no_number_of_rounds_beats_the_plan(probability, degree):
    plan = plan_amplification(probability, degree)
    theta = math.asin(math.sqrt(probability))
    costs = [(2 * k + 1) / max(1e-300, math.sin((2 * k + 1) * theta) ** 2) for k in range(int(2 / theta) + 3)]
    assert (2 * plan.rounds + 1) / plan.success == pytest.approx(min(costs), rel=1e-9)
    assert plan.success == pytest.approx(math.sin((2 * plan.rounds + 1) * theta) ** 2)
    assert plan.queries == (2 * plan.rounds + 1) * degree
    assert plan.expected_queries_unamplified == pytest.approx(degree / probability)
    assert AmplificationPlan.from_dict(plan.to_dict()) == plan


@given(st.floats(1e-6, 1.0))
def test_exact_plans_reach_one(probability):
    plan = plan_amplification(probability, 3, exact=True)
    diluted = probability * math.cos(plan.dilution_angle / 2) ** 2
    assert math.sin((2 * plan.rounds + 1) * math.asin(math.sqrt(diluted))) ** 2 == pytest.approx(1.0, abs=1e-9)
    if plan.rounds:
        assert (2 * plan.rounds - 1) * math.asin(math.sqrt(probability)) < math.pi / 2


def test_a_probability_of_zero_is_refused():
    with pytest.raises(ProblemError, match="above 0"):
        plan_amplification(0.0, 3)


@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.booleans())
def test_transforms_agree_with_the_singular_value_decomposition(seed, degree, hermitian):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    matrix = matrix + matrix.conj().T if hermitian else matrix
    scale = 1.1 * np.linalg.norm(matrix, 2)
    vector = rng.normal(size=4) + 1j * rng.normal(size=4)
    coefficients = rng.normal(size=degree + 1)
    coefficients[(degree + 1) % 2 :: 2] = 0.0
    left, values, right = np.linalg.svd(matrix / scale)
    series = np.polynomial.chebyshev.chebval(values, coefficients)
    expected = (left if degree % 2 else right.conj().T) @ (series * (right @ vector))
    np.testing.assert_allclose(apply_singular(coefficients, matrix, scale, vector), expected, atol=1e-10)
    padded = np.concatenate([coefficients, np.zeros(400)])  # long enough for the decomposition to be cheaper
    np.testing.assert_allclose(
        transformed_vector(padded, matrix, scale, vector, hermitian=hermitian), expected, atol=1e-10
    )
