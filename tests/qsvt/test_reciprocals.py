import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomial_checks import (
    alternations,
    chebyshev_inverse_degree,
    cks_degree,
    extended_values,
    largest_error,
    largest_value,
    points,
)

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import inverse, positive_definite_inverse, power

DEGREES = {
    10: {1e-2: (69, 75, 189), 1e-6: (161, 167, 383), 1e-10: (253, 259, 573)},
    100: {1e-2: (921, 991, 2535), 1e-6: (1843, 1911, 4489), 1e-10: (2765, 2833, 6391)},
    1000: {1e-2: (11513, 12207, 32013), 1e-6: (20725, 21417, 51545), 1e-10: (29935, 30627, 70601)},
}


@pytest.mark.parametrize(("kappa", "epsilon"), [(kappa, epsilon) for kappa in DEGREES for epsilon in DEGREES[kappa]])
def test_degree_is_the_least_and_below_the_other_constructions(kappa, epsilon):
    ours, chebyshev, cks = DEGREES[kappa][epsilon]
    polynomial = inverse(kappa, epsilon)
    assert polynomial.degree == ours
    assert polynomial.parity == "odd"
    assert polynomial.error <= epsilon
    assert (chebyshev_inverse_degree(kappa, epsilon), cks_degree(kappa, epsilon)) == (chebyshev, cks)
    assert polynomial.degree < chebyshev < cks


@pytest.mark.parametrize(("kappa", "epsilon"), [(1.3, 1e-3), (10, 1e-2), (10, 1e-10), (100, 1e-6), (1000, 1e-10)])
def test_error_is_the_minimax_error(kappa, epsilon):
    polynomial = inverse(kappa, epsilon)
    a, n = 1 / kappa, (polynomial.degree + 1) // 2
    best = (1 - a) ** n / (a * (1 + a) ** (n - 1))
    assert polynomial.error == pytest.approx(best, rel=2e-3)
    # Dense where the error oscillates fastest, the lower end included.
    x = points(a, 1.0, 401 if kappa == 1000 else 4001)
    x = np.union1d(x, a + (x - a) ** 2 / (1 - a))
    seen = float(np.max(np.abs(extended_values(polynomial, x) - 1 / x.astype(np.longdouble))))
    assert seen <= polynomial.error * (1 + 1e-6)
    assert seen == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize(("kappa", "epsilon"), [(10, 1e-4), (50, 1e-2), (100, 1e-8)])
def test_error_equioscillates_so_that_no_polynomial_is_better(kappa, epsilon):
    polynomial = inverse(kappa, epsilon)
    x = points(1 / kappa, 1.0, 30 * polynomial.degree)
    x = np.union1d(x, points(1 / kappa, 3 / kappa, 20 * polynomial.degree))
    sizes = alternations(polynomial.scale * polynomial(x) - 1 / x)
    assert sizes.size == (polynomial.degree + 1) // 2 + 1
    assert np.ptp(sizes) <= 2e-3 * polynomial.error


@pytest.mark.parametrize(("kappa", "epsilon"), [(5, 1e-2), (40, 1e-5)])
def test_exchanges_find_the_same_polynomial_as_the_closed_form(kappa, epsilon):
    closed, found = inverse(kappa, epsilon), power(-1, 1 / kappa, epsilon, parity="odd")
    assert found.degree == closed.degree
    assert found.error == pytest.approx(closed.error, rel=1e-3)
    np.testing.assert_allclose(
        found.scale * found.coefficients, closed.scale * closed.coefficients, atol=1e-4 * closed.error * kappa
    )


@pytest.mark.parametrize(("kappa", "epsilon"), [(100, 0.5), (1000, 0.9)])
def test_coarse_inverse_at_both_ends_of_its_domain(kappa, epsilon):
    # Nothing hides the rounding of the construction here: the error is the minimax error, at the ends exactly.
    polynomial = inverse(kappa, epsilon)
    with mpmath.workdps(40):
        for x in (1.0, 1.0 / kappa):
            angle = mpmath.asin(mpmath.mpf(x))
            value = mpmath.fsum(
                (-1) ** j * mpmath.mpf(c) * mpmath.sin((2 * j + 1) * angle)
                for j, c in enumerate(polynomial.coefficients[1::2].tolist())
            )
            assert abs(polynomial.scale * value - 1 / mpmath.mpf(x)) <= polynomial.error


