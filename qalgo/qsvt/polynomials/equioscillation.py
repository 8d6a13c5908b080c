r"""Weighted minimax approximation on [a, 1] by polynomials of definite parity, with transforms in place of matrices.

An even polynomial is q(x^2) and an odd one x q(x^2); with y in [-1, 1], x^2 = (1 + a^2)/2 + (1 - a^2) y / 2, both are a
polynomial q(y) of degree m and a weight. The optimal error has m + 2 extrema of equal size and alternating sign. Each
exchange (Remez) asks for q and E with error +-E on the extrema found last. Those lie close to the m + 2 points
cos(pi j / (m + 1)), where the same task is one discrete cosine transform: it preconditions the exact system, whose
residuals are Taylor series about these points, so that an exchange is O(m log m) and degrees of 1e5 are within reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError
from qalgo.qsvt.polynomials.chebyshev import ROUNDING, coefficients_from, cosine_series_at, grid, grid_values

__all__ = ["Equioscillation", "equioscillating", "expanded", "smallest_order"]

RealVector = npt.NDArray[np.float64]
Function = Callable[[RealVector], RealVector]

OVERSAMPLING = 32
SMALLEST_GRID = 4096
EXCHANGES = 12
TAYLOR_TOLERANCE = 1e-5
LEVELLED = 1e-4
"""Relative difference of largest and smallest extremum at which the exchanges end."""
ACCEPTED = 0.05
PEAK_ALLOWANCE = 1.0 + 5e-5
"""By how much a parabola through three points of the grid can miss the extremum between them."""
LARGEST_REFERENCE = 2**18
SOLVER_STEPS = 40
SOLVER_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Equioscillation:
    """The optimal q, and between which bounds the optimal error lies (de la Vallee-Poussin)."""

    coefficients: RealVector  # of T_k(y), k = 0 .. m
    largest: float
    """Largest extremum of the weighted error: what q achieves."""
    smallest: float
    """Smallest extremum: no polynomial of this degree has a smaller error."""
    extrema: int
    """Number of alternating extrema, m + 2."""


def equioscillating(a: float, order: int, function: Function, weight: Function) -> Equioscillation:
    """Return q of degree ``order`` that minimises the largest |weight(x) (q - function(x))| over [a, 1].

    Raises:
        ConvergenceError: the error does not have order + 2 extrema, or they could not be levelled.
    """
    n = order + 1
    nodes = _x_of(np.arange(n, -1.0, -1.0) * (np.pi / n), a)
    at_nodes = weight(nodes)
    fine = max(OVERSAMPLING, -(-SMALLEST_GRID // n)) * n
    fine_x = _x_of(np.arange(fine, -1.0, -1.0) * (np.pi / fine), a)
    fine_function, fine_weight = function(fine_x), weight(fine_x)
    noise = 16.0 * ROUNDING * float(np.sqrt(np.mean(fine_function**2)))

    coefficients, _ = _levelled(at_nodes * function(nodes), at_nodes)
    best: Equioscillation | None = None
    for _ in range(EXCHANGES):
        error = fine_weight * (grid_values(coefficients, fine) - fine_function)
        places, sizes = _alternating(*_extrema(error), error, n + 1)
        if places.size != n + 1:
            break
        found = Equioscillation(coefficients[:n], float(np.max(sizes)), float(np.min(sizes)), n + 1)
        spread = found.largest / found.smallest - 1.0
        before = math.inf if best is None else best.largest / best.smallest - 1.0
        if spread < before:
            best = found
        stalled = before < ACCEPTED and spread > 0.5 * before
        if spread < LEVELLED or stalled or found.largest - found.smallest < noise:
            break
        coefficients = coefficients + _correction(
            a, places / fine * n, sizes, error[np.rint(places).astype(int)], weight
        )
    if best is None or best.largest > (1.0 + ACCEPTED) * best.smallest:
        raise ConvergenceError(
            f"the error of order {order} on [{a:.4g}, 1] could not be levelled; "
            "choose a smaller epsilon, or a larger lower end"
        )
    return best


def smallest_order(a: float, epsilon: float, function: Function, weight: Function) -> int:
    """Return a lower bound, mostly close, of the order that reaches epsilon: the level on one reference is below E."""

    def level(order: int) -> float:
        nodes = _x_of(np.arange(order + 1.0, -1.0, -1.0) * (np.pi / (order + 1)), a)
        return abs(_levelled(weight(nodes) * function(nodes), weight(nodes))[1])

    high = 1
    while level(high) > epsilon and high < LARGEST_REFERENCE:
        high *= 2
    low = high // 2 if high > 1 else 0
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if level(middle) > epsilon else (low, middle)
    return high


def expanded(coefficients: RealVector, a: float, odd: bool) -> RealVector:
    """Return the Chebyshev coefficients in x of q(x^2), or x q(x^2), on the whole of [-1, 1].

    Inside (-a, a) the series in y grows as cosh; what rounding leaves there is as much smaller than the growth of the
    polynomial itself as it is smaller than the error outside.
    """
    degree = 2 * (coefficients.size - 1) + odd
    intervals = max(2, degree + degree % 2)  # even, so that x = 0 is a point
    x = grid(intervals)[: intervals // 2 + 1]
    alternating = coefficients * (1.0 - 2.0 * (np.arange(coefficients.size) % 2))
    width = (1.0 - a) * (1.0 + a)
    half = np.empty_like(x)
    out = x >= a
    angles = 2.0 * np.arcsin(np.minimum(1.0, np.sqrt((x[out] - a) * (x[out] + a) / width)))
    half[out] = cosine_series_at(angles, alternating)
    angles = 2.0 * np.arcsinh(np.sqrt((a - x[~out]) * (a + x[~out]) / width))
    half[~out] = _hyperbolic_series_at(angles, alternating)
    if odd:
        half *= x
    values = np.concatenate([half, (-half if odd else half)[-2::-1]])
    result = coefficients_from(values)[: degree + 1]
    result[1 - odd :: 2] = 0.0
    return result


def _hyperbolic_series_at(angles: RealVector, coefficients: RealVector) -> RealVector:
    """Return sum_k c_k cosh(k angle): a recurrence over k would lose (number of terms) / angle units of rounding."""
    orders = np.arange(coefficients.size)
    return np.array([coefficients @ np.cosh(orders * angle) for angle in angles])


def _x_of(supplement: RealVector, a: float) -> RealVector:
    """Return x for psi = pi - supplement, y = cos(psi): near a the supplement keeps the digits that psi would lose."""
    return np.asarray(np.hypot(np.sin(0.5 * supplement), a * np.cos(0.5 * supplement)))


def _levelled(weighted: RealVector, weights: RealVector) -> tuple[RealVector, float]:
    """Return q and E with weights * q = weighted + (-1)^j E at cos(pi j / n): E removes the term of degree n."""
    signs = 1.0 - 2.0 * (np.arange(weights.size) % 2)
    trapezoid = np.ones(weights.size)
    trapezoid[[0, -1]] = 0.5
    level = -float(np.sum(signs * trapezoid * weighted / weights) / np.sum(trapezoid / weights))
    coefficients = coefficients_from((weighted + signs * level) / weights)
    coefficients[-1] = 0.0
    return coefficients, level


def _extrema(error: RealVector) -> tuple[RealVector, RealVector]:
    """Return places (in grid steps, by parabolas) and sizes of the local maxima of |error|, the ends included."""
    size = np.abs(error)
    inner = np.flatnonzero((size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:])) + 1
    left, middle, right = size[inner - 1], size[inner], size[inner + 1]
    shift = 0.5 * (left - right) / (left - 2.0 * middle + right)
    first, last = size[0] > size[1], size[-1] > size[-2]
    places = [np.zeros(int(first)), inner + shift, np.full(int(last), size.size - 1.0)]
    sizes = [size[:1][: int(first)], middle - 0.25 * (left - right) * shift, size[-1:][: int(last)]]
    return np.concatenate(places), np.concatenate(sizes)


def _alternating(
    places: RealVector, sizes: RealVector, error: RealVector, wanted: int
) -> tuple[RealVector, RealVector]:
    """Keep the largest of neighbouring extrema of one sign, and drop the smaller end while there are too many."""
    signs = np.sign(error[np.rint(places).astype(int)])
    if places.size > wanted or np.any(signs[1:] == signs[:-1]):
        kept: list[int] = []
        for index in range(places.size):
            if kept and signs[kept[-1]] == signs[index]:
                kept[-1] = max(kept[-1], index, key=lambda number: sizes[number])
            else:
                kept.append(index)
        while len(kept) > wanted:
            kept.pop(0 if sizes[kept[0]] < sizes[kept[-1]] else -1)
        return places[kept], sizes[kept]
    return places, sizes


def _correction(a: float, places: RealVector, sizes: RealVector, errors: RealVector, weight: Function) -> RealVector:
    """Return what to add to q so that the error on the extrema becomes +-E, to the accuracy of the solver."""
    n = places.size - 1
    nodes = weight(_x_of(np.arange(n, -1.0, -1.0) * (np.pi / n), a))
    signs = np.sign(errors)
    shift = (places - np.arange(n + 1)) * np.pi
    weights = weight(_x_of((n - places) * (np.pi / n), a))

    def on_extrema(weighted: RealVector) -> RealVector:
        coefficients, level = _levelled(weighted, nodes)
        return np.asarray(weights * _shifted(coefficients, shift) - signs * signs[0] * level)

    # An error of equal size everywhere needs no correction: only what differs from the mean is solved for.
    coefficients, _ = _levelled(_solved(on_extrema, signs * (np.mean(sizes) - sizes)), nodes)
    return coefficients


def _shifted(coefficients: RealVector, shift: RealVector) -> RealVector:
    """Return sum_k c_k cos(k (pi j + shift_j) / n) for j = 0 .. n by its Taylor series about pi j / n."""
    n = coefficients.size - 1
    orders = np.arange(n + 1) / n
    spectrum = coefficients * n
    spectrum[0] *= 2.0
    spectrum[-1] *= 2.0
    result, factor = np.zeros(n + 1), np.ones(n + 1)
    term, largest, size = 0, float(np.max(np.abs(shift))), 1.0
    while size > TAYLOR_TOLERANCE:
        # The derivative of order ``term`` of cos is cos or sin with a sign; irfft takes both as spectra.
        phase = (1.0, 1j, -1.0, -1j)[term % 4]
        result += factor * np.fft.irfft(spectrum * phase, 2 * n)[: n + 1]
        spectrum = spectrum * orders
        term += 1
        factor = factor * shift / term
        size *= largest / term
    return result


def _solved(operator: Callable[[RealVector], RealVector], right: RealVector) -> RealVector:
    """Return the solution of operator(x) = right by GMRES, for an operator not far from the identity."""
    norm = float(np.linalg.norm(right))
    basis = [right / norm]
    hessenberg = np.zeros((SOLVER_STEPS + 1, SOLVER_STEPS))
    weights: RealVector = np.zeros(1)
    for step in range(SOLVER_STEPS):
        vector = operator(basis[step])
        for index, direction in enumerate(basis):
            hessenberg[index, step] = direction @ vector
            vector = np.asarray(vector - hessenberg[index, step] * direction)
        hessenberg[step + 1, step] = np.linalg.norm(vector)
        goal = np.zeros(step + 2)
        goal[0] = norm
        block = hessenberg[: step + 2, : step + 1]
        weights = np.asarray(np.linalg.lstsq(block, goal, rcond=None)[0], dtype=np.float64)
        left = float(np.linalg.norm(block @ weights - goal))
        if left < SOLVER_TOLERANCE * norm or hessenberg[step + 1, step] < 1e-13 * norm:
            break
        basis.append(vector / hessenberg[step + 1, step])
    return np.asarray(sum(value * direction for value, direction in zip(weights, basis, strict=False)))
