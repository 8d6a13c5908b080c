"""Devices: a GPU is believed in only after a probe circuit ran on it."""

from types import SimpleNamespace
from typing import Any

import pytest
from qiskit import QuantumCircuit

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import available_devices, devices, run


@pytest.fixture(autouse=True)
def _forget_probes() -> Any:
    devices._probe_gpu.cache_clear()
    devices._probe_cpu.cache_clear()
    yield
    devices._probe_gpu.cache_clear()
    devices._probe_cpu.cache_clear()


def pretend(monkeypatch: pytest.MonkeyPatch, *, runs_on: str | None, listed: tuple[str, ...] = ("CPU", "GPU")) -> None:
    """Put a simulator in Aer's place that lists devices and runs on ``runs_on``, or raises as Aer does."""

    class Simulator:
        def __init__(self, **options: Any) -> None:
            self.options = options

        def available_devices(self) -> tuple[str, ...]:
            return listed

        def run(self, circuit: QuantumCircuit, shots: int) -> Any:
            if runs_on is None:
                raise RuntimeError("No CUDA device available!")
            experiment = SimpleNamespace(metadata={"device": runs_on})
            return SimpleNamespace(result=lambda: SimpleNamespace(success=True, status="", results=[experiment]))

    monkeypatch.setattr("qiskit_aer.AerSimulator", Simulator)


def test_small_circuits_stay_on_the_cpu_without_looking_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_probe_gpu", lambda: pytest.fail("probed"))
    choice = devices.choose_device("auto", num_qubits=5)
    assert choice.name == "CPU"
    assert "5 qubits" in choice.reason
    assert devices.choose_device("cpu", num_qubits=30).name == "CPU"


def test_a_listed_gpu_that_runs_nothing_is_not_believed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, runs_on=None)
    choice = devices.choose_device("auto", num_qubits=25)
    assert (choice.name, "No CUDA device" in choice.reason) == ("CPU", True)
    with pytest.raises(ExecutionError, match=r"No CUDA device.*nvidia-smi.*pip uninstall qiskit-aer-gpu"):
        devices.choose_device("gpu")


def test_a_gpu_that_ran_on_the_cpu_is_not_believed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, runs_on="CPU")
    with pytest.raises(ExecutionError, match="ran on CPU instead"):
        devices.choose_device("gpu")


def test_a_gpu_that_ran_the_probe_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, runs_on="GPU")
    assert devices.choose_device("auto", num_qubits=25) == devices.DeviceChoice(
        "GPU", True, "auto: a probe circuit ran on it"
    )
    assert devices.choose_device("gpu").name == "GPU"


def test_a_build_without_gpu_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, runs_on="GPU", listed=("CPU",))
    with pytest.raises(ExecutionError, match=r"no GPU support.*pip uninstall qiskit-aer.*qiskit-aer-gpu.*never both"):
        devices.choose_device("gpu")


def test_unknown_devices_are_refused() -> None:
    with pytest.raises(ProblemError, match="allowed: auto, cpu, gpu"):
        devices.choose_device("tpu")


def test_report_of_this_machine_agrees_with_what_runs() -> None:
    cpu, gpu = available_devices()
    assert (cpu.name, cpu.usable, gpu.name) == ("CPU", True, "GPU")
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    if gpu.usable:
        assert run(circuit, device="gpu", shots=2).device == "GPU (Aer statevector)"
    else:
        with pytest.raises(ExecutionError, match="device='gpu' was asked for"):
            run(circuit, device="gpu", shots=2)
    assert run(circuit, device="cpu", shots=2, seed=1).reason == "asked for"