def test_large_condition_number():
    polynomial = inverse(1e4, 1e-6)
    assert polynomial.degree == 230_259
    # The coefficients in extended precision, on few points: the largest error is at the lower end.
    x = np.concatenate([[1e-4], np.geomspace(1e-4, 1.0, 25)])
    error = np.abs(extended_values(polynomial, x) - 1 / x.astype(np.longdouble))
    assert float(error[0]) == pytest.approx(polynomial.error, rel=1e-3)
    assert float(np.max(error)) <= polynomial.error * (1 + 1e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(1.0001, 100.0), st.floats(1e-9, 0.9), st.floats(0.1, 1.0))
def test_inverse_keeps_its_promises(kappa, epsilon, sup):
    polynomial = inverse(kappa, epsilon, sup=sup)
    assert polynomial.error <= epsilon
    assert largest_error(polynomial, lambda x: 1 / x, 201) <= polynomial.error * (1 + 1e-6) + 1e-15 * kappa
    assert largest_value(polynomial, 8 * polynomial.degree + 1) <= polynomial.sup_bound <= sup * (1 + 1e-15)
    assert largest_value(polynomial, 16 * polynomial.degree + 1) >= 0.99 * sup


@settings(max_examples=30, deadline=None)
@given(st.floats(1.01, 3000.0), st.floats(1e-9, 0.9))
def test_positive_definite_inverse_keeps_its_promises(kappa, epsilon):
    polynomial = positive_definite_inverse(kappa, epsilon)
    x = points(-1.0, 1.0 - 2.0 / kappa, 2001)
    residual = (1 - x.astype(np.longdouble)) * extended_values(polynomial, x) - 1
    assert polynomial.relative_error <= epsilon
    assert float(np.max(np.abs(residual))) <= polynomial.relative_error * (1 + 1e-6) + 1e-14 * math.sqrt(kappa)
    assert largest_error(polynomial, lambda x: 1 / (1 - x)) <= polynomial.error * (1 + 1e-6) + 1e-14 * kappa
    assert largest_value(polynomial) <= polynomial.sup_bound <= 0.99


@pytest.mark.parametrize(("kappa", "epsilon"), [(100, 1e-2), (117.5, 1e-6), (10_000, 1e-4)])
def test_positive_definite_degree_grows_with_the_root(kappa, epsilon):
    polynomial = positive_definite_inverse(kappa, epsilon)
    assert polynomial.parity == "mixed"
    assert polynomial.degree == pytest.approx(0.5 * math.sqrt(kappa) * math.log(2 / epsilon), abs=2.0)
    # The residual is a Chebyshev polynomial on the domain: one sign more than its degree d + 1, all of one size.
    x = points(-1.0, 1.0 - 2.0 / kappa, 100 * polynomial.degree)
    sizes = alternations((1 - x) * polynomial.scale * polynomial(x) - 1)
    assert sizes.size == polynomial.degree + 2
    assert np.ptp(sizes) <= 1e-2 * epsilon


@pytest.mark.parametrize(
    ("kappa", "epsilon", "options"),
    [
        *((kappa, 0.1, {}) for kappa in (1.0, 0.5, -3, math.nan, math.inf, "x", 1e9)),
        *((10, epsilon, {}) for epsilon in (0.0, 1.0, -1, math.nan)),
        *((10, 0.1, {"sup": sup}) for sup in (0.0, 1.1, math.nan)),
    ],
)
def test_inverse_refuses_what_cannot_be(kappa, epsilon, options):
    with pytest.raises(ProblemError):
        inverse(kappa, epsilon, **options)
    if kappa != 1e9:
        with pytest.raises(ProblemError):
            positive_definite_inverse(kappa, epsilon, **options)


def test_inverse_says_when_double_precision_ends():
    with pytest.raises(ConvergenceError, match="at least"):
        inverse(1e4, 1e-13)
    with pytest.raises(ConvergenceError, match="at least"):
        positive_definite_inverse(1e6, 1e-12)
