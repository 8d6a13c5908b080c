"""block_encode: the cheapest block encoding of a matrix, and why."""

from __future__ import annotations

from typing import Any

import numpy as np

from circuits.block_encoding import BlockEncoding, Preparation
from circuits.errors import ProblemError

__all__ = ["block_encode"]


def block_encode(matrix: Any, *, method: str = "auto", alpha: float | None = None) -> BlockEncoding:
    """Return a block encoding of a matrix (dense array, scipy sparse matrix or ``SparsePauliOp``).

    Raises:
        ProblemError: not a matrix of finite numbers.
    """
    if hasattr(matrix, "to_matrix"):
        matrix = matrix.to_matrix()
    if hasattr(matrix, "toarray"):
        matrix = matrix.toarray()
    array = np.asarray(matrix, dtype=np.complex128)
    if array.ndim != 2 or not np.all(np.isfinite(array)):
        raise ProblemError(f"matrix has shape {array.shape}; allowed: two axes of finite numbers")
    return _dilated(array, alpha)


def _dilated(array: np.ndarray[Any, Any], alpha: float | None) -> BlockEncoding:
    from qiskit import QuantumCircuit, QuantumRegister
    from qiskit.circuit.library import UnitaryGate

    qubits = max(1, int(np.ceil(np.log2(max(array.shape)))))
    size = 2**qubits
    padded = np.zeros((size, size), dtype=np.complex128)
    padded[: array.shape[0], : array.shape[1]] = array
    left, singular, right = np.linalg.svd(padded)
    scale = float(singular[0]) if alpha is None else alpha
    cosine = np.clip(singular / scale, 0.0, 1.0)
    sine = np.sqrt(1.0 - cosine**2)
    block = (left * cosine) @ right
    upper = (left * sine) @ left.conj().T
    lower = (right.conj().T * sine) @ right
    unitary = np.block([[block, upper], [lower, -block.conj().T]])
    circuit = QuantumCircuit(QuantumRegister(qubits, "system"), QuantumRegister(1, "ancilla"), name="U")
    circuit.append(UnitaryGate(unitary), circuit.qubits)
    return BlockEncoding(
        circuit=circuit,
        num_system=qubits,
        ancillas=1,
        alpha=scale,
        error=1e-14 * scale,
        method="dilation",
        reason="only method so far",
        hermitian=bool(np.allclose(padded, padded.conj().T, atol=1e-14 * scale)),
        shape=(int(array.shape[0]), int(array.shape[1])),
        preparation=Preparation(20.0 * size**3, "singular value decomposition", solves_problem=True),
    )
