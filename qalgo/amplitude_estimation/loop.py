"""The loop of every estimation: ask the estimator, measure, record, repeat - with budgets, resume and progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qalgo.amplitude_estimation.budget import check_budget, exhausted, still_needed
from qalgo.amplitude_estimation.estimator import Estimator, MeasurementSource, make_estimator
from qalgo.amplitude_estimation.progress import ProgressBar
from qalgo.errors import ConvergenceError, ExecutionError, ProblemError
from qalgo.results import Estimate
from qalgo.transcript import Request, Round, Transcript

__all__ = ["estimate_from", "replay"]


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
    check_budget(max_queries, max_seconds)
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
    bar = ProgressBar(progress, float(epsilon))
    try:
        while requests := estimator.next_round():
            index = len(record.rounds)
            if index < len(earlier):
                finished = _recorded(earlier[index], requests)
            else:
                stop = exhausted(record.queries, requests, max_queries, max_seconds, started)
                if stop:
                    message = stop + still_needed(estimator)
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
        if file is not None and file.is_file():
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

    Args:
        transcript: of an estimation: ``estimate.transcript``, or ``Transcript.load(path)``.
        post_processing: monotone function from the probability to the value, as in the problem; default: none.

    Returns:
        The estimate, the same as that of the recorded run.

    Raises:
        ProblemError: not a transcript, or its requests are not those the estimator makes.
    """
    given: object = transcript
    if not isinstance(given, Transcript):
        kind = type(given).__name__
        raise ProblemError(f"transcript is a {kind}; allowed: a Transcript, e.g. Transcript.load(path)")
    started = time.perf_counter()
    estimator = make_estimator(transcript.method, transcript.epsilon, transcript.confidence, transcript.settings)
    for recorded in transcript.rounds:
        estimator.observe(_recorded(recorded, estimator.next_round()))
    message = "half-width reached" if not estimator.next_round() else "the transcript ends before the half-width"
    seconds = time.perf_counter() - started
    return _finish(estimator, transcript, message, "replayed from a transcript", seconds, post_processing)


def _recorded(recorded: Round, requests: tuple[Request, ...]) -> Round:
    if recorded.requests != requests:
        raise ProblemError(
            "the transcript's rounds are not those this version of the estimator asks for: "
            f"recorded {recorded.requests}, asked {requests}; start a new transcript"
        )
    return recorded


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
