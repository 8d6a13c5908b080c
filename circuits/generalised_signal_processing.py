r"""Generalised QSP: phases of complex polynomials of a unitary, and circuits that apply them to a qubitised walk.

Convention, that of 2308.01501 (theorems 3 and 6): with

.. math:: R(\theta, \phi, \lambda) = \begin{pmatrix} e^{i(\lambda + \phi)} \cos\theta & e^{i\phi} \sin\theta \\
          e^{i\lambda} \sin\theta & -\cos\theta \end{pmatrix}

on the signal qubit and :math:`A = |0\rangle\langle 0| \otimes W + |1\rangle\langle 1| \otimes I`, the upper left entry
of :math:`R(\theta_d, \phi_d, 0) A R(\theta_{d-1}, \phi_{d-1}, 0) A \cdots A R(\theta_0, \phi_0, \lambda)` (index 0 acts
first) is :math:`P(W) = \sum_k p_k W^k`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError
from circuits.phase_flip import append_multi_controlled_z
from circuits.phase_record import VERSION, checked_record, phase_table, phase_table_html, stored_error, vector

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = [
    "GQSPPhases",
    "append_marked_rotation",
    "check_encoding",
    "generalised_qsvt",
    "hermitised",
    "qubitised_walk",
]

SCHEMA = "circuits.gqsp_phases"
RealVector = npt.NDArray[np.float64]
ComplexVector = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class GQSPPhases:
    r"""Phases of the Laurent polynomial :math:`P(z) = z^{lowest} \sum_j p_j z^{stride \cdot j}`, j = 0 .. d.

    The sequence of rotations yields :math:`\sum_j p_j y^j` with y = z^stride; ``lowest`` is what the circuit adds.
    """

    theta: RealVector  # shape (d + 1,), radians; index 0 acts first
    phi: RealVector  # shape (d + 1,), radians
    lam: float
    """lambda of the rotation that acts first."""
    coefficients: ComplexVector  # p_0 .. p_d of the target, shape (d + 1,)
    error: float
    """Certified bound on sup over the unit circle of |upper left entry - P|."""
    lowest: int = 0
    """Lowest power of z in P."""
    stride: int = 1
    """Powers of z from one coefficient to the next: 2 for a polynomial of definite parity."""

    def __post_init__(self) -> None:
        for array in (self.theta, self.phi, self.coefficients):
            array.setflags(write=False)

    @property
    def degree(self) -> int:
        """Steps d of the sequence: highest minus lowest power, over ``stride``."""
        return int(self.theta.size) - 1

    @property
    def queries(self) -> int:
        """Walk steps in :func:`generalised_qsvt`, each one use of a self-inverse encoding."""
        if self.stride == 2:
            return self.degree + abs(self.lowest + self.degree)
        return self.degree + max(0, self.lowest, -(self.lowest + self.degree))

    @property
    def chebyshev(self) -> ComplexVector:
        r"""Complex Chebyshev coefficients of :math:`\sum_k p_k T_{|k|}(x)`, what the walk's block makes of P."""
        powers = np.abs(self.lowest + self.stride * np.arange(self.degree + 1))
        result = np.zeros(int(powers.max()) + 1, dtype=np.complex128)
        np.add.at(result, powers, self.coefficients)
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; numbers survive to the last bit."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "theta": self.theta.tolist(),
            "phi": self.phi.tolist(),
            "lam": self.lam,
            "real": self.coefficients.real.tolist(),
            "imaginary": self.coefficients.imag.tolist(),
            "error": None if math.isnan(self.error) else self.error,
            "lowest": self.lowest,
            "stride": self.stride,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> GQSPPhases:
        """Rebuild from :meth:`to_dict`; the error is the one on record, not evaluated again.

        Raises:
            ProblemError: another schema or version, or arrays that do not belong together.
        """
        theta = vector(checked_record(data, SCHEMA)["theta"])
        phi, real, imaginary = (vector(data[name], theta.size) for name in ("phi", "real", "imaginary"))
        coefficients = real.astype(np.complex128)
        coefficients.imag = imaginary
        error = stored_error(data["error"])
        return cls(theta, phi, float(data["lam"]), coefficients, error, int(data["lowest"]), int(data["stride"]))

    def __str__(self) -> str:
        highest = self.lowest + self.stride * self.degree
        return phase_table(
            "phases of a complex polynomial, convention of 2308.01501 (radians)",
            [
                ("powers", f"{self.lowest} to {highest}" + (", every second" if self.stride == 2 else "")),
                ("queries", f"{self.queries:,} walk steps"),
                ("theta", self.theta),
                ("phi", self.phi),
                ("lambda", f"{self.lam:.6g}"),
                ("target", self.coefficients),
                ("error", f"{self.error:.3g}"),
            ],
        )

    def _repr_html_(self) -> str:
        return phase_table_html(str(self))


