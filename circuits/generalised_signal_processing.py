r"""Generalised QSP: phases of complex polynomials of a unitary, and circuits that apply them to a qubitised walk.

Convention, that of 2308.01501 (theorems 3 and 6): with

.. math:: R(\theta, \phi, \lambda) = \begin{pmatrix} e^{i(\lambda + \phi)} \cos\theta & e^{i\phi} \sin\theta \\
          e^{i\lambda} \sin\theta & -\cos\theta \end{pmatrix}

on the signal qubit and :math:`A = |0\rangle\langle 0| \otimes W + |1\rangle\langle 1| \otimes I`, the upper left entry
of :math:`R(\theta_d, \phi_d, 0) A R(\theta_{d-1}, \phi_{d-1}, 0) A \cdots A R(\theta_0, \phi_0, \lambda)` (index 0 acts
first) is :math:`P(W) = \sum_k p_k W^k`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError
from circuits.phase_flip import append_multi_controlled_z

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["GQSPPhases"]

RealVector = npt.NDArray[np.float64]
ComplexVector = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class GQSPPhases:
    r"""Phases of the Laurent polynomial :math:`P(z) = z^{lowest} \sum_j p_j z^{stride \cdot j}`, j = 0 .. d.

    The sequence of rotations yields :math:`\sum_j p_j y^j` with y = z^stride; ``lowest`` is what the circuit adds.
    """

    theta: RealVector  # shape (d + 1,), radians; index 0 acts first
    phi: RealVector  # shape (d + 1,), radians
    lam: float
    """lambda of the rotation that acts first."""
    coefficients: ComplexVector  # p_0 .. p_d of the target, shape (d + 1,)
    error: float
    """Certified bound on sup over the unit circle of |upper left entry - P|."""
    lowest: int = 0
    """Lowest power of z in P."""
    stride: int = 1
    """Powers of z from one coefficient to the next: 2 for a polynomial of definite parity."""

    def __post_init__(self) -> None:
        for array in (self.theta, self.phi, self.coefficients):
            array.setflags(write=False)

    @property
    def degree(self) -> int:
        """Steps d of the sequence: highest minus lowest power, over ``stride``."""
        return int(self.theta.size) - 1

    @property
    def queries(self) -> int:
        """Walk steps in :func:`generalised_qsvt`, each one use of a self-inverse encoding."""
        if self.stride == 2:
            return self.degree + abs(self.lowest + self.degree)
        return self.degree + max(0, self.lowest, -(self.lowest + self.degree))

    @property
    def chebyshev(self) -> ComplexVector:
        r"""Complex Chebyshev coefficients of :math:`\sum_k p_k T_{|k|}(x)`, what the walk's block makes of P."""
        powers = np.abs(self.lowest + self.stride * np.arange(self.degree + 1))
        result = np.zeros(int(powers.max()) + 1, dtype=np.complex128)
        np.add.at(result, powers, self.coefficients)
        return result
