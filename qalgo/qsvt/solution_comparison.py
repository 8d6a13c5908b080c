"""From the solution of a linear system to its comparison: what the circuit costs, and the state error it really has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.baseline import exact_solution
from qalgo.qsvt.bounds import BLOCK_ACCESS, COMPLEMENT_ACCESS
from qalgo.qsvt.emulated_route import LARGEST_SPECTRUM, EmulatedRoute, complement_route, inversion_route
from qalgo.qsvt.linear_assembly import assemble
from qalgo.qsvt.linear_costs import CostPart, QuantumCost
from qalgo.qsvt.matrix_structure import as_sparse
from qalgo.qsvt.operation_count import Vector, state_distance
from qalgo.qsvt.run_counts import count_solution_run
from qalgo.qsvt.sequence_counts import SequenceCounts

if TYPE_CHECKING:
    from qalgo.machines import MachineModel
    from qalgo.qsvt.linear_comparison import LinearSystemComparison
    from qalgo.qsvt.linear_system_result import LinearSystemSolution

__all__ = ["compare_solution"]

_SYNTHESIS_SHARE = 0.1
"""Share of the state error that rotations may use up; an error of the run grows by 1/sqrt(p) when it is accepted."""


def compare_solution(
    solution: LinearSystemSolution,
    *,
    accuracies: Sequence[float] | None = None,
    baselines: Sequence[str] | None = None,
    machine: MachineModel | str | None = None,
) -> LinearSystemComparison:
    """Return the solution beside the classical methods at the state error that its circuit really has.

    Args:
        solution: with its circuit, so not one that was read back from a record.
        accuracies: state errors of the ladder, between 0 and 1; its quantum side is emulated.
        baselines: names of classical methods to keep; default: all that the structure of A allows.
        machine: clock model, see :mod:`qalgo.machines`.

    Raises:
        ProblemError: a solution without circuits, an unknown baseline, or an accuracy out of range.
    """
    matrix = _numbers(solution)
    exact = exact_solution(matrix, solution.rhs)
    route = _route(solution, matrix, exact)
    counts = count_solution_run(solution)
    cost = _cost(solution, counts, _state_error(solution, route, exact))
    return assemble(
        matrix,
        solution.rhs,
        solution.epsilon,
        cost,
        route=route,
        accuracies=accuracies,
        baselines=baselines,
        machine=machine,
        title=f"linear system, {solution.size} unknowns, state error {solution.epsilon:g} by {solution.method}",
        caveats=_caveats(solution, counts),
    )


def _numbers(solution: LinearSystemSolution) -> Any:
    given = solution.matrix
    if hasattr(given, "inverse_circuit"):  # only a block encoding was given: what it encodes is the matrix
        given = given.matrix()[: solution.size, : solution.size]
    return as_sparse(given)


def _route(solution: LinearSystemSolution, matrix: Any, exact: Vector) -> EmulatedRoute | None:
    if solution.size > LARGEST_SPECTRUM:
        return None
    dense = matrix.toarray()
    try:
        if solution.method == "positive-definite":
            return complement_route(dense, solution.rhs, exact, _scale(solution, dense))
        return inversion_route(dense, solution.rhs, exact, solution.alpha * (1.0 + 1e-12))
    except (ProblemError, ConvergenceError):
        # A kappa given by hand may not belong to this matrix: then there is no ladder.
        return None


def _scale(solution: LinearSystemSolution, dense: Any) -> float:
    """Return s of A = s (I - C): kappa is 2 s / smallest eigenvalue."""
    from circuits.positive_definite import complement

    found = complement(solution.matrix)
    if found is not None:
        return float(found.scale)
    return 0.5 * solution.kappa * float(np.linalg.eigvalsh(dense)[0])


def _state_error(solution: LinearSystemSolution, route: EmulatedRoute | None, exact: Vector) -> float:
    """Return the error of the state before read-out: measured on the state vector, else emulated, else the bound."""
    if solution.x is not None and solution.readout == "statevector":
        return state_distance(solution.x, exact)
    return solution.error if route is None else route.applied(solution.polynomial)[0]


def _cost(solution: LinearSystemSolution, counts: SequenceCounts, error: float) -> QuantumCost:
    from qalgo.resources import cost_of

    encoding = solution.encoding
    probability = min(1.0, solution.success_probability)
    budget = min(0.5, _SYNTHESIS_SHARE * solution.epsilon * math.sqrt(probability))
    preparation = cost_of(solution._built().preparation).cx
    # Neighbouring uses of a dense encoding cancel in part: no part is larger than the whole.
    uses = min(solution.degree * cost_of(encoding.circuit).cx, counts.cx - preparation)
    special = solution.method == "positive-definite"
    return QuantumCost(
        route="1/(1-x) on I - A / scale" if special else "1/x on a block encoding of A",
        access=COMPLEMENT_ACCESS if special else BLOCK_ACCESS,
        execution="emulated" if solution.readout == "none" else "executed",
        encoding=solution.encoding_method,
        alpha=solution.alpha,
        kappa=solution.kappa,
        degree=solution.degree,
        success_probability=probability,
        planned_queries=solution.amplification.expected_queries,
        error=error,
        qubits=counts.qubits,
        cx=counts.cx,
        t=counts.t_gates(budget),
        rotations=counts.rotations,
        synthesis_error=budget,
        optimization_level=3,
        parts=(
            CostPart("preparation of b", preparation),
            CostPart("encoding", uses),
            CostPart("reflections", max(0, counts.cx - preparation - uses)),
            # Measurements, behind a Hadamard at most: what read-out costs is copies, not gates.
            CostPart("read-out of one copy", 0),
        ),
        preparation_operations=encoding.preparation.operations,
        preparation=_hidden_work(solution),
        solves_problem=solution.preparation_solves_problem,
    )


def _hidden_work(solution: LinearSystemSolution) -> str:
    described = solution.encoding.preparation.description
    if not solution.preparation_solves_problem or solution.encoding.preparation.solves_problem:
        return described
    # The encoding is innocent: the degree was chosen for this b.
    return f"the degree was found with the classical solution (encoding: {described})"


def _caveats(solution: LinearSystemSolution, counts: SequenceCounts) -> list[str]:
    found = []
    if solution.emulated:
        found.append("x was read from a simulated state vector, which no device can do: emulated.")
    if counts.extrapolated:
        found.append("The run is long: its gates are extrapolated from two shorter runs of the same make.")
    if solution.kappa_source != "given":
        found.append(
            f"kappa was found classically ({solution.kappa_source}); that alone costs as much as a classical solution."
        )
    if solution.bound == "any-rhs":
        found.append("The degree of the run holds for every b; the ladder has the least degree for this one.")
    return found
