r"""Projectors on basis states with some qubits fixed: one ancilla, one multi-controlled X."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, QuantumRegister

from circuits.band_structure import entries
from circuits.block_encoding import BlockEncoding
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.increment import append_multi_controlled_x
from circuits.validation import MAX_SYSTEM_QUBITS, check_count, checked_indices

__all__ = ["plan", "projector"]

# CX of an X with that many controls, without work qubits.
_CONTROLLED_X = (0, 1, 6, 14, 36, 84, 140)


def projector(qubits: Sequence[int], num_qubits: int, *, values: Sequence[int] | None = None) -> BlockEncoding:
    r"""Encode the projector on the states whose ``qubits`` have the given ``values`` (0 by default); alpha 1.

    One ancilla is flipped where they have not: one multi-controlled X. For the projector on the state V|0>, surround
    the circuit by V^dagger and V. Self-inverse; a control is one more control of the same gate and one CX.

    Raises:
        ProblemError: no qubits, or indices and values that do not exist.
    """
    check_count(num_qubits, "num_qubits", 1)
    if num_qubits > MAX_SYSTEM_QUBITS:
        raise ProblemError(f"num_qubits is {num_qubits}; allowed: at most {MAX_SYSTEM_QUBITS}")
    chosen = checked_indices(qubits, num_qubits, "qubits")
    wanted = [0] * len(chosen) if values is None else [int(value) for value in values]
    if not chosen or len(wanted) != len(chosen) or set(wanted) - {0, 1}:
        raise ProblemError(f"qubits {chosen} with values {wanted}; allowed: at least one qubit and a 0 or 1 for each")
    form = partial(_projector_circuit, chosen, wanted, num_qubits)
    return BlockEncoding(
        circuit=form(controlled=False),
        num_system=num_qubits,
        ancillas=1,
        alpha=1.0,
        error=1e-15 * len(chosen),
        method="projector",
        reason=f"basis states with {len(chosen)} fixed qubits",
        hermitian=True,
        self_inverse=True,
        shape=(2**num_qubits, 2**num_qubits),
        controlled_builder=partial(form, controlled=True),
    )


def plan(matrix: Any) -> EncodingPlan | None:
    """Return the price of a diagonal of zeros and ones if the ones are the states with some qubits fixed, else None."""
    found = entries(matrix)
    size, count = found.shape[0], found.values.size
    if found.shape != (size, size) or size < 2 or size & (size - 1) or not 0 < count < size or count & (count - 1):
        return None
    if np.any(found.rows != found.columns) or np.any(found.values != 1):
        return None
    first = int(found.rows[0])
    free = int(np.bitwise_or.reduce(found.rows ^ first))
    if 2 ** free.bit_count() != count:
        return None
    num_qubits = size.bit_length() - 1
    fixed = [qubit for qubit in range(num_qubits) if not free >> qubit & 1]
    if len(fixed) >= len(_CONTROLLED_X):
        return None
    values = [first >> qubit & 1 for qubit in fixed]
    build = partial(projector, fixed, num_qubits, values=values)
    return EncodingPlan("projector", _CONTROLLED_X[len(fixed)], 1.0, build, f"{len(fixed)} qubits fixed")


def _projector_circuit(chosen: list[int], wanted: list[int], num_qubits: int, *, controlled: bool) -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "system"), QuantumRegister(1, "ancilla"), name="U")
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    zeros = [qubit for qubit, value in zip(chosen, wanted, strict=True) if value == 0]
    if controlled:
        circuit.cx(num_qubits + 1, num_qubits)
    else:
        circuit.x(num_qubits)
    if zeros:
        circuit.x(zeros)
    append_multi_controlled_x(circuit, [*chosen, num_qubits + 1] if controlled else chosen, num_qubits)
    if zeros:
        circuit.x(zeros)
    return circuit
