r"""Comparison with a constant and piecewise-linear rotations; work qubits are declared and come back clean.

Registers: ``state`` (the integer i, little-endian), the result qubit, then ``work``. Both builders use carry chains
whose Toffoli gates are uncomputed and may therefore be relative-phase Toffolis of three CX (1508.03273).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import RCCXGate

from circuits.errors import ProblemError
from circuits.validation import check_count, real_array

__all__ = ["comparator", "comparator_work_qubits", "piecewise_linear_rotation"]

MAX_REGISTER_QUBITS = 60
"""Integers are exact in double precision up to 2^53 and in a carry chain of any length; this keeps angles sane."""


def comparator_work_qubits(num_qubits: int, threshold: int) -> int:
    """Return how many work qubits :func:`comparator` declares: carries between the lowest set bit and the top."""
    return max(0, len(_chain_bits(num_qubits, threshold)) - 2)


def comparator(num_qubits: int, threshold: int) -> QuantumCircuit:
    r"""Flip the qubit ``compare`` if the integer in ``state`` is at least ``threshold``.

    Cost: 6 (n - 1 - z) CX with z trailing zeros of the threshold; n - 2 - z work qubits (never negative); a power of
    two 2^(n-1) costs one CX, thresholds outside 1 .. 2^n - 1 nothing. Registers: ``state`` (n), ``compare`` (1),
    ``work`` (clean before and after).

    Raises:
        ProblemError: no qubits, or a threshold that is not an integer.
    """
    _check_register(num_qubits)
    if isinstance(threshold, bool) or not isinstance(threshold, int | np.integer):
        raise ProblemError(f"threshold is {threshold!r}; allowed: an integer; round up, since i >= t iff i >= ceil(t)")
    circuit = QuantumCircuit(
        QuantumRegister(num_qubits, "state"), QuantumRegister(1, "compare"), name=f"i >= {threshold}"
    )
    work = _declare_work(circuit, comparator_work_qubits(num_qubits, int(threshold)))
    if threshold <= 0:
        circuit.x(num_qubits)
    bits = _chain_bits(num_qubits, int(threshold))
    if not bits:
        return circuit
    carries = _append_carries(circuit, bits[:-1], int(threshold), work)
    _append_last_step(circuit, bits, int(threshold), carries, num_qubits)
    _uncompute(circuit, bits[:-1], int(threshold), work)
    return circuit


def piecewise_linear_rotation(
    num_qubits: int, breakpoints: Sequence[int], slopes: npt.ArrayLike, offsets: npt.ArrayLike
) -> QuantumCircuit:
    r"""Rotate the qubit ``objective`` by Ry(g(i)), g piecewise linear in the integer i of ``state``.

    .. math:: g(i) = \text{offset}_j + \text{slope}_j\,(i - b_j) \quad\text{for}\quad b_j \le i < b_{j+1},

    in radians, the last piece ending at :math:`2^n`. This is the payoff circuit of 1905.02666 (section 3.2: comparator
    and controlled linear rotations); P(objective = 1) is sin^2(g(i)/2).

    Cost per breakpoint after the first: 6 (n - 1 - z) CX for the flag and its uncomputation (z trailing zeros) and
    3 n + 2 at most for the rotations. Registers: ``state`` (n), ``objective`` (1), ``work`` (up to n - 1 carries, the
    last of them the flag; clean before and after; absent with a single piece).

    Args:
        num_qubits: n.
        breakpoints: first index of each piece, rising, the first one 0.
        slopes: radians per step, one per piece.
        offsets: radians at the piece's first index, one per piece.

    Raises:
        ProblemError: lengths that differ, breakpoints that do not rise from 0 or leave the register, infinite angles.
    """
    starts, steps, levels = _checked_pieces(num_qubits, breakpoints, slopes, offsets)
    circuit = QuantumCircuit(
        QuantumRegister(num_qubits, "state"), QuantumRegister(1, "objective"), name="piecewise_linear_rotation"
    )
    # The top carry of a chain is the flag; a chain of one bit needs no qubit for it.
    work = _declare_work(circuit, max((len(_chain_bits(num_qubits, start)) - 1 for start in starts[1:]), default=0))
    intercepts = levels - steps * np.array(starts, dtype=np.float64)
    weights = 2.0 ** np.arange(num_qubits)
    pending = steps[0] * weights
    circuit.ry(float(intercepts[0] + pending.sum() / 2), num_qubits)
    for piece in range(1, len(starts)):
        rise, jump = (steps[piece] - steps[piece - 1]) * weights, float(intercepts[piece] - intercepts[piece - 1])
        flag = _append_flag(circuit, starts[piece], num_qubits, work)
        if rise.any():
            _append_flagged_line(circuit, rise, jump, pending, flag)
            pending = np.zeros(num_qubits)
        else:
            _append_parity_rotation(circuit, -jump / 2, [flag], num_qubits)
            circuit.ry(jump / 2, num_qubits)
        _uncompute_flag(circuit, starts[piece], num_qubits, work)
    for bit in np.flatnonzero(pending):
        _append_parity_rotation(circuit, float(-pending[bit] / 2), [int(bit)], num_qubits)
    return circuit


def _append_flagged_line(
    circuit: QuantumCircuit,
    rise: npt.NDArray[np.float64],
    jump: float,
    pending: npt.NDArray[np.float64],
    flag: int,
) -> None:
    r"""Rotate by F (jump + sum_k rise_k x_k) + sum_k pending_k (x_k - 1/2): 3 n CX, 3 n + 1 if n is odd.

    Written in parities, F x_k = (1 - Z_F - Z_k + Z_F Z_k)/4; the walk through the parities {k}, {k, F} alternates so
    that each bit costs three CX.
    """
    num_qubits = rise.size
    target = num_qubits
    alone = -(jump / 2 + rise.sum() / 4)
    circuit.ry(float(jump / 2 + rise.sum() / 4), target)
    flagged = False
    for bit in range(num_qubits):
        circuit.cx(bit, target)
        for turn in range(2):
            both = flagged != bool(turn)
            circuit.ry(float(rise[bit] / 4 if both else -rise[bit] / 4 - pending[bit] / 2), target)
            if turn == 0:
                circuit.cx(flag, target)
        circuit.cx(bit, target)
        flagged = not flagged
        if bit == 0:
            circuit.ry(float(alone), target)
    if flagged:
        circuit.cx(flag, target)


def _append_parity_rotation(circuit: QuantumCircuit, angle: float, controls: Sequence[int], target: int) -> None:
    """Append Ry(angle) where the parity of the controls is even and Ry(-angle) where it is odd."""
    for control in controls:
        circuit.cx(control, target)
    circuit.ry(angle, target)
    for control in controls:
        circuit.cx(control, target)


def _append_flag(circuit: QuantumCircuit, threshold: int, num_qubits: int, work: Sequence[int]) -> int:
    return _append_carries(circuit, _chain_bits(num_qubits, threshold), threshold, work)


def _uncompute_flag(circuit: QuantumCircuit, threshold: int, num_qubits: int, work: Sequence[int]) -> None:
    _uncompute(circuit, _chain_bits(num_qubits, threshold), threshold, work)


def _chain_bits(num_qubits: int, threshold: int) -> list[int]:
    """Bits that decide i >= threshold: from the lowest set bit of the threshold up; none if it is never or always."""
    if not 0 < threshold < 2**num_qubits:
        return []
    lowest = (threshold & -threshold).bit_length() - 1
    return list(range(lowest, num_qubits))


def _append_carries(circuit: QuantumCircuit, bits: Sequence[int], threshold: int, work: Sequence[int]) -> int:
    """Compute the carry of i - threshold through ``bits`` up to relative phases; return the qubit that holds it.

    carry_k = x_k AND carry_(k-1) where the threshold has bit 1, x_k OR carry_(k-1) where it has 0, and carry = x_k at
    the lowest set bit.
    """
    if not bits:
        return -1
    carry = bits[0]
    for bit, target in zip(bits[1:], work, strict=False):
        _append_step(circuit, bit, carry, target, threshold, inverse=False)
        carry = target
    return carry


def _uncompute(circuit: QuantumCircuit, bits: Sequence[int], threshold: int, work: Sequence[int]) -> None:
    steps = []
    carry = bits[0] if bits else -1
    for bit, target in zip(bits[1:], work, strict=False):
        steps.append((bit, carry, target))
        carry = target
    for bit, below, target in reversed(steps):
        _append_step(circuit, bit, below, target, threshold, inverse=True)


def _append_step(circuit: QuantumCircuit, bit: int, carry: int, target: int, threshold: int, *, inverse: bool) -> None:
    """Append AND or OR of two qubits into a clean target with a relative-phase Toffoli: 3 CX."""
    is_or = not threshold >> bit & 1
    gate = RCCXGate().inverse() if inverse else RCCXGate()
    if is_or:
        # x OR c = NOT(NOT x AND NOT c)
        if inverse:
            circuit.x(target)
        circuit.x([bit, carry])
    circuit.append(gate, [bit, carry, target])
    if is_or:
        circuit.x([bit, carry])
        if not inverse:
            circuit.x(target)


def _append_last_step(circuit: QuantumCircuit, bits: Sequence[int], threshold: int, carry: int, result: int) -> None:
    top = bits[-1]
    if len(bits) == 1:
        circuit.cx(top, result)
    elif threshold >> top & 1:
        circuit.ccx(top, carry, result)
    else:
        circuit.x([top, carry])
        circuit.ccx(top, carry, result)
        circuit.x([top, carry, result])


def _declare_work(circuit: QuantumCircuit, count: int) -> list[int]:
    if count <= 0:
        return []
    first = circuit.num_qubits
    circuit.add_register(AncillaRegister(count, "work"))
    return list(range(first, first + count))


def _check_register(num_qubits: int) -> None:
    check_count(num_qubits, "num_qubits", 1)
    if num_qubits > MAX_REGISTER_QUBITS:
        raise ProblemError(f"num_qubits is {num_qubits}; allowed: at most {MAX_REGISTER_QUBITS}")


def _checked_pieces(
    num_qubits: int, breakpoints: Sequence[int], slopes: npt.ArrayLike, offsets: npt.ArrayLike
) -> tuple[list[int], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    _check_register(num_qubits)
    steps, levels = real_array(slopes, "slopes"), real_array(offsets, "offsets")
    starts = list(breakpoints)
    if not len(starts) == steps.size == levels.size:
        raise ProblemError(
            f"{len(starts)} breakpoints, {steps.size} slopes and {levels.size} offsets; allowed: one of each per piece"
        )
    if any(isinstance(start, bool) or not isinstance(start, int | np.integer) for start in starts):
        raise ProblemError(f"breakpoints is {starts}; allowed: integers; a breakpoint is the first index of its piece")
    numbers = [int(start) for start in starts]
    rising = all(low < high for low, high in pairwise(numbers))
    if not numbers or numbers[0] != 0 or not rising or numbers[-1] >= 2**num_qubits:
        raise ProblemError(f"breakpoints is {numbers}; allowed: 0 first, then rising, below 2^{num_qubits}")
    return numbers, steps, levels
