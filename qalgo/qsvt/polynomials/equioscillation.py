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
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError
from qalgo.qsvt.polynomials.alternation import alternating_extrema
from qalgo.qsvt.polynomials.chebyshev import (
    ROUNDING,
    coefficients_from,
    cosine_series_at,
    fast_intervals,
    grid,
    grid_values,
)

__all__ = ["Equioscillation", "equioscillating", "expanded", "likely_order"]

RealVector = npt.NDArray[np.float64]
Function = Callable[[RealVector], RealVector]

OVERSAMPLING = 16
SMALLEST_GRID = 4096
EXCHANGES = 12
TAYLOR_TOLERANCE = 1e-5
LEVELLED = 1e-4
"""Relative difference of largest and smallest extremum at which the exchanges end."""
ACCEPTED = 0.05
PEAK_ALLOWANCE = 1.0 + 1e-6
"""By how much a parabola through three close points can miss the extremum between them."""
REFINEMENTS = (0.5, 0.05)
"""Distances, in steps of the grid, of the points about an extremum that locate it at last."""
LARGEST_REFERENCE = 2**18
SOLVER_STEPS = 120
SOLVER_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Equioscillation:
    """The optimal q, and between which bounds the optimal error lies (de la Vallee-Poussin)."""

    coefficients: RealVector  # of T_k(y), k = 0 .. m
    largest: float
    """Largest extremum of the weighted error: what q achieves."""
    smallest: float
    """Smallest extremum: no polynomial of this degree has a smaller error."""
    places: RealVector  # of the m + 2 alternating extrema, n (pi - psi) / pi with y = cos(psi), increasing psi


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
    noise = 40.0 * ROUNDING * float(np.sqrt(np.mean(fine_function**2)))

    coefficients, _ = _levelled(at_nodes * function(nodes), at_nodes)
    best: Equioscillation | None = None
    for _ in range(EXCHANGES):
        error = fine_weight * (grid_values(coefficients, fine) - fine_function)
        if np.max(np.abs(error)) <= noise:
            # The function is a polynomial of this order up to rounding: there is nothing to level.
            return Equioscillation(coefficients[:n], float(np.max(np.abs(error))), 0.0, np.zeros(0))
        places, sizes, signs = alternating_extrema(error, n + 1)
        if places.size != n + 1:
            break
        found = Equioscillation(coefficients[:n], float(np.max(sizes)), float(np.min(sizes)), (1.0 - places / fine) * n)
        spread = found.largest / found.smallest - 1.0
        before = math.inf if best is None else best.largest / best.smallest - 1.0
        if spread < before:
            best = found
        stalled = before < ACCEPTED and spread > 0.5 * before
        if spread < LEVELLED or stalled or found.largest - found.smallest < noise:
            break
        coefficients = coefficients + _correction(a, places / fine * n, sizes, signs, weight)
    if best is None or best.largest > (1.0 + ACCEPTED) * best.smallest:
        raise ConvergenceError(
            f"the error of order {order} on [{a:.4g}, 1] could not be levelled; "
            "choose a smaller epsilon, or a larger lower end"
        )
    return replace(best, largest=max(best.largest, _refined(best, a, function, weight)))


def likely_order(a: float, epsilon: float, function: Function, weight: Function) -> int:
    """Return the order at which the Chebyshev series in y, cut off, has twice the error epsilon: close to the best."""
    intervals = 64
    while True:
        x = _x_of(np.arange(intervals, -1.0, -1.0) * (np.pi / intervals), a)
        series = coefficients_from(function(x))
        if np.max(np.abs(series[intervals // 2 :])) < 0.01 * epsilon / intervals or intervals >= LARGEST_REFERENCE:
            break
        intervals *= 2
    weights = weight(x)

    def cut_error(order: int) -> float:
        rest = series.copy()
        rest[: order + 1] = 0.0
        return float(np.max(np.abs(weights * grid_values(rest, intervals))))

    low, high = 0, intervals
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if cut_error(middle) > 2.0 * epsilon else (low, middle)
    return high


def expanded(coefficients: RealVector, a: float, odd: bool) -> RealVector:
    """Return the Chebyshev coefficients in x of q(x^2), or x q(x^2), on the whole of [-1, 1].

    Inside (-a, a) the series in y grows as cosh; what rounding leaves there is as much smaller than the growth of the
    polynomial itself as it is smaller than the error outside.
    """
    degree = 2 * (coefficients.size - 1) + odd
    intervals = fast_intervals(degree)  # even, so that x = 0 is a point
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


def _refined(found: Equioscillation, a: float, function: Function, weight: Function) -> float:
    """Return the largest extremum, located on points much closer than the grid, which is coarse beside a small a."""
    n = found.places.size - 1
    alternating = found.coefficients * (1.0 - 2.0 * (np.arange(n) % 2))
    grid_step = np.pi / (max(OVERSAMPLING, -(-SMALLEST_GRID // n)) * n)
    angles, largest = found.places * (np.pi / n), 0.0
    for distance in REFINEMENTS:
        near = np.clip(angles + distance * grid_step * np.array([[-1.0], [0.0], [1.0]]), 0.0, np.pi)
        x = _x_of(near.ravel(), a)
        error = weight(x) * (cosine_series_at(near.ravel(), alternating) - function(x))
        left, centre, right = np.abs(error).reshape(near.shape)
        bend = left - 2.0 * centre + right
        move = np.where(bend < 0.0, 0.5 * (left - right) / np.where(bend < 0.0, bend, 1.0), 0.0)
        move = np.clip(move, -1.0, 1.0)
        peaks = np.where(np.abs(move) < 1.0, centre - 0.25 * (left - right) * move, 0.0)
        largest = float(np.max([left, centre, right, peaks]))
        angles = np.clip(angles + move * distance * grid_step, 0.0, np.pi)
    return largest


def _correction(a: float, places: RealVector, sizes: RealVector, signs: RealVector, weight: Function) -> RealVector:
    """Return what to add to q so that the error on the extrema becomes +-E, to the accuracy of the solver."""
    n = places.size - 1
    nodes = weight(_x_of(np.arange(n, -1.0, -1.0) * (np.pi / n), a))
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
