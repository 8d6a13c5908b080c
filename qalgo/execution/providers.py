"""Where jobs go to and come back from: is it paid for, what is it called, how is a job fetched, how is it found again.

Only names are taken from samplers and backends, never their accounts, services or options.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import ibm

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

__all__ = [
    "Origin",
    "Retriever",
    "backend_again",
    "backend_named",
    "checked_backend",
    "fetched",
    "found_by_tag",
    "is_plain_aer",
    "is_remote",
    "origin_of",
    "with_backend",
    "wraps_backend",
]

Retriever = Callable[[str], Any]
"""From a job id to the job: anything with ``result()``, which returns what the sampler's own job returns."""
_SAMPLER_OF = {
    "default": "",
    "statevector": "qiskit.primitives.statevector_sampler.StatevectorSampler",
    "fake": "qiskit_ibm_runtime.executor_sampler.sampler.Sampler",
    "ibm": "qiskit_ibm_runtime.executor_sampler.sampler.Sampler",
}
"""Provider -> class of the sampler that is made again for it ("default": qalgo's own simulator)."""
_WRAPPER = "qiskit.primitives.backend_sampler_v2.BackendSamplerV2"


@dataclass(frozen=True, slots=True)
class Origin:
    """What is recorded of a sampler or backend: names only."""

    provider: str
    """"default", "statevector", "aer", "fake", "ibm" or "other"."""
    backend: str
    """Name of a device, class of a fake backend, "" where there is none."""
    sampler: str
    """Full name of the sampler's class, "" for a backend."""
    own_options: bool
    """Whether the sampler had other options than a new one: they are not recorded."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return asdict(self)


def is_remote(*, sampler: BaseSamplerV2 | None = None, backend: BackendV2 | None = None) -> bool:
    """Whether jobs may be paid for: true of everything that is not surely a simulator on this machine."""
    if backend is not None:
        return not _is_simulator(backend)
    if sampler is None or _comes_from(sampler, "qiskit_aer", "qiskit.primitives.statevector_sampler"):
        return False
    if ibm.is_ibm(sampler):
        return not ibm.is_local(sampler)
    if _comes_from(sampler, "qiskit.primitives.backend_sampler_v2"):
        return not _is_simulator(sampler.backend)
    return True


def origin_of(*, sampler: BaseSamplerV2 | None = None, backend: BackendV2 | None = None) -> Origin:
    """Return the names by which a sampler or backend is found or made again."""
    if backend is not None:
        return Origin(*_place(backend), "", False)
    if sampler is None:
        return Origin("default", "", "", False)
    kind = type(sampler)
    full = f"{kind.__module__}.{kind.__qualname__}"
    device = _device_of(sampler)
    if device is not None:
        provider, name = _place(device)
        return Origin(provider, name, full, _has_own_options(sampler))
    return Origin("statevector" if full == _SAMPLER_OF["statevector"] else "other", "", full, False)


def backend_again(origin: Origin, run_id: str) -> BackendV2 | BaseSamplerV2 | None:
    """Make the backend (or sampler) of an interrupted run again; None stands for qalgo's own simulator.

    Raises:
        ExecutionError: it was of a make, or had options, that cannot be made again from names.
    """
    same_kind = origin.sampler in ("", _SAMPLER_OF.get(origin.provider))
    if origin.provider == "other" or not same_kind or origin.own_options:
        what = f"{origin.sampler or 'a backend'} on {origin.backend}" if origin.backend else origin.sampler
        why = "whose options are not recorded" if origin.own_options else "which qalgo cannot make again by itself"
        raise ExecutionError(
            f"run {run_id} was started with {what}, {why}: in Python call qalgo.resume({run_id!r}, sampler=..., "
            "pass_manager=...) with the sampler made as before (and retriever=... if its jobs are fetched in a way of "
            "their own), or name a backend (backend=, --backend NAME)"
        )
    if origin.provider == "default":
        return None
    if origin.provider == "statevector":
        from qiskit.primitives import StatevectorSampler

        return StatevectorSampler()
    return backend_named("aer" if origin.provider == "aer" else origin.backend)


def backend_named(name: str) -> BackendV2:
    """Return a backend by name: "aer", a fake one ("FakeManilaV2", "fake_manila"), else a device of IBM Quantum.

    Raises:
        ExecutionError: no such backend; qiskit-ibm-runtime is missing; no saved account.
    """
    if name.lower() in ("aer", "aer_simulator"):
        from qiskit_aer import AerSimulator

        return AerSimulator()
    if name.lower().startswith("fake"):
        return ibm.fake_backend(name)
    return ibm.saved_backend(name)


def fetched(job_id: str, sampler: BaseSamplerV2, retriever: Retriever | None) -> Any:
    """Return a job by its id.

    Raises:
        ExecutionError: nothing here knows how to fetch jobs of this sampler.
    """
    if retriever is not None:
        return retriever(job_id)
    if ibm.is_ibm(sampler):
        return ibm.job_of(sampler, job_id)
    for holder in (sampler, _device_of(sampler)):
        fetch = getattr(holder, "retrieve_job", None)
        if callable(fetch):
            return fetch(job_id)
    raise ExecutionError(
        f"job {job_id} waits at its provider, but {type(sampler).__name__} says no way to fetch it: in Python pass "
        "retriever=, a function from the id to the job"
    )


def found_by_tag(tag: str, sampler: BaseSamplerV2) -> Any | None:
    """Return the job with a tag, or None: there is none, or the provider has no tags."""
    return ibm.job_with_tag(sampler, tag) if ibm.is_ibm(sampler) else None


def wraps_backend(sampler: object) -> bool:
    """Whether a sampler is qiskit's ``BackendSamplerV2`` itself, which calls ``backend.run`` in a thread."""
    return f"{type(sampler).__module__}.{type(sampler).__qualname__}" == _WRAPPER


