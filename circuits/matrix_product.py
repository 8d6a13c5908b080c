r"""Matrix-product states with real bonds of dimension 2 or 4: approximation, classical contraction, circuit.

The chain runs from the most to the least significant qubit. The circuit starts from the Schmidt vector of the middle
bond and grows outwards, one fresh qubit per site: a real isometry 4 -> 8 costs nine CX (:mod:`circuits.orthogonal`),
2 -> 4 two CX. Staircase of isometries: quant-ph/0501096; truncation error: cond-mat/0505140, lemma 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister

from circuits.errors import ProblemError
from circuits.multiplexed import append_real_tree
from circuits.orthogonal import append_isometry_4_to_8, append_so4, append_so8, factor_isometry, make_special
from circuits.validation import checked_amplitudes

__all__ = [
    "MatrixProductState",
    "append_schmidt_state",
    "matrix_product_approximation",
    "matrix_product_state",
    "product_factors",
    "staircase",
]

RealVector = npt.NDArray[np.float64]
_Step = Callable[[QuantumCircuit], None]
_PRODUCT_TOLERANCE = 1e-12
_Half = tuple[RealVector, list[int], list[_Step]]


@dataclass(frozen=True, slots=True, eq=False)
class MatrixProductState:
    r"""A real normalised matrix-product state around its middle bond.

    .. math:: |\psi\rangle = \sum_b s_b\, |L_b\rangle |R_b\rangle

    with orthonormal :math:`L_b` and :math:`R_b`, each a chain of real isometries.
    """

    left: tuple[RealVector, ...]
    """Sites of the most significant half, most significant first; shape (bond towards the end, 2, bond inwards)."""
    singular_values: RealVector
    """Schmidt coefficients of the middle bond; shape (bond,)."""
    right: tuple[RealVector, ...]
    """Sites of the other half, least significant first; shapes as in ``left``."""
    fidelity: float
    r"""Squared overlap :math:`|\langle v|\psi\rangle|^2` with the vector that was approximated."""

    @property
    def num_qubits(self) -> int:
        """Number of qubits of the chain."""
        return len(self.left) + len(self.right)

    def vector(self) -> RealVector:
        """Return the 2^n amplitudes, little-endian."""
        upper = _expanded(self.left).reshape(-1, self.singular_values.size)
        # The lower half is expanded least significant qubit first: turn its axes round.
        lower = _expanded(self.right).T.reshape(self.singular_values.size, -1)
        return np.asarray(((upper * self.singular_values) @ lower).reshape(-1))

    def objective_probability(self) -> float:
        """Return P(most significant qubit = 1) by contracting the chain: O(n bond^3), the classical way to ``a``."""
        site = self.left[0][:, 1, :]
        environment = site.T @ site
        for tensor in self.left[1:]:
            environment = np.einsum("ab,aic,bid->cd", environment, tensor, tensor, optimize=True)
        return float(self.singular_values**2 @ np.diag(environment))


def matrix_product_approximation(
    amplitudes: npt.ArrayLike, bond_dimension: int = 4, *, keep_objective: bool = True
) -> MatrixProductState:
    r"""Approximate a real unit vector by successive truncated singular value decompositions.

    Cost: O(2^n bond^2) arithmetic operations on the full table. Exact for n <= 3 at bond dimension 2 and for n <= 5
    at bond dimension 4.

    Args:
        amplitudes: real vector of length 2^n, norm 1 to 1e-8, little-endian; n >= 2 for bond dimension 2, n >= 4 for 4.
        bond_dimension: 2 or 4.
        keep_objective: rescale the two branches of the most significant qubit so that its probability is exactly the
            vector's own. The bond dimension stays, the fidelity changes in second order. All other probabilities
            carry errors of the order of 1 - fidelity or its root.

    Raises:
        ProblemError: a vector that is complex, not normalised or too short; another bond dimension.
    """
    given = checked_amplitudes(amplitudes, "amplitudes")
    if np.iscomplexobj(given):
        raise ProblemError("amplitudes are complex; allowed: a real vector; use load_state for complex ones")
    vector = given.astype(np.float64)
    num_qubits = vector.size.bit_length() - 1
    if bond_dimension not in (2, 4):
        raise ProblemError(f"bond_dimension is {bond_dimension!r}; allowed: 2 or 4 (one or two bond qubits)")
    if 2**num_qubits < bond_dimension**2:
        raise ProblemError(
            f"amplitudes hold {num_qubits} qubits; allowed: at least {bond_dimension} for bond dimension "
            f"{bond_dimension}; use load_state for small registers"
        )
    half = num_qubits // 2
    left, rest = _chain(vector, half, bond_dimension)
    tail = rest.reshape([rest.shape[0]] + [2] * (num_qubits - half))
    right, core = _chain(tail.T, num_qubits - half, bond_dimension)
    state = _centred(left, core, right)
    if keep_objective:
        state = _with_objective(state, float(np.sum(vector[vector.size // 2 :] ** 2)))
    overlap = float(state.vector() @ vector)
    return MatrixProductState(state.left, state.singular_values, state.right, min(overlap**2, 1.0))


def matrix_product_state(
    amplitudes: npt.ArrayLike, bond_dimension: int = 4, *, keep_objective: bool = True
) -> QuantumCircuit:
    r"""Prepare the matrix-product approximation of a real unit vector: O(n) gates instead of O(2^n).

    Cost on n qubits: 9 n - 29 CX at bond dimension 4 (n >= 4), 2 n - 3 at bond dimension 2. Register ``state``,
    little-endian. The state loaded is exactly that of :func:`matrix_product_approximation`, whose ``fidelity`` and
    ``objective_probability()`` say how good it is. Arguments and errors as there.
    """
    return staircase(matrix_product_approximation(amplitudes, bond_dimension, keep_objective=keep_objective))


def staircase(state: MatrixProductState) -> QuantumCircuit:
    """Return the circuit of a matrix-product state with bond dimension 2 or 4 (register ``state``)."""
    count = state.num_qubits
    circuit = QuantumCircuit(QuantumRegister(count, "state"), name="matrix_product_state")
    halves = (state.left, list(range(count - 1, -1, -1))), (state.right, list(range(count)))
    peel = _peeled_pair if state.singular_values.size == 4 else _peeled_single
    (left_core, left_bond, left_steps), (right_core, right_bond, right_steps) = (
        peel(sites, qubits[: len(sites)]) for sites, qubits in halves
    )
    append_schmidt_state(circuit, (left_core, state.singular_values, right_core), left_bond, right_bond)
    for step in left_steps + right_steps:
        step(circuit)
    return circuit


def append_schmidt_state(
    circuit: QuantumCircuit,
    factors: tuple[RealVector, RealVector, RealVector],
    left_qubits: Sequence[int],
    right_qubits: Sequence[int],
) -> None:
    r"""Append the state with matrix L diag(s) R^T (L, R orthogonal of order 2, 4 or 8) on two equal registers.

    Cost: 1, 7 or 37 CX for one, two or three qubits a side.
    """
    left, values, right = factors
    left, values = make_special(left, values)
    right, values = make_special(right, values)
    append_real_tree(circuit, values, left_qubits)
    for source, copy in zip(left_qubits, right_qubits, strict=True):
        circuit.cx(source, copy)
    for matrix, qubits in ((left, left_qubits), (right, right_qubits)):
        if len(qubits) == 1:
            circuit.ry(2 * float(np.arctan2(matrix[1, 0], matrix[0, 0])), qubits[0])
        else:
            (append_so4 if len(qubits) == 2 else append_so8)(circuit, matrix, qubits)


def product_factors(vector: RealVector) -> list[RealVector] | None:
    """Return one real two-vector per qubit, least significant first, if the unit vector is their product."""
    num_qubits = vector.size.bit_length() - 1
    sites, rest = _chain(vector, num_qubits, 1)
    sites[0] = sites[0] * rest[0, 0]
    if np.max(np.abs(_expanded(sites).reshape(-1) - vector)) > _PRODUCT_TOLERANCE:
        return None
    return [site[0, :, 0] for site in reversed(sites)]


def _chain(table: RealVector, length: int, bond_dimension: int) -> tuple[list[RealVector], RealVector]:
    """Split ``length`` binary axes off the front of a table; returns sites and what remains, (bond, ...)."""
    sites: list[RealVector] = []
    rest, bond = table.reshape(1, -1), 1
    for _ in range(length):
        basis, values, rows = np.linalg.svd(rest.reshape(2 * bond, -1), full_matrices=False)
        kept = min(bond_dimension, values.size)
        sites.append(basis[:, :kept].reshape(bond, 2, kept))
        rest, bond = values[:kept, None] * rows[:kept], kept
    return sites, rest


def _centred(left: Sequence[RealVector], core: RealVector, right: Sequence[RealVector]) -> MatrixProductState:
    """Normalise and diagonalise the core (right bond, left bond) between two chains of isometries."""
    inner_right, values, inner_left = np.linalg.svd(core)
    return MatrixProductState(
        (*left[:-1], left[-1] @ inner_left.T),
        values / np.linalg.norm(values),
        (*right[:-1], right[-1] @ inner_right),
        fidelity=float("nan"),
    )


def _with_objective(state: MatrixProductState, probability: float) -> MatrixProductState:
    """Rescale the branches of the first site to the given probability of 1 and restore the isometries by QR."""
    found = state.objective_probability()
    if not (0 < found < 1 and 0 < probability < 1):
        return state
    scale = np.sqrt([(1 - probability) / (1 - found), probability / found])
    left: list[RealVector] = []
    transfer = np.eye(1)
    for index, site in enumerate(state.left):
        tensor = site * scale[None, :, None] if index == 0 else np.tensordot(transfer, site, axes=1)
        basis, transfer = np.linalg.qr(tensor.reshape(-1, tensor.shape[2]))
        left.append(basis.reshape(-1, 2, basis.shape[1]))
    return _centred(left, np.diag(state.singular_values) @ transfer.T, state.right)


def _expanded(sites: Sequence[RealVector]) -> RealVector:
    """Contract a chain to an array of shape (2, 2, ..., bond), first site first."""
    table = sites[0][0]
    for site in sites[1:]:
        table = np.tensordot(table, site, axes=1)
    return np.asarray(table)


def _peeled_pair(sites: Sequence[RealVector], qubits: Sequence[int]) -> _Half:
    """Cut a half chain of bond 4: an orthogonal core on its two end qubits, then one isometry per further site."""
    core = _expanded(sites[:2]).reshape(4, 4)
    bond = [qubits[1], qubits[0]]
    steps: list[_Step] = []
    for site, fresh in zip(sites[2:], qubits[2:], strict=True):
        zero, one, angles, inner = factor_isometry(np.einsum("xa,aib->ixb", core, site).reshape(8, 4))
        steps.insert(0, partial(append_isometry_4_to_8, factors=(zero, one, angles), qubits=bond, fresh=fresh))
        core = inner
    return core, bond, steps


def _peeled_single(sites: Sequence[RealVector], qubits: Sequence[int]) -> _Half:
    """Cut a half chain of bond 2: an orthogonal core on its end qubit, then one 2 -> 4 isometry per further site."""
    core, bond = sites[0][0], [qubits[0]]
    steps: list[_Step] = []
    for site, fresh in zip(sites[1:], qubits[1:], strict=True):
        isometry = np.einsum("xa,aib->ixb", core, site).reshape(4, 2)
        steps.insert(0, partial(append_so4, matrix=_completed(isometry), qubits=[qubits[0], fresh]))
        core = np.eye(2)
    return core, bond, steps


def _completed(isometry: RealVector) -> RealVector:
    """Complete a 4 x 2 isometry to a matrix of SO(4) whose first two columns it is."""
    full, _ = np.linalg.qr(isometry, mode="complete")
    matrix = np.concatenate([isometry, full[:, 2:]], axis=1)
    if np.linalg.det(matrix) < 0:
        matrix[:, 3] *= -1
    return matrix
