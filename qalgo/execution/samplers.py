"""One face for all samplers: counts of whole circuits, with a seed of their own where that is possible.

A seeded ``StatevectorSampler`` or Aer ``SamplerV2`` starts from the same random numbers at every ``run()`` (the first
even for equal pubs of one submission), and none of them has a setter. The samplers known here are therefore rebuilt
with a derived seed for every circuit; they all simulate on this machine, so that nothing queues. All others get one
submission per round.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from qalgo.errors import ExecutionError, QalgoError
from qalgo.execution import ibm
from qalgo.execution.simulation import simulate
from qalgo.execution.simulator_options import DEFAULT_SIMULATOR, SimulatorOptions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2, BitArray
    from qiskit.providers import BackendV2

__all__ = ["AerDevice", "AsGiven", "Counts", "Rebuilt", "Sampling", "failures_explained", "sampler_for", "sampling_of"]

Counts = dict[int, int]
"""From the integer value of all classical registers (the first one lowest) to how often it came out."""
Gates = Literal["aer", "plain", "device"]
MAX_REPEATED_PUBS = 300


class Sampling(Protocol):
    """How circuits become counts."""

    @property
    def name(self) -> str:
        """The sampler's class, with its backend where it has one."""
        ...

    @property
    def gates(self) -> Gates:
        """What circuits must be made of: our Aer target, gates on at most 3 qubits, or what a pass manager makes."""
        ...

    @property
    def seedable(self) -> bool:
        """Whether every circuit can be run by itself with its own seed."""
        ...

    @property
    def local(self) -> bool:
        """Whether a state vector is held on this machine."""
        ...

    def counts(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], seed: int | None) -> list[Counts]:
        """Run circuits, all with the given seed if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class AerDevice:
    """The default: AerSimulator, noise-free, by state vector unless its options say otherwise."""

    device: str = "CPU"
    name: str = "AerSimulator"
    gates: Gates = "aer"
    seedable: bool = True
    local: bool = True
    options: SimulatorOptions = DEFAULT_SIMULATOR

    def counts(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], seed: int | None) -> list[Counts]:
        """Run circuits one by one."""
        return [self._run(circuit, number, seed) for circuit, number in zip(circuits, shots, strict=True)]

    def _run(self, circuit: QuantumCircuit, shots: int, seed: int | None) -> Counts:
        data = simulate(circuit, device=self.device, options=self.options, shots=shots, seed=seed)
        return {int(value, 16): int(count) for value, count in data.counts.items()}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A known local sampler, made anew with a derived seed for every circuit."""

    sampler: BaseSamplerV2
    kind: Literal["statevector", "aer", "backend", "ibm"]
    name: str
    gates: Gates
    seedable: bool = True
    local: bool = True

    def counts(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], seed: int | None) -> list[Counts]:
        """Run circuits one by one."""
        found = []
        for circuit, number in zip(circuits, shots, strict=True):
            sampler = self.sampler if seed is None else self._fresh(seed)
            found.extend(_submit(sampler, [circuit], [number]))
        return found

    def _fresh(self, seed: int) -> BaseSamplerV2:
        given = self.sampler
        if self.kind == "statevector":
            return type(given)(default_shots=given.default_shots, seed=seed)
        if self.kind == "ibm":
            return ibm.reseeded(given, seed)
        if self.kind == "backend":
            options = {"default_shots": given.options.default_shots, "run_options": given.options.run_options}
            return type(given)(backend=given.backend, options={**options, "seed_simulator": seed})
        options = dict(given.options.__dict__)
        backend = _aer_backend(given)
        return type(given).from_backend(backend, default_shots=given.default_shots, seed=seed, options=options)