def with_backend(sampler: Any, backend: Any) -> Any:
    """Return a ``BackendSamplerV2`` with the same options and another backend."""
    return type(sampler)(backend=backend, options=dict(sampler.options.__dict__))


def is_plain_aer(backend: Any) -> bool:
    """Whether a backend is an AerSimulator without noise, coupling map or a method of its own."""
    if not _comes_from(backend, "qiskit_aer"):
        return False
    options = backend.options
    plain = (options.noise_model, backend.configuration().coupling_map) == (None, None)
    return plain and options.method == "automatic" and options.device == "CPU"


def checked_backend(backend: object) -> Any:
    """Return a backend given as an object or by name.

    Raises:
        ProblemError: neither of the two.
    """
    from qiskit.providers import BackendV2

    if isinstance(backend, str):
        return backend_named(backend)
    if not isinstance(backend, BackendV2):
        raise ProblemError(f"backend is a {type(backend).__name__}; allowed: a qiskit BackendV2 object, or its name")
    return backend


def _place(backend: Any) -> tuple[str, str]:
    if _comes_from(backend, "qiskit_aer"):
        return ("aer" if is_plain_aer(backend) else "other"), "AerSimulator"
    if ibm.is_ibm(backend):
        if _is_simulator(backend):
            return "fake", type(backend).__name__
        return "ibm", _name(backend)
    return "other", _name(backend)


def _has_own_options(sampler: Any) -> bool:
    """Whether a sampler differs from one made with its backend alone."""
    if ibm.is_ibm(sampler):
        return bool(sampler.options != type(sampler.options)())
    return True


def _device_of(sampler: Any) -> Any:
    if ibm.is_ibm(sampler):
        return ibm.backend_of(sampler)
    backend = getattr(sampler, "backend", None)
    return backend() if callable(backend) else backend


def _is_simulator(backend: object) -> bool:
    modules = [kind.__module__ for kind in type(backend).__mro__]
    fake = any(".fake_provider" in module or ".basic_provider" in module for module in modules)
    return fake or _comes_from(backend, "qiskit_aer")


def _comes_from(thing: object, *modules: str) -> bool:
    """Whether a class of these modules is among a thing's ancestors; imports nothing."""
    return any(
        kind.__module__ == module or kind.__module__.startswith(f"{module}.")
        for kind in type(thing).__mro__
        for module in modules
    )


def _name(backend: Any) -> str:
    name = getattr(backend, "name", None)
    return name if isinstance(name, str) else type(backend).__name__
