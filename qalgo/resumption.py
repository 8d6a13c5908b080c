"""Go on with a run of the job journal: collect what is out, and ask the rest of the adaptive schedule."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.amplitude_estimation import recorded_estimates
from qalgo.amplitude_estimation.driver import estimate_amplitude, replay
from qalgo.errors import ProblemError
from qalgo.execution.journal import find_run
from qalgo.execution.journalled_run import JournalledRun, kept
from qalgo.execution.providers import Retriever
from qalgo.execution.recorded_runs import place_again, run_again, simulator_again
from qalgo.results import Estimate, Run

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.option_pricing.results import Price

__all__ = ["resume"]

KINDS = ("run", "estimate", "price")
PostProcessing = Callable[[float], float]


def resume(
    run_id: str,
    *,
    journal: str | os.PathLike[str] | None = None,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | str | None = None,
    pass_manager: PassManager | None = None,
    retriever: Retriever | None = None,
    resubmit: bool = False,
    post_processing: PostProcessing | None = None,
    max_seconds: float | None = None,
    progress: bool = False,
) -> Run | Estimate | Price:
    """Collect the open jobs of a recorded run and continue it to its end; nothing is submitted twice.

    A job that its provider still has is fetched by its id; counts that were collected come from the journal. What ran
    on a simulator of this machine died with its process and is run again with the same derived seeds: nothing was paid.

    Args:
        run_id: the run, the beginning of its id, or the id of one of its jobs (``qalgo.jobs()`` lists them).
        journal: folder of the journal; default: ``QALGO_JOBS``, else the user's data folder.
        sampler: as in the interrupted call; default: made again from the recorded name of its backend, through the
            account saved with qiskit-ibm-runtime. Options of a sampler and pass managers are not recorded: a sampler
            with options of its own has to be given here.
        backend: instead of the sampler; an object or a name ("ibm_fez", "FakeManilaV2", "aer").
        pass_manager: translates further rounds for the sampler; default: that of ``backend=`` calls.
        retriever: from a job id to the job, for providers other than IBM whose backend has no ``retrieve_job``.
        resubmit: submit again, and pay again, what its provider does not return.
        post_processing: of an estimation that had one: functions are not recorded.
        max_seconds: time budget of this call.
        progress: show a bar.

    Returns:
        What the interrupted call would have returned: a :class:`Run`, an :class:`Estimate` or a ``Price``.

    Raises:
        ProblemError: no such run, a damaged journal or one of another version.
        ExecutionError: another process works on the run; a job that is not returned (the message says what to do); a
            sampler that cannot be made again from names.
    """
    if sampler is not None and backend is not None:
        raise ProblemError("backend and sampler are both given; allowed: one of them, since a backend makes one")
    run = find_run(run_id, journal)
    if run.question.kind not in KINDS:
        raise ProblemError(
            f"run {run.run_id} is of kind {run.question.kind!r}; this qalgo knows {', '.join(KINDS)}: use the one that "
            "wrote it"
        )
    stored = run.result()
    if stored is not None:
        return _result_of(run, stored, post_processing)
    run.retriever, run.resubmit = retriever, resubmit
    run.lock()
    with kept(run):
        where = {"sampler": sampler} if sampler is not None else place_again(run, backend)
        if run.question.kind == "run":
            collected = run_again(run, **where)
            run.finish(collected.to_dict())
            return collected
        keywords: dict[str, Any] = {"pass_manager": pass_manager, **where}
        keywords.update(transcript=_own_file(run), journal=run, max_seconds=max_seconds, progress=progress)
        result: Estimate | Price
        if run.question.kind == "price":
            result = _price_again(run, keywords)
        else:
            result = _estimate_again(run, post_processing, keywords)
        if result.converged or max_seconds is None:
            run.finish(result.to_dict())
    return result


def _price_again(run: JournalledRun, keywords: dict[str, Any]) -> Price:
    from qalgo.option_pricing.pricing import price
    from qalgo.option_pricing.recorded_prices import arguments_of

    contract, epsilon, asked = arguments_of(run)
    keywords = {**asked, **keywords, "device": _device(run, keywords), "simulator": simulator_again(run, keywords)}
    # A single contract gives a single price.
    return price(contract, epsilon, **keywords)  # type: ignore[return-value]


def _estimate_again(run: JournalledRun, post_processing: PostProcessing | None, keywords: dict[str, Any]) -> Estimate:
    asked = dict(run.question.asked)
    settings, had_one = asked.pop("settings"), asked.pop("post_processing")
    problem = recorded_estimates.problem_of(
        run.question.circuits, asked.pop("objective_qubits"), asked.pop("good_states"), post_processing
    )
    if had_one and post_processing is None:
        _warn_unprocessed(run)
    asked["device"], asked["simulator"] = _device(run, keywords), simulator_again(run, keywords)
    return estimate_amplitude(
        problem, asked.pop("epsilon"), seed=run.question.seed, **{**asked, **settings, **keywords}
    )


def _device(run: JournalledRun, keywords: dict[str, Any]) -> str:
    given = keywords.get("sampler") is not None or keywords.get("backend") is not None
    return "auto" if given else str(run.question.asked["device"])


def _own_file(run: JournalledRun) -> Path | None:
    """The user's transcript, where it can still be written: the same call then finds the run finished."""
    if run.question.transcript is None:
        return None
    path = Path(run.question.transcript)
    if os.access(path.parent, os.W_OK):
        return path
    warnings.warn(
        f"the transcript {str(path)!r} of run {run.run_id} cannot be written any more: only the journal is kept up to "
        "date",
        UserWarning,
        stacklevel=3,
    )
    return None


def _result_of(
    run: JournalledRun, stored: dict[str, Any], post_processing: PostProcessing | None
) -> Run | Estimate | Price:
    if run.question.kind == "run":
        return Run.from_dict(stored)
    if run.question.kind == "price":
        from qalgo.option_pricing.results import Price

        return Price.from_dict(stored)
    estimate = Estimate.from_dict(stored)
    return estimate if post_processing is None else replay(estimate.transcript, post_processing)


def _warn_unprocessed(run: JournalledRun) -> None:
    warnings.warn(
        f"the problem of run {run.run_id} had a post-processing function, which is not recorded: the value is the "
        f"probability itself; in Python call qalgo.resume({run.run_id!r}, post_processing=...)",
        UserWarning,
        stacklevel=4,
    )
