r"""Shifts |x> to |x + k>, open or periodic: increments, one for each digit of k."""

from __future__ import annotations

from functools import partial

import numpy as np
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister

from circuits.block_encoding import BlockEncoding
from circuits.errors import ProblemError
from circuits.increment import append_increment, increment_work
from circuits.tridiagonal_encoding import check_boundary
from circuits.validation import MAX_SYSTEM_QUBITS, check_count

__all__ = ["shift"]


def shift(num_qubits: int, offset: int = 1, *, boundary: str = "open") -> BlockEncoding:
    r"""Encode S_k: |x> to |x + k> (k may be negative), dropping or wrapping what leaves 0 .. 2^n - 1; alpha 1.

    Cost: 7 n CX for each digit of k in non-adjacent form; one ancilla (open) or none is projected. A cyclic shift has
    an ancilla that is never used, so that every encoding has one.

    Raises:
        ProblemError: no qubits, an unknown boundary, or |k| >= 2^n with an open boundary.
    """
    check_count(num_qubits, "num_qubits", 1)
    if num_qubits > MAX_SYSTEM_QUBITS:
        raise ProblemError(f"num_qubits is {num_qubits}; allowed: at most {MAX_SYSTEM_QUBITS}")
    check_boundary(boundary)
    size = 2**num_qubits
    if isinstance(offset, bool) or not isinstance(offset, int | np.integer) or abs(offset) >= size:
        raise ProblemError(f"offset is {offset!r}; allowed: an integer between {1 - size} and {size - 1}")
    form = partial(_shift_circuit, num_qubits, int(offset), boundary == "open")
    return BlockEncoding(
        circuit=form(controlled=False),
        num_system=num_qubits,
        ancillas=1,
        alpha=1.0,
        error=1e-15 * num_qubits,
        method="shift",
        reason=f"one constant diagonal, offset {offset}",
        hermitian=bool(offset == 0 or (boundary == "periodic" and 2 * abs(offset) == size)),
        shape=(size, size),
        controlled_builder=partial(form, controlled=True),
    )


def _shift_circuit(num_qubits: int, offset: int, carried: bool, *, controlled: bool) -> QuantumCircuit:
    """Add the non-adjacent digits of the offset one by one to the register and its overflow qubit."""
    digits = _digits(offset, num_qubits + carried)
    widest = max((num_qubits - place for place, _ in digits), default=0)
    needed = increment_work(1 + widest + carried, False)
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "system"), QuantumRegister(1, "ancilla"), name="U")
    work = list(range(num_qubits + 1, num_qubits + 1 + needed))
    if needed:
        circuit.add_register(AncillaRegister(needed, "work"))
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    controls = [circuit.num_qubits - 1] if controlled else []
    for place, digit in digits:
        bits = [*range(place, num_qubits), *([num_qubits] if carried else [])]
        if digit < 0:
            circuit.x(bits)
        append_increment(circuit, bits, work, controls=controls)
        if digit < 0:
            circuit.x(bits)
    return circuit


def _digits(offset: int, length: int) -> list[tuple[int, int]]:
    """Non-adjacent form: few digits +-1; those beyond the register do not matter."""
    digits, place = [], 0
    while offset:
        if offset & 1:
            digit = 2 - (offset & 3)
            digits.append((place, digit))
            offset -= digit
        offset >>= 1
        place += 1
    return [(place, digit) for place, digit in digits if place < length]
