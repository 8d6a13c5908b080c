"""step, rectangle and threshold: sums of shifted sign polynomials."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.bounding import bounded
from qalgo.qsvt.polynomials.chebyshev import coefficients_from, grid, values_at
from qalgo.qsvt.polynomials.checks import between, checked_sup, real_number
from qalgo.qsvt.polynomials.signs import sign_series

__all__ = ["rectangle", "step", "threshold"]

RealVector = npt.NDArray[np.float64]

SOURCE = "arXiv:1806.01838, Lemma 29 and Corollary 16, from best sign polynomials"


def step(cut: float, delta: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the polynomial that is 0 for x <= cut - delta and 1 for x >= cut + delta, within ``epsilon``.

    (1 + S((x - cut) / (1 + \|cut\|))) / 2 with a best sign polynomial S of gap delta / (1 + \|cut\|) and error
    2 epsilon. Mixed parity: two sequences, or one that is parity-multiplexed.

    Args:
        cut: where the step lies, between -1 and 1.
        delta: half width of the gap around the cut where nothing is promised.
        epsilon: largest absolute error of scale * P, between 0 and 1/2.
        sup: bound that |P| keeps on [-1, 1]; scale ~ 1 / sup.

    Raises:
        ProblemError: the gap does not lie inside (-1, 1), or epsilon is out of range.
        ConvergenceError: epsilon is below the rounding of double precision.
    """
    cut, delta = _checked_gap(cut, delta, -1.0)
    epsilon = between("epsilon", epsilon, 0.0, 0.5, "both sides are within epsilon of 0 and 1")
    stretch = 1.0 + abs(cut)
    series, error = sign_series(delta / stretch, 2.0 * epsilon)
    degree = series.size - 1
    values = 0.5 + 0.5 * values_at((grid(degree) - cut) / stretch, series)
    return bounded(
        coefficients_from(values),
        checked_sup(sup),
        error=0.5 * error,
        domain=((-1.0, cut - delta), (cut + delta, 1.0)),
        target=f"1 for x above {cut:g}, 0 below, gap {delta:g}",
        source=SOURCE,
        function=lambda x: np.where(x >= cut, 1.0, 0.0),
    )


def rectangle(cut: float, delta: float, epsilon: float, *, sup: float = 0.99) -> Polynomial:
    r"""Return the even polynomial that is 1 for |x| <= cut - delta and 0 for |x| >= cut + delta, within ``epsilon``.

    Made of the cheaper of two: [S((x + cut) / (1 + cut)) + S((cut - x) / (1 + cut))] / 2 for a low cut, and
    (1 - S(x^2 - cut^2)) / 2, stretched to [-1, 1], for cut > 1/2, where it is up to twice as short. Keeps small
    eigenvalues or singular values and removes large ones.

    Args:
        cut: half width of the rectangle, between 0 and 1.
        delta: half width of the gap around the cut where nothing is promised.
        epsilon: largest absolute error of scale * P, between 0 and 1/2.
        sup: bound that |P| keeps on [-1, 1]; scale ~ 1 / sup.

    Raises:
        ProblemError: the gap does not lie inside (0, 1), or epsilon is out of range.
        ConvergenceError: epsilon is below the rounding of double precision.
    """
    cut, delta, epsilon = _checked_window(cut, delta, epsilon)
    series, error = _rectangle(cut, delta, epsilon)
    return bounded(
        series,
        checked_sup(sup),
        error=error,
        domain=_window(cut, delta),
        target=f"1 for |x| below {cut:g}, 0 above, gap {delta:g}",
        source=SOURCE,
        function=lambda x: np.where(np.abs(x) <= cut, 1.0, 0.0),
    )


def threshold(
    cut: float, delta: float, epsilon: float, *, parity: Literal["even", "odd"] = "even", sup: float = 0.99
) -> Polynomial:
    r"""Return the polynomial that is 0 for |x| <= cut - delta and, for |x| >= cut + delta, 1 or sign(x).

    "even" gives 1, the complement of :func:`rectangle`; "odd" gives sign(x), [S((x + cut) / (1 + cut)) +
    S((x - cut) / (1 + cut))] / 2: it keeps the singular vectors of large singular values (an odd sequence maps right
    singular vectors to left ones). Arguments and errors as in :func:`rectangle`.
    """
    cut, delta, epsilon = _checked_window(cut, delta, epsilon)
    if parity == "even":
        series, error = _rectangle(cut, delta, epsilon)
        series = -series
        series[0] += 1.0
    elif parity == "odd":
        series, error = _shifted_pair(cut, delta, epsilon, 1.0)
    else:
        raise ProblemError(f"parity is {parity!r}; allowed: 'even' or 'odd'")
    above = np.abs if parity == "even" else np.asarray
    return bounded(
        series,
        checked_sup(sup),
        error=error,
        domain=_window(cut, delta),
        target=f"{'1' if parity == 'even' else 'sign(x)'} for |x| above {cut:g}, 0 below, gap {delta:g}",
        source=SOURCE,
        function=lambda x: np.where(np.abs(x) <= cut, 0.0, np.sign(above(x))),
    )


def _rectangle(cut: float, delta: float, epsilon: float) -> tuple[RealVector, float]:
    if cut <= 0.5:
        return _shifted_pair(cut, delta, epsilon, -1.0)
    # In x^2 the gap is delta (2 cut - delta) below the cut and more above it; the longer side is stretched to 1.
    stretch = max(cut**2, (1.0 - cut) * (1.0 + cut))
    series, error = sign_series(delta * (2.0 * cut - delta) / stretch, 2.0 * epsilon)
    intervals = 2 * (series.size - 1)
    x = grid(intervals)
    coefficients = coefficients_from(0.5 - 0.5 * values_at((x - cut) * (x + cut) / stretch, series))
    coefficients[1::2] = 0.0
    return coefficients, 0.5 * error


def _shifted_pair(cut: float, delta: float, epsilon: float, other: float) -> tuple[RealVector, float]:
    """Return [S((x + cut) / (1 + cut)) + other * S((x - cut) / (1 + cut))] / 2: odd for other = 1, even for -1."""
    series, error = sign_series(delta / (1.0 + cut), epsilon)
    degree = series.size - 1 if other > 0.0 else max(2, series.size - 2)
    intervals = degree + degree % 2
    values = values_at((grid(intervals) + cut) / (1.0 + cut), series)
    coefficients = coefficients_from(0.5 * (values - other * values[::-1]))[: degree + 1]
    coefficients[degree % 2 == 0 :: 2] = 0.0
    return coefficients, error


def _checked_gap(cut: float, delta: float, low: float) -> tuple[float, float]:
    cut, delta = real_number("cut", cut), between("delta", delta, 0.0, 1.0)
    if not low < cut - delta or not cut + delta < 1.0:
        raise ProblemError(
            f"cut={cut:g}, delta={delta:g}: the gap is [{cut - delta:g}, {cut + delta:g}]; "
            f"allowed: inside ({low:g}, 1); choose a smaller delta"
        )
    return cut, delta


def _checked_window(cut: float, delta: float, epsilon: float) -> tuple[float, float, float]:
    cut, delta = _checked_gap(cut, delta, 0.0)
    return cut, delta, between("epsilon", epsilon, 0.0, 0.5, "both sides are within epsilon of 0 and 1")


def _window(cut: float, delta: float) -> tuple[tuple[float, float], ...]:
    return ((-1.0, -cut - delta), (delta - cut, cut - delta), (cut + delta, 1.0))
