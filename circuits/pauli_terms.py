r"""Weighted Pauli strings as pairs of bit masks: products, phases, controlled application."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit

from circuits.errors import ProblemError

__all__ = ["PauliString", "PauliTerms", "append_doubly_controlled_pauli", "append_pauli", "append_phase", "pauli_terms"]

_ANGLE = 1e-14


@dataclass(frozen=True, slots=True)
class PauliString:
    r"""The Hermitian string :math:`i^{|x \wedge z|} X^x Z^z`; bit q of both masks belongs to qubit q."""

    x: int
    z: int

    @property
    def weight(self) -> int:
        """Number of qubits on which it acts."""
        return (self.x | self.z).bit_count()

    def times(self, other: PauliString) -> tuple[PauliString, complex]:
        """Return (P, phase) with self @ other = phase * P."""
        product = PauliString(self.x ^ other.x, self.z ^ other.z)
        power = (self.x & self.z).bit_count() + (other.x & other.z).bit_count() - (product.x & product.z).bit_count()
        return product, (1, 1j, -1, -1j)[(power + 2 * (self.z & other.x).bit_count()) % 4]


@dataclass(frozen=True, slots=True, eq=False)
class PauliTerms:
    """A sum of different Pauli strings with coefficients that are not zero."""

    num_qubits: int
    strings: tuple[PauliString, ...]
    coefficients: npt.NDArray[np.complex128]  # shape (terms,)

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """Absolute values of the coefficients; their sum is alpha."""
        return np.asarray(np.abs(self.coefficients), dtype=np.float64)

    @property
    def phases(self) -> npt.NDArray[np.complex128]:
        """Coefficients divided by their absolute values."""
        return np.asarray(self.coefficients / self.weights, dtype=np.complex128)

    @property
    def hermitian(self) -> bool:
        """Whether all coefficients are real."""
        return bool(np.all(np.abs(self.coefficients.imag) <= _ANGLE * self.weights))


def pauli_terms(operator: Any) -> tuple[PauliTerms, float]:
    """Return the terms of a ``SparsePauliOp``, equal strings merged, and the weight of what was dropped as rounding.

    Coefficients below 1e-15 of the largest are dropped.

    Raises:
        ProblemError: a coefficient that is not finite; no term that is not zero.
    """
    merged: dict[tuple[int, int], complex] = {}
    x_masks, z_masks = (_masks(bits) for bits in (operator.paulis.x, operator.paulis.z))
    coefficients = np.asarray(operator.coeffs, dtype=np.complex128)
    if operator.paulis.phase.any():
        # An unusual but legal operator: phases beside the coefficients.
        coefficients = coefficients * (-1j) ** operator.paulis.phase
    if not np.all(np.isfinite(coefficients)):
        raise ProblemError("operator has coefficients that are not finite; allowed: finite numbers")
    for x, z, coefficient in zip(x_masks, z_masks, coefficients, strict=True):
        merged[x, z] = merged.get((x, z), 0j) + complex(coefficient)
    largest = max((abs(value) for value in merged.values()), default=0.0)
    if largest == 0:
        raise ProblemError("operator is zero; allowed: at least one term that is not zero")
    kept = {key: value for key, value in merged.items() if abs(value) > 1e-15 * largest}
    dropped = math.fsum(abs(value) for key, value in merged.items() if key not in kept)
    strings = tuple(PauliString(x, z) for x, z in kept)
    values = np.array(list(kept.values()), dtype=np.complex128)
    return PauliTerms(int(operator.num_qubits), strings, values), dropped


def _masks(bits: npt.NDArray[np.bool_]) -> list[int]:
    return [sum(1 << int(qubit) for qubit in np.flatnonzero(row)) for row in bits]


def append_pauli(
    circuit: QuantumCircuit, string: PauliString, qubits: Sequence[int], control: int | None, phase: complex = 1.0
) -> None:
    """Append phase * string, controlled by a qubit unless ``control`` is None: one CX per qubit of the string."""
    for index, qubit in enumerate(qubits):
        x, z = string.x >> index & 1, string.z >> index & 1
        if not x and not z:
            continue
        name = "y" if x and z else ("x" if x else "z")
        if control is None:
            getattr(circuit, name)(qubit)
        else:
            getattr(circuit, f"c{name}")(control, qubit)
    append_phase(circuit, phase, control)


def append_phase(circuit: QuantumCircuit, phase: complex, control: int | None) -> None:
    """Append a phase factor, on |1> of a qubit or on everything."""
    angle = cmath.phase(phase)
    if abs(angle) < _ANGLE:
        return
    if control is None:
        circuit.global_phase += angle
    elif abs(abs(angle) - math.pi) < _ANGLE:
        circuit.z(control)
    else:
        circuit.p(angle, control)


def append_doubly_controlled_pauli(
    circuit: QuantumCircuit, string: PauliString, qubits: Sequence[int], controls: tuple[int, int], phase: complex
) -> None:
    """Append phase * string where two qubits are 1: one Toffoli, two CX per further qubit; a real phase is free."""
    touched = [
        (qubit, string.x >> q & 1, string.z >> q & 1)
        for q, qubit in enumerate(qubits)
        if (string.x | string.z) >> q & 1
    ]
    frame = QuantumCircuit(circuit.num_qubits)
    for qubit, x, z in touched:
        if x:
            if z:
                frame.sdg(qubit)
            frame.h(qubit)
    pivot = touched[0][0]
    for qubit, _, _ in touched[1:]:
        frame.cx(qubit, pivot)
    negative = abs(phase + 1) < _ANGLE
    if negative:
        frame.x(pivot)
    frame.h(pivot)
    circuit.compose(frame, circuit.qubits, inplace=True)
    circuit.ccx(*controls, pivot)
    circuit.compose(frame.inverse(), circuit.qubits, inplace=True)
    if not negative and abs(phase - 1) >= _ANGLE:
        circuit.cp(cmath.phase(phase), *controls)
