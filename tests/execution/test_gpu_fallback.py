"""A GPU that fails on the way: the CPU takes over and it is recorded, unless the GPU was asked for (stand-ins)."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from qiskit import QuantumCircuit

from qalgo.amplitude_estimation.driver import estimate_amplitude
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.errors import ExecutionError
from qalgo.execution import devices, run
from qalgo.execution.simulator_options import SimulatorOptions


@pytest.fixture(autouse=True)
def _fresh_probes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(devices, "GPU_WORTHWHILE_QUBITS", 2)
    devices._probe_gpu.cache_clear()
    yield
    devices._probe_gpu.cache_clear()


def gpu_that_fails(monkeypatch: pytest.MonkeyPatch, after: int, how: str) -> list[str]:
    """Put in a GPU that runs the probe and ``after`` circuits, then fails; returns the devices that ran."""
    import qiskit_aer

    real = qiskit_aer.AerSimulator
    ran: list[str] = []

    class Simulator:
        def __init__(self, *, device: str = "CPU", cuStateVec_enable: bool = False, **options: Any) -> None:
            self.device, self.real = device, real(**options)

        def available_devices(self) -> tuple[str, ...]:
            return ("CPU", "GPU")

        def run(self, circuit: QuantumCircuit, **options: Any) -> Any:
            result = self.real.run(circuit, **options).result()
            if self.device == "GPU" and ran.count("GPU") > after:
                if how == "raises":
                    raise RuntimeError("out of memory")
                if how == "elsewhere":
                    return SimpleNamespace(result=lambda: result)
                result.success, result.status = False, "ERROR: cudaMalloc: out of memory"
            result.results[0].metadata["device"] = self.device
            ran.append(self.device)
            return SimpleNamespace(result=lambda: result)

    monkeypatch.setattr(qiskit_aer, "AerSimulator", Simulator)
    return ran


def circuits() -> list[QuantumCircuit]:
    made = []
    for angle in (0.3, 0.9, 1.4):
        circuit = QuantumCircuit(2, 2)
        circuit.ry(angle, 0)
        circuit.cx(0, 1)
        circuit.measure([0, 1], [0, 1])
        made.append(circuit)
    return made


def problem() -> EstimationProblem:
    circuit = QuantumCircuit(3)
    circuit.ry(0.8, 0)
    circuit.cx(0, 1)
    circuit.ry(0.5, 2)
    return EstimationProblem(circuit, [1])


@pytest.mark.parametrize("how", ["raises", "reports", "elsewhere"])
def test_auto_falls_back_and_records_why(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    expected = run(circuits(), shots=50, seed=4, device="cpu").counts
    ran = gpu_that_fails(monkeypatch, after=1, how=how)
    result = run(circuits(), shots=50, seed=4)
    assert "GPU" in ran
    assert result.device == "CPU (Aer statevector)"
    assert "failed on the way" in result.reason
    assert ("on CPU, not on GPU" if how == "elsewhere" else "out of memory") in result.reason
    assert result.counts == expected


@pytest.mark.parametrize("how", ["raises", "reports", "elsewhere"])
def test_a_gpu_that_was_asked_for_is_an_error(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    ran = gpu_that_fails(monkeypatch, after=1, how=how)
    with pytest.raises(ExecutionError, match="the GPU did not run"):
        run(circuits(), shots=50, seed=4, device="gpu")
    assert "CPU" not in ran
    with pytest.raises(ExecutionError, match="the GPU did not run"):
        estimate_amplitude(problem(), 0.01, seed=1, device="gpu")


def test_a_gpu_that_works_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = gpu_that_fails(monkeypatch, after=10**6, how="raises")
    options = SimulatorOptions(cu_state_vec=True)
    assert run(circuits(), shots=50, seed=4, simulator=options).device == "GPU (Aer statevector, cuStateVec)"
    estimate = estimate_amplitude(problem(), 0.01, seed=1)
    assert estimate.device == "GPU (Aer statevector)"
    assert estimate.engine.startswith("evolution: all powers in one Aer run")
    assert "CPU" not in ran


@pytest.mark.parametrize("engine", ["auto", "composed"])
def test_an_estimation_goes_on_where_the_gpu_stopped(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    options = SimulatorOptions(engine=engine)  # type: ignore[arg-type]
    whole = estimate_amplitude(problem(), 0.005, seed=9, device="cpu", simulator=options)
    ran = gpu_that_fails(monkeypatch, after=3, how="raises")
    estimate = estimate_amplitude(problem(), 0.005, seed=9, simulator=options)
    assert ran.count("GPU") > 3
    assert "CPU" in ran
    assert estimate.device == "CPU (Aer statevector)"
    assert "a GPU was taken, but failed on the way" in estimate.device_reason
    assert estimate.device_reason in str(estimate)
    assert estimate.transcript == whole.transcript
