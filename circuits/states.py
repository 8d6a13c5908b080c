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
from circuits.matrix_product import (
    MatrixProductState,
    append_schmidt_state,
    matrix_product_approximation,
    matrix_product_state,
    product_factors,
    staircase,
)
from circuits.multiplexed import append_real_tree
from circuits.validation import MAX_LOADED_QUBITS, checked_amplitudes, checked_probabilities, real_array

__all__ = [
    "MAX_LOADED_QUBITS",
    "MatrixProductState",
    "joint_payoff_amplitudes",
    "joint_payoff_state",
    "load_distribution",
    "load_state",
    "matrix_product_approximation",
    "matrix_product_state",
]

_EXACT = 1e-12
"""Largest change of an amplitude for which a cheaper circuit still counts as exact."""


def load_state(amplitudes: npt.ArrayLike) -> QuantumCircuit:
    r"""Prepare :math:`\sum_i v_i |i\rangle` exactly from :math:`|0\rangle`, global phase included.

    Cost for a real vector on n = 2..6 qubits: at most 1, 3, 7, 16, 37 CX (Schmidt decomposition into real two- and
    three-qubit matrices); beyond that :math:`2^n - n - 1` CX (a tree of multiplexed Ry, quant-ph/0406176). Product
    states cost none, matrix-product states of bond dimension 4 (2) to 1e-12 cost 9 n - 29 (2 n - 3). A complex vector
    costs :math:`2^n - n - 1` CX (qiskit's isometry synthesis).

    Args:
        amplitudes: real or complex vector of length 2^n, norm 1 to 1e-8; entry i belongs to :math:`|i\rangle`, qubit 0
            being the least significant bit of i.

    Raises:
        ProblemError: wrong length, not finite, not normalised, more than :data:`MAX_LOADED_QUBITS` qubits.
    """
    vector = checked_amplitudes(amplitudes, "amplitudes")
    num_qubits = vector.size.bit_length() - 1
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "state"), name="load_state")
    return circuit.compose(_preparation(vector, num_qubits), range(num_qubits))


def load_distribution(probabilities: npt.ArrayLike) -> QuantumCircuit:
    r"""Prepare :math:`\sum_i \sqrt{p_i} |i\rangle` exactly; cost as :func:`load_state`.

    Args:
        probabilities: vector of length 2^n, entries >= 0, sum 1 to 1e-8; little-endian index.

    Raises:
        ProblemError: wrong length, a negative or infinite entry, a sum other than 1.
    """
    circuit = load_state(np.sqrt(checked_probabilities(probabilities)))
    circuit.name = "load_distribution"
    return circuit


def joint_payoff_amplitudes(probabilities: npt.ArrayLike, scaled_payoff: npt.ArrayLike) -> npt.NDArray[np.float64]:
    r"""Return the 2^(n+1) amplitudes of :func:`joint_payoff_state`, the objective qubit most significant.

    Raises:
        ProblemError: see :func:`joint_payoff_state`.
    """
    weights = checked_probabilities(probabilities)
    payoff = real_array(scaled_payoff, "scaled_payoff")
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


def _preparation(vector: npt.NDArray[np.float64] | npt.NDArray[np.complex128], num_qubits: int) -> QuantumCircuit:
    if np.iscomplexobj(vector):
        return _complex_preparation(vector.astype(np.complex128))
    return _real_preparation(vector.astype(np.float64), num_qubits)


def _real_preparation(vector: npt.NDArray[np.float64], num_qubits: int) -> QuantumCircuit:
    factors = product_factors(vector)
    if factors is not None:
        return _product_preparation(factors)
    for bond_dimension in (2, 4):
        if num_qubits < max(bond_dimension, 3):
            continue
        state = matrix_product_approximation(vector, bond_dimension, keep_objective=False)
        if np.max(np.abs(state.vector() - vector)) <= _EXACT:
            return staircase(state)
    circuit = QuantumCircuit(num_qubits)
    if num_qubits == 6:
        upper, values, lower = np.linalg.svd(vector.reshape(8, 8))
        append_schmidt_state(circuit, (upper, values, lower.T), [3, 4, 5], [0, 1, 2])
    else:
        append_real_tree(circuit, vector, range(num_qubits))
    return circuit


def _product_preparation(factors: list[npt.NDArray[np.float64]]) -> QuantumCircuit:
    circuit = QuantumCircuit(len(factors))
    for qubit, factor in enumerate(factors):
        circuit.ry(2 * float(np.arctan2(factor[1], factor[0])), qubit)
    return circuit


def _complex_preparation(vector: npt.NDArray[np.complex128]) -> QuantumCircuit:
    num_qubits = vector.size.bit_length() - 1
    raw = QuantumCircuit(num_qubits)
    raw.append(StatePreparation(vector.tolist()), range(num_qubits))
    # Synthesised here: the inverse of an unsynthesised StatePreparation crashes qiskit-aer (qiskit-aer#2446).
    return transpile(raw, basis_gates=["u", "cx"], optimization_level=1, seed_transpiler=1)
