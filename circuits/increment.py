r"""Adding one in place: the only arithmetic that shifts, banded and Toeplitz matrices need, in 7 CX per bit.

Ladders of relative-phase Toffolis (three CX each, 1508.03273) hold the running ANDs in work qubits. Every Toffoli into
a work qubit is undone on the same inputs, so its relative phase cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit
from qiskit.circuit.library import RCCXGate
from qiskit.synthesis import synth_mcx_noaux_v24

from circuits.arithmetic import comparator, comparator_work_qubits

__all__ = [
    "append_boundary",
    "append_increment",
    "append_ladder",
    "append_multi_controlled_x",
    "boundary_cx",
    "boundary_work",
    "increment_cx",
    "increment_work",
]


def append_increment(
    circuit: QuantumCircuit,
    bits: Sequence[int],
    work: Sequence[int],
    *,
    controls: Sequence[int] = (),
    carry: int | None = None,
) -> None:
    r"""Add one modulo :math:`2^m` to the m ``bits`` (little-endian), where all ``controls`` are set.

    ``carry`` flips on overflow. Amplitudes with the carry in :math:`|0\rangle` before and after are exact; where it is
    set they carry a relative phase, chosen such that the increment and the decrement made of it by complementing the
    bits on both sides are inverse to each other. So the carry must be a qubit that is projected on :math:`|0\rangle`.

    Args:
        circuit: gets the gates.
        bits: qubits of the number, possibly none if there are controls.
        work: :func:`increment_work` clean qubits, clean again afterwards; one less costs 4 CX more, 7 without carry.
        controls: adds zero unless they are all 1.
        carry: qubit for the overflow; without it the addition is cyclic.
    """
    chain = [*controls, *bits]
    length, lowest = len(chain), max(len(controls), 1)
    needed = increment_work(length, carry is not None)
    held, rungs = append_ladder(circuit, chain[: needed + 1], work)
    rest = chain[len(held) :]
    if carry is not None:
        _append_carry(circuit, [held[-1], *rest], carry, exact=not bits)
        rest.append(carry)
    # What the ladder is too short for: one target more if a work qubit is missing.
    for end in range(len(rest) - 1, 0, -1):
        if rest[end] != carry and length - len(rest) + end + (carry is not None) >= lowest:
            append_multi_controlled_x(circuit, [held[-1], *rest[:end]], rest[end])
    for position in range(len(held), 0, -1):
        if lowest <= position < length:
            circuit.cx(held[position - 1], chain[position])
        if position >= 2:
            circuit.append(RCCXGate().inverse(), rungs[position - 2])
    if not controls and bits:
        circuit.x(bits[0])


def _append_carry(circuit: QuantumCircuit, inputs: Sequence[int], carry: int, *, exact: bool) -> None:
    """Flip the carry where all inputs are 1, with a phase and a factor -1 where it is set and only the last is not 1.

    Three inputs instead of two, for want of a work qubit: the one CX of the first input becomes a Toffoli.
    """
    if len(inputs) == 1 or exact:
        append_multi_controlled_x(circuit, inputs, carry)
        return
    if len(inputs) == 2:
        circuit.append(RCCXGate(), [*inputs, carry])
        return
    circuit.h(carry)
    circuit.t(carry)
    circuit.cx(inputs[-1], carry)
    circuit.tdg(carry)
    circuit.ccx(*inputs[:-1], carry)
    circuit.t(carry)
    circuit.cx(inputs[-1], carry)
    circuit.tdg(carry)
    circuit.h(carry)


def append_ladder(
    circuit: QuantumCircuit, chain: Sequence[int], work: Sequence[int]
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Write the ANDs of the first 2, 3, ... qubits of ``chain`` into work; return who holds them, and the Toffolis."""
    held = list(chain[:1])
    rungs: list[tuple[int, int, int]] = []
    for bit, target in zip(chain[1:], work, strict=False):
        rungs.append((held[-1], bit, target))
        held.append(target)
        circuit.append(RCCXGate(), rungs[-1])
    return held, rungs


def append_multi_controlled_x(circuit: QuantumCircuit, controls: Sequence[int], target: int) -> None:
    """Flip the target where all controls are 1, by gates that hold whatever the state of idle qubits is.

    A library gate would be left to the transpiler, which takes a qubit for clean that no gate has touched before.
    """
    if len(controls) <= 2:
        circuit.mcx(list(controls), target)
        return
    circuit.compose(synth_mcx_noaux_v24(len(controls)).decompose("mcphase"), [*controls, target], inplace=True)


def append_boundary(circuit: QuantumCircuit, bits: Sequence[int], size: int, flag: int, work: Sequence[int]) -> None:
    r"""Flip ``flag`` where the number is at least ``size``, up to phases where the flag is or becomes set.

    Before and after a shift this marks what crossed between the first ``size`` states and the others. Its own inverse.
    Work qubits: :func:`boundary_work`.
    """
    count = len(bits)
    circuit_part = comparator(count, size)
    places = [*bits, flag, *work[: circuit_part.num_qubits - count - 1]]
    for instruction in circuit_part.data:
        qubits = [places[circuit_part.find_bit(qubit).index] for qubit in instruction.qubits]
        operation = RCCXGate() if instruction.operation.name == "ccx" else instruction.operation
        circuit.append(operation, qubits)


def boundary_work(num_qubits: int, size: int) -> int:
    """Work qubits of :func:`append_boundary`."""
    return comparator_work_qubits(num_qubits, size)


def boundary_cx(num_qubits: int, size: int) -> int:
    """CX of the two comparisons around a shift; none where the numbers fill the register."""
    if size >= 2**num_qubits:
        return 0
    steps = num_qubits - 1 - ((size & -size).bit_length() - 1)
    return 2 * (1 if steps == 0 else 6 * steps - 3)


def increment_work(length: int, carry: bool) -> int:
    """Work qubits of an increment whose bits and control together are ``length`` qubits."""
    return max(0, length - (2 if carry else 3))


def increment_cx(length: int, carry: bool) -> int:
    """CX of an increment whose bits and control together are ``length`` qubits: about 7 each."""
    if length <= 1:
        return length if carry else 0
    if length == 2:
        return 4 if carry else 1
    return 7 * length - 10 if carry else 7 * length - 14
