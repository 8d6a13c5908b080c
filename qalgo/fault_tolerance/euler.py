"""Runs of single-qubit gates with fewer rotations: Euler angles about the axes that leave the fewest to synthesise."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence

from qalgo.fault_tolerance.operations import Operation, as_eighths, is_generic

__all__ = ["with_short_runs"]

Matrix = tuple[complex, complex, complex, complex]
_ROOT = math.sqrt(0.5)
_FIXED: dict[str, Matrix] = {
    "h": (_ROOT, _ROOT, _ROOT, -_ROOT),
    "s": (1, 0, 0, 1j),
    "sdg": (1, 0, 0, -1j),
    "x": (0, 1, 1, 0),
    "y": (0, -1j, 1j, 0),
    "z": (1, 0, 0, -1),
}
_FRAMES: tuple[tuple[str, ...], ...] = ((), ("h",), ("h", "s"), ("s", "h"), ("s", "h", "s"), ("sdg", "h", "s", "h"))
_SNAP = 1e-9


def with_short_runs(operations: Sequence[Operation], num_qubits: int) -> list[Operation]:
    """Rewrite runs of single-qubit gates that hold more rotations than their product needs; others stay as they are."""
    waiting: list[list[Operation]] = [[] for _ in range(num_qubits)]
    result: list[Operation] = []
    for operation in operations:
        if operation.name in _FIXED or (operation.name == "rz" and math.isfinite(operation.angle)):
            waiting[operation.qubits[0]].append(operation)
            continue
        for qubit in operation.qubits:
            result.extend(_shortened(waiting[qubit]))
            waiting[qubit] = []
        result.append(operation)
    for run in waiting:
        result.extend(_shortened(run))
    return result


def _shortened(run: list[Operation]) -> list[Operation]:
    if sum(map(is_generic, run)) < 2:
        return run
    product: Matrix = (1, 0, 0, 1)
    for operation in run:
        product = _times(_matrix(operation), product)
    return min([run, *_candidates(product, run[0].qubits)], key=_price)


def _price(run: Sequence[Operation]) -> tuple[int, int, int]:
    eighths = [as_eighths(operation.angle) for operation in run if operation.name == "rz"]
    return sum(value is None for value in eighths), sum(value is not None and value % 2 for value in eighths), len(run)


def _candidates(product: Matrix, qubits: tuple[int, ...]) -> Iterator[list[Operation]]:
    """Euler forms C^-1 Rz H Rz H Rz C for six Clifford gates C: all pairs of different axes."""
    for frame in _FRAMES:
        before = [Operation(name, qubits) for name in frame]
        after = [Operation(_inverse(name), qubits) for name in reversed(frame)]
        basis: Matrix = (1, 0, 0, 1)
        for operation in before:
            basis = _times(_matrix(operation), basis)
        inner = _times(basis, _times(product, _adjoint(basis)))
        yield [*before, *_euler(inner, qubits), *after]


def _euler(matrix: Matrix, qubits: tuple[int, ...]) -> list[Operation]:
    """Return Rz(a), H, Rz(b), H, Rz(c) with Rz(c) Rx(b) Rz(a) equal to the matrix up to a phase."""
    middle = 2 * math.atan2(abs(matrix[2]), abs(matrix[0]))
    total = cmath.phase(matrix[3] * matrix[0].conjugate()) if abs(matrix[0]) > _SNAP else 0.0
    # Off-diagonal entries of Rz(c) Rx(b) Rz(a): -i sin(b/2) exp(-+i (c - a)/2).
    difference = cmath.phase(matrix[2] * matrix[1].conjugate()) if abs(matrix[2]) > _SNAP else 0.0
    if abs(matrix[0]) > _SNAP and abs(matrix[2]) > _SNAP:
        # Both phases are known modulo 2 pi; their half sum must fit the relative phase of the two columns.
        wanted = cmath.phase(matrix[2] * matrix[0].conjugate())
        offset = cmath.phase(cmath.exp(1j * (wanted - (0.5 * (total + difference) - 0.5 * math.pi))))
        difference += 0.0 if abs(offset) < 1 else 2 * math.pi
    first, last = 0.5 * (total - difference), 0.5 * (total + difference)
    h = Operation("h", qubits)
    parts = [Operation("rz", qubits, _snapped(angle)) for angle in (first, middle, last)]
    return [parts[0], h, parts[1], h, parts[2]]


def _snapped(angle: float) -> float:
    """Undo the rounding of the matrix products next to multiples of pi/4."""
    nearest = round(angle / (math.pi / 4)) * (math.pi / 4)
    return nearest if abs(angle - nearest) < 1e-14 * 64 else angle


def _matrix(operation: Operation) -> Matrix:
    if operation.name == "rz":
        return cmath.exp(-0.5j * operation.angle), 0, 0, cmath.exp(0.5j * operation.angle)
    return _FIXED[operation.name]


def _inverse(name: str) -> str:
    return {"s": "sdg", "sdg": "s"}.get(name, name)


def _times(left: Matrix, right: Matrix) -> Matrix:
    a, b, c, d = left
    e, f, g, h = right
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _adjoint(matrix: Matrix) -> Matrix:
    a, b, c, d = (complex(value).conjugate() for value in matrix)
    return a, c, b, d
