r"""QSP phases and the circuits that apply a polynomial to the singular values of a block encoding (QSVT).

One convention, everywhere: with :math:`W(x) = \begin{pmatrix} x & i\sqrt{1-x^2} \\ i\sqrt{1-x^2} & x \end{pmatrix}` and
:math:`U_\phi(x) = e^{i\phi_0 Z} \prod_{k=1}^{d} W(x) e^{i\phi_k Z}` the target is the real part,
:math:`\mathrm{Re} \langle 0|U_\phi(x)|0\rangle = P(x)` ("Wx, Re"; 2105.02859, section II). Converters to other
conventions: :mod:`qalgo.qsvt.conventions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["QSPPhases", "qsvt"]

RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class QSPPhases:
    """Phases of a real polynomial of definite parity, in the convention "Wx, Re", with a certified error."""

    values: RealVector  # shape (degree + 1,), radians
    coefficients: RealVector  # Chebyshev coefficients of the target, shape (degree + 1,)
    error: float
    """Certified bound on sup over [-1, 1] of |Re <0|U|0> - P|."""

    def __post_init__(self) -> None:
        for array in (self.values, self.coefficients):
            array.setflags(write=False)

    @property
    def degree(self) -> int:
        """Number of uses of the block encoding."""
        return int(self.values.size) - 1

    @property
    def parity(self) -> int:
        """0 for even, 1 for odd."""
        return self.degree % 2


def qsvt(encoding: BlockEncoding, phases: QSPPhases) -> QuantumCircuit:
    r"""Return a circuit whose block is P(A / alpha), the real polynomial of ``phases``, of the singular values.

    Odd P: :math:`\sum_k P(\sigma_k) |u_k\rangle\langle v_k|`; even P: the same with :math:`|v_k\rangle\langle v_k|`;
    both are P(A / alpha) for Hermitian A (1806.01838, theorem 17). Registers: those of the encoding, then ``signal``
    (one qubit): project ancillas and signal on |0>. Cost: ``degree`` uses of the encoding or its inverse, none of them
    controlled.

    Raises:
        ProblemError: an encoding without ancillas.
    """
    from qiskit import QuantumCircuit, QuantumRegister

    if encoding.ancillas < 1:
        raise ProblemError("encoding has no ancilla; allowed: at least one qubit that marks the block")
    degree = phases.degree
    values = reflection_phases(phases.values)
    forward, backward = encoding.circuit, encoding.inverse_circuit()
    circuit = QuantumCircuit(*forward.qregs, QuantumRegister(1, "signal"), name="QSVT")
    signal = circuit.num_qubits - 1
    marks = list(range(encoding.num_system, encoding.num_system + encoding.ancillas))
    circuit.h(signal)
    for step in range(degree, -1, -1):
        circuit.x(marks)
        circuit.mcx(marks, signal)
        circuit.rz(2.0 * float(values[step]), signal)
        circuit.mcx(marks, signal)
        circuit.x(marks)
        if step > 0:
            circuit.compose(forward if (degree - step) % 2 == 0 else backward, forward.qubits, inplace=True)
    circuit.h(signal)
    return circuit


def reflection_phases(values: RealVector) -> RealVector:
    r"""Return the phases for :math:`R = \begin{pmatrix} x & s \\ s & -x \end{pmatrix}`, :math:`s^2 = 1 - x^2`.

    A block encoding acts as R, not as W, on the plane of each singular value (2105.02859, appendix A.2).
    """
    degree = values.size - 1
    if degree == 0:
        return values.copy()
    shifted = values - np.pi / 2
    shifted[0] = values[0] + (2 * degree - 1) * np.pi / 4
    shifted[-1] = values[-1] - np.pi / 4
    return shifted
