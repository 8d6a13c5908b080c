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
    "fake_backend",
    "fake_devices",
    "is_hardware",
    "is_ibm",
    "is_local",
    "job_of",
    "job_with_tag",
    "reason_of",
    "reseeded",
    "sampler_for_backend",
    "saved_backend",
    "tagged",
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
        raise _missing(f"backend {backend!r}") from error
    return Sampler(mode=backend)


def tagged(sampler: BaseSamplerV2, tag: str) -> BaseSamplerV2:
    """Return a copy of a runtime sampler whose jobs carry one more tag; the sampler itself is left as it is."""
    clone = copy.copy(sampler)
    options = copy.deepcopy(sampler.options)
    options.environment.job_tags = [*(options.environment.job_tags or []), tag]
    if hasattr(clone, "_set_options"):
        # The deprecated SamplerV2: its ``options`` cannot be set.
        clone._set_options(options)
    else:
        clone.options = options
    return clone


def reason_of(error: BaseException) -> str:
    """Say what a provider complained of, without anything in it that could be a token or the name of an account."""
    return f"{type(error).__name__}: {_SECRET.sub('<hidden>', str(error))}"


def job_of(sampler: BaseSamplerV2, job_id: str) -> Any:
    """Return a job by id, from the service of the sampler's backend."""
    return _service_of(sampler).job(job_id)


def job_with_tag(sampler: BaseSamplerV2, tag: str) -> Any | None:
    """Return the newest job with a tag, or None."""
    found = _service_of(sampler).jobs(limit=1, job_tags=[tag])
    return found[0] if found else None


def saved_backend(name: str) -> BackendV2:
    """Return a device of IBM Quantum through the account that the user has saved; the account is not looked at.

    Raises:
        ExecutionError: no qiskit-ibm-runtime, no saved account, no such device.
    """
    try:
        return _saved_service().backend(name)
    except _service_failures() as error:
        raise ExecutionError(
            f"cannot get backend {name!r} from IBM Quantum ({reason_of(error)}); allowed: a device that your saved "
            "account sees (QiskitRuntimeService.save_account), 'aer', or a fake backend such as FakeFez"
        ) from error


def fake_backend(name: str) -> BackendV2:
    """Return a fake backend by class ("FakeManilaV2") or name ("fake_manila").

    Raises:
        ExecutionError: no qiskit-ibm-runtime, or no such backend.
    """
    try:
        from qiskit_ibm_runtime import fake_provider
    except ImportError as error:
        raise _missing(f"backend {name!r}") from error
    kinds = {kind.lower(): kind for kind in dir(fake_provider) if kind.startswith("Fake") and "Provider" not in kind}
    plain = name.replace("_", "").lower()
    found = kinds.get(plain, kinds.get(f"{plain}v2"))
    if found is None:
        raise ExecutionError(f"no fake backend is called {name!r}; allowed: {', '.join(sorted(kinds.values()))}")
    return getattr(fake_provider, found)()


def _service_of(sampler: BaseSamplerV2) -> Any:
    service = getattr(backend_of(sampler), "service", None)
    return _saved_service() if service is None else service


def _saved_service() -> Any:
    try:
        from qiskit_ibm_runtime import QiskitRuntimeService
    except ImportError as error:
        raise _missing("IBM Quantum") from error
    return QiskitRuntimeService()


def _service_failures() -> tuple[type[Exception], ...]:
    from qiskit.exceptions import QiskitError

    return (QiskitError, ValueError, RuntimeError, LookupError, OSError)


def _missing(what: str) -> ExecutionError:
    return ExecutionError(f"{what} needs qiskit-ibm-runtime 0.50 or later: pip install 'qiskit-ibm-runtime>=0.50'")
