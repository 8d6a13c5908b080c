r"""Load a vector or a probability distribution into a register: exact states.

All circuits consist of standard gates only (``ry``, ``cz``, ``u``, ...), so that their inverses cost what they cost and
export everywhere. Qubit order is little-endian: amplitude ``i`` belongs to the basis state whose qubit ``q`` holds
bit ``q`` of ``i``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.library import StatePreparation

from circuits.errors import ProblemError
from circuits.multiplexed import append_real_tree

__all__ = ["MAX_LOADED_QUBITS", "joint_payoff_amplitudes", "joint_payoff_state", "load_distribution", "load_state"]

MAX_LOADED_QUBITS = 20
"""Largest register that is loaded exactly: 2^20 amplitudes already need about a million CX."""

_NORM_TOLERANCE = 1e-8


def load_state(amplitudes: npt.ArrayLike) -> QuantumCircuit:
    r"""Prepare :math:`\sum_i v_i |i\rangle` exactly from :math:`|0\rangle`, global phase included.

    Cost: a real vector on n qubits takes at most :math:`2^n - n - 1` CX (a tree of multiplexed Ry whose last CZ gates
    are absorbed into the angles, quant-ph/0406176 section 4 for the tree); a complex one the same number by qiskit's
    isometry synthesis.

    Args:
        amplitudes: real or complex vector of length 2^n, norm 1 to 1e-8; entry i belongs to :math:`|i\rangle`, qubit 0
            being the least significant bit of i.

    Raises:
        ProblemError: wrong length, not finite, not normalised, more than :data:`MAX_LOADED_QUBITS` qubits.
    """
    vector = _checked_amplitudes(amplitudes, "amplitudes")
    num_qubits = vector.size.bit_length() - 1
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "state"), name="load_state")
    if np.iscomplexobj(vector):
        circuit.compose(_complex_preparation(vector), inplace=True)
    else:
        append_real_tree(circuit, vector, list(range(num_qubits)))
    return circuit


def load_distribution(probabilities: npt.ArrayLike) -> QuantumCircuit:
    r"""Prepare :math:`\sum_i \sqrt{p_i} |i\rangle` exactly; cost as :func:`load_state`.

    Args:
        probabilities: vector of length 2^n, entries >= 0, sum 1 to 1e-8; little-endian index.

    Raises:
        ProblemError: wrong length, a negative or infinite entry, a sum other than 1.
    """
    circuit = load_state(np.sqrt(_checked_probabilities(probabilities)))
    circuit.name = "load_distribution"
    return circuit


def joint_payoff_amplitudes(probabilities: npt.ArrayLike, scaled_payoff: npt.ArrayLike) -> npt.NDArray[np.float64]:
    r"""Return the 2^(n+1) amplitudes of :func:`joint_payoff_state`, the objective qubit most significant.

    Raises:
        ProblemError: see :func:`joint_payoff_state`.
    """
    weights = _checked_probabilities(probabilities)
    payoff = _real_array(scaled_payoff, "scaled_payoff")
    if payoff.shape != weights.shape:
        raise ProblemError(
            f"scaled_payoff has shape {payoff.shape}, probabilities {weights.shape}; allowed: equal lengths"
        )
    if payoff.min() < 0 or payoff.max() > 1:
        raise ProblemError(
            f"scaled_payoff lies in [{payoff.min():.6g}, {payoff.max():.6g}]; allowed: [0, 1]; "
            "subtract the least payoff and divide by the range"
        )
    return np.concatenate([np.sqrt(weights * (1 - payoff)), np.sqrt(weights * payoff)])


def joint_payoff_state(probabilities: npt.ArrayLike, scaled_payoff: npt.ArrayLike) -> QuantumCircuit:
    r"""Prepare distribution and payoff as one state: no arithmetic, no ancilla.

    .. math:: A|0\rangle = \sum_i \sqrt{p_i}\,|i\rangle\left(\sqrt{1-f_i}\,|0\rangle + \sqrt{f_i}\,|1\rangle\right),
        \qquad P(\text{objective} = 1) = \sum_i p_i f_i.

    Registers: ``price`` (n qubits, little-endian index i) and ``objective`` (one qubit, index n). Cost as
    :func:`load_state` on n + 1 qubits.

    Args:
        probabilities: vector p of length 2^n, entries >= 0, sum 1 to 1e-8.
        scaled_payoff: vector f of length 2^n, entries in [0, 1].

    Raises:
        ProblemError: wrong length, wrong range, not normalised, too many qubits.
    """
    amplitudes = joint_payoff_amplitudes(probabilities, scaled_payoff)
    num_price = amplitudes.size.bit_length() - 2
    circuit = QuantumCircuit(
        QuantumRegister(num_price, "price"), QuantumRegister(1, "objective"), name="joint_payoff_state"
    )
    loaded = load_state(amplitudes)
    return circuit.compose(loaded, range(num_price + 1))


def _complex_preparation(vector: npt.NDArray[np.complex128]) -> QuantumCircuit:
    num_qubits = vector.size.bit_length() - 1
    raw = QuantumCircuit(num_qubits)
    raw.append(StatePreparation(vector.tolist()), range(num_qubits))
    # Synthesised here: the inverse of an unsynthesised StatePreparation crashes qiskit-aer (qiskit-aer#2446).
    return transpile(raw, basis_gates=["u", "cx"], optimization_level=1, seed_transpiler=1)


def _real_array(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    array = _finite_vector(values, name)
    if np.iscomplexobj(array):
        raise ProblemError(f"{name} is complex; allowed: real numbers")
    return array.astype(np.float64)


def _checked_probabilities(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    weights = _real_array(probabilities, "probabilities")
    if weights.min() < 0:
        raise ProblemError(f"probabilities has the entry {weights.min():.6g}; allowed: numbers >= 0")
    total = float(weights.sum())
    if abs(total - 1) > _NORM_TOLERANCE:
        raise ProblemError(f"probabilities sum to {total:.12g}; allowed: 1 to {_NORM_TOLERANCE:g}; divide by the sum")
    return weights / total


def _checked_amplitudes(
    amplitudes: npt.ArrayLike, name: str
) -> npt.NDArray[np.float64] | npt.NDArray[np.complex128]:
    vector = _finite_vector(amplitudes, name)
    norm = float(np.linalg.norm(vector))
    if abs(norm - 1) > _NORM_TOLERANCE:
        raise ProblemError(f"{name} has norm {norm:.12g}; allowed: 1 to {_NORM_TOLERANCE:g}; divide by the norm")
    if np.iscomplexobj(vector) and np.any(vector.imag != 0):
        return (vector / norm).astype(np.complex128)
    return (vector.real / norm).astype(np.float64)


def _finite_vector(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64] | npt.NDArray[np.complex128]:
    try:
        array = np.asarray(values)
        array = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"{name} cannot be read as a vector of numbers: {error}") from error
    if array.ndim != 1 or array.size < 2 or array.size & (array.size - 1):
        raise ProblemError(f"{name} has shape {array.shape}; allowed: one axis of length 2, 4, 8, ...; pad with zeros")
    if array.size > 2**MAX_LOADED_QUBITS:
        raise ProblemError(
            f"{name} has {array.size} entries; allowed: at most 2^{MAX_LOADED_QUBITS}; "
            "use matrix_product_state for wide registers"
        )
    if not np.all(np.isfinite(array)):
        raise ProblemError(f"{name} has entries that are not finite; allowed: finite numbers")
    return array
