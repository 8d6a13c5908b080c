"""Putting a comparison of linear solvers together from a quantum cost, the matrix and the right-hand side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.machines import MachineModel, machine_named
from qalgo.qsvt.baseline import ClassicalSolution, exact_solution, linear_system_baselines
from qalgo.qsvt.bounds import COMPLEMENT_ACCESS, linear_system_bounds
from qalgo.qsvt.linear_comparison import LinearSystemComparison
from qalgo.qsvt.linear_costs import LadderRow, QuantumCost, read_out_of
from qalgo.qsvt.linear_verdict import cheapest, decide_linear_system, krylov_of
from qalgo.qsvt.matrix_structure import MatrixStructure, as_sparse, structure_of
from qalgo.versions import versions

if TYPE_CHECKING:
    from qalgo.qsvt.emulated_route import EmulatedRoute

__all__ = ["DEFAULT_ACCURACIES", "assemble"]

Solve = Callable[[float], tuple[ClassicalSolution, ...]]

DEFAULT_ACCURACIES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8)
_NOTES = (
    "One use of the encoding is not one product with A: gates and operations are printed beside each other, and only a "
    "machine model turns both into time.",
    "Preparing |b> from a list of its entries reads all N of them; that alone is as much work as a few products.",
    "Degree / sqrt(p) is the leading order of amplitude amplification with a known success probability.",
)


def assemble(
    matrix: Any,
    right_side: npt.ArrayLike,
    epsilon: float,
    quantum: QuantumCost,
    *,
    route: EmulatedRoute | None = None,
    accuracies: Sequence[float] | None = None,
    baselines: Sequence[str] | None = None,
    machine: MachineModel | str | None = None,
    title: str = "",
    caveats: Sequence[str] = (),
) -> LinearSystemComparison:
    """Run the classical methods at the same state errors and put everything side by side.

    Args:
        matrix: A, as the quantum solver was given it.
        right_side: b.
        epsilon: state error at which the quantum cost was counted.
        quantum: cost of the quantum solver.
        route: for the ladder of accuracies, emulated; None leaves it out.
        accuracies: of the ladder; default: 1e-1 to 1e-8.
        baselines: names of classical methods to keep; default: all that the structure allows.
        machine: clock model, see :mod:`qalgo.machines`.
        title: one line.
        caveats: sentences that belong to the verdict.

    Raises:
        ProblemError: an unknown baseline, an accuracy outside (0, 1), or a singular matrix.
    """
    model = machine_named(machine)
    found = as_sparse(matrix)
    structure = structure_of(found)
    exact = exact_solution(found, right_side)

    def solve(accuracy: float) -> tuple[ClassicalSolution, ...]:
        solved = linear_system_baselines(found, right_side, accuracy, exact=exact, structure=structure)
        return _chosen([replace(item, x=None) for item in solved], baselines)

    # Equal error: that of the quantum state where it is better than what was asked for.
    solutions = solve(max(min(epsilon, quantum.error), 1e-13))
    wanted = _ladder(accuracies)
    ladder = _rows(route, wanted, solve)
    read_out = read_out_of(structure.size, epsilon)
    return LinearSystemComparison(
        title=title or f"linear system, {structure.size} unknowns, state error {epsilon:g}",
        structure=structure,
        epsilon=epsilon,
        quantum=quantum,
        bounds=linear_system_bounds(
            max(1.0, quantum.kappa), epsilon, positive_definite=quantum.access == COMPLEMENT_ACCESS
        ),
        baselines=solutions,
        ladder=tuple(ladder),
        read_out=read_out,
        verdict=decide_linear_system(quantum, solutions, read_out, structure.size, model),
        caveats=(*caveats, *_own_caveats(quantum, structure), *_left_out(wanted, ladder), *_NOTES),
        machine=model,
        versions=versions(),
    )


def _chosen(solutions: Sequence[ClassicalSolution], names: Sequence[str] | None) -> tuple[ClassicalSolution, ...]:
    if names is None:
        return tuple(solutions)
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ProblemError(f"baselines is {names!r}; allowed: a list of names of classical methods")
    known = [item.name for item in solutions]
    unknown = sorted(set(names) - set(known))
    if unknown or not names:
        raise ProblemError(f"no baseline is named {', '.join(unknown) or '(none given)'}; allowed: {', '.join(known)}")
    return tuple(item for item in solutions if item.name in names)


def _ladder(accuracies: Sequence[float] | None) -> tuple[float, ...]:
    try:
        found = tuple(sorted({float(value) for value in accuracies or DEFAULT_ACCURACIES}, reverse=True))
    except (TypeError, ValueError) as error:
        raise ProblemError(f"accuracies is {accuracies!r}; allowed: state errors between 0 and 1") from error
    if not all(0.0 < value < 1.0 for value in found):
        raise ProblemError(f"accuracies is {list(found)}; allowed: state errors between 0 and 1")
    return found


def _rows(route: EmulatedRoute | None, accuracies: Sequence[float], solve: Solve) -> list[LadderRow]:
    found = []
    for accuracy in accuracies:
        if route is not None and route.affordable(accuracy):
            with contextlib.suppress(ConvergenceError):  # finer than double precision: left out, and said so
                found.append(_row(route, accuracy, solve))
    return found


def _left_out(accuracies: Sequence[float], ladder: Sequence[LadderRow]) -> list[str]:
    missing = sorted(set(accuracies) - {row.epsilon for row in ladder}, reverse=True)
    if not missing:
        return []
    listed = ", ".join(f"{value:.0e}" for value in missing)
    return [f"Not emulated (matrix too large, polynomials too long or beyond double precision): {listed}."]


def _row(route: EmulatedRoute, accuracy: float, solve: Solve) -> LadderRow:
    solutions = solve(accuracy)
    krylov, best = krylov_of(solutions), cheapest(solutions)
    return LadderRow(
        epsilon=accuracy,
        quantum=route.point(accuracy),
        products=None if krylov is None else krylov.matrix_vector_products,
        operations=None if best is None else best.operations,
        cheapest="" if best is None else best.name,
    )


def _own_caveats(quantum: QuantumCost, structure: MatrixStructure) -> list[str]:
    found = []
    if quantum.execution == "emulated":
        found.append("The quantum state is emulated: no circuit was run for it.")
    if quantum.access == COMPLEMENT_ACCESS:
        found.append(
            "The degree grows with sqrt(kappa), but the success probability falls: degree / sqrt(p) is roughly linear "
            "in kappa again for a random b. The general lower bound does not cover this access."
        )
    if structure.positive_definite is None:
        found.append("The matrix is too large to decide whether it is positive definite; MINRES was used.")
    return found
