"""Reading x: what is asked for, what came out, and the reading of a simulated state vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.linear_system_budget import ErrorBudget
from qalgo.qsvt.linear_system_paths import SolverPath
from qalgo.qsvt.linear_system_problem import LinearProblem
from qalgo.results import Interval

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.run_results import Run

__all__ = ["Reading", "ReadoutRequest", "read_solution"]


@dataclass(frozen=True, slots=True, eq=False)
class ReadoutRequest:
    """How to read, checked."""

    readout: str
    shots: int
    confidence: float
    sampler: Any
    backend: Any
    pass_manager: Any
    seed: int | np.random.Generator | None
    device: str

    def __post_init__(self) -> None:
        if isinstance(self.shots, bool) or not isinstance(self.shots, (int, np.integer)) or self.shots < 1:
            raise ProblemError(f"shots is {self.shots!r}; allowed: an integer, at least 1")
        if not 0.0 < self.confidence < 1.0:
            raise ProblemError(f"confidence is {self.confidence!r}; allowed: between 0 and 1")
        given = [name for name in ("sampler", "backend", "pass_manager") if getattr(self, name) is not None]
        if given and self.readout != "shots":
            raise ProblemError(f"{', '.join(given)} given with readout={self.readout!r}; allowed: with readout='shots'")

    def check_width(self, path: SolverPath) -> None:
        """Raise ExecutionError if a state vector of the circuit does not fit, before anything large is built."""
        if self.readout == "none" or self.sampler is not None or self.backend is not None:
            return
        from qalgo.execution.limits import check_state_vector

        width = path.encoding.circuit.num_qubits + len(path.polynomials)
        check_state_vector(width, copies=2, what="the circuit of the linear system")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read; all None or empty with ``readout="none"``."""

    x: npt.NDArray[Any] | None = None
    norm: float | None = None
    success: float | None = None
    norm_interval: Interval | None = None
    intervals: tuple[Interval, ...] = ()
    magnitude_intervals: tuple[Interval, ...] = ()
    meaning: str = ""
    seed: int | None = None
    run: Run | None = None


def read_solution(
    problem: LinearProblem, path: SolverPath, circuit: QuantumCircuit, budget: ErrorBudget, request: ReadoutRequest
) -> Reading:
    """Read x as asked for."""
    if request.readout == "none":
        return Reading()
    if request.readout == "shots":
        from qalgo.qsvt.shot_readout import read_shots

        return read_shots(problem, path, circuit, budget, request)
    from qalgo.execution.exact_state import aer_state

    state = aer_state(circuit, device="GPU" if request.device.lower() == "gpu" else "CPU")
    # All flags and clean qubits lie above the system's: accepted amplitudes come first.
    accepted = state[: 2**path.encoding.num_system]
    success = float(np.linalg.norm(accepted) ** 2)
    x = path.factor * problem.rhs_norm * accepted[: problem.size]
    return Reading(
        x=x.real.copy() if problem.real else x,
        norm=path.factor * problem.rhs_norm * float(np.sqrt(success)),
        success=success,
    )
