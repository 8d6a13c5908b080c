r"""The alternating sequence of QSVT: a block encoding and its inverse between phases about its projector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.projector_phase import Minimise, ProjectorPhase, reduction, walsh

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["SequenceQubits", "append_sequence", "extra_qubits", "in_time_order", "reflection_phases"]

RealVector = npt.NDArray[np.float64]
RealMatrix = npt.NDArray[np.float64]

_TINY_ANGLE = 1e-4
_OFFSET = 1.0
"""Radians: no multiple of pi / 8 that the phases of a polynomial cluster around."""


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
    return max(0, (removed + 1) // 2 - (encoding.work_qubits if encoding.clean_work else 0))


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

    ``phases``: shape (uses + 1, 2^selectors). The first and the last row act where the ancillas are projected anyway:
    there they are plain rotations of the signal, which commute with everything between, so that the last takes both.
    """
    uses = phases.shape[0] - 1
    rows = phases.copy()
    if uses:
        rows[-1] += rows[0]
        rows[0] = 0.0
    rows = _without_tiny_angles(rows)
    start = encoding.num_system
    # Work qubits that are clean only together with the ancillas hold data between two uses.
    lent = qubits.encoding[start + encoding.ancillas :] if encoding.clean_work else ()
    projector = ProjectorPhase(
        circuit=circuit,
        marks=[qubits.encoding[index] for index in range(start, start + encoding.ancillas)],
        signal=qubits.signal,
        selectors=qubits.selectors,
        clean=[*lent, *qubits.extra],
        minimise=minimise,
    )
    forward, backward = encoding.circuit, encoding.inverse_circuit()
    # Everything between the Hadamards is diagonal in the signal, so that an angle may be added here and taken back at
    # the end; without it the first rotations are close to Clifford gates, and transpilers drop the small difference.
    offset = _OFFSET if uses > 1 and minimise == "cx" else 0.0
    circuit.h(qubits.signal)
    if offset:
        circuit.rz(offset, qubits.signal)
    for use in range(uses):
        if use:
            projector.append(rows[use])
        if use == uses - 1 and qubits.last_control is not None:
            controlled = encoding.controlled_circuit()
            if use % 2 and not encoding.self_inverse:
                controlled = controlled.inverse()
            circuit.compose(controlled, [*qubits.encoding, qubits.last_control], inplace=True)
        else:
            circuit.compose(backward if use % 2 else forward, qubits.encoding, inplace=True)
    if not qubits.selectors:
        # One gate with the Hadamard, since transpilers drop a rotation that is nearly the identity by itself.
        angle = -2.0 * float(rows[-1, 0]) - offset
        circuit.u(np.pi / 2, 0.0, np.pi + angle, qubits.signal)
        circuit.global_phase -= angle / 2
        return
    projector.append(rows[-1], projected=True)
    projector.close()
    if offset:
        circuit.rz(-offset, qubits.signal)
    circuit.h(qubits.signal)


def _without_tiny_angles(rows: RealMatrix) -> RealMatrix:
    """Add pi to the last selector value where an angle is tiny: qiskit drops rotations below 2e-6 as identities.

    Each pi is a sign, so that an even number of them changes nothing. Without selectors nothing is gained.
    """
    width = rows.shape[1]
    if width == 1:
        return rows
    tiny = [index for index in range(rows.shape[0]) if _has_tiny(rows[index])]
    rest = [index for index in range(rows.shape[0] - 1, 0, -1) if index not in tiny and np.any(rows[index])]
    if len(tiny) % 2:
        tiny += rest[:1]
    changed = rows.copy()
    changed[tiny[: len(tiny) - len(tiny) % 2], -1] += np.pi
    return changed


def _has_tiny(row: RealVector) -> bool:
    sizes = np.abs(walsh(row))
    return bool(np.any((sizes > 0.0) & (sizes < _TINY_ANGLE)))


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
