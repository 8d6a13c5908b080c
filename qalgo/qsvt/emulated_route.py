"""The quantum solver without a circuit: its polynomial on the exact spectrum. Every result of it is emulated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.bounds import BLOCK_ACCESS, COMPLEMENT_ACCESS, minimax_degree, positive_definite_degree
from qalgo.qsvt.operation_count import Vector, state_distance
from qalgo.qsvt.polynomial import Polynomial
from qalgo.qsvt.polynomials.reciprocals import inverse, positive_definite_inverse
from qalgo.qsvt.query_points import QueryPoint

__all__ = ["LARGEST_SPECTRUM", "EmulatedRoute", "complement_route", "inversion_route"]

LARGEST_SPECTRUM = 1024
"""Rows up to which the spectrum is computed."""
_MOST_WORK = 5e6
"""Degree times rows up to which an accuracy is emulated."""


@dataclass(frozen=True, slots=True, eq=False)
class EmulatedRoute:
    """x = basis f(values) weights: what a circuit of a polynomial of the values would apply to |b>."""

    name: str
    access: str
    kappa: float
    basis: npt.NDArray[Any]  # shape (N, N), columns: left vectors
    values: npt.NDArray[np.float64]  # shape (N,), inside [-1, 1]
    weights: npt.NDArray[Any]  # shape (N,), amplitudes of |b> in the right vectors
    exact: Vector  # shape (N,)
    polynomial: Callable[[float], Polynomial]
    """Tolerance in (0, 1) -> polynomial."""
    longest: Callable[[float], int]
    """State error -> about the degree that it takes."""

    def affordable(self, epsilon: float) -> bool:
        """Whether the polynomials of :meth:`point` are applied in seconds."""
        return self.longest(epsilon) * self.values.size <= _MOST_WORK

    def applied(self, polynomial: Polynomial) -> tuple[float, float]:
        """Return state error and success probability of one polynomial."""
        amplitudes = polynomial(self.values) * self.weights
        return state_distance(self.basis @ amplitudes, self.exact), float(np.linalg.norm(amplitudes) ** 2)

    def point(self, epsilon: float) -> QueryPoint:
        """Return the cheapest point whose state error is at most ``epsilon``: tolerances are bisected.

        Raises:
            ConvergenceError: the accuracy is beyond double precision for this kappa.
        """
        found: tuple[Polynomial, float, float] | None = None
        low, high = math.log(max(1e-14, 1e-3 * epsilon / self.kappa)), math.log(0.999)
        middle = high
        while high - low > 1e-4:
            try:
                polynomial = self.polynomial(math.exp(middle))
                error, probability = self.applied(polynomial)
            except ConvergenceError:  # finer than double precision: coarser ones are left
                low = middle
            else:
                if error <= epsilon:
                    low, found = middle, (polynomial, error, probability)
                    if middle == high:
                        break
                else:
                    high = middle
            middle = 0.5 * (low + high)
        if found is None:
            raise ConvergenceError(f"epsilon is {epsilon:g}; allowed: a state error within reach of double precision")
        return QueryPoint(
            kappa=self.kappa,
            epsilon=epsilon,
            error=found[1],
            degree=found[0].degree,
            success_probability=min(1.0, found[2]),
            executed=False,
            route=self.name,
            access=self.access,
        )


def inversion_route(matrix: npt.NDArray[Any], right_side: Vector, exact: Vector, alpha: float) -> EmulatedRoute:
    """Return the route of 1/x on the singular values of A / alpha.

    Raises:
        ProblemError: alpha below the largest singular value, or a singular matrix.
    """
    left, singular, right = np.linalg.svd(np.asarray(matrix).conj().T)
    if not singular[0] <= alpha * (1.0 + 1e-9):
        raise ProblemError(f"alpha is {alpha:g}; allowed: at least the largest singular value, {singular[0]:g}")
    kappa = alpha / float(singular[-1])
    values = np.clip(singular / alpha, 0.0, 1.0)
    return EmulatedRoute(
        name="1/x on a block encoding of A",
        access=BLOCK_ACCESS,
        kappa=kappa,
        basis=left,
        values=values,
        weights=right @ right_side / np.linalg.norm(right_side),
        exact=exact,
        polynomial=lambda tolerance: inverse(kappa * (1.0 + 1e-12), tolerance),
        longest=lambda epsilon: minimax_degree(max(1.0, kappa), epsilon),
    )


def complement_route(matrix: npt.NDArray[Any], right_side: Vector, exact: Vector, scale: float) -> EmulatedRoute:
    """Return the route of 1/(1 - x) on the eigenvalues of C = I - A / scale, A positive definite.

    Raises:
        ProblemError: eigenvalues of C outside [-1, 1).
    """
    eigenvalues, vectors = np.linalg.eigh(np.asarray(matrix))
    values = 1.0 - eigenvalues / scale
    if not (np.max(values) < 1.0 and np.min(values) >= -1.0 - 1e-9):
        raise ProblemError(
            f"I - A / scale has eigenvalues in [{np.min(values):.6g}, {np.max(values):.6g}]; allowed: within [-1, 1)"
        )
    kappa = 2.0 * scale / float(eigenvalues[0])
    return EmulatedRoute(
        name="1/(1-x) on I - A / scale",
        access=COMPLEMENT_ACCESS,
        kappa=kappa,
        basis=vectors,
        values=np.clip(values, -1.0, 1.0),
        weights=vectors.conj().T @ right_side / np.linalg.norm(right_side),
        exact=exact,
        polynomial=lambda tolerance: positive_definite_inverse(kappa * (1.0 + 1e-12), tolerance),
        longest=lambda epsilon: positive_definite_degree(max(1.0, kappa), epsilon),
    )
