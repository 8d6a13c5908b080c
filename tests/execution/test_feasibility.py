"""Feasibility: durations, errors and verdict against sums and products by hand from the device's own figures."""

import json
import math

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import XGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import InstructionProperties, Target
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution.durations import schedule_of
from qalgo.execution.feasibility import hardware_feasibility


def native() -> QuantumCircuit:
    """On five qubits of Manila: qubit 2 waits for qubits 0 and 1 between its X and its CX."""
    circuit = QuantumCircuit(5, 2)
    circuit.x(2)
    circuit.sx(0)
    circuit.cx(0, 1)
    circuit.rz(0.3, 1)
    circuit.cx(1, 2)
    circuit.barrier()
    circuit.measure([1, 2], [0, 1])
    return circuit


def test_figures_are_sums_and_products_of_what_the_device_reports() -> None:
    backend = FakeManilaV2()
    target = backend.target
    result = hardware_feasibility(native(), backend, shots=1000, seed=1)
    sx, x = target["sx"][(0,)], target["x"][(2,)]
    first, second = target["cx"][(0, 1)], target["cx"][(1, 2)]
    reads = [target["measure"][(1,)], target["measure"][(2,)]]
    assert result.circuit.count_ops() == native().count_ops()
    assert (result.qubits, result.two_qubit_gates, result.two_qubit_depth) == (3, 2, 2)
    until_second = sx.duration + first.duration
    longest = until_second + second.duration + max(read.duration for read in reads)
    assert result.duration == pytest.approx(longest)
    gates = math.prod(1 - one.error for one in (sx, x, first, second))
    readout = math.prod(1 - read.error for read in reads)
    assert result.readout_probability == pytest.approx(readout)
    assert result.success_probability == pytest.approx(gates * readout)
    # Qubit 2 waits from the end of its X; qubit 0 ends with its CX and waits for nothing.
    waits = until_second - x.duration
    t1, t2 = target.qubit_properties[2].t1, target.qubit_properties[2].t2
    fidelity = 0.5 + math.exp(-waits / t1) / 6 + math.exp(-waits / t2) / 3
    assert result.success_with_idling == pytest.approx(gates * readout * fidelity, rel=1e-12)
    assert result.qpu_seconds == pytest.approx(1000 * (longest + 250e-6))
    assert result.reasons == ()
    assert result.verdict.startswith("feasible: about 8")
    data = json.loads(json.dumps(result.to_dict()))
    assert (data["schema"], data["version"], data["gates"]["cx"]) == ("qalgo.feasibility", 1, 2)
    assert "QPU time" in str(result)


def test_any_circuit_is_transpiled_and_long_ones_are_discouraged() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.ccx(0, 1, 2)
    circuit.measure(range(3), range(3))
    one = hardware_feasibility(circuit, FakeManilaV2(), seed=3)
    assert set(one.circuit.count_ops()) <= {"rz", "sx", "x", "cx", "measure", "barrier"}
    assert one.two_qubit_gates >= 6
    assert hardware_feasibility(circuit, FakeManilaV2(), seed=3).circuit == one.circuit
    long = QuantumCircuit(3, 3)
    for _ in range(60):
        long.h(0)
        long.ccx(0, 1, 2)
    long.measure(range(3), range(3))
    result = hardware_feasibility(long, FakeManilaV2(), seed=3)
    assert result.verdict.startswith("not feasible on this device")
    assert result.success_with_idling is not None
    assert result.success_probability is not None
    assert result.success_with_idling < result.success_probability < 0.05


def test_schedules_know_barriers_delays_and_bits() -> None:
    target = Target(num_qubits=2, dt=1e-9)
    target.add_instruction(XGate(), {(0,): InstructionProperties(10e-9), (1,): InstructionProperties(20e-9)})
    circuit = QuantumCircuit(2)
    circuit.x(1)
    circuit.barrier()
    circuit.x(0)
    circuit.delay(5, 0, unit="dt")
    circuit.delay(1, 1, unit="us")
    schedule = schedule_of(circuit, target)
    assert schedule.seconds == pytest.approx(1.02e-6)
    assert dict(schedule.idle) == pytest.approx({0: 5e-9, 1: 1e-6})


def test_missing_figures_are_none_with_the_reason() -> None:
    quiet = GenericBackendV2(2, noise_info=False)
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    result = hardware_feasibility(circuit, quiet, seed=1)
    assert (result.duration, result.success_probability, result.qpu_seconds) == (None, None, None)
    assert any("no duration of" in reason for reason in result.reasons)
    assert any("no error of" in reason for reason in result.reasons)
    assert result.verdict.startswith("cannot be judged")
    assert "unknown" in str(result)
    timed = hardware_feasibility(circuit, GenericBackendV2(2, seed=1), seed=1, repetition_delay=1e-4)
    assert timed.qpu_seconds == pytest.approx(4000 * (1e-4 + (timed.duration or 0)))
    assert hardware_feasibility(circuit, GenericBackendV2(2, seed=1), seed=1).qpu_seconds is None
    branching = QuantumCircuit(5, 1)
    branching.measure(0, 0)
    with branching.if_test((branching.clbits[0], 1)):
        branching.x(1)
    assert "depends on outcomes" in hardware_feasibility(branching, FakeManilaV2()).reasons[0]


def test_bad_input_is_refused() -> None:
    with pytest.raises(ExecutionError, match="with a target"):
        hardware_feasibility(native(), "fez")  # type: ignore[arg-type]
    with pytest.raises(ExecutionError, match="has 6 qubits"):
        hardware_feasibility(QuantumCircuit(6), FakeManilaV2())
    with pytest.raises(ProblemError, match="allowed: a positive integer"):
        hardware_feasibility(native(), FakeManilaV2(), shots=0)
    with pytest.raises(ProblemError, match="QuantumCircuit"):
        hardware_feasibility("x", FakeManilaV2())  # type: ignore[arg-type]
