r"""Phase estimation bit by bit with a threshold polynomial instead of a Fourier transform (2105.02859, section V).

Bit j is decided on :math:`\cos(\pi(2^j\varphi - s))`, where s holds the bits already found: a polynomial P that is near
1 for a small angle and near 0 for an angle near :math:`\pi/2` flips the bit's own qubit with amplitude P. Only that
qubit takes part in the signal processing: no projector, no Fourier transform.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister

from circuits.errors import ProblemError
from circuits.signal_processing import QSPPhases
from circuits.validation import adopt_registers, check_count

__all__ = ["bitwise_phase_estimation"]


def bitwise_phase_estimation(
    state_preparation: QuantumCircuit,
    controlled_power: Callable[[int], QuantumCircuit],
    num_bits: int,
    phases: QSPPhases,
) -> QuantumCircuit:
    r"""Return the circuit, without measurements, that writes the phase of an eigenstate into ``evaluation``.

    With eigenvalue :math:`e^{2\pi i\varphi}` and the real polynomial P of ``phases``: given the lower bits, the qubit
    of the bit of weight :math:`2^{-(j+1)}` ends in 0 with probability :math:`P(\cos\pi x)^2`, in 1 with the rest, where
    :math:`x = 2^j\varphi - s` and s is the fraction made of the lower bits. Superpositions of eigenstates keep their
    weights.

    Registers: ``evaluation`` (m qubits, y little-endian, phase about y / 2^m), then those of ``state_preparation``.
    Cost: :math:`d(2^m - 1)` controlled uses of U for degree d, and d m (m - 1) / 2 controlled phases.

    Args:
        state_preparation: prepares the eigenstate (or a superposition) from :math:`|0\rangle`.
        controlled_power: j to a circuit of controlled-:math:`U^{2^j}`, control first.
        num_bits: m.
        phases: of an even or odd real polynomial.

    Raises:
        ProblemError: no bit, or a controlled power of another width than one control and the state.
    """
    check_count(num_bits, "num_bits", 1)
    pieces = [controlled_power(index) for index in range(num_bits)]
    width = state_preparation.num_qubits
    if any(piece.num_qubits != width + 1 for piece in pieces):
        raise ProblemError(
            f"controlled_power gives circuits of {[piece.num_qubits for piece in pieces]} qubits; allowed: one control "
            f"and the {width} qubits of state_preparation"
        )
    circuit = QuantumCircuit(QuantumRegister(num_bits, "evaluation"), name="bitwise_phase_estimation")
    adopt_registers(circuit, state_preparation)
    system = list(range(num_bits, num_bits + width))
    circuit.compose(state_preparation, system, inplace=True)
    turns = _turns(phases)
    for qubit in range(num_bits):
        # Qubit 0, the least significant bit, is found with the highest power.
        piece = pieces[num_bits - 1 - qubit]
        circuit.rx(turns[-1], qubit)
        for turn in turns[-2::-1]:
            circuit.compose(piece, [qubit, *system], inplace=True)
            for lower in range(qubit):
                circuit.cp(-np.pi * 2.0 ** (lower - qubit), lower, qubit)
            circuit.rx(turn, qubit)
        circuit.x(qubit)
    return circuit


def _turns(phases: QSPPhases) -> list[float]:
    r"""Rx angles that flip the qubit with amplitude of modulus :math:`|P(\cos\theta)|` if U has phase :math:`2\theta`.

    In the basis of the Hadamard gate the product :math:`e^{i\phi_0 Z} W e^{i\phi_1 Z} \dots` is one of X rotations and
    phases; without the :math:`\pi/4` of the convention "Wx, Re" at both ends, P becomes the whole off-diagonal element.
    """
    values: npt.NDArray[np.float64] = phases.values.copy()
    values[0] -= np.pi / 4
    values[-1] -= np.pi / 4
    return [-2.0 * float(value) for value in values]