def generalised_qsvt(encoding: BlockEncoding, phases: GQSPPhases) -> QuantumCircuit:
    r"""Return a circuit whose block is :math:`\sum_k p_k T_{|k|}(H / \alpha)` for P(z) = sum_k p_k z^k, H Hermitian.

    P acts on the walk W of :func:`qubitised_walk`, whose powers have the blocks
    :math:`\langle 0| W^k |0\rangle = T_{|k|}(H / \alpha)`, k of either sign (1610.06546, 2308.01501). Registers: those
    of the encoding (of :func:`hermitised` for one that is not self-inverse and stride 1), then ``signal``; project
    ancillas and signal on |0>.

    Cost: stride 2 (definite parity): one use of the encoding or its inverse, uncontrolled, per step, d for a Laurent
    polynomial of degree d, and two relative-phase flips of the signal by the ancillas, as in real QSVT (2401.10321: the
    signal decides between W and its inverse). Stride 1: one controlled use per step, 2 K for a Laurent polynomial of
    degree K; twice that for an encoding that is not self-inverse.

    Raises:
        ProblemError: an encoding without ancillas, or of a matrix that is not Hermitian.
    """
    check_encoding(encoding)
    if phases.stride == 2:
        return _parity_sequence(encoding, phases)
    if not encoding.self_inverse:
        encoding = hermitised(encoding)
    return _controlled_sequence(encoding, phases)


def qubitised_walk(encoding: BlockEncoding) -> QuantumCircuit:
    r"""Return W = (2 |0><0| - 1) U on the registers of a self-inverse U (of :func:`hermitised`, if it is not).

    On the plane of each eigenvector of H, W is a rotation by :math:`\arccos(\lambda / \alpha)` (1610.06546), with the
    eigenvalues :math:`e^{\pm i \arccos(\lambda / \alpha)}`. One use of U.

    Raises:
        ProblemError: an encoding without ancillas, or of a matrix that is not Hermitian.
    """
    check_encoding(encoding)
    if not encoding.self_inverse:
        encoding = hermitised(encoding)
    circuit = encoding.circuit.copy_empty_like(name="W")
    circuit.compose(encoding.circuit, inplace=True)
    _append_reflection(circuit, encoding)
    return circuit


def hermitised(encoding: BlockEncoding) -> BlockEncoding:
    r"""Return a self-inverse encoding of the same Hermitian H, with one ancilla more: two controlled uses.

    :math:`(|1\rangle\langle 0| \otimes U + |0\rangle\langle 1| \otimes U^\dagger)` between Hadamards has the block
    :math:`(U + U^\dagger) / 2`. Its controlled form needs one work qubit and two Toffoli gates more.
    """
    from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister

    check_encoding(encoding)
    inner, outer = _controlled(encoding, inverse=False), _controlled(encoding, inverse=True)
    n, a, w = encoding.num_system, encoding.ancillas, encoding.work_qubits
    registers = [QuantumRegister(n, "system"), AncillaRegister(a + 1, "ancilla"), AncillaRegister(w + 1, "work")]
    parity, flag = n + a, n + a + 1 + w
    inside = [*range(n + a), *range(n + a + 1, flag)]

    def build(signal: int | None) -> QuantumCircuit:
        extra = [] if signal is None else [QuantumRegister(1, "control")]
        circuit = QuantumCircuit(*registers, *extra, name="U")
        circuit.h(parity)
        circuit.x(parity)
        if signal is None:
            circuit.compose(inner, [*inside, parity], inplace=True)
            circuit.x(parity)
            circuit.compose(outer, [*inside, parity], inplace=True)
            circuit.x(parity)
        else:
            # flag = signal and not parity, then signal and parity.
            circuit.ccx(signal, parity, flag)
            circuit.compose(inner, [*inside, flag], inplace=True)
            circuit.cx(signal, flag)
            circuit.compose(outer, [*inside, flag], inplace=True)
            circuit.x(parity)
            circuit.ccx(signal, parity, flag)
            circuit.cx(signal, parity)
        circuit.h(parity)
        return circuit

    return replace(
        encoding,
        circuit=build(None),
        ancillas=a + 1,
        method=f"{encoding.method}, hermitised",
        reason="self-inverse from U and its inverse",
        self_inverse=True,
        controlled_builder=lambda: build(flag + 1),
    )