@dataclass(frozen=True, slots=True)
class AsGiven:
    """Any other sampler, used as it is: one submission for all circuits."""

    sampler: BaseSamplerV2
    name: str
    gates: Gates
    equal_shots: bool
    """Whether all circuits of a submission must have the same number of shots (IBM Runtime)."""
    seedable: bool = False
    local: bool = False

    def counts(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], seed: int | None) -> list[Counts]:
        """Submit all circuits at once; ``seed`` has no effect on a sampler that is not known."""
        if not self.equal_shots or len(set(shots)) <= 1:
            return _submit(self.sampler, circuits, shots)
        # The same circuit several times with the greatest common number of shots: still one submission, no shot lost.
        common = math.gcd(*shots)
        if sum(shots) // common > MAX_REPEATED_PUBS:
            raise ExecutionError(
                f"{self.name} wants one number of shots for all circuits of a submission, asked were "
                f"{sorted(set(shots))}; round them so that their greatest common divisor is larger than {common}"
            )
        repeated = [circuit for circuit, number in zip(circuits, shots, strict=True) for _ in range(number // common)]
        parts = iter(_submit(self.sampler, repeated, [common] * len(repeated)))
        return [_merged([next(parts) for _ in range(number // common)]) for number in shots]


def sampler_for(backend: BackendV2) -> BaseSamplerV2:
    """Return a sampler for a backend: Aer's for Aer, IBM's for IBM's (real and fake), else ``BackendSamplerV2``.

    Raises:
        ExecutionError: not a backend, or qiskit-ibm-runtime is missing for one of its backends.
    """
    from qiskit.primitives import BackendSamplerV2
    from qiskit.providers import BackendV2

    if not isinstance(backend, BackendV2):
        raise ExecutionError(f"backend is a {type(backend).__name__}; allowed: a qiskit BackendV2 object")
    if ibm.is_ibm(backend):
        return ibm.sampler_for_backend(backend)
    if _is_aer(backend):
        from qiskit_aer.primitives import SamplerV2

        return SamplerV2.from_backend(backend)
    return BackendSamplerV2(backend=backend)


def sampling_of(sampler: BaseSamplerV2) -> Sampling:
    """Recognise a sampler.

    Raises:
        ExecutionError: not a ``BaseSamplerV2``.
    """
    from qiskit.primitives import BackendSamplerV2, BaseSamplerV2, StatevectorSampler

    if not isinstance(sampler, BaseSamplerV2):
        raise ExecutionError(
            f"sampler is a {type(sampler).__name__}; allowed: a BaseSamplerV2, for example StatevectorSampler(), "
            "qiskit_aer.primitives.SamplerV2() or qiskit_ibm_runtime.executor_sampler.Sampler(mode=backend)"
        )
    kind = type(sampler)
    name = kind.__name__
    if ibm.is_ibm(sampler):
        full = f"{name} ({_backend_name(ibm.backend_of(sampler))})"
        if ibm.is_local(sampler):
            return Rebuilt(sampler, "ibm", full, "device")
        return AsGiven(sampler, full, "device", equal_shots=True)
    if kind is StatevectorSampler:
        return Rebuilt(sampler, "statevector", name, "plain")
    if kind is BackendSamplerV2:
        full = f"{name} ({_backend_name(sampler.backend)})"
        gates: Gates = "aer" if _is_aer(sampler.backend) else "device"
        if gates == "aer" or _is_simulated(sampler.backend):
            return Rebuilt(sampler, "backend", full, gates)
        return AsGiven(sampler, full, gates, equal_shots=False)
    if kind.__module__.startswith("qiskit_aer.") and _aer_backend(sampler) is not None:
        return Rebuilt(sampler, "aer", f"{name} ({_backend_name(_aer_backend(sampler))})", "aer")
    return AsGiven(sampler, name, "plain", equal_shots=False)


def aer_backend_of(sampling: Sampling) -> Any:
    """Return the AerSimulator behind a sampling, or None: its noise and coupling decide what it may be given."""
    if not isinstance(sampling, Rebuilt) or sampling.gates != "aer":
        return None
    return sampling.sampler.backend if sampling.kind == "backend" else _aer_backend(sampling.sampler)


def own_seed(sampler: BaseSamplerV2 | None) -> int | None:
    """Return the integer seed that a known sampler was made with, if it was."""
    seed = getattr(sampler, "seed", None)
    if seed is None:
        seed = getattr(getattr(sampler, "options", None), "seed_simulator", None)
    return seed if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 else None


def warn_unseeded(sampling: Sampling) -> None:
    """Say that a sampler of another make cannot be given fresh, reproducible random numbers."""
    if isinstance(sampling, AsGiven) and not ibm.is_ibm(sampling.sampler):
        warnings.warn(
            f"{sampling.name} is not a sampler that qalgo knows how to seed: the seed does not reach it, so results "
            "are not reproducible; and if it was made with a seed of its own, every round repeats the same random "
            "numbers: make it without one",
            UserWarning,
            stacklevel=4,
        )


@contextmanager
def failures_explained(name: str) -> Iterator[None]:
    """Turn what a sampler raises into an ExecutionError that names it; KeyboardInterrupt passes."""
    from qiskit.exceptions import QiskitError

    try:
        yield
    except QalgoError:
        raise
    except CancelledError as error:
        raise ExecutionError(f"{name}: the executor was shut down before all circuits had run") from error
    except BrokenExecutor as error:
        raise ExecutionError(f"{name}: a worker process of the executor died ({error})") from error
    except (QiskitError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, OSError) as error:
        raise ExecutionError(
            f"{name} did not run the circuits: {type(error).__name__}: {error}. If it is a device or a fake backend, "
            "pass pass_manager=generate_preset_pass_manager(backend=...) made for that backend"
        ) from error
    except MemoryError as error:
        raise ExecutionError(f"{name}: not enough memory for the circuits; use fewer qubits") from error


def _submit(sampler: BaseSamplerV2, circuits: Sequence[QuantumCircuit], shots: Sequence[int]) -> list[Counts]:
    pubs = [(circuit, None, number) for circuit, number in zip(circuits, shots, strict=True)]
    results = list(sampler.run(pubs).result())
    if len(results) != len(pubs):
        raise ExecutionError(f"{type(sampler).__name__} returned {len(results)} results for {len(pubs)} circuits")
    return [_read(result, circuit, number) for result, circuit, number in zip(results, circuits, shots, strict=True)]


def _read(result: Any, circuit: QuantumCircuit, shots: int) -> Counts:
    # By register name from the data, shots from the BitArray: metadata differ from sampler to sampler.
    from qiskit.primitives import BitArray

    arrays: list[BitArray] = [result.data[register.name] for register in circuit.cregs]
    joint = arrays[0] if len(arrays) == 1 else BitArray.concatenate_bits(arrays)
    joint = joint.reshape(-1) if joint.ndim else joint
    found = joint.num_shots * max(1, joint.size)
    if found < shots:
        raise ExecutionError(f"{shots} shots of {circuit.name!r} were asked for, the sampler returned {found}")
    if joint.num_shots > shots and joint.size == 1:
        joint = joint.slice_shots(range(shots))
    return {int(value): int(count) for value, count in joint.get_int_counts().items()}


def _merged(parts: Sequence[Counts]) -> Counts:
    total: Counts = {}
    for part in parts:
        for value, count in part.items():
            total[value] = total.get(value, 0) + count
    return total


def _aer_backend(sampler: BaseSamplerV2) -> Any:
    # Aer's SamplerV2 has no public name for the simulator that from_backend() was given.
    return getattr(sampler, "_backend", None)


def _is_aer(backend: object) -> bool:
    return any(kind.__module__.split(".")[0] == "qiskit_aer" for kind in type(backend).__mro__)


def _is_simulated(backend: object) -> bool:
    modules = {kind.__module__ for kind in type(backend).__mro__}
    return any(".fake_provider" in module or ".basic_provider" in module for module in modules)


def _backend_name(backend: Any) -> str:
    name = getattr(backend, "name", None)
    return name if isinstance(name, str) else type(backend).__name__
