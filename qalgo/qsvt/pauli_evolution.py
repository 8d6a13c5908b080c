"""Exponentials of Pauli terms on a state vector, without matrices: 8 N real operations each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.operation_count import Vector

__all__ = ["PauliTerm", "pauli_terms", "symmetric_formula"]


@dataclass(frozen=True, slots=True, eq=False)
class PauliTerm:
    """coefficient * P, as (P v)[j] = phases[j] * v[j ^ flip]."""

    coefficient: float
    partners: npt.NDArray[np.int64]  # j ^ flip, shape (N,)
    phases: npt.NDArray[np.complex128]  # shape (N,)

    def exponential(self, angle: float, vector: Vector) -> Vector:
        """Return exp(-i angle coefficient P) v."""
        turn = angle * self.coefficient
        return np.asarray(np.cos(turn) * vector - 1j * np.sin(turn) * (self.phases * vector[self.partners]))


def pauli_terms(operator: Any) -> list[PauliTerm]:
    """Return the terms of a Hermitian ``SparsePauliOp``, little-endian."""
    index = np.arange(2**operator.num_qubits, dtype=np.int64)
    weights = 1 << np.arange(operator.num_qubits, dtype=np.int64)
    found = []
    for x, z, coefficient in zip(operator.paulis.x, operator.paulis.z, operator.coeffs, strict=True):
        flip, signs = int(weights @ x), int(weights @ z)
        partners = index ^ flip
        # Y = i X Z: a factor i per Y, and Z sees the bits before the flip.
        parity = np.bitwise_count(partners & signs) & 1
        phases = (1j ** int(np.sum(x & z))) * np.where(parity, -1.0, 1.0)
        found.append(PauliTerm(float(np.real(coefficient)), partners, phases.astype(np.complex128)))
    return found


def symmetric_formula(terms: list[PauliTerm], order: int, time: float, steps: int, state: Vector) -> tuple[Vector, int]:
    """Return the state after ``steps`` of the Suzuki formula of order 2 or 4, and the exponentials it took.

    Neighbouring exponentials of the same term are one.
    """
    fraction = 1.0 / (4.0 - 4.0 ** (1.0 / 3.0))
    weights = [1.0] if order == 2 else [fraction, fraction, 1.0 - 4.0 * fraction, fraction, fraction]
    pending: tuple[int, float] | None = None
    count = 0
    for weight in weights * steps:
        piece = weight * time / steps
        for number in (*range(len(terms)), *reversed(range(len(terms)))):
            if pending is not None and pending[0] == number:
                pending = (number, pending[1] + 0.5 * piece)
                continue
            if pending is not None:
                state, count = terms[pending[0]].exponential(pending[1], state), count + 1
            pending = (number, 0.5 * piece)
    if pending is not None:
        state, count = terms[pending[0]].exponential(pending[1], state), count + 1
    return state, count
