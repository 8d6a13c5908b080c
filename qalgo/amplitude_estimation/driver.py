"""One call from a problem to an estimate: who measures, what is recorded, then the loop."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.amplitude_estimation.estimator import MeasurementSource
from qalgo.amplitude_estimation.loop import estimate_from
from qalgo.amplitude_estimation.noise import Depolarising, noise_model
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.amplitude_estimation.recorded_estimates import Asked, Record, record_of
from qalgo.errors import ProblemError
from qalgo.results import Estimate
from qalgo.seeds import root_seed
from qalgo.transcript import Transcript

if TYPE_CHECKING:
    import numpy as np
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.execution.journal import JournalChoice
    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["estimate_amplitude"]

MODES = ("circuit", "subspace")


def estimate_amplitude(
    problem: EstimationProblem,
    epsilon: float,
    *,
    confidence: float = 0.95,
    method: str = "bayesian",
    mode: str = "circuit",
    seed: int | np.random.Generator | None = None,
    max_queries: int | None = None,
    max_seconds: float | None = None,
    transcript: Transcript | str | os.PathLike[str] | None = None,
    backend: BackendV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    device: str = "auto",
    executor: Executor | None = None,
    simulator: SimulatorOptions | None = None,
    journal: JournalChoice = None,
    progress: bool = False,
    emulated_noise: Depolarising | None = None,
    **settings: Any,
) -> Estimate:
    r"""Estimate the probability a = sin^2(theta) of a good outcome of the problem's state preparation A.

    Args:
        problem: A, its objective qubits and, if it has one, the post-processing of the probability.
        epsilon: half-width on the probability a, 0 < epsilon < 1/2.
        confidence: level of the interval.
        method: "bayesian" (default), "iterative", "modified_iterative", "maximum_likelihood" or "canonical".
        mode: "circuit" runs Q^k A; "subspace" takes a from one state vector of A and draws from
            sin^2((2k+1) theta), the exact law of the circuits: the result says ``emulated``.
        seed: one integer fixes every random number of the run; a Generator gives one integer; None draws one.
        max_queries: most uses of A (or its inverse); the best interval so far is returned when it is reached.
        max_seconds: wall-clock budget, looked at between rounds; likewise.
        transcript: a Transcript to resume from, or the path of a file that is read if it exists and rewritten after
            every round, so that an interrupted run loses nothing.
        backend: a ``BackendV2``: makes sampler and pass manager; fake ones are simulated on the active qubits. Circuit
            mode only. Its noise biases every method but "bayesian" with ``noise=``.
        sampler: any ``BaseSamplerV2``; default: a noise-free state vector here. Circuit mode only.
        pass_manager: transpiles for the sampler's device (``generate_preset_pass_manager(backend=...)``).
        device: "auto", "cpu" or "gpu" for the default sampler.
        executor: a ``concurrent.futures.Executor`` over which the circuits of one round are spread.
        simulator: ``qalgo.SimulatorOptions`` of the default sampler: method, precision, engine, cuStateVec, blocking.
        journal: None records every submission, before its result is waited for, unless it is simulated on this
            machine; True records always, False never; a path: in that folder. ``qalgo jobs`` lists the submissions,
            ``qalgo resume ID`` collects what is out and continues the schedule. Circuit mode only.
        progress: show a tqdm bar.
        emulated_noise: noise of the emulated device, with a rate; subspace mode only.
        **settings: settings of the method, e.g. ``schedule="batched"`` or ``window="slepian"``. For "bayesian" also
            ``noise="depolarising"`` or ``noise=qalgo.Depolarising(...)``: the noise of the device is estimated along
            with a (``estimate.noise``) and the depth capped where it pays no longer.

    Returns:
        The estimate. Cost: about 3.5/epsilon uses of A for the default method (see ``estimate.queries``).

    Raises:
        ProblemError: an argument out of range, or a transcript that belongs to another question.
        ExecutionError: no device, too little memory, a journal that cannot be written, a sampler that failed;
            ``error.transcript`` holds the finished rounds.
        ConvergenceError: outcomes that contradict each other so often that the method gives up; likewise.
    """
    _check_mode(
        mode,
        emulated_noise,
        {"backend": backend, "sampler": sampler, "pass_manager": pass_manager, "simulator": simulator},
    )
    resumed = _load(transcript)
    root = resumed.seed if resumed is not None and seed is None else root_seed(seed)
    own_file = None if transcript is None or isinstance(transcript, Transcript) else Path(transcript)
    whole = _completed(settings, problem)
    asked = Asked(
        epsilon, confidence, method, root, max_queries, whole, device, resumed, own_file, seed is not None, simulator
    )
    record = record_of(
        problem, asked, mode, journal, sampler=sampler, backend=backend, own_pass_manager=pass_manager is not None
    )
    if mode == "subspace":
        source: MeasurementSource = _emulation(problem, record.seed, emulated_noise)
    else:
        source = _circuits(record, backend, sampler, pass_manager, device, executor, simulator)
    with record.kept():
        estimate = estimate_from(
            source,
            epsilon,
            confidence=confidence,
            method=method,
            seed=record.seed,
            max_queries=max_queries,
            max_seconds=max_seconds,
            resumed=record.resumed,
            file=own_file,
            copies=record.copies,
            post_processing=problem.post_processing,
            progress=progress,
            settings=whole,
        )
    record.finish(estimate, max_seconds)
    return estimate


def _completed(settings: Mapping[str, Any], problem: EstimationProblem) -> Mapping[str, Any]:
    """Settings in which a noise model knows the problem's width and the fixed point of its objective qubits."""
    model = noise_model(settings.get("noise"))
    if model is None:
        return settings
    return {**settings, "noise": _for_problem(model, problem)}


