import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from polynomial_checks import alternations, largest_error, largest_value, points

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import inverse, power, square_root


@settings(max_examples=40, deadline=None)
@given(st.floats(-3.0, 6.0), st.floats(0.02, 0.9), st.floats(1e-8, 0.5), st.sampled_from(["even", "odd"]))
def test_power_keeps_its_promises(exponent, delta, epsilon, parity):
    try:
        polynomial = power(exponent, delta, epsilon, parity=parity)
    except ConvergenceError as refusal:
        # Steep powers at the finest accuracy: refused, never wrong.
        if exponent < -1.5 and "epsilon" in str(refusal):
            reject()
        raise
    odd = parity == "odd"
    assert polynomial.parity == parity
    assert polynomial.error <= epsilon
    seen = largest_error(polynomial, lambda x: abs(x) ** np.longdouble(exponent) * (np.sign(x) if odd else 1), 801)
    assert seen <= polynomial.error * (1 + 1e-6)
    assert largest_value(polynomial, 16 * polynomial.degree + 3) <= polynomial.sup_bound <= 0.99


@pytest.mark.parametrize(("parity", "extra"), [("even", 2), ("odd", 3)])
def test_square_root_is_the_best_of_its_parity(parity, extra):
    # q of degree m has m + 2 alternations on [delta, 1]: (d + 4) / 2 for d = 2 m, (d + 3) / 2 for d = 2 m + 1.
    polynomial = square_root(0.01, 1e-4, parity=parity)
    x = np.union1d(points(0.01, 1.0, 40 * polynomial.degree), points(0.01, 0.03, 40 * polynomial.degree))
    sizes = alternations(polynomial.scale * polynomial(x) - np.sqrt(x))
    assert sizes.size == polynomial.degree // 2 + 2, extra
    assert np.ptp(sizes) <= 1e-2 * polynomial.error


def test_small_gaps_with_a_root_at_their_middle():
    polynomial = square_root(1e-3, 1e-2)
    assert polynomial.degree < 400
    x = np.geomspace(1e-3, 1.0, 4001)
    assert np.max(np.abs(polynomial.scale * polynomial(x) - np.sqrt(x))) <= polynomial.error


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, 20])
def test_natural_powers_are_themselves(exponent):
    polynomial = power(exponent, 0.1, 1e-9, parity="odd" if exponent % 2 else "even")
    assert polynomial.degree == exponent
    x = np.linspace(-1.0, 1.0, 101)
    np.testing.assert_allclose(polynomial.scale * polynomial(x), x**exponent, atol=2e-15)


def test_minus_one_is_the_inverse():
    assert power(-1, 0.1, 1e-3, parity="odd").degree == inverse(10, 1e-3).degree == 93


def test_refusals():
    for arguments in ((np.nan, 0.1, 0.1), (101, 0.1, 0.1), (0.5, 0.0, 0.1), (0.5, 1.0, 0.1), (0.5, 0.1, 0.0)):
        with pytest.raises(ProblemError):
            power(*arguments)
    with pytest.raises(ProblemError, match="parity"):
        square_root(0.1, 0.1, parity="both")
    with pytest.raises(ProblemError, match="odd"):
        power(-1, 1e-3, 1e-4)
    with pytest.raises(ConvergenceError, match="at least"):
        power(-6, 1e-2, 1e-6)
