r"""The alternating sequence of QSVT: a block encoding and its inverse between phases about its projector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.projector_phase import Minimise, ProjectorPhase, reduction

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["SequenceQubits", "append_sequence", "extra_qubits", "in_time_order", "reflection_phases"]

RealVector = npt.NDArray[np.float64]
RealMatrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SequenceQubits:
    """Where the parts of a sequence lie in the circuit that it is appended to."""

    encoding: Sequence[int]
    """Qubits of the block encoding: system, ancilla, work."""
    signal: int
    selectors: Sequence[int] = ()
    """Qubits that choose among the columns of phases, little-endian."""
    last_control: int | None = None
    """Controls the last use of the encoding; None: no use is controlled."""
    extra: Sequence[int] = ()
    """Clean qubits besides the work qubits of the encoding."""


def extra_qubits(encoding: BlockEncoding, selectors: int, minimise: Minimise) -> int:
    """Return how many clean qubits beyond the encoding's own work qubits make the projector phases cheaper."""
    removed = reduction(encoding.ancillas, selectors, minimise)
    return max(0, (removed + 1) // 2 - encoding.work_qubits)


def in_time_order(values: RealVector, steps: int) -> RealVector:
    """Return ``steps`` phases, the one applied first at index 0; those after the sequence has ended are zero."""
    padded = np.zeros(steps)
    padded[: values.size] = values[::-1]
    return padded


def append_sequence(
    circuit: QuantumCircuit,
    encoding: BlockEncoding,
    phases: RealMatrix,
    qubits: SequenceQubits,
    minimise: Minimise,
) -> None:
    r"""Append :math:`H\,[\prod U^{(\dagger)} e^{i \phi Z (2 \Pi - 1)}]\,H` on the signal, in time order.

    ``phases``: shape (uses + 1, 2^selectors); the first and the last row act where the ancillas are projected anyway.
    """
    uses = phases.shape[0] - 1
    start = encoding.num_system
    projector = ProjectorPhase(
        circuit=circuit,
        marks=[qubits.encoding[index] for index in range(start, start + encoding.ancillas)],
        signal=qubits.signal,
        selectors=qubits.selectors,
        clean=[*qubits.encoding[start + encoding.ancillas :], *qubits.extra],
        minimise=minimise,
    )
    forward, backward = encoding.circuit, encoding.inverse_circuit()
    circuit.h(qubits.signal)
    for use, row in enumerate(phases):
        projector.append(row, projected=use in (0, uses))
        if use == uses:
            break
        if use == uses - 1 and qubits.last_control is not None:
            controlled = encoding.controlled_circuit()
            if use % 2 and not encoding.self_inverse:
                controlled = controlled.inverse()
            circuit.compose(controlled, [*qubits.encoding, qubits.last_control], inplace=True)
        else:
            circuit.compose(backward if use % 2 else forward, qubits.encoding, inplace=True)
    projector.close()
    circuit.h(qubits.signal)


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
