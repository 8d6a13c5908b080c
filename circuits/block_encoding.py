r"""Block encodings: a unitary whose block is a matrix, with exact bookkeeping of alpha, ancillas and error.

A :class:`BlockEncoding` holds a circuit U on registers ``system``, ``ancilla`` and ``work`` (in this order) with
:math:`\|A - \alpha (\langle 0|_{anc} \otimes I) U (|0\rangle_{anc} \otimes I)\| \le error` (1806.01838, definition 43).
Little-endian: the block is U[:2^n, :2^n]. Work qubits start and end in :math:`|0\rangle` and belong to no projector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Number
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["BlockEncoding", "Preparation"]

ComplexMatrix = npt.NDArray[np.complex128]
_WIDEST_SIMULATED, _WIDEST_BLOCK = 22, 10
"""Qubits of an encoding, and of its system, up to which its matrix is computed."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """Classical work behind an encoding: reported beside every quantum cost."""

    operations: float
    """Arithmetic operations, leading order."""
    description: str
    solves_problem: bool = False
    """True when this work (an SVD, say) already contains the answer to problems about the matrix."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BlockEncoding:
    """A unitary circuit whose block is the matrix A / alpha.

    Encodings are added, subtracted, multiplied (``*`` with numbers, ``@`` with each other) like the matrices they hold;
    alpha, error and ancillas follow (:mod:`circuits.encoding_algebra`).
    """

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
    """Rows and columns of the matrix as it was given; the rest of the block is padding, which never mixes with it."""
    preparation: Preparation = field(default_factory=lambda: Preparation(0.0, "none"))
    controlled_builder: Callable[[], QuantumCircuit] | None = None
    """Cheap controlled-U (same registers, then ``control``, one qubit); None: U is controlled gate by gate."""
    clean_work: bool = True
    """Whether work qubits return to |0> for every state of the ancillas. False: only where the ancillas return to |0>,
    through any sequence of U, U^dagger and phases of the ancillas' |0>; such work qubits must not be used by others."""
    summands: tuple[tuple[complex, BlockEncoding], ...] = ()
    """The terms of a sum: adding to it extends its weighted index instead of nesting another one."""

    # numpy scalars leave ``2.0 * encoding`` to this class.
    __array_ufunc__ = None

    @property
    def work_qubits(self) -> int:
        """Qubits of U that are clean before and after."""
        return int(self.circuit.num_qubits) - self.num_system - self.ancillas

    def matrix(self) -> ComplexMatrix:
        """Return alpha times the block, shape (2^n, 2^n): the matrix that is really encoded, column by column.

        Raises:
            ProblemError: more than 22 qubits, or a block of more than 10.
        """
        from qiskit.quantum_info import Statevector

        width = int(self.circuit.num_qubits)
        if width > _WIDEST_SIMULATED or self.num_system > _WIDEST_BLOCK:
            raise ProblemError(
                f"the encoding has {width} qubits, {self.num_system} of the system; allowed for its matrix: at most "
                f"{_WIDEST_SIMULATED} and {_WIDEST_BLOCK}; read single columns from a simulation of its circuit"
            )
        size = 2**self.num_system
        columns = [Statevector.from_int(index, 2**width).evolve(self.circuit).data[:size] for index in range(size)]
        return np.asarray(self.alpha * np.array(columns).T, dtype=np.complex128)

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

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"

    def __repr__(self) -> str:
        rows, columns = self.shape
        return (
            f"BlockEncoding({self.method}, {rows} x {columns}, alpha={self.alpha:.6g}, ancillas={self.ancillas}, "
            f"work_qubits={self.work_qubits}, error={self.error:.1e})"
        )

    def __str__(self) -> str:
        rows, columns = self.shape
        solved = " (already solves the problem)" if self.preparation.solves_problem else ""
        lines = (
            ("block encoding", f"{self.method}: {rows} x {columns}" + (", Hermitian" if self.hermitian else "")),
            ("alpha", f"{self.alpha:.12g}"),
            ("error", f"{self.error:.1e} (proven, rounding of gates apart)"),
            ("qubits", f"{self.num_system} system, {self.ancillas} ancilla, {self.work_qubits} work"),
            ("preparation", f"{self.preparation.description}, {self.preparation.operations:.3g} operations{solved}"),
            ("why", self.reason or "asked for"),
        )
        return "\n".join(f"{name:<15} {value}" for name, value in lines)

    def adjoint(self) -> BlockEncoding:
        """Return an encoding of the conjugate transpose."""
        from circuits.encoding_algebra import adjoint

        return adjoint(self)

    def tensor(self, other: BlockEncoding) -> BlockEncoding:
        """Return an encoding of the Kronecker product, ``other`` on the low qubits (as numpy.kron)."""
        from circuits.encoding_algebra import tensor

        return tensor(self, other)

    def scaled(self, factor: complex) -> BlockEncoding:
        """Return an encoding of factor * A: alpha and a phase change, the circuit does not."""
        from circuits.encoding_algebra import scaled

        return scaled(self, factor)

    def with_alpha(self, alpha: float) -> BlockEncoding:
        """Return an encoding of the same matrix with a larger alpha; one more ancilla."""
        from circuits.encoding_algebra import with_alpha

        return with_alpha(self, alpha)

    def __add__(self, other: BlockEncoding) -> BlockEncoding:
        from circuits.encoding_algebra import summed

        return summed(self, other) if isinstance(other, BlockEncoding) else NotImplemented

    def __sub__(self, other: BlockEncoding) -> BlockEncoding:
        from circuits.encoding_algebra import summed

        return summed(self, other, -1.0) if isinstance(other, BlockEncoding) else NotImplemented

    def __matmul__(self, other: BlockEncoding) -> BlockEncoding:
        from circuits.encoding_algebra import product

        return product(self, other) if isinstance(other, BlockEncoding) else NotImplemented

    def __mul__(self, factor: complex) -> BlockEncoding:
        return self.scaled(factor) if isinstance(factor, Number) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: complex) -> BlockEncoding:
        return self.scaled(1 / divisor) if isinstance(divisor, Number) and divisor else NotImplemented

    def __neg__(self) -> BlockEncoding:
        return self.scaled(-1.0)
