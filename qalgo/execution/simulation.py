"""One run of AerSimulator: options, threads, and what a failed GPU looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qalgo.errors import ExecutionError
from qalgo.execution.installation import import_aer
from qalgo.execution.simulator_options import SimulatorOptions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["GpuError", "simulate"]

THREADS_WORTHWHILE_QUBITS = 14


class GpuError(ExecutionError):
    """A GPU that did not run a circuit: under device="auto" the CPU takes over."""


def simulate(circuit: QuantumCircuit, *, device: str, options: SimulatorOptions, shots: int, seed: int | None) -> Any:
    """Run one circuit on Aer and return the data of its result: ``counts`` or what was saved, by label.

    Args:
        circuit: in gates that Aer knows.
        device: "CPU" or "GPU".
        options: see :class:`SimulatorOptions`.
        shots: number of shots.
        seed: seed of Aer's own random numbers.

    Raises:
        GpuError: the GPU did not run it: no memory, no driver, or it ran elsewhere.
        ExecutionError: Aer did not run it on the CPU, or cannot be imported.
    """
    aer = import_aer()
    if device == "CPU":
        return _run(aer, circuit, device, options, shots, seed)
    from qiskit.exceptions import QiskitError

    try:
        return _run(aer, circuit, device, options, shots, seed)
    except (QiskitError, RuntimeError, MemoryError, ExecutionError) as error:
        raise GpuError(f"the GPU did not run {circuit.name!r}: {type(error).__name__}: {error}") from error


def _run(
    aer: Any,
    circuit: QuantumCircuit,
    device: str,
    options: SimulatorOptions,
    shots: int,
    seed: int | None,
) -> Any:
    # On small circuits waking the threads costs ten times the simulation.
    threads = 1 if circuit.num_qubits < THREADS_WORTHWHILE_QUBITS else 0
    simulator = aer.AerSimulator(**options.aer_options(device), device=device, max_parallel_threads=threads)
    result = simulator.run(circuit, shots=shots, seed_simulator=seed).result()
    if not result.success:
        status = result.results[0].status if result.results else ""
        raise ExecutionError(f"Aer could not run {circuit.name!r}: {result.status} {status}")
    ran_on = result.results[0].metadata.get("device")
    if ran_on != device:
        raise ExecutionError(f"Aer ran {circuit.name!r} on {ran_on}, not on {device}")
    return result.results[0].data