def check_encoding(encoding: BlockEncoding) -> None:
    """Raise ``ProblemError`` unless the encoding has ancillas and is of a Hermitian matrix."""
    if encoding.ancillas < 1:
        raise ProblemError("encoding has no ancilla; allowed: at least one qubit that marks the block")
    if not encoding.hermitian:
        raise ProblemError(
            "encoding is of a matrix that is not marked Hermitian; allowed: Hermitian ones, whose eigenvalues the walk "
            "turns into phases; use circuits.qsvt for singular values"
        )


def _controlled(encoding: BlockEncoding, *, inverse: bool) -> QuantumCircuit:
    circuit = encoding.controlled_circuit()
    return circuit.inverse() if inverse else circuit


def _marks(encoding: BlockEncoding) -> list[int]:
    return list(range(encoding.num_system, encoding.num_system + encoding.ancillas))


def _append_reflection(circuit: QuantumCircuit, encoding: BlockEncoding, signal: tuple[int, int] | None = None) -> None:
    """Append 2 |0><0| - 1 on the ancillas, if ``signal`` = (qubit, value) is given only where the qubit has it."""
    marks = _marks(encoding)
    clean = range(encoding.num_system + encoding.ancillas, encoding.circuit.num_qubits)
    if signal is None:
        circuit.global_phase += math.pi
        flipped, involved = marks, marks
    else:
        qubit, value = signal
        circuit.z(qubit)
        if value == 0:
            circuit.global_phase += math.pi
        flipped, involved = marks if value else [*marks, qubit], [*marks, qubit]
    circuit.x(flipped)
    append_multi_controlled_z(circuit, involved, clean)
    circuit.x(flipped)


def _append_rotation(circuit: QuantumCircuit, theta: float, phi: float, lam: float = 0.0) -> None:
    """Append R(theta, phi, lam) on the last qubit, up to the phase exp(i phi) that the caller collects."""
    signal = circuit.num_qubits - 1
    if lam:
        circuit.p(-lam, signal)
        circuit.global_phase += lam
    # R = diag(e^{i phi}, -1) Ry(-2 theta).
    circuit.ry(-2.0 * theta, signal)
    circuit.p(math.pi - phi, signal)


def _controlled_sequence(encoding: BlockEncoding, phases: GQSPPhases) -> QuantumCircuit:
    """A = diag(W, 1) and, ``backward`` times, diag(1, W^-1): P(W) W^lowest."""
    from qiskit import QuantumCircuit, QuantumRegister

    circuit = QuantumCircuit(*encoding.circuit.qregs, QuantumRegister(1, "signal"), name="GQSVT")
    signal = circuit.num_qubits - 1
    controlled = encoding.controlled_circuit()
    backward = min(phases.degree, max(0, -phases.lowest))
    rest = phases.lowest + backward
    for step in range(phases.degree + 1):
        if 0 < step <= backward:
            # The first reflection acts on ancillas in |0>.
            if step > 1:
                _append_reflection(circuit, encoding, (signal, 1))
            circuit.compose(controlled, inplace=True)
        elif step > 0:
            circuit.x(signal)
            circuit.compose(controlled, inplace=True)
            circuit.x(signal)
            # The last reflection would act on the projected |0>.
            if step < phases.degree or rest:
                _append_reflection(circuit, encoding, (signal, 0))
        _append_rotation(circuit, float(phases.theta[step]), float(phases.phi[step]), phases.lam if step == 0 else 0.0)
    circuit.global_phase += math.fsum(phases.phi)
    _append_walks(circuit, encoding, rest)
    return circuit


