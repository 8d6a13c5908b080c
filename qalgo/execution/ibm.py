"""Samplers of IBM Quantum: the only module that imports qiskit_ibm_runtime, and only when one of them is used."""

from __future__ import annotations

import copy
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from qalgo.errors import ExecutionError

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

__all__ = [
    "QuantumDevice",
    "account_devices",
    "backend_of",
    "device_of",
    "fake_devices",
    "is_hardware",
    "is_ibm",
    "is_local",
    "reseeded",
    "sampler_for_backend",
]

_PACKAGE = "qiskit_ibm_runtime"
ANGLE_DECIMALS = 12
"""Decimals of angle/(pi/2) that local simulations keep."""
_TWO_QUBIT_GATES = ("cx", "cz", "ecr", "rzz", "iswap")
_SECRET = re.compile(r"[\w.-]{32,}")
"""Whatever could be a token or an instance's name: never repeated from an error of the service."""


@dataclass(frozen=True, slots=True)
class QuantumDevice:
    """A device of an account, or a fake one."""

    name: str
    qubits: int
    two_qubit_gates: tuple[str, ...]
    kind: Literal["fake", "account"]
    pending_jobs: int | None = None


def fake_devices() -> tuple[QuantumDevice, ...]:
    """Return the fake backends of qiskit-ibm-runtime, narrowest first; empty where it is not installed."""
    try:
        from qiskit_ibm_runtime.fake_provider import FakeProviderForBackendV2
    except ImportError:
        return ()
    with warnings.catch_warnings():
        # Some fake backends say at once that their figures are not typical.
        warnings.simplefilter("ignore", UserWarning)
        found = [_described(backend, "fake", None) for backend in FakeProviderForBackendV2().backends()]
    return tuple(sorted(found, key=lambda device: (device.qubits, device.name)))


def account_devices() -> tuple[QuantumDevice, ...]:
    """Return the devices of the account that the user has saved; asks IBM's service over the network.

    The account is read by qiskit-ibm-runtime, never here.

    Raises:
        ExecutionError: not installed, no saved account, or the service refused or was not reached.
    """
    try:
        from qiskit_ibm_runtime import QiskitRuntimeService
        from qiskit_ibm_runtime.accounts.exceptions import AccountNotFoundError
        from qiskit_ibm_runtime.exceptions import IBMError
    except ImportError as error:
        raise ExecutionError(
            "devices of an account need qiskit-ibm-runtime: pip install 'qiskit-ibm-runtime>=0.50'"
        ) from error
    try:
        backends = QiskitRuntimeService().backends()
        found = [_described(backend, "account", int(backend.status().pending_jobs)) for backend in backends]
    except AccountNotFoundError as error:
        raise ExecutionError(
            "no IBM Quantum account is saved on this machine: save one once with "
            "qiskit_ibm_runtime.QiskitRuntimeService.save_account(token=..., instance=...)"
        ) from error
    except (IBMError, OSError, ValueError, RuntimeError) as error:
        words = _SECRET.sub("<hidden>", str(error))
        raise ExecutionError(
            f"IBM's service did not list the devices of the saved account ({type(error).__name__}: {words}); check "
            "the network and the account: qiskit_ibm_runtime.QiskitRuntimeService().backends()"
        ) from None
    return tuple(sorted(found, key=lambda device: (device.qubits, device.name)))


def _described(backend: Any, kind: Literal["fake", "account"], pending: int | None) -> QuantumDevice:
    configuration = backend.configuration()
    gates = tuple(name for name in _TWO_QUBIT_GATES if name in configuration.basis_gates)
    return QuantumDevice(str(backend.name), int(configuration.n_qubits), gates, kind, pending)


def is_ibm(thing: object) -> bool:
    """Whether a sampler or backend comes from qiskit-ibm-runtime; imports nothing."""
    return any(kind.__module__.split(".")[0] == _PACKAGE for kind in type(thing).__mro__)


def backend_of(sampler: BaseSamplerV2) -> Any:
    """Return the backend that a runtime sampler was made for."""
    backend = getattr(sampler, "backend", None)
    return backend() if callable(backend) else backend


def device_of(sampler: BaseSamplerV2 | None) -> Any:
    """Return the backend of a runtime sampler, or None for any other sampler."""
    return backend_of(sampler) if sampler is not None and is_ibm(sampler) else None


def is_local(sampler: BaseSamplerV2) -> bool:
    """Whether a runtime sampler simulates on this machine (a fake backend, or Aer) instead of queueing a job."""
    from qiskit_ibm_runtime import IBMBackend

    return not isinstance(backend_of(sampler), IBMBackend)


def is_hardware(backend: object) -> bool:
    """Whether a backend is a real device of an IBM account; imports nothing unless the backend is IBM's."""
    if not is_ibm(backend):
        return False
    from qiskit_ibm_runtime import IBMBackend

    return isinstance(backend, IBMBackend)


def reseeded(sampler: BaseSamplerV2, seed: int) -> BaseSamplerV2:
    """Return a new local sampler with the same backend and options, its own simulator seed and unrounded angles.

    A runtime sampler with a simulator seed starts from that seed again for every circuit, also within one job.
    """
    options = copy.deepcopy(sampler.options)
    options.simulator.seed_simulator = seed
    decimals = getattr(options.simulator, "angle_decimals", None)
    if decimals is not None:
        # The executor's local mode rounds parameters, which twirling makes of all angles, to (pi/2) 1e-5 by default.
        options.simulator.angle_decimals = max(decimals, ANGLE_DECIMALS)
    with warnings.catch_warnings():
        # Whoever made the original has been told already that its class is deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return type(sampler)(mode=backend_of(sampler), options=options)


def sampler_for_backend(backend: BackendV2) -> BaseSamplerV2:
    """Return the client-side Sampler of qiskit-ibm-runtime for a real or fake backend.

    Raises:
        ExecutionError: qiskit-ibm-runtime is not installed or too old.
    """
    try:
        from qiskit_ibm_runtime.executor_sampler import Sampler
    except ImportError as error:
        raise ExecutionError(
            f"backend {backend!r} needs qiskit-ibm-runtime 0.50 or later: pip install 'qiskit-ibm-runtime>=0.50'"
        ) from error
    return Sampler(mode=backend)
