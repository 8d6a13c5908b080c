"""Equations for symmetric rotations whose block is a given symmetric series, and Newton's method for them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.walk_series import LaurentSeries

__all__ = ["Equations"]

ComplexArray = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]

_ITERATIONS = 40


class Equations:
    """K rotations, K odd: unknowns psi_0 .. psi_m, chi_0 .. chi_m with m = (K - 1) / 2, as many as coefficients."""

    def __init__(self, degree: int) -> None:
        self.degree = degree
        self.half = (degree + 1) // 2
        self.index = np.minimum(np.arange(degree), degree - 1 - np.arange(degree))
        self.angles = (np.arange(self.half) + 0.5) * np.pi / (degree + 1)

    def folded(self, layers: ComplexArray) -> RealVector:
        """Return the unknowns for layers F = tan(psi) exp(i chi)."""
        first = layers[: self.half]
        return np.concatenate([np.arctan(np.abs(first)), np.unwrap(np.angle(first))])

    def unfolded(self, unknowns: RealVector) -> tuple[RealVector, RealVector]:
        """Return psi and chi, shape (K,) each."""
        return unknowns[: self.half][self.index], unknowns[self.half :][self.index]

    def newton(self, unknowns: RealVector, series: LaurentSeries, sign: int) -> tuple[RealVector, float]:
        """Return the unknowns after damped Newton steps, and the largest residual."""
        wanted = -1j * sign * _values(series, self.angles)
        residual, jacobian = self._residual(unknowns, wanted)
        norm = float(np.linalg.norm(residual))
        for _ in range(_ITERATIONS):
            step = np.linalg.lstsq(jacobian, -residual, rcond=1e-13)[0]
            damping = min(1.0, 1.0 / max(1e-9, float(np.max(np.abs(step)))))
            while True:
                tried, slope = self._residual(unknowns + damping * step, wanted)
                reached = float(np.linalg.norm(tried))
                if reached < norm or damping < 1e-3:
                    break
                damping /= 2.0
            if not reached < norm:
                break
            unknowns, residual, jacobian, norm = unknowns + damping * step, tried, slope, reached
            if norm < 1e-15:
                break
        return unknowns, float(np.max(np.abs(residual)))

    def deviation(self, unknowns: RealVector, series: LaurentSeries, sign: int) -> float:
        """Return a bound on sup over theta of |block - series|: of degree K + 1 in z, sampled 16 times as densely."""
        size = 16 * (self.degree + 1)
        angles = np.linspace(0.0, 2.0 * np.pi, size, endpoint=False)
        _, last, column = self._rows(unknowns, angles)
        block = 1j * sign * np.sum(last * column, axis=0)
        largest = float(np.max(np.abs(block - _values(series, angles))))
        return largest / math.sqrt(math.cos(math.pi / 16))

    def _layers(self, unknowns: RealVector) -> ComplexArray:
        psi, chi = self.unfolded(unknowns)
        layers = np.empty((self.degree, 2, 2), dtype=np.complex128)
        layers[:, 0, 0] = layers[:, 1, 1] = np.cos(psi)
        layers[:, 0, 1] = np.sin(psi) * np.exp(1j * chi)
        layers[:, 1, 0] = -np.conj(layers[:, 0, 1])
        return layers

    def _rows(self, unknowns: RealVector, angles: RealVector) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return <+| D M_0 w ... up to each layer, up to the end, and diag(z, 1) |+>; w = diag(z, 1/z)."""
        layers, z = self._layers(unknowns), np.exp(1j * angles)
        rows = np.empty((self.degree, 2, angles.size), dtype=np.complex128)
        row: ComplexArray = np.stack([np.ones_like(z), 1.0 / z]) / math.sqrt(2.0)
        for k, layer in enumerate(layers):
            row = row if k == 0 else np.stack([row[0] * z, row[1] / z])
            rows[k] = row
            row = layer.T @ row
        column: ComplexArray = np.stack([z, np.ones_like(z)]) / math.sqrt(2.0)
        return rows, row, column

    def _residual(self, unknowns: RealVector, wanted: ComplexArray) -> tuple[RealVector, npt.NDArray[np.float64]]:
        """Return real and imaginary parts of block - wanted and their Jacobian."""
        rows, last, column = self._rows(unknowns, self.angles)
        value = np.sum(last * column, axis=0)
        layers, z = self._layers(unknowns), np.exp(1j * self.angles)
        psi, chi = self.unfolded(unknowns)
        turn = np.exp(1j * chi)
        jacobian = np.zeros((2 * self.half, self.half), dtype=np.complex128)
        for k in range(self.degree - 1, -1, -1):
            (r0, r1), (v0, v1) = rows[k], column
            c, s, e = math.cos(psi[k]), math.sin(psi[k]), turn[k]
            jacobian[self.index[k]] += r0 * (c * e * v1 - s * v0) - r1 * (c * np.conj(e) * v0 + s * v1)
            jacobian[self.half + self.index[k]] += 1j * s * (r0 * e * v1 + r1 * np.conj(e) * v0)
            column = layers[k] @ column
            column = np.stack([column[0] * z, column[1] / z])
        difference = value - wanted
        return (
            np.concatenate([difference.real, difference.imag]),
            np.concatenate([jacobian.real, jacobian.imag], axis=1).T,
        )


def _values(series: LaurentSeries, angles: RealVector) -> ComplexArray:
    """Return the symmetric series at theta = angles."""
    half = series.coefficients[-series.lowest :]
    cosines = np.cos(np.outer(angles, np.arange(1, half.size)))
    return np.asarray(half[0] + 2.0 * (cosines @ half[1:]))
