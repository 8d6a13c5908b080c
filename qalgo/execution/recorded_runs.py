"""Single submissions (:func:`qalgo.run`) in the job journal: how one is recorded, and how it is asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qalgo.execution.journal import JournalChoice, begin_run, wanted
from qalgo.execution.journal_files import circuits_to_qpy
from qalgo.execution.journalled_run import JournalledRun
from qalgo.execution.providers import backend_again, checked_backend

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

    from qalgo.execution.mitigation import Readout, ZeroNoise
    from qalgo.execution.simulator_options import SimulatorOptions
    from qalgo.results import Run

__all__ = ["mitigation_again", "place_again", "recorded_mitigation", "recorded_run", "run_again", "simulator_again"]


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
        asked: further arguments of :func:`qalgo.execution.submission.run_circuits`, JSON-safe.
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


def place_again(run: JournalledRun, backend: BackendV2 | str | None) -> dict[str, Any]:
    """Return where an interrupted run goes on: ``backend`` or ``sampler`` (None: qalgo's own simulator) as keywords.

    Args:
        run: the run.
        backend: where the user wants it to go on; None: where it was.

    Raises:
        ExecutionError: what was used cannot be made again from names.
    """
    from qiskit.providers import BackendV2

    place = backend_again(run.question.origin, run.run_id) if backend is None else checked_backend(backend)
    return {"backend": place} if isinstance(place, BackendV2) else {"sampler": place}


def recorded_mitigation(zero_noise: ZeroNoise | None, readout: Readout | None) -> dict[str, Any] | None:
    """Return the options of mitigation as JSON-safe dictionaries, or None where there is none."""
    if zero_noise is None and readout is None:
        return None
    return {
        "zero_noise": None if zero_noise is None else asdict(zero_noise),
        "readout": None if readout is None else asdict(readout),
    }


def mitigation_again(recorded: Mapping[str, Any] | None) -> tuple[ZeroNoise | Readout, ...] | None:
    """Rebuild from :func:`recorded_mitigation`."""
    if recorded is None:
        return None
    from qalgo.execution.mitigation import Readout, ZeroNoise

    options: list[ZeroNoise | Readout] = []
    if recorded["zero_noise"] is not None:
        options.append(ZeroNoise(**{**recorded["zero_noise"], "folds": tuple(recorded["zero_noise"]["folds"])}))
    if recorded["readout"] is not None:
        options.append(Readout(**recorded["readout"]))
    return tuple(options)


def simulator_again(run: JournalledRun, where: Mapping[str, Any]) -> SimulatorOptions | None:
    """Return the options of the default simulator that a run was asked with; None where it goes on elsewhere.

    Args:
        run: the run.
        where: ``backend`` or ``sampler``, as from :func:`place_again`.
    """
    from qalgo.execution.simulator_options import SimulatorOptions

    recorded = run.question.asked.get("simulator")
    if recorded is None or where.get("sampler") is not None or where.get("backend") is not None:
        return None
    return SimulatorOptions.from_dict(recorded)


def run_again(run: JournalledRun, **where: Any) -> Run:
    """Ask a recorded run again: what was submitted is collected, not submitted a second time.

    Args:
        run: the run.
        **where: ``backend`` or ``sampler``.
    """
    from qiskit.transpiler import PassManager

    from qalgo.execution.submission import run_circuits

    asked = {**run.question.asked, "mitigation": mitigation_again(run.question.asked["mitigation"])}
    asked["simulator"] = simulator_again(run, where)
    if any(place is not None for place in where.values()):
        asked["device"] = "auto"
    # The circuits were translated before they were recorded, and must stay as they were sent.
    return run_circuits(
        run.circuits(), pass_manager=PassManager(), seed=run.question.seed, journal=run, **{**asked, **where}
    )
