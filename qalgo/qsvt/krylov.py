"""Krylov solvers as streams of iterates: every product with the matrix and every vector operation is counted.

Each yields, after every step, the iterate and the operations that writing it down costs in addition (they are due once,
at the end). The loops end by themselves where a residual vanishes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from qalgo.qsvt.operation_count import CountedMatrix, Vector

__all__ = ["conjugate_gradients", "conjugate_gradients_of_normal_equations", "gmres", "minres"]

Iterates = Iterator[tuple[Vector, float]]


def conjugate_gradients(matrix: CountedMatrix, right_side: Vector) -> Iterates:
    """Hestenes and Stiefel (1952), for positive-definite matrices: one product and 10 N operations per step."""
    solution = np.zeros_like(right_side)
    residual = direction = right_side
    square = matrix.dot(residual, residual).real
    while square > 0.0:
        image = matrix.times(direction)
        step = square / matrix.dot(direction, image).real
        solution = matrix.plus(solution, step, direction)
        yield solution, 0.0
        residual = matrix.plus(residual, -step, image)
        previous, square = square, matrix.dot(residual, residual).real
        direction = matrix.plus(residual, square / previous, direction)


def conjugate_gradients_of_normal_equations(matrix: CountedMatrix, right_side: Vector) -> Iterates:
    """CGNR: conjugate gradients on A^dagger A x = A^dagger b; two products per step, kappa enters squared."""
    solution = np.zeros_like(right_side)
    residual = right_side
    gradient = direction = matrix.adjoint_times(residual)
    square = matrix.dot(gradient, gradient).real
    while square > 0.0:
        image = matrix.times(direction)
        step = square / matrix.dot(image, image).real
        solution = matrix.plus(solution, step, direction)
        yield solution, 0.0
        residual = matrix.plus(residual, -step, image)
        gradient = matrix.adjoint_times(residual)
        previous, square = square, matrix.dot(gradient, gradient).real
        direction = matrix.plus(gradient, square / previous, direction)


def minres(matrix: CountedMatrix, right_side: Vector) -> Iterates:
    """Paige and Saunders (1975), for Hermitian matrices: one product per step, smallest residual."""
    solution = np.zeros_like(right_side)
    eta = beta = math.sqrt(matrix.dot(right_side, right_side).real)
    before, vector = np.zeros_like(right_side), right_side / beta
    older, old = np.zeros_like(right_side), np.zeros_like(right_side)
    cosines, sines = (1.0, 1.0), (0.0, 0.0)
    while True:
        image = matrix.times(vector)
        alpha = matrix.dot(vector, image).real
        following = matrix.plus(matrix.plus(image, -alpha, vector), -beta, before)
        next_beta = math.sqrt(matrix.dot(following, following).real)
        delta = cosines[1] * alpha - cosines[0] * sines[1] * beta
        first = math.hypot(delta, next_beta)
        if first == 0.0:
            return
        second = sines[1] * alpha + cosines[0] * cosines[1] * beta
        third = sines[0] * beta
        cosines, sines = (cosines[1], delta / first), (sines[1], next_beta / first)
        older, old = old, matrix.plus(matrix.plus(vector, -third, older), -second, old) / first
        solution = matrix.plus(solution, cosines[1] * eta, old)
        matrix.vector_work(2)  # the two divisions by a number
        yield solution, 0.0
        eta *= -sines[1]
        if next_beta == 0.0:
            return
        before, vector, beta = vector, following / next_beta, next_beta


def gmres(matrix: CountedMatrix, right_side: Vector) -> Iterates:
    """Saad and Schultz (1986) without restart, for any matrix: one product and ~4 k N operations in step k."""
    length = math.sqrt(matrix.dot(right_side, right_side).real)
    basis = [right_side / length]
    columns: list[Vector] = []
    while True:
        image = matrix.times(basis[-1])
        column: list[Any] = []
        for vector in basis:
            column.append(matrix.dot(vector, image))
            image = matrix.plus(image, -column[-1], vector)
        rest = math.sqrt(matrix.dot(image, image).real)
        columns.append(np.array([*column, rest]))
        steps = len(columns)
        hessenberg = np.zeros((steps + 1, steps), dtype=np.result_type(*columns))
        for index, entries in enumerate(columns):
            hessenberg[: entries.size, index] = entries
        target = np.zeros(steps + 1)
        target[0] = length
        weights = np.linalg.lstsq(hessenberg, target, rcond=None)[0]
        solution = sum(weight * vector for weight, vector in zip(weights, basis, strict=True))
        yield np.asarray(solution), 2.0 * steps * matrix.size * matrix.factor
        if rest <= 1e-15 * length:
            return
        matrix.vector_work(1)
        basis.append(image / rest)
