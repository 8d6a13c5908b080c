"""Which way to the solution: 1/x of A, or 1/(1 - x) of a complement, by degree / sqrt(p) times gates."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.errors import ProblemError
from qalgo.qsvt.linear_system_paths import SolverPath, inverse_path, least_degree, positive_definite_path
from qalgo.qsvt.linear_system_problem import LinearProblem

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding
    from circuits.encoding_plan import EncodingPlan

__all__ = ["chosen_path"]

_CHECKED_WIDTH = 8
"""Widest given encoding whose block is compared with the matrix."""
_MUCH_WIDER, _WORTH_WIDTH = 4, 1.5
"""More qubits than this must buy at least this factor."""
_HOPELESS = 2**24
"""Two-qubit gates of a gate that nobody opens."""


def chosen_path(
    problem: LinearProblem,
    encoding: Any | None,
    method: str,
    kappa: float | None,
    epsilon: float,
    any_rhs: bool,
    likely: bool = False,
    quick: bool = False,
) -> tuple[SolverPath, str]:
    """Return the path and why it was taken.

    Raises:
        ProblemError: "positive-definite" without a complement; an encoding of something else.
    """
    if problem.encoding is not None:
        if encoding is not None:
            raise ProblemError("matrix is a block encoding and encoding is given, too; allowed: one of them")
        encoding = problem.encoding
    if encoding is not None and hasattr(encoding, "scale") and hasattr(encoding, "encoding"):
        if method == "qsvt":
            raise ProblemError("encoding is a complement, which method='qsvt' cannot use; allowed: 'positive-definite'")
        _check_block(problem, encoding.encoding, encoding.scale)
        return positive_definite_path(
            problem, encoding.encoding, encoding.scale, kappa, epsilon, any_rhs=any_rhs, likely=likely, quick=quick
        ), "complement given"
    if likely and (method == "qsvt" or encoding is not None):
        raise ProblemError("polynomial is 'likely', which 1/x of A does not have; allowed: method='positive-definite'")
    if method == "positive-definite":
        return _forced_positive_definite(problem, encoding, kappa, epsilon, any_rhs, likely, quick)
    if encoding is not None:
        if encoding is not problem.encoding:
            _check_block(problem, encoding, None)
        return inverse_path(problem, encoding, kappa, epsilon, any_rhs=any_rhs), "encoding given"
    from circuits.encoding_choice import block_encode

    if method == "qsvt":
        return inverse_path(problem, block_encode(problem.given), kappa, epsilon, any_rhs=any_rhs), "asked for"
    return _cheapest(problem, kappa, epsilon, any_rhs, likely, quick)


def _cheapest(
    problem: LinearProblem, kappa: float | None, epsilon: float, any_rhs: bool, likely: bool, quick: bool
) -> tuple[SolverPath, str]:
    from circuits.encoding_choice import block_encode

    special = complement_of(problem)
    if special is None and likely:
        raise ProblemError("polynomial is 'likely', but no lossless encoding of I - A / scale is known; leave it out")
    if special is None:
        path = inverse_path(problem, block_encode(problem.given), kappa, epsilon, any_rhs=any_rhs)
        return path, "no lossless encoding of I - A / scale is known for this matrix"
    plan = _general_plan(problem)
    alpha = special.scale if plan is None else plan.alpha
    # A given kappa is that of the encoding of A: the same smallest eigenvalue is another kappa of the complement.
    other = None if kappa is None else max(1.0, kappa * 2.0 * special.scale / alpha)
    short = positive_definite_path(
        problem, special.encoding, special.scale, other, epsilon, any_rhs=any_rhs, likely=likely, quick=quick
    )
    if plan is None:
        return short, "positive definite, and no encoding of A itself is known"
    paid = price(short)
    # 1/x succeeds with probability 1 at best: a bound that spares its polynomial where it is long.
    hopeful = least_degree(alpha / special.scale * short.kappa / 2.0, epsilon) * plan.predicted_cx
    if likely and hopeful < paid:
        return short, "positive definite: asked for its likely polynomial"
    if any_rhs and hopeful >= paid:
        return short, f"positive definite: {_cheaper(hopeful, paid, 'at least ')} than 1/x of A (gates / sqrt(p))"
    encoding = block_encode(problem.given)
    general = inverse_path(problem, encoding, kappa, epsilon, any_rhs=any_rhs)
    asked = price(general)
    wider = short.encoding.circuit.num_qubits - general.encoding.circuit.num_qubits
    if wider > _MUCH_WIDER and paid <= asked < _WORTH_WIDTH * paid:
        return general, f"{wider} qubits fewer; the positive-definite way is only {asked / paid:.3g} times cheaper"
    if paid <= asked:
        return short, f"positive definite: {_cheaper(asked, paid)} than 1/x of A (gates / sqrt(p))"
    return general, f"{_cheaper(paid, asked)} than the positive-definite way (gates / sqrt(p))"


def _cheaper(other: float, own: float, least: str = "") -> str:
    # Nothing to divide by where a multiple of the identity takes no gate.
    return f"{least}{other / own:.3g} times cheaper" if own > 0.0 else "not dearer (it takes no two-qubit gate)"


def _general_plan(problem: LinearProblem) -> EncodingPlan | None:
    """Return the plan that ``block_encode`` would follow, without building it; None if it knows none."""
    from circuits.domain_wall_encoding import WALL
    from circuits.encoding_choice import encoding_plans

    try:
        plans = [plan for plan in encoding_plans(problem.given) if plan.method != WALL]
    except ProblemError:
        return None
    return min(plans, key=lambda plan: plan.cost, default=None)


def _forced_positive_definite(
    problem: LinearProblem,
    encoding: Any | None,
    kappa: float | None,
    epsilon: float,
    any_rhs: bool,
    likely: bool = False,
    quick: bool = False,
) -> tuple[SolverPath, str]:
    if encoding is not None:
        raise ProblemError(
            "encoding is one of A, which the positive-definite method cannot use; allowed: a complement "
            "(circuits.positive_definite), the encoding of C with A = scale (I - C)"
        )
    special = complement_of(problem)
    if special is None:
        raise ProblemError(
            "no lossless encoding of I - A / scale is known for this matrix; allowed: a positive-definite matrix with "
            "a structure of circuits.positive_definite.complement, a Complement of your own as encoding, "
            "or method='qsvt'"
        )
    return positive_definite_path(
        problem, special.encoding, special.scale, kappa, epsilon, any_rhs=any_rhs, likely=likely, quick=quick
    ), "asked for"


def complement_of(problem: LinearProblem) -> Any | None:
    """Return the complement of A where its structure gives one for free."""
    if not problem.hermitian:
        return None
    from circuits.positive_definite import complement

    found = complement(problem.given if hasattr(problem.given, "to_matrix") else problem.matrix)
    if found is None or not found.solves_problem:
        return found
    encoding = replace(found.encoding, preparation=replace(found.encoding.preparation, solves_problem=True))
    return replace(found, encoding=encoding)


def price(path: SolverPath) -> float:
    """Return degree * gates of one use / sqrt(p), the order of the cost with amplification."""
    return path.degree * _gates(path.encoding) / math.sqrt(path.success_probability)


def _gates(encoding: BlockEncoding) -> float:
    """Two-qubit gates of one use, a phase about the projector included."""
    return two_qubit_gates(encoding.circuit) + 2.0 * encoding.ancillas


def two_qubit_gates(circuit: QuantumCircuit) -> int:
    """Return the gates on two or more qubits after opening definitions: a rough count that transpiles nothing."""
    known: dict[tuple[str, int], int] = {}

    def of(operation: Any) -> int:
        if operation.num_qubits < 2:
            return 0
        if operation.num_qubits == 2 and operation.name in ("cx", "cz", "cy", "ecr", "swap", "cp", "crz", "cry", "crx"):
            return 1
        if operation.name == "unitary":
            return int(np.ceil(23 / 48 * 4**operation.num_qubits))
        key = (operation.name, id(operation))
        if key not in known:
            definition = operation.definition
            known[key] = _HOPELESS if definition is None else sum(of(inner.operation) for inner in definition.data)
        return known[key]

    return sum(of(instruction.operation) for instruction in circuit.data)


def _check_block(problem: LinearProblem, encoding: BlockEncoding, scale: float | None) -> None:
    rows = 2**encoding.num_system
    if problem.size > rows:
        raise ProblemError(f"encoding has {encoding.num_system} system qubits, too few for {problem.size} unknowns")
    if encoding.circuit.num_qubits > _CHECKED_WIDTH:
        return
    block = encoding.matrix()[: problem.size]
    expected = np.zeros(block.shape, dtype=np.complex128)
    dense = problem.matrix.toarray() if hasattr(problem.matrix, "toarray") else problem.matrix
    expected[:, : problem.size] = dense if scale is None else np.eye(problem.size) - dense / scale
    off = float(np.linalg.norm(block - expected, 2))
    if off > encoding.error + 1e-10 * encoding.alpha:
        raise ProblemError(
            f"encoding is not of this matrix: its block is off by {off:.3g}, its error bound is {encoding.error:.3g}; "
            "allowed: an encoding whose first rows hold the matrix and zeros"
        )