def _append_walks(circuit: QuantumCircuit, encoding: BlockEncoding, power: int, *, used: int = 0) -> None:
    """Append W^power; ``used`` uses of U came before (U and its inverse alternate if they differ)."""
    qubits = range(encoding.circuit.num_qubits)
    for step in range(abs(power)):
        if power < 0:
            _append_reflection(circuit, encoding)
        circuit.compose(_turn(encoding, used + step), qubits, inplace=True)
        if power > 0 and step + 1 < power:
            _append_reflection(circuit, encoding)


def _turn(encoding: BlockEncoding, used: int) -> QuantumCircuit:
    return encoding.circuit if used % 2 == 0 else encoding.inverse_circuit()


def _parity_sequence(encoding: BlockEncoding, phases: GQSPPhases) -> QuantumCircuit:
    r"""diag(W, W^-1) in every step, of which only the reflections depend on the signal.

    diag(W, W^-1) = C_0[R] U C_1[R], where C_v[R] is R = 2 |0><0| - 1 controlled by the value v. What stands between two
    U is S on ancillas in |0> and -Z S Z otherwise: with S = D(phi) Rot(-theta) Z, Rot(x) = Ry(-2 x), that is
    D(phi) Rot(pi/2) Rot(-+ (theta + pi/2)) Z.
    """
    from qiskit import QuantumCircuit, QuantumRegister

    circuit = QuantumCircuit(*encoding.circuit.qregs, QuantumRegister(1, "signal"), name="GQSVT")
    signal, inside = circuit.num_qubits - 1, range(encoding.circuit.num_qubits)
    turns = [_turn(encoding, 0), _turn(encoding, 1)]
    degree, rest = phases.degree, phases.lowest + phases.degree
    for step in range(degree + 1):
        theta, phi = float(phases.theta[step]), float(phases.phi[step])
        if step == 0 or (step == degree and not rest):
            _append_rotation(circuit, theta, phi, phases.lam if step == 0 else 0.0)
        elif step == degree:
            _append_reflection(circuit, encoding, (signal, 0))
            _append_rotation(circuit, theta, phi)
        else:
            circuit.z(signal)
            append_marked_rotation(circuit, encoding, 2.0 * theta + math.pi)
            circuit.ry(-math.pi, signal)
            circuit.p(-phi, signal)
        if step < degree:
            circuit.compose(turns[step % 2], inside, inplace=True)
    # The first and the last R carry diag(1, -1) in p(pi - phi); all carry e^{i phi} apart from that.
    circuit.global_phase += math.fsum(phases.phi)
    _append_walks(circuit, encoding, rest, used=degree)
    return circuit


def append_marked_rotation(circuit: QuantumCircuit, encoding: BlockEncoding, angle: float) -> None:
    """Append Ry(angle) on the signal where the ancillas are |0>, Ry(-angle) elsewhere."""
    signal, marks = circuit.num_qubits - 1, _marks(encoding)
    # Ry(x) = Rx(-pi/2) Rz(x) Rx(pi/2); the flip makes it Rz(-x) where all marks are 1 after X.
    circuit.rx(math.pi / 2, signal)
    circuit.x(marks)
    _append_flip(circuit, marks, signal, inverse=False)
    circuit.rz(-angle, signal)
    _append_flip(circuit, marks, signal, inverse=True)
    circuit.x(marks)
    circuit.rx(-math.pi / 2, signal)


def _append_flip(circuit: QuantumCircuit, marks: list[int], signal: int, *, inverse: bool) -> None:
    """Append X controlled by all ``marks``, up to phases that the diagonal rotation between two of them lets cancel."""
    from qiskit.circuit.library import RC3XGate, RCCXGate

    if len(marks) == 1:
        circuit.cx(marks[0], signal)
    elif len(marks) in (2, 3):
        gate = RCCXGate() if len(marks) == 2 else RC3XGate()
        circuit.append(gate.inverse() if inverse else gate, [*marks, signal])
    else:
        circuit.mcx(marks, signal)
