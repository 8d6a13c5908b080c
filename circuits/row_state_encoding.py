r"""Matrices as overlaps of row states: alpha = largest absolute row sum, from two multiplexed state preparations.

T maps |j>|0> to :math:`|j\rangle \sum_i \sqrt{|A_{ij}|/\alpha}\,|i\rangle` (what is
missing to norm 1 goes to a flag), and
:math:`T^\dagger \mathrm{SWAP}\, T'` has the block :math:`\sqrt{|A_{ij}| |A_{ji}|}/\alpha`, with the phases of A in T'
(quantum walks of Markov chains, quant-ph/0401053). A Hermitian diagonally dominant matrix thus has a complement with
alpha exactly 1: every weighted graph Laplacian, for one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister

from circuits.band_structure import Entries, entries
from circuits.block_encoding import BlockEncoding, Preparation
from circuits.diagonal_gates import append_phases
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.multiplexed import append_multiplexed_ry
from circuits.validation import checked_number

__all__ = ["MAX_ROW_STATE_QUBITS", "plan", "row_states"]

MAX_ROW_STATE_QUBITS = 8
"""Largest system: 2^8 x 2^8 tables already mean 260,000 CX."""

RealMatrix = npt.NDArray[np.float64]
RealVector = npt.NDArray[np.float64]


def row_states(matrix: Any, *, alpha: float | None = None) -> BlockEncoding:
    r"""Encode a Hermitian matrix with alpha = its largest absolute row sum (or any larger number).

    Cost: 2 N^2 CX, N^2 more for signs or phases; n ancillas, n + 2 if the row sums differ. Without phases the unitary
    is its own inverse. A control reaches the SWAP and the phases only.

    Raises:
        ProblemError: not Hermitian, larger than 256, only zeros, or alpha below the largest row sum.
    """
    found = entries(matrix)
    absolute, phases, largest = _table(found)
    scale = largest if alpha is None else checked_number(alpha, "alpha")
    if not np.isfinite(scale) or scale < largest * (1 - 1e-14):
        raise ProblemError(f"alpha is {alpha}; allowed: at least {largest:.12g}, the largest absolute row sum")
    probabilities = absolute / max(scale, largest)
    slack = 1.0 - probabilities.sum(axis=1)
    flagged = bool(np.max(slack[: found.shape[0]]) > 1e-14)
    size = absolute.shape[0]
    if not flagged:
        # Padding rows stay on themselves.
        probabilities[np.arange(found.shape[0], size), np.arange(found.shape[0], size)] = 1.0
    # The square root of a rounding error would be a rotation of 1e-8.
    slack = np.where(slack < 1e-15 * size, 0.0, slack)
    missing = 2 * np.arctan2(np.sqrt(slack), np.sqrt(1 - slack)) if flagged else None
    form = partial(_circuit, size.bit_length() - 1, _tree_angles(probabilities), missing, phases)
    return BlockEncoding(
        circuit=form(controlled=False),
        num_system=size.bit_length() - 1,
        ancillas=size.bit_length() - 1 + 2 * flagged,
        alpha=scale,
        error=1e-15 * size * scale,
        method="row states",
        reason=f"Hermitian, largest absolute row sum {largest:g}",
        hermitian=True,
        self_inverse=phases is None,
        shape=found.shape,
        preparation=Preparation(4.0 * size * size, "angles of the row states"),
        controlled_builder=partial(form, controlled=True),
    )


def plan(matrix: Any) -> EncodingPlan | None:
    """Return the price of :func:`row_states`, or None if the matrix is not Hermitian or too large."""
    found = entries(matrix)
    try:
        absolute, phases, largest = _table(found)
    except ProblemError:
        return None
    size = absolute.shape[0]
    flagged = np.ptp(absolute.sum(axis=1)[: found.shape[0]]) > 1e-14 * largest
    cost = (2 + (phases is not None)) * size * size + 3 * size.bit_length() - 3 - 2 * size + flagged * (2 * size + 3)
    return EncodingPlan(
        "row states", int(cost), largest, partial(row_states, matrix), f"Hermitian, largest row sum {largest:g}"
    )


def _table(found: Entries) -> tuple[RealMatrix, RealMatrix | None, float]:
    """Moduli and phases of the padded matrix, and the largest absolute row sum."""
    rows, columns = found.shape
    if rows != columns or not found.values.size or rows > 2**MAX_ROW_STATE_QUBITS:
        raise ProblemError(
            f"matrix has shape {found.shape} and {found.values.size} nonzeros; allowed: square, not zero, "
            f"at most {2**MAX_ROW_STATE_QUBITS} rows; use banded for larger ones"
        )
    size = 2 ** max(1, (rows - 1).bit_length())
    padded = np.zeros((size, size), dtype=np.complex128)
    padded[found.rows, found.columns] = found.values
    if not np.array_equal(padded, padded.conj().T):
        raise ProblemError("matrix is not Hermitian; allowed: Hermitian matrices; use fable or a Hermitian dilation")
    absolute = np.abs(padded)
    phases = np.angle(padded)
    return absolute, phases if np.any(phases) else None, float(absolute.sum(axis=1).max())


def _tree_angles(probabilities: RealMatrix) -> list[RealVector]:
    """Angles from the highest bit of the column down: shape (2^level * N,), the row in the low bits."""
    rows, columns = probabilities.shape
    angles = []
    parts = 1
    while parts < columns:
        sums = probabilities.reshape(rows, parts, 2, columns // (2 * parts)).sum(axis=3)
        angle = 2 * np.arctan2(np.sqrt(sums[:, :, 1]), np.sqrt(sums[:, :, 0]))
        angles.append(np.ascontiguousarray(angle.T).reshape(-1))
        parts *= 2
    return angles


def _circuit(
    num_qubits: int,
    angles: list[RealVector],
    missing: RealVector | None,
    phases: RealMatrix | None,
    *,
    controlled: bool,
) -> QuantumCircuit:
    """T^dagger SWAP D T; only D and the SWAP need the control."""
    ancillas = num_qubits + (2 if missing is not None else 0)
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "system"), QuantumRegister(ancillas, "ancilla"), name="U")
    control = circuit.num_qubits if controlled else None
    rows = list(range(num_qubits))
    columns = list(range(num_qubits, 2 * num_qubits))
    load = QuantumCircuit(circuit.num_qubits)
    if missing is not None:
        append_multiplexed_ry(load, missing, rows, 2 * num_qubits)
    for level, table in enumerate(angles):
        decided = columns[num_qubits - level :]
        append_multiplexed_ry(load, table, [*rows, *decided], columns[num_qubits - 1 - level])
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    circuit.compose(load, range(load.num_qubits), inplace=True)
    if phases is not None:
        append_phases(circuit, phases.reshape(-1), [*rows, *columns], control)
    pairs = list(zip(rows, columns, strict=True))
    if missing is not None:
        # The second flag keeps what is missing in the right state apart from what is missing in the left one.
        pairs.append((2 * num_qubits, 2 * num_qubits + 1))
    for first, second in pairs:
        if control is None:
            circuit.swap(first, second)
        else:
            circuit.cswap(control, first, second)
    circuit.compose(load.inverse(), range(load.num_qubits), inplace=True)
    return circuit
