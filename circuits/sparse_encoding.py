r"""Sparse access: the nonzeros are coloured into few partial permutations, and every permutation is a table.

With s nonzeros at most in a row or column, s colours suffice (König's theorem), so alpha is at most s max |A_ij|. U =
PREPARE(colour), load the row of (colour, column) beside it, rotate a flag by the entry, swap, unload the column.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister

from circuits.band_structure import Entries, entries
from circuits.block_encoding import BlockEncoding, Preparation
from circuits.diagonal_gates import append_phases, append_values, phases_cx
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.multiplexed import append_multiplexed_ry, append_real_tree

__all__ = ["MAX_SPARSE_TABLE", "plan", "sparse"]

MAX_SPARSE_TABLE = 2**14
"""Largest number of (colour, column) pairs that are tabulated."""

IntMatrix = npt.NDArray[np.int64]
ComplexMatrix = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]


def sparse(matrix: Any) -> BlockEncoding:
    r"""Encode a square sparse matrix; alpha = sum over colours of their largest |entry| <= s max |A_ij|.

    Cost: (2 n + 1) s' N CX with s' = s rounded up to a power of two, s' N more for complex entries; n work qubits,
    log2 s' + 1 ancillas. Below N = 64 or so the other encodings cost less.

    Raises:
        ProblemError: not square, no nonzero entry, or more than 2^14 pairs of colour and column.
    """
    found = entries(matrix)
    rows, values = _tables(found)
    size = rows.shape[1]
    largest = np.abs(values).max(axis=1)
    alpha = float(largest.sum())
    ratio = values / np.where(largest > 0, largest, 1.0)[:, np.newaxis]
    phases = np.angle(ratio).reshape(-1) if np.any(ratio.imag) else None
    angles = 2 * np.arccos(np.clip(ratio.real if phases is None else np.abs(ratio), -1.0, 1.0)).reshape(-1)
    weights = np.sqrt(largest / alpha)
    form = partial(_circuit, rows, weights / np.linalg.norm(weights), angles, phases)
    return BlockEncoding(
        circuit=form(controlled=False),
        num_system=size.bit_length() - 1,
        ancillas=rows.shape[0].bit_length(),
        alpha=alpha,
        error=2e-15 * rows.size * alpha,
        method="sparse access",
        reason=f"{np.count_nonzero(largest)} partial permutations",
        hermitian=_is_hermitian(found),
        shape=found.shape,
        preparation=Preparation(float(found.values.size * found.shape[0]), "colouring of the nonzeros"),
        controlled_builder=partial(form, controlled=True),
    )


def plan(matrix: Any) -> EncodingPlan | None:
    """Return the price of :func:`sparse`, or None if the matrix is not square or its table too large."""
    found = entries(matrix)
    try:
        rows, values = _tables(found)
    except ProblemError:
        return None
    num_qubits = rows.shape[1].bit_length() - 1
    cost = (2 * num_qubits + 1) * rows.size + 3 * num_qubits + 2 * (rows.shape[0] - rows.shape[0].bit_length())
    cost += phases_cx(np.zeros(rows.size)) if np.any(values.imag) else 0
    alpha = float(np.abs(values).max(axis=1).sum())
    reason = f"{found.values.size} nonzeros in {np.count_nonzero(np.abs(values).max(axis=1))} partial permutations"
    return EncodingPlan("sparse access", int(cost), alpha, partial(sparse, matrix), reason)


def _tables(found: Entries) -> tuple[IntMatrix, ComplexMatrix]:
    """Row of every (colour, column), a permutation for each colour, and the entry there (zero where there is none)."""
    rows, columns = found.shape
    if rows != columns or not found.values.size:
        raise ProblemError(f"matrix has shape {found.shape}; allowed: square with a nonzero entry")
    size = 2 ** max(1, (rows - 1).bit_length())
    degree = int(max(np.bincount(found.rows).max(), np.bincount(found.columns).max()))
    count = 2 ** (degree - 1).bit_length()
    if count * size > MAX_SPARSE_TABLE:
        raise ProblemError(
            f"matrix needs a table of {count * size} entries; allowed: {MAX_SPARSE_TABLE}; use banded or a Pauli sum"
        )
    colours = _edge_colours(found.rows, found.columns, size, degree)
    table = np.full((count, size), -1, dtype=np.int64)
    values = np.zeros((count, size), dtype=np.complex128)
    table[colours, found.columns] = found.rows
    values[colours, found.columns] = found.values
    for colour in range(count):
        unused = np.setdiff1d(np.arange(size), table[colour])
        table[colour, table[colour] < 0] = unused
    return table, values


def _edge_colours(rows: Any, columns: Any, size: int, degree: int) -> IntMatrix:
    """Colour the nonzeros with ``degree`` colours, none twice in a row or column, by alternating paths."""
    # by_node[node, colour] = edge; nodes are columns, then rows.
    by_node = np.full((2 * size, degree), -1, dtype=np.int64)
    ends = np.stack([np.asarray(columns), np.asarray(rows) + size], axis=1)
    colours = np.full(len(ends), -1, dtype=np.int64)
    for edge, (first, second) in enumerate(ends):
        left = int(np.flatnonzero(by_node[first] < 0)[0])
        right = int(np.flatnonzero(by_node[second] < 0)[0])
        if left != right and by_node[second, left] >= 0:
            path, node, wanted = [], second, left
            while by_node[node, wanted] >= 0:
                path.append(int(by_node[node, wanted]))
                node = ends[path[-1]].sum() - node
                wanted = left + right - wanted
            for step in path:
                by_node[ends[step], colours[step]] = -1
            for step in path:
                colours[step] = left + right - colours[step]
                by_node[ends[step], colours[step]] = step
        colours[edge] = left
        by_node[[first, second], left] = edge
    return colours


def _is_hermitian(found: Entries) -> bool:
    forward = dict(zip(zip(found.rows.tolist(), found.columns.tolist(), strict=True), found.values, strict=True))
    return all(forward.get((column, row), 0j) == value.conjugate() for (row, column), value in forward.items())


def _circuit(
    rows: IntMatrix, weights: RealVector, angles: RealVector, phases: RealVector | None, *, controlled: bool
) -> QuantumCircuit:
    count, size = rows.shape
    num_qubits, index = size.bit_length() - 1, count.bit_length() - 1
    circuit = QuantumCircuit(
        QuantumRegister(num_qubits, "system"),
        QuantumRegister(index + 1, "ancilla"),
        AncillaRegister(num_qubits, "work"),
        name="U",
    )
    system = list(range(num_qubits))
    colour = list(range(num_qubits, num_qubits + index))
    flag = num_qubits + index
    work = list(range(flag + 1, flag + 1 + num_qubits))
    control = circuit.num_qubits if controlled else None
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    prepare = QuantumCircuit(max(1, index))
    if index:
        append_real_tree(prepare, weights, range(index))
        circuit.compose(prepare, colour, inplace=True)
    if phases is not None:
        append_phases(circuit, phases, [*system, *colour], control)
    append_values(circuit, angles, [*system, *colour], flag, control)
    places = [*system, *colour]
    for bit, target in enumerate(work):
        append_multiplexed_ry(circuit, _turns(rows, bit), places, target)
    for low, high in zip(system, work, strict=True):
        if control is None:
            circuit.swap(low, high)
        else:
            circuit.cswap(control, low, high)
    back = np.argsort(rows, axis=1)
    for bit, target in enumerate(work):
        table = -_turns(back, bit)
        if control is None:
            append_multiplexed_ry(circuit, table, places, target)
        else:
            kept = -_turns(rows, bit)
            append_multiplexed_ry(circuit, np.concatenate([kept, table]), [*places, control], target)
    if index:
        circuit.compose(prepare.inverse(), colour, inplace=True)
    return circuit


def _turns(numbers: IntMatrix, bit: int) -> RealVector:
    """Pi where the bit of the number is set."""
    return np.asarray(np.pi * (numbers >> bit & 1).reshape(-1), dtype=np.float64)
