import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomial_checks import largest_value

from qalgo.errors import ProblemError
from qalgo.qsvt import Polynomial, cosine, exponential, inverse, positive_definite_inverse, sign
from qalgo.qsvt.polynomials.chebyshev import coefficients_from, cosine_series_at, grid, grid_values, sup_norm

COEFFICIENTS = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=60)


@settings(max_examples=50, deadline=None)
@given(COEFFICIENTS, st.sampled_from(["mixed", "even", "odd"]))
def test_values_are_those_of_numpy(values, parity):
    coefficients = np.array(values)
    if parity != "mixed":
        coefficients[parity == "even" :: 2] = 0.0
    polynomial = Polynomial(coefficients, 100.0)
    x = np.linspace(-1.0, 1.0, 41).reshape(1, 41)
    assert polynomial(x).shape == (1, 41)
    np.testing.assert_allclose(polynomial(x), np.polynomial.chebyshev.chebval(x, coefficients), atol=1e-12)
    assert polynomial(0.3).shape == ()
    # Eigenvalues may overshoot 1 by rounding.
    np.testing.assert_allclose(polynomial(1.0 + 4e-16), np.sum(coefficients), atol=1e-10)


@settings(max_examples=50, deadline=None)
@given(COEFFICIENTS)
def test_supremum_lies_between_its_bounds(values):
    coefficients = np.array(values)
    low, high = sup_norm(coefficients)
    seen = largest_value(Polynomial(coefficients, 100.0), 5001)
    assert seen <= high
    assert low <= high <= 1.001 * low + 1e-12
    assert low <= seen * 1.001 + 1e-12


@settings(max_examples=30, deadline=None)
@given(COEFFICIENTS, st.integers(0, 20))
def test_transforms_are_inverse_to_each_other(values, extra):
    coefficients = np.array([*values, 0.5])
    intervals = coefficients.size - 1 + extra
    back = coefficients_from(grid_values(coefficients, intervals))
    np.testing.assert_allclose(back[: coefficients.size], coefficients, atol=1e-13)
    theta = np.linspace(0.0, np.pi, 57)
    reference = np.polynomial.chebyshev.chebval(np.cos(theta), coefficients)
    np.testing.assert_allclose(cosine_series_at(theta, coefficients), reference, atol=1e-11)


def test_grid_is_symmetric_and_its_middle_exact():
    for intervals in (2, 3, 8, 1000):
        x = grid(intervals)
        assert np.array_equal(x, -x[::-1])
        assert (x[0], x[-1]) == (1.0, -1.0)


def test_small_arguments_keep_their_relative_accuracy():
    polynomial = inverse(1000, 1e-2)
    x = np.array([1e-12, 1e-9, 1e-6])
    k = np.arange(1, polynomial.degree + 1, 2)
    slope = np.sum(polynomial.coefficients[1::2] * k * (-1.0) ** ((k - 1) // 2))
    np.testing.assert_allclose(polynomial(x[:2]), slope * x[:2], rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 30.0), st.floats(1e-8, 0.1))
def test_parts_add_up_and_keep_error_and_bound(beta, epsilon):
    polynomial = exponential(beta, epsilon)
    even, odd = polynomial.even_part(), polynomial.odd_part()
    x = np.linspace(-1.0, 1.0, 301)
    np.testing.assert_allclose(even(x) + odd(x), polynomial(x), atol=1e-14)
    if polynomial.degree > 0:
        assert (even.parity, odd.parity) == ("even", "odd")
        assert abs(even.degree - odd.degree) == 1
    for part in (even, odd):
        assert np.max(np.abs(part.scale * part(x) - part.function(x))) <= part.error * (1 + 1e-6) + 1e-14
        assert largest_value(part) <= part.sup_bound


def test_parts_hold_where_both_signs_are_in_the_domain():
    part = positive_definite_inverse(10, 1e-3).even_part()
    assert part.domain == ((-0.8, 0.8),)
    x = np.linspace(-0.8, 0.8, 501)
    assert np.max(np.abs(part.scale * part(x) - 1 / (1 - x**2))) <= part.error
    assert inverse(5, 0.1).odd_part().degree == inverse(5, 0.1).degree
    assert exponential(0.0, 0.1).odd_part().degree == 0


def test_scaled_keeps_the_target():
    polynomial = inverse(10, 1e-3)
    half = polynomial.scaled(0.5)
    assert half.scale == pytest.approx(2 * polynomial.scale)
    assert half.sup_bound == pytest.approx(0.495)
    np.testing.assert_allclose(half.scale * half(0.3), polynomial.scale * polynomial(0.3))
    for factor in (1.1, 0.0, -2.0, float("nan")):
        with pytest.raises(ProblemError, match="factor"):
            polynomial.scaled(factor)


def test_table_names_what_matters():
    text = str(sign(0.1, 1e-3))
    for word in ("sign(x)", "degree", "odd", "scale", "0.99", "error", "[0.1, 1]", "Eremenko"):
        assert word in text
    assert 6 <= len(text.splitlines()) <= 10
    assert "<table>" in inverse(10, 1e-3)._repr_html_()


def test_round_trip_and_immutability():
    polynomial = cosine(3.0, 1e-6)
    again = Polynomial.from_dict(polynomial.to_dict())
    assert again.to_dict() == polynomial.to_dict()
    with pytest.raises(ValueError, match="read-only"):
        polynomial.coefficients[0] = 1.0


@pytest.mark.parametrize("coefficients", [[], [[1.0]], [np.nan], [np.inf, 0.0]])
def test_coefficients_are_checked(coefficients):
    with pytest.raises(ProblemError, match="coefficients"):
        Polynomial(np.array(coefficients), 1.0)


def test_plot_shows_target_and_error():
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    for polynomial in (inverse(10, 1e-2), cosine(5, 1e-3), Polynomial(np.array([0.0, 0.5]), 0.5)):
        axes = polynomial.plot()
        labels = axes.get_legend_handles_labels()[1]
        assert any("degree" in label for label in labels)
        lower = axes.figure.axes[1]
        assert lower.get_yscale() == "log"
        assert (polynomial.function is None) or (polynomial.target in labels)
        axes.figure.canvas.draw()
        plt.close(axes.figure)
    _, given = plt.subplots()
    assert inverse(10, 1e-2).plot(given) is given
    plt.close("all")
