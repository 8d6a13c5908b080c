r"""FABLE: any matrix from a table of all its entries, with optional compression (2205.00081)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister

from circuits.band_structure import Entries, entries
from circuits.block_encoding import BlockEncoding, Preparation
from circuits.diagonal_gates import append_phases, append_values
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.validation import checked_number

__all__ = ["MAX_TABLE_QUBITS", "fable", "plan"]

MAX_TABLE_QUBITS = 8
"""Largest system whose N^2 entries are tabulated."""

RealVector = npt.NDArray[np.float64]
ComplexMatrix = npt.NDArray[np.complex128]


def fable(matrix: Any, *, cutoff: float = 0.0) -> BlockEncoding:
    r"""Encode any matrix by a table of all its entries (FABLE, 2205.00081); alpha = N max |A_ij|.

    U = (H on the ancillas, SWAP, table of Ry on a flag, H): N^2 CX, 2 N^2 for complex matrices, n + 1 ancillas.
    ``cutoff`` drops rotations smaller than it (radians, after the Walsh-Hadamard transform) and with them CX; the
    error reported is the norm of what the rotations kept encode, minus the matrix: computed, not estimated.

    Raises:
        ProblemError: no nonzero entry, more than 256 rows or columns, a negative cutoff.
    """
    padded, shape = _padded(matrix)
    cutoff = checked_number(cutoff, "cutoff")
    if not 0 <= cutoff < np.pi:
        raise ProblemError(f"cutoff is {cutoff}; allowed: radians, 0 <= cutoff < pi")
    largest = float(np.max(np.abs(padded)))
    angles, phases = _entry_angles(padded / largest)
    size = padded.shape[0]
    error = 0.0
    if cutoff > 0:
        angles = _compressed(angles, cutoff)
        kept = np.cos(angles / 2).reshape(size, size)
        if phases is not None:
            kept = kept * np.exp(1j * phases.reshape(size, size))
        error = largest * float(np.linalg.norm(kept - padded / largest, ord=2))
        # What was zero outside the matrix may have changed as well.
        kept_shape = np.linalg.norm(np.abs(kept[shape[0] :, : shape[1]])) if shape[0] < size else 0.0
        error += largest * float(kept_shape)
    num_qubits = size.bit_length() - 1
    form = partial(_fable_circuit, num_qubits, angles, phases)
    return BlockEncoding(
        circuit=form(controlled=False),
        num_system=num_qubits,
        ancillas=num_qubits + 1,
        alpha=size * largest,
        error=error + 1e-15 * size * size * largest,
        method="FABLE",
        reason=f"table of all {size * size} entries",
        hermitian=bool(np.array_equal(padded, padded.conj().T)),
        shape=shape,
        preparation=Preparation(4.0 * size * size * max(1, num_qubits), "arccos and Walsh-Hadamard transform"),
        controlled_builder=partial(form, controlled=True),
    )


def plan(matrix: Any) -> EncodingPlan | None:
    """Return the price of :func:`fable` without compression, or None for matrices too large for a table."""
    found = entries(matrix)
    if max(found.shape) > 2**MAX_TABLE_QUBITS or not found.values.size:
        return None
    size = 2 ** max(1, (max(found.shape) - 1).bit_length())
    real = not np.any(found.values.imag)
    cost = size * size * (1 if real else 2) + 3 * (size.bit_length() - 1)
    alpha = size * float(np.max(np.abs(found.values)))
    return EncodingPlan("FABLE", cost, alpha, partial(fable, matrix), f"table of all {size * size} entries")


def _padded(matrix: Any) -> tuple[ComplexMatrix, tuple[int, int]]:
    found: Entries = entries(matrix)
    if max(found.shape) > 2**MAX_TABLE_QUBITS or not found.values.size:
        raise ProblemError(
            f"matrix has shape {found.shape} and {found.values.size} nonzeros; allowed: at least one nonzero and "
            f"at most {2**MAX_TABLE_QUBITS} rows and columns; use banded or sparse for larger ones"
        )
    size = 2 ** max(1, (max(found.shape) - 1).bit_length())
    padded = np.zeros((size, size), dtype=np.complex128)
    padded[found.rows, found.columns] = found.values
    return padded, found.shape


def _entry_angles(ratio: ComplexMatrix) -> tuple[RealVector, RealVector | None]:
    """Angles (and phases of a complex matrix) by row and column, the column in the low bits."""
    if not np.any(ratio.imag):
        return 2 * np.arccos(np.clip(ratio.real, -1.0, 1.0)).reshape(-1), None
    return 2 * np.arccos(np.clip(np.abs(ratio), 0.0, 1.0)).reshape(-1), np.angle(ratio).reshape(-1)


def _compressed(angles: RealVector, cutoff: float) -> RealVector:
    """The angles whose Walsh-Hadamard spectrum lacks what is below the cutoff."""
    spectrum = _walsh(angles) / angles.size
    return _walsh(np.where(np.abs(spectrum) < cutoff, 0.0, spectrum))


def _walsh(values: RealVector) -> RealVector:
    result = values.astype(np.float64)
    half = 1
    while half < result.size:
        blocks = result.reshape(-1, 2, half)
        result = np.stack([blocks[:, 0] + blocks[:, 1], blocks[:, 0] - blocks[:, 1]], axis=1).reshape(-1)
        half *= 2
    return result


def _fable_circuit(
    num_qubits: int, angles: RealVector, phases: RealVector | None, *, controlled: bool
) -> QuantumCircuit:
    circuit = QuantumCircuit(
        QuantumRegister(num_qubits, "system"), QuantumRegister(num_qubits + 1, "ancilla"), name="U"
    )
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    control = circuit.num_qubits - 1 if controlled else None
    system, rows = list(range(num_qubits)), list(range(num_qubits, 2 * num_qubits))
    circuit.h(rows)
    if phases is not None:
        append_phases(circuit, phases, [*system, *rows], control)
    append_values(circuit, angles, [*system, *rows], 2 * num_qubits, control)
    for low, high in zip(system, rows, strict=True):
        if control is None:
            circuit.swap(low, high)
        else:
            circuit.cswap(control, low, high)
    circuit.h(rows)
    return circuit
