r"""Real orthogonal matrices on any number of qubits: half the parameters of a unitary, fewer CX.

The quantum Shannon decomposition (quant-ph/0406176) done in real numbers: a cosine-sine decomposition, and each pair
of selected matrices R0, R1 split as P E Q and P E^-1 Q with E a direct sum of plane rotations, which is a multiplexed
Ry. CX: 2, 15, 79 for two, three, four qubits, against 3, 20, 100 for unitaries.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit

from circuits.multiplexed import append_multiplexed_ry
from circuits.orthogonal import append_so4, append_so8

__all__ = ["append_selected_orthogonal", "append_special_orthogonal", "special_orthogonal_cx"]

RealMatrix = npt.NDArray[np.float64]
RealVector = npt.NDArray[np.float64]


def special_orthogonal_cx(num_qubits: int) -> int:
    """Return the CX of :func:`append_special_orthogonal`."""
    if num_qubits <= 3:
        return (0, 0, 2, 15)[num_qubits]
    return 4 * special_orthogonal_cx(num_qubits - 1) + (1 << num_qubits) + 3


def append_special_orthogonal(circuit: QuantumCircuit, matrix: RealMatrix, qubits: Sequence[int]) -> None:
    """Append a real orthogonal matrix of determinant +1 on ``qubits`` (little-endian)."""
    count = len(qubits)
    if count == 1:
        circuit.ry(2 * float(np.arctan2(matrix[1, 0], matrix[0, 0])), qubits[0])
    elif count == 2:
        append_so4(circuit, matrix, qubits)
    elif count == 3:
        append_so8(circuit, matrix, qubits)
    else:
        left, angles, right = _special_cosine_sine(matrix)
        lower, top = list(qubits[:-1]), qubits[-1]
        append_selected_orthogonal(circuit, right, lower, top)
        append_multiplexed_ry(circuit, angles, lower, top, drop_last=True)
        # The missing CZ(lower[-1], top) multiplies the second left block by Z on lower[-1].
        half = len(matrix) // 4
        left[1] = left[1] * np.repeat([1.0, -1.0], half)
        append_selected_orthogonal(circuit, left, lower, top)


def _special_cosine_sine(matrix: RealMatrix) -> tuple[list[RealMatrix], RealVector, list[RealMatrix]]:
    """Return ([L0, L1], angles, [R0, R1]) with matrix = (L0 + L1) Ry(angles) (R0 + R1), all of determinant +1."""
    from scipy.linalg import cossin

    half = len(matrix) // 2
    (left_zero, left_one), theta, (right_zero, right_one) = cossin(matrix, p=half, q=half, separate=True)
    angles = 2 * np.asarray(theta, dtype=np.float64)
    # A sign of row 0 of R0 and column 0 of L0 turns the angle round; of R0 and L1, it also complements it to pi.
    if np.linalg.det(right_one) < 0:
        right_one[0] *= -1
        left_one[:, 0] *= -1
        angles[0] *= -1
    if np.linalg.det(right_zero) < 0:
        if np.linalg.det(left_zero) < 0:
            left_zero[:, 0] *= -1
            angles[0] *= -1
        else:
            left_one[:, 0] *= -1
            angles[0] = 2 * np.pi - angles[0]
        right_zero[0] *= -1
    elif np.linalg.det(left_zero) < 0:
        # Both left blocks are reversed: rows 0 and columns 0 of the left blocks cannot help, a pair of columns can.
        left_zero[:, 0] *= -1
        left_one[:, 0] *= -1
        angles[0] = 2 * np.pi + angles[0]
    return [left_zero, left_one], angles, [right_zero, right_one]


def append_selected_orthogonal(
    circuit: QuantumCircuit, matrices: Sequence[RealMatrix], qubits: list[int], control: int
) -> None:
    """Append matrices[c] (determinant +1) on ``qubits``, selected by the value c of ``control``."""
    basis, angles = _plane_rotations(matrices[0] @ matrices[1].T)
    half = np.repeat(angles / 2, 2)
    turned = basis.T @ matrices[0]
    # E^(-1/2): rotate each pair of rows back by half its angle.
    cosine, sine = np.cos(half)[::2, None], np.sin(half)[::2, None]
    right = np.empty_like(turned)
    right[::2] = cosine * turned[::2] + sine * turned[1::2]
    right[1::2] = -sine * turned[::2] + cosine * turned[1::2]
    append_special_orthogonal(circuit, right, qubits)
    # Ry(angles) if control is 0, Ry(-angles) if it is 1.
    circuit.cz(control, qubits[0])
    append_multiplexed_ry(circuit, angles, qubits[1:], qubits[0])
    circuit.cz(control, qubits[0])
    append_special_orthogonal(circuit, basis, qubits)


def _plane_rotations(matrix: RealMatrix) -> tuple[RealMatrix, RealVector]:
    """Return (P, angles): matrix = P E P^T, det P = +1, E rotating rows 2j and 2j + 1 by angles[j]."""
    from scipy.linalg import schur

    triangle, basis = schur(matrix, output="real")
    planes: list[tuple[int, int]] = []
    alone: list[int] = []
    row = 0
    while row < len(matrix):
        if row + 1 < len(matrix) and abs(triangle[row + 1, row]) > 1e-14:
            planes.append((row, row + 1))
            row += 2
        else:
            alone.append(row)
            row += 1
    # Eigenvalues 1 and -1 come in pairs: the determinant is +1.
    alone.sort(key=lambda index: float(triangle[index, index]))
    planes += list(zip(alone[::2], alone[1::2], strict=True))
    order = [index for plane in planes for index in plane]
    basis = basis[:, order]
    if np.linalg.det(basis) < 0:
        basis[:, 0] *= -1
    angles = np.empty(len(planes))
    for index in range(len(planes)):
        pair = basis[:, 2 * index : 2 * index + 2]
        turn = pair.T @ matrix @ pair
        angles[index] = np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1])
    return basis, angles
