"""The shortest sign polynomial that stays above a given value outside its gap, and below 1 everywhere."""

from __future__ import annotations

from qalgo.qsvt.polynomial import Polynomial

__all__ = ["bounded_sign"]


def bounded_sign(delta: float, least: float, distance: float) -> Polynomial:
    r"""Return the optimal odd P with P(x) >= ``least`` on [delta, 1] and |P| <= 1 - ``distance`` on [-1, 1].

    P = (1 - distance) S / (1 + E), where S is the best odd approximation of the sign and E its error: all extrema of S
    lie on [delta, 1], so that |S| <= 1 + E. Hence (1 - distance)(1 - E) / (1 + E) >= ``least`` fixes E.
    """
    from qalgo.qsvt.polynomials.signs import SOURCES, sign_series

    ratio = least / (1 - distance)
    coefficients, error = sign_series(delta, (1 - ratio) / (1 + ratio))
    scale = (1 + error) / (1 - distance)
    return Polynomial(
        coefficients=coefficients / scale,
        sup_bound=1 - distance,
        scale=scale,
        error=error,
        domain=((-1.0, -delta), (delta, 1.0)),
        target=f"sign(x), gap {delta:g}",
        source=SOURCES["minimax"],
    )
