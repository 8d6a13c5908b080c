r"""Block encodings: a unitary whose block is a matrix, with exact bookkeeping of alpha, ancillas and error.

A :class:`BlockEncoding` holds a circuit U on registers ``system``, ``ancilla`` and ``work`` (in this order) with
:math:`\|A - \alpha (\langle 0|_{anc} \otimes I) U (|0\rangle_{anc} \otimes I)\| \le error` (1806.01838, definition 43).
Little-endian: the block is U[:2^n, :2^n]. Work qubits start and end in :math:`|0\rangle` and belong to no projector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["BlockEncoding", "Preparation"]

ComplexMatrix = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Preparation:
    """Classical work behind an encoding: reported beside every quantum cost."""

    operations: float
    """Arithmetic operations, leading order."""
    description: str
    solves_problem: bool = False
    """True when this work (an SVD, say) already contains the answer to problems about the matrix."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockEncoding:
    """A unitary circuit whose block is the matrix A / alpha."""

    circuit: QuantumCircuit
    """U on registers ``system`` (first), ``ancilla``, ``work``; unitary, without measurements."""
    num_system: int
    """n: A acts on the lowest n qubits, padded to 2^n x 2^n."""
    ancillas: int
    """Qubits projected on |0>, directly after the system's."""
    alpha: float
    """Subnormalisation: A = alpha times the block."""
    error: float
    """Proven bound on the spectral norm of A - alpha * block."""
    method: str
    """How it was built: "eigen-dilation", "Pauli sum", "banded", ..."""
    reason: str = ""
    """Why this method was taken."""
    hermitian: bool = False
    """Whether A is Hermitian."""
    self_inverse: bool = False
    """Whether U equals its own inverse (then the inverse is re-emitted, not inverted)."""
    shape: tuple[int, int] = (0, 0)
    """Rows and columns of the matrix as it was given; the rest of the block is padding."""
    preparation: Preparation = field(default_factory=lambda: Preparation(0.0, "none"))
    controlled_builder: Callable[[], QuantumCircuit] | None = None
    """Cheap controlled-U (same registers, then ``control``, one qubit); None: U is controlled gate by gate."""

    @property
    def work_qubits(self) -> int:
        """Qubits of U that are clean before and after."""
        return int(self.circuit.num_qubits) - self.num_system - self.ancillas

    def matrix(self) -> ComplexMatrix:
        """Return alpha times the block, shape (2^n, 2^n): the matrix that is really encoded. For small circuits."""
        from qiskit.quantum_info import Operator

        size = 2**self.num_system
        return np.asarray(self.alpha * Operator(self.circuit).data[:size, :size], dtype=np.complex128)

    def inverse_circuit(self) -> QuantumCircuit:
        """Return U^dagger on the same registers."""
        return self.circuit if self.self_inverse else self.circuit.inverse()

    def controlled_circuit(self) -> QuantumCircuit:
        """Return controlled-U on the registers of U and, last, a register ``control`` of one qubit."""
        from qiskit import QuantumCircuit, QuantumRegister

        if self.controlled_builder is not None:
            return self.controlled_builder()
        circuit = QuantumCircuit(*self.circuit.qregs, QuantumRegister(1, "control"), name="cU")
        gate = self.circuit.to_gate().control(1, annotated=False)
        circuit.append(gate, [circuit.num_qubits - 1, *range(self.circuit.num_qubits)])
        return circuit
