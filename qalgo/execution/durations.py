"""How long a circuit takes on a device, how long its qubits wait, and how likely no gate fails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.transpiler import Target

__all__ = ["Quality", "Schedule", "device_seconds", "idle_survival", "quality_of", "repetition_delay", "schedule_of"]

_FREE = ("barrier", "store")
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every operation as soon as its qubits are free; barriers make qubits wait for each other."""

    seconds: float | None
    """From the first gate to the end of the last measurement; None: see ``reason``."""
    idle: tuple[tuple[int, float], ...] = ()
    """Physical qubit and the seconds that it waits between its first and its last operation."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """Probabilities that nothing fails in one shot: products of 1 - error."""

    gates: float | None
    readout: float | None
    reason: str = ""

    @property
    def both(self) -> float | None:
        """Gates and readout together."""
        return None if self.gates is None or self.readout is None else self.gates * self.readout


def schedule_of(circuit: QuantumCircuit, target: Target) -> Schedule:
    """Schedule an ISA circuit with the durations of a target."""
    free_at: dict[int, float] = {}
    started: dict[int, float] = {}
    ended: dict[int, float] = {}
    worked: dict[int, float] = {}
    bit_known_at: dict[Any, float] = {}
    for instruction in circuit.data:
        qubits = _indices(circuit, instruction)
        if instruction.operation.name in _FREE:
            busy = [free_at[index] for index in qubits if index in free_at]
            free_at.update((index, max(busy)) for index in qubits if index in free_at)
            continue
        seconds, reason = _seconds(instruction, qubits, target)
        if seconds is None:
            return Schedule(None, reason=reason)
        start = max(
            0.0,
            *(free_at.get(index, 0.0) for index in qubits),
            *(bit_known_at.get(bit, 0.0) for bit in instruction.clbits),
        )
        for index in qubits:
            # A qubit that has done nothing yet is in its ground state: it may start as late as needed.
            started.setdefault(index, start)
            free_at[index] = ended[index] = start + seconds
            worked[index] = worked.get(index, 0.0) + (0.0 if instruction.operation.name == "delay" else seconds)
        bit_known_at.update((bit, start + seconds) for bit in instruction.clbits)
    idle = tuple((index, max(0.0, ended[index] - started[index] - worked[index])) for index in sorted(ended))
    return Schedule(max(free_at.values(), default=0.0), idle)


def quality_of(circuit: QuantumCircuit, target: Target) -> Quality:
    """Multiply 1 - error over the gates and over the measurements of an ISA circuit."""
    gates, readout = 1.0, 1.0
    for instruction in circuit.data:
        name = instruction.operation.name
        if name in (*_FREE, "delay", "reset"):
            continue
        qubits = _indices(circuit, instruction)
        if hasattr(instruction.operation, "blocks"):
            return Quality(None, None, f"{name}: which gates run depends on outcomes")
        found = target[name].get(qubits) if target.instruction_supported(name, qubits) and target[name] else None
        error = getattr(found, "error", None)
        if error is None and name != "rz":
            return Quality(None, None, f"the target has no error of {name!r} on qubits {list(qubits)}")
        if name == "measure":
            readout *= 1.0 - float(error or 0.0)
        else:
            gates *= 1.0 - float(error or 0.0)
    return Quality(max(0.0, gates), max(0.0, readout))


def idle_survival(idle: tuple[tuple[int, float], ...], target: Target) -> tuple[float | None, str]:
    r"""Return the product over qubits of the average fidelity of relaxation during their idle time, or why not.

    :math:`F = \tfrac12 + \tfrac16 e^{-t/T_1} + \tfrac13 e^{-t/T_2}`, the same measure as that of reported gate errors.
    """
    survival = 1.0
    for index, seconds in idle:
        properties = None if target.qubit_properties is None else target.qubit_properties[index]
        t1, t2 = getattr(properties, "t1", None), getattr(properties, "t2", None)
        if t1 is None or t2 is None:
            return None, f"the target has no T1 and T2 of qubit {index}"
        survival *= 0.5 + math.exp(-seconds / t1) / 6.0 + math.exp(-seconds / min(t2, 2.0 * t1)) / 3.0
    return survival, ""


def device_seconds(
    circuits: Sequence[QuantumCircuit], shots: Sequence[int], backend: object, delay: float | None = None
) -> tuple[float | None, str]:
    """Return the time of all shots on a device, and what it holds or why it is unknown.

    Args:
        circuits: ISA circuits.
        shots: per circuit.
        backend: with a target; None: nothing is known.
        delay: seconds between repetitions; default: the backend's own.
    """
    target = getattr(backend, "target", None)
    if target is None:
        return None, "the sampler's device and its durations are not known"
    pause = repetition_delay(backend) if delay is None else delay
    seconds = 0.0
    for circuit, number in zip(circuits, shots, strict=True):
        schedule = schedule_of(circuit, target)
        if schedule.seconds is None:
            return None, schedule.reason
        seconds += number * schedule.seconds
    if pause is None:
        return None, f"circuits {seconds:.3g} s; the backend has no default_rep_delay, the pause between shots"
    total = seconds + pause * sum(shots)
    return total, f"{pause * 1e6:.3g} us between shots; without queue and classical overhead"


def repetition_delay(backend: object) -> float | None:
    """Return the backend's default delay between repetitions in seconds, or None where it has none."""
    delay = getattr(backend, "default_rep_delay", None)
    return float(delay) if isinstance(delay, int | float) and not isinstance(delay, bool) else None


def _indices(circuit: QuantumCircuit, instruction: CircuitInstruction) -> tuple[int, ...]:
    return tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits)


def _seconds(instruction: CircuitInstruction, qubits: tuple[int, ...], target: Target) -> tuple[float | None, str]:
    operation = instruction.operation
    if hasattr(operation, "blocks"):
        return None, f"{operation.name}: the duration depends on outcomes"
    if operation.name == "delay":
        if operation.unit == "dt":
            known = target.dt is not None
            return (float(operation.duration) * target.dt if known else None), "a delay in dt, and the target has no dt"
        return float(operation.duration) * _UNITS[operation.unit], ""
    name = operation.name
    found = target[name].get(qubits) if target.instruction_supported(name, qubits) and target[name] else None
    duration = getattr(found, "duration", None)
    if duration is None:
        return None, f"the target has no duration of {name!r} on qubits {list(qubits)}"
    return float(duration), ""
