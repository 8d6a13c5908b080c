"""The loop of every estimation: ask the estimator, measure, record, repeat - with budgets, resume and progress."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.amplitude_estimation.estimator import Estimator, MeasurementSource, make_estimator
from qalgo.amplitude_estimation.noise import Depolarising, noise_model
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.amplitude_estimation.recorded_estimates import Asked, Record, record_of
from qalgo.errors import ConvergenceError, ExecutionError, ProblemError
from qalgo.resources import QueryCount
from qalgo.results import Estimate
from qalgo.seeds import root_seed
from qalgo.transcript import Request, Round, Transcript

if TYPE_CHECKING:
    import numpy as np
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.execution.journal import JournalChoice
    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["estimate_amplitude", "estimate_from", "replay"]

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


def estimate_from(
    source: MeasurementSource,
    epsilon: float,
    *,
    confidence: float = 0.95,
    method: str = "bayesian",
    seed: int = 0,
    max_queries: int | None = None,
    max_seconds: float | None = None,
    resumed: Transcript | None = None,
    file: Path | None = None,
    copies: Sequence[Path] = (),
    post_processing: Callable[[float], float] | None = None,
    progress: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Estimate:
    """Estimate from any measurement source; :func:`estimate_amplitude` says what the arguments mean.

    The transcript is written to ``file`` and ``copies`` after every round.
    """
    _check_budget(max_queries, max_seconds)
    started = time.perf_counter()
    estimator = make_estimator(method, epsilon, confidence, settings or {})
    record = Transcript(method, float(epsilon), float(confidence), seed, source.mode, estimator.settings())
    earlier: tuple[Round, ...] = ()
    if resumed is not None:
        if not resumed.same_question(record):
            raise ProblemError(
                "the transcript belongs to another question (method, epsilon, confidence, seed, mode or settings "
                "differ): call with the same arguments, or start a new transcript"
            )
        earlier = resumed.rounds
    measuring = 0.0
    message = "half-width reached"
    bar = _Progress(progress, float(epsilon))
    try:
        while requests := estimator.next_round():
            index = len(record.rounds)
            if index < len(earlier):
                finished = _recorded(earlier[index], requests)
            else:
                stop = _exhausted(record.queries, requests, max_queries, max_seconds, started)
                if stop:
                    message = stop + _still_needed(estimator)
                    break
                before = time.perf_counter()
                finished = Round(requests, source.measure(requests, index))
                measuring += time.perf_counter() - before
            estimator.observe(finished)
            record = record.extended(finished)
            if index >= len(earlier):
                for path in (*copies, *([] if file is None else [file])):
                    record.save(path)
            bar.show(record.queries, estimator)
    except (ConvergenceError, ExecutionError, KeyboardInterrupt) as error:
        error.transcript = record  # type: ignore[union-attr]  # the finished rounds travel with the error
        where = "in error.transcript: pass it as transcript= to resume"
        if file is not None:
            where = f"in {str(file)!r}: the same call resumes"
        error.add_note(f"{len(record.rounds)} finished rounds are {where}")
        raise
    finally:
        bar.close()
    seconds = time.perf_counter() - started - measuring
    estimate = _finish(estimator, record, message, source.device, seconds, post_processing)
    engine, reason = getattr(source, "engine", ""), getattr(source, "device_reason", "")
    return replace(estimate, engine=engine, device_reason=reason)


def replay(transcript: Transcript, post_processing: Callable[[float], float] | None = None) -> Estimate:
    """Re-run the estimator of a transcript on its recorded outcomes; nothing is measured.

    Raises:
        ProblemError: when the recorded requests are not those the estimator makes.
    """
    started = time.perf_counter()
    estimator = make_estimator(transcript.method, transcript.epsilon, transcript.confidence, transcript.settings)
    for recorded in transcript.rounds:
        estimator.observe(_recorded(recorded, estimator.next_round()))
    message = "half-width reached" if not estimator.next_round() else "the transcript ends before the half-width"
    seconds = time.perf_counter() - started
    return _finish(estimator, transcript, message, "replayed from a transcript", seconds, post_processing)


def _finish(
    estimator: Estimator,
    record: Transcript,
    message: str,
    device: str,
    seconds: float,
    post_processing: Callable[[float], float] | None,
) -> Estimate:
    from qalgo.versions import versions

    bracket = estimator.bracket()
    function = post_processing if post_processing is not None else float
    half_width = bracket.interval.half_width
    converged = half_width <= record.epsilon * (1 + 1e-9)
    return Estimate(
        value=float(function(bracket.value)),
        interval=bracket.interval.mapped(function),
        amplitude=bracket.value,
        amplitude_interval=bracket.interval,
        epsilon=record.epsilon,
        converged=converged,
        message=message,
        queries=record.queries,
        device=device,
        classical_seconds=seconds,
        transcript=record,
        references=estimator.references,
        versions=versions(),
        noise=bracket.noise,
    )


def _completed(settings: Mapping[str, Any], problem: EstimationProblem) -> Mapping[str, Any]:
    """Settings in which a noise model knows the problem's width and the fixed point of its objective qubits."""
    model = noise_model(settings.get("noise"))
    if model is None:
        return settings
    return {**settings, "noise": _for_problem(model, problem)}


