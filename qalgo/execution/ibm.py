"""Samplers of IBM Quantum: the only module that imports qiskit_ibm_runtime, and only when one of them is used."""

from __future__ import annotations

import copy
import warnings
from typing import TYPE_CHECKING, Any

from qalgo.errors import ExecutionError

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

__all__ = ["backend_of", "device_of", "is_hardware", "is_ibm", "is_local", "reseeded", "sampler_for_backend"]

_PACKAGE = "qiskit_ibm_runtime"


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
    """Return a new local sampler with the same backend and options and its own simulator seed.

    A runtime sampler with a simulator seed starts from that seed again for every circuit, also within one job.
    """
    options = copy.deepcopy(sampler.options)
    options.simulator.seed_simulator = seed
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