def _for_problem(model: Depolarising, problem: EstimationProblem) -> Depolarising:
    fixed_point = len(problem.good_states) / 2 ** len(problem.objective_qubits)
    zero_is_good = len(problem.objective_qubits) == 1 and tuple(problem.good_states) == (0,)
    return model.completed(problem.state_preparation.num_qubits, fixed_point, zero_is_good=zero_is_good)


def _check_mode(mode: str, emulated_noise: Depolarising | None, execution: Mapping[str, object]) -> None:
    if mode not in MODES:
        raise ProblemError(f"mode is {mode!r}; allowed: {', '.join(MODES)}")
    given = [name for name, value in execution.items() if value is not None]
    if mode == "subspace" and given:
        raise ProblemError(f'mode="subspace" executes no circuit of Q^k A: leave out {", ".join(given)}')
    if mode == "circuit" and emulated_noise is not None:
        raise ProblemError('emulated_noise is for mode="subspace"; circuits have the noise of their sampler')


def _emulation(problem: EstimationProblem, root: int, noise: Depolarising | None) -> MeasurementSource:
    from qalgo.amplitude_estimation.emulation import SubspaceSource

    noise = None if noise is None else _for_problem(noise, problem)
    return SubspaceSource(problem.exact_amplitude(), seed=root, noise=noise)


def _circuits(
    record: Record,
    backend: BackendV2 | None,
    sampler: BaseSamplerV2 | None,
    pass_manager: PassManager | None,
    device: str,
    executor: Executor | None,
    simulator: SimulatorOptions | None,
) -> MeasurementSource:
    from qalgo.amplitude_estimation.sources import CircuitSource

    return CircuitSource(
        record.problem,
        seed=record.seed,
        backend=backend,
        sampler=sampler,
        pass_manager=pass_manager,
        device=device,
        executor=executor,
        simulator=simulator,
        journal=record.run,
    )


def _load(transcript: Transcript | str | os.PathLike[str] | None) -> Transcript | None:
    if transcript is None or isinstance(transcript, Transcript):
        return transcript
    return Transcript.load(transcript) if Path(transcript).exists() else None
