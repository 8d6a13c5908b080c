"""The exact state of a circuit, simulated by Aer: what emulated read-outs and tests of whole algorithms use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.execution.limits import check_state_vector
from qalgo.execution.simulation import simulate
from qalgo.execution.simulator_options import SimulatorOptions
from qalgo.execution.targets import lower

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["aer_state"]


def aer_state(circuit: QuantumCircuit, *, device: str = "CPU") -> npt.NDArray[np.complex128]:
    """Return the amplitudes of circuit|0...0>, length 2^n, little-endian, as AerSimulator computes them.

    Raises:
        ExecutionError: too little memory, an operation that Aer does not know, or Aer failed.
    """
    check_state_vector(circuit.num_qubits, copies=2)
    from qiskit_aer.library import SaveStatevector

    lowered = lower(circuit)
    lowered.append(SaveStatevector(lowered.num_qubits, label="state"), lowered.qubits)
    data = simulate(lowered, device=device, options=SimulatorOptions(), shots=1, seed=1)
    return np.asarray(data.state, dtype=np.complex128)
