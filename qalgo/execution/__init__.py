"""The only door to a simulator or device."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.execution.devices import DeviceChoice
    from qalgo.execution.journal import JournalChoice
    from qalgo.execution.mitigation import Readout, ZeroNoise
    from qalgo.execution.restriction import Restriction
    from qalgo.execution.simulator_options import SimulatorOptions
    from qalgo.run_results import Run

    MitigationLike = str | ZeroNoise | Readout | Sequence[ZeroNoise | Readout | str]

__all__ = ["available_devices", "restrict", "run", "sampler_for"]


def run(
    circuits: QuantumCircuit | Sequence[QuantumCircuit],
    *,
    backend: BackendV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    shots: int | Sequence[int] = 1024,
    mitigation: MitigationLike | None = None,
    seed: int | np.random.Generator | None = None,
    device: str = "auto",
    executor: Executor | None = None,
    simulator: SimulatorOptions | None = None,
    journal: JournalChoice = None,
) -> Run:
    """Run circuits, as one submission, and return their counts.

    The same call works on ``StatevectorSampler``, ``BackendSamplerV2``, Aer's ``SamplerV2``, both samplers of
    qiskit-ibm-runtime and any other ``BaseSamplerV2``. Circuits need no transpilation for simulators. Those that
    simulate on this machine get a fresh derived seed for every circuit, so that no two circuits share random numbers;
    a sampler of another make gets one submission with all circuits.

    Args:
        circuits: one circuit or several, with measurements into classical registers and no unbound parameters.
        backend: a ``BackendV2``: makes the sampler and the pass manager: optimisation level 3; circuits of up to 1000
            operations that need routing are transpiled with 8 seeds, the best by estimated success is taken. Fake and
            generic backends are simulated on the active qubits alone: counts are bit for bit those of
            ``AerSimulator.from_backend(backend)`` at the same seed. (Qiskit's level 3 drops rotations below 2e-6 rad,
            an average gate infidelity of 1e-12; nothing else is rounded.)
        sampler: any ``BaseSamplerV2``; default: AerSimulator by state vector, on qalgo's own safe target.
        pass_manager: ``generate_preset_pass_manager(backend=...)``; needed with samplers of devices and fake backends.
        shots: for all circuits, or one number per circuit.
        mitigation: "zne" (two-qubit gates folded 1, 3, 5 times, quadratic extrapolation: 1905.02666, section 5),
            "readout" (calibration circuits on the measured qubits), "zne+readout", or options: one of
            ``qalgo.ZeroNoise(folds=(1, 3, 5), extrapolation="quadratic")`` and ``qalgo.Readout(method="auto")``, or
            both in a tuple. All circuits go into the same submission; ``counts`` stays raw, ``quasi`` and
            ``probabilities`` are mitigated, ``cost`` says what it took. Refused on noise-free simulators.
        seed: one integer fixes transpilation and sampling; None takes the seed of a known sampler that has one, or
            draws one. It is recorded in the result.
        device: "auto", "cpu" or "gpu" for the default sampler. A GPU that "auto" took and that fails (memory, say) is
            replaced by the CPU, and the result's ``reason`` says so; under "gpu" that is an error.
        executor: a ``concurrent.futures.Executor`` over which the circuits are spread; the counts are those of a
            serial run.
        simulator: :class:`SimulatorOptions` of the default sampler: method, precision, cuStateVec, blocking.
        journal: None records the submission, before its result is waited for, unless it is simulated on this machine;
            True records it always, False never; a path: in that folder. ``qalgo jobs`` lists, ``qalgo resume ID``
            collects.

    Returns:
        Counts, shots, device with the reason for it, seed, sampler, versions, cost, and what mitigation made of it.

    Raises:
        ProblemError: a circuit without classical register or with unbound parameters, wrong shots, mitigation, or
            arguments that contradict each other.
        ExecutionError: no pass manager where one is needed, no such device, too little memory, a journal that cannot
            be written (nothing is submitted then), or a sampler that failed (its exception is the cause).
    """
    from qalgo.execution.submission import run_circuits

    return run_circuits(
        circuits,
        backend=backend,
        sampler=sampler,
        pass_manager=pass_manager,
        shots=shots,
        mitigation=mitigation,
        seed=seed,
        device=device,
        executor=executor,
        simulator=simulator,
        journal=journal,
    )


def sampler_for(backend: BackendV2) -> BaseSamplerV2:
    """Return a sampler for a backend: Aer's for Aer, IBM's for IBM's (real and fake), else ``BackendSamplerV2``.

    Raises:
        ExecutionError: not a backend, or qiskit-ibm-runtime is missing for one of its backends.
    """
    from qalgo.execution import samplers

    return samplers.sampler_for(backend)


def available_devices() -> tuple[DeviceChoice, ...]:
    """Return every device of the default simulator, with whether a probe circuit ran on it and why not."""
    from qalgo.execution import devices

    return devices.available_devices()


def restrict(circuits: QuantumCircuit | Sequence[QuantumCircuit], backend: BackendV2) -> Restriction:
    """Cut circuits that were transpiled for a device, and the device, to the qubits that they act on.

    ``run(circuit, backend=...)`` does so by itself; this is for other tools, such as IBM's client-side ``Estimator``,
    which fails on wide fake devices: give it ``restriction.backend`` as mode and ``restriction.circuits``.

    Raises:
        ExecutionError: a backend without target, or a circuit that was not transpiled for it.
    """
    from qalgo.execution import restriction

    return restriction.restrict(circuits, backend)
