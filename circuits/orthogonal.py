r"""Real orthogonal matrices on two and three qubits with few CX.

In the magic basis SO(4) is SU(2) x SU(2) (quant-ph/0308006): a matrix of SO(4) costs two CX, two of them selected by a
control six, and an 8 x 8 matrix of SO(8) is cut by the cosine-sine decomposition (quant-ph/0406176) into
two selections and one multiplexed Ry: 15 CX, against 20 for a general unitary.
Qubits are little-endian: index = p + 2 q (+ 4 t).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit

from circuits.multiplexed import append_multiplexed_ry

__all__ = ["append_isometry_4_to_8", "append_so4", "append_so8", "factor_isometry", "make_special"]

RealMatrix = npt.NDArray[np.float64]
ComplexMatrix = npt.NDArray[np.complex128]

_MAGIC: ComplexMatrix = np.array(
    # Columns: the magic basis. This is the matrix of _append_magic: CX from q to p, H on q, inverse S on both.
    [[1, 0, 0, 1], [0, -1j, -1j, 0], [-1j, 0, 0, 1j], [0, -1, 1, 0]],
    dtype=np.complex128,
) / math.sqrt(2)


def append_so4(circuit: QuantumCircuit, matrix: RealMatrix, qubits: Sequence[int]) -> None:
    """Append a real 4 x 4 matrix of determinant +1 on qubits (p, q); 2 CX."""
    first, second = _factors(matrix)
    _append_magic(circuit, qubits, inverse=True)
    _append_unitary(circuit, first, qubits[0])
    _append_unitary(circuit, second, qubits[1])
    _append_magic(circuit, qubits, inverse=False)


def append_selected_so4(
    circuit: QuantumCircuit, matrices: Sequence[RealMatrix], control: int, qubits: Sequence[int]
) -> None:
    """Append matrices[c] (4 x 4, determinant +1) on qubits (p, q), selected by the value c of ``control``; 6 CX."""
    if_zero, if_one = (_factors(matrix) for matrix in matrices)
    _append_magic(circuit, qubits, inverse=True)
    for qubit, zero, one in zip(qubits, if_zero, if_one, strict=True):
        _append_selected_su2(circuit, zero, one, control, qubit)
    _append_magic(circuit, qubits, inverse=False)


def factor_isometry(isometry: RealMatrix) -> tuple[RealMatrix, RealMatrix, RealMatrix, RealMatrix]:
    r"""Return (U0, U1, angles, W) of a real 8 x 4 isometry: blocks U0 cos(angles/2) W over U1 sin(angles/2) W.

    U0 and U1 have determinant +1; W (orthogonal) is meant to be absorbed by whatever acts before.
    """
    upper, lower = isometry[:4], isometry[4:]
    _, cosines, right = np.linalg.svd(upper)
    # Where cosines crowd at 1 the sines separate the directions: take those from the lower block.
    crowded = int(np.count_nonzero(cosines > math.sqrt(0.5)))
    _, _, turn = np.linalg.svd(lower @ right[:crowded].T)
    right[:crowded] = turn @ right[:crowded]
    left_zero, cosines = _orthogonal_and_lengths(upper @ right.T)
    left_one, sines = _orthogonal_and_lengths(lower @ right.T)
    for left, values in ((left_zero, cosines), (left_one, sines)):
        if np.linalg.det(left) < 0:
            left[:, 0] *= -1
            values[0] *= -1
    return left_zero, left_one, 2 * np.arctan2(sines, cosines), right


def _orthogonal_and_lengths(columns: RealMatrix) -> tuple[RealMatrix, RealMatrix]:
    """Write mutually orthogonal columns, zero ones too, as an orthogonal matrix times signed lengths."""
    # Longest first: then the QR decomposition leaves nothing above its diagonal.
    order = np.argsort(-np.linalg.norm(columns, axis=0))
    basis, triangle = np.linalg.qr(columns[:, order])
    inverse = np.argsort(order)
    return basis[:, inverse], np.diag(triangle)[inverse].copy()


def append_isometry_4_to_8(
    circuit: QuantumCircuit,
    factors: tuple[RealMatrix, RealMatrix, RealMatrix],
    qubits: Sequence[int],
    fresh: int,
) -> None:
    """Append (U0, U1, angles) of :func:`factor_isometry`: qubits (p, q) and ``fresh`` (in |0>, bit 2); 9 CX."""
    zero, one, angles = factors
    append_multiplexed_ry(circuit, angles, qubits, fresh, drop_last=True)
    append_selected_so4(circuit, (zero, one @ _LAST_Z), fresh, qubits)


def append_so8(circuit: QuantumCircuit, matrix: RealMatrix, qubits: Sequence[int]) -> None:
    """Append a real 8 x 8 matrix of determinant +1 on qubits (p, q, t); 15 CX."""
    pair, top = qubits[:2], qubits[2]
    zero, one, angles, right_zero = factor_isometry(matrix[:, :4])
    cosines, sines = np.cos(angles / 2), np.sin(angles / 2)
    right_one = cosines[:, None] * (one.T @ matrix[4:, 4:]) - sines[:, None] * (zero.T @ matrix[:4, 4:])
    if np.linalg.det(right_zero) < 0:
        # det(right_one) has the same sign; turning the rotation by pi repairs both.
        right_zero[0] *= -1
        right_one[0] *= -1
        angles = angles + np.array([2 * math.pi, 0, 0, 0])
    append_selected_so4(circuit, (right_zero, right_one), top, pair)
    append_multiplexed_ry(circuit, angles, pair, top, drop_last=True)
    append_selected_so4(circuit, (zero, one @ _LAST_Z), top, pair)


def make_special(matrix: RealMatrix, weights: RealMatrix) -> tuple[RealMatrix, RealMatrix]:
    """Return (matrix, weights) with the same product matrix @ diag(weights) and det(matrix) = +1."""
    if np.linalg.det(matrix) > 0:
        return matrix, weights
    signs = np.ones(len(weights))
    signs[0] = -1
    return matrix * signs, weights * signs


_LAST_Z = np.diag([1.0, 1.0, -1.0, -1.0])
"""Z on q: what is missing when the multiplexed Ry lacks its last CZ(q, fresh) and ``fresh`` is 1."""


def _append_magic(circuit: QuantumCircuit, qubits: Sequence[int], *, inverse: bool) -> None:
    low, high = qubits
    if inverse:
        circuit.s(low)
        circuit.s(high)
        circuit.h(high)
        circuit.cx(high, low)
    else:
        circuit.cx(high, low)
        circuit.h(high)
        circuit.sdg(low)
        circuit.sdg(high)


def _factors(matrix: RealMatrix) -> tuple[ComplexMatrix, ComplexMatrix]:
    """Return (on p, on q), both in SU(2), whose tensor product is the matrix in the magic basis."""
    blocks = (_MAGIC.conj().T @ matrix @ _MAGIC).reshape(2, 2, 2, 2).transpose(0, 2, 1, 3)
    row, column = divmod(int(np.argmax(np.abs(blocks).sum(axis=(2, 3)))), 2)
    low = blocks[row, column]
    low = low / cmath.sqrt(low[0, 0] * low[1, 1] - low[0, 1] * low[1, 0])
    high = np.einsum("abij,ij->ab", blocks, low.conj()) / 2
    return low, high


def _append_selected_su2(
    circuit: QuantumCircuit, if_zero: ComplexMatrix, if_one: ComplexMatrix, control: int, target: int
) -> None:
    """Append if_zero = V D W or if_one = V D* W with diagonal D: V, exp(i phi Z Z), W; 2 CX (quant-ph/0406176)."""
    quotient = if_zero @ if_one.conj().T
    # The anti-Hermitian part has the eigenvectors of the quotient and an eigensolver that keeps them orthogonal.
    _, vectors = np.linalg.eigh((quotient - quotient.conj().T) / 2j)
    angle = cmath.phase(vectors[:, 0].conj() @ quotient @ vectors[:, 0]) / 2
    right = np.exp(np.array([1j, -1j]) * angle)[:, None] * (vectors.conj().T @ if_one)
    _append_unitary(circuit, right, target)
    circuit.cx(control, target)
    circuit.rz(-2 * angle, target)
    circuit.cx(control, target)
    _append_unitary(circuit, vectors, target)


def _append_unitary(circuit: QuantumCircuit, matrix: ComplexMatrix, qubit: int) -> None:
    theta = 2 * math.atan2(abs(matrix[1, 0]), abs(matrix[0, 0]))
    phase = cmath.phase(matrix[0, 0])
    phi = cmath.phase(matrix[1, 0]) - phase
    if abs(matrix[0, 0]) >= abs(matrix[1, 0]):
        lam = cmath.phase(matrix[1, 1]) - phase - phi
    else:
        lam = cmath.phase(-matrix[0, 1]) - phase
    circuit.u(theta, phi, lam, qubit)
    circuit.global_phase += phase
