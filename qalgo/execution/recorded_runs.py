"""Single submissions (:func:`qalgo.run`) in the job journal: how one is recorded, and how it is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qalgo.execution.journal import JournalChoice, begin_run, wanted
from qalgo.execution.journal_files import circuits_to_qpy
from qalgo.execution.journalled_run import JournalledRun
from qalgo.execution.providers import backend_again, checked_backend, is_plain_aer
from qalgo.execution.samplers import sampler_for

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.results import Run

__all__ = ["place_again", "recorded_run", "run_again"]


def recorded_run(
    choice: JournalChoice,
    lowered: Sequence[QuantumCircuit],
    asked: dict[str, Any],
    *,
    seed: int,
    sampler: BaseSamplerV2 | None,
    backend: BackendV2 | None,
    own_pass_manager: bool,
) -> JournalledRun | None:
    """Return the run that circuits, translated already, are recorded under, or None.

    Args:
        choice: see :data:`qalgo.execution.journal.JournalChoice`.
        lowered: the circuits as they are sent.
        asked: further arguments of :func:`qalgo.execution.runner.run_circuits`, JSON-safe.
        seed: root seed.
        sampler: where they go.
        backend: likewise.
        own_pass_manager: whether the user gave one.
    """
    if isinstance(choice, JournalledRun) or not wanted(choice, sampler=sampler, backend=backend):
        return choice if isinstance(choice, JournalledRun) else None
    return begin_run(
        choice,
        "run",
        asked,
        seed=seed,
        sampler=sampler,
        backend=backend,
        own_pass_manager=own_pass_manager,
        circuits=circuits_to_qpy(lowered),
    )


def place_again(
    run: JournalledRun, backend: BackendV2 | str | None, pass_manager: PassManager | None
) -> dict[str, Any]:
    """Return the keywords that say where an interrupted run goes on.

    Args:
        run: the run.
        backend: where the user wants it to go on; None: where it was.
        pass_manager: given by the user, or None.

    Raises:
        ExecutionError: what was used cannot be made again from names.
    """
    from qiskit.providers import BackendV2

    place = backend_again(run.question.origin, run.run_id) if backend is None else checked_backend(backend)
    if not isinstance(place, BackendV2):
        return {"sampler": place, "pass_manager": pass_manager}
    if pass_manager is None and not is_plain_aer(place):
        from qalgo.execution.runner import pass_manager_for

        pass_manager = pass_manager_for(place, run.question.seed)
    return {"sampler": sampler_for(place), "pass_manager": pass_manager}


def run_again(run: JournalledRun, *, sampler: BaseSamplerV2 | None = None) -> Run:
    """Ask a recorded run again: what was submitted is collected, not submitted a second time."""
    from qiskit.transpiler import PassManager

    from qalgo.execution.runner import run_circuits

    asked = dict(run.question.asked)
    if sampler is not None:
        asked["device"] = "auto"
    # The circuits were translated before they were recorded, and must stay as they were sent.
    return run_circuits(
        run.circuits(), sampler=sampler, pass_manager=PassManager(), seed=run.question.seed, journal=run, **asked
    )
