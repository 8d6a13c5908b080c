r"""The short list of operations in which circuits are counted: Clifford gates, Rz, multi-controlled Z, anything else.

Global phases are dropped: a phase of the whole circuit is never measured and costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ParameterExpression

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CLIFFORD",
    "EIGHTH_TOLERANCE",
    "Operation",
    "as_eighths",
    "is_generic",
    "read_operations",
    "relative_phase_toffoli",
    "write_circuit",
]

CLIFFORD = frozenset(("h", "s", "sdg", "x", "y", "z", "cx", "cz", "swap"))
EIGHTH_TOLERANCE = 1e-12
"""Angles this near to a multiple of pi/4 are taken to be that multiple."""


class Operation(NamedTuple):
    """One operation on numbered qubits."""

    name: str
    """A Clifford gate, ``rz``, ``mcz`` (sign flip of |1...1> of three or more qubits) or ``other``."""
    qubits: tuple[int, ...]
    angle: float = 0.0
    """Of ``rz``, radians; nan when it is an unbound parameter."""
    instruction: CircuitInstruction | None = None
    """Of ``other``: a measurement, reset or control flow."""


def as_eighths(angle: float) -> int | None:
    """Return k when the angle is k pi/4 (mod 8), else None."""
    eighths = angle / (math.pi / 4)
    if not math.isfinite(eighths):
        return None
    nearest = round(eighths)
    tolerance = max(EIGHTH_TOLERANCE, 4 * math.ulp(angle))  # large angles carry the rounding of their own size
    return nearest % 8 if abs(angle - nearest * math.pi / 4) <= tolerance else None


def is_generic(operation: Operation) -> bool:
    """Whether this is a rotation that has to be synthesised."""
    return operation.name == "rz" and as_eighths(operation.angle) is None


def read_operations(circuit: QuantumCircuit) -> list[Operation]:
    """Translate a circuit of standard gates; barriers, delays and idle gates are left out."""
    found: list[Operation] = []
    index = {bit: number for number, bit in enumerate(circuit.qubits)}
    for instruction in circuit.data:
        qubits = tuple(index[bit] for bit in instruction.qubits)
        name = instruction.operation.name
        if name in CLIFFORD:
            found.append(Operation(name, qubits))
        elif name in _TRANSLATIONS:
            angles = [_number(value) for value in instruction.operation.params]
            found.extend(_TRANSLATIONS[name](qubits, angles))
        elif name not in ("barrier", "delay", "id", "global_phase"):
            found.append(Operation("other", qubits, 0.0, instruction))
    return found


def write_circuit(operations: Iterable[Operation], empty: QuantumCircuit) -> QuantumCircuit:
    """Append the operations to ``empty``; multiples of pi/4 become the gates s, z, sdg, t, tdg."""
    for operation in operations:
        name, qubits = operation.name, operation.qubits
        if name == "rz":
            for gate in _phase_gates(operation.angle):
                getattr(empty, gate)(qubits[0])
            if as_eighths(operation.angle) is None:
                empty.rz(operation.angle, qubits[0])
        elif name == "mcz":
            empty.h(qubits[-1])
            empty.mcx(list(qubits[:-1]), qubits[-1])
            empty.h(qubits[-1])
        elif operation.instruction is not None:
            empty.append(operation.instruction.operation, qubits, operation.instruction.clbits)
        else:
            getattr(empty, name)(*qubits)
    return empty


def _phase_gates(angle: float) -> Sequence[str]:
    gates = ((), ("t",), ("s",), ("s", "t"), ("z",), ("z", "t"), ("sdg",), ("tdg",))
    eighths = as_eighths(angle)
    return () if eighths is None else gates[eighths]


def _number(value: object) -> float:
    if isinstance(value, ParameterExpression) and value.parameters:
        return math.nan
    return float(value)  # type: ignore[arg-type]


def _rz(angle: float, qubit: int) -> Operation:
    return Operation("rz", (qubit,), angle)


def _gates(names: str, qubits: tuple[int, ...]) -> list[Operation]:
    return [Operation(name, qubits) for name in names.split()]


def _ry(qubits: tuple[int, ...], angle: float) -> list[Operation]:
    return [*_gates("sdg h", qubits), _rz(angle, qubits[0]), *_gates("h s", qubits)]


def _u(qubits: tuple[int, ...], angles: Sequence[float]) -> list[Operation]:
    theta, phi, lam = angles
    return [_rz(lam, qubits[0]), *_ry(qubits, theta), _rz(phi, qubits[0])]


def _controlled_x(qubits: tuple[int, ...]) -> list[Operation]:
    """X on the last qubit."""
    if len(qubits) == 1:
        return [Operation("x", qubits)]
    if len(qubits) == 2:
        return [Operation("cx", qubits)]
    target = qubits[-1:]
    return [Operation("h", target), Operation("mcz", qubits), Operation("h", target)]


def relative_phase_toffoli(first: int, second: int, target: int) -> list[Operation]:
    """Margolus' Toffoli up to a sign: four T, its own inverse up to the order of T and T dagger (1508.03273)."""
    eighth = math.pi / 4
    return [
        Operation("h", (target,)),
        _rz(eighth, target),
        Operation("cx", (second, target)),
        _rz(-eighth, target),
        Operation("cx", (first, target)),
        _rz(eighth, target),
        Operation("cx", (second, target)),
        _rz(-eighth, target),
        Operation("h", (target,)),
    ]


_TRANSLATIONS: dict[str, Callable[[tuple[int, ...], Sequence[float]], list[Operation]]] = {
    "t": lambda qubits, _: [_rz(math.pi / 4, qubits[0])],
    "tdg": lambda qubits, _: [_rz(-math.pi / 4, qubits[0])],
    "rz": lambda qubits, angles: [_rz(angles[0], qubits[0])],
    "p": lambda qubits, angles: [_rz(angles[0], qubits[0])],
    "rx": lambda qubits, angles: [*_gates("h", qubits), _rz(angles[0], qubits[0]), *_gates("h", qubits)],
    "ry": lambda qubits, angles: _ry(qubits, angles[0]),
    "u": _u,
    "sx": lambda qubits, _: _gates("h s h", qubits),
    "sxdg": lambda qubits, _: _gates("h sdg h", qubits),
    "ccx": lambda qubits, _: _controlled_x(qubits),
    "mcx": lambda qubits, _: _controlled_x(qubits),
    "ccz": lambda qubits, _: [Operation("mcz", qubits)],
    "rccx": lambda qubits, _: relative_phase_toffoli(*qubits),
}
