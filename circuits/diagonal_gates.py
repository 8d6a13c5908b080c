r"""Tabulated diagonals: phases, and values as rotations of a flag; each with a control that costs a few gates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate

from circuits.multiplexed import append_multiplexed_ry

__all__ = ["append_phases", "append_values", "phases_cx"]

RealVector = npt.NDArray[np.float64]


def append_phases(circuit: QuantumCircuit, phases: RealVector, qubits: Sequence[int], control: int | None) -> None:
    """Multiply basis state c of ``qubits`` (little-endian) by exp(i phases[c]) where the control, if any, is set."""
    places = list(qubits)
    angles = phases
    if control is not None:
        places.append(control)
        angles = np.concatenate([np.zeros_like(phases), phases])
    if not places:
        circuit.global_phase += float(angles[0])
    else:
        circuit.append(DiagonalGate(np.exp(1j * angles).tolist()), places)


def phases_cx(phases: RealVector) -> int:
    """CX of :func:`append_phases` without a control."""
    return max(0, int(phases.size) - 2)


def append_values(
    circuit: QuantumCircuit, angles: RealVector, controls: Sequence[int], flag: int, control: int | None
) -> None:
    """Append Ry(angles[c]) on ``flag`` for every value c of ``controls`` where the control, if any, is set."""
    if control is None:
        append_multiplexed_ry(circuit, angles, controls, flag)
        return
    append_multiplexed_ry(circuit, angles / 2, controls, flag)
    circuit.cz(control, flag)
    append_multiplexed_ry(circuit, -angles / 2, controls, flag)
    circuit.cz(control, flag)
