"""One submission of circuits, with its mitigation, from the arguments of :func:`qalgo.execution.run` to a Run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from numbers import Integral
from typing import TYPE_CHECKING

from qalgo.errors import ProblemError
from qalgo.execution.bit_strings import bit_string
from qalgo.execution.journalled_run import kept
from qalgo.execution.recorded_runs import recorded_mitigation, recorded_run
from qalgo.execution.runner import CircuitRunner
from qalgo.execution.samplers import Counts, own_seed
from qalgo.results import Run
from qalgo.run_record import Mitigated, RunCost
from qalgo.seeds import root_seed
from qalgo.versions import versions

if TYPE_CHECKING:
    import numpy as np
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.execution import MitigationLike
    from qalgo.execution.journal import JournalChoice
    from qalgo.execution.mitigation import MitigationPlan
    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["run_circuits"]


def run_circuits(
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
    """Run circuits and return their counts: :func:`qalgo.execution.run`, which documents it."""
    from qalgo.execution import evaluation
    from qalgo.execution import mitigation as mitigating

    zero_noise, correction = mitigating.mitigations(mitigation)
    listed = _checked_circuits(circuits)
    numbers = _checked_shots(shots, len(listed))
    given = own_seed(sampler)
    root = given if seed is None and given is not None else root_seed(seed)
    runner = CircuitRunner(
        num_qubits=max(circuit.num_qubits for circuit in listed),
        seed=root,
        backend=backend,
        sampler=sampler,
        pass_manager=pass_manager,
        device=device,
        executor=executor,
        simulator=simulator,
    )
    resumed = not isinstance(journal, bool | str | os.PathLike | None)
    if seed is not None and not resumed:
        runner.warn_unless_seeded()
    if mitigation is not None:
        runner.refuse_mitigation_without_noise()
    lowered = [runner.lower(circuit) for circuit in listed]
    runner.journal = recorded_run(
        journal,
        lowered,
        {
            "shots": numbers,
            "mitigation": recorded_mitigation(zero_noise, correction),
            "device": device,
            "simulator": simulator,
        },
        seed=root,
        sampler=sampler,
        backend=backend,
        own_pass_manager=pass_manager is not None,
    )
    planned = mitigating.plan(lowered, numbers, zero_noise, correction, runner.flip_gates())
    with kept(runner.journal, owned=not resumed):
        found = runner.run(planned.circuits, planned.shots, 0)
    mitigated = () if mitigation is None else evaluation.evaluate(planned, found, root)
    counts = found[: len(listed)]
    sizes = [[register.size for register in circuit.cregs] for circuit in listed]
    result = Run(
        counts=tuple(
            {bit_string(value, size): count for value, count in sorted(outcomes.items())}
            for outcomes, size in zip(counts, sizes, strict=True)
        ),
        shots=tuple(sum(outcomes.values()) for outcomes in counts),
        device=runner.device,
        reason=runner.reason,
        seed=root,
        sampler=runner.sampling.name,
        versions=versions(),
        cost=_cost(runner, planned, found, mitigated),
        mitigated=mitigated,
    )
    if runner.journal is not None and not resumed:
        runner.journal.finish(result.to_dict())
    return result


def _cost(
    runner: CircuitRunner, planned: MitigationPlan, found: Sequence[Counts], mitigated: Sequence[Mitigated]
) -> RunCost:
    from qalgo.execution import evaluation
    from qalgo.execution.durations import device_seconds
    from qalgo.execution.folding import two_qubit_gates

    seconds, note = device_seconds(planned.circuits, planned.shots, runner.backend)
    return RunCost(
        circuits=len(planned.circuits),
        shots=sum(planned.shots),
        submissions=1,
        two_qubit_gates=tuple(two_qubit_gates(circuit) for circuit in planned.circuits[: planned.number]),
        calibration_circuits=planned.calibration_circuits,
        qpu_seconds=seconds,
        qpu_note=note,
        variance_factors=evaluation.variance_factors(planned, found, mitigated),
    )


def _checked_circuits(circuits: QuantumCircuit | Sequence[QuantumCircuit]) -> list[QuantumCircuit]:
    from qiskit import QuantumCircuit

    if not isinstance(circuits, QuantumCircuit | Iterable):
        raise ProblemError(f"circuits is a {type(circuits).__name__}; allowed: a QuantumCircuit or a list of them")
    listed = [circuits] if isinstance(circuits, QuantumCircuit) else list(circuits)
    if not listed:
        raise ProblemError("circuits is empty; allowed: a QuantumCircuit or a list of at least one")
    for circuit in listed:
        if not isinstance(circuit, QuantumCircuit):
            raise ProblemError(f"circuits holds a {type(circuit).__name__}; allowed: qiskit QuantumCircuit objects")
        if not circuit.cregs or sum(register.size for register in circuit.cregs) != circuit.num_clbits:
            raise ProblemError(
                f"circuit {circuit.name!r} has {circuit.num_clbits} classical bits in {len(circuit.cregs)} registers; "
                "allowed: every bit in one register, at least one register: measure_all(), or add a ClassicalRegister"
            )
        if circuit.num_parameters:
            names = ", ".join(str(parameter) for parameter in circuit.parameters)
            raise ProblemError(f"circuit {circuit.name!r} has unbound parameters {names}: bind with assign_parameters")
    return listed


def _checked_shots(shots: int | Sequence[int], number: int) -> list[int]:
    listed = list(shots) if isinstance(shots, Iterable) else [shots] * number
    if len(listed) != number or not all(_is_positive_integer(one) for one in listed):
        raise ProblemError(
            f"shots is {shots!r} for {number} circuits; allowed: a positive integer, or one for each circuit"
        )
    return [int(one) for one in listed]


def _is_positive_integer(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= 1
