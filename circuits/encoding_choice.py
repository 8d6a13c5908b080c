"""block_encode: the cheapest block encoding of a matrix, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from circuits import dense_encoding, pauli_sum_encoding
from circuits.block_encoding import BlockEncoding
from circuits.dense_encoding import checked_alpha, padded_qubits
from circuits.domain_wall_encoding import WALL, wall_plan
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.pauli_terms import PauliTerms, pauli_terms

__all__ = ["block_encode", "encoding_plans"]

STRUCTURED = (
    "circuits.banded_encoding",
    "circuits.sparse_encoding",
    "circuits.fable_encoding",
    "circuits.projector_encoding",
    "circuits.row_state_encoding",
)
"""Modules whose ``plan(matrix)`` is asked; each returns an EncodingPlan or None."""

_MAX_DECOMPOSED_QUBITS = 6
"""Largest matrix that is decomposed in Pauli strings (4^n of them)."""
_MAX_EXPANDED_QUBITS = 10
_MAX_EXPANDED_ENTRIES = 2**20
"""Largest Pauli sum that is written out as a sparse matrix to look for other structure."""
_MAX_WALL_TERMS = 256

Matrix = npt.NDArray[Any]


def block_encode(matrix: Any, *, method: str = "auto", alpha: float | None = None) -> BlockEncoding:
    r"""Return the cheapest block encoding of a matrix among all methods that apply to it, and say why in ``.reason``.

    Cheapest: least alpha * CX. A polynomial that resolves a given scale of the matrix has a degree proportional to
    alpha and uses the encoding once per degree (1806.01838, theorems 41 and 58), so that alpha * CX is the cost of a
    matrix function up to a factor common to all methods. The CX are predicted, not transpiled.

    Args:
        matrix: dense array or nested lists, real or complex, any shape (padded with zeros to 2^n x 2^n); a scipy
            sparse matrix; or a ``SparsePauliOp``, whose coefficients may be complex.
        method: "auto" or the name of one method: "eigen-dilation", "singular-value dilation" (either also as
            "dilation"), "unary iteration", "domain wall" (Pauli sums) or that of a structured encoding. The domain
            wall is never chosen by itself: its work qubits are not always clean.
        alpha: subnormalisation, by default the least of the method. A larger one costs at most one more ancilla.

    Raises:
        ProblemError: not a matrix of finite numbers, a zero matrix, one too large, an alpha below what the method
            allows, a method that is unknown or does not apply.
    """
    plans = encoding_plans(matrix, alpha=alpha)
    if method == "auto":
        candidates = [plan for plan in plans if plan.method != WALL]
        if alpha is not None:
            least = min(plan.alpha for plan in candidates)
            checked_alpha(alpha, least)
            candidates = [plan for plan in candidates if plan.alpha <= alpha * (1 + 1e-12)]
    else:
        candidates = [
            plan
            for plan in plans
            if method in (plan.method, plan.method.rpartition(" ")[2], plan.method.rpartition("-")[2])
        ]
        if not candidates:
            known = ", ".join(sorted(repr(plan.method) for plan in plans))
            raise ProblemError(f"method is {method!r}; allowed for this matrix: 'auto', {known}")
    # A given alpha is everybody's alpha.
    candidates.sort(key=lambda plan: plan.predicted_cx if alpha is not None else plan.cost)
    best = candidates[0]
    encoding = best.build()
    if alpha is not None:
        encoding = encoding.with_alpha(alpha)
    return replace(encoding, reason=_reason(best, candidates[1:], asked=method != "auto"))


def encoding_plans(matrix: Any, *, alpha: float | None = None) -> list[EncodingPlan]:
    """Return the plans of all methods that apply to a matrix, in no particular order; see :func:`block_encode`."""
    if hasattr(matrix, "paulis") and hasattr(matrix, "coeffs"):
        return list(_pauli_plans(matrix, alpha))
    given = _checked_matrix(matrix)
    plans = [plan for plan in _structured_plans(given) if plan is not None]
    qubits = padded_qubits((given.shape[0], given.shape[1]))
    if qubits <= dense_encoding.MAX_DENSE_QUBITS:
        array = _array(given)
        dense = dense_encoding.plan(array, alpha)
        if dense is not None:
            plans.append(dense)
        if qubits <= _MAX_DECOMPOSED_QUBITS and array.shape == (2**qubits, 2**qubits):
            plans.extend(_decomposed_plans(array))
    if not plans:
        raise ProblemError(
            f"matrix has shape {given.shape} and no structure that was recognised; allowed: at most "
            f"{2**dense_encoding.MAX_DENSE_QUBITS} rows or columns, or a SparsePauliOp, a banded or a sparse matrix"
        )
    return plans


def _pauli_plans(operator: Any, alpha: float | None) -> Iterator[EncodingPlan]:
    terms, dropped = pauli_terms(operator)
    yield from _plans_of_terms(terms, dropped)
    entries = len(terms.strings) << min(terms.num_qubits, 64)
    if terms.num_qubits <= _MAX_EXPANDED_QUBITS and entries <= _MAX_EXPANDED_ENTRIES:
        sparse = operator.to_matrix(sparse=True)
        yield from (plan for plan in _structured_plans(sparse) if plan is not None)
        if terms.num_qubits <= _MAX_DECOMPOSED_QUBITS:
            dense = dense_encoding.plan(sparse.toarray(), alpha)
            if dense is not None:
                yield dense


def _decomposed_plans(array: Matrix) -> Iterator[EncodingPlan]:
    from qiskit.quantum_info import Operator, SparsePauliOp

    operator = SparsePauliOp.from_operator(Operator(array), atol=0.0, rtol=0.0)
    if not operator.coeffs.size:  # entries so small that their squares vanish
        return
    largest = float(np.max(np.abs(operator.coeffs)))
    # What rounding left behind: dropped, and counted as error.
    kept = np.abs(operator.coeffs) > 1e-15 * largest
    lost = float(np.sum(np.abs(operator.coeffs[~kept])))
    terms, dropped = pauli_terms(operator[kept])
    yield from _plans_of_terms(terms, dropped + lost)


def _plans_of_terms(terms: PauliTerms, dropped: float) -> Iterator[EncodingPlan]:
    yield pauli_sum_encoding.plan(terms, dropped)
    if len(terms.strings) <= _MAX_WALL_TERMS:
        yield wall_plan(terms, dropped)


def _structured_plans(matrix: Any) -> Iterator[EncodingPlan | None]:
    for name in STRUCTURED:
        if find_spec(name) is not None:
            planner: Callable[[Any], EncodingPlan | None] = import_module(name).plan
            yield planner(matrix)


def _checked_matrix(matrix: Any) -> Any:
    """Return a finite, nonzero matrix with two axes: dense as an array, sparse as it is."""
    if hasattr(matrix, "tocsr"):
        sparse = matrix.tocsr()
        if not np.all(np.isfinite(sparse.data)):
            raise ProblemError("matrix has entries that are not finite; allowed: finite numbers")
        if not np.any(sparse.data):
            raise ProblemError("matrix is zero; allowed: at least one entry that is not zero")
        return sparse
    try:
        array = np.asarray(matrix.to_matrix() if hasattr(matrix, "to_matrix") else matrix)
        array = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"matrix cannot be read as numbers: {error}") from error
    if array.ndim != 2 or 0 in array.shape:
        raise ProblemError(f"matrix has shape {array.shape}; allowed: two axes with at least one row and one column")
    if not np.all(np.isfinite(array)):
        raise ProblemError("matrix has entries that are not finite; allowed: finite numbers")
    if not np.any(array):
        raise ProblemError("matrix is zero; allowed: at least one entry that is not zero")
    return array


def _array(given: Any) -> Matrix:
    return np.asarray(given.toarray() if hasattr(given, "toarray") else given)


def _reason(best: EncodingPlan, others: list[EncodingPlan], *, asked: bool) -> str:
    price = f"{best.reason}: predicted {best.predicted_cx} CX at alpha {best.alpha:.4g}"
    if asked:
        return f"{price}; asked for"
    if not others:
        return f"{price}; the only method that applies"
    second = others[0]
    return (
        f"{price}, least alpha * CX = {best.cost:.4g}; next: {second.method} with {second.predicted_cx} CX at alpha "
        f"{second.alpha:.4g}, {second.cost:.4g}"
    )
