"""A job on a wide fake device costs what its circuit costs: circuit, target and noise model of the active qubits only.

``AerSimulator.from_backend`` builds the noise of every qubit and gate of the device, and hands all of it to the
simulator again at every run, although the simulator itself drops idle qubits. Here everything is cut to the qubits that
a circuit acts on, in their order, before noise is built; the counts are bit for bit those of the full model.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction
from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import ibm
from qalgo.execution.samplers import Counts, Gates

if TYPE_CHECKING:
    from qiskit.quantum_info import SparsePauliOp

__all__ = ["RestrictedBackend", "RestrictedSimulation", "Restriction", "is_simulated_device", "restrict"]

THREADS_WORTHWHILE_QUBITS = 7
"""A density matrix on 7 qubits is as large as a state vector on 14."""


class RestrictedBackend(BackendV2):  # type: ignore[misc]  # qiskit has no type hints
    """The device of a few qubits that remains of a wider one; simulates with the noise that belongs to them.

    A ``BackendV2`` like any other: IBM's client-side ``Sampler`` and ``Estimator`` take it as their ``mode``.
    """

    def __init__(self, target: Target, name: str) -> None:
        super().__init__(name=name)
        self._target = target
        self._simulator: Any = None

    @property
    def target(self) -> Target:
        """Gates, errors and durations of the remaining qubits."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit."""
        return

    @classmethod
    def _default_options(cls) -> Any:
        from qiskit_aer import AerSimulator

        return AerSimulator._default_options()

    @property
    def simulator(self) -> Any:
        """The AerSimulator with the noise of these qubits, built once."""
        if self._simulator is None:
            from qiskit_aer import AerSimulator
            from qiskit_aer.noise import NoiseModel

            with warnings.catch_warnings():
                # A target without T1 and T2 gives a model without relaxation, as the full device would.
                warnings.filterwarnings("ignore", message=".*has no QubitProperties")
                noise = NoiseModel.from_backend(self)
            threads = 1 if self.num_qubits < THREADS_WORTHWHILE_QUBITS else 0
            self._simulator = AerSimulator(noise_model=noise, max_parallel_threads=threads)
        return self._simulator

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> Any:
        """Simulate circuits of this width; options as for ``AerSimulator.run``."""
        return self.simulator.run(run_input, **options)


@dataclass(frozen=True, slots=True, eq=False)
class Restriction:
    """Circuits and device, cut to the qubits that at least one of the circuits acts on."""

    qubits: tuple[int, ...]
    """Indices on the full device, ascending: qubit i of the circuits here is ``qubits[i]`` there."""
    circuits: tuple[QuantumCircuit, ...]
    backend: RestrictedBackend

    def observable(self, operator: SparsePauliOp) -> SparsePauliOp:
        """Cut an observable of the full device (after ``apply_layout``) to these qubits.

        Raises:
            ProblemError: it acts on a qubit that no circuit acts on.
        """
        from qiskit.quantum_info import PauliList, SparsePauliOp

        z, x = operator.paulis.z, operator.paulis.x
        outside = [index for index in range(operator.num_qubits) if index not in self.qubits]
        if z[:, outside].any() or x[:, outside].any():
            raise ProblemError(
                f"the observable acts outside of the active qubits {list(self.qubits)}; allowed: on them only. Give "
                "the observable after operator.apply_layout(circuit.layout)"
            )
        kept = list(self.qubits)
        return SparsePauliOp(PauliList.from_symplectic(z[:, kept], x[:, kept]), operator.coeffs)


