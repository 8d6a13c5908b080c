r"""Distances between operators up to a global phase, and the isometry of a circuit with clean work qubits."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from qalgo.fault_tolerance.operations import Operation

__all__ = ["isometry_of", "operator_distance", "product_of", "rotation_distance"]

Matrix = npt.NDArray[np.complex128]

_ROOT = math.sqrt(0.5)
_SINGLE: dict[str, Matrix] = {
    "h": np.array([[_ROOT, _ROOT], [_ROOT, -_ROOT]], dtype=np.complex128),
    "s": np.diag([1, 1j]).astype(np.complex128),
    "sdg": np.diag([1, -1j]).astype(np.complex128),
    "x": np.array([[0, 1], [1, 0]], dtype=np.complex128),
    "y": np.array([[0, -1j], [1j, 0]], dtype=np.complex128),
    "z": np.diag([1, -1]).astype(np.complex128),
    "t": np.diag([1, cmath.exp(0.25j * math.pi)]).astype(np.complex128),
    "tdg": np.diag([1, cmath.exp(-0.25j * math.pi)]).astype(np.complex128),
}


def product_of(gates: Iterable[str]) -> Matrix:
    """Return the 2 x 2 matrix of single-qubit gates in the order in which they act."""
    matrix = np.eye(2, dtype=np.complex128)
    for name in gates:
        matrix = _SINGLE[name] @ matrix
    return matrix


def rotation_distance(matrix: Matrix, angle: float) -> float:
    """Return the operator norm of matrix - exp(i phase) Rz(angle), least over the phase."""
    rotation = np.exp(0.5j * angle * np.array([1, -1]))
    quotient = rotation[:, None] * matrix
    quotient = quotient / cmath.sqrt(complex(quotient[0, 0] * quotient[1, 1] - quotient[0, 1] * quotient[1, 0]))
    # cos(phi) + i sin(phi) n.sigma: read off sin(phi), which is small, rather than the cosine, which is nearly 1.
    sine = math.hypot(0.5 * (quotient[0, 0] - quotient[1, 1]).imag, abs(quotient[0, 1]))
    return 2.0 * math.sin(0.5 * math.asin(min(1.0, sine)))


def isometry_of(operations: Sequence[Operation], num_qubits: int, num_data: int) -> Matrix:
    """Return the 2^num_qubits x 2^num_data matrix of a circuit whose last qubits start in |0>; little-endian.

    Operations: Clifford gates and ``rz``. Memory: 16 bytes per entry, twice.
    """
    state = np.zeros((2**num_qubits, 2**num_data), dtype=np.complex128)
    state[: 2**num_data] = np.eye(2**num_data)
    for operation in operations:
        state = _applied(state, operation, num_qubits)
    return state


def _applied(state: Matrix, operation: Operation, num_qubits: int) -> Matrix:
    if len(operation.qubits) == 1:
        qubit = operation.qubits[0]
        if operation.name == "rz":
            gate = np.diag(np.exp(0.5j * operation.angle * np.array([-1, 1])))
        else:
            gate = _SINGLE[operation.name]
        parts = state.reshape(2 ** (num_qubits - 1 - qubit), 2, -1)
        moved: Matrix = np.einsum("ij,ajb->aib", gate, parts).reshape(state.shape)
        return moved
    index = np.arange(len(state))
    first, last = operation.qubits
    both = (index >> first & 1, index >> last & 1)
    if operation.name == "cz":
        moved = np.where((both[0] & both[1])[:, None] == 1, -state, state)
    elif operation.name == "cx":
        moved = state[index ^ (both[0] << last)]
    else:
        differ = both[0] ^ both[1]
        moved = state[index ^ (differ << first) ^ (differ << last)]
    return moved


def operator_distance(isometry: Matrix, unitary: Matrix) -> float:
    r"""Return the operator norm of V - exp(i phase) (U tensor |0>), least over the phase (to rounding, from above).

    Args:
        isometry: V, the last qubits start in |0>; whatever they do not return to |0> is part of the distance.
        unitary: U on the first qubits.
    """
    size = len(unitary)
    wanted = np.zeros_like(isometry)
    wanted[:size] = unitary
    # The eigenvalues of U^dagger V lie on a short arc around the phase; its centre is the best phase of all.
    phases = np.angle(np.linalg.eigvals(unitary.conj().T @ isometry[:size]))
    start = float(np.angle(np.trace(unitary.conj().T @ isometry[:size])))
    spread = (phases - start + math.pi) % (2 * math.pi) - math.pi
    best = start + 0.5 * float(spread.min() + spread.max())
    return float(np.linalg.norm(isometry - cmath.exp(1j * best) * wanted, 2))
