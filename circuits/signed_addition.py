r"""Add a short signed register to a long one in place, flagging overflow: the SELECT of all banded matrices at once.

The cost does not depend on how many offsets are in superposition: a ripple of ANDs through the short register
(1709.06648, section II), then one increment of the rest, between complements where the sign is negative.
"""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit
from qiskit.circuit.library import RCCXGate

from circuits.increment import append_increment, increment_cx, increment_work

__all__ = ["addition_cx", "addition_work", "append_addition"]


def append_addition(
    circuit: QuantumCircuit,
    bits: Sequence[int],
    offset: Sequence[int],
    work: Sequence[int],
    *,
    signed: bool,
    carry: int | None = None,
    control: int | None = None,
) -> None:
    r"""Add the number in ``offset`` to ``bits`` modulo 2^n; ``carry`` flips where the true sum is outside 0 .. 2^n - 1.

    Exact where the carry is :math:`|0\rangle` before and after; see :func:`circuits.increment.append_increment`.

    Args:
        circuit: gets the gates.
        bits: the n qubits of the sum, little-endian.
        offset: the summand, unchanged: two's complement if ``signed``, at most n qubits besides the sign.
        work: :func:`addition_work` clean qubits.
        signed: whether the last qubit of ``offset`` is a sign.
        carry: a qubit that is projected on 0, for open boundaries.
        control: adds nothing where this qubit is 0; costs 6 CX per qubit of the offset more.
    """
    low = list(offset[:-1] if signed else offset)
    sign = offset[-1] if signed else None
    carries = list(work[: len(low)])
    _append_carries(circuit, bits, low, carries)
    upper = list(bits[len(low) :])
    # Carry 1 and sign 1 cancel: the upper bits change by carry - sign, one of -1, 0, 1.
    active = carries[-1] if carries else sign
    if carries and sign is not None:
        circuit.cx(sign, active)
    if active is not None:
        for bit in upper if sign is not None else []:
            circuit.cx(sign, bit)
        controls = [active] if control is None else [control, active]
        append_increment(circuit, upper, work[len(low) :], controls=controls, carry=carry)
        for bit in upper if sign is not None else []:
            circuit.cx(sign, bit)
    if carries and sign is not None:
        circuit.cx(sign, active)
    _append_sums(circuit, bits, low, carries, control)


def _append_carries(circuit: QuantumCircuit, bits: Sequence[int], low: Sequence[int], carries: Sequence[int]) -> None:
    for place, (bit, summand, target) in enumerate(zip(bits, low, carries, strict=False)):
        below = carries[place - 1] if place else None
        if below is not None:
            circuit.cx(below, bit)
            circuit.cx(below, summand)
        circuit.append(RCCXGate(), [bit, summand, target])
        if below is not None:
            circuit.cx(below, target)


def _append_sums(
    circuit: QuantumCircuit, bits: Sequence[int], low: Sequence[int], carries: Sequence[int], control: int | None
) -> None:
    """Undo the carries from the top and leave the sum (if the control is set) in each bit on the way."""
    for place in range(len(low) - 1, -1, -1):
        bit, summand, target = bits[place], low[place], carries[place]
        below = carries[place - 1] if place else None
        if below is not None:
            circuit.cx(below, target)
        circuit.append(RCCXGate().inverse(), [bit, summand, target])
        if control is None:
            if below is not None:
                circuit.cx(below, summand)
            circuit.cx(summand, bit)
        else:
            if below is not None:
                circuit.cx(below, bit)
            circuit.ccx(control, summand, bit)
            if below is not None:
                circuit.cx(below, summand)


def addition_work(num_bits: int, num_offset: int, *, signed: bool, carry: bool) -> int:
    """Work qubits of :func:`append_addition`, with or without a control."""
    low = num_offset - 1 if signed else num_offset
    return low + increment_work(1 + num_bits - low, carry)


def addition_cx(num_bits: int, num_offset: int, *, signed: bool, carry: bool) -> int:
    """CX of :func:`append_addition` without a control: 9 per bit, 12 where the offset has one."""
    low = num_offset - 1 if signed else num_offset
    upper = num_bits - low
    ripple = 12 * low - 5 if low else 0
    turns = 2 * upper + 2 * (low > 0) if signed else 0
    return ripple + turns + increment_cx(1 + upper, carry)
