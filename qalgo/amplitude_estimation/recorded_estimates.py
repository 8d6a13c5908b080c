"""Estimations in the job journal: how one is recorded, and how it is asked again in another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.errors import ProblemError
from qalgo.execution.journal import JournalChoice, begin_run, wanted
from qalgo.execution.journal_files import circuits_from_qpy, circuits_to_qpy
from qalgo.execution.journalled_run import JournalledRun, kept
from qalgo.results import Estimate
from qalgo.transcript import Transcript

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["Asked", "Record", "problem_of", "record_of", "rounds_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of one call of ``estimate_amplitude`` that another process would need."""

    epsilon: float
    confidence: float
    method: str
    seed: int
    max_queries: int | None
    settings: Mapping[str, Any]
    device: str
    resumed: Transcript | None
    file: Path | None
    """The user's own transcript."""
    fixed_seed: bool
    simulator: SimulatorOptions | None = None

    def to_dict(self, problem: EstimationProblem) -> dict[str, Any]:
        """Return what goes into the journal: no function, no object."""
        return {
            "epsilon": self.epsilon,
            "confidence": self.confidence,
            "method": self.method,
            "max_queries": self.max_queries,
            "settings": {name: _plain(value) for name, value in self.settings.items()},
            "device": self.device,
            "simulator": self.simulator,
            "objective_qubits": list(problem.objective_qubits),
            "good_states": list(problem.good_states),
            "post_processing": problem.post_processing is not None,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """What is measured, from which round on, and where it is written down."""

    problem: EstimationProblem
    seed: int
    resumed: Transcript | None
    copies: tuple[Path, ...]
    """Where the journal keeps the transcript."""
    run: JournalledRun | None
    owned: bool
    """Whether the run was begun by this call, which then ends it."""

    def kept(self) -> AbstractContextManager[None]:
        """Return the context in which the run is worked on."""
        return kept(self.run, owned=self.owned)

    def finish(self, estimate: Estimate, max_seconds: float | None) -> None:
        """Write the result, unless a time budget ended the run: it may still go on."""
        if self.run is not None and self.owned and (estimate.converged or max_seconds is None):
            self.run.finish(estimate.to_dict())


def record_of(
    problem: EstimationProblem,
    asked: Asked,
    mode: str,
    journal: JournalChoice,
    *,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    own_pass_manager: bool = False,
) -> Record:
    """Decide whether an estimation is recorded, and find the run that it continues, if there is one.

    A recorded estimation measures the circuits as they are read back from the journal, so that the process that
    resumes it runs the very same ones.

    Raises:
        ProblemError: a journal without circuits to record; arguments that JSON cannot hold.
        ExecutionError: circuits that QPY cannot hold.
    """
    run = journal if isinstance(journal, JournalledRun) else None
    if mode != "circuit":
        if journal not in (None, False):
            raise ProblemError('mode is "subspace" and a journal is given: it submits nothing; use mode="circuit"')
        return Record(problem, asked.seed, asked.resumed, (), None, False)
    if run is None:
        if not wanted(journal, sampler=sampler, backend=backend):
            return Record(problem, asked.seed, asked.resumed, (), None, False)
        circuits = circuits_to_qpy([problem.state_preparation, problem.grover_operator])
        run = begin_run(
            journal,
            "estimate",
            asked.to_dict(problem),
            seed=asked.seed,
            sampler=sampler,
            backend=backend,
            own_pass_manager=own_pass_manager,
            transcript=asked.file,
            resumable=asked.file is not None or asked.resumed is not None,
            fixed_seed=asked.fixed_seed or asked.resumed is not None,
            circuits=circuits,
        )
        if run is not None:
            circuits = run.question.circuits
        problem = problem_of(circuits, problem.objective_qubits, problem.good_states, problem.post_processing)
    if run is None:
        return Record(problem, asked.seed, asked.resumed, (), None, False)
    resumed = max((asked.resumed, rounds_of(run)), key=_length)
    if resumed is not None:
        run.earlier_rounds = resumed.to_dict()
    return Record(problem, run.question.seed, resumed, (run.transcript_path,), run, run is not journal)


def problem_of(
    circuits: bytes,
    objective_qubits: Any,
    good_states: Any,
    post_processing: Callable[[float], float] | None = None,
) -> EstimationProblem:
    """Return the problem whose A and Q are in QPY bytes.

    Raises:
        ProblemError: the bytes are damaged.
    """
    preparation, grover = circuits_from_qpy(circuits)
    good = frozenset(int(value) for value in good_states)
    return EstimationProblem(
        preparation,
        list(objective_qubits),
        grover_operator=grover,
        is_good_state=lambda bits: int(bits, 2) in good,
        post_processing=post_processing,
    )


def rounds_of(run: JournalledRun) -> Transcript | None:
    """Return the finished rounds of a run, or None before the first is."""
    return Transcript.load(run.transcript_path) if run.transcript_path.exists() else None


def _plain(value: Any) -> Any:
    # A noise model is a setting, too; estimators take its dictionary in place of it.
    return value.to_dict() if hasattr(value, "to_dict") else value


def _length(transcript: Transcript | None) -> int:
    return -1 if transcript is None else len(transcript.rounds)
