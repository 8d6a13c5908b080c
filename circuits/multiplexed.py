r"""Multiplexed (uniformly controlled) rotations from plain ``ry`` and ``cz``, and the tree that loads real states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit

__all__ = ["append_multiplexed_ry", "append_real_tree"]

_NEGLIGIBLE_ANGLE = 1e-14

RealVector = npt.NDArray[np.float64]


def append_multiplexed_ry(
    circuit: QuantumCircuit,
    angles: RealVector,
    controls: Sequence[int],
    target: int,
    *,
    drop_last: bool = False,
) -> None:
    r"""Append Ry(angles[c]) on ``target`` for every value c of ``controls`` (little-endian).

    Cost: 2^k CZ for k >= 1 controls (Gray-code order, quant-ph/0406176 theorem 8), one less with ``drop_last``: then
    the circuit still lacks CZ(controls[-1], target) at its end, which the caller absorbs.
    """
    num_controls = len(controls)
    gray = np.arange(2**num_controls) ^ (np.arange(2**num_controls) >> 1)
    rotations = _walsh_hadamard(angles)[gray] / 2**num_controls
    for step, rotation in enumerate(rotations):
        if abs(rotation) > _NEGLIGIBLE_ANGLE:
            circuit.ry(float(rotation), target)
        last = step == 2**num_controls - 1
        if num_controls and not (last and drop_last):
            trailing_zeros = ((step + 1) & -(step + 1)).bit_length() - 1
            circuit.cz(controls[min(trailing_zeros, num_controls - 1)], target)


def append_real_tree(circuit: QuantumCircuit, vector: RealVector, qubits: Sequence[int]) -> None:
    r"""Append a circuit that maps |0...0> of ``qubits`` to the real unit ``vector`` (little-endian).

    Cost: 2^n - n - 1 CZ. Every level lacks its last CZ; those gates are diagonal on qubits that later levels use as
    controls only, so they commute to the end and are absorbed into the signs of the loaded vector.
    """
    num_qubits = len(qubits)
    signed = vector * _dropped_signs(num_qubits)
    norms = [signed]
    while norms[0].size > 2:
        pairs = norms[0].reshape(-1, 2)
        norms.insert(0, np.hypot(pairs[:, 0], pairs[:, 1]))
    for level, amplitudes in enumerate(norms):
        pairs = amplitudes.reshape(-1, 2)
        angles = 2 * np.arctan2(pairs[:, 1], pairs[:, 0])
        target = num_qubits - 1 - level
        controls = [qubits[index] for index in range(target + 1, num_qubits)]
        append_multiplexed_ry(circuit, angles, controls, qubits[target], drop_last=True)


def _dropped_signs(num_qubits: int) -> RealVector:
    """Diagonal of all dropped CZ gates: each level's target with its last control, the most significant qubit."""
    index = np.arange(2**num_qubits)
    lower_bits = np.bitwise_count(index & (2 ** (num_qubits - 1) - 1)).astype(np.int64)
    exponent = (index >> (num_qubits - 1)) * lower_bits
    return np.asarray(1.0 - 2.0 * (exponent % 2), dtype=np.float64)


def _walsh_hadamard(values: RealVector) -> RealVector:
    result = np.array(values, dtype=np.float64)
    half = 1
    while half < result.size:
        blocks = result.reshape(-1, 2, half)
        result = np.stack([blocks[:, 0] + blocks[:, 1], blocks[:, 0] - blocks[:, 1]], axis=1).reshape(-1)
        half *= 2
    return result
