"""The frozen result of a linear system: the vector, what it cost, how exact it is and how it was read."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.amplification_plan import AmplificationPlan
from qalgo.qsvt.linear_system_budget import ErrorBudget
from qalgo.results import Interval

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding
    from circuits.signal_processing import QSPPhases
    from qalgo.fault_tolerance.results import FaultTolerantCost
    from qalgo.machines import MachineModel
    from qalgo.qsvt.linear_comparison import LinearSystemComparison
    from qalgo.qsvt.linear_system_cost import LinearSystemCost
    from qalgo.qsvt.polynomial import Polynomial
    from qalgo.run_results import Run

__all__ = ["LinearSystemSolution", "SolverParts"]

ReadoutKind = Literal["statevector", "shots", "none"]
SolverMethod = Literal["qsvt", "positive-definite"]
Vector = npt.NDArray[np.float64] | npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class SolverParts:
    """What the solution was made from and with; absent in a solution that was read back from a record."""

    matrix: Any
    """A as it was given: array, scipy sparse matrix or ``SparsePauliOp``; the encoded matrix if only that was given."""
    rhs: Vector  # shape (N,)
    """b as it was given."""
    encoding: BlockEncoding
    """Of A, or of C with A = scale (I - C) on the positive-definite path."""
    polynomial: Polynomial
    phases: tuple[QSPPhases, ...]
    """One sequence, or those of the even and the odd part."""
    preparation: QuantumCircuit
    """|b>/||b|| from |0>."""
    circuit: QuantumCircuit
    """Preparation of |b>, then the transformation: registers as in the encoding, then ``signal`` and ``parity``."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearSystemSolution:
    """The solution of A x = b by a quantum singular value transformation; ``x`` is None with ``readout="none"``."""

    x: Vector | None  # shape (N,), read-only; real where A and b are
    """The solution itself, norm, sign and phase included."""
    intervals: tuple[Interval, ...]
    """With ``readout="shots"`` and real x: one per entry, of ``interval_meaning``; otherwise empty."""
    magnitude_intervals: tuple[Interval, ...]
    """With ``readout="shots"``: of |x_i|, on the same joint level."""
    interval_meaning: str
    readout: ReadoutKind
    bound: Literal["any-rhs", "this-rhs"]
    """Whether ``error`` holds for every right-hand side, or for this one only."""
    epsilon: float
    """State error that was asked for."""
    error_budget: ErrorBudget
    norm: float | None
    """||x||, from the success probability that was read; None with ``readout="none"``."""
    norm_interval: Interval | None
    measured_success: float | None
    """Success probability as read from the state vector or from the shots."""
    method: SolverMethod
    reason: str
    """Why this method."""
    size: int
    """N, unknowns."""
    num_qubits: int
    """Width of the circuit."""
    kappa: float
    """That of the encoding: alpha / smallest singular value (positive-definite: 2 scale / smallest eigenvalue)."""
    kappa_source: str
    degree: int
    """Uses of the block encoding in one run of the circuit."""
    amplification: AmplificationPlan
    encoding_method: str
    alpha: float
    ancillas: int
    preparation_description: str
    """Classical work behind the encoding."""
    preparation_solves_problem: bool
    """Whether that work contains the answer already."""
    seed: int | None
    run: Run | None
    references: tuple[str, ...]
    versions: tuple[tuple[str, str], ...] = ()
    parts: SolverParts | None = None

    def __post_init__(self) -> None:
        if self.x is not None:
            self.x.setflags(write=False)

    @property
    def emulated(self) -> bool:
        """Whether x was read from a simulated state vector, which no device can do."""
        return self.readout == "statevector"

    @property
    def error(self) -> float:
        """Bound on the state error, a priori and for every right-hand side unless ``bound`` says otherwise.

        Shots add their own uncertainty, see ``intervals``.
        """
        return self.error_budget.state

    @property
    def success_probability(self) -> float:
        """Probability that one run without amplification is accepted: theory, ||P(A/alpha) b||^2 / ||b||^2."""
        return self.amplification.probability

    @property
    def queries(self) -> int:
        """Uses of the block encoding in one run with the plan's rounds of amplification."""
        return self.amplification.queries

    @property
    def queries_per_success(self) -> float:
        """Degree / sqrt(p): what to compare between methods, never the degree alone."""
        return float(self.degree / np.sqrt(self.success_probability))

    @property
    def circuit(self) -> QuantumCircuit:
        """One run without amplification, without measurements; |0...0> in, accepted if all flags are 0."""
        return self._built().circuit

    @property
    def encoding(self) -> BlockEncoding:
        """The block encoding that is used."""
        return self._built().encoding

    @property
    def polynomial(self) -> Polynomial:
        """The polynomial that is applied."""
        return self._built().polynomial

    @property
    def matrix(self) -> Any:
        """A as it was given."""
        return self._built().matrix

    @property
    def rhs(self) -> Vector:
        """The right-hand side b as it was given."""
        return self._built().rhs

    def amplified_circuit(self, rounds: int | None = None) -> QuantumCircuit:
        """Return the circuit after ``rounds`` of amplification (default: the plan's); same flags, all 0 if accepted.

        An exact plan adds a register ``dilution``, which is a flag, too. Cost: 2 rounds + 1 uses of :attr:`circuit`.
        """
        from qalgo.qsvt.linear_system_circuits import amplified_run

        return amplified_run(self, rounds)

    def own_comparison(
        self,
        *,
        accuracies: Sequence[float] | None = None,
        baselines: Sequence[str] | None = None,
        machine: MachineModel | str | None = None,
    ) -> LinearSystemComparison:
        """Return what ``qalgo.compare(solution)`` does: the classical methods at the same state error, and who wins."""
        from qalgo.qsvt.solution_comparison import compare_solution

        return compare_solution(self, accuracies=accuracies, baselines=baselines, machine=machine)

    def cost(self) -> LinearSystemCost:
        """Transpile and return CX by part, in all, and per accepted run; long runs are extrapolated, and say so."""
        from qalgo.qsvt.linear_system_cost import linear_system_cost

        return linear_system_cost(self)

    def fault_tolerant_cost(self, synthesis_error: float = 1e-3, *, verify: bool = False) -> FaultTolerantCost:
        """Write one run in Clifford + T under one total budget: :func:`qalgo.fault_tolerant_cost`."""
        from qalgo.fault_tolerance.cost import fault_tolerant_cost

        return fault_tolerant_cost(self.circuit, synthesis_error, verify=verify)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; circuits are left out."""
        from qalgo.qsvt.recorded_solution import solution_to_dict

        return solution_to_dict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LinearSystemSolution:
        """Rebuild from :meth:`to_dict`; ``parts`` is None.

        Raises:
            ProblemError: another schema or version.
        """
        from qalgo.qsvt.recorded_solution import solution_from_dict

        return solution_from_dict(data)

    def equals(self, other: LinearSystemSolution) -> bool:
        """Whether both say the same; circuits are not compared."""
        return self.to_dict() == other.to_dict()

    def __str__(self) -> str:
        read = {
            "statevector": "x read from a state vector: emulated",
            "shots": "x from shots",
            "none": "x not read",
        }[self.readout]
        plan, which = self.amplification, "any" if self.bound == "any-rhs" else "this"
        lines = [
            f"linear system of {self.size} unknowns by {self.method} ({read})",
            f"  x            {self._short_x()}",
            f"  state error  at most {self.error:.3g} for {which} b (asked {self.epsilon:.3g}): {self.error_budget}",
            f"  kappa        {self.kappa:.6g} of the encoding ({self.kappa_source})",
            f"  encoding     {self.encoding_method}, alpha {self.alpha:.6g}, {self.num_qubits} qubits in all",
            f"  degree       {self.degree:,}; {self.queries_per_success:,.4g} = degree / sqrt(p)",
            f"  success      p = {self.success_probability:.4g}"
            + ("" if self.measured_success is None else f" (read: {self.measured_success:.4g})"),
            f"  amplified    {plan}",
            f"  method       {self.reason}",
        ]
        if self.preparation_solves_problem:
            lines.append(f"  note         demonstration: {self.preparation_description} has the answer already")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _short_x(self) -> str:
        if self.x is None:
            return "not read"
        shown = ", ".join(f"{value:.5g}" for value in self.x[:4])
        norm = "" if self.norm is None else f", norm {self.norm:.6g}"
        return f"[{shown}{', ...' if self.size > 4 else ''}]{norm}"

    def _built(self) -> SolverParts:
        if self.parts is None:
            raise ProblemError(
                "this solution was read back from a record, which holds no circuits; allowed: call "
                "solve_linear_system again for its circuit, encoding, polynomial, matrix and right-hand side"
            )
        return self.parts
