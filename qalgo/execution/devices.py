"""Which device the default simulator runs on: a GPU is believed in only after it has run a circuit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution.installation import (
    TO_CPU,
    TO_GPU,
    AerInstallation,
    diagnose,
    import_module_of_aer,
    installed_wheels,
)
from qalgo.execution.simulator_options import DEFAULT_SIMULATOR, SimulatorOptions

__all__ = ["DEVICES", "DeviceChoice", "aer_installation", "available_devices", "choose_device"]

DEVICES = ("auto", "cpu", "gpu")
GPU_WORTHWHILE_QUBITS = 20
"""Below this width "auto" does not even look for a GPU: starting its kernels costs more than the arithmetic (a rule of
thumb, not a measurement of this machine)."""
NO_GPU = (
    "see that 'nvidia-smi' lists a GPU and that its driver knows CUDA 12 (qiskit-aer and qiskit-aer-gpu side by side "
    f"fail, too: keep one); without a GPU the CPU build is enough: {TO_CPU}"
)


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device of the default simulator and why it was taken (or why it cannot be)."""

    name: str
    """"CPU" or "GPU", as Aer calls them."""
    usable: bool
    reason: str
    cure: str = ""
    """What to do where it is not usable."""
    importable: bool = True
    """Whether qiskit-aer can be imported: without it the CPU does not work either."""


def choose_device(
    device: str = "auto", *, num_qubits: int = 0, simulator: SimulatorOptions = DEFAULT_SIMULATOR
) -> DeviceChoice:
    """Decide where the default simulator runs.

    Args:
        device: "auto" takes a GPU for circuits of at least 20 qubits, or where the simulator asks for what only a GPU
            has, if a probe circuit runs on it; "cpu"; "gpu".
        num_qubits: width of the widest circuit.
        simulator: its method and its GPU library.

    Raises:
        ProblemError: another name, or a device that the method does not run on.
        ExecutionError: ``device="gpu"``, or a method for GPUs only, and no GPU that runs the probe circuit; the
            message names the remedy for the state in which qiskit-aer is installed.
    """
    if device not in DEVICES:
        raise ProblemError(f"device is {device!r}; allowed: {', '.join(DEVICES)}")
    if simulator.method == "matrix_product_state" and device == "gpu":
        raise ProblemError("method='matrix_product_state' is given with device='gpu'; it runs on CPUs only")
    if simulator.gpu_only is not None and device == "cpu":
        raise ProblemError(f"{simulator.gpu_only} is given with device='cpu'; it runs on GPUs only: device='gpu'")
    if device == "cpu":
        return DeviceChoice("CPU", True, "asked for")
    if device == "auto" and simulator.gpu_only is None:
        if simulator.method == "matrix_product_state":
            return DeviceChoice("CPU", True, "auto: matrix product states run on CPUs only")
        if num_qubits < GPU_WORTHWHILE_QUBITS:
            reason = f"auto: {num_qubits} qubits, a GPU is looked for from {GPU_WORTHWHILE_QUBITS} on"
            return DeviceChoice("CPU", True, reason)
    found = _probe_gpu()
    if device == "gpu":
        if not found.usable:
            raise ExecutionError(f"device='gpu' was asked for, but {found.reason}; {_remedy(found)}")
        return DeviceChoice("GPU", True, f"asked for; {found.reason}")
    if found.usable:
        return DeviceChoice("GPU", True, f"auto: {found.reason}")
    if simulator.method == "tensor_network":
        raise ExecutionError(
            f"method='tensor_network' runs on GPUs only, but {found.reason}; use method='statevector' or "
            f"'matrix_product_state', or {found.cure or TO_GPU}"
        )
    without = "" if simulator.gpu_only is None else f"; {simulator.gpu_only} has no effect"
    return DeviceChoice("CPU", True, f"auto: {found.reason}{without}")


def available_devices() -> tuple[DeviceChoice, ...]:
    """Return every device of the default simulator with whether it is usable, after probing it."""
    return (_probe_cpu(), _probe_gpu())


def aer_installation() -> AerInstallation:
    """Find out in which state qiskit-aer is installed: imports it, and runs a circuit on a GPU that it lists."""
    try:
        listed = import_module_of_aer().AerSimulator().available_devices()
    except ImportError as error:
        return diagnose(error)
    wheels = " and ".join(installed_wheels()) or "qiskit-aer"
    if "GPU" not in listed:
        return AerInstallation("cpu", f"{wheels}: the CPU build, which has no GPU support", TO_GPU)
    gpu = _probe_gpu()
    if gpu.usable:
        return AerInstallation("gpu", f"{wheels}: the GPU build, and a probe circuit ran on a GPU")
    return AerInstallation("no gpu", f"{wheels}: the GPU build, but {gpu.reason}", f"CPU circuits run; {gpu.cure}")


def _remedy(found: DeviceChoice) -> str:
    return f"use device='cpu', or {found.cure}" if found.importable else found.cure


@cache
def _probe_cpu() -> DeviceChoice:
    return _probe("CPU")


@cache
def _probe_gpu() -> DeviceChoice:
    return _probe("GPU")


def _probe(device: str) -> DeviceChoice:
    # A GPU build lists a GPU on machines that have none, and AerSimulator(device="GPU") is constructed silently:
    # only a circuit that ran, with metadata that says where, is evidence.
    try:
        aer = import_module_of_aer()
    except ImportError as error:
        found = diagnose(error)
        return DeviceChoice(device, False, f"qiskit-aer cannot be imported: {found.text}", found.cure, importable=False)
    if device not in aer.AerSimulator().available_devices():
        return DeviceChoice(device, False, "this build of qiskit-aer has no GPU support", TO_GPU)
    reason = _failure(aer, device)
    if reason is None:
        return DeviceChoice(device, True, "a probe circuit ran on it")
    return DeviceChoice(device, False, reason, NO_GPU if device == "GPU" else "")


def _failure(aer: Any, device: str) -> str | None:
    """Why a probe circuit does not run on a device; None when it does."""
    from qiskit import QuantumCircuit
    from qiskit.exceptions import QiskitError

    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    try:
        result = aer.AerSimulator(method="statevector", device=device).run(circuit, shots=1).result()
    except (QiskitError, RuntimeError, OSError) as error:
        return f"a probe circuit failed on it ({error})"
    if not result.success:
        return f"a probe circuit failed on it ({result.status})"
    ran_on = result.results[0].metadata.get("device")
    return None if ran_on == device else f"a probe circuit ran on {ran_on} instead"
