r"""Fewer rotations for the same operator: rotations about the same Pauli are added where all between them commute.

Every Rz is pulled to the front through the Clifford gates before it, where it is a rotation about a Pauli operator P.
Two rotations about the same P merge if every rotation between them commutes with P (Zhang and Chen, arXiv:1903.12456);
sums that are multiples of pi/2 become Clifford gates and may free further ones. The operator stays the same up to a
global phase: nothing is approximated and no input state is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qalgo.fault_tolerance.operations import CLIFFORD, Operation, as_eighths

__all__ = ["merged"]

_MOST_LOOKED_BACK = 2000
"""Rotations that one rotation is compared with: keeps long circuits of commuting rotations linear."""

Pauli = tuple[int, int, int]
"""(x, z, k) stands for i^k X^x Z^z, x and z being bit masks over the (virtual) qubits."""


def merged(operations: Sequence[Operation], num_qubits: int) -> list[Operation]:
    """Return operations with the same action and as few rotations as merging finds.

    Time: at most 2,000 comparisons per rotation and pass; rarely more than three passes.
    """
    current = list(operations)
    while True:
        count = len(current)
        current = _one_pass(current, num_qubits)
        if len(current) == count:
            return current


def _one_pass(operations: Sequence[Operation], num_qubits: int) -> list[Operation]:
    frame = _Frame(num_qubits)
    result: list[Operation | None] = []
    # Rotations so far: axis (x, z), sign, place in the result.
    rotations: list[tuple[int, int, int, int]] = []
    for operation in operations:
        if operation.name != "rz":
            frame.append(operation)
            result.append(operation)
        elif (eighths := as_eighths(operation.angle)) is not None and eighths % 2 == 0:
            for name in ((), ("s",), ("z",), ("sdg",))[eighths // 2]:
                gate = Operation(name, operation.qubits)
                frame.append(gate)
                result.append(gate)
        else:
            _append_rotation(operation, frame.z[operation.qubits[0]], rotations, result)
    return [operation for operation in result if operation is not None]


def _append_rotation(
    operation: Operation,
    image: Pauli,
    rotations: list[tuple[int, int, int, int]],
    result: list[Operation | None],
) -> None:
    x, z, phase = image
    sign = 1 if (phase - (x & z).bit_count()) % 4 == 0 else -1
    for number in range(len(rotations) - 1, max(-1, len(rotations) - 1 - _MOST_LOOKED_BACK), -1):
        other_x, other_z, other_sign, place = rotations[number]
        if other_x == x and other_z == z:
            earlier = result[place]
            if earlier is None or math.isnan(earlier.angle) or math.isnan(operation.angle):
                break
            angle = earlier.angle + sign * other_sign * operation.angle
            if as_eighths(angle) == 0:
                result[place] = None
                del rotations[number]
            else:
                result[place] = earlier._replace(angle=angle)
            return
        if ((x & other_z).bit_count() + (z & other_x).bit_count()) % 2:
            break
    rotations.append((x, z, sign, len(result)))
    result.append(operation)


class _Frame:
    """Images of X and Z of every qubit, pulled to the front of the circuit through its Clifford gates.

    An operation that is not Clifford gives its qubits fresh virtual qubits: no rotation is moved through it. One that
    is diagonal keeps the images of Z: rotations about Z pass it.
    """

    def __init__(self, num_qubits: int) -> None:
        self.x: list[Pauli] = [(1 << qubit, 0, 0) for qubit in range(num_qubits)]
        self.z: list[Pauli] = [(0, 1 << qubit, 0) for qubit in range(num_qubits)]
        self._fresh = num_qubits

    def append(self, operation: Operation) -> None:
        if operation.name in CLIFFORD:
            self._clifford(operation.name, operation.qubits)
        elif operation.name == "mcz":
            for qubit in operation.qubits:
                self.x[qubit] = _product(self.x[qubit], (0, 1 << self._next(), 0))
        else:
            for qubit in operation.qubits:
                bit = 1 << self._next()
                self.x[qubit], self.z[qubit] = (bit, 0, 0), (0, bit, 0)

    def _next(self) -> int:
        self._fresh += 1
        return self._fresh - 1

    def _clifford(self, name: str, qubits: tuple[int, ...]) -> None:
        x, z, first, last = self.x, self.z, qubits[0], qubits[-1]
        if name == "h":
            x[first], z[first] = z[first], x[first]
        elif name in ("s", "sdg"):
            x[first] = _times_i(_product(x[first], z[first]), 3 if name == "s" else 1)
        elif name == "cx":
            x[first], z[last] = _product(x[first], x[last]), _product(z[first], z[last])
        elif name == "cz":
            x[first], x[last] = _product(x[first], z[last]), _product(z[first], x[last])
        elif name == "swap":
            x[first], x[last] = x[last], x[first]
            z[first], z[last] = z[last], z[first]
        else:
            if name in ("x", "y"):
                z[first] = _times_i(z[first], 2)
            if name in ("z", "y"):
                x[first] = _times_i(x[first], 2)


def _product(left: Pauli, right: Pauli) -> Pauli:
    crossings = (left[1] & right[0]).bit_count()
    return left[0] ^ right[0], left[1] ^ right[1], (left[2] + right[2] + 2 * crossings) % 4


def _times_i(pauli: Pauli, power: int) -> Pauli:
    return pauli[0], pauli[1], (pauli[2] + power) % 4
