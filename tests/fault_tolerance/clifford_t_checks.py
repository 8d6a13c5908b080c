"""Shared by the tests of fault-tolerant costs: distances by dense linear algebra, and the circuits of the targets."""

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import LinearAmplitudeFunctionGate, StatePreparation
from qiskit.quantum_info import Operator, Statevector, random_statevector
from scipy.optimize import minimize_scalar

CLIFFORD_T = {"h", "s", "sdg", "x", "y", "z", "cx", "cz", "swap", "t", "tdg"}


def distance(found: QuantumCircuit, wanted: QuantumCircuit) -> float:
    """Operator norm of the difference for work qubits in |0>, least over a common phase; leakage included."""
    size = 2**wanted.num_qubits
    isometry = Operator(found).data[:, :size]
    exact = np.zeros_like(isometry)
    exact[:size] = Operator(wanted).data
    start = np.angle(np.vdot(exact, isometry))
    norms = {}

    def norm(shift: float) -> float:
        return norms.setdefault(shift, float(np.linalg.norm(isometry - np.exp(1j * (start + shift)) * exact, 2)))

    if norm(0.0) > 1e-10:
        minimize_scalar(norm, bounds=(-norm(0.0), norm(0.0)), method="bounded", options={"xatol": 1e-9})
    return min(norms.values())


def error_on_a_random_state(found: QuantumCircuit, unitary, num_qubits: int, seed: int) -> float:
    """Norm of the difference on one Haar random state; ``unitary`` is a function of its vector."""
    state = random_statevector(2**num_qubits, seed=seed)
    wanted = np.zeros(2**found.num_qubits, dtype=complex)
    wanted[: 2**num_qubits] = unitary(np.asarray(state.data))
    start = np.zeros_like(wanted)
    start[: 2**num_qubits] = state.data
    vector = np.asarray(Statevector(start).evolve(found).data)
    phase = np.vdot(wanted, vector)
    return float(np.linalg.norm(vector - phase / abs(phase) * wanted))


def uniform(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    circuit.h(range(num_qubits))
    return circuit


def library_call(num_qubits: int, prices, probabilities) -> QuantumCircuit:
    """The call of 1905.02666 as qiskit-finance builds it: state preparation and LinearAmplitudeFunctionGate."""
    strike = 1.896
    payoff = LinearAmplitudeFunctionGate(
        num_qubits,
        slope=[0.0, 1.0],
        offset=[0.0, 0.0],
        domain=(prices[0], prices[-1]),
        image=(0.0, prices[-1] - strike),
        breakpoints=[prices[0], strike],
        rescaling_factor=0.25,
    )
    circuit = QuantumCircuit(payoff.num_qubits)
    circuit.append(StatePreparation(np.sqrt(probabilities)), range(num_qubits))
    circuit.append(payoff, range(payoff.num_qubits))
    return circuit
