"""Would this circuit work on that device? Answered from the device's own figures, before a single paid second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution.durations import (
    device_seconds,
    idle_survival,
    quality_of,
    schedule_of,
)
from qalgo.execution.durations import repetition_delay as default_delay
from qalgo.execution.folding import two_qubit_gates
from qalgo.execution.layouts import LayoutSearch
from qalgo.seeds import root_seed

if TYPE_CHECKING:
    import numpy as np
    from qiskit import QuantumCircuit
    from qiskit.providers import BackendV2

__all__ = ["Feasibility", "hardware_feasibility"]

SCHEMA_VERSION = 1
MOSTLY_SIGNAL = 0.5
MOSTLY_NOISE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Feasibility:
    """What a circuit is on a device, and how likely a shot of it is free of errors. Estimates, not measurements."""

    device: str
    circuit: QuantumCircuit
    """The ISA circuit: what would run."""
    qubits: int
    """Active qubits."""
    two_qubit_gates: int
    depth: int
    """Layers of operations, without barriers."""
    two_qubit_depth: int
    duration: float | None
    """Seconds of one shot, measurement included, every operation as soon as possible."""
    success_probability: float | None
    """Product of 1 - error over gates and measurements: how often nothing fails."""
    readout_probability: float | None
    """The share of the measurements in it."""
    success_with_idling: float | None
    """The same, times the fidelity of relaxation while qubits wait (T1, T2)."""
    shots: int
    repetition_delay: float | None
    """Seconds between shots."""
    qpu_seconds: float | None
    """Of all shots: durations and repetition delays; no queue, no classical overhead."""
    verdict: str
    reasons: tuple[str, ...]
    """Why figures are missing; empty when none is."""
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; of the circuit only its gate counts."""
        names = [name for name in self.__slots__ if name not in ("circuit", "reasons")]
        figures = {name: getattr(self, name) for name in names}
        return {
            "schema": "qalgo.feasibility",
            "version": SCHEMA_VERSION,
            **figures,
            "reasons": list(self.reasons),
            "gates": {str(name): int(count) for name, count in self.circuit.count_ops().items()},
        }

    def __str__(self) -> str:
        rows = (
            ("circuit", f"{self.qubits} qubits, {self.two_qubit_gates} two-qubit gates (depth {self.two_qubit_depth})"),
            ("duration", f"{_seconds(self.duration)} per shot, depth {self.depth}"),
            ("success", f"{_share(self.success_probability)} of shots without error (readout alone "
             f"{_share(self.readout_probability)})"),
            ("with idling", f"{_share(self.success_with_idling)} with relaxation of waiting qubits"),
            ("QPU time", f"{_seconds(self.qpu_seconds)} for {self.shots:,} shots, {_seconds(self.repetition_delay)} "
             "between shots"),
            ("verdict", self.verdict),
            *(("unknown", reason) for reason in self.reasons),
        )  # fmt: skip
        return "\n".join(
            [f"feasibility on {self.device} (estimated)", *(f"  {name:<12} {text}" for name, text in rows)]
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"


def hardware_feasibility(
    circuit: QuantumCircuit,
    backend: BackendV2,
    *,
    shots: int = 4000,
    repetition_delay: float | None = None,
    seed: int | np.random.Generator | None = None,
) -> Feasibility:
    """Estimate what a circuit would cost on a device and how likely a shot is free of errors; nothing is run.

    The circuit is transpiled as ``run(backend=...)`` does, unless it is made of the device's own operations already.
    Errors are those that the device reports, taken as independent: a real run is rarely better. What is missing is
    None, with a reason.

    Args:
        circuit: any circuit; measurements count towards duration and success.
        backend: any ``BackendV2`` with a target: real, fake or generic.
        shots: repetitions for the device time.
        repetition_delay: seconds between shots; default: the backend's own.
        seed: for the transpiler.

    Returns:
        The ISA circuit, its gates, duration, success probability, device time and a verdict in words.

    Raises:
        ProblemError: not a circuit, or wrong shots.
        ExecutionError: not a backend with a target of known width, or a circuit that does not fit on it.
    """
    _check(circuit, backend, shots)
    root = root_seed(seed)
    target = backend.target
    isa = circuit if _is_native(circuit, target) else _transpiled(circuit, backend, root)
    schedule, quality = schedule_of(isa, target), quality_of(isa, target)
    idling, why_not_idling = (
        (None, schedule.reason) if schedule.seconds is None else idle_survival(schedule.idle, target)
    )
    seconds, note = device_seconds([isa], [shots], backend, repetition_delay)
    success = quality.both
    reasons = [schedule.reason, quality.reason, why_not_idling, "" if seconds is not None else note]
    with_idling = None if success is None or idling is None else success * idling
    return Feasibility(
        device=str(backend.name),
        circuit=isa,
        qubits=len({bit for item in isa.data if item.operation.name != "barrier" for bit in item.qubits}),
        two_qubit_gates=two_qubit_gates(isa),
        depth=isa.depth(lambda item: item.operation.name != "barrier"),
        two_qubit_depth=isa.depth(lambda item: len(item.qubits) == 2 and item.operation.name != "barrier"),
        duration=schedule.seconds,
        success_probability=success,
        readout_probability=quality.readout,
        success_with_idling=with_idling,
        shots=int(shots),
        repetition_delay=_delay(backend, repetition_delay),
        qpu_seconds=seconds,
        verdict=_verdict(success, with_idling, quality.reason),
        reasons=tuple(dict.fromkeys(reason for reason in reasons if reason)),
        seed=root,
    )


def _check(circuit: object, backend: Any, shots: object) -> None:
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    if not isinstance(circuit, QuantumCircuit):
        raise ProblemError(f"circuit is a {type(circuit).__name__}; allowed: a qiskit QuantumCircuit")
    if circuit.num_parameters:
        raise ProblemError(f"circuit {circuit.name!r} has unbound parameters: bind them with assign_parameters")
    if isinstance(shots, bool) or not isinstance(shots, int) or shots < 1:
        raise ProblemError(f"shots is {shots!r}; allowed: a positive integer")
    target = getattr(backend, "target", None)
    if not isinstance(target, Target) or target.num_qubits is None:
        raise ExecutionError(f"backend is {backend!r}; allowed: a BackendV2 with a target of known width")
    if circuit.num_qubits > target.num_qubits:
        raise ExecutionError(
            f"circuit {circuit.name!r} has {circuit.num_qubits} qubits, {backend.name} has {target.num_qubits}"
        )


def _is_native(circuit: QuantumCircuit, target: Any) -> bool:
    return circuit.num_qubits == target.num_qubits and all(
        item.operation.name in ("barrier", "delay")
        or target.instruction_supported(item.operation.name, tuple(circuit.find_bit(bit).index for bit in item.qubits))
        for item in circuit.data
    )


def _transpiled(circuit: QuantumCircuit, backend: BackendV2, root: int) -> QuantumCircuit:
    from qiskit.exceptions import QiskitError

    try:
        return LayoutSearch(backend, root).run(circuit)
    except QiskitError as error:
        raise ExecutionError(f"circuit {circuit.name!r} cannot be transpiled for {backend.name}: {error}") from error


def _delay(backend: object, given: float | None) -> float | None:
    return default_delay(backend) if given is None else float(given)


def _verdict(success: float | None, with_idling: float | None, reason: str) -> str:
    if success is None:
        return f"cannot be judged: {reason}"
    judged = success if with_idling is None else with_idling
    percent = f"about {_share(judged)} of the shots are free of errors"
    if judged >= MOSTLY_SIGNAL:
        return f"feasible: {percent}"
    if judged >= MOSTLY_NOISE:
        return f"only with mitigation: {percent}, the raw counts are mostly noise"
    if judged > 0:
        return (
            f"not feasible on this device: {percent}; averaging it out takes some {1 / judged**2:.0e} times the shots"
        )
    return "not feasible on this device: a gate or qubit that it uses does not work"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}" if value >= 0.01 else f"{value:.1e}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "unknown"
    for limit, size, unit in ((1e-3, 1e-6, "us"), (1.0, 1e-3, "ms")):
        if value < limit:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} s"