def _for_problem(model: Depolarising, problem: EstimationProblem) -> Depolarising:
    fixed_point = len(problem.good_states) / 2 ** len(problem.objective_qubits)
    return model.completed(problem.state_preparation.num_qubits, fixed_point)


def _check_mode(mode: str, emulated_noise: Depolarising | None, execution: Mapping[str, object]) -> None:
    if mode not in MODES:
        raise ProblemError(f"mode is {mode!r}; allowed: {', '.join(MODES)}")
    given = [name for name, value in execution.items() if value is not None]
    if mode == "subspace" and given:
        raise ProblemError(f'mode="subspace" executes no circuit of Q^k A: leave out {", ".join(given)}')
    if mode == "circuit" and emulated_noise is not None:
        raise ProblemError('emulated_noise is for mode="subspace"; circuits have the noise of their sampler')


def _emulation(problem: EstimationProblem, root: int, noise: Depolarising | None) -> MeasurementSource:
    from qalgo.amplitude_estimation.sources import SubspaceSource

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


def _still_needed(estimator: Estimator) -> str:
    """What a noise-aware estimator foresees, for the message of a run that a budget ended."""
    noise = estimator.bracket().noise
    if noise is None or not math.isfinite(noise.queries_to_go):
        return ""
    return (
        f"; epsilon is not reachable within it: at the estimated depolarising rate of {noise.rate:.2g} per use of A "
        f"about {noise.queries_to_go:.2g} more uses of A are needed"
    )


def _load(transcript: Transcript | str | os.PathLike[str] | None) -> Transcript | None:
    if transcript is None or isinstance(transcript, Transcript):
        return transcript
    return Transcript.load(transcript) if Path(transcript).exists() else None


def _recorded(recorded: Round, requests: tuple[Request, ...]) -> Round:
    if recorded.requests != requests:
        raise ProblemError(
            "the transcript's rounds are not those this version of the estimator asks for: "
            f"recorded {recorded.requests}, asked {requests}; start a new transcript"
        )
    return recorded


def _check_budget(max_queries: int | None, max_seconds: float | None) -> None:
    if max_queries is not None and max_queries < 1:
        raise ProblemError(f"max_queries is {max_queries!r}; allowed: at least 1, or None for no limit")
    if max_seconds is not None and not max_seconds > 0:
        raise ProblemError(f"max_seconds is {max_seconds!r}; allowed: positive seconds, or None for no limit")


def _exhausted(
    spent: QueryCount,
    requests: tuple[Request, ...],
    max_queries: int | None,
    max_seconds: float | None,
    started: float,
) -> str:
    """Why no further round may be measured, or "" when one may."""
    wanted = spent.state_preparation + sum(request.queries().state_preparation for request in requests)
    if max_queries is not None and wanted > max_queries:
        return f"query budget: the next round would make {wanted:,} uses of A, allowed {max_queries:,}"
    if max_seconds is not None and time.perf_counter() - started > max_seconds:
        return f"time budget of {max_seconds:g} s used up"
    return ""


class _Progress:
    """A tqdm bar of the half-width on a log scale, or nothing."""

    def __init__(self, shown: bool, epsilon: float) -> None:
        self._bar: Any = None
        self._epsilon = epsilon
        if shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=100, unit="%", desc="amplitude estimation", leave=False)

    def show(self, spent: QueryCount, estimator: Estimator) -> None:
        if self._bar is None:
            return
        width = min(0.5, max(estimator.bracket().interval.half_width, self._epsilon))
        self._bar.n = round(100 * math.log(0.5 / width) / math.log(0.5 / self._epsilon))
        self._bar.set_postfix(queries=spent.state_preparation, half_width=f"{width:.2g}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
