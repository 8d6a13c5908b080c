"""From circuits to counts: translate, check, seed, spread over an executor, run."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import ibm
from qalgo.execution.limits import check_state_vector
from qalgo.execution.samplers import (
    AerDevice,
    AsGiven,
    Counts,
    Rebuilt,
    Sampling,
    aer_backend_of,
    failures_explained,
    sampler_for,
    sampling_of,
    warn_unseeded,
)
from qalgo.execution.simulation import GpuError
from qalgo.execution.simulator_options import DEFAULT_SIMULATOR, SimulatorOptions
from qalgo.seeds import Purpose, derived_seed

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.execution.journalled_run import JournalledRun
    from qalgo.execution.restriction import RestrictedSimulation

__all__ = ["CircuitRunner"]

Result = TypeVar("Result")

_ALWAYS_SMALL = 20
"""Width (qubits) up to which idle qubits need not be counted before memory is checked: 16 MiB."""


class CircuitRunner:
    """Runs rounds of circuits on one sampler, with fresh random numbers in every round under one seed.

    Args:
        num_qubits: width of the widest circuit to come: decides the device under ``device="auto"``.
        backend: makes the sampler (:func:`qalgo.execution.sampler_for`) and, unless given, the pass manager.
        sampler: any ``BaseSamplerV2``; default: AerSimulator by state vector.
        pass_manager: translates circuits for the sampler's device. Needed for devices and fake backends; state-vector
            and Aer samplers get circuits in gates that they run safely.
        seed: root integer. Round r, circuit j draws from the stream (seed, r, j): never by order of calls.
        device: "auto", "cpu" or "gpu", for the default sampler only.
        executor: spreads the circuits of a round; counts are those of a serial run with the same seed.
        simulator: options of the default sampler.
        journal: records every submission before its result is waited for, and gives back those it has already.

    Raises:
        ExecutionError: unusable sampler, missing pass manager, missing device, a width that does not fit into memory.
        ProblemError: arguments that contradict each other.
    """

    def __init__(
        self,
        *,
        num_qubits: int,
        seed: int,
        backend: BackendV2 | None = None,
        sampler: BaseSamplerV2 | None = None,
        pass_manager: PassManager | None = None,
        device: str = "auto",
        executor: Executor | None = None,
        simulator: SimulatorOptions | None = None,
        journal: JournalledRun | None = None,
    ) -> None:
        if backend is not None and sampler is not None:
            raise ProblemError("backend and sampler are both given; allowed: one of them, since a backend makes one")
        simulated = _simulation_of(backend)
        if backend is not None and simulated is None:
            sampler = sampler_for(backend)
        self.backend: Any = backend if backend is not None else ibm.device_of(sampler)
        self._seed = seed
        self._executor = executor
        self.journal = journal
        self._may_change_device = backend is None and sampler is None and device == "auto"
        if simulator is not None and (backend is not None or sampler is not None):
            raise ProblemError(
                "simulator is given together with a sampler or backend; allowed: one of them, since simulator sets "
                "up the default one (a sampler of your own takes its options when it is made)"
            )
        if simulated is not None:
            _refuse_device(device)
            self.sampling: Sampling = simulated
            self.device = f"{simulated.device_name}, simulated on CPU (Aer)"
            self.reason = "backend given"
        elif sampler is None:
            from qalgo.execution.devices import choose_device

            options = DEFAULT_SIMULATOR if simulator is None else simulator
            choice = choose_device(device, num_qubits=num_qubits, simulator=options)
            self.sampling = AerDevice(choice.name, options=options)
            self.device, self.reason = f"{choice.name} ({options.description_on(choice.name)})", choice.reason
        else:
            _refuse_device(device)
            with failures_explained(type(sampler).__name__):
                self.sampling = sampling_of(sampler)
            self.device = self.sampling.name
            self.reason = "backend given" if backend is not None else "sampler given"
        if executor is not None and not self.sampling.seedable:
            raise ExecutionError(
                f"an executor spreads circuits over simulators on this machine, but {self.sampling.name} runs all "
                "circuits of a round in one submission: leave executor out"
            )
        if pass_manager is None and backend is not None and not self._ideal_aer():
            from qalgo.execution.layouts import LayoutSearch

            pass_manager = LayoutSearch(backend, seed)
        self._pass_manager = pass_manager
        self._names = None if pass_manager is not None else self._gate_names()

    def flip_gates(self) -> tuple[str, ...]:
        """Names of native gates that together flip a qubit."""
        names = getattr(getattr(self.backend, "target", None), "operation_names", ("x",))
        return ("x",) if "x" in names or "sx" not in names else ("sx", "sx")

    def refuse_mitigation_without_noise(self) -> None:
        """Raise ProblemError where there is no noise to take out."""
        kind = self.sampling.kind if isinstance(self.sampling, Rebuilt) else None
        if isinstance(self.sampling, AerDevice) or kind == "statevector" or self._ideal_aer():
            raise ProblemError(
                f"mitigation on {self.sampling.name}, which has no noise: it would only multiply the variance; "
                "allowed: with a device, a fake backend (backend=FakeFez()) or a simulator with a noise model"
            )

    @property
    def composable(self) -> bool:
        """Whether pieces of a circuit may be translated apart and joined: there is no layout or routing."""
        return self._pass_manager is None

    def warn_unless_seeded(self) -> None:
        """Warn when the sampler is one that no seed can be given to."""
        warn_unseeded(self.sampling)

    def lower(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Translate a whole circuit for the sampler.

        Raises:
            ExecutionError: the pass manager, or our own, cannot translate it.
        """
        from qalgo.execution import targets

        if self._pass_manager is None:
            return targets.lower(circuit, names=self._names)
        with failures_explained("the pass manager"):
            lowered = self._pass_manager.run(circuit)
        if self.sampling.gates != "device" and targets.has_operation(lowered, "multiplexer"):
            # A pass manager made for AerSimulator leaves a gate that kills the process (qiskit-aer#2446).
            lowered = targets.lower(lowered, names=self._gate_names())
        return lowered

    def lower_piece(self, circuit: QuantumCircuit, clean: Iterable[int]) -> QuantumCircuit:
        """Translate a part of a circuit; ``clean`` are the qubits that are |0> whenever the part begins."""
        from qalgo.execution import fusion, targets

        piece = targets.lower_piece(circuit, clean, names=self._names)
        known = isinstance(self.sampling, AerDevice | Rebuilt)
        merged = known and (self._names is None or "unitary" in self._names)
        return fusion.fuse(piece) if merged else piece

    def run(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], round_index: int) -> list[Counts]:
        """Run translated circuits as one round and return, for each, integer outcome -> count.

        Raises:
            ExecutionError: too little memory, or the sampler failed (its exception is the cause).
        """
        return self.attempt(lambda: self._run(circuits, shots, round_index))

    def attempt(self, job: Callable[[], Result]) -> Result:
        """Do a job on the sampler; where device="auto" took a GPU that fails, do it again on the CPU, and say so.

        Raises:
            ExecutionError: the job failed on the CPU, or on a GPU that was asked for.
        """
        try:
            return job()
        except GpuError as error:
            if not self._may_change_device or not isinstance(self.sampling, AerDevice):
                raise
            self.sampling = replace(self.sampling, device="CPU")
            self.device = f"CPU ({self.sampling.options.description_on('CPU')})"
            self.reason = f"auto: a GPU was taken, but failed on the way ({error}); the CPU took over"
            return job()

    def _run(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], round_index: int) -> list[Counts]:
        if self.sampling.local:
            for circuit in circuits:
                _check_memory(circuit, self.sampling)
        with failures_explained(self.sampling.name):
            if self.journal is not None:
                return self.journal.measured(self.sampling, circuits, shots, round_index, self._measured)
            return self._measured(self.sampling, circuits, shots, round_index)

    def _measured(
        self, sampling: Sampling, circuits: Sequence[QuantumCircuit], shots: Sequence[int], round_index: int
    ) -> list[Counts]:
        if not sampling.seedable:
            return sampling.counts(circuits, shots, None)
        seeds = [derived_seed(self._seed, Purpose.SAMPLING, round_index, index) for index in range(len(circuits))]
        jobs = list(zip(circuits, shots, seeds, strict=True))
        if self._executor is None or len(jobs) == 1:
            return [_job(sampling, *job) for job in jobs]
        return self._spread(self._executor, jobs)

    def _spread(self, executor: Executor, jobs: Sequence[tuple[QuantumCircuit, int, int]]) -> list[Counts]:
        futures: list[Future[Counts]] = []
        try:
            futures.extend(executor.submit(_job, self.sampling, *job) for job in jobs)
            return [future.result() for future in futures]
        except pickle.PickleError as error:
            raise ExecutionError(
                f"{self.sampling.name} or a circuit cannot be sent to another process ({error}): use a thread pool"
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def _ideal_aer(self) -> bool:
        backend = aer_backend_of(self.sampling)
        return backend is not None and _coupling(backend) is None and _noise(backend) is None

    def _gate_names(self) -> frozenset[str] | None:
        """Gates that the sampler runs without a pass manager; None: all of our Aer target."""
        from qalgo.execution.targets import PLAIN

        backend = aer_backend_of(self.sampling)
        if self.sampling.gates == "device" or (backend is not None and _coupling(backend) is not None):
            raise ExecutionError(
                f"{self.sampling.name} runs only circuits made for its backend, and no pass_manager is given: pass "
                "pass_manager=qiskit.transpiler.generate_preset_pass_manager(3, backend=backend)"
            )
        if isinstance(self.sampling, AerDevice):
            return self.sampling.options.gate_names
        if self.sampling.gates == "plain":
            return PLAIN if isinstance(self.sampling, AsGiven) else PLAIN | {"unitary"}
        noise = None if backend is None else _noise(backend)
        # Noise belongs to gates by name: only gates that the model knows carry it.
        return None if noise is None else frozenset(noise.basis_gates)


def _job(sampling: Sampling, circuit: QuantumCircuit, shots: int, seed: int) -> Counts:
    return sampling.counts([circuit], [shots], seed)[0]


def _simulation_of(backend: BackendV2 | None) -> RestrictedSimulation | None:
    """Return how a fake device is simulated, or None for anything else."""
    if backend is None:
        return None
    from qalgo.execution import restriction

    if not restriction.is_simulated_device(backend):
        return None
    return restriction.RestrictedSimulation(backend.target, str(backend.name))


def _refuse_device(device: str) -> None:
    if device != "auto":
        raise ProblemError(
            f"device is {device!r} and a sampler or backend is given; allowed: 'auto', since a sampler "
            "brings its own device (AerSimulator(device='GPU') for one)"
        )


def _check_memory(circuit: QuantumCircuit, sampling: Sampling) -> None:
    options = sampling.options if isinstance(sampling, AerDevice) else DEFAULT_SIMULATOR
    if circuit.num_qubits <= _ALWAYS_SMALL or not options.checks_memory:
        return
    from qalgo.execution.targets import active_qubits

    check_state_vector(
        active_qubits(circuit),
        what=f"circuit {circuit.name!r}",
        bytes_per_amplitude=options.bytes_per_amplitude,
    )


def _coupling(backend: Any) -> Any:
    return backend.configuration().coupling_map


def _noise(backend: Any) -> Any:
    noise = backend.options.noise_model
    return None if noise is None or noise.is_ideal() else noise
