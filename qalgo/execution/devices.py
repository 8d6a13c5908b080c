"""Which device the default simulator runs on: a GPU is believed in only after it has run a circuit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from qalgo.errors import ExecutionError, ProblemError

__all__ = ["DEVICES", "DeviceChoice", "available_devices", "choose_device"]

DEVICES = ("auto", "cpu", "gpu")
GPU_WORTHWHILE_QUBITS = 20
"""Below this width "auto" does not even look for a GPU: starting its kernels costs more than the arithmetic (a rule of
thumb, not a measurement of this machine)."""
_REMEDY = (
    "use device='cpu', or on a Linux machine with an NVIDIA GPU and CUDA 12 replace the CPU build: "
    "'pip uninstall qiskit-aer' and then 'pip install qiskit-aer-gpu' (never both: they share one directory)"
)


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device of the default simulator and why it was taken (or why it cannot be)."""

    name: str
    """"CPU" or "GPU", as Aer calls them."""
    usable: bool
    reason: str


def choose_device(device: str = "auto", *, num_qubits: int = 0) -> DeviceChoice:
    """Decide where the default simulator runs.

    Args:
        device: "auto" takes a GPU for circuits of at least 20 qubits if a probe circuit runs on it; "cpu"; "gpu".
        num_qubits: width of the widest circuit.

    Raises:
        ProblemError: another name.
        ExecutionError: ``device="gpu"`` and no GPU that runs the probe circuit; the message names the remedy.
    """
    if device not in DEVICES:
        raise ProblemError(f"device is {device!r}; allowed: {', '.join(DEVICES)}")
    if device == "cpu":
        return DeviceChoice("CPU", True, "asked for")
    if device == "auto" and num_qubits < GPU_WORTHWHILE_QUBITS:
        reason = f"auto: circuits of {num_qubits} qubits run faster without a GPU (looked for from "
        return DeviceChoice("CPU", True, f"{reason}{GPU_WORTHWHILE_QUBITS} qubits on)")
    found = _probe_gpu()
    if device == "gpu":
        if not found.usable:
            raise ExecutionError(f"device='gpu' was asked for, but {found.reason}; {_REMEDY}")
        return DeviceChoice("GPU", True, f"asked for; {found.reason}")
    if found.usable:
        return DeviceChoice("GPU", True, f"auto: {found.reason}")
    return DeviceChoice("CPU", True, f"auto: {found.reason}")


def available_devices() -> tuple[DeviceChoice, ...]:
    """Return every device of the default simulator with whether it is usable, after probing it."""
    return (_probe_cpu(), _probe_gpu())


@cache
def _probe_cpu() -> DeviceChoice:
    return _probe("CPU")


@cache
def _probe_gpu() -> DeviceChoice:
    try:
        from qiskit_aer import AerSimulator

        listed = AerSimulator().available_devices()
    except ImportError as error:
        return DeviceChoice("GPU", False, f"qiskit-aer cannot be imported ({error})")
    if "GPU" not in listed:
        return DeviceChoice("GPU", False, "this build of qiskit-aer has no GPU support")
    return _probe("GPU")


def _probe(device: str) -> DeviceChoice:
    # A GPU build lists a GPU on machines that have none, and AerSimulator(device="GPU") is constructed silently:
    # only a circuit that ran, with metadata that says where, is evidence.
    try:
        from qiskit import QuantumCircuit
        from qiskit.exceptions import QiskitError
        from qiskit_aer import AerSimulator
    except ImportError as error:
        return DeviceChoice(device, False, f"qiskit-aer cannot be imported ({error})")
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    try:
        result = AerSimulator(method="statevector", device=device).run(circuit, shots=1).result()
    except (QiskitError, RuntimeError, OSError) as error:
        return DeviceChoice(device, False, f"a probe circuit failed on it ({error})")
    if not result.success:
        return DeviceChoice(device, False, f"a probe circuit failed on it ({result.status})")
    ran_on = result.results[0].metadata.get("device")
    if ran_on != device:
        return DeviceChoice(device, False, f"a probe circuit ran on {ran_on} instead")
    return DeviceChoice(device, True, "a probe circuit ran on it")