@dataclass(frozen=True, slots=True, eq=False)
class RestrictedSimulation:
    """Counts of a fake device, every circuit on the qubits it acts on; one of the ways of sampling."""

    target: Target
    """Of the full device."""
    device_name: str
    gates: Gates = "device"
    seedable: bool = True
    local: bool = True
    _small: dict[tuple[int, ...], RestrictedBackend] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The simulator, with the device it imitates."""
        return f"AerSimulator ({self.device_name})"

    def counts(self, circuits: Sequence[QuantumCircuit], shots: Sequence[int], seed: int | None) -> list[Counts]:
        """Run circuits one by one."""
        return [self._run(circuit, number, seed) for circuit, number in zip(circuits, shots, strict=True)]

    def _run(self, circuit: QuantumCircuit, shots: int, seed: int | None) -> Counts:
        _check_native(circuit, self.target, self.device_name)
        qubits = _active([circuit])
        if qubits not in self._small:
            self._small[qubits] = RestrictedBackend(_cut_target(self.target, qubits), self.device_name)
        small = _cut_circuit(circuit, qubits)
        result = self._small[qubits].run(small, shots=shots, seed_simulator=seed).result()
        if not result.success:
            raise ExecutionError(f"Aer could not run {circuit.name!r}: {result.status} {result.results[0].status}")
        return {int(value, 16): int(count) for value, count in result.results[0].data.counts.items()}

    def __getstate__(self) -> tuple[Target, str]:
        return self.target, self.device_name

    def __setstate__(self, state: tuple[Target, str]) -> None:
        # Workers of a process pool build their noise themselves.
        self.__init__(*state)  # type: ignore[misc]


def is_simulated_device(backend: object) -> bool:
    """Whether a backend is a simulated device whose noise is that of its target: a fake or generic backend."""
    if not isinstance(backend, BackendV2) or ibm.is_hardware(backend):
        return False
    # A class with a run() of its own may do something else than simulate the noise of its target.
    runs = next(kind.__module__ for kind in type(backend).__mro__ if "run" in vars(kind))
    return ".fake_provider" in runs or isinstance(backend, RestrictedBackend)


def restrict(circuits: QuantumCircuit | Sequence[QuantumCircuit], backend: BackendV2) -> Restriction:
    """Cut circuits that were transpiled for a device, and the device, to the qubits that they act on.

    Args:
        circuits: one ISA circuit or several.
        backend: any ``BackendV2`` with a target. What is simulated is the noise of ``NoiseModel.from_backend``: gate
            errors, relaxation during gates and delays, readout. Idle time without a delay is free of noise.

    Returns:
        The circuits on as many qubits as are active in at least one of them, and the device that they run on.

    Raises:
        ExecutionError: a backend without target, or a circuit that was not transpiled for it.
    """
    target = getattr(backend, "target", None)
    if not isinstance(target, Target) or target.num_qubits is None:
        raise ExecutionError(f"backend is {backend!r}; allowed: a BackendV2 with a target of known width")
    listed = [circuits] if isinstance(circuits, QuantumCircuit) else list(circuits)
    for circuit in listed:
        _check_native(circuit, target, str(backend.name))
    qubits = _active(listed)
    small = RestrictedBackend(_cut_target(target, qubits), str(backend.name))
    return Restriction(qubits, tuple(_cut_circuit(circuit, qubits) for circuit in listed), small)


def _check_native(circuit: QuantumCircuit, target: Target, name: str) -> None:
    if circuit.num_qubits > target.num_qubits:
        raise ExecutionError(f"{circuit.name!r} has {circuit.num_qubits} qubits, {name} has {target.num_qubits}")
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name == "barrier" or operation.name in _ANYWHERE:
            continue
        qubits = tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits)
        if not target.instruction_supported(operation.name, qubits):
            raise ExecutionError(
                f"circuit {circuit.name!r} holds {operation.name!r} on qubits {list(qubits)}, which {name} does not "
                "have: pass it through generate_preset_pass_manager(3, backend=backend) first"
            )


_ANYWHERE = ("if_else", "for_loop", "while_loop", "switch_case", "break_loop", "continue_loop", "store", "delay")


def _active(circuits: Sequence[QuantumCircuit]) -> tuple[int, ...]:
    """Qubits that anything but a barrier acts on: those that Aer keeps, in the order in which it keeps them."""
    touched = {
        circuit.find_bit(qubit).index
        for circuit in circuits
        for instruction in circuit.data
        if instruction.operation.name != "barrier"
        for qubit in instruction.qubits
    }
    return tuple(sorted(touched)) or (0,)


def _cut_circuit(circuit: QuantumCircuit, qubits: Sequence[int]) -> QuantumCircuit:
    small = QuantumCircuit(len(qubits), name=circuit.name, global_phase=circuit.global_phase, metadata=circuit.metadata)
    for register in circuit.cregs:
        small.add_register(register)
    small.add_bits([bit for bit in circuit.clbits if bit not in set(small.clbits)])
    for variable in circuit.iter_declared_vars():
        small.add_uninitialized_var(variable)
    place = {circuit.qubits[index]: small.qubits[position] for position, index in enumerate(qubits)}
    for instruction in circuit.data:
        kept = [place[qubit] for qubit in instruction.qubits if qubit in place]
        if len(kept) == len(instruction.qubits):
            small._append(CircuitInstruction(instruction.operation, kept, instruction.clbits))
        elif kept:
            small.barrier(kept)
    return small


def _cut_target(target: Target, qubits: Sequence[int]) -> Target:
    place = {index: position for position, index in enumerate(qubits)}
    properties = target.qubit_properties
    small = Target(
        num_qubits=len(qubits),
        dt=target.dt,
        granularity=target.granularity,
        min_length=target.min_length,
        pulse_alignment=target.pulse_alignment,
        acquire_alignment=target.acquire_alignment,
        qubit_properties=None if properties is None else [properties[index] for index in qubits],
    )
    for name in target.operation_names:
        operation, found = target.operation_from_name(name), target[name]
        if found is None or None in found:
            small.add_instruction(operation, None, name=name)
            continue
        kept = {
            tuple(place[index] for index in where): values
            for where, values in found.items()
            if all(index in place for index in where)
        }
        if kept:
            small.add_instruction(operation, kept, name=name)
    return small
