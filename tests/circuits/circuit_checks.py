"""Shared by the circuit tests: CX counts on the common basis and explicit matrices of textbook definitions."""

import math

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Operator

BASIS = ("cx", "rz", "sx", "x")


def lowered(circuit: QuantumCircuit) -> QuantumCircuit:
    return transpile(circuit, basis_gates=list(BASIS), optimization_level=3, seed_transpiler=1)


def cx_count(circuit: QuantumCircuit) -> int:
    return lowered(circuit).count_ops().get("cx", 0)


def matrix(circuit: QuantumCircuit) -> np.ndarray:
    return np.asarray(Operator(circuit).data)


def lowered_matrix(circuit: QuantumCircuit) -> np.ndarray:
    return np.asarray(Operator.from_circuit(lowered(circuit)).data)


def explicit_grover(preparation: np.ndarray, objective: list[int], good: list[int], fixed: tuple[int, ...] = ()):
    """-A S0 A^dagger S_chi from numpy only; ``fixed`` qubits are not reflected about."""
    size = len(preparation)
    index = np.arange(size)
    free = sum(1 << q for q in range(size.bit_length() - 1) if q not in fixed)
    zero = np.where(index & free == 0, -1.0, 1.0)
    value = sum(((index >> q) & 1) << position for position, q in enumerate(objective))
    chi = np.where(np.isin(value, good), -1.0, 1.0)
    return -preparation @ np.diag(zero) @ preparation.conj().T @ np.diag(chi)


def published_call(num_qubits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prices, probabilities and payoffs of the call of 1905.02666 (S=2, K=1.896, sigma=.4, r=.05, T=40/365)."""
    spot, strike, volatility, rate, maturity = 2.0, 1.896, 0.4, 0.05, 40 / 365
    drift = math.log(spot) + (rate - volatility**2 / 2) * maturity
    deviation = volatility * math.sqrt(maturity)
    mean = math.exp(drift + deviation**2 / 2)
    spread = mean * math.sqrt(math.exp(deviation**2) - 1)
    prices = np.linspace(max(0.0, mean - 3 * spread), mean + 3 * spread, 2**num_qubits)
    density = np.exp(-0.5 * ((np.log(prices) - drift) / deviation) ** 2) / prices
    return prices, density / density.sum(), np.maximum(prices - strike, 0.0)


def random_joint(num_price: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(2**num_price)), rng.uniform(size=2**num_price)
